//! What other devices of a bucket tell: read with a run or in between, and told to a person once.

use std::{fs, time::Duration};

use holdfast_app::{
    agent::{
        Clock as _,
        work::{Order, What},
    },
    devices::{self, DeviceStatus, SetStatus},
    dto::{
        log::{RunResult, RunTrigger, RunView},
        overview::OpenPage,
        sets::{BackupSetDraft, Schedule},
    },
    standing::Lookout,
};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use tokio::sync::mpsc;

use crate::{World, at, next, until};

/// Two computers on one bucket: what the other one tells is read with a run, and its silence is told once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_device_that_went_quiet_is_read_from_the_bucket_and_told_once() {
    let there = World::new("2026-11-20T17:59:00Z").await;
    let place = there._state.path().join("place");
    let here = World::at("2026-11-20T17:59:00Z", tempfile::tempdir().unwrap(), &place).await;
    let id = here.add(here.draft());
    let now = Timestamp::now();
    let told_by_the_other = async |days: i64| {
        let last = now - SignedDuration::from_hours(24 * days);
        let sets = vec![SetStatus { name: "Photos".into(), last_complete: Some(last), quiet_after_days: Some(3) }];
        let (id, name) = ("the-other".to_owned(), "Old laptop".to_owned());
        let status = DeviceStatus { version: 1, id, name, written: last, sets };
        devices::tell(&there.app.session(None).await.unwrap(), &status).await.unwrap();
    };
    let (agent, mut hear) = here.agent();
    let runs = async |hear: &mut mpsc::UnboundedReceiver<RunView>, name: &str| {
        fs::write(here.folder.path().join(name), name).unwrap();
        let what = What::Whole { confirm_removal_of: None };
        agent.order(Order { set: id.clone(), trigger: RunTrigger::Person, what }).await.unwrap();
        assert_eq!(next(hear).await.result, RunResult::Complete);
    };
    let lookout = Lookout::default();
    told_by_the_other(10).await;
    assert_eq!(lookout.look(&here.app, now, &TimeZone::UTC).unwrap().notice, None, "nobody listened yet");
    runs(&mut hear, "b").await;
    let seen = lookout.look(&here.app, now, &TimeZone::UTC).unwrap();
    let notice = seen.notice.expect("it is told");
    assert_eq!((notice.title.as_str(), notice.opens.page), ("Old laptop has gone quiet", OpenPage::Overview));
    assert!(seen.changed);
    assert_eq!(lookout.look(&here.app, now, &TimeZone::UTC).unwrap().notice, None);
    let after_a_restart = Lookout::default();
    assert_eq!(after_a_restart.look(&here.app, now, &TimeZone::UTC).unwrap().notice, None);
    told_by_the_other(0).await;
    runs(&mut hear, "c").await;
    assert_eq!(lookout.look(&here.app, now, &TimeZone::UTC).unwrap().notice, None);
    told_by_the_other(5).await;
    runs(&mut hear, "d").await;
    assert!(lookout.look(&here.app, now, &TimeZone::UTC).unwrap().notice.is_some(), "it had spoken in between");
    agent.stop().await;
}

/// A computer whose sets run only by hand hears of another one all the same, and no more often than it must.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_device_that_went_quiet_is_heard_of_although_nothing_runs_here() {
    let there = World::new("2026-11-20T17:59:00Z").await;
    let place = there._state.path().join("place");
    let here = World::at("2026-11-20T17:59:00Z", tempfile::tempdir().unwrap(), &place).await;
    here.add(BackupSetDraft { schedule: Schedule::Manual, ..here.draft() });
    let tell = async |id: &str| {
        let last = at("2026-11-10T10:00:00Z");
        let sets = vec![SetStatus { name: "Photos".into(), last_complete: Some(last), quiet_after_days: Some(3) }];
        let status = DeviceStatus { version: 1, id: id.into(), name: id.into(), written: last, sets };
        devices::tell(&there.app.session(None).await.unwrap(), &status).await.unwrap();
    };
    let quiet = || {
        let devices = here.app.overview(here.outside.now().wall, &TimeZone::UTC).unwrap().devices;
        devices.into_iter().filter(|device| device.quiet).map(|device| device.name).collect::<Vec<_>>()
    };
    tell("Old laptop").await;
    let (agent, _hear) = here.agent();
    assert_eq!(quiet(), Vec::<String>::new(), "nobody listened yet");
    here.pass(3 * 60);
    agent.look();
    until("it is heard", || quiet() == ["Old laptop"]).await;
    tell("Tower").await;
    here.pass(5 * 60 * 60);
    agent.look();
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert_eq!(quiet(), ["Old laptop"], "the place is asked every six hours");
    here.pass(60 * 60);
    agent.look();
    until("the other one, too", || quiet() == ["Old laptop", "Tower"]).await;
    assert_eq!(here.count(), 0, "it is no run");
    agent.stop().await;
}
