//! A restore brings back what is in the bucket, and harms nothing that is here.

mod restore_support;

use std::{
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
};

use holdfast_backup::{
    Error,
    report::{FailureReason, State},
    restore::{self, Action, Conflict},
};
use holdfast_storage::{
    Error as StorageError, Metadata, Prefix, RequestKind,
    error::{CredentialFault, Unreachable},
    fault::{Fault, Rule},
    layer::{Layer, Layered, Request},
};
use restore_support::*;

#[tokio::test(flavor = "multi_thread")]
async fn everything_comes_back_with_time_and_permissions() {
    let world = World::new();
    let files: Vec<(&str, Vec<u8>)> = vec![
        ("a.txt", b"hello".to_vec()),
        ("empty", vec![]),
        ("deep/er/and er/ü 日本+%.bin", content(99, 1)),
        ("deep/nfd-e\u{301}", content(100, 2)),
        ("deep/nfc-\u{e9}", content(101, 3)),
        ("medium", content(999, 4)),
        ("large", content(4321, 5)),
        ("exact", content(1200, 6)),
    ];
    for (path, bytes) in &files {
        world.put(path, bytes).await;
    }
    world.put("quoted‛FF", b"byte").await;
    world.put("link.rclonelink", b"deep/er").await;
    world.put_raw("p/folder/", b"", Metadata::new()).await;
    world.put_raw("p/", b"", Metadata::new()).await;
    world.put_raw("elsewhere", b"no", Metadata::new()).await;

    let plan = world.plan(&world.request()).await;
    assert_eq!((plan.count(Action::New).files, plan.failures().len()), (10, 0));
    assert_eq!(plan.requests(), 8 + 15 + 4);
    let report = world.restore(&world.request()).await;

    assert_eq!((report.state, report.restored, report.unproven), (State::Complete, 10, 0), "{report:?}");
    let tree = world.tree();
    for (path, bytes) in &files {
        assert_eq!(tree.get(*path), Some(bytes), "{path}");
        let meta = fs::metadata(world.destination().join(path)).unwrap();
        assert_eq!(meta.mtime() * 1_000_000_000 + meta.mtime_nsec(), TIME, "{path}");
        assert_eq!(meta.mode() & 0o7777, 0o640, "{path}");
    }
    assert_eq!(tree["link"], b"-> deep/er");
    assert_eq!(tree["folder/"], b"");
    assert!(!world.staging().exists());
    assert_eq!(tree.len(), 11);
}

#[tokio::test]
async fn a_foreign_object_comes_back_and_is_counted_as_unproven() {
    let world = World::new();
    world.put_raw("p/small", b"x", Metadata::new()).await;
    world.put_raw("p/large", &content(3000, 1), Metadata::new()).await;
    let report = world.restore(&world.request()).await;
    assert_eq!((report.state, report.restored, report.unproven), (State::Complete, 2, 2));
    let mode = fs::metadata(world.destination().join("small")).unwrap().permissions().mode();
    let fresh = world.folder.path().join("fresh");
    fs::write(&fresh, "").unwrap();
    assert_eq!(mode, fs::metadata(fresh).unwrap().permissions().mode(), "as any new file here");
}

