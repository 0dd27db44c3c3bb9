//! What is told outside of the window: what needs a person, and a first success. It decides; it shows nothing.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use crate::{
    dto::{
        log::{RunKind, RunResult, RunTrigger, RunView},
        settings::NotificationSettings,
    },
    error::count,
};

/// A problem that lasts is told again only so often.
const AGAIN_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// Something to tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// In a few words.
    pub title: String,
    /// In a sentence or two.
    pub body: String,
    /// The run that it is about.
    pub run_id: String,
}

/// How a set is after the run that ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct After {
    /// The run was its first complete one over the whole folder.
    pub is_first: bool,
    /// No file and no decision waits any more: a complete round over some paths alone ends no problem.
    pub nothing_waits: bool,
}

/// What was told, so that nothing is told twice.
#[derive(Debug, Default)]
pub struct Told {
    problems: BTreeMap<(String, RunKind), String>,
    last: Option<Timestamp>,
}

impl Told {
    /// As [`Self::of_run`], of a run that ended now.
    pub fn of_run_now(&mut self, run: &RunView, after: After, settings: &NotificationSettings) -> Option<Notice> {
        self.of_run(run, after, settings, Timestamp::now())
    }

    /// What to tell of a run that ended.
    pub fn of_run(
        &mut self,
        run: &RunView,
        after: After,
        settings: &NotificationSettings,
        now: Timestamp,
    ) -> Option<Notice> {
        let about = (run.set_id.clone()?, run.kind);
        match run.result {
            RunResult::Complete => {
                if after.nothing_waits {
                    self.problems.remove(&about);
                }
                (after.is_first && settings.first_success && run.kind == RunKind::Backup).then(|| first_success(run))
            }
            RunResult::Partial | RunResult::Failed if run.trigger != RunTrigger::Person => {
                let lasts = self.problems.insert(about, run.set_name.clone()).is_some();
                self.of_problem(run, lasts, settings, now)
            }
            _ => None,
        }
    }

    fn of_problem(
        &mut self,
        run: &RunView,
        lasts: bool,
        settings: &NotificationSettings,
        now: Timestamp,
    ) -> Option<Notice> {
        let recently = self.last.is_some_and(|last| now.duration_since(last) < AGAIN_AFTER);
        if !settings.problems || lasts && recently {
            return None;
        }
        self.last = Some(now);
        let names: BTreeSet<&str> = self.problems.values().map(String::as_str).collect();
        match lasts && settings.digest && names.len() > 1 {
            true => Some(digest(&names, run)),
            false => Some(problem(run)),
        }
    }
}

fn digest(names: &BTreeSet<&str>, run: &RunView) -> Notice {
    let names: Vec<&str> = names.iter().copied().collect();
    Notice {
        title: format!("{} sets need you", count(names.len() as u64)),
        body: format!("{}. Open Holdfast to see what to do.", names.join(", ")),
        run_id: run.id.clone(),
    }
}

fn first_success(run: &RunView) -> Notice {
    Notice {
        title: format!("{} is backed up", run.set_name),
        body: format!("{} files are in {}. From now on you hear only of what needs you.", count(run.files), run.place),
        run_id: run.id.clone(),
    }
}

fn problem(run: &RunView) -> Notice {
    let name = &run.set_name;
    let title = match (run.kind, run.result) {
        (RunKind::Drill, _) => format!("Copies of {name} could not be proven"),
        (_, RunResult::Partial) => format!("{name} is backed up in part"),
        _ => format!("{name} was not backed up"),
    };
    let body = match (&run.why, run.failures) {
        (Some(why), _) => format!("{}. Open Holdfast to see what to do.", sentence(why)),
        (None, 1) => "1 file could not be copied. Open Holdfast to see which and why.".to_owned(),
        (None, files) => format!("{} files could not be copied. Open Holdfast to see which and why.", count(files)),
    };
    Notice { title, body, run_id: run.id.clone() }
}

