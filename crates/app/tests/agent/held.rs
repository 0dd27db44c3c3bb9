//! A set that is made while its person still looks at the plan.

use std::{fs, time::Duration};

use holdfast_app::{
    agent::{
        Agent, Clock as _,
        work::{Order, What},
    },
    dto::{
        log::{RunResult, RunTrigger},
        sets::{BackupSetDraft, HealthColour, PauseUntil, Schedule},
    },
};
use jiff::tz::TimeZone;

use crate::{World, next};

/// A set of the world's folder that is watched, and held for an hour.
fn add_held(world: &World, agent: &Agent) -> String {
    let draft = BackupSetDraft { watch: true, schedule: Schedule::Manual, ..world.draft() };
    let now = world.outside.now().wall;
    let id = world.app.add_held_set(draft, PauseUntil::Hour, now, &TimeZone::UTC).unwrap();
    agent.look();
    id
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watched_set_copies_nothing_before_its_plan_was_seen_or_an_hour_is_over() {
    let world = World::new("2026-11-20T12:00:00Z").await;
    let (agent, mut hear) = world.agent();
    let id = add_held(&world, &agent);
    fs::write(world.folder.path().join("b"), "b").unwrap();
    world.pass(59 * 60);
    agent.look();
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(world.count(), 0, "nobody has seen the plan");
    let set = world.app.backup_set(&id, world.outside.now().wall, &TimeZone::UTC).unwrap();
    assert_eq!(set.health.colour, HealthColour::Paused);
    assert_eq!(set.paused_until.as_deref(), Some("2026-11-20T13:00:00Z"));
    world.pass(2 * 60);
    agent.look();
    let run = next(&mut hear).await;
    assert_eq!((run.result, run.files), (RunResult::Complete, 2), "it is not forgotten: {:?}", run.trigger);
    assert_ne!(run.trigger, RunTrigger::Person);
    agent.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_run_that_a_person_begins_is_the_only_one() {
    let world = World::new("2026-11-20T12:00:00Z").await;
    let (agent, mut hear) = world.agent();
    let id = add_held(&world, &agent);
    tokio::time::sleep(Duration::from_millis(600)).await;
    let what = What::Whole { confirm_removal_of: None };
    agent.order(Order { set: id.clone(), trigger: RunTrigger::Person, what }).await.unwrap();
    agent.look();
    assert_eq!(next(&mut hear).await.trigger, RunTrigger::Person);
    assert_eq!(
        world.app.backup_set(&id, world.outside.now().wall, &TimeZone::UTC).unwrap().paused_until,
        None,
        "the plan was seen"
    );
    agent.look();
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(hear.try_recv().is_err(), "the whole folder is not looked at again because its watch began");
    agent.stop().await;
}
