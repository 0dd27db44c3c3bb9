//! A bucket in memory with a meter, scripted faults and quick retries, and what a restore needs around it.

#![allow(dead_code)]

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use holdfast_backup::{
    file_meta::{FileMeta, to_metadata},
    limiter::Limiter,
    progress::Tracker,
    report::RestoreReport,
    restore::{self, RestoreContext, RestorePlan, RestoreRequest},
};
use holdfast_storage::{
    Body, Key, Metadata, ObjectStore, Prefix, WriteOptions,
    fault::{Faults, Rule},
    layer::Layered,
    memory::MemoryStore,
    meter::Meter,
    retry::{RetryPolicy, RetryStore},
};
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

pub const TIME: i64 = 1_600_000_000_123_456_789;

pub struct World {
    pub bucket: Arc<MemoryStore>,
    pub faults: Arc<Faults>,
    pub meter: Arc<Meter>,
    pub folder: TempDir,
}

pub const QUICK: RetryPolicy =
    RetryPolicy { attempts: 4, base: Duration::from_millis(1), cap: Duration::from_millis(4), budget: 1000 };

impl World {
    pub fn new() -> Self {
        Self {
            bucket: Arc::new(MemoryStore::new()),
            faults: Faults::new(vec![]),
            meter: Meter::new(),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub fn destination(&self) -> PathBuf {
        self.folder.path().join("out")
    }

    pub fn context(&self) -> RestoreContext {
        let faulty = Layered::wrap(self.bucket.clone(), self.faults.clone());
        let (metered, limiter) = (Layered::wrap(faulty, self.meter.clone()), Limiter::new(8, 16));
        RestoreContext {
            store: RetryStore::wrap(Layered::wrap(metered, limiter.clone()), QUICK),
            meter: self.meter.clone(),
            limiter,
            tracker: Tracker::new(),
            cancel: CancellationToken::new(),
            state_dir: self.folder.path().join("state"),
        }
    }

    pub fn request(&self) -> RestoreRequest {
        let mut request = RestoreRequest::new(Prefix::parse("p").unwrap(), self.destination());
        request.jobs = 4;
        request.tuning.retry = QUICK;
        request.tuning.whole_up_to = 100;
        request.tuning.large_from = 1000;
        request.tuning.range_size = 300;
        request.tuning.largest_range = 300;
        request
    }

    pub async fn put_raw(&self, key: &str, content: &[u8], metadata: Metadata) {
        let options = WriteOptions { metadata, ..WriteOptions::default() };
        self.bucket.put(&Key::new(key).unwrap(), Body::bytes(content.to_vec()), &options).await.unwrap();
    }

    /// As a backup stores it.
    pub async fn put(&self, relative: &str, content: &[u8]) {
        self.put_raw(&format!("p/{relative}"), content, stored(content, 0o100640)).await;
    }

    pub async fn plan(&self, request: &RestoreRequest) -> RestorePlan {
        restore::plan(&self.context(), request).await.unwrap()
    }

    pub async fn restore(&self, request: &RestoreRequest) -> RestoreReport {
        let (ctx, request) = (self.context(), request.clone());
        let run = async move {
            let plan = restore::plan(&ctx, &request).await?;
            restore::run(&ctx, plan).await
        };
        tokio::spawn(run).await.unwrap().unwrap()
    }

    pub fn tree(&self) -> BTreeMap<String, Vec<u8>> {
        tree(&self.destination())
    }

    pub fn write(&self, relative: &str, content: &[u8]) {
        let path = self.destination().join(relative);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    pub fn staging(&self) -> PathBuf {
        self.destination().join(restore::STAGING)
    }
}

pub fn stored(content: &[u8], mode: u32) -> Metadata {
    let meta = FileMeta { size: content.len() as u64, mtime: TIME, mode, ..FileMeta::default() };
    to_metadata(&meta, &Sha256::digest(content).into())
}

/// Every file below a folder; links as `-> target`, empty folders with a slash.
pub fn tree(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in walkdir::WalkDir::new(root).min_depth(1).into_iter().flatten() {
        let name = entry.path().strip_prefix(root).unwrap().to_string_lossy().into_owned();
        if entry.path_is_symlink() {
            let target = std::fs::read_link(entry.path()).unwrap();
            found.insert(name, format!("-> {}", target.display()).into_bytes());
        } else if entry.file_type().is_file() {
            found.insert(name, std::fs::read(entry.path()).unwrap());
        } else if entry.path().read_dir().unwrap().next().is_none() {
            found.insert(format!("{name}/"), Vec::new());
        }
    }
    found
}

pub fn content(len: usize, seed: u8) -> Vec<u8> {
    (0..len).map(|i| (i as u32).wrapping_mul(2_654_435_761).to_le_bytes()[3] ^ seed).collect()
}

pub fn rule(rule: Rule) -> Vec<Rule> {
    vec![rule]
}
