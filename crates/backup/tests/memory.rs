//! How much content a run holds on its way to the store.

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use holdfast_backup::{
    limiter::Limiter,
    progress::Tracker,
    report::State,
    set::{BackupOptions, BackupSet},
    upload::Context,
};
use holdfast_storage::{
    Error, Prefix, Result,
    layer::{Layer, Layered, Request},
    memory::MemoryStore,
    meter::Meter,
};
use tokio_util::sync::CancellationToken;

/// Counts the content that is on its way.
#[derive(Debug, Default)]
struct OnTheWay {
    now: AtomicU64,
    most: AtomicU64,
}

impl OnTheWay {
    fn arrived(&self, request: Request<'_>) {
        self.now.fetch_sub(request.bytes, Ordering::SeqCst);
    }
}

#[async_trait::async_trait]
impl Layer for OnTheWay {
    async fn before(&self, request: Request<'_>) -> Result<()> {
        let now = self.now.fetch_add(request.bytes, Ordering::SeqCst) + request.bytes;
        self.most.fetch_max(now, Ordering::SeqCst);
        // Others get their turn: as much comes together as may.
        for _ in 0..200 {
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    fn after(&self, request: Request<'_>) -> Result<()> {
        self.arrived(request);
        Ok(())
    }

    fn failed(&self, request: Request<'_>, _: &Error) {
        self.arrived(request);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn small_and_large_files_share_one_budget_of_memory() {
    let (folder, state) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for n in 0..60_u8 {
        fs::write(folder.path().join(format!("small {n}")), vec![n; 1 << 20]).unwrap();
    }
    for n in 100..103_u8 {
        fs::write(folder.path().join(format!("large {n}")), vec![n; 25 << 20]).unwrap();
    }
    let (meter, limiter, on_the_way) = (Meter::new(), Limiter::new(32, 64), Arc::new(OnTheWay::default()));
    let metered = Layered::wrap(Arc::new(MemoryStore::new()), meter.clone());
    let store = Layered::wrap(metered, on_the_way.clone());
    let cx = Context { store, meter, limiter, tracker: Tracker::new(), cancel: CancellationToken::new() };
    let set = BackupSet::new(folder.path(), "memory", Prefix::parse("p").unwrap(), state.path());
    let run = set.prepare(&cx, &BackupOptions::default(), &uuid::Uuid::now_v7().to_string()).await.unwrap();
    let report = run.run(cx).await.unwrap();
    assert_eq!((report.state, report.uploaded), (State::Complete, 63));
    let most = on_the_way.most.load(Ordering::SeqCst);
    assert!((16 << 20..=32 << 20).contains(&most), "{most} bytes were on their way at once");
    assert_eq!(on_the_way.now.load(Ordering::SeqCst), 0);
}
