//! What all requests share.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
    time::Duration,
};

use holdfast_storage::{Error, Key, ObjectStore, Prefix, Upload};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio_util::task::TaskTracker;

use crate::{
    activity::{Activity, Counts},
    api::health::LastLook,
    auth::Signer,
    clock::Clock,
    config::{Config, ConfigError},
    error::{Answer, ApiError},
    limits::Memory,
    live::{Client, Live},
    metrics::Metrics,
    oidc::KeySets,
};

/// The gateway's state.
pub(crate) struct State {
    live: RwLock<Arc<Live>>,
    pub(crate) store: Arc<dyn ObjectStore>,
    pub(crate) prefix: Prefix,
    pub(crate) memory: Memory,
    pub(crate) activity: Activity,
    pub(crate) clock: Clock,
    pub(crate) metrics: Metrics,
    pub(crate) signer: Signer,
    pub(crate) key_sets: KeySets,
    /// Uploads under way: they go on when their connection is gone, so that they clean up after themselves.
    /// Content on its way to the bucket: hundreds at once would only make it slower.
    writes: Semaphore,
    pub(crate) tasks: TaskTracker,
    /// Uploads in parts that could not be given up yet: id and key.
    open: Mutex<Vec<(String, String)>>,
    pub(crate) name: String,
    pub(crate) body_timeout: Duration,
    pub(crate) keep_days: u32,
    pub(crate) write_every: Duration,
    pub(crate) http: reqwest::Client,
    pub(crate) last_look: LastLook,
    /// Unix seconds.
    pub(crate) began: f64,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State").field("name", &self.name).finish_non_exhaustive()
    }
}

impl State {
    pub(crate) async fn new(config: &Config, store: Arc<dyn ObjectStore>, clock: Clock) -> Result<Self, ConfigError> {
        let memory = Memory::new(config.server.upload_memory_mb);
        let live = Live::of(config, &store, &memory, None)?;
        let activity = Activity::open(&config.server.database, clock.clone())?;
        let database = |error: crate::activity::ActivityError| ConfigError::value("server.database", error.to_string());
        let name = match &config.server.name {
            Some(name) => name.clone(),
            None => activity.gateway_name().await.map_err(database)?,
        };
        let http = reqwest::Client::builder()
            .timeout(Duration::from_secs(10))
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| ConfigError::value("tokens.oidc", error.to_string()))?;
        Ok(Self {
            signer: Signer::new(live.token_secret.as_ref(), config.s3.secret_access_key.as_ref())?,
            key_sets: KeySets::default(),
            live: RwLock::new(Arc::new(live)),
            store,
            prefix: Prefix::parse(&config.s3.path_prefix).unwrap_or_default(),
            memory,
            activity,
            metrics: Metrics::new(),
            writes: Semaphore::new(config.s3.max_concurrent_writes),
            tasks: TaskTracker::new(),
            open: Mutex::default(),
            name,
            body_timeout: Duration::from_secs(config.server.body_timeout_seconds),
            keep_days: config.reports.keep_days,
            write_every: Duration::from_secs(config.reports.write_every_seconds),
            http,
            last_look: LastLook::default(),
            began: clock.seconds(),
            clock,
        })
    }

    /// Who may do what, now.
    pub(crate) fn live(&self) -> Arc<Live> {
        self.live.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes over clients, keys and limits of a new reading of the file.
    pub(crate) fn reload(&self, config: &Config) -> Result<(), ConfigError> {
        let before = self.live();
        let live = Live::of(config, &self.store, &self.memory, Some(&before))?;
        *self.live.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(live);
        self.key_sets.clear();
        Ok(())
    }

    /// Waits for the turn of content that is here as a whole. Never hold it while waiting for a client.
    pub(crate) async fn turn(&self) -> Answer<SemaphorePermit<'_>> {
        self.writes.acquire().await.map_err(|_| ApiError::busy())
    }

    /// Counts an object that was stored.
    pub(crate) fn stored(&self, client: &Client, bytes: u64) {
        self.metrics.uploaded(&client.name, bytes);
        self.activity.count(&client.name, Counts { uploads: 1, bytes, ..Counts::default() });
    }

    /// Uploads in parts that must be given up: those that an earlier run began and could not end because it was killed,
    /// and those whose bucket was not there when they failed.
    pub(crate) fn must_give_up(&self, uploads: impl IntoIterator<Item = (String, String)>) {
        self.open().extend(uploads);
    }

    fn open(&self) -> MutexGuard<'_, Vec<(String, String)>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives up what must be; what cannot be given up now stays for the next time. Says whether there is any left.
    pub(crate) async fn give_up(&self) -> bool {
        let open = std::mem::take(&mut *self.open());
        for (id, key) in open {
            let Ok(place) = Key::new(key.clone()) else { continue };
            match self.store.abort_multipart(&Upload { key: place, id: id.clone() }).await {
                Ok(()) | Err(Error::NoSuchUpload { .. }) => {
                    let _ = self.activity.forget_upload(&id, &key).await;
                    tracing::info!(key, "an upload that was left open was given up");
                }
                Err(error) => {
                    tracing::warn!(%error, key, "an upload that was left open could not be given up yet");
                    self.must_give_up([(id, key)]);
                }
            }
        }
        !self.open().is_empty()
    }
}
