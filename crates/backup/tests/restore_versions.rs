//! A folder comes back as it was at a moment, and single files in the version that was chosen.

mod restore_support;

use std::collections::BTreeMap;

use holdfast_backup::{
    Error,
    report::{FailureReason, State},
    restore::{self, Action, RestoreRequest},
};
use holdfast_storage::{
    DeleteOptions, Key, ListRequest, ObjectStore, RequestKind, Version, VersionId, Versioning,
    fault::{Fault, Rule},
};
use jiff::Timestamp;
use restore_support::*;

async fn keeping() -> World {
    let world = World::new();
    world.bucket.set_versioning(Versioning::On).await.unwrap();
    world
}

async fn delete(world: &World, relative: &str) {
    let key = Key::new(format!("p/{relative}")).unwrap();
    world.bucket.delete(&key, &DeleteOptions::default()).await.unwrap();
}

async fn versions(world: &World, prefix: &str) -> Vec<Version> {
    let request = ListRequest { prefix: prefix.into(), ..ListRequest::default() };
    world.bucket.list_versions(&request, None).await.unwrap().versions
}

/// The moment at which the newest version so far was stored.
async fn now(world: &World) -> Timestamp {
    versions(world, "").await.iter().filter_map(|row| row.entry.last_modified).max().unwrap()
}

fn text(tree: &BTreeMap<String, Vec<u8>>) -> Vec<(String, String)> {
    tree.iter().map(|(path, bytes)| (path.clone(), String::from_utf8_lossy(bytes).into_owned())).collect()
}

fn pairs(all: &[(&str, &str)]) -> Vec<(String, String)> {
    all.iter().map(|(path, content)| ((*path).into(), (*content).into())).collect()
}

#[tokio::test]
async fn a_folder_comes_back_as_it_was_at_each_moment() {
    let world = keeping().await;
    world.put("a", b"one").await;
    world.put("dir/b", b"first").await;
    let monday = now(&world).await;
    world.put("a", b"two").await;
    delete(&world, "dir/b").await;
    world.put("dir/c", b"new").await;
    let tuesday = now(&world).await;
    world.put("dir/b", b"back").await;
    delete(&world, "a").await;
    for (moment, want) in [
        (monday, pairs(&[("a", "one"), ("dir/b", "first")])),
        (tuesday, pairs(&[("a", "two"), ("dir/c", "new")])),
        (now(&world).await, pairs(&[("dir/b", "back"), ("dir/c", "new")])),
    ] {
        let to = tempfile::tempdir().unwrap();
        let request = RestoreRequest { as_of: Some(moment), destination: to.path().into(), ..world.request() };
        let report = world.restore(&request).await;
        assert_eq!((report.state, report.unproven), (State::Complete, 0), "{report:?}");
        assert_eq!(text(&tree(to.path())), want, "{moment}");
    }
}

#[tokio::test]
async fn what_is_written_over_after_the_plan_does_not_change_what_comes_back() {
    let world = keeping().await;
    world.put("small", b"old").await;
    world.put("large", &content(3000, 1)).await;
    let request = RestoreRequest { as_of: Some(now(&world).await), ..world.request() };
    let plan = world.plan(&request).await;
    world.put("small", b"new").await;
    world.put("large", &content(3000, 2)).await;
    delete(&world, "small").await;
    let report = restore::run(&world.context(), plan).await.unwrap();
    assert_eq!((report.state, report.restored), (State::Complete, 2), "{report:?}");
    assert_eq!(world.tree(), BTreeMap::from([("large".into(), content(3000, 1)), ("small".into(), b"old".to_vec())]));
}

#[tokio::test]
async fn a_large_file_of_an_earlier_version_goes_on_where_it_was_cut() {
    let world = keeping().await;
    world.put("large", &content(3000, 1)).await;
    let request = RestoreRequest { as_of: Some(now(&world).await), jobs: 1, ..world.request() };
    world.put("large", &content(3000, 2)).await;
    world.faults.add(Rule { after: 4, ..Rule::every(RequestKind::Get, Fault::Deny) });
    assert_eq!(world.restore(&request).await.state, State::Partial);
    world.faults.clear();
    let before = world.meter.tally().requests[&RequestKind::Get];
    let report = world.restore(&request).await;
    assert_eq!(report.state, State::Complete, "{report:?}");
    assert_eq!(report.tally.requests[&RequestKind::Get] - before, 6, "only the ranges that were missing");
    assert_eq!(world.tree()["large"], content(3000, 1));
}