#[tokio::test]
async fn what_is_there_stays_unless_asked_otherwise() {
    for conflict in [Conflict::Skip, Conflict::Overwrite, Conflict::KeepBoth] {
        let world = World::new();
        for path in ["same.txt", "size.txt", "time.txt", "new.txt"] {
            world.put(path, b"bucket").await;
        }
        world.put("link.rclonelink", b"here").await;
        world.put("other.rclonelink", b"here").await;
        let mut request = world.request();
        request.selection = Some(vec!["same.txt".into(), "link.rclonelink".into()]);
        world.restore(&request).await;
        world.write("size.txt", b"local, longer");
        world.write("time.txt", b"local!");
        std::os::unix::fs::symlink("away", world.destination().join("other")).unwrap();

        request.selection = None;
        request.conflict = conflict;
        let plan = world.plan(&request).await;
        let count = |action| plan.count(action).files;
        let report = world.restore(&request).await;
        assert_eq!(report.state, State::Complete, "{report:?}");
        let tree = world.tree();
        assert_eq!((&tree["same.txt"][..], &tree["new.txt"][..]), (&b"bucket"[..], &b"bucket"[..]));
        assert_eq!(count(Action::New), 1);
        if conflict == Conflict::Overwrite {
            assert_eq!((count(Action::SkipSame), count(Action::Replace)), (2, 3));
            assert_eq!((&tree["size.txt"][..], &tree["time.txt"][..]), (&b"bucket"[..], &b"bucket"[..]));
            assert_eq!((report.restored, report.skipped), (4, 2));
            assert_eq!(tree["other"], b"-> here");
            continue;
        }
        assert_eq!((&tree["size.txt"][..], &tree["time.txt"][..]), (&b"local, longer"[..], &b"local!"[..]));
        assert_eq!(tree["other"], b"-> away");
        match conflict {
            Conflict::Skip => {
                assert_eq!((count(Action::SkipSameSize), count(Action::SkipDiffers)), (4, 1));
                assert_eq!((report.restored, report.skipped), (1, 5));
                assert!(!report.tally.requests.contains_key(&RequestKind::Head) || world.meter.tally().total() > 0);
            }
            _ => {
                assert_eq!((count(Action::SkipSame), count(Action::KeepBoth)), (2, 3));
                assert_eq!(plan.examples(Action::KeepBoth, 1)[0].new_path.as_deref(), Some("other (from backup)"));
                assert_eq!(tree["size (from backup).txt"], b"bucket");
                assert_eq!(tree["other (from backup)"], b"-> here");
                let again = world.restore(&request).await;
                assert_eq!((again.restored, again.skipped), (0, 6), "what was kept beside is known again");
            }
        }
    }
}

#[tokio::test]
async fn keeping_both_finds_a_name_that_is_free_here_and_in_the_bucket() {
    let world = World::new();
    world.put("a.txt", b"one").await;
    world.put("a (from backup).txt", b"two").await;
    world.write("a.txt", b"mine");
    world.write("a (from backup 2).txt", b"also mine");
    let mut request = world.request();
    request.conflict = Conflict::KeepBoth;
    world.restore(&request).await;
    let tree = world.tree();
    let want = [
        ("a.txt", &b"mine"[..]),
        ("a (from backup).txt", b"two"),
        ("a (from backup 2).txt", b"also mine"),
        ("a (from backup 3).txt", b"one"),
    ];
    assert_eq!(tree.len(), want.len());
    for (path, content) in want {
        assert_eq!(tree[path], content, "{path}");
    }
}

#[tokio::test]
async fn a_second_restore_asks_for_nothing_but_the_listing() {
    let world = World::new();
    for n in 0..20 {
        world.put(&format!("d/{n}"), b"x").await;
    }
    world.restore(&world.request()).await;
    let before = world.meter.tally().total();
    let report = world.restore(&world.request()).await;
    assert_eq!((report.restored, report.skipped, world.meter.tally().total() - before), (0, 20, 1));
}

#[tokio::test]
async fn no_key_leads_outside() {
    let world = World::new();
    world.put("good", b"x").await;
    for key in [
        "p/../escaped",
        "p//abs",
        "p/a/../../escaped",
        "p/./x",
        "p/‛2E‛2E/escaped",
        "p/..rclonelink",
        "p/.holdfast-restore/x",
        "p/a/",
    ] {
        world.put_raw(key, b"evil", Metadata::new()).await;
    }
    let plan = world.plan(&world.request()).await;
    assert_eq!(plan.failures().len(), 8);
    assert!(plan.failures().iter().all(|f| matches!(f.reason, FailureReason::Hostile(_))));
    let report = world.restore(&world.request()).await;
    assert_eq!((report.state, report.restored, report.failures.len()), (State::Partial, 1, 8));
    assert_eq!(world.tree().len(), 1);
    let outside: Vec<_> = fs::read_dir(world.folder.path()).unwrap().flatten().map(|e| e.file_name()).collect();
    assert_eq!(outside.len(), 2, "{outside:?}");
}

#[tokio::test]
async fn nothing_is_written_through_a_link() {
    let world = World::new();
    let outside = tempfile::tempdir().unwrap();
    world.put("trap.rclonelink", outside.path().to_str().unwrap().as_bytes()).await;
    world.put("ok", b"x").await;
    world.restore(&world.request()).await;
    assert!(world.destination().join("trap").is_symlink());
    world.put("trap/evil", b"evil").await;
    world.put("trap/deep/evil", b"evil").await;
    for conflict in [Conflict::Skip, Conflict::Overwrite] {
        let mut request = world.request();
        request.conflict = conflict;
        let report = world.restore(&request).await;
        let in_the_way = report
            .failures
            .iter()
            .filter(|f| matches!(&f.reason, FailureReason::InTheWay { at } if at.to_str() == Some("trap")));
        assert_eq!((report.state, in_the_way.count()), (State::Partial, 2), "{report:?}");
    }
    assert!(outside.path().read_dir().unwrap().next().is_none());
}

