//! Backing up a folder against the memory store: what is sent, what is not, and what is said about it.

use std::{collections::BTreeMap, fs, path::Path, sync::Arc, time::Duration};

use holdfast_backup::{
    Error,
    index::Index,
    limiter::Limiter,
    plan::{BrakeReason, PlanOptions},
    progress::Tracker,
    report::{BackupReport, FailureReason, State},
    set::{BackupOptions, BackupSet},
    upload::Context,
};
use holdfast_storage::{
    Error as StoreError, Key, ListRequest, ObjectStore, Prefix, ReadOptions, RequestKind,
    body::collect,
    error::Unreachable,
    fault::{Fault, Faults, Rule},
    layer::Layered,
    memory::MemoryStore,
    meter::{Meter, Tally},
    retry::{RetryPolicy, RetryStore},
};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

struct World {
    bucket: Arc<MemoryStore>,
    faults: Arc<Faults>,
    folder: TempDir,
    state: TempDir,
    options: BackupOptions,
}

impl World {
    fn new() -> Self {
        Self {
            bucket: Arc::new(MemoryStore::new()),
            faults: Faults::new(Vec::new()),
            folder: tempfile::tempdir().unwrap(),
            state: tempfile::tempdir().unwrap(),
            options: BackupOptions::default(),
        }
    }

    fn set(&self) -> BackupSet {
        BackupSet::new(self.folder.path(), "memory", Prefix::parse("p").unwrap(), self.state.path())
    }

    fn context(&self) -> Context {
        let (meter, limiter) = (Meter::new(), Limiter::new(8, 16));
        let faulty = Layered::wrap(self.bucket.clone(), self.faults.clone());
        let metered = Layered::wrap(Layered::wrap(faulty, meter.clone()), limiter.clone());
        let policy = RetryPolicy { base: std::time::Duration::from_millis(1), ..RetryPolicy::default() };
        let store = RetryStore::wrap(metered, policy);
        Context { store, meter, limiter, tracker: Tracker::new(), cancel: CancellationToken::new() }
    }

    async fn try_backup(&self) -> Result<BackupReport, Error> {
        let cx = self.context();
        self.set().prepare(&cx, &self.options, &uuid::Uuid::now_v7().to_string()).await?.run(cx).await
    }

    async fn backup(&self) -> BackupReport {
        self.try_backup().await.unwrap()
    }

    fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    async fn in_bucket(&self) -> BTreeMap<String, Vec<u8>> {
        let mut all = BTreeMap::new();
        let page = self.bucket.list(&ListRequest::default()).await.unwrap();
        for object in page.objects {
            let got = self.bucket.get(&object.key, &ReadOptions::default()).await.unwrap();
            all.insert(object.key.to_string(), collect(got.body).await.unwrap().to_vec());
        }
        all
    }
}

