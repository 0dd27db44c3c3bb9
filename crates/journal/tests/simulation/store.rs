//! The place as one device sees it: its answers fail, get lost, come late or are the last before a crash; its writes are
//! noted.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};
use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt;
use holdfast_storage::{
    Body, CompleteOptions, CopyFrom, DeleteOptions, Deleted, Error, GetObject, Key, ListPage, ListRequest, ObjectMeta,
    ObjectStore, Part, PresignMethod, ReadOptions, Result, Upload, UploadInfo, VersionPage, Versioning, WriteOptions,
    Written, error::Unreachable, memory::MemoryStore,
};
use rand::{Rng, SeedableRng, rngs::StdRng};
use tokio::sync::Notify;

/// What the place makes of `If-None-Match: *`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conditions {
    Honoured,
    Rejected,
    /// It says yes and writes over what is there.
    Lied,
}

#[derive(Debug)]
pub struct SimStore {
    inner: Arc<MemoryStore>,
    conditions: Conditions,
    random: Mutex<StdRng>,
    trouble: Arc<AtomicBool>,
    /// Told when the device is to be gone at once.
    pub crash: Arc<Notify>,
    /// Keys written or removed, since the last look.
    pub writes: Mutex<Vec<Key>>,
}

enum Fate {
    Well,
    Refused(Error),
    AnswerLost,
    CrashBefore,
    CrashAfter,
}

impl SimStore {
    pub fn new(inner: Arc<MemoryStore>, conditions: Conditions, trouble: Arc<AtomicBool>, seed: u64) -> Arc<Self> {
        Arc::new(Self {
            inner,
            conditions,
            random: Mutex::new(StdRng::seed_from_u64(seed)),
            trouble,
            crash: Arc::default(),
            writes: Mutex::default(),
        })
    }

    /// Waits a while (in turns of the scheduler) and says what becomes of the request.
    async fn fate(&self) -> Fate {
        let (turns, roll) = {
            let mut random = self.random.lock().unwrap();
            let turns = if random.random_bool(0.2) { random.random_range(0..40) } else { random.random_range(0..4) };
            (turns, random.random_range(0..1000))
        };
        for _ in 0..turns {
            tokio::task::yield_now().await;
        }
        if !self.trouble.load(Ordering::Relaxed) {
            return Fate::Well;
        }
        match roll {
            0..20 => Fate::Refused(Error::SlowDown),
            20..40 => Fate::Refused(Error::Unreachable(Unreachable::Timeout)),
            40..45 => Fate::Refused(Error::Denied { action: "anything" }),
            45..85 => Fate::AnswerLost,
            85..105 => Fate::CrashBefore,
            105..125 => Fate::CrashAfter,
            _ => Fate::Well,
        }
    }

    async fn crash_now<T>(&self) -> T {
        self.crash.notify_one();
        futures::future::pending().await
    }

    async fn around<T>(&self, call: impl Future<Output = Result<T>> + Send) -> Result<T> {
        match self.fate().await {
            Fate::Well => call.await,
            Fate::Refused(error) => Err(error),
            Fate::AnswerLost => {
                let _ = call.await;
                Err(Error::Unreachable(Unreachable::Broken))
            }
            Fate::CrashBefore => self.crash_now().await,
            Fate::CrashAfter => {
                let _ = call.await;
                self.crash_now().await
            }
        }
    }

    fn note(&self, keys: &[Key]) {
        self.writes.lock().unwrap().extend_from_slice(keys);
    }
}

const NEVER: Error = Error::NotSupported { action: "what a journal never asks for" };

#[async_trait]
impl ObjectStore for SimStore {
    async fn get(&self, key: &Key, options: &ReadOptions) -> Result<GetObject> {
        let mut got = self.around(self.inner.get(key, options)).await?;
        let cut = self.trouble.load(Ordering::Relaxed) && self.random.lock().unwrap().random_bool(0.02);
        if cut {
            let broken = futures::stream::once(async { Err(Error::Unreachable(Unreachable::Broken)) });
            got.body = got.body.take(1).map(|chunk| chunk.map(|c| c.slice(..c.len() / 2))).chain(broken).boxed();
        }
        Ok(got)
    }

    async fn put(&self, key: &Key, body: Body, options: &WriteOptions) -> Result<Written> {
        let mut options = options.clone();
        match (options.if_absent, self.conditions) {
            (true, Conditions::Rejected) => return Err(Error::NotSupported { action: "If-None-Match" }),
            (true, Conditions::Lied) => options.if_absent = false,
            _ => {}
        }
        self.note(std::slice::from_ref(key));
        self.around(self.inner.put(key, body, &options)).await
    }

    async fn list(&self, request: &ListRequest) -> Result<ListPage> {
        self.around(self.inner.list(request)).await
    }

    async fn delete_many(&self, keys: &[Key]) -> Result<Vec<Result<Deleted>>> {
        self.note(keys);
        self.around(self.inner.delete_many(keys)).await
    }

    async fn check(&self) -> Result<()> {
        Err(NEVER)
    }
    async fn head(&self, _: &Key, _: &ReadOptions) -> Result<ObjectMeta> {
        Err(NEVER)
    }
    async fn delete(&self, _: &Key, _: &DeleteOptions) -> Result<Deleted> {
        Err(NEVER)
    }
    async fn copy(&self, _: &CopyFrom, _: &Key, _: &WriteOptions) -> Result<Written> {
        Err(NEVER)
    }
    async fn create_multipart(&self, _: &Key, _: &WriteOptions) -> Result<Upload> {
        Err(NEVER)
    }
    async fn upload_part(&self, _: &Upload, _: u16, _: Body) -> Result<Part> {
        Err(NEVER)
    }
    async fn list_parts(&self, _: &Upload) -> Result<Vec<Part>> {
        Err(NEVER)
    }
    async fn complete_multipart(&self, _: &Upload, _: &[Part], _: &CompleteOptions) -> Result<Written> {
        Err(NEVER)
    }
    async fn abort_multipart(&self, _: &Upload) -> Result<()> {
        Err(NEVER)
    }
    async fn list_uploads(&self, _: &str) -> Result<Vec<UploadInfo>> {
        Err(NEVER)
    }
    async fn presign(&self, _: PresignMethod, _: &Key, _: Duration) -> Result<url::Url> {
        Err(NEVER)
    }
    async fn list_versions(&self, _: &ListRequest, _: Option<&(String, Option<String>)>) -> Result<VersionPage> {
        Err(NEVER)
    }
    async fn versioning(&self) -> Result<Versioning> {
        Err(NEVER)
    }
    async fn set_versioning(&self, _: Versioning) -> Result<()> {
        Err(NEVER)
    }
}
