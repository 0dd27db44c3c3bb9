//! The agent over a place on this computer, with a clock and a system that are handed in: schedules, sleeps, power, pauses.

mod devices_heard;
mod headers;
mod held;

use std::{
    fs,
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use holdfast_app::{
    App, Home,
    agent::{
        Agent, AgentEvents, AgentOptions, Clock,
        decide::Now,
        work::{Order, What},
    },
    dto::{
        log::{RunFilter, RunKind, RunResult, RunTrigger, RunView},
        overview::{ChangedWhat, OpenPage},
        run::ProgressEvent,
        sets::{BackupSetDraft, HealthColour, PauseUntil, RunConditions, Schedule, SetActivity, Weekday},
        settings::{Bandwidth, BandwidthHours, Settings},
    },
    keychain::MemoryKeychain,
    operations::ProgressSink,
    paths::Paths,
    standing::Lookout,
    system::SystemProbe,
};
use holdfast_backup::{
    health::Code,
    progress::Silent,
    schedule::{Pause, SystemFacts},
};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use tokio::sync::mpsc;

/// A clock and a system that stand still until they are told otherwise.
#[derive(Debug)]
struct Outside {
    now: Mutex<Now>,
    facts: Mutex<SystemFacts>,
}

impl Clock for Outside {
    fn now(&self) -> Now {
        *self.now.lock().unwrap()
    }

    fn tz(&self) -> TimeZone {
        TimeZone::UTC
    }
}

#[async_trait]
impl SystemProbe for Outside {
    async fn facts(&self, _: bool) -> SystemFacts {
        self.facts.lock().unwrap().clone()
    }
}

struct Heard(mpsc::UnboundedSender<RunView>);

impl AgentEvents for Heard {
    fn changed(&self, _: ChangedWhat) {}

    fn progress(&self, _: RunKind, _: ProgressEvent) {}

    fn ended(&self, run: &RunView) {
        let _ = self.0.send(run.clone());
    }
}

struct World {
    app: Arc<App>,
    outside: Arc<Outside>,
    folder: tempfile::TempDir,
    _state: tempfile::TempDir,
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

impl World {
    async fn new(begin: &str) -> Self {
        let state = tempfile::tempdir().unwrap();
        let place = state.path().join("place");
        Self::at(begin, state, &place).await
    }

    async fn at(begin: &str, state: tempfile::TempDir, place: &Path) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let paths = Paths::below(state.path().join("config"), state.path().join("data"));
        fs::create_dir(state.path().join("data")).unwrap();
        let app = Arc::new(App::new(Home::new(paths, Arc::new(MemoryKeychain::new()))));
        app.use_this_computer(None, Some(place.to_owned())).await.unwrap();
        let now = Now { wall: at(begin), since_start: Duration::ZERO };
        let outside = Outside { now: Mutex::new(now), facts: Mutex::default() };
        fs::write(folder.path().join("a"), "a").unwrap();
        Self { app, outside: Arc::new(outside), folder, _state: state }
    }

    fn draft(&self) -> BackupSetDraft {
        let folder = self.folder.path().to_str().unwrap();
        BackupSetDraft {
            schedule: Schedule::Daily { at: "18:00".into() },
            ..BackupSetDraft::by_hand("Work", folder, "default", "work")
        }
    }

    fn add(&self, draft: BackupSetDraft) -> String {
        self.app.save_backup_set(None, draft, self.outside.now().wall).unwrap()
    }

    fn agent(&self) -> (Agent, mpsc::UnboundedReceiver<RunView>) {
        let (tell, hear) = mpsc::unbounded_channel();
        let (system, clock) = (self.outside.clone(), self.outside.clone());
        let options = AgentOptions { events: Arc::new(Heard(tell)), system, clock };
        (Agent::start(self.app.clone(), options).unwrap(), hear)
    }

    /// Time passes while the computer is awake.
    fn pass(&self, seconds: u64) {
        let mut now = self.outside.now.lock().unwrap();
        now.wall += SignedDuration::from_secs(seconds as i64);
        now.since_start += Duration::from_secs(seconds);
    }

    /// The computer sleeps.
    fn sleep(&self, hours: i64) {
        self.outside.now.lock().unwrap().wall += SignedDuration::from_hours(hours);
    }

    fn count(&self) -> usize {
        self.app.runs(&RunFilter { limit: 100, ..RunFilter::default() }).unwrap().runs.len()
    }
}

/// Waits until something is so.
async fn until(what: &str, so: impl Fn() -> bool) {
    let waiting = async {
        while !so() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), waiting).await.unwrap_or_else(|_| panic!("{what}: it does not"));
}

