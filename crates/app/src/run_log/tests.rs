use holdfast_backup::{health::Outcome, schedule::Pause};
use jiff::tz::TimeZone;

use super::*;
use crate::dto::{
    log::{RunChoice, RunFilter},
    sets::{DayDrill, DayOutcome},
};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn log() -> (tempfile::TempDir, RunLog) {
    let folder = tempfile::tempdir().unwrap();
    let log = RunLog::open(&folder.path().join("runs.db")).unwrap();
    (folder, log)
}

fn new(id: &str, set: &str, started: &str) -> NewRun {
    NewRun {
        id: id.into(),
        set: Some((set.into(), set.to_uppercase())),
        kind: RunKind::Backup,
        trigger: RunTrigger::Schedule,
        place: "here".into(),
        folder: Some("/home/mara".into()),
        whole: true,
        started: at(started),
    }
}

fn failure(path: &str) -> Failure {
    Failure { path: path.into(), reason: "it changed".into(), hint: "close it".into(), retryable: true }
}

fn run(log: &RunLog, run: NewRun, result: RunResult, failures: &[&str]) {
    log.begin(&run).unwrap();
    let failures = failures.iter().map(|path| failure(path)).collect();
    let scope = if run.whole { Scope::Whole } else { Scope::Paths(&[]) };
    let ended = Ended { failures, files: 3, bytes: 100, cost: 0.5, ..Ended::bare(run.started, result) };
    log.end(&run.id, &ended, scope).unwrap();
}

fn ids(log: &RunLog, filter: RunFilter) -> Vec<String> {
    let page = log.page(&RunFilter { limit: filter.limit.max(10), ..filter }).unwrap();
    page.runs.into_iter().map(|run| run.id).collect()
}

#[test]
fn only_the_first_complete_run_over_the_whole_folder_is_a_first_success() {
    let (_folder, log) = log();
    let round = |id| NewRun { whole: false, ..new(id, "a", "2026-11-01T10:00:00Z") };
    run(&log, round("1"), RunResult::Complete, &[]);
    assert!(!log.is_first_complete("a", "1").unwrap(), "a round is not the whole folder");
    run(&log, new("2", "a", "2026-11-02T10:00:00Z"), RunResult::Complete, &[]);
    assert!(log.is_first_complete("a", "2").unwrap());
    run(&log, round("3"), RunResult::Complete, &[]);
    assert!(!log.is_first_complete("a", "3").unwrap(), "it was told before");
    run(&log, new("4", "a", "2026-11-04T10:00:00Z"), RunResult::Complete, &[]);
    assert!(!log.is_first_complete("a", "4").unwrap());
    assert!(!log.is_first_complete("b", "1").unwrap());
}

#[test]
fn runs_are_read_page_by_page_and_by_filter() {
    let (_folder, log) = log();
    run(&log, new("1", "a", "2026-11-01T10:00:00Z"), RunResult::Complete, &[]);
    run(&log, new("2", "b", "2026-11-02T10:00:00Z"), RunResult::Partial, &["x"]);
    run(&log, new("3", "a", "2026-11-03T10:00:00Z"), RunResult::Failed, &[]);
    log.skipped(&new("4", "a", "2026-11-04T10:00:00Z"), "on battery").unwrap();
    log.begin(&new("5", "b", "2026-11-05T10:00:00Z")).unwrap();
    assert_eq!(ids(&log, RunFilter::default()), ["5", "4", "3", "2", "1"]);
    assert_eq!(ids(&log, RunFilter { set_id: Some("a".into()), ..RunFilter::default() }), ["4", "3", "1"]);
    assert_eq!(ids(&log, RunFilter { kind: Some(RunKind::Drill), ..RunFilter::default() }), Vec::<String>::new());
    for (result, want) in [
        (RunChoice::NeedsYou, vec!["3", "2"]),
        (RunChoice::Partial, vec!["2"]),
        (RunChoice::Failed, vec!["3"]),
        (RunChoice::Skipped, vec!["4"]),
    ] {
        assert_eq!(ids(&log, RunFilter { result, ..RunFilter::default() }), want, "{result:?}");
    }
    let first = log.page(&RunFilter { limit: 2, ..RunFilter::default() }).unwrap();
    assert!(first.more && first.needs_you == 2);
    let before = Some(first.runs[1].started.clone());
    let second = log.page(&RunFilter { limit: 10, before, ..RunFilter::default() }).unwrap();
    assert_eq!(second.runs.iter().map(|run| run.id.as_str()).collect::<Vec<_>>(), ["3", "2", "1"]);
    assert!(!second.more);
    run(&log, new("6", "b", "2026-11-06T10:00:00Z"), RunResult::Complete, &[]);
    assert_eq!(ids(&log, RunFilter { result: RunChoice::NeedsYou, ..RunFilter::default() }), ["3"]);
    assert_eq!(log.run("9").unwrap_err().code, ErrorCode::NoRun);
}

