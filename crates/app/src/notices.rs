//! What is told outside of the window: what needs a person, and a first success. It decides; it shows nothing.

use std::collections::{BTreeMap, BTreeSet};

use holdfast_backup::health::Code;
use jiff::{SignedDuration, Timestamp};

use crate::{
    AppError,
    dto::{
        log::{RunKind, RunResult, RunTrigger, RunView},
        overview::{DeviceView, OpenEvent, OpenPage},
        sets::HealthColour,
        settings::NotificationSettings,
    },
    standing::{SetStanding, Standing},
    words::notices as said,
};

/// A problem that lasts is told again only so often.
const AGAIN_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// A set that was found overdue has so long for a run that makes up for it: the computer may have been off for days.
const TO_MAKE_UP: SignedDuration = SignedDuration::from_hours(1);

/// What is told of a set although nothing ran.
const STOPS_IT: [Code; 2] = [Code::NoCompleteBackup, Code::NotUnderstood];

/// Something to tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// In a few words.
    pub title: String,
    /// In a sentence or two.
    pub body: String,
    /// What it is about: the window opens there.
    pub opens: OpenEvent,
}

impl Notice {
    fn new((title, body): said::Said, opens: OpenEvent) -> Self {
        Self { title, body, opens }
    }
}

/// How a set is after the run that ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct After {
    /// The run was its first complete one over the whole folder.
    pub is_first: bool,
    /// No file and no decision waits any more: a complete round over some paths alone ends no problem.
    pub nothing_waits: bool,
}

/// What of a set is a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum About {
    /// Its runs of this kind.
    Runs(RunKind),
    /// For too long none of them was complete, whatever the reason.
    Overdue,
}

/// What was told, so that nothing is told twice.
#[derive(Debug, Default)]
pub struct Told {
    problems: BTreeMap<(String, About), String>,
    quiet: BTreeSet<String>,
    asked_unseen: BTreeSet<String>,
    overdue: BTreeMap<String, Timestamp>,
    last: Option<Timestamp>,
}

impl Told {
    /// With the devices that were told to be quiet before, perhaps by a Holdfast that has ended since.
    pub fn knowing(quiet: BTreeSet<String>) -> Self {
        Self { quiet, ..Self::default() }
    }

    /// The devices that were told to be quiet and did not speak since.
    pub fn quiet(&self) -> &BTreeSet<String> {
        &self.quiet
    }

    /// A person asked for this run where no window shows what comes of it, so its failure is told too.
    pub fn asked_unseen(&mut self, run: &str) {
        self.asked_unseen.insert(run.to_owned());
    }

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
        let about = (run.set_id.clone()?, About::Runs(run.kind));
        if self.asked_unseen.remove(&run.id) && matches!(run.result, RunResult::Partial | RunResult::Failed) {
            return settings.problems.then(|| problem(run));
        }
        match run.result {
            RunResult::Complete => {
                if after.nothing_waits {
                    self.problems.remove(&about);
                }
                (after.is_first && settings.first_success && run.kind == RunKind::Backup).then(|| first_success(run))
            }
            RunResult::Partial | RunResult::Failed if run.trigger != RunTrigger::Person => {
                let lasts = self.problems.insert(about, run.set_name.clone()).is_some();
                self.of_problem(lasts, settings, now, || problem(run), opens(OpenPage::Run, Some(&run.id)))
            }
            _ => None,
        }
    }

    /// What to tell of how everything stands, whether or not anything ran: sets without a complete run for too long, and
    /// other devices that have gone quiet. A device is told once, until it spoke again.
    pub fn of_state(&mut self, standing: &Standing, settings: &NotificationSettings, now: Timestamp) -> Option<Notice> {
        self.of_quiet(&standing.devices, settings).or_else(|| self.of_overdue(&standing.sets, settings, now))
    }

    fn of_quiet(&mut self, devices: &[DeviceView], settings: &NotificationSettings) -> Option<Notice> {
        let quiet: Vec<&DeviceView> = devices.iter().filter(|device| device.quiet && !device.this_device).collect();
        self.quiet.retain(|id| quiet.iter().any(|device| device.id == *id));
        if !settings.problems {
            return None;
        }
        let new: Vec<&DeviceView> = quiet.into_iter().filter(|device| !self.quiet.contains(&device.id)).collect();
        self.quiet.extend(new.iter().map(|device| device.id.clone()));
        (!new.is_empty()).then(|| Notice::new(said::quiet(&new), opens(OpenPage::Overview, None)))
    }

    fn of_overdue(&mut self, sets: &[SetStanding], settings: &NotificationSettings, now: Timestamp) -> Option<Notice> {
        let all: Vec<&SetStanding> = sets.iter().collect();
        let overdue: Vec<&SetStanding> = sets.iter().filter(|set| is_overdue(set)).collect();
        self.problems.retain(|(id, about), _| {
            let known = if *about == About::Overdue { &overdue } else { &all };
            known.iter().any(|set| set.id == *id)
        });
        self.overdue.retain(|id, _| overdue.iter().any(|set| set.id == *id));
        for set in &overdue {
            self.overdue.entry(set.id.clone()).or_insert(now);
        }
        let had_time = |set: &&SetStanding| self.overdue.get(&set.id).is_some_and(|at| *at + TO_MAKE_UP <= now);
        let overdue: Vec<&SetStanding> = overdue.into_iter().filter(had_time).collect();
        if !settings.problems {
            return None;
        }
        // One whose failures were told already is no news for being overdue as well.
        let known =
            |id: &str| self.problems.keys().any(|(of, about)| of == id && *about != About::Runs(RunKind::Drill));
        let new: Vec<&SetStanding> = overdue.iter().filter(|set| !known(&set.id)).copied().collect();
        let first = new.first().or(overdue.first()).copied()?;
        let lasts = new.is_empty();
        let names: BTreeSet<String> = new.iter().map(|set| set.name.clone()).collect();
        let entries = overdue.iter().map(|set| ((set.id.clone(), About::Overdue), set.name.clone()));
        self.problems.extend(entries);
        let say = || match settings.digest && names.len() > 1 {
            true => digest(names.iter().map(String::as_str), opens(OpenPage::Overview, None)),
            false => overdue_notice(first),
        };
        self.of_problem(lasts, settings, now, say, opens(OpenPage::Overview, None))
    }

    fn of_problem(
        &mut self,
        lasts: bool,
        settings: &NotificationSettings,
        now: Timestamp,
        one: impl FnOnce() -> Notice,
        opens: OpenEvent,
    ) -> Option<Notice> {
        let recently = self.last.is_some_and(|last| now.duration_since(last) < AGAIN_AFTER);
        if !settings.problems || lasts && recently {
            return None;
        }
        self.last = Some(now);
        let names: BTreeSet<&str> = self.problems.values().map(String::as_str).collect();
        match lasts && settings.digest && names.len() > 1 {
            true => Some(digest(names.into_iter(), opens)),
            false => Some(one()),
        }
    }
}

