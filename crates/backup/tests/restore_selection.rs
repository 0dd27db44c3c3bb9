//! A selection is looked up with few requests, and comes back the same whichever way it was looked up.

mod restore_support;

use std::collections::BTreeMap;

use holdfast_backup::{
    report::{FailureReason, RestoreReport, State},
    restore::{Action, RestoreRequest},
};
use holdfast_storage::{
    RequestKind,
    fault::{Fault, Rule},
};
use restore_support::*;

/// So many small files, in folders of 500.
async fn world_of(files: usize) -> World {
    let world = World::new();
    for n in 0..files {
        world.put(&path(n), format!("content {n}").as_bytes()).await;
    }
    world
}

fn path(n: usize) -> String {
    format!("year/{:02}/{n:05}.txt", n / 500)
}

fn choosing(world: &World, chosen: impl Iterator<Item = String>) -> RestoreRequest {
    RestoreRequest { selection: Some(chosen.collect()), ..world.request() }
}

fn requests(report: &RestoreReport, kind: RequestKind) -> u64 {
    report.tally.requests.get(&kind).copied().unwrap_or(0)
}

#[tokio::test]
async fn thousands_of_chosen_files_cost_a_listing_of_the_folder_they_share() {
    let world = world_of(3000).await;
    let request = choosing(&world, (0..3000).filter(|n| n % 2 == 0).map(path));
    let report = world.restore(&request).await;
    assert_eq!((report.state, world.tree().len()), (State::Complete, 1500));
    assert_eq!(requests(&report, RequestKind::Get), 1500);
    assert_eq!(requests(&report, RequestKind::Head), 0);
    assert!(requests(&report, RequestKind::List) <= 3, "{:?}", report.tally);
}

#[tokio::test]
async fn a_few_chosen_files_are_asked_about_by_themselves() {
    let world = world_of(1500).await;
    let request = choosing(&world, [3, 4, 5, 700, 1400].into_iter().map(path));
    let report = world.restore(&request).await;
    assert_eq!((requests(&report, RequestKind::Head), requests(&report, RequestKind::List)), (5, 0));
    assert_eq!(world.tree().len(), 5);
}

#[tokio::test]
async fn files_that_stand_far_apart_are_not_sought_page_by_page() {
    let world = world_of(12_000).await;
    let request = choosing(&world, (0..12_000).filter(|n| n % 120 == 0).map(path));
    let plan = world.plan(&request).await;
    assert_eq!(plan.count(Action::New).files, 100);
    let tally = world.meter.tally();
    assert!(tally.requests[&RequestKind::List] <= 3, "{tally:?}");
    assert!(tally.requests[&RequestKind::Head] <= 100, "{tally:?}");
}

#[tokio::test]
async fn what_a_listing_does_not_show_is_asked_about_before_it_is_called_missing() {
    let world = world_of(100).await;
    let request = choosing(&world, (0..103).map(path).chain(["year/00".into(), "other/".into()]));
    let report = world.restore(&request).await;
    let missing: Vec<_> = report.failures.iter().map(|f| (f.path.clone(), format!("{:?}", f.reason))).collect();
    let expected = ["year/00".to_owned(), path(100), path(101), path(102)].map(|path| (path, "Missing".to_owned()));
    assert_eq!(missing, expected);
    assert!(matches!(report.failures[0].reason, FailureReason::Missing));
    assert_eq!((report.state, requests(&report, RequestKind::Head)), (State::Partial, 4));
    assert_eq!(world.tree().len(), 100);
}

#[tokio::test]
async fn a_place_that_may_not_be_listed_gives_back_the_same() {
    let world = world_of(60).await;
    let request = choosing(&world, (0..60).map(path));
    let facts = |plan: &holdfast_backup::restore::RestorePlan| -> BTreeMap<_, _> {
        plan.files().map(|file| (file.path, (file.size, file.action))).collect()
    };
    let listed = facts(&world.plan(&request).await);
    world.faults.add(Rule::every(RequestKind::List, Fault::Deny));
    let asked = facts(&world.plan(&request).await);
    assert_eq!((listed.len(), &listed), (60, &asked));
    assert_eq!(world.meter.tally().requests[&RequestKind::Head], 60);
    assert_eq!(world.restore(&request).await.state, State::Complete);
}

#[tokio::test]
async fn files_and_folders_chosen_side_by_side_come_together() {
    let world = World::new();
    for path in ["x/a", "x/y/1", "x/y/2", "x/z", "z/b"] {
        world.put(path, path.as_bytes()).await;
    }
    let request = choosing(&world, ["x/a", "x/y/", "z/b"].into_iter().map(str::to_owned));
    let report = world.restore(&request).await;
    assert_eq!(report.state, State::Complete, "{report:?}");
    assert_eq!(world.tree().into_keys().collect::<Vec<_>>(), ["x/a", "x/y/1", "x/y/2", "z/b"]);
}