#[test]
fn a_file_that_fails_again_is_counted_and_one_that_is_done_is_forgotten() {
    let (_folder, log) = log();
    run(&log, new("1", "a", "2026-11-01T10:00:00Z"), RunResult::Partial, &["x", "y"]);
    run(&log, new("2", "a", "2026-11-02T10:00:00Z"), RunResult::Partial, &["x"]);
    let times = |id| log.detail(id).unwrap().failures.iter().map(|f| (f.path.clone(), f.times)).collect::<Vec<_>>();
    assert_eq!(times("2"), [("x".to_owned(), 2)]);
    run(&log, new("3", "a", "2026-11-03T10:00:00Z"), RunResult::Cancelled, &[]);
    assert_eq!(log.failing("a").unwrap(), ["x"], "a run that was stopped says nothing of it");
    let judged = log.judged("a").unwrap().last_run.unwrap();
    assert_eq!((judged.id.as_str(), judged.outcome), ("2", Outcome::Partial), "nor of the set");
    let retry = NewRun { whole: false, ..new("4", "a", "2026-11-04T10:00:00Z") };
    log.begin(&retry).unwrap();
    log.end("4", &Ended::bare(retry.started, RunResult::Complete), Scope::Paths(&["x".into()])).unwrap();
    assert_eq!(log.failing("a").unwrap(), Vec::<String>::new());
}

#[test]
fn a_run_whose_process_is_gone_was_cut_off() {
    let (folder, log) = log();
    log.begin(&new("1", "a", "2026-11-01T10:00:00Z")).unwrap();
    assert_eq!(log.mark_cut_off(|process| process == std::process::id()).unwrap(), 0);
    drop(log);
    let log = RunLog::open(&folder.path().join("runs.db")).unwrap();
    assert_eq!(log.mark_cut_off(|_| false).unwrap(), 1);
    assert_eq!(log.run("1").unwrap().result, RunResult::CutOff);
}

#[test]
fn days_say_how_they_went() {
    let (_folder, log) = log();
    run(&log, new("1", "a", "2026-11-02T10:00:00Z"), RunResult::Failed, &[]);
    run(&log, new("2", "a", "2026-11-03T10:00:00Z"), RunResult::Partial, &["x"]);
    run(&log, new("3", "a", "2026-11-03T22:59:00Z"), RunResult::Complete, &[]);
    log.skipped(&new("4", "a", "2026-11-04T10:00:00Z"), "on battery").unwrap();
    log.skipped(&new("5", "a", "2026-11-05T10:00:00Z"), "paused until you resume it").unwrap();
    let drill = NewRun { kind: RunKind::Drill, ..new("6", "a", "2026-11-05T11:00:00Z") };
    run(&log, drill, RunResult::Partial, &["x"]);
    let berlin = TimeZone::get("Europe/Berlin").unwrap();
    let days = log.days("a", at("2026-11-07T12:00:00Z"), &berlin, 7, at("2026-11-02T00:30:00Z"), true).unwrap();
    let found: Vec<_> = days.iter().map(|mark| (mark.day.as_str(), mark.outcome, mark.run_id.as_deref())).collect();
    assert_eq!(
        found,
        [
            ("2026-11-01", DayOutcome::Nothing, None),
            ("2026-11-02", DayOutcome::Missed, Some("1")),
            ("2026-11-03", DayOutcome::Complete, Some("3")),
            ("2026-11-04", DayOutcome::Missed, Some("4")),
            ("2026-11-05", DayOutcome::Off, Some("5")),
            ("2026-11-06", DayOutcome::Off, None),
            ("2026-11-07", DayOutcome::Nothing, None),
        ]
    );
    assert_eq!((days[2].bytes, days[4].drill), (200, DayDrill::Failed));
}

