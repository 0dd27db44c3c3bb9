//! Rounds over some paths, drills, and what is ours in the bucket: against the memory store.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use holdfast_backup::{
    drill::{self, DrillReport, Sample},
    index::{Index, RunKind},
    limiter::Limiter,
    own::DEVICES,
    progress::Tracker,
    report::{BackupReport, FailureReason, State},
    restore::{self, RestoreContext, RestoreRequest},
    set::{BackupOptions, BackupSet, Prepared},
    upload::Context,
    verify::{self, Mode, VerifyContext},
};
use holdfast_storage::{
    Body, Key, ListRequest, ObjectStore, Prefix, ReadOptions, RequestKind, WriteOptions,
    body::collect,
    fault::{Fault, Faults, Rule},
    layer::Layered,
    memory::MemoryStore,
    meter::Meter,
    retry::RetryPolicy,
};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

struct World {
    bucket: Arc<MemoryStore>,
    faults: Arc<Faults>,
    folder: TempDir,
    state: TempDir,
    prefix: &'static str,
    options: BackupOptions,
}

impl World {
    fn below(prefix: &'static str) -> Self {
        let mut options = BackupOptions::default();
        options.plan.delete_remote = true;
        Self {
            bucket: Arc::new(MemoryStore::new()),
            faults: Faults::new(Vec::new()),
            folder: tempfile::tempdir().unwrap(),
            state: tempfile::tempdir().unwrap(),
            prefix,
            options,
        }
    }

    /// Twenty files are in the bucket already.
    async fn with_files() -> Self {
        let world = Self::below("p");
        for n in 0..20 {
            world.write(&format!("d{}/f{n}", n % 3), format!("content {n}"));
        }
        assert_eq!(world.whole().await.state, State::Complete);
        world
    }

    /// Twenty files are in the bucket, none of whose names begins like another.
    async fn with_names_apart() -> Self {
        let world = Self::below("p");
        for n in 0..20 {
            world.write(&format!("f{n:02}"), format!("content {n}"));
        }
        assert_eq!(world.whole().await.state, State::Complete);
        world
    }

    fn prefix(&self) -> Prefix {
        Prefix::parse(self.prefix).unwrap()
    }

    fn set(&self) -> BackupSet {
        BackupSet::new(self.folder.path(), "memory", self.prefix(), self.state.path())
    }

    fn context(&self) -> Context {
        let (meter, limiter) = (Meter::new(), Limiter::new(8, 16));
        let faulty = Layered::wrap(self.bucket.clone(), self.faults.clone());
        let store = Layered::wrap(faulty, meter.clone());
        Context { store, meter, limiter, tracker: Tracker::new(), cancel: CancellationToken::new() }
    }

    async fn prepare(&self, cx: &Context, paths: &[&str]) -> Prepared {
        let paths = paths.iter().map(PathBuf::from).collect();
        let id = uuid::Uuid::now_v7().to_string();
        self.set().prepare_paths(cx, &self.options, &id, paths).await.unwrap()
    }

    async fn round(&self, paths: &[&str]) -> BackupReport {
        let cx = self.context();
        self.prepare(&cx, paths).await.run(cx).await.unwrap()
    }

    async fn whole(&self) -> BackupReport {
        let cx = self.context();
        let id = uuid::Uuid::now_v7().to_string();
        self.set().prepare(&cx, &self.options, &id).await.unwrap().run(cx).await.unwrap()
    }

    async fn drill(&self, sample: Sample, into: &Path) -> DrillReport {
        let candidates = drill::choose(&self.index(), &sample, &BTreeSet::new()).unwrap();
        drill::run(&self.verify_context(), &self.prefix(), candidates, sample, into).await.unwrap()
    }

    fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    fn remove(&self, path: &str) {
        fs::remove_file(self.folder.path().join(path)).unwrap();
    }

    async fn keys(&self) -> Vec<String> {
        let page = self.bucket.list(&ListRequest::default()).await.unwrap();
        page.objects.iter().map(|object| object.key.to_string()).collect()
    }

    async fn content(&self, key: &str) -> Vec<u8> {
        let got = self.bucket.get(&Key::new(key).unwrap(), &ReadOptions::default()).await.unwrap();
        collect(got.body).await.unwrap().to_vec()
    }

