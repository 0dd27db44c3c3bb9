//! A restore that is cancelled, killed or out of room leaves nothing half-written, and the next one goes on.

mod restore_support;

use std::{path::Path, process::Command, time::Duration};

use holdfast_backup::{
    Error,
    report::{FailureReason, RestoreReport, State},
    restore::{self, RestoreContext, RestorePlan, RestoreRequest},
};
use holdfast_storage::{
    Metadata, RequestKind,
    fault::{Fault, Rule},
};
use restore_support::*;
use rusqlite::{Connection, OpenFlags};

const LARGE: usize = 30_000;
const RANGES: u64 = 100;

fn gets(world: &World) -> u64 {
    world.meter.tally().requests.get(&RequestKind::Get).copied().unwrap_or(0)
}

/// Lets `pass` requests for keys that contain `held` through and holds up all others.
fn hold_after(world: &World, held: &str, pass: u32) {
    let rule = Rule::nth(RequestKind::Get, pass + 1, Fault::Delay(Duration::from_secs(3600))).on_key(held);
    world.faults.add(Rule { times: u32::MAX, ..rule });
}

async fn planned(world: &World) -> (RestoreContext, RestorePlan) {
    let ctx = world.context();
    let plan = restore::plan(&ctx, &world.request()).await.unwrap();
    (ctx, plan)
}

async fn until(what: impl Fn() -> bool) {
    while !what() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// Ranges that a restart would find noted.
fn noted(world: &World) -> u64 {
    let path = world.folder.path().join("state/restore.db");
    let Ok(conn) = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY) else { return 0 };
    conn.query_row("SELECT count(*) FROM ranges", [], |row| row.get::<_, i64>(0)).unwrap_or(0) as u64
}