async fn next(hear: &mut mpsc::UnboundedReceiver<RunView>) -> RunView {
    tokio::time::timeout(Duration::from_secs(60), hear.recv()).await.expect("a run ends").expect("a run")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn planned_runs_come_in_time_and_missed_ones_are_made_up_for_once() {
    let world = World::new("2026-11-20T17:59:00Z").await;
    let id = world.add(world.draft());
    let (agent, mut hear) = world.agent();
    world.pass(60);
    agent.look();
    let run = next(&mut hear).await;
    assert_eq!((run.trigger, run.result, run.files), (RunTrigger::Schedule, RunResult::Complete, 1));
    world.sleep(24 * 5);
    agent.look();
    let run = next(&mut hear).await;
    assert_eq!((run.trigger, run.result), (RunTrigger::CatchUp, RunResult::Complete));
    world.pass(3600);
    agent.look();
    agent.stop().await;
    assert_eq!(world.count(), 2, "five days were missed, one run made up for them");
    let view = world.app.backup_set(&id, Timestamp::now(), &TimeZone::UTC).unwrap();
    assert_eq!((view.health.colour, view.stored_files), (HealthColour::Green, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_set_that_is_not_understood_is_red_with_its_reason_and_the_others_run() {
    let world = World::new("2026-11-20T17:59:00Z").await;
    let good = world.add(world.draft());
    let cron = Schedule::Cron { expression: "0 18 * * *".into() };
    let other = BackupSetDraft { name: "Letters".into(), prefix: "letters".into(), schedule: cron, ..world.draft() };
    let bad = world.add(other);
    let kept = world.app.home.sets.path().to_owned();
    let broken = fs::read_to_string(&kept).unwrap().replace("0 18 * * *", "every noon");
    fs::write(&kept, broken).unwrap();
    let (agent, mut hear) = world.agent();
    world.pass(60);
    agent.look();
    let run = next(&mut hear).await;
    assert_eq!((run.set_id.as_deref(), run.result), (Some(good.as_str()), RunResult::Complete));
    agent.stop().await;
    let overview = world.app.overview(world.outside.now().wall, &TimeZone::UTC).unwrap();
    let [letters, work] = overview.sets.as_slice() else { panic!("{:?}", overview.sets.len()) };
    assert_eq!(
        (letters.id.as_str(), letters.health.colour, letters.next_run.as_deref()),
        (bad.as_str(), HealthColour::Red, None)
    );
    let reason = &letters.health.reasons[0];
    assert_eq!(reason.code, Code::NotUnderstood);
    assert!(reason.words.contains("“every noon” is not understood as a schedule"), "{reason:?}");
    assert!(reason.hint.starts_with("Write minute, hour"), "{reason:?}");
    assert_eq!(work.health.colour, HealthColour::Green);
    assert_eq!(world.count(), 1, "it never ran");
    let third = BackupSetDraft { name: "Photos".into(), prefix: "photos".into(), ..world.draft() };
    world.app.save_backup_set(None, third, world.outside.now().wall).unwrap();
    let mended = BackupSetDraft { schedule: Schedule::Manual, ..letters.draft.clone() };
    world.app.save_backup_set(Some(&bad), mended, world.outside.now().wall).unwrap();
    let view = world.app.backup_set(&bad, world.outside.now().wall, &TimeZone::UTC).unwrap();
    assert_ne!(view.health.colour, HealthColour::Red);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_is_held_back_says_why_and_comes_when_it_may() {
    let world = World::new("2026-11-20T17:59:00Z").await;
    let conditions = RunConditions { not_on_battery: true, ..RunConditions::default() };
    let id = world.add(BackupSetDraft { conditions, ..world.draft() });
    world.outside.facts.lock().unwrap().on_battery = Some(true);
    world.pass(120);
    let (agent, mut hear) = world.agent();
    until("it waits", || world.app.live.of(&id).waits_because.is_some()).await;
    assert_eq!(world.app.live.of(&id).waits_because.as_deref(), Some("on battery"));
    let view = world.app.backup_set(&id, world.outside.now().wall, &TimeZone::UTC).unwrap();
    assert_eq!(view.activity, SetActivity::Waiting);
    world.sleep(24);
    agent.look();
    let skipped = next(&mut hear).await;
    assert_eq!((skipped.result, skipped.why.as_deref()), (RunResult::Skipped, Some("on battery")));
    world.outside.facts.lock().unwrap().on_battery = Some(false);
    agent.look();
    assert_eq!(next(&mut hear).await.result, RunResult::Complete);
    agent.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paused_set_runs_only_when_a_person_asks() {
    let world = World::new("2026-11-20T17:59:00Z").await;
    let id = world.add(world.draft());
    world.app.log().unwrap().set_pause(None, Some(Pause::UntilResumed)).unwrap();
    let (agent, mut hear) = world.agent();
    world.pass(120);
    agent.look();
    let what = What::Whole { confirm_removal_of: None };
    let operation = agent.order(Order { set: id, trigger: RunTrigger::Person, what }).await.unwrap();
    let run = next(&mut hear).await;
    assert_eq!((run.id, run.trigger, run.result), (operation, RunTrigger::Person, RunResult::Complete));
    world.app.resume_sets(None).unwrap();
    agent.look();
    assert_eq!(next(&mut hear).await.trigger, RunTrigger::Schedule);
    agent.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_that_is_gone_is_said_to_be_gone_and_not_tried_again_and_again() {
    let world = World::new("2026-11-20T17:59:00Z").await;
    let missing = world.folder.path().join("disk");
    let id = world.add(BackupSetDraft { folder: missing.to_str().unwrap().into(), watch: true, ..world.draft() });
    let (agent, mut hear) = world.agent();
    let run = next(&mut hear).await;
    assert_eq!((run.trigger, run.result), (RunTrigger::Start, RunResult::Failed));
    for _ in 0..20 {
        world.pass(60);
        agent.look();
        tokio::task::yield_now().await;
    }
    let view = world.app.backup_set(&id, Timestamp::now(), &TimeZone::UTC).unwrap();
    assert_eq!(view.health.reasons[0].words, "The folder is not there.");
    fs::create_dir(&missing).unwrap();
    fs::write(missing.join("b"), "b").unwrap();
    let complete = async {
        loop {
            world.pass(3600);
            agent.look();
            let run = next(&mut hear).await;
            if run.result == RunResult::Complete {
                return run;
            }
        }
    };
    let run = tokio::time::timeout(Duration::from_secs(60), complete).await.expect("it is back");
    assert_eq!(run.files, 1);
    agent.stop().await;
    assert!(world.count() < 12, "{} runs", world.count());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_crosses_an_hour_of_the_timetable_has_the_limit_of_the_new_hour() {
    let world = World::new("2026-11-20T17:58:00Z").await;
    fs::write(world.folder.path().join("a"), vec![7; 1 << 20]).unwrap();
    let hours = BandwidthHours {
        days: vec![Weekday::Friday],
        from: "08:00".into(),
        to: "18:00".into(),
        bytes_per_second: Some(1),
    };
    let bandwidth = Bandwidth { bytes_per_second: None, timetable: vec![hours] };
    world.app.save_settings(Settings { bandwidth, ..Settings::default() }).unwrap();
    let id = world.add(BackupSetDraft { schedule: Schedule::Daily { at: "17:59".into() }, ..world.draft() });
    let (agent, mut hear) = world.agent();
    world.pass(60);
    agent.look();
    until("the run begins", || world.app.live.of(&id).operation.is_some()).await;
    assert_eq!(world.app.bandwidth.limit(), 1);
    // A person's own operation shares it.
    let session = world.app.session(None).await.unwrap();
    assert_eq!(world.app.bandwidth.limit(), 1, "by the clock of the agent");
    let file = world.folder.path().join("a");
    let run = world.app.running.begin(None);
    let by_hand = tokio::spawn(async move {
        let sink: ProgressSink = Arc::new(Silent);
        session.put_file(&file, "by hand", Default::default(), &run, &sink).await
    });
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(hear.try_recv().is_err() && !by_hand.is_finished(), "at one byte a second it takes twelve days");
    world.pass(60);
    agent.look();
    let run = next(&mut hear).await;
    assert_eq!((run.result, run.bytes), (RunResult::Complete, 1 << 20));
    tokio::time::timeout(Duration::from_secs(60), by_hand).await.expect("it ends").unwrap().unwrap();
    agent.stop().await;
}

/// What is wrong with the queue of one set keeps neither the others nor its own planned runs from going on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_set_whose_queue_cannot_be_used_keeps_no_other_from_running() {
    let world = World::new("2026-11-20T17:59:00Z").await;
    let other = tempfile::tempdir().unwrap();
    fs::write(other.path().join("b"), "b").unwrap();
    let first = BackupSetDraft { name: "A".into(), prefix: "a".into(), watch: true, ..world.draft() };
    let second = BackupSetDraft {
        name: "B".into(),
        prefix: "b".into(),
        folder: other.path().to_str().unwrap().into(),
        ..world.draft()
    };
    let (first, second) = (world.add(first), world.add(second));
    let queue = world.app.home.paths.queue(&first);
    fs::create_dir_all(&queue).unwrap();
    let (agent, mut hear) = world.agent();
    let start = next(&mut hear).await;
    assert_eq!((start.set_name.as_str(), start.trigger, start.result), ("A", RunTrigger::Start, RunResult::Complete));
    world.pass(60);
    agent.look();
    for _ in 0..2 {
        let run = next(&mut hear).await;
        assert_eq!((run.trigger, run.result), (RunTrigger::Schedule, RunResult::Complete), "{}", run.set_name);
    }
    assert!(world.app.backup_set(&second, world.outside.now().wall, &TimeZone::UTC).unwrap().last_run.is_some());

    // It can be used again, and then loses its tables while it is open.
    fs::remove_dir(&queue).unwrap();
    world.pass(15 * 60);
    agent.look();
    until("the folder is watched", || queue.is_file()).await;
    assert_eq!(next(&mut hear).await.trigger, RunTrigger::Watch);
    rusqlite::Connection::open(&queue).unwrap().execute_batch("DROP TABLE waiting").unwrap();
    fs::write(world.folder.path().join("new"), "new").unwrap();
    let new = async {
        loop {
            agent.look();
            world.pass(5);
            let run = tokio::time::timeout(Duration::from_millis(300), hear.recv()).await;
            if run.is_ok_and(|run| run.is_some_and(|run| run.set_name == "A" && run.files == 1)) {
                return;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(60), new).await.expect("the new file is sent");
    agent.stop().await;
}

/// Time alone ends a pause and makes a set overdue: whoever looks again hears of it.
#[tokio::test]
async fn what_changes_by_time_alone_is_seen_at_the_next_look() {
    let world = World::new("2026-11-20T17:59:00Z").await;
    world.add(world.draft());
    let begin = world.outside.now().wall;
    let lookout = Lookout::default();
    let look = |hours: i64, minutes: i64| {
        let now = begin + SignedDuration::from_mins(60 * hours + minutes);
        lookout.look(&world.app, now, &TimeZone::UTC).unwrap()
    };
    assert!(!look(0, 0).changed, "the first look has nothing to compare with");
    world.app.pause_sets(None, PauseUntil::Hour, begin, &TimeZone::UTC).unwrap();
    assert!(look(0, 1).changed);
    assert!(!look(0, 2).changed, "what stays is not told again and again");
    assert!(!look(0, 59).changed);
    assert!(look(1, 0).changed, "the pause is over");
    let overdue = (2..100).map(|hours| look(hours, 0)).filter_map(|seen| seen.notice).collect::<Vec<_>>();
    let titles: Vec<&str> = overdue.iter().map(|notice| notice.title.as_str()).collect();
    assert_eq!(titles, ["Work is not backed up", "Work is not backed up"], "on the third day and a day later");
    assert_eq!(overdue[0].opens.page, OpenPage::Set);
}

/// A round that cannot even begin is in the log, and is told of.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_round_whose_place_is_gone_is_in_the_log_and_is_heard_of() {
    let world = World::new("2026-11-20T17:59:00Z").await;
    let id = world.add(BackupSetDraft { watch: true, schedule: Schedule::Manual, ..world.draft() });
    let (agent, mut hear) = world.agent();
    assert_eq!(next(&mut hear).await.result, RunResult::Complete);
    let place = world._state.path().join("place");
    world.app.home.embedded.stop().await;
    fs::rename(&place, place.with_extension("away")).unwrap();
    fs::write(world.folder.path().join("new"), "new").unwrap();
    let failed = async {
        loop {
            agent.look();
            world.pass(5);
            if let Ok(run) = tokio::time::timeout(Duration::from_millis(300), hear.recv()).await {
                return run.expect("a run");
            }
        }
    };
    let run = tokio::time::timeout(Duration::from_secs(60), failed).await.expect("it is heard of");
    assert_eq!((run.trigger, run.result, run.set_id.as_deref()), (RunTrigger::Watch, RunResult::Failed, Some(&*id)));
    assert!(run.why.is_some());
    assert_eq!(world.app.run_detail(&run.id).unwrap().run, run);
    agent.stop().await;
}

/// While the computer sleeps nobody watches: the whole folder is looked at when it wakes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watched_folder_is_looked_at_once_after_a_sleep() {
    let world = World::new("2026-11-20T17:59:00Z").await;
    world.add(BackupSetDraft { watch: true, schedule: Schedule::Manual, ..world.draft() });
    let (agent, mut hear) = world.agent();
    assert_eq!(next(&mut hear).await.trigger, RunTrigger::Start);
    world.pass(30 * 60);
    agent.look();
    world.sleep(2);
    agent.look();
    let woken = next(&mut hear).await;
    assert_eq!((woken.trigger, woken.result), (RunTrigger::CatchUp, RunResult::Complete));
    agent.look();
    agent.stop().await;
    assert_eq!(world.count(), 2, "once for a sleep, and not for half an hour awake");
}

/// A drill whose place is gone proves nothing and accuses nobody; a copy that was changed by hand is named.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_drill_that_could_not_read_is_no_proof_against_the_copies() {
    let world = World::new("2026-11-20T17:59:00Z").await;
    let id = world.add(world.draft());
    let (agent, mut hear) = world.agent();
    let mut run = async |what: What| {
        agent.order(Order { set: id.clone(), trigger: RunTrigger::Person, what }).await.unwrap();
        next(&mut hear).await
    };
    assert_eq!(run(What::Whole { confirm_removal_of: None }).await.result, RunResult::Complete);
    assert_eq!(run(What::Drill { seed: 1 }).await.result, RunResult::Complete);
    let reasons = || {
        let view = world.app.backup_set(&id, Timestamp::now(), &TimeZone::UTC).unwrap();
        view.health.reasons.into_iter().map(|reason| reason.code).collect::<Vec<_>>()
    };
    let place = world._state.path().join("place");
    world.app.home.embedded.stop().await;
    fs::rename(&place, place.with_extension("away")).unwrap();
    let gone = run(What::Drill { seed: 1 }).await;
    assert_eq!(gone.result, RunResult::Failed);
    assert!(gone.why.is_some());
    assert!(reasons().is_empty(), "nothing is known to be wrong: {:?}", reasons());
    fs::rename(place.with_extension("away"), &place).unwrap();
    let spoil = |content: &str| {
        let copy = walkdir::WalkDir::new(&place).into_iter().flatten().find(|entry| entry.path().ends_with("work/a"));
        fs::write(copy.expect("the copy").path(), content).unwrap();
    };
    spoil("b");
    let changed = run(What::Drill { seed: 1 }).await;
    assert_eq!((changed.result, changed.failures), (RunResult::Partial, 1));
    assert_eq!(reasons(), [Code::DrillFailed]);
    agent.stop().await;
}

/// What a drill found wrong is sent anew, is not proven by that, and is what the next drill reads first.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn copies_that_were_wrong_are_sent_anew_and_then_proven_by_a_drill() {
    let world = World::new("2026-11-20T17:59:00Z").await;
    let id = world.add(world.draft());
    let (agent, mut hear) = world.agent();
    let mut run = async |what: What| {
        agent.order(Order { set: id.clone(), trigger: RunTrigger::Person, what }).await.unwrap();
        next(&mut hear).await
    };
    let reasons = || {
        let view = world.app.backup_set(&id, Timestamp::now(), &TimeZone::UTC).unwrap();
        view.health.reasons.into_iter().map(|reason| reason.code).collect::<Vec<_>>()
    };
    let place = world._state.path().join("place");
    let spoil = |content: &str| {
        let copy = walkdir::WalkDir::new(&place).into_iter().flatten().find(|entry| entry.path().ends_with("work/a"));
        fs::write(copy.expect("the copy").path(), content).unwrap();
    };
    run(What::Whole { confirm_removal_of: None }).await;
    spoil("b");
    assert_eq!(run(What::Drill { seed: 1 }).await.result, RunResult::Partial);
    assert_eq!(reasons(), [Code::DrillFailed]);
    let again = run(What::of_named(&["a".to_owned()])).await;
    assert_eq!((again.result, again.files), (RunResult::Complete, 1), "the copy is sent anew");
    assert_eq!(reasons(), [Code::SentAnew], "it is not proven by having been sent");
    for n in 0..200 {
        fs::write(world.folder.path().join(format!("n{n}")), n.to_string()).unwrap();
    }
    run(What::Whole { confirm_removal_of: None }).await;
    spoil("c");
    for seed in 0..2 {
        let wrong = run(What::Drill { seed }).await;
        assert_eq!((wrong.result, wrong.failures), (RunResult::Partial, 1), "what was wrong is read first, {seed}");
        run(What::of_named(&["a".to_owned()])).await;
        spoil("d");
    }
    run(What::Drill { seed: 7 }).await;
    run(What::of_named(&["a".to_owned()])).await;
    assert_eq!(run(What::Drill { seed: 8 }).await.result, RunResult::Complete);
    assert!(reasons().is_empty(), "it is proven again: {:?}", reasons());
    agent.stop().await;
}