/// What to tell of something that a person asked for where no window shows what came of it.
pub fn refused(what: &str, error: &AppError) -> Notice {
    Notice::new((what.to_owned(), said::refused(error)), opens(OpenPage::Overview, None))
}

fn opens(page: OpenPage, id: Option<&str>) -> OpenEvent {
    OpenEvent { page, id: id.map(str::to_owned) }
}

/// A paused set waits because a person said so.
fn is_overdue(set: &SetStanding) -> bool {
    let reasons = &set.health.reasons;
    set.health.colour == HealthColour::Red && reasons.iter().any(|reason| STOPS_IT.contains(&reason.code))
}

fn overdue_notice(set: &SetStanding) -> Notice {
    let found = set.health.reasons.iter().find(|reason| STOPS_IT.contains(&reason.code));
    Notice::new(said::overdue(&set.name, found), opens(OpenPage::Set, Some(&set.id)))
}

fn digest<'a>(names: impl Iterator<Item = &'a str>, opens: OpenEvent) -> Notice {
    Notice::new(said::digest(&names.collect::<Vec<_>>()), opens)
}

fn first_success(run: &RunView) -> Notice {
    Notice::new(said::first_success(run), opens(OpenPage::Run, Some(&run.id)))
}

fn problem(run: &RunView) -> Notice {
    Notice::new(said::problem(run), opens(OpenPage::Run, Some(&run.id)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dto::sets::SetActivity;

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
            folder: None,
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

    fn set(name: &str, colour: HealthColour, code: Code) -> SetStanding {
        let reason = holdfast_backup::health::Reason { code, colour, since: None, count: 3, run: None };
        let health = holdfast_backup::health::Health { colour, since: None, reasons: vec![reason] };
        SetStanding {
            id: name.into(),
            name: name.into(),
            health: (&health).into(),
            activity: SetActivity::Idle,
            next_run: None,
            paused_until: None,
            last_complete: None,
            last_proven: None,
            live: Default::default(),
        }
    }

    fn standing(sets: Vec<SetStanding>, quiet: &[&str]) -> Standing {
        let device = |name: &&str| DeviceView {
            id: format!("id of {name}"),
            name: (*name).into(),
            this_device: *name == "This",
            last_seen: String::new(),
            quiet: true,
            words: "“Photos” had no complete backup for too long; last seen 10 days ago".into(),
            sets: Vec::new(),
        };
        let devices = quiet.iter().map(device).collect();
        Standing { sets, devices, all_paused: false, day: jiff::civil::date(2026, 11, 20) }
    }

    #[test]
    fn a_set_that_is_overdue_is_told_although_nothing_ran() {
        use HealthColour::{Amber, Green, Paused, Red};
        let overdue = |name| set(name, Red, Code::NoCompleteBackup);
        let mut told = Told::default();
        let mut hears = |sets: Vec<SetStanding>, hour| told.of_state(&standing(sets, &[]), &ALL, at(hour));
        let well = vec![set("Photos", Green, Code::NeverProven), set("Music", Amber, Code::Missed)];
        assert_eq!(hears(well, 0), None);
        assert_eq!(hears(vec![set("Photos", Paused, Code::NoCompleteBackup)], 1), None, "a person paused it");
        assert_eq!(hears(vec![overdue("Photos")], 2), None, "a run may make up for it");
        let first = hears(vec![overdue("Photos")], 3).expect("it is told");
        assert_eq!((first.title.as_str(), first.opens.page), ("Photos is not backed up", OpenPage::Set));
        assert!(first.body.starts_with("No complete backup for 3 days."), "{}", first.body);
        assert_eq!(hears(vec![overdue("Photos"), overdue("Music")], 4), None);
        let other = hears(vec![overdue("Photos"), overdue("Music")], 5).expect("another one is news");
        assert_eq!(other.title, "Music is not backed up");
        let lasts = hears(vec![overdue("Photos"), overdue("Music")], 30).expect("it lasts");
        assert_eq!((lasts.title.as_str(), lasts.opens.page), ("2 sets need you", OpenPage::Overview));
        assert_eq!(hears(vec![], 31), None);
        assert_eq!(hears(vec![overdue("Photos"), overdue("Music")], 32), None);
        let again = hears(vec![overdue("Photos"), overdue("Music")], 33).expect("both are new");
        assert_eq!(again.title, "2 sets need you", "two at once are one message");
        let nothing = NotificationSettings { problems: false, ..ALL };
        assert_eq!(Told::default().of_state(&standing(vec![overdue("Photos")], &["Old"]), &nothing, at(0)), None);
    }

    #[test]
    fn a_set_whose_failures_were_told_is_no_news_for_being_overdue() {
        let mut told = Told::default();
        assert!(told.of_run(&run("Photos", RunResult::Failed, RunTrigger::Schedule), OPEN, &ALL, at(0)).is_some());
        let overdue = standing(vec![set("Photos", HealthColour::Red, Code::NoCompleteBackup)], &[]);
        assert_eq!(told.of_state(&overdue, &ALL, at(1)), None);
        assert_eq!(told.of_state(&overdue, &ALL, at(2)), None);
        assert!(told.of_state(&overdue, &ALL, at(25)).is_some(), "it lasts");
    }

    #[test]
    fn another_device_gone_quiet_is_told_once_until_it_spoke_again() {
        let mut told = Told::default();
        let mut hears = |quiet: &[&str], hour| told.of_state(&standing(vec![], quiet), &ALL, at(hour));
        assert_eq!(hears(&["This"], 0), None, "this one is told of by its sets");
        let one = hears(&["This", "Old laptop"], 1).expect("it is told");
        assert_eq!((one.title.as_str(), one.opens.page), ("Old laptop has gone quiet", OpenPage::Overview));
        assert_eq!(hears(&["Old laptop"], 100), None);
        let two = hears(&["Old laptop", "Studio", "Tablet"], 101).expect("they are told");
        assert_eq!(two.title, "2 devices have gone quiet");
        assert!(two.body.starts_with("Studio, Tablet."), "{}", two.body);
        assert_eq!(hears(&[], 102), None);
        assert!(hears(&["Old laptop"], 103).is_some(), "it had spoken");
        let mut after = Told::knowing(told.quiet().clone());
        assert_eq!(after.of_state(&standing(vec![], &["Old laptop"]), &ALL, at(104)), None, "another process told");
    }

    #[test]
    fn what_a_person_asked_for_without_a_window_is_told_when_it_fails() {
        let mut told = Told::default();
        let failed = run("Photos", RunResult::Failed, RunTrigger::Person);
        told.asked_unseen(&failed.id);
        assert!(told.of_run(&failed, OPEN, &ALL, at(0)).is_some());
        assert_eq!(told.of_run(&failed, OPEN, &ALL, at(1)), None, "another one, from the window");
        let error = AppError::config(crate::ErrorCode::AgentRunning, "another Holdfast runs", "close it first");
        let notice = refused("Nothing is being backed up", &error);
        assert_eq!(notice.body, "Another Holdfast runs. Close it first.");
    }
}
