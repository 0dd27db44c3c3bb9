//! A bucket in a folder: every object is a plain file that a person can find and open.
//!
//! The object `photos/a.jpg` is the file `photos/a.jpg`; keys that no file can be named after get an escaped name that
//! stays readable. What is ours lies in `.holdfast/`: the index (a cache), temporary files, uploads, old versions. A
//! write is answered when it is durable: temporary file with its record, sync, rename, sync of the folder, index. The
//! index itself is synced with each commit only where an outage could go unnoticed (`outage`). What a person changes in
//! the folder is noticed and served as what it is. It never makes a root that is missing, never follows a link out of
//! it, and offers no links to objects.

mod adopt;
mod buckets;
mod cached;
mod change;
mod index;
mod layout;
mod listing;
mod multipart;
mod names;
mod outage;
mod owner;
mod place;
mod read;
mod record;
mod rescan;
mod settle;
mod shared;
mod stage;
mod store;
mod writer;

use std::{
    fmt, io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use jiff::Timestamp;
use tokio::sync::mpsc;

pub use buckets::FolderBuckets;
pub use layout::Records;
pub use rescan::Rescan;

use crate::{Error, Result};
use layout::Layout;
use owner::{OwnerLock, Owners};
use read::Reader;
use shared::Shared;
use writer::Writer;

/// Unfinished uploads older than this are removed when the store is opened, and hourly.
pub const UPLOADS_EXPIRE_AFTER: Duration = Duration::from_secs(7 * 24 * 3600);
const HOUR: Duration = Duration::from_secs(3600);
/// How long a store that is dropped waits for its threads. They end at once, unless the disk does not answer.
const CLOSING: Duration = Duration::from_secs(10);

/// A bucket in a folder.
pub struct FolderStore {
    reader: Reader,
    writing: Option<JoinHandle<()>>,
    background: Option<JoinHandle<()>>,
    closing: Arc<AtomicBool>,
}

impl fmt::Debug for FolderStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FolderStore").field("shared", &self.reader.shared).finish_non_exhaustive()
    }
}

impl FolderStore {
    /// Opens the store in `root` and looks in the background for what was changed by hand.
    ///
    /// [`Error::NoSuchBucket`] when the folder is gone or carries no marker: a mount point without its disk is not an
    /// empty bucket. Needs a tokio runtime.
    pub async fn open(root: impl Into<PathBuf>) -> Result<Self> {
        let mut store = Self::open_quietly(root).await?;
        store.background = Some(store.begin_rescan());
        store.expire_hourly();
        Ok(store)
    }

    /// As [`FolderStore::open`], but does nothing in the background: changes by hand are noticed where an object is
    /// read, and by [`FolderStore::rescan`].
    pub async fn open_quietly(root: impl Into<PathBuf>) -> Result<Self> {
        let root = root.into();
        blocking(move || Self::open_blocking(&root)).await
    }

    /// Makes `root` a store, then opens it. Files that are in it become objects. The folder above must exist.
    pub async fn create(root: impl Into<PathBuf>) -> Result<Self> {
        Self::create_with(root, Records::default()).await
    }

    /// As [`FolderStore::create`], and says where records are kept. A folder that is a store already stays as it is.
    pub async fn create_with(root: impl Into<PathBuf>, records: Records) -> Result<Self> {
        let root = root.into();
        let layout = Layout { records, ..Layout::new(&root) };
        blocking(move || layout.create()).await?;
        Self::open(root).await
    }