#[test]
fn months_add_up_what_was_spent_and_kept() {
    let (_folder, log) = log();
    run(&log, new("1", "a", "2026-10-31T22:59:00Z"), RunResult::Complete, &[]);
    run(&log, new("2", "a", "2026-10-31T23:01:00Z"), RunResult::Complete, &[]);
    run(&log, NewRun { kind: RunKind::Drill, ..new("3", "b", "2026-11-02T10:00:00Z") }, RunResult::Complete, &[]);
    let by_hand = NewRun { kind: RunKind::Restore, set: None, ..new("4", "", "2026-09-02T10:00:00Z") };
    run(&log, by_hand, RunResult::Complete, &[]);
    let berlin = TimeZone::get("Europe/Berlin").unwrap();
    log.note_stored("a", at("2026-09-02T00:00:00Z"), &berlin, 3, 1000, 0.1).unwrap();
    log.note_stored("a", at("2026-11-02T00:00:00Z"), &berlin, 4, 3000, 0.3).unwrap();
    log.note_stored("b", at("2026-11-02T00:00:00Z"), &berlin, 1, 50, 0.0).unwrap();
    let months = log.months(Whose::All, at("2026-11-20T00:00:00Z"), &berlin).unwrap();
    let last: Vec<_> =
        months[8..].iter().map(|m| (m.month.as_str(), m.stored_bytes, m.requests_usd, m.downloads_usd)).collect();
    assert_eq!(
        last,
        [
            ("2026-08", 0, 0.0, 0.0),
            ("2026-09", 1000, 0.0, 0.5),
            ("2026-10", 1000, 0.5, 0.0),
            ("2026-11", 3050, 0.5, 0.5)
        ]
    );
    assert!(months[11].expected && !months[10].expected && months.len() == 12);
    let of_a = log.months(Whose::Set("a"), at("2026-11-20T00:00:00Z"), &berlin).unwrap();
    assert_eq!((of_a[11].stored_bytes, of_a[11].downloads_usd), (3000, 0.0));
    let of_nobody = log.months(Whose::NoSet, at("2026-11-20T00:00:00Z"), &berlin).unwrap();
    assert_eq!((of_nobody[9].downloads_usd, of_nobody[9].stored_bytes, of_nobody[11].requests_usd), (0.5, 0, 0.0));
    let payers = log.payers().unwrap();
    assert_eq!(payers, [("a".to_owned(), "A".to_owned()), ("b".to_owned(), "B".to_owned())]);
}

#[test]
fn what_is_older_than_a_year_is_thinned_to_one_complete_run_a_month() {
    let (_folder, log) = log();
    for (id, started, result) in [
        ("1", "2025-01-01T10:00:00Z", RunResult::Complete),
        ("2", "2025-01-02T10:00:00Z", RunResult::Complete),
        ("3", "2025-01-03T10:00:00Z", RunResult::Partial),
        ("4", "2025-02-03T10:00:00Z", RunResult::Partial),
        ("5", "2026-02-03T10:00:00Z", RunResult::Partial),
    ] {
        run(&log, new(id, "a", started), result, &["x"]);
    }
    log.thin(at("2026-11-20T00:00:00Z")).unwrap();
    assert_eq!(ids(&log, RunFilter::default()), ["5", "1"]);
    assert_eq!(log.detail("5").unwrap().failures.len(), 1);
}

#[test]
fn pauses_and_brakes_survive_a_restart() {
    let (folder, log) = log();
    let until = Pause::Until(at("2026-11-20T10:00:00Z"));
    log.set_pause(Some("a"), Some(until)).unwrap();
    log.set_pause(None, Some(Pause::UntilResumed)).unwrap();
    log.set_brake("a", Some(&Brake { removals: 7, run_id: "r".into() })).unwrap();
    drop(log);
    let log = RunLog::open(&folder.path().join("runs.db")).unwrap();
    assert_eq!((log.pause(Some("a")).unwrap(), log.pause(None).unwrap()), (Some(until), Some(Pause::UntilResumed)));
    assert_eq!(log.brake("a").unwrap(), Some(Brake { removals: 7, run_id: "r".into() }));
    log.set_pause(None, None).unwrap();
    log.forget_set("a").unwrap();
    assert_eq!((log.pause(None).unwrap(), log.pause(Some("a")).unwrap(), log.brake("a").unwrap()), (None, None, None));
}

#[test]
fn a_damaged_log_is_set_aside() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.db");
    std::fs::write(&path, vec![9; 8192]).unwrap();
    let log = RunLog::open(&path).unwrap();
    assert_eq!(ids(&log, RunFilter::default()), Vec::<String>::new());
    assert!(std::fs::read_dir(folder.path()).unwrap().count() > 1);
}

#[test]
fn a_log_of_before_runs_kept_their_folder_is_read_on_and_keeps_it_from_now_on() {
    let (folder, log) = log();
    run(&log, new("old", "a", "2026-11-01T10:00:00Z"), RunResult::Complete, &[]);
    log.lock().execute_batch("ALTER TABLE runs DROP COLUMN folder").unwrap();
    drop(log);
    let log = RunLog::open(&folder.path().join("runs.db")).unwrap();
    run(&log, new("new", "a", "2026-11-02T10:00:00Z"), RunResult::Complete, &[]);
    assert_eq!((log.run("old").unwrap().folder, log.run("new").unwrap().folder), (None, Some("/home/mara".into())));
}
