//! The agent over a place on this computer, with a clock and a system that are handed in: schedules, sleeps, power, pauses.

use std::{
    fs,
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
        overview::ChangedWhat,
        run::ProgressEvent,
        sets::{BackupSetDraft, HealthColour, RunConditions, Schedule, SetActivity},
        settings::Settings,
    },
    keychain::MemoryKeychain,
    paths::Paths,
    system::SystemProbe,
};
use holdfast_backup::schedule::{Pause, SystemFacts};
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
        let (folder, state) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let paths = Paths::below(state.path().join("config"), state.path().join("data"));
        fs::create_dir(state.path().join("data")).unwrap();
        let app = Arc::new(App::new(Home::new(paths, Arc::new(MemoryKeychain::new()))));
        app.use_this_computer(None, Some(state.path().join("place"))).await.unwrap();
        let now = Now { wall: at(begin), since_start: Duration::ZERO };
        let outside = Outside { now: Mutex::new(now), facts: Mutex::default() };
        fs::write(folder.path().join("a"), "a").unwrap();
        Self { app, outside: Arc::new(outside), folder, _state: state }
    }

    fn draft(&self) -> BackupSetDraft {
        BackupSetDraft {
            name: "Work".into(),
            folder: self.folder.path().to_str().unwrap().into(),
            profile: "default".into(),
            prefix: "work".into(),
            exclude_patterns: vec![],
            include_hidden: false,
            delete_remote: false,
            watch: false,
            schedule: Schedule::Daily { at: "18:00".into() },
            quiet_hours: None,
            conditions: RunConditions::default(),
            bytes_per_second: None,
            storage_class: None,
            drill: Schedule::Manual,
            quiet_after_days: 3,
            leave_existing: false,
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
async fn a_run_that_is_held_back_says_why_and_comes_when_it_may() {
    let world = World::new("2026-11-20T17:59:00Z").await;
    let conditions = RunConditions { not_on_battery: true, ..RunConditions::default() };
    let id = world.add(BackupSetDraft { conditions, ..world.draft() });
    world.outside.facts.lock().unwrap().on_battery = Some(true);
    world.pass(120);
    let (agent, mut hear) = world.agent();
    let waits = async {
        while world.app.live.of(&id).waits_because.is_none() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), waits).await.expect("it waits");
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

#[tokio::test]
async fn settings_are_taken_to_another_computer_without_secrets() {
    let (here, there) = (World::new("2026-11-20T17:59:00Z").await, World::new("2026-11-20T17:59:00Z").await);
    let id = here.add(here.draft());
    here.app.save_settings(Settings { device_name: "Mara's".into(), ..Settings::default() }).unwrap();
    let file = here.folder.path().join("export.json");
    here.app.export_settings(&file).unwrap();
    assert_eq!(there.app.import_settings(&file).await.unwrap(), Vec::<String>::new());
    assert_eq!(there.app.settings().unwrap().device_name, "Mara's");
    assert_eq!(there.app.home.sets.load().unwrap().find("Work").unwrap(), id);
    fs::write(&file, "{}").unwrap();
    assert!(there.app.import_settings(&file).await.is_err());
}