    fn open_blocking(root: &Path) -> Result<Self> {
        let root = std::path::absolute(root).map_err(|e| Error::io("opening a store's folder", e))?;
        let mut layout = Layout::new(&root);
        layout.records = layout.format()?.records;
        layout.create()?;
        let opening = owner::lock_opening(&layout)?;
        let standing = outage::standing(&root);
        let mut owners = Owners::find(&layout, standing.as_deref())?;
        owner::sweep_temporary(&layout, &owners.living)?;
        let owner = uuid::Uuid::new_v4().simple().to_string();
        let lock = OwnerLock::take(&layout, &owner, standing.as_deref())?;
        let (db, mut fresh) = open_index(&layout, owners.living.is_empty(), lock.relies())?;
        if owners.outage {
            tracing::warn!("the computer or the disk went off while a store's folder was open");
            index::mark_incomplete(&db)?;
            fresh = true;
        }
        owners.bury(&layout)?;
        let shared = Arc::new(Shared::new(layout, owner)?);
        let (ops, waiting) = mpsc::channel(writer::QUEUE);
        let mut writer = Writer::new(shared.clone(), db, waiting, lock);
        match fresh {
            true => writer.rebuild()?,
            false => writer.recover(|owner| owners.living.contains(owner))?,
        }
        let reader = Reader { shared, ops };
        reader.expire_uploads(Timestamp::now(), UPLOADS_EXPIRE_AFTER)?;
        drop(opening);
        let writing = spawn("holdfast-folder", move || writer.run())?;
        Ok(Self { reader, writing: Some(writing), background: None, closing: Arc::default() })
    }

    fn begin_rescan(&self) -> JoinHandle<()> {
        let (reader, closing) = (self.reader.clone(), self.closing.clone());
        std::thread::spawn(move || match reader.rescan(|| !closing.load(Ordering::Relaxed)) {
            Ok(seen) => tracing::debug!(?seen, "looked through the store's folder"),
            Err(error) => tracing::warn!(%error, "the store's folder could not be looked through"),
        })
    }

    fn expire_hourly(&self) {
        let (shared, ops) = (Arc::downgrade(&self.reader.shared), self.reader.ops.downgrade());
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(HOUR).await;
                let (Some(shared), Some(ops)) = (shared.upgrade(), ops.upgrade()) else { return };
                let reader = Reader { shared, ops };
                let expired = blocking(move || reader.expire_uploads(Timestamp::now(), UPLOADS_EXPIRE_AFTER)).await;
                if let Err(error) = expired {
                    tracing::warn!(%error, "old unfinished uploads could not be removed");
                }
            }
        });
    }

    /// Compares the whole folder with the index and takes in what was changed by hand.
    pub async fn rescan(&self) -> Result<Rescan> {
        let reader = self.reader.clone();
        blocking(move || reader.rescan(|| true)).await
    }

    /// Removes unfinished uploads that were begun more than `age` before `now`. Returns how many.
    pub async fn expire_uploads(&self, now: Timestamp, age: Duration) -> Result<usize> {
        let reader = self.reader.clone();
        blocking(move || reader.expire_uploads(now, age)).await
    }

    /// When the store was made.
    pub async fn created(&self) -> Result<Timestamp> {
        let layout = self.reader.shared.layout.clone();
        blocking(move || Ok(layout.format()?.created)).await
    }

    /// From now on every operation answers that the bucket is gone.
    pub(crate) fn close(&self) {
        self.closing.store(true, Ordering::Relaxed);
        self.reader.shared.close();
    }
}

impl Drop for FolderStore {
    fn drop(&mut self) {
        self.closing.store(true, Ordering::Relaxed);
        self.reader.ops = mpsc::channel(1).0;
        let since = Instant::now();
        for thread in [self.background.take(), self.writing.take()].into_iter().flatten() {
            while !thread.is_finished() && since.elapsed() < CLOSING {
                std::thread::sleep(Duration::from_millis(1));
            }
            if thread.is_finished() {
                let _ = thread.join();
            }
        }
    }
}

/// Opens the index; a damaged one is moved aside, unless another process works with it.
fn open_index(layout: &Layout, alone: bool, relies: bool) -> Result<(rusqlite::Connection, bool)> {
    if alone && layout.index_damaged().exists() {
        index::move_aside(layout, Timestamp::now().as_second())?;
        layout::remove_file(&layout.index_damaged()).map_err(|e| layout.failed("opening the folder's index", e))?;
    }
    match index::open(layout, relies) {
        Err(e) if alone && index::is_damage(&e) => {
            tracing::error!(error = %e, "the folder's index is damaged: it is moved aside and rebuilt");
            index::move_aside(layout, Timestamp::now().as_second())?;
            index::open(layout, relies)
        }
        other => other,
    }
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>> {
    let thread = std::thread::Builder::new().name(name.to_owned()).spawn(work);
    thread.map_err(|e| Error::io("starting the thread that writes", e))
}

/// Runs file work where it does not hold up anything else.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|e| Error::io("working on files", io::Error::other(e)))?
}