#[tokio::test]
async fn a_link_that_appears_after_planning_is_not_followed() {
    let world = World::new();
    let outside = tempfile::tempdir().unwrap();
    world.put("d/file", b"x").await;
    world.put("top", b"secret").await;
    let (ctx, mut request) = (world.context(), world.request());
    request.conflict = Conflict::Overwrite;
    let plan = restore::plan(&ctx, &request).await.unwrap();
    fs::create_dir_all(world.destination()).unwrap();
    std::os::unix::fs::symlink(outside.path(), world.destination().join("d")).unwrap();
    let victim = outside.path().join("victim");
    fs::write(&victim, "mine").unwrap();
    std::os::unix::fs::symlink(&victim, world.destination().join("top")).unwrap();
    let report = restore::run(&ctx, plan).await.unwrap();
    assert_eq!((report.state, report.failures.len()), (State::Partial, 2));
    assert!(report.failures.iter().all(|f| matches!(f.reason, FailureReason::InTheWay { .. })), "{report:?}");
    assert_eq!(fs::read(&victim).unwrap(), b"mine");
    assert_eq!(outside.path().read_dir().unwrap().count(), 1);
}

#[tokio::test]
async fn a_file_that_appears_after_planning_is_not_replaced() {
    let world = World::new();
    world.put("small", b"x").await;
    world.put("large", &content(2000, 1)).await;
    let (ctx, request) = (world.context(), world.request());
    let plan = restore::plan(&ctx, &request).await.unwrap();
    world.write("small", b"mine");
    world.write("large", b"mine");
    let report = restore::run(&ctx, plan).await.unwrap();
    assert_eq!((report.state, report.restored, report.skipped), (State::Complete, 0, 2), "{report:?}");
    let tree = world.tree();
    assert_eq!((tree.len(), &tree["small"][..], &tree["large"][..]), (2, &b"mine"[..], &b"mine"[..]));
}

#[tokio::test]
async fn content_that_is_not_what_was_backed_up_is_refused() {
    let world = World::new();
    let metadata = stored(b"other", 0o100644);
    for (key, size) in [("p/small", 5), ("p/medium", 500), ("p/large", 2000)] {
        world.put_raw(key, &content(size, 0), metadata.clone()).await;
        world.write(&key[2..], b"mine");
    }
    let mut request = world.request();
    request.conflict = Conflict::Overwrite;
    let report = world.restore(&request).await;
    assert_eq!((report.state, report.restored, report.failures.len()), (State::Partial, 0, 3));
    assert!(report.failures.iter().all(|f| matches!(f.reason, FailureReason::Mismatch)), "{report:?}");
    let tree = world.tree();
    assert!(tree.len() == 3 && tree.values().all(|content| content == b"mine"), "{tree:?}");
}

#[tokio::test]
async fn a_download_that_breaks_is_continued() {
    let world = World::new();
    for (path, size) in [("small", 50), ("medium", 900), ("large", 5000)] {
        world.put(path, &content(size, 9)).await;
        world.faults.add(Rule { times: 3, ..Rule::nth(RequestKind::Get, 1, Fault::CutBody).on_key(path) });
        world.faults.add(Rule::nth(RequestKind::Get, 2, Fault::SlowDown).on_key(path));
        world.faults.add(Rule::nth(RequestKind::Get, 3, Fault::LoseAnswer).on_key(path));
    }
    let report = world.restore(&world.request()).await;
    assert_eq!((report.state, report.restored), (State::Complete, 3), "{report:?}");
    for (path, bytes) in world.tree() {
        assert_eq!(bytes, content(bytes.len(), 9), "{path}");
    }
}

#[tokio::test]
async fn a_download_that_always_breaks_fails_alone() {
    let world = World::new();
    for path in ["bad-small", "good", "bad-large"] {
        world.put(path, &content(if path == "bad-large" { 3000 } else { 60 }, 1)).await;
    }
    world.faults.add(Rule::every(RequestKind::Get, Fault::CutBody).on_key("bad"));
    let report = world.restore(&world.request()).await;
    assert_eq!((report.state, report.restored, report.failures.len()), (State::Partial, 1, 2));
    assert_eq!(world.tree().keys().filter(|k| !k.starts_with(restore::STAGING)).count(), 1);
    world.faults.clear();
    let report = world.restore(&world.request()).await;
    assert_eq!((report.state, report.restored, world.staging().exists()), (State::Complete, 2, false));
}