fn tree(root: &Path, prefix: &str) -> BTreeMap<String, Vec<u8>> {
    let files = walkdir::WalkDir::new(root).into_iter().map(Result::unwrap).filter(|e| e.file_type().is_file());
    files
        .map(|e| {
            let relative = e.path().strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            (format!("{prefix}{relative}"), fs::read(e.path()).unwrap())
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_in_the_folder_is_in_the_bucket_and_an_unchanged_tree_makes_no_request() {
    let world = World::new();
    for n in 0..300 {
        world.write(&format!("d{}/f{n}", n % 7), format!("content {n}"));
    }
    world.write("big", vec![7; 40 << 20]);
    world.write("ünï/‛ code.txt", "x");
    world.write("empty", "");
    let first = world.backup().await;
    assert_eq!((first.state, first.uploaded, first.failures.len()), (State::Complete, 303, 0));
    let mut want = tree(world.folder.path(), "p/");
    let quoted = want.remove("p/ünï/‛ code.txt").unwrap();
    want.insert("p/ünï/‛‛ code.txt".into(), quoted);
    assert_eq!(world.in_bucket().await, want);
    let meta = world.bucket.head(&Key::new("p/d1/f1").unwrap(), &ReadOptions::default()).await.unwrap();
    assert_eq!(meta.metadata["sha256"].len(), 64);
    let again = world.backup().await;
    assert_eq!((again.state, again.unchanged, again.tally), (State::Complete, 303, Tally::default()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_new_and_changed_files_are_sent() {
    let world = World::new();
    for name in ["a", "b", "c"] {
        world.write(name, name);
    }
    world.backup().await;
    world.write("b", "B");
    world.write("d", "d");
    let second = world.backup().await;
    assert_eq!((second.uploaded, second.unchanged), (2, 2));
    assert_eq!(second.tally.requests, [(RequestKind::Put, 2)].into());
    assert_eq!(world.in_bucket().await, tree(world.folder.path(), "p/"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_same_size_edit_with_its_old_time_is_seen() {
    let world = World::new();
    world.write("a", "before");
    world.backup().await;
    let path = world.folder.path().join("a");
    let time = fs::metadata(&path).unwrap().modified().unwrap();
    fs::write(&path, "after!").unwrap();
    fs::File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
    assert_eq!(world.backup().await.uploaded, 1);
    assert_eq!(world.in_bucket().await["p/a"], b"after!");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_touched_file_costs_a_copy_and_no_bytes() {
    let world = World::new();
    world.write("a", "same");
    world.backup().await;
    let file = fs::File::options().write(true).open(world.folder.path().join("a")).unwrap();
    file.set_modified(std::time::UNIX_EPOCH + std::time::Duration::from_secs(5)).unwrap();
    let second = world.backup().await;
    assert_eq!((second.uploaded, second.copied, second.bytes), (0, 1, 0));
    let meta = world.bucket.head(&Key::new("p/a").unwrap(), &ReadOptions::default()).await.unwrap();
    assert_eq!(meta.metadata["mtime"], "5.000000000");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn moved_and_copied_content_is_copied_inside_the_bucket() {
    let world = World::new();
    world.write("old/small", "content of a small file");
    world.write("old/large", vec![3; 20 << 20]);
    world.backup().await;
    fs::rename(world.folder.path().join("old"), world.folder.path().join("new")).unwrap();
    fs::copy(world.folder.path().join("new/small"), world.folder.path().join("copy")).unwrap();
    let second = world.backup().await;
    assert_eq!((second.uploaded, second.copied, second.bytes), (0, 3, 0));
    assert_eq!(second.tally.requests[&RequestKind::Copy], 3);
    assert_eq!(world.in_bucket().await.len(), 5, "nothing is removed unless asked for");
}

impl World {
    fn deleting(mut self, confirmed: Option<u64>) -> Self {
        self.options.plan =
            PlanOptions { delete_remote: true, confirmed_removals: confirmed, ..PlanOptions::default() };
        self
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_index_is_rebuilt_from_one_listing_without_sending_content() {
    let world = World::new();
    for n in 0..50 {
        world.write(&format!("f{n}"), format!("{n}"));
    }
    world.backup().await;
    let index = world.set().index_path().to_owned();
    fs::remove_dir_all(index.parent().unwrap()).unwrap();
    let again = world.backup().await;
    assert_eq!((again.state, again.uploaded, again.unchanged), (State::Complete, 0, 50));
    use RequestKind as K;
    assert_eq!(again.tally.requests, [(K::List, 1), (K::Head, 50), (K::ListUploads, 1)].into());
    assert_eq!(world.backup().await.tally, Tally::default());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_index_is_set_aside_and_rebuilt() {
    let world = World::new();
    for n in 0..2000 {
        world.write(&format!("d{}/f{n}", n % 50), format!("{n}"));
    }
    world.backup().await;
    let path = world.set().index_path().to_owned();
    let whole = fs::read(&path).unwrap();
    for damage in [0..100, 4096..whole.len()] {
        let mut bytes = whole.clone();
        bytes[damage].fill(0xA5);
        for side in ["-wal", "-shm"] {
            let _ = fs::remove_file(format!("{}{side}", path.display()));
        }
        fs::write(&path, &bytes).unwrap();
        let again = world.backup().await;
        assert_eq!((again.state, again.uploaded, again.unchanged), (State::Complete, 0, 2000));
        let kept = fs::read_dir(path.parent().unwrap()).unwrap();
        assert!(kept.map(|e| e.unwrap().file_name().into_string().unwrap()).any(|n| n.contains(".damaged-")));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn removals_follow_the_folder_and_the_brake_holds() {
    let world = World::new().deleting(None);
    for n in 0..10 {
        world.write(&format!("f{n}"), format!("{n}"));
    }
    world.backup().await;
    fs::remove_file(world.folder.path().join("f0")).unwrap();
    let second = world.backup().await;
    assert_eq!((second.deleted, second.tally.requests), (1, [(RequestKind::DeleteMany, 1)].into()));
    assert_eq!(world.in_bucket().await, tree(world.folder.path(), "p/"));
    for n in 1..10 {
        fs::remove_file(world.folder.path().join(format!("f{n}"))).unwrap();
    }
    match world.try_backup().await {
        Err(Error::Brake { brake }) => {
            assert_eq!((brake.reason, brake.removals, brake.of), (BrakeReason::EmptySource, 9, 9));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(world.in_bucket().await.len(), 9, "the brake removes nothing");
    assert_eq!(world.deleting(Some(9)).backup().await.deleted, 9);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_removal_that_is_refused_is_named_and_done_by_the_next_run() {
    let mut world = World::new();
    (0..6).for_each(|n| world.write(&format!("f{n}"), format!("content {n}")));
    world.backup().await;
    world.options.plan.delete_remote = true;
    (0..2).for_each(|n| fs::remove_file(world.folder.path().join(format!("f{n}"))).unwrap());
    world.faults.add(Rule::every(RequestKind::DeleteMany, Fault::Deny));
    let refused = world.backup().await;
    assert_eq!((refused.state, refused.deleted), (State::Partial, 0));
    let mut named: Vec<_> = refused.failures.iter().map(|failure| failure.path.as_str()).collect();
    named.sort_unstable();
    assert_eq!(named, ["f0", "f1"]);
    let denied =
        |f: &holdfast_backup::report::Failure| matches!(f.reason, FailureReason::Storage(StoreError::Denied { .. }));
    assert!(refused.failures.iter().all(denied), "{:?}", refused.failures);
    assert_eq!(world.in_bucket().await.len(), 6);
    world.faults.clear();
    let next = world.backup().await;
    assert_eq!((next.state, next.deleted), (State::Complete, 2));
    assert_eq!(world.in_bucket().await, tree(world.folder.path(), "p/"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_too_long_for_a_key_is_reported_and_not_sent() {
    let world = World::new();
    let deep = vec!["d".repeat(200); 5].join("/");
    let fits = format!("{deep}/{}", "n".repeat(1024 - "p/".len() - deep.len() - 1));
    world.write(&fits, "fits");
    world.write(&format!("{fits}n"), "one byte too many");
    let report = world.backup().await;
    assert_eq!((report.state, report.uploaded), (State::Partial, 1));
    let [failure] = &report.failures[..] else { panic!("{:?}", report.failures) };
    assert!(failure.path == format!("{fits}n") && matches!(failure.reason, FailureReason::Key(_)), "{failure:?}");
    assert_eq!(world.in_bucket().await.into_keys().collect::<Vec<_>>(), [format!("p/{fits}")]);
    fs::remove_file(world.folder.path().join(format!("{fits}n"))).unwrap();
    assert_eq!(world.backup().await.tally, Tally::default(), "what fits is known");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_left_out_later_stays_in_the_bucket() {
    let mut world = World::new().deleting(None);
    for path in ["keep/a", "out/b", "out/deep/c", "d.log", "e"] {
        world.write(path, path);
    }
    world.backup().await;
    world.options.exclude = vec!["out/".into(), "*.log".into()];
    let second = world.backup().await;
    assert_eq!((second.deleted, second.state), (0, State::Complete));
    assert_eq!(world.in_bucket().await.len(), 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_file_makes_the_run_partial_and_is_named() {
    let world = World::new();
    for name in ["a", "b", "c"] {
        world.write(name, name);
    }
    world.faults.add(Rule::every(RequestKind::Put, Fault::Deny).on_key("p/b"));
    let report = world.backup().await;
    assert_eq!((report.state, report.uploaded), (State::Partial, 2));
    assert_eq!(report.failures[0].path, "b");
    assert!(matches!(report.failures[0].reason, FailureReason::Storage(StoreError::Denied { .. })));
    world.faults.clear();
    assert_eq!(world.backup().await.uploaded, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lost_answers_and_slow_downs_lose_nothing() {
    let world = World::new();
    for n in 0..40 {
        world.write(&format!("f{n}"), format!("{n}"));
    }
    world.write("large", vec![1; 30 << 20]);
    for nth in [1, 5, 9] {
        world.faults.add(Rule::nth(RequestKind::Put, nth, Fault::LoseAnswer));
        world.faults.add(Rule::nth(RequestKind::Put, nth + 1, Fault::SlowDown));
    }
    world.faults.add(Rule::nth(RequestKind::UploadPart, 2, Fault::LoseAnswer));
    world.faults.add(Rule::nth(RequestKind::CompleteMultipart, 1, Fault::LoseAnswer));
    let report = world.backup().await;
    assert_eq!((report.state, report.uploaded), (State::Complete, 41));
    assert_eq!(world.in_bucket().await, tree(world.folder.path(), "p/"));
    assert!(world.bucket.list_uploads("").await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unreachable_place_ends_the_run_and_the_next_goes_on() {
    let world = World::new();
    for n in 0..200 {
        world.write(&format!("f{n}"), format!("{n}"));
    }
    world.faults.add(Rule { after: 50, ..Rule::every(RequestKind::Put, Fault::LoseAnswer) });
    assert!(matches!(world.try_backup().await, Err(Error::Storage(StoreError::Unreachable(_)))));
    world.faults.clear();
    let second = world.backup().await;
    assert_eq!(second.state, State::Complete);
    assert!(second.unchanged >= 40, "what was confirmed is not sent again: {}", second.unchanged);
    assert_eq!(world.in_bucket().await, tree(world.folder.path(), "p/"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_place_that_answers_nobody_ends_the_run_of_a_few_files_too() {
    let world = World::new();
    for n in 0..4 {
        world.write(&format!("f{n}"), format!("{n}"));
    }
    world.faults.add(Rule { times: 4, ..Rule::every(RequestKind::Put, Fault::NoAnswer) });
    assert_eq!(world.backup().await.state, State::Complete, "a few answers that did not come are asked for again");
    world.write("one more", "file");
    for n in 0..4 {
        world.write(&format!("f{n}"), format!("{n} is longer"));
    }
    world.faults.add(Rule::every(RequestKind::Put, Fault::NoAnswer));
    let ended = world.try_backup().await;
    assert!(matches!(ended, Err(Error::Storage(StoreError::Unreachable(Unreachable::Timeout)))), "{ended:?}");
    world.faults.clear();
    assert_eq!(world.backup().await.state, State::Complete);
    assert_eq!(world.in_bucket().await, tree(world.folder.path(), "p/"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_cannot_go_on_waits_for_no_request() {
    let world = World::new();
    for name in (0..40).map(|n| format!("f{n}")).chain(["a that hangs".into()]) {
        world.write(&name, &name);
    }
    let hangs = Fault::Delay(Duration::from_secs(24 * 3600));
    world.faults.add(Rule::every(RequestKind::Put, hangs).on_key("that hangs"));
    world.faults.add(Rule::every(RequestKind::Put, Fault::NoAnswer));
    let ended = tokio::time::timeout(Duration::from_secs(60), world.try_backup()).await.expect("it waits");
    assert!(matches!(ended, Err(Error::Storage(StoreError::Unreachable(_)))), "{ended:?}");
    world.faults.clear();
    assert_eq!(world.backup().await.state, State::Complete);
    assert_eq!(world.in_bucket().await, tree(world.folder.path(), "p/"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_in_parts_goes_on_where_it_was_cut() {
    let world = World::new();
    world.write("large", (0..50u32 << 20).map(|n| (n / 77) as u8).collect::<Vec<_>>());
    world.faults.add(Rule { after: 4, ..Rule::every(RequestKind::UploadPart, Fault::Deny) });
    assert_eq!(world.backup().await.state, State::Partial);
    world.faults.clear();
    let second = world.backup().await;
    assert_eq!(second.state, State::Complete);
    assert_eq!(second.tally.requests.get(&RequestKind::CreateMultipart), None);
    assert_eq!(second.tally.requests[&RequestKind::UploadPart], 3);
    assert_eq!(world.in_bucket().await, tree(world.folder.path(), "p/"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_whose_file_is_gone_is_given_up() {
    let world = World::new();
    world.write("large", vec![1; 30 << 20]);
    world.faults.add(Rule { after: 1, ..Rule::every(RequestKind::UploadPart, Fault::Deny) });
    world.backup().await;
    assert_eq!(world.bucket.list_uploads("").await.unwrap().len(), 1);
    fs::remove_file(world.folder.path().join("large")).unwrap();
    world.write("other", "x");
    world.faults.clear();
    world.backup().await;
    assert!(world.bucket.list_uploads("").await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancelled_run_says_so_and_can_go_on() {
    let world = World::new();
    for n in 0..500 {
        world.write(&format!("f{n}"), format!("{n}"));
    }
    world.faults.add(Rule::every(RequestKind::Put, Fault::Delay(std::time::Duration::from_millis(20))));
    let cx = world.context();
    let prepared = world.set().prepare(&cx, &world.options, "one").await.unwrap();
    let cancel = cx.cancel.clone();
    let (report, ()) = tokio::join!(prepared.run(cx), async {
        tokio::time::sleep(std::time::Duration::from_millis(150)).await;
        cancel.cancel();
    });
    let report = report.unwrap();
    assert_eq!(report.state, State::Cancelled);
    assert!(report.uploaded < 500);
    world.faults.clear();
    assert_eq!(world.backup().await.state, State::Complete);
    assert_eq!(world.in_bucket().await, tree(world.folder.path(), "p/"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_runs_of_one_set_do_not_meet() {
    let world = World::new();
    world.write("a", "a");
    let cx = world.context();
    let first = world.set().prepare(&cx, &world.options, "one").await.unwrap();
    assert!(matches!(world.try_backup().await, Err(Error::Busy)));
    first.run(cx).await.unwrap();
    world.backup().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_is_written_into_the_log_with_what_it_could_not_do() {
    let world = World::new();
    world.write("a", "a");
    world.faults.add(Rule::every(RequestKind::Put, Fault::Deny));
    world.backup().await;
    let (index, _) = Index::open(world.set().index_path()).unwrap();
    let runs = index.runs(10).unwrap();
    assert_eq!((runs.len(), runs[0].state.as_deref()), (1, Some("partial")));
    assert!(!index.was_cut_off().unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_changing_file_is_never_stored_torn() {
    let world = World::new();
    world.write("busy", vec![0; 3 << 20]);
    let path = world.folder.path().join("busy");
    let stop = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let writer = std::thread::spawn({
        let (stop, path) = (stop.clone(), path.clone());
        move || {
            let mut value = 0u8;
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                value = value.wrapping_add(1);
                fs::write(&path, vec![value; 3 << 20]).unwrap();
            }
        }
    });
    let report = world.backup().await;
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    writer.join().unwrap();
    if report.state == State::Partial {
        assert!(matches!(report.failures[0].reason, FailureReason::Unstable));
    }
    for content in world.in_bucket().await.values() {
        assert!(content.iter().all(|b| *b == content[0]), "a mixture of two states was stored");
    }
}

#[test]
fn a_run_can_move_between_threads() {
    fn send<T: Send>(_: impl FnOnce(&'static BackupSet, &'static Context, &'static BackupOptions) -> T) {}
    send(|set, cx, options| async { set.prepare(cx, options, "x").await?.run(cx.clone()).await });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_others_put_below_the_prefix_is_never_removed() {
    use holdfast_storage::{Body, WriteOptions};
    let world = World::new().deleting(None);
    for n in 0..5 {
        world.write(&format!("f{n}"), format!("{n}"));
    }
    world.backup().await;
    let foreign = Key::new("p/from another tool").unwrap();
    world.bucket.put(&foreign, Body::bytes("theirs"), &WriteOptions::default()).await.unwrap();
    fs::remove_dir_all(world.set().index_path().parent().unwrap()).unwrap();
    fs::remove_file(world.folder.path().join("f0")).unwrap();
    let again = world.backup().await;
    assert_eq!((again.state, again.deleted, again.uploaded), (State::Complete, 1, 0));
    assert!(world.in_bucket().await.contains_key("p/from another tool"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_is_named_like_a_link_is_backed_up_as_a_file() {
    let world = World::new();
    world.write("notes.rclonelink", "not a link");
    let report = world.backup().await;
    assert_eq!((report.state, report.uploaded), (State::Complete, 1));
    assert_eq!(world.in_bucket().await["p/notes‛2Erclonelink"], b"not a link");
    assert_eq!(world.backup().await.tally, Tally::default());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn uploads_that_no_index_knows_are_given_up() {
    let world = World::new();
    world.write("large", vec![1; 30 << 20]);
    world.faults.add(Rule { after: 1, ..Rule::every(RequestKind::UploadPart, Fault::Deny) });
    world.backup().await;
    fs::remove_dir_all(world.set().index_path().parent().unwrap()).unwrap();
    fs::remove_file(world.folder.path().join("large")).unwrap();
    world.faults.clear();
    world.backup().await;
    assert!(world.bucket.list_uploads("").await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_that_was_found_lost_is_sent_anew() {
    use holdfast_storage::DeleteOptions;
    let world = World::new();
    world.write("a", "a");
    world.write("b", "b");
    world.backup().await;
    world.bucket.delete(&Key::new("p/a").unwrap(), &DeleteOptions::default()).await.unwrap();
    assert_eq!(world.backup().await.uploaded, 0, "an unchanged folder asks nothing");
    world.set().forget(&["a".into()]).unwrap();
    assert_eq!(world.backup().await.uploaded, 1);
    assert_eq!(world.in_bucket().await, tree(world.folder.path(), "p/"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_a_whole_removal_fails_every_file_has_the_real_reason() {
    let world = World::new().deleting(None);
    ["a", "b", "c", "d"].iter().for_each(|name| world.write(name, name));
    world.backup().await;
    ["a", "b"].iter().for_each(|name| fs::remove_file(world.folder.path().join(name)).unwrap());
    world.faults.add(Rule::every(RequestKind::DeleteMany, Fault::SlowDown));
    let report = world.backup().await;
    let slow = |f: &holdfast_backup::report::Failure| matches!(f.reason, FailureReason::Storage(StoreError::SlowDown));
    assert_eq!((report.failures.len(), report.failures.iter().all(slow)), (2, true), "{:?}", report.failures);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_found_lost_while_a_run_is_under_way_is_sent_by_the_next() {
    let world = World::new();
    world.write("a", "a");
    world.backup().await;
    let under_way = world.set().prepare(&world.context(), &world.options, "under way").await.unwrap();
    world.set().forget(&["a".into()]).unwrap();
    drop(under_way);
    assert_eq!(world.backup().await.uploaded, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_there_before_the_first_run_is_left_alone_until_it_changes() {
    let mut world = World::new();
    world.options.leave_existing = true;
    ["old", "deep/old", "deep/touched", "deep/gone"].iter().for_each(|path| world.write(path, path));
    let first = world.backup().await;
    assert_eq!((first.uploaded, first.excluded, world.in_bucket().await.len()), (0, 4, 0), "{first:?}");
    world.write("deep/touched", "changed");
    world.write("deep/new", "new");
    fs::remove_file(world.folder.path().join("deep/gone")).unwrap();
    assert_eq!(world.backup().await.uploaded, 2);
    assert_eq!(world.backup().await.uploaded, 0);
    let keys: Vec<_> = world.in_bucket().await.into_keys().collect();
    assert_eq!(keys, ["p/deep/new", "p/deep/touched"]);
    // A round over paths knows them too.
    let paths = vec!["old".into(), "deep/old".into()];
    let cx = world.context();
    let prepared = world.set().prepare_paths(&cx, &world.options, "round", paths).await.unwrap();
    assert_eq!(prepared.run(cx).await.unwrap().uploaded, 0);
    // What came back under an old name is another file.
    world.write("deep/gone", "deep/gone");
    assert_eq!(world.backup().await.uploaded, 1);
    // A set that lost its index has copies: what is not among them may be what it missed.
    fs::remove_dir_all(world.set().index_path().parent().unwrap()).unwrap();
    world.write("deep/while it was lost", "unseen");
    assert_eq!(world.backup().await.uploaded, 3);
    // The wish can be taken back.
    let mut other = World::new();
    other.options.leave_existing = true;
    other.write("old", "old");
    assert_eq!(other.backup().await.uploaded, 0);
    other.options.leave_existing = false;
    assert_eq!(other.backup().await.uploaded, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_became_a_folder_is_never_passed_over_in_silence() {
    let world = World::new();
    world.write("photo", "a file");
    world.backup().await;
    fs::remove_file(world.folder.path().join("photo")).unwrap();
    world.write("photo/inside", "now a folder");
    let report = world.backup().await;
    assert_eq!((report.state, report.uploaded), (State::Partial, 1));
    assert!(matches!(report.failures[0].reason, FailureReason::NowAFolder));
    assert_eq!(world.deleting(Some(1)).backup().await.state, State::Complete);
}