#[tokio::test]
async fn a_selection_comes_back_as_it_was_whichever_way_it_is_looked_up() {
    let world = keeping().await;
    for n in 0..40 {
        world.put(&format!("many/{n:02}"), b"old").await;
    }
    world.put("many/07-longer", b"old").await;
    delete(&world, "many/05").await;
    let moment = now(&world).await;
    for n in 0..40 {
        world.put(&format!("many/{n:02}"), b"new").await;
    }
    world.put("many/later", b"new").await;
    for chosen in [3usize, 40] {
        let to = tempfile::tempdir().unwrap();
        let mut files: Vec<_> = (5..5 + chosen).map(|n| format!("many/{:02}", n % 40)).collect();
        files.push("many/later".into());
        let request = RestoreRequest {
            selection: Some(files),
            as_of: Some(moment),
            destination: to.path().into(),
            ..world.request()
        };
        let report = world.restore(&request).await;
        let missing: Vec<_> = report.failures.iter().map(|f| f.path.as_str()).collect();
        assert_eq!(missing, ["many/05", "many/later"], "{chosen}");
        assert!(report.failures.iter().all(|f| matches!(f.reason, FailureReason::Missing)));
        let tree = tree(to.path());
        assert_eq!((tree.len(), tree.values().all(|bytes| bytes == b"old")), (chosen - 1, true));
    }
    assert!(world.meter.tally().requests[&RequestKind::ListVersions] <= 4 + 1 + 2, "{:?}", world.meter.tally());
}

#[tokio::test]
async fn a_version_that_was_chosen_comes_back_beside_a_folder_of_another_date() {
    let world = keeping().await;
    for content in [b"one".as_slice(), b"two", b"three"] {
        world.put("dir/a", content).await;
        world.put("dir/b", content).await;
    }
    let one = versions(&world, "p/dir/a").await[2].id.clone();
    let alone = RestoreRequest { versions: vec![("dir/a".into(), one.clone())], ..world.request() };
    assert_eq!(world.restore(&alone).await.state, State::Complete);
    assert_eq!(text(&world.tree()), pairs(&[("dir/a", "one")]));
    // A folder, and the prefix itself, which is the empty path.
    for folder in ["dir/", ""] {
        let to = tempfile::tempdir().unwrap();
        let both = RestoreRequest {
            selection: Some(vec![folder.into(), "dir/a".into()]),
            versions: vec![("dir/a".into(), one.clone())],
            destination: to.path().into(),
            ..world.request()
        };
        assert_eq!(world.restore(&both).await.state, State::Complete);
        assert_eq!(text(&tree(to.path())), pairs(&[("dir/a", "one"), ("dir/b", "three")]));
    }
}

#[tokio::test]
async fn a_version_that_is_gone_or_says_deleted_is_named() {
    let world = keeping().await;
    world.put("a", b"one").await;
    delete(&world, "a").await;
    let marker = versions(&world, "p/a").await[0].id.clone();
    let request = RestoreRequest {
        versions: vec![("a".into(), marker), ("b".into(), VersionId("no-such".into()))],
        ..world.request()
    };
    let report = world.restore(&request).await;
    let named: Vec<_> = report.failures.iter().map(|f| f.path.as_str()).collect();
    assert_eq!((report.state, named), (State::Partial, vec!["a", "b"]));
    assert!(report.failures.iter().all(|f| matches!(f.reason, FailureReason::Missing)), "{:?}", report.failures);
}

#[tokio::test]
async fn a_bucket_that_keeps_no_versions_says_so_at_once() {
    let world = World::new();
    world.put("a", b"one").await;
    for request in [
        RestoreRequest { as_of: Some(Timestamp::now()), ..world.request() },
        RestoreRequest { versions: vec![("a".into(), VersionId("x".into()))], ..world.request() },
    ] {
        let refused = restore::plan(&world.context(), &request).await;
        assert!(matches!(refused, Err(Error::NoVersions)), "{refused:?}");
        assert_eq!(world.meter.tally().requests.keys().collect::<Vec<_>>(), [&RequestKind::GetVersioning]);
    }
}

#[tokio::test]
async fn a_key_that_may_not_ask_for_the_setting_still_gets_its_versions() {
    let world = keeping().await;
    world.put("a", b"one").await;
    world.faults.add(Rule::every(RequestKind::GetVersioning, Fault::Deny));
    let request = RestoreRequest { as_of: Some(now(&world).await), ..world.request() };
    assert_eq!(world.plan(&request).await.count(Action::New).files, 1);
}