#[tokio::test]
async fn an_object_that_is_replaced_or_removed_meanwhile_is_said_so() {
    let world = World::new();
    for path in ["small", "medium", "large", "gone"] {
        world
            .put(
                path,
                &content(
                    match path {
                        "small" => 5,
                        "medium" => 500,
                        _ => 2000,
                    },
                    1,
                ),
            )
            .await;
    }
    let (ctx, request) = (world.context(), world.request());
    let plan = restore::plan(&ctx, &request).await.unwrap();
    for path in ["small", "medium", "large"] {
        world
            .put(
                path,
                &content(
                    match path {
                        "small" => 5,
                        "medium" => 500,
                        _ => 2000,
                    },
                    2,
                ),
            )
            .await;
    }
    use holdfast_storage::ObjectStore;
    world.bucket.delete(&holdfast_storage::Key::new("p/gone").unwrap(), &Default::default()).await.unwrap();
    let report = restore::run(&ctx, plan).await.unwrap();
    let replaced = report.failures.iter().filter(|f| matches!(f.reason, FailureReason::Replaced)).count();
    let missing = report.failures.iter().filter(|f| matches!(f.reason, FailureReason::Missing)).count();
    assert_eq!((report.state, replaced, missing), (State::Partial, 3, 1), "{report:?}");
    assert!(world.tree().is_empty() && !world.staging().exists());
}

#[tokio::test]
async fn places_that_two_objects_want_are_reported_before_anything_is_written() {
    let world = World::new();
    world.put("a", b"file").await;
    world.put("a/b", b"inside").await;
    world.put("l", b"file").await;
    world.put("l.rclonelink", b"there").await;
    let plan = world.plan(&world.request()).await;
    let collisions: Vec<_> = plan.collisions().map(|f| (f.path.clone(), f.reason.to_string())).collect();
    assert_eq!(collisions.len(), 2);
    assert!(collisions[0].0 == "a" && collisions[0].1.contains("\"a/\""), "{collisions:?}");
    assert!(collisions[1].0 == "l.rclonelink" && collisions[1].1.contains("\"l\""), "{collisions:?}");
    assert!(!world.destination().exists());
    let report = world.restore(&world.request()).await;
    assert_eq!((report.state, report.restored), (State::Partial, 2));
    assert_eq!(world.tree()["a/b"], b"inside");
}

#[tokio::test]
async fn files_and_folders_in_the_way_stay() {
    let world = World::new();
    world.put("folder", b"file in the bucket").await;
    world.put("file/deep/x", b"x").await;
    world.write("folder/mine", b"mine");
    world.write("file", b"mine");
    let mut request = world.request();
    request.conflict = Conflict::Overwrite;
    let report = world.restore(&request).await;
    let at: Vec<_> = report.failures.iter().map(|f| f.reason.to_string()).collect();
    assert_eq!(at, ["file is in the way", "folder is in the way"]);
    assert_eq!(world.tree().len(), 2);
}

#[tokio::test]
async fn only_what_is_chosen_and_not_excluded_comes() {
    let world = World::new();
    for path in
        ["a", "b/1", "b/2", "b/skip.tmp", "b/cache/x", "b/cache/l.rclonelink", "c/1", "c/2", "skipped.rclonelink"]
    {
        world.put(path, b"x").await;
    }
    let mut request = world.request();
    request.selection = Some(["a", "b/", "c/1", "missing", "b/2"].map(str::to_owned).to_vec());
    request.exclude = Some(Arc::new(|path: &str, is_dir: bool| path.ends_with(".tmp") || is_dir && path == "b/cache"));
    let plan = world.plan(&request).await;
    assert_eq!((plan.excluded(), plan.failures().len()), (3, 1));
    let report = world.restore(&request).await;
    assert_eq!(world.tree().into_keys().collect::<Vec<_>>(), ["a", "b/1", "b/2", "c/1"]);
    assert!(matches!(&report.failures[..], [f] if f.path == "missing" && matches!(f.reason, FailureReason::Missing)));

    request.selection = None;
    request.exclude = Some(Arc::new(|path: &str, _| path != "skipped"));
    let plan = world.plan(&request).await;
    assert_eq!(plan.count(Action::New).files, 1, "the link's own name is asked about");
}