fn sentence(text: &str) -> String {
    let mut letters = text.trim_end_matches('.').chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: NotificationSettings = NotificationSettings { problems: true, first_success: true, digest: true };
    const OPEN: After = After { is_first: false, nothing_waits: false };
    const WELL: After = After { nothing_waits: true, ..OPEN };
    const FIRST: After = After { is_first: true, ..WELL };

    fn run(set: &str, result: RunResult, trigger: RunTrigger) -> RunView {
        RunView {
            id: format!("run-of-{set}"),
            set_id: Some(set.into()),
            set_name: set.into(),
            kind: RunKind::Backup,
            trigger,
            place: "keep on This computer".into(),
            started: String::new(),
            ended: None,
            result,
            why: None,
            files: 12,
            files_planned: 14,
            removed: 0,
            copied: 0,
            bytes: 0,
            requests: 0,
            cost_usd: 0.0,
            failures: 2,
        }
    }

    fn at(hour: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + hour * 3600).unwrap()
    }

    #[test]
    fn a_problem_is_told_once_and_again_after_a_day() {
        let mut told = Told::default();
        let failed = run("Photos", RunResult::Failed, RunTrigger::Schedule);
        let hears = |told: &mut Told, hour| told.of_run(&failed, OPEN, &ALL, at(hour)).map(|notice| notice.title);
        assert_eq!(hears(&mut told, 0).as_deref(), Some("Photos was not backed up"));
        assert_eq!(hears(&mut told, 1), None);
        assert_eq!(hears(&mut told, 23), None);
        assert_eq!(hears(&mut told, 25).as_deref(), Some("Photos was not backed up"));
    }

    #[test]
    fn what_lasts_in_several_sets_is_told_in_one_message() {
        let mut told = Told::default();
        for set in ["Documents", "Photos"] {
            assert!(
                told.of_run(&run(set, RunResult::Partial, RunTrigger::Watch), OPEN, &ALL, at(0)).is_some(),
                "{set}"
            );
        }
        let digest = told.of_run(&run("Photos", RunResult::Partial, RunTrigger::Watch), OPEN, &ALL, at(30)).unwrap();
        assert_eq!(digest.title, "2 sets need you");
        assert_eq!(digest.body, "Documents, Photos. Open Holdfast to see what to do.");
        assert!(told.of_run(&run("Documents", RunResult::Partial, RunTrigger::Watch), OPEN, &ALL, at(31)).is_none());
    }

    #[test]
    fn a_complete_round_over_some_paths_does_not_make_a_lasting_problem_new() {
        let mut told = Told::default();
        let partial = run("Photos", RunResult::Partial, RunTrigger::Schedule);
        let round = run("Photos", RunResult::Complete, RunTrigger::Watch);
        assert!(told.of_run(&partial, OPEN, &ALL, at(0)).is_some());
        assert_eq!(told.of_run(&round, OPEN, &ALL, at(1)), None);
        assert_eq!(told.of_run(&partial, OPEN, &ALL, at(2)), None);
    }

    #[test]
    fn two_problems_of_one_set_are_no_two_sets() {
        let mut told = Told::default();
        let backup = run("Photos", RunResult::Partial, RunTrigger::Schedule);
        let drill = RunView { kind: RunKind::Drill, ..backup.clone() };
        assert!(told.of_run(&backup, OPEN, &ALL, at(0)).is_some());
        assert!(told.of_run(&drill, OPEN, &ALL, at(1)).is_some());
        let again = told.of_run(&backup, OPEN, &ALL, at(30)).unwrap();
        assert_eq!(again.title, "Photos is backed up in part");
    }

    #[test]
    fn success_is_told_only_the_first_time_and_ends_a_problem() {
        let mut told = Told::default();
        let (failed, complete) = (
            run("Photos", RunResult::Failed, RunTrigger::Schedule),
            run("Photos", RunResult::Complete, RunTrigger::Schedule),
        );
        assert!(told.of_run(&failed, OPEN, &ALL, at(0)).is_some());
        assert_eq!(told.of_run(&complete, WELL, &ALL, at(1)), None);
        assert!(told.of_run(&failed, OPEN, &ALL, at(2)).is_some(), "it is a new problem");
        let first = told.of_run(&complete, FIRST, &ALL, at(3)).unwrap();
        assert_eq!(first.title, "Photos is backed up");
    }

    #[test]
    fn what_a_person_did_or_does_not_want_to_hear_is_not_told() {
        let nothing = NotificationSettings { problems: false, first_success: false, digest: false };
        let failed = |trigger| run("Photos", RunResult::Failed, trigger);
        assert_eq!(Told::default().of_run(&failed(RunTrigger::Person), OPEN, &ALL, at(0)), None);
        assert_eq!(Told::default().of_run(&failed(RunTrigger::Watch), OPEN, &nothing, at(0)), None);
        let complete = run("Photos", RunResult::Complete, RunTrigger::Watch);
        assert_eq!(Told::default().of_run(&complete, FIRST, &nothing, at(0)), None);
        for result in [RunResult::Skipped, RunResult::Cancelled, RunResult::CutOff] {
            assert_eq!(Told::default().of_run(&run("Photos", result, RunTrigger::Watch), OPEN, &ALL, at(0)), None);
        }
    }
}
