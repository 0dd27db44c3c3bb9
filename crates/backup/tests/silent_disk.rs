//! Files whose disk does not answer. Each test starts itself once more under a library that holds every call that opens
//! something whose name ends with `.stuck`, for ever; in tests of renames, those too.
#![cfg(target_os = "linux")]

use std::{fs, path::Path, process::Command, sync::Arc, time::Duration};

use holdfast_backup::{
    Error, Result,
    limiter::Limiter,
    progress::Tracker,
    report::{BackupReport, RestoreReport, State},
    restore::{self, RestoreContext, RestoreRequest},
    set::{BackupOptions, BackupSet},
    upload::Context,
};
use holdfast_storage::{ListRequest, ObjectStore, Prefix, memory::MemoryStore, meter::Meter};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

const LIBRARY: &str = "LD_PRELOAD";
/// Far more than anything here takes, far less than a disk that never answers.
const AT_MOST: Duration = Duration::from_secs(60);

/// Does the work of a test in a process that has the library: in this one, or in another one that runs this test.
fn under_the_library(test: &str, work: impl Future<Output = ()>) {
    if std::env::var_os(LIBRARY).is_some() {
        return finish(work);
    }
    let built = tempfile::tempdir().unwrap();
    let (source, library) =
        (Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/never_answers.c"), built.path().join("library.so"));
    let compiled = Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(&library).arg(source).status().unwrap();
    assert!(compiled.success());
    let own = std::env::current_exe().unwrap();
    let mut again = Command::new(own);
    again.args(["--exact", test, "--nocapture"]).env(LIBRARY, library);
    if test.contains("renames") {
        again.env("NEVER_RENAMES", "1");
    }
    let run = again.output().unwrap();
    let (said, complained) = (String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    assert!(run.status.success() && said.contains("1 passed"), "{said}{complained}");
}

/// A folder with a run over it. Threads that wait for ever are not waited for.
struct Desk {
    folder: tempfile::TempDir,
    state: tempfile::TempDir,
    store: Arc<MemoryStore>,
    cancel: CancellationToken,
}

impl Desk {
    fn new(files: &[(&str, usize)]) -> Self {
        let desk = Self {
            folder: tempfile::tempdir().unwrap(),
            state: tempfile::tempdir().unwrap(),
            store: Arc::new(MemoryStore::new()),
            cancel: CancellationToken::new(),
        };
        for (name, size) in files {
            let path = desk.folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            let answers = desk.state.path().join("written");
            fs::write(&answers, vec![7; *size]).unwrap();
            fs::rename(answers, path).unwrap();
        }
        desk
    }

    async fn run(&self, patience: Duration) -> Result<BackupReport> {
        let cx = Context {
            store: self.store.clone(),
            meter: Meter::new(),
            limiter: Limiter::new(8, 8),
            tracker: Tracker::new(),
            cancel: self.cancel.clone(),
        };
        let mut options = BackupOptions { patience, ..BackupOptions::default() };
        options.plan.multipart_from = 1 << 20;
        let set = BackupSet::new(self.folder.path(), "silent", Prefix::parse("p").unwrap(), self.state.path());
        set.prepare(&cx, &options, &uuid::Uuid::now_v7().to_string()).await?.run(cx).await
    }

    /// A restore of what is in the bucket, stopped after a second.
    async fn restored(&self, to: &Path) -> Result<RestoreReport> {
        let ctx = RestoreContext {
            store: self.store.clone(),
            meter: Meter::new(),
            limiter: Limiter::new(8, 8),
            tracker: Tracker::new(),
            cancel: self.cancel.clone(),
            state_dir: self.state.path().to_owned(),
        };
        let restore = async {
            let plan = restore::plan(&ctx, &RestoreRequest::new(Prefix::parse("p").unwrap(), to)).await?;
            restore::run(&ctx, plan).await
        };
        tokio::join!(restore, self.stop()).0
    }

    async fn stop(&self) {
        sleep(Duration::from_secs(1)).await;
        self.cancel.cancel();
    }

    /// A run that has more patience than the test, and is stopped in the middle.
    async fn stopped(&self) -> Result<BackupReport> {
        tokio::join!(self.run(AT_MOST * 10), self.stop()).0
    }

    async fn keys(&self) -> Vec<String> {
        let listed = self.store.list(&ListRequest::default()).await.unwrap();
        listed.objects.iter().map(|entry| entry.key.as_str().to_owned()).collect()
    }
}

fn finish(work: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let done = runtime.block_on(async { timeout(AT_MOST, work).await });
    runtime.shutdown_background();
    done.expect("it waits for a disk that never answers");
}

#[test]
fn what_does_not_answer_is_a_failure_and_the_rest_goes_up() {
    under_the_library("what_does_not_answer_is_a_failure_and_the_rest_goes_up", async {
        let small: Vec<String> = (0..40).map(|n| format!("{n:02}.jpg")).collect();
        let mut files: Vec<(&str, usize)> = small.iter().map(|name| (name.as_str(), 1000)).collect();
        files.extend([("big.bin", 3 << 20), ("film.stuck", 1000), ("large.stuck", 3 << 20)]);
        let desk = Desk::new(&files);
        let report = desk.run(Duration::from_secs(1)).await.unwrap();
        let mut failed: Vec<_> = report.failures.iter().map(|failure| failure.path.as_str()).collect();
        failed.sort_unstable();
        assert_eq!((report.state, failed), (State::Partial, vec!["film.stuck", "large.stuck"]));
        assert!(report.failures.iter().all(|failure| failure.reason.is_retryable()));
        let (keys, want) = (desk.keys().await, small.iter().map(String::as_str).chain(["big.bin"]));
        assert_eq!(keys, want.map(|name| format!("p/{name}")).collect::<Vec<_>>());
    });
}

#[test]
fn a_folder_that_answers_no_reader_ends_the_run() {
    under_the_library("a_folder_that_answers_no_reader_ends_the_run", async {
        let desk = Desk::new(&[("a.stuck", 10), ("b.stuck", 10), ("c.stuck", 10), ("d.stuck", 10)]);
        let ended = desk.run(Duration::from_secs(1)).await;
        let Err(Error::FolderUnreadable { folder, source }) = ended else { panic!("{ended:?}") };
        assert_eq!((folder.as_path(), source.kind()), (desk.folder.path(), std::io::ErrorKind::TimedOut));
    });
}

#[test]
fn a_folder_that_does_not_answer_while_it_is_looked_at_ends_the_run() {
    under_the_library("a_folder_that_does_not_answer_while_it_is_looked_at_ends_the_run", async {
        let desk = Desk::new(&[("nas.stuck/one.jpg", 1000), ("two.jpg", 1000)]);
        let ended = desk.run(Duration::from_secs(1)).await;
        let Err(Error::FolderUnreadable { folder, source }) = ended else { panic!("{ended:?}") };
        assert_eq!((folder.as_path(), source.kind()), (desk.folder.path(), std::io::ErrorKind::TimedOut));
        assert!(desk.keys().await.is_empty());
    });
}

#[test]
fn a_stop_does_not_wait_for_a_file_that_does_not_answer() {
    under_the_library("a_stop_does_not_wait_for_a_file_that_does_not_answer", async {
        let desk = Desk::new(&[("film.stuck", 1000), ("large.stuck", 3 << 20), ("one.jpg", 1000)]);
        let ended = desk.stopped().await;
        assert_eq!(ended.unwrap().state, State::Cancelled);
    });
}

#[test]
fn a_stop_does_not_wait_for_a_folder_that_does_not_answer() {
    under_the_library("a_stop_does_not_wait_for_a_folder_that_does_not_answer", async {
        let desk = Desk::new(&[("nas.stuck/one.jpg", 1000), ("two.jpg", 1000)]);
        let ended = desk.stopped().await;
        assert!(matches!(ended, Err(Error::Cancelled)), "{ended:?}");
    });
}

#[test]
fn a_stop_does_not_wait_for_a_folder_to_restore_to_that_does_not_answer() {
    under_the_library("a_stop_does_not_wait_for_a_folder_to_restore_to_that_does_not_answer", async {
        let desk = Desk::new(&[("one.jpg", 1000)]);
        desk.run(AT_MOST).await.unwrap();
        let ended = desk.restored(&desk.state.path().join("nas.stuck/back")).await;
        assert!(matches!(ended, Err(Error::Cancelled)), "{ended:?}");
    });
}

#[test]
fn a_stop_does_not_wait_for_renames_that_do_not_come_back() {
    under_the_library("a_stop_does_not_wait_for_renames_that_do_not_come_back", async {
        let desk = Desk::new(&[("one.jpg", 1000), ("large.bin", 40 << 20)]);
        desk.run(AT_MOST).await.unwrap();
        let report = desk.restored(&desk.state.path().join("back")).await.unwrap();
        assert_eq!((report.state, report.restored), (State::Cancelled, 0));
    });
}