    async fn put(&self, key: &str, content: &'static [u8]) {
        let body = Body::bytes(content.to_vec());
        self.bucket.put(&Key::new(key).unwrap(), body, &WriteOptions::default()).await.unwrap();
    }

    async fn assert_equal(&self) {
        let mut here = BTreeMap::new();
        for entry in walkdir::WalkDir::new(self.folder.path()).into_iter().map(Result::unwrap) {
            if entry.file_type().is_file() {
                let relative = entry.path().strip_prefix(self.folder.path()).unwrap().to_str().unwrap();
                here.insert(format!("p/{relative}"), fs::read(entry.path()).unwrap());
            }
        }
        let mut there = BTreeMap::new();
        for key in self.keys().await {
            there.insert(key.clone(), self.content(&key).await);
        }
        assert_eq!(there, here);
    }

    fn verify_context(&self) -> VerifyContext {
        let cx = self.context();
        VerifyContext {
            store: cx.store,
            meter: cx.meter,
            limiter: cx.limiter,
            tracker: cx.tracker,
            cancel: cx.cancel,
            jobs: 4,
            retry: RetryPolicy::default(),
        }
    }

    fn index(&self) -> Index {
        Index::open(self.set().index_path()).unwrap().0
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_round_sends_only_what_it_is_given_and_an_unchanged_one_nothing() {
    let world = World::with_files().await;
    world.write("d0/f0", "changed");
    world.write("d1/new", "new");
    world.write("not/told", "nobody speaks of it");
    world.remove("d2/f2");
    let report = world.round(&["d0/f0", "d1/new", "d2/f2", "d0/f3", "never/was"]).await;
    assert_eq!((report.state, report.uploaded, report.deleted), (State::Complete, 2, 1));
    assert_eq!(world.content("p/d0/f0").await, b"changed");
    assert!(!world.keys().await.contains(&"p/not/told".to_owned()));
    let again = world.round(&["d0/f0", "d1/new", "d2/f2", "d0/f3", "never/was", "d0"]).await;
    assert_eq!((again.state, again.tally.total()), (State::Complete, 0), "an unchanged queue costs no request");
    assert_eq!(world.whole().await.uploaded, 1);
    world.assert_equal().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_became_a_folder_or_a_folder_that_became_a_file_is_followed() {
    let world = World::with_files().await;
    world.remove("d0/f0");
    world.write("d0/f0/inner", "a folder now");
    fs::remove_dir_all(world.folder.path().join("d2")).unwrap();
    world.write("d2", "a file now");
    let report = world.round(&["d0/f0", "d0/f0/inner", "d2"]).await;
    assert_eq!((report.state, report.uploaded), (State::Complete, 2), "{:?}", report.failures);
    world.assert_equal().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_in_a_folder_that_another_took_the_place_of_is_gone() {
    let world = World::with_files().await;
    fs::rename(world.folder.path().join("d2"), world.folder.path().join("moved")).unwrap();
    world.write("d2/f2", "another of the same name");
    world.write("d2/new/deep", "new");
    let paths = ["d2", "d2/f2", "d2/new/deep", "moved"];
    let report = world.round(&paths).await;
    assert_eq!((report.state, report.deleted), (State::Complete, 5), "f5, f8, f11, f14, f17");
    assert!(world.keys().await.contains(&"p/d2/f2".to_owned()));
    assert_eq!(world.whole().await.deleted, 0);
    world.assert_equal().await;
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_is_kept_as_a_link_and_never_followed() {
    let world = World::with_files().await;
    let root = world.folder.path();
    std::os::unix::fs::symlink("/etc", root.join("away")).unwrap();
    world.remove("d0/f0");
    std::os::unix::fs::symlink("f3", root.join("d0/f0")).unwrap();
    let report = world.round(&["away", "away/passwd", "d0/f0"]).await;
    assert_eq!((report.state, report.uploaded, report.deleted), (State::Complete, 2, 1));
    let keys = world.keys().await;
    let links: Vec<_> = keys.iter().filter(|key| key.contains("away") || key.contains("d0/f0")).collect();
    assert_eq!(links, ["p/away.rclonelink", "p/d0/f0.rclonelink"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_left_out_is_neither_sent_nor_removed_by_a_round() {
    let mut world = World::with_files().await;
    world.options.exclude = vec!["d0/".into(), "*.log".into()];
    world.write("d0/f0", "changed");
    world.write("d1/x.log", "a log");
    world.write("d1/.hidden", "hidden");
    world.remove("d0/f3");
    fs::remove_dir_all(world.folder.path().join("d0")).unwrap();
    let report = world.round(&["d0", "d0/f0", "d0/f3", "d1/x.log", "d1/.hidden"]).await;
    assert_eq!((report.uploaded, report.deleted, report.tally.total()), (0, 0, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn removals_that_would_make_the_brake_hold_wait_for_a_look_at_the_whole_folder() {
    let world = World::with_files().await;
    for n in 0..5 {
        world.remove(&format!("d{}/f{n}", n % 3));
    }
    assert_eq!(world.round(&["d0/f0", "d1/f1", "d2/f2", "d0/f3", "d1/f4"]).await.deleted, 5);
    let more: Vec<String> = (5..12).map(|n| format!("d{}/f{n}", n % 3)).collect();
    more.iter().for_each(|path| world.remove(path));
    world.write("d0/new", "new");
    let mut paths: Vec<&str> = more.iter().map(String::as_str).collect();
    paths.push("d0/new");
    let cx = world.context();
    let prepared = world.prepare(&cx, &paths).await;
    assert_eq!(prepared.held.map(|brake| brake.removals), Some(7), "12 of 20 are more than half, bit by bit");
    let report = prepared.run(cx).await.unwrap();
    assert_eq!((report.uploaded, report.deleted), (1, 0));
    let whole = world.whole().await;
    assert_eq!((whole.state, whole.deleted), (State::Complete, 7), "7 of 16 are less than half");
    assert_eq!(world.round(&["d0/f12"]).await.tally.total(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_under_way_that_a_round_does_not_speak_of_goes_on() {
    let world = World::with_files().await;
    world.write("large", vec![7; 40 << 20]);
    world.faults.add(Rule::nth(RequestKind::UploadPart, 3, Fault::Fail));
    let cut = world.whole().await;
    assert_eq!(cut.state, State::Partial);
    let before = world.index().uploads().unwrap();
    assert_eq!(before.len(), 1);
    world.write("d0/new", "new");
    assert_eq!(world.round(&["d0/new"]).await.state, State::Complete);
    assert_eq!(world.index().uploads().unwrap().len(), before.len());
    assert_eq!(world.whole().await.state, State::Complete);
    world.assert_equal().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_run_sent_and_could_not_note_before_it_was_cut_off_is_found_and_removed() {
    let world = World::with_files().await;
    let index = world.index();
    index.remove_row("d0/f0").unwrap();
    let cut = uuid::Uuid::now_v7().to_string();
    index.begin_run(&cut, RunKind::Backup, jiff::Timestamp::now().as_second()).unwrap();
    drop(index);
    world.remove("d0/f0");
    world.write("d1/new", "new");
    assert_eq!(world.round(&["d1/new"]).await.state, State::Complete);
    assert!(world.keys().await.contains(&"p/d0/f0".to_owned()));
    let whole = world.whole().await;
    assert_eq!((whole.state, whole.deleted), (State::Complete, 1));
    world.assert_equal().await;
    assert_eq!(world.whole().await.tally.total(), 0, "it is looked for once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_drill_proves_copies_and_names_those_that_are_wrong() {
    let world = World::with_files().await;
    let into = tempfile::tempdir().unwrap();
    let sample = Sample { seed: 5, files: 6, bytes: 1 << 20 };
    let chosen = drill::choose(&world.index(), &sample, &BTreeSet::new()).unwrap();
    assert_eq!(
        drill::choose(&world.index(), &sample, &BTreeSet::new()).unwrap(),
        chosen,
        "the same seed, the same files"
    );
    assert_ne!(drill::choose(&world.index(), &Sample { seed: 6, ..sample }, &BTreeSet::new()).unwrap(), chosen);
    let good = world.drill(sample, into.path()).await;
    assert_eq!((good.proven, good.planned(), good.tally.total()), (6, 6, 6));
    world.put(&format!("p/{}", chosen[0].path()), b"content x").await;
    world.put(&format!("p/{}", chosen[2].path()), b"of another size").await;
    world.bucket.delete(&Key::new(format!("p/{}", chosen[1].path())).unwrap(), &Default::default()).await.unwrap();
    let bad = world.drill(sample, into.path()).await;
    assert_eq!((bad.proven, bad.planned(), bad.unread.len()), (3, 6, 0));
    let mut wrong: Vec<String> = bad.wrong.iter().map(|failure| failure.path.clone()).collect();
    wrong.sort();
    let mut want: Vec<String> = chosen[..3].iter().map(|row| row.path()).collect();
    want.sort();
    assert_eq!(wrong, want);
    assert!(bad.wrong.iter().any(|failure| matches!(failure.reason, FailureReason::Missing)));
    assert_eq!(fs::read_dir(into.path()).unwrap().count(), 0, "nothing is left behind");
}

/// What could not be read is not called wrong.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_drill_tells_apart_what_is_wrong_and_what_could_not_be_read() {
    let world = World::with_names_apart().await;
    let into = tempfile::tempdir().unwrap();
    let sample = Sample { seed: 5, files: 6, bytes: 1 << 20 };
    let chosen = drill::choose(&world.index(), &sample, &BTreeSet::new()).unwrap();
    world.put(&format!("p/{}", chosen[0].path()), b"content x").await;
    world.faults.add(Rule::every(RequestKind::Get, Fault::Fail).on_key(&chosen[1].path()));
    let found = world.drill(sample, into.path()).await;
    let paths = |failures: &[holdfast_backup::report::Failure]| {
        failures.iter().map(|failure| failure.path.clone()).collect::<Vec<_>>()
    };
    assert_eq!((paths(&found.wrong), paths(&found.unread)), (vec![chosen[0].path()], vec![chosen[1].path()]));
    assert_eq!((found.proven, found.planned()), (4, 6));
}

/// An archived copy cannot be read and is not wrong: others stand in for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_drill_passes_over_archived_copies() {
    let world = World::with_names_apart().await;
    let into = tempfile::tempdir().unwrap();
    let sample = Sample { seed: 5, files: 6, bytes: 1 << 20 };
    let chosen = drill::choose(&world.index(), &sample, &BTreeSet::new()).unwrap();
    for row in &chosen[..2] {
        world.faults.add(Rule::every(RequestKind::Get, Fault::Archived).on_key(&row.path()));
    }
    let found = world.drill(sample, into.path()).await;
    assert_eq!((found.proven, found.archived, found.planned()), (6, 2, 6));
    world.faults.add(Rule::every(RequestKind::Get, Fault::Archived));
    let nothing = world.drill(sample, into.path()).await;
    assert_eq!((nothing.proven, nothing.archived, nothing.planned()), (0, 20, 0));
    assert!(nothing.wrong.is_empty() && nothing.unread.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_drill_keeps_to_its_bytes() {
    let world = World::below("p");
    for n in 0..10 {
        world.write(&format!("f{n}"), vec![n; 100 * (usize::from(n) + 1)]);
    }
    world.whole().await;
    let into = tempfile::tempdir().unwrap();
    let found = world.drill(Sample { seed: 1, files: 10, bytes: 900 }, into.path()).await;
    assert!(found.proven > 0 && found.bytes <= 900, "{} of {} bytes", found.proven, found.bytes);
}

/// A set without a prefix lies beside the status objects of the devices: they are not taken into a lost index, not
/// removed, not checked, not restored, and a file of that name here does not replace them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn status_objects_of_devices_are_no_files_of_the_set() {
    let mut world = World::below("");
    world.options.include_hidden = true;
    world.write("a", "a");
    world.write("b", "b");
    world.write("c", "c");
    world.whole().await;
    let status = format!("{DEVICES}one.json");
    world.put(&status, b"{}").await;
    world.write(&format!("{DEVICES}one.json"), "somebody's copy of it");
    world.write(&format!("{DEVICES}deeper/two.json"), "too");
    fs::remove_file(world.set().index_path()).unwrap();
    world.remove("c");
    let whole = world.whole().await;
    assert_eq!((whole.state, whole.uploaded, whole.deleted), (State::Complete, 0, 1), "{:?}", whole.failures);
    assert_eq!(world.round(&[&status]).await.tally.total(), 0);
    assert_eq!(world.content(&status).await, b"{}");
    for (index, mode) in [(Some(world.index()), Mode::Quick), (Some(world.index()), Mode::Full), (None, Mode::Full)] {
        let report = verify::run(&world.verify_context(), &world.prefix(), index, mode).await.unwrap();
        assert_eq!(
            (report.state, report.checked, report.extra, report.unproven),
            (State::Complete, 2, 0, 0),
            "{mode:?}"
        );
    }
    let to = tempfile::tempdir().unwrap();
    let cx = world.context();
    let cx = RestoreContext {
        store: cx.store,
        meter: cx.meter,
        limiter: cx.limiter,
        tracker: cx.tracker,
        cancel: cx.cancel,
        state_dir: world.state.path().to_owned(),
    };
    let plan = restore::plan(&cx, &RestoreRequest::new(world.prefix(), to.path())).await.unwrap();
    assert_eq!(plan.to_write().files, 2);
    assert!(Path::new(&status).is_relative());
}

/// Only what the bucket confirms now, with the content that is here now, is removed here.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn room_is_made_only_by_files_whose_copies_are_confirmed() {
    let mut world = World::below("p");
    world.options.plan.delete_remote = false;
    let names = ["sure", "changed", "gone there", "other there", "no digest there", "edited behind its times"];
    names.iter().for_each(|name| world.write(name, format!("content of {name}")));
    #[cfg(unix)]
    std::os::unix::fs::symlink("sure", world.folder.path().join("link")).unwrap();
    assert_eq!(world.whole().await.state, State::Complete);
    let now = jiff::Timestamp::now().as_second();
    let here = |name: &str| world.folder.path().join(name);
    let put = async |name: &str, content: &'static str, digest: bool| {
        let mut options = WriteOptions::default();
        let sha256 = hex::encode(<sha2::Sha256 as sha2::Digest>::digest(content));
        options.metadata.extend(digest.then(|| ("sha256".to_owned(), sha256)));
        world.bucket.put(&Key::new(format!("p/{name}")).unwrap(), Body::bytes(content), &options).await.unwrap();
    };
    assert_eq!(world.set().free_up(&world.context(), now - 60).await.unwrap().removed, [] as [PathBuf; 0], "too young");

    world.write("changed", "content of changed, longer");
    let gone = Key::new("p/gone there").unwrap();
    world.bucket.delete(&gone, &holdfast_storage::DeleteOptions::default()).await.unwrap();
    put("other there", "CONTENT OF OTHER THERE", true).await;
    put("no digest there", "content of no digest there", false).await;
    edit_behind_its_times(&world, "edited behind its times");

    world.faults.add(Rule::nth(RequestKind::Head, 1, Fault::SlowDown));
    let interrupted = world.set().free_up(&world.context(), now + 1).await.unwrap();
    assert_eq!(interrupted.unconfirmed.len(), 1, "a store that cannot be asked ends it: {interrupted:?}");

    let freed = world.set().free_up(&world.context(), now + 1).await.unwrap();
    let mut all: Vec<_> = interrupted.removed.into_iter().chain(freed.removed).collect();
    all.dedup();
    assert_eq!(all, [here("sure")]);
    let mut lost: Vec<_> = interrupted.lost.into_iter().chain(freed.lost).collect();
    lost.sort();
    lost.dedup();
    assert_eq!(lost, ["gone there", "no digest there", "other there"]);
    names.iter().skip(1).for_each(|name| assert!(here(name).exists(), "{name}"));

    // What was not confirmed is sent anew, and what was removed here stays in the bucket.
    let report = world.whole().await;
    assert_eq!((report.state, report.uploaded, report.deleted), (State::Complete, 4, 0), "{report:?}");
    assert!(world.keys().await.contains(&"p/sure".to_owned()));
}

/// Other content of the same length, in an index that believes it is what was sent.
fn edit_behind_its_times(world: &World, name: &str) {
    let path = world.folder.path().join(name);
    let content: Vec<u8> = fs::read(&path).unwrap().iter().map(u8::to_ascii_uppercase).collect();
    fs::write(&path, content).unwrap();
    let (index, _) = Index::open(world.set().index_path()).unwrap();
    let mut row = index.row(name).unwrap().unwrap();
    row.meta = holdfast_backup::file_meta::FileMeta::of(&fs::metadata(&path).unwrap());
    index.put_row(&row).unwrap();
}
