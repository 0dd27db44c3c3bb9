//! What all requests share.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use holdfast_storage::{Error, Key, ObjectStore, Prefix, Upload};
use tokio_util::task::TaskTracker;

use crate::{
    activity::{Activity, Counts, now},
    api::health::LastLook,
    auth::Signer,
    config::{Config, ConfigError},
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
    pub(crate) metrics: Metrics,
    pub(crate) signer: Signer,
    pub(crate) key_sets: KeySets,
    /// Uploads under way: they go on when their connection is gone, so that they clean up after themselves.
    pub(crate) tasks: TaskTracker,
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
    pub(crate) async fn new(config: &Config, store: Arc<dyn ObjectStore>) -> Result<Self, ConfigError> {
        let memory = Memory::new(config.server.upload_memory_mb);
        let live = Live::of(config, &store, &memory, None)?;
        let activity = Activity::open(&config.server.database)?;
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
            tasks: TaskTracker::new(),
            name,
            body_timeout: Duration::from_secs(config.server.body_timeout_seconds),
            keep_days: config.reports.keep_days,
            write_every: Duration::from_secs(config.reports.write_every_seconds),
            http,
            last_look: LastLook::default(),
            began: now(),
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

    /// Counts an object that was stored.
    pub(crate) fn stored(&self, client: &Client, bytes: u64) {
        self.metrics.uploaded(&client.name, bytes);
        self.activity.count(&client.name, Counts { uploads: 1, bytes, ..Counts::default() });
    }

    /// Gives up uploads in parts that an earlier run began and could not end because it was killed.
    pub(crate) async fn give_up(&self, left: Vec<(String, String)>) {
        for (id, key) in left {
            let Ok(key) = Key::new(key) else { continue };
            match self.store.abort_multipart(&Upload { key: key.clone(), id: id.clone() }).await {
                Ok(()) | Err(Error::NoSuchUpload { .. }) => {
                    let _ = self.activity.forget_upload(&id, key.as_str()).await;
                    tracing::info!(%key, "an upload that was left open was given up");
                }
                Err(error) => tracing::warn!(%error, %key, "an upload that was left open could not be given up"),
            }
        }
    }
}