/// Runs again, waiting while a run that was dropped still lets go.
async fn run_again(ctx: RestoreContext, request: RestoreRequest) -> RestoreReport {
    loop {
        let plan = restore::plan(&ctx, &request).await.unwrap();
        match restore::run(&ctx, plan).await {
            Err(Error::Busy) => tokio::time::sleep(Duration::from_millis(1)).await,
            other => return other.unwrap(),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_restore_goes_on_with_the_missing_ranges() {
    let world = World::new();
    world.put("large", &content(LARGE, 3)).await;
    hold_after(&world, "large", 60);
    let (ctx, plan) = planned(&world).await;
    let cancel = ctx.cancel.clone();
    let run = tokio::spawn(async move { restore::run(&ctx, plan).await });
    until(|| noted(&world) == 60).await;
    cancel.cancel();
    let report = run.await.unwrap().unwrap();
    assert_eq!((report.state, report.restored, report.failures.len()), (State::Cancelled, 0, 0));
    assert!(!world.destination().join("large").exists());
    assert_eq!(world.staging().read_dir().unwrap().count(), 1, "what is there is kept");

    world.faults.clear();
    let before = gets(&world);
    let report = run_again(world.context(), world.request()).await;
    assert_eq!((report.state, report.restored), (State::Complete, 1));
    assert_eq!(gets(&world) - before, RANGES - 60);
    assert_eq!(world.tree()["large"], content(LARGE, 3));
    assert!(!world.staging().exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_that_is_cut_off_goes_on_and_leaves_no_temporary_file() {
    let world = World::new();
    world.put("large", &content(LARGE, 3)).await;
    world.put("medium", &content(900, 3)).await;
    world.put("small", &content(90, 3)).await;
    for pass in [0, 3, 30, 50] {
        let already = gets(&world);
        hold_after(&world, "", pass);
        let run = tokio::spawn(run_again(world.context(), world.request()));
        until(|| gets(&world) > already + u64::from(pass)).await;
        run.abort();
        let _aborted = run.await;
        std::fs::write(world.staging().join("0123abcd-7"), "left by a kill").unwrap();
        world.faults.clear();
        for (path, content) in world.tree() {
            assert!(
                path.starts_with(restore::STAGING) || content == self::content(content.len(), 3) && !content.is_empty()
            );
        }
    }
    let report = run_again(world.context(), world.request()).await;
    assert_eq!(report.state, State::Complete, "{report:?}");
    let tree = world.tree();
    assert_eq!(tree.len(), 3);
    assert_eq!(tree["large"], content(LARGE, 3));
    assert!(gets(&world) < 2 * RANGES, "most ranges came once");
    assert!(!world.staging().exists());
}

async fn interrupted(world: &World) {
    hold_after(world, "large", 50);
    let (ctx, plan) = planned(world).await;
    let cancel = ctx.cancel.clone();
    let run = tokio::spawn(async move { restore::run(&ctx, plan).await });
    until(|| noted(world) == 50).await;
    cancel.cancel();
    run.await.unwrap().unwrap();
    world.faults.clear();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_changed_since_starts_anew() {
    let world = World::new();
    world.put("large", &content(LARGE, 3)).await;
    interrupted(&world).await;
    world.put("large", &content(LARGE, 4)).await;
    let report = run_again(world.context(), world.request()).await;
    assert_eq!((report.state, report.restored), (State::Complete, 1), "{report:?}");
    assert_eq!(world.tree()["large"], content(LARGE, 4));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_fetched_and_damaged_here_since_is_fetched_again() {
    let world = World::new();
    world.put("large", &content(LARGE, 3)).await;
    interrupted(&world).await;
    let temp = world.staging().read_dir().unwrap().next().unwrap().unwrap().path();
    std::fs::write(&temp, vec![0; LARGE]).unwrap();
    let report = run_again(world.context(), world.request()).await;
    assert_eq!((report.state, report.restored), (State::Complete, 1), "{report:?}");
    assert_eq!(world.tree()["large"], content(LARGE, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_no_digest_is_never_put_together_from_two_runs() {
    let world = World::new();
    world.put_raw("p/large", &content(LARGE, 3), Metadata::new()).await;
    interrupted(&world).await;
    let temp = world.staging().read_dir().unwrap().next().unwrap().unwrap().path();
    std::fs::write(&temp, vec![0; LARGE]).unwrap();
    let report = run_again(world.context(), world.request()).await;
    assert_eq!((report.state, report.unproven), (State::Complete, 1));
    assert_eq!(world.tree()["large"], content(LARGE, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_no_longer_wanted_leaves_no_temporary_file() {
    let world = World::new();
    world.put("large", &content(LARGE, 3)).await;
    world.put("other", b"x").await;
    interrupted(&world).await;
    let mut request = world.request();
    request.selection = Some(vec!["other".into()]);
    assert_eq!(run_again(world.context(), request).await.state, State::Complete);
    assert!(!world.staging().exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_restore_of_small_files_stops_at_once() {
    let world = World::new();
    for n in 0..200 {
        world.put(&format!("d/{n:03}"), &content(50, 1)).await;
    }
    hold_after(&world, "d/", 100);
    let (ctx, plan) = planned(&world).await;
    let cancel = ctx.cancel.clone();
    let run = tokio::spawn(async move { restore::run(&ctx, plan).await });
    until(|| world.destination().join("d").read_dir().is_ok_and(|names| names.count() == 100)).await;
    cancel.cancel();
    let report = tokio::time::timeout(Duration::from_secs(5), run).await.unwrap().unwrap().unwrap();
    assert_eq!((report.state, report.restored), (State::Cancelled, 100));
    assert_eq!(world.tree().len(), 100);
    world.faults.clear();
    let report = run_again(world.context(), world.request()).await;
    assert_eq!((report.state, report.restored, report.skipped), (State::Complete, 100, 100));
}

/// A filesystem of so many KiB at `at`, or `None` where this process may not make one.
struct SmallDisk<'a>(&'a Path);

impl<'a> SmallDisk<'a> {
    fn mount(at: &'a Path, kib: u32) -> Option<Self> {
        std::fs::create_dir_all(at).unwrap();
        let size = format!("size={kib}k");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(at).status();
        if mounted.is_ok_and(|status| status.success()) {
            return Some(Self(at));
        }
        eprintln!("SKIPPED: this test needs the right to mount a tmpfs");
        None
    }
}

impl Drop for SmallDisk<'_> {
    fn drop(&mut self) {
        let _done = Command::new("umount").arg("-l").arg(self.0).status();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn too_little_room_is_said_before_anything_is_written() {
    let world = World::new();
    let destination = world.destination();
    let Some(_disk) = SmallDisk::mount(&destination, 64) else { return };
    world.put("a", &content(40_000, 1)).await;
    world.put("b", &content(40_000, 1)).await;
    let (ctx, plan) = planned(&world).await;
    assert!(plan.bytes_available().unwrap() < plan.bytes_needed());
    let refused = restore::run(&ctx, plan).await;
    assert!(matches!(refused, Err(Error::NoSpace { needed: 80_000, available }) if available <= 65536), "{refused:?}");
    assert!(world.tree().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_fills_up_meanwhile_ends_the_run_with_what_fits() {
    for size in [90, 900, 2000] {
        let world = World::new();
        let destination = world.destination();
        let Some(_disk) = SmallDisk::mount(&destination, 64) else { return };
        for n in 0..2 {
            world.put(&format!("f{n}"), &content(size, 1)).await;
        }
        let mut request = world.request();
        request.jobs = 1;
        std::fs::write(destination.join("filler"), vec![0; 60 * 1024]).unwrap();
        let report = world.restore(&request).await;
        assert_eq!((report.state, report.restored, report.failures.len()), (State::Partial, 1, 1), "{report:?}");
        let FailureReason::Io(full) = &report.failures[0].reason else { panic!("{report:?}") };
        assert_eq!(full.kind(), std::io::ErrorKind::StorageFull);
        assert_eq!(world.tree().into_keys().collect::<Vec<_>>(), ["f0", "filler"], "nothing half-written");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_on_another_disk_is_restored_into() {
    let world = World::new();
    let inner = world.destination().join("disk");
    let Some(_disk) = SmallDisk::mount(&inner, 1024) else { return };
    world.put("disk/small", &content(50, 1)).await;
    world.put("disk/medium", &content(900, 1)).await;
    world.put("disk/deeper/large", &content(LARGE, 1)).await;
    world.put("disk/link.rclonelink", b"small").await;
    std::fs::write(inner.join(".holdfast-restore-0123abcd-1"), "not ours unless noted").unwrap();
    let report = world.restore(&world.request()).await;
    assert_eq!((report.state, report.restored), (State::Complete, 4), "{report:?}");
    let tree = world.tree();
    assert_eq!(tree["disk/deeper/large"], content(LARGE, 1));
    assert_eq!(tree["disk/link"], b"-> small");
}
