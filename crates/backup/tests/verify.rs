//! A check finds what is missing, swapped or cut short, and says what it proved.

mod restore_support;

use holdfast_backup::{
    Error,
    file_meta::FileMeta,
    index::{Index, Row, split_path},
    report::{FailureReason, State},
    verify::{self, Mode, VerifyContext, VerifyReport},
};
use holdfast_storage::{
    Error as StoreError, Key, Metadata, ObjectStore, Prefix, ReadOptions, RequestKind,
    error::Unreachable,
    fault::{Fault, Rule},
};
use restore_support::*;
use sha2::{Digest, Sha256};

struct Set {
    world: World,
    index: Index,
}

impl Set {
    /// So many files in the bucket and in the index.
    async fn new(files: usize) -> Self {
        let world = World::new();
        let (index, _) = Index::open(&world.folder.path().join("set.db")).unwrap();
        let set = Self { world, index };
        for n in 0..files {
            set.add(&path(n), &content(50 + n, 1)).await;
        }
        set
    }

    async fn add(&self, path: &str, content: &[u8]) {
        self.world.put(path, content).await;
        let key = Key::new(format!("p/{path}")).unwrap();
        let head = self.world.bucket.head(&key, &ReadOptions::default()).await.unwrap();
        let (dir, name) = split_path(path);
        let meta = FileMeta { size: content.len() as u64, mtime: TIME, ..FileMeta::default() };
        let etag = Some(head.etag.as_str().to_owned());
        let sha256 = Some(Sha256::digest(content).into());
        let row = Row { dir: dir.into(), name: name.into(), meta, sha256, etag, ..Row::default() };
        self.index.put_row(&row).unwrap();
    }

    async fn remove(&self, path: &str) {
        let key = Key::new(format!("p/{path}")).unwrap();
        self.world.bucket.delete(&key, &Default::default()).await.unwrap();
    }

    fn context(&self) -> VerifyContext {
        let ctx = self.world.context();
        VerifyContext {
            store: ctx.store,
            meter: ctx.meter,
            limiter: ctx.limiter,
            tracker: ctx.tracker,
            cancel: ctx.cancel,
            jobs: 4,
            retry: QUICK,
        }
    }

    async fn verify(&self, mode: Mode) -> VerifyReport {
        self.verify_with(mode, Some(self.index.reader().unwrap())).await
    }

    async fn verify_with(&self, mode: Mode, index: Option<Index>) -> VerifyReport {
        let ctx = self.context();
        let run = async move { verify::run(&ctx, &Prefix::parse("p").unwrap(), index, mode).await };
        tokio::spawn(run).await.unwrap().unwrap()
    }
}

fn path(n: usize) -> String {
    format!("d{}/e/{n}", n % 3)
}

fn paths(report: &VerifyReport) -> Vec<String> {
    let mut paths: Vec<_> = report.failures.iter().map(|f| f.path.clone()).collect();
    paths.sort();
    paths
}

#[tokio::test]
async fn a_whole_backup_is_found_whole() {
    let set = Set::new(30).await;
    set.world.put_raw("p/d0/", b"", Metadata::new()).await;
    let quick = set.verify(Mode::Quick).await;
    assert_eq!((quick.state, quick.checked, quick.proven, quick.bytes), (State::Complete, 30, 0, 0));
    assert_eq!(quick.tally.total(), 1, "one listing");
    let full = set.verify(Mode::Full).await;
    let bytes = (0..30).map(|n| 50 + n).sum::<u64>();
    assert_eq!((full.state, full.checked, full.proven, full.bytes), (State::Complete, 30, 30, bytes));
    let sample = set.verify(Mode::Sample { percent: 40.0, seed: 1 }).await;
    assert!(sample.state == State::Complete && sample.checked == 30 && (3..25).contains(&sample.proven), "{sample:?}");
    let again = set.verify(Mode::Sample { percent: 40.0, seed: 1 }).await;
    assert_eq!((again.proven, again.bytes), (sample.proven, sample.bytes));
}

#[tokio::test]
async fn missing_swapped_and_cut_objects_are_found_by_every_mode_that_can() {
    let set = Set::new(30).await;
    set.remove(&path(3)).await;
    set.world.put(&path(4), &content(10, 1)).await;
    set.world.put(&path(5), &content(55, 2)).await;
    set.world.put("d1/unknown", b"extra").await;
    for mode in
        [Mode::Quick, Mode::Full, Mode::Sample { percent: 100.0, seed: 7 }, Mode::Sample { percent: 0.0, seed: 7 }]
    {
        let report = set.verify(mode).await;
        assert_eq!(
            (report.state, report.missing, report.mismatched, report.extra),
            (State::Partial, 1, 2, 1),
            "{mode:?}"
        );
        assert_eq!(paths(&report), [path(3), path(4), path(5)], "{mode:?}");
    }
}

