//! A set that is made while its person still looks at the plan.

use std::{fs, time::Duration};

use holdfast_app::{
    agent::{
        Clock as _,
        work::{Order, What, carry_out},
    },
    dto::{
        log::{RunResult, RunTrigger},
        sets::{BackupSetDraft, HealthColour, PauseUntil, Schedule},
    },
    operations::event_sink,
};
use jiff::tz::TimeZone;

use crate::{World, next};

/// A set of the world's folder that is watched, and held for an hour.
fn add_held(world: &World) -> String {
    let draft = BackupSetDraft { watch: true, schedule: Schedule::Manual, ..world.draft() };
    world.app.add_held_set(draft, PauseUntil::Hour, world.outside.now().wall, &TimeZone::UTC).unwrap()
}

fn paused_until(world: &World, id: &str) -> Option<String> {
    world.app.backup_set(id, world.outside.now().wall, &TimeZone::UTC).unwrap().paused_until
}

fn whole(set: &str, trigger: RunTrigger) -> Order {
    Order { set: set.to_owned(), trigger, what: What::Whole { confirm_removal_of: None } }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watched_set_copies_nothing_before_its_plan_was_seen_or_an_hour_is_over() {
    let world = World::new("2026-11-20T12:00:00Z").await;
    let (agent, mut hear) = world.agent();
    let id = add_held(&world);
    agent.look();
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
    let id = add_held(&world);
    agent.look();
    tokio::time::sleep(Duration::from_millis(600)).await;
    agent.order(whole(&id, RunTrigger::Person)).await.unwrap();
    agent.look();
    assert_eq!(next(&mut hear).await.trigger, RunTrigger::Person);
    assert_eq!(paused_until(&world, &id), None, "the plan was seen");
    agent.look();
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(hear.try_recv().is_err(), "the whole folder is not looked at again because its watch began");
    agent.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_a_person_begins_without_an_agent_ends_the_pause_too() {
    let world = World::new("2026-11-20T12:00:00Z").await;
    let id = add_held(&world);
    for (trigger, paused) in [(RunTrigger::Schedule, true), (RunTrigger::Person, false)] {
        let run = world.app.running.begin(None);
        let sink = event_sink(&run.id, |_| {});
        let done = carry_out(&world.app, whole(&id, trigger), run, &sink).await.unwrap();
        assert_eq!(done.run.map(|run| run.result), Some(RunResult::Complete), "{:?}", done.error);
        assert_eq!(paused_until(&world, &id).is_some(), paused, "{trigger:?}");
    }
}
