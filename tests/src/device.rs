//! A computer with a folder and its own state, driven through the engine as the app drives it.

use std::{fs, path::Path, sync::Arc};

use holdfast_backup::{
    Error,
    index::Index,
    limiter::Limiter,
    plan::PlanOptions,
    progress::Tracker,
    report::{BackupReport, RestoreReport, State},
    restore::{self, RestoreContext, RestoreRequest},
    set::{BackupOptions, BackupSet},
    upload::Context,
    verify::{self, Mode, VerifyContext, VerifyReport},
};
use holdfast_storage::{
    ObjectStore, Prefix,
    fault::Faults,
    layer::Layered,
    meter::Meter,
    retry::{RetryPolicy, RetryStore},
};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

/// A computer.
pub struct Device {
    /// What is backed up.
    pub folder: TempDir,
    /// Indexes and locks.
    pub state: TempDir,
    /// Choices.
    pub options: BackupOptions,
    /// Goes wrong as told.
    pub faults: Arc<Faults>,
    /// Requests at once.
    pub requests: usize,
    prefix: Prefix,
    bucket: Arc<dyn ObjectStore>,
}

impl Device {
    /// An empty folder that belongs below `prefix` of a bucket.
    pub fn new(bucket: Arc<dyn ObjectStore>, prefix: &str) -> Self {
        Self {
            folder: tempfile::tempdir().expect("a folder"),
            state: tempfile::tempdir().expect("a folder"),
            options: BackupOptions { include_hidden: true, ..BackupOptions::default() },
            faults: Faults::new(Vec::new()),
            requests: 64,
            prefix: Prefix::parse(prefix).expect("a prefix"),
            bucket,
        }
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        self.folder.path()
    }

    /// Removals are carried out, once somebody agreed to this number where the brake asks.
    pub fn deleting(&mut self, confirmed: Option<u64>) {
        self.options.plan =
            PlanOptions { delete_remote: true, confirmed_removals: confirmed, ..PlanOptions::default() };
    }

    fn set(&self) -> BackupSet {
        BackupSet::new(self.root(), "test", self.prefix.clone(), self.state.path())
    }

    fn layers(&self) -> (Arc<dyn ObjectStore>, Arc<Meter>, Arc<Limiter>) {
        let (meter, limiter) = (Meter::new(), Limiter::new(self.requests.div_ceil(2), self.requests));
        let faulty = Layered::wrap(self.bucket.clone(), self.faults.clone());
        let metered = Layered::wrap(Layered::wrap(faulty, meter.clone()), limiter.clone());
        (RetryStore::wrap(metered, RetryPolicy::default()), meter, limiter)
    }

    /// One run.
    pub async fn try_backup(&self) -> Result<BackupReport, Error> {
        let (store, meter, limiter) = self.layers();
        let cx = Context { store, meter, limiter, tracker: Tracker::new(), cancel: CancellationToken::new() };
        self.set().prepare(&cx, &self.options, &uuid::Uuid::now_v7().to_string()).await?.run(cx).await
    }

    /// One run that does everything.
    pub async fn backup(&self) -> BackupReport {
        let report = self.try_backup().await.expect("a run");
        assert_eq!(report.state, State::Complete, "{:#?}", report.failures);
        report
    }

    /// Brings everything back into a new folder.
    pub async fn restore(&self) -> (TempDir, RestoreReport) {
        let (to, report) = self.try_restore().await;
        assert_eq!(report.state, State::Complete, "{:#?}", report.failures);
        (to, report)
    }

    /// Brings back into a new folder what it can.
    pub async fn try_restore(&self) -> (TempDir, RestoreReport) {
        let to = tempfile::tempdir().expect("a folder");
        let (store, meter, limiter) = self.layers();
        let (tracker, cancel) = (Tracker::new(), CancellationToken::new());
        let state_dir = self.state.path().to_owned();
        let ctx = RestoreContext { store, meter, limiter, tracker, cancel, state_dir };
        let plan = restore::plan(&ctx, &RestoreRequest::new(self.prefix.clone(), to.path())).await.expect("a plan");
        let report = restore::run(&ctx, plan).await.expect("a restore");
        (to, report)
    }

    /// Reads everything back and compares its digests.
    pub async fn verify(&self) -> VerifyReport {
        let (store, meter, limiter) = self.layers();
        let (tracker, cancel) = (Tracker::new(), CancellationToken::new());
        let retry = RetryPolicy::default();
        let ctx = VerifyContext { store, meter, limiter, tracker, cancel, jobs: self.requests, retry };
        let (index, _) = Index::open(self.set().index_path()).expect("the index");
        let reader = index.reader().expect("the index");
        verify::run(&ctx, &self.prefix, Some(reader), Mode::Full).await.expect("a check")
    }

    /// Loses the index.
    pub fn forget(&self) {
        let index = self.set().index_path().to_owned();
        fs::remove_dir_all(index.parent().expect("a folder")).expect("an index");
    }
}