#[tokio::test]
async fn an_object_written_again_with_the_same_content_is_whole_when_it_is_read() {
    let set = Set::new(3).await;
    let row = Row { etag: Some("another".into()), ..set.index.row(&path(1)).unwrap().unwrap() };
    set.index.put_row(&row).unwrap();
    assert_eq!(set.verify(Mode::Quick).await.mismatched, 1);
    assert_eq!(set.verify(Mode::Full).await.state, State::Complete);
}

#[tokio::test]
async fn without_an_index_the_objects_tell_themselves() {
    let set = Set::new(5).await;
    set.world.put_raw("p/foreign", b"x", Metadata::new()).await;
    set.world.put_raw("p/swapped", b"x", stored(b"y", 0o100644)).await;
    let quick = set.verify_with(Mode::Quick, None).await;
    assert_eq!((quick.state, quick.checked, quick.unproven), (State::Complete, 0, 7));
    let full = set.verify_with(Mode::Full, None).await;
    assert_eq!((full.state, full.proven, full.unproven, full.mismatched), (State::Partial, 5, 1, 1));
    assert_eq!(paths(&full), ["swapped"]);
}

#[tokio::test]
async fn a_large_index_against_many_pages_finds_the_one_that_is_missing() {
    let set = Set::new(2500).await;
    set.remove(&path(1777)).await;
    let report = set.verify(Mode::Quick).await;
    assert_eq!((report.checked, report.missing, report.mismatched, report.extra), (2499, 1, 0, 0));
    assert_eq!(paths(&report), [path(1777)]);
    assert_eq!(report.tally.requests[&RequestKind::List], 3);
}

#[tokio::test]
async fn a_download_that_breaks_is_continued_and_one_that_cannot_be_read_is_named() {
    let set = Set::new(6).await;
    set.add("big", &content(3 << 20, 8)).await;
    set.world.faults.add(Rule { times: 2, ..Rule::nth(RequestKind::Get, 1, Fault::CutBody).on_key("big") });
    set.world.faults.add(Rule::every(RequestKind::Get, Fault::Deny).on_key("/e/2"));
    let report = set.verify(Mode::Full).await;
    assert_eq!((report.state, report.proven, report.mismatched, report.missing), (State::Partial, 6, 0, 0));
    assert!(matches!(&report.failures[..], [f] if f.path == path(2) && matches!(f.reason, FailureReason::Storage(_))));
}

#[tokio::test]
async fn a_place_that_answers_nobody_ends_a_check() {
    let set = Set::new(6).await;
    set.world.faults.add(Rule::every(RequestKind::Get, Fault::NoAnswer));
    let index = Some(set.index.reader().unwrap());
    let ended = verify::run(&set.context(), &Prefix::parse("p").unwrap(), index, Mode::Full).await;
    assert!(matches!(ended, Err(Error::Storage(StoreError::Unreachable(Unreachable::Timeout)))), "{ended:?}");
}

#[tokio::test]
async fn a_check_can_be_cancelled_and_calls_nothing_missing() {
    let set = Set::new(20).await;
    set.world.faults.add(Rule::every(RequestKind::Get, Fault::Delay(std::time::Duration::from_secs(3600))));
    let (ctx, index) = (set.context(), set.index.reader().unwrap());
    let cancel = ctx.cancel.clone();
    let prefix = Prefix::parse("p").unwrap();
    let run = tokio::spawn(async move { verify::run(&ctx, &prefix, Some(index), Mode::Full).await });
    while !set.world.meter.tally().requests.contains_key(&RequestKind::Get) {
        tokio::task::yield_now().await;
    }
    cancel.cancel();
    let report = run.await.unwrap().unwrap();
    assert_eq!((report.state, report.missing, report.failures.len()), (State::Cancelled, 0, 0));
}

#[tokio::test]
async fn a_check_of_nothing_is_an_error_and_an_empty_bucket_misses_everything() {
    let set = Set::new(0).await;
    let prefix = Prefix::parse("p").unwrap();
    let nothing = verify::run(&set.context(), &prefix, Some(set.index.reader().unwrap()), Mode::Full).await;
    assert!(matches!(nothing, Err(Error::NothingThere { .. })));
    set.add("a", b"x").await;
    set.remove("a").await;
    let report = set.verify(Mode::Quick).await;
    assert_eq!((report.state, report.missing), (State::Partial, 1));
}