#[tokio::test]
async fn asking_for_nothing_or_into_a_file_is_an_error() {
    let world = World::new();
    world.put("a", b"x").await;
    let mut request = world.request();
    request.prefix = Prefix::parse("nothing").unwrap();
    let nothing = restore::plan(&world.context(), &request).await.unwrap_err();
    assert!(matches!(nothing, Error::NothingThere { prefix } if prefix == "nothing"));
    fs::write(world.destination(), "a file").unwrap();
    let file = restore::plan(&world.context(), &world.request()).await.unwrap_err();
    assert!(matches!(file, Error::NotAFolder { .. }));
}

/// Lets so many requests pass; then the session has expired.
#[derive(Debug)]
struct Expires(AtomicU32);

#[async_trait::async_trait]
impl Layer for Expires {
    async fn before(&self, _: Request<'_>) -> holdfast_storage::Result<()> {
        match self.0.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(1)) {
            Ok(_) => Ok(()),
            Err(_) => Err(StorageError::Credentials(CredentialFault::Expired)),
        }
    }
}

#[tokio::test]
async fn an_expired_session_ends_the_run_and_running_again_goes_on() {
    let world = World::new();
    for n in 0..50 {
        world.put(&format!("f{n:02}"), b"x").await;
    }
    let mut ctx = world.context();
    let plan = restore::plan(&ctx, &world.request()).await.unwrap();
    ctx.store = Layered::wrap(ctx.store.clone(), Arc::new(Expires(AtomicU32::new(10))));
    let ended = restore::run(&ctx, plan).await;
    assert!(matches!(ended, Err(Error::Storage(StorageError::Credentials(CredentialFault::Expired)))), "{ended:?}");
    let there = world.tree().len() as u64;
    assert!(there <= 10);
    let report = world.restore(&world.request()).await;
    assert_eq!((report.state, report.restored, report.skipped), (State::Complete, 50 - there, there));
}

#[tokio::test]
async fn a_place_that_cannot_be_reached_ends_the_run() {
    let world = World::new();
    for n in 0..100 {
        world.put(&format!("f{n:02}"), b"x").await;
    }
    world.faults.add(Rule::every(RequestKind::Get, Fault::LoseAnswer));
    let ctx = world.context();
    let plan = restore::plan(&ctx, &world.request()).await.unwrap();
    let ended = restore::run(&ctx, plan).await;
    assert!(matches!(ended, Err(Error::Storage(StorageError::Unreachable(_)))), "{ended:?}");
    assert!(world.meter.tally().requests[&RequestKind::Get] < 100, "it does not ask for every file");
}

#[tokio::test]
async fn a_place_that_answers_nobody_ends_a_restore_of_a_few_files_too() {
    let world = World::new();
    for n in 0..4 {
        world.put(&format!("f{n}"), b"x").await;
    }
    world.faults.add(Rule::every(RequestKind::Get, Fault::NoAnswer));
    let ctx = world.context();
    let plan = restore::plan(&ctx, &world.request()).await.unwrap();
    let ended = restore::run(&ctx, plan).await;
    assert!(matches!(ended, Err(Error::Storage(StorageError::Unreachable(Unreachable::Timeout)))), "{ended:?}");
}

#[tokio::test]
async fn two_restores_into_one_folder_do_not_run_at_once() {
    let world = World::new();
    world.put("a", &content(50, 1)).await;
    let (ctx, request) = (world.context(), world.request());
    let plan = restore::plan(&ctx, &request).await.unwrap();
    let other = tempfile::tempdir().unwrap();
    let mut elsewhere = world.context();
    elsewhere.state_dir = other.path().to_owned();
    let second = restore::plan(&elsewhere, &request).await.unwrap();
    world.faults.add(Rule::nth(RequestKind::Get, 1, Fault::Delay(std::time::Duration::from_millis(300))));
    let first = tokio::spawn(async move { restore::run(&ctx, plan).await });
    while !world.meter.tally().requests.contains_key(&RequestKind::Get) {
        tokio::task::yield_now().await;
    }
    let refused = restore::run(&elsewhere, second).await;
    assert!(matches!(refused, Err(Error::Busy)), "another user's restore: {refused:?}");
    let again = world.context();
    let plan = restore::plan(&again, &request).await.unwrap();
    assert!(matches!(restore::run(&again, plan).await, Err(Error::Busy)));
    assert_eq!(first.await.unwrap().unwrap().state, State::Complete);
}
