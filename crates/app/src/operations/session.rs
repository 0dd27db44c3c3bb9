//! One operation's view of a place: its store with every layer, its prices, and where its own files are.

use std::{path::PathBuf, sync::Arc};

use holdfast_backup::{limiter::Limiter, progress::Tracker, restore::RestoreContext, upload, verify::VerifyContext};
use holdfast_storage::{Encryption, ObjectStore, layer::Layered, meter::Meter, price::PriceList, retry::RetryPolicy};

use super::running::Underway;
use crate::error::{Context, Doing};

/// How many requests an operation begins with; it finds its own number from there.
const START_REQUESTS: usize = 32;

/// How fast an operation may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Speed {
    /// Most requests at once.
    pub jobs: usize,
    /// Most bytes per second of this operation, below what all share; 0 for no limit of its own.
    pub bytes_per_second: u64,
}

impl Default for Speed {
    fn default() -> Self {
        Self { jobs: 64, bytes_per_second: 0 }
    }
}

impl Speed {
    /// A limiter for this.
    pub fn limiter(&self) -> Arc<Limiter> {
        Limiter::new(START_REQUESTS.min(self.jobs), self.jobs)
    }
}

/// A place opened for one operation.
#[derive(Debug, Clone)]
pub struct Session {
    /// The store, with retries, limits and counting around it.
    pub store: Arc<dyn ObjectStore>,
    /// Counts what it sends.
    pub meter: Arc<Meter>,
    /// How many requests at once.
    pub limiter: Arc<Limiter>,
    /// What requests cost there.
    pub prices: PriceList,
    /// Whose prices these are: the provider's id.
    pub provider: String,
    /// A stable name of the place without secrets.
    pub identity: String,
    /// Names for messages.
    pub context: Context,
    /// For people: "my-bucket at Backblaze B2, eu-central-003".
    pub location: String,
    /// Storage class of new objects.
    pub storage_class: Option<String>,
    /// Server-side encryption of new objects.
    pub encryption: Option<Encryption>,
    /// Whether unfinished uploads are listed there only by their whole key.
    pub uploads_by_whole_key: bool,
    /// Our own folder for indexes and locks.
    pub state_dir: PathBuf,
}

impl Session {
    /// New objects get this storage class instead of the place's, at its prices; `None` changes nothing.
    pub fn in_class(mut self, class: Option<&str>) -> Self {
        if let Some(class) = class {
            self.prices = self.prices.in_class(&self.provider, Some(class));
            self.storage_class = Some(class.to_owned());
        }
        self
    }

    /// The store, whose requests wait while the operation is paused.
    fn store_for(&self, run: &Underway) -> Arc<dyn ObjectStore> {
        Layered::wrap(self.store.clone(), run.gate.clone())
    }

    pub(crate) fn upload_context(&self, tracker: &Arc<Tracker>, run: &Underway) -> upload::Context {
        upload::Context {
            store: self.store_for(run),
            meter: self.meter.clone(),
            limiter: self.limiter.clone(),
            tracker: tracker.clone(),
            cancel: run.cancel.clone(),
        }
    }

    pub(crate) fn verify_context(&self, tracker: &Arc<Tracker>, run: &Underway, jobs: usize) -> VerifyContext {
        VerifyContext {
            store: self.store_for(run),
            meter: self.meter.clone(),
            limiter: self.limiter.clone(),
            tracker: tracker.clone(),
            cancel: run.cancel.clone(),
            jobs,
            retry: RetryPolicy::default(),
        }
    }

    pub(super) fn restore_context(&self, tracker: &Arc<Tracker>, run: &Underway) -> RestoreContext {
        RestoreContext {
            store: self.store_for(run),
            meter: self.meter.clone(),
            limiter: self.limiter.clone(),
            tracker: tracker.clone(),
            cancel: run.cancel.clone(),
            state_dir: self.state_dir.clone(),
        }
    }

    /// Names for messages about doing this.
    pub fn doing(&self, doing: Doing) -> Context {
        Context { doing, ..self.context.clone() }
    }
}
