//! A watched set: its queue, and the watcher that fills it.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use holdfast_backup::{
    filter::Filter,
    watch::{Inbox, Look, Queue, Rules, Waiting, Watcher, queue::ROOM, queue::Settled},
};
use tokio::sync::Notify;
use walkdir::WalkDir;

use crate::{Result, disk::Identity, dto::sets::BackupSetDraft};

/// The most paths of one round.
const ROUND: usize = 5000;
/// Events that were not put into the queue yet. They are lost with the process; the look at its next start finds them.
#[derive(Debug)]
struct Pending {
    paths: Mutex<BTreeSet<PathBuf>>,
    overflow: AtomicBool,
    wake: Arc<Notify>,
}

impl Inbox for Pending {
    fn changed(&self, paths: Vec<PathBuf>) {
        let mut pending = self.paths.lock().unwrap_or_else(PoisonError::into_inner);
        if pending.len() as u64 > ROOM {
            self.overflow.store(true, Ordering::Relaxed);
            return;
        }
        let was_empty = pending.is_empty();
        pending.extend(paths);
        drop(pending);
        if was_empty {
            self.wake.notify_one();
        }
    }

    fn overflow(&self) {
        self.overflow.store(true, Ordering::Relaxed);
        self.wake.notify_one();
    }
}

/// What decides whether a watcher still watches the right thing.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Watched {
    folder: PathBuf,
    exclude: Vec<String>,
    include_hidden: bool,
    identity: Identity,
}

/// A set that is watched.
#[derive(Debug)]
pub struct SetWatch {
    queue: Arc<Mutex<Queue>>,
    pending: Arc<Pending>,
    watched: Watched,
    filter: Filter,
    watcher: Option<Watcher>,
}

impl SetWatch {
    /// Opens the queue and begins to watch. A folder that cannot be watched is looked at now and then. Blocks: call it off
    /// the async threads.
    pub fn begin(
        queue: &Path,
        draft: &BackupSetDraft,
        identity: Identity,
        filter: Filter,
        wake: Arc<Notify>,
    ) -> Result<Self> {
        let queue = Queue::open(queue)?;
        queue.want_rescan()?;
        let pending = Pending { paths: Mutex::default(), overflow: AtomicBool::new(false), wake };
        let pending = Arc::new(pending);
        let watched = Watched::of(draft, identity);
        let watcher = Watcher::start(&watched.folder, filter.clone(), pending.clone());
        if let Err(error) = &watcher {
            tracing::warn!(%error, "the folder cannot be watched");
        }
        let queue = Arc::new(Mutex::new(queue));
        Ok(Self { queue, pending, watched, filter, watcher: watcher.ok() })
    }

    /// Whether it still watches what the set says.
    pub fn is_current(&self, draft: &BackupSetDraft, identity: Identity) -> bool {
        self.watched == Watched::of(draft, identity)
    }

    /// What is watched.
    pub fn folder(&self) -> &Path {
        &self.watched.folder
    }

    /// Whether events come.
    pub fn is_watching(&self) -> bool {
        self.watcher.is_some()
    }

    /// Puts what came into the queue.
    pub fn take_in(&self) -> Result<()> {
        let paths = std::mem::take(&mut *self.pending.paths.lock().unwrap_or_else(PoisonError::into_inner));
        let mut queue = self.queue();
        if !paths.is_empty() {
            queue.note(paths)?;
        }
        if self.pending.overflow.swap(false, Ordering::Relaxed) {
            queue.overflow()?;
        }
        Ok(())
    }

    /// The queue.
    pub fn queue(&self) -> std::sync::MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at what waits. Blocks: call it off the async threads.
    pub fn settle(&self, rules: Rules) -> impl FnOnce(Duration) -> Result<Settled> + Send + 'static {
        let (queue, root, filter) = (self.queue.clone(), self.watched.folder.clone(), self.filter.clone());
        move |now| {
            let below = |path: &Path| files_below(&root, path, &filter);
            let look = |path: &Path| Look::at(&root.join(path));
            let mut queue = queue.lock().unwrap_or_else(PoisonError::into_inner);
            Ok(queue.settle(ROUND, now, &rules, look, below)?)
        }
    }

    /// Takes out of the queue what was sent and is still the same.
    pub fn done(&self) -> impl FnOnce(Vec<Waiting>) -> Result<()> + Send + 'static {
        let (queue, root) = (self.queue.clone(), self.watched.folder.clone());
        move |sent| {
            let mut queue = queue.lock().unwrap_or_else(PoisonError::into_inner);
            queue.begin()?;
            for waiting in &sent {
                queue.done(waiting, |path| Look::at(&root.join(path)))?;
            }
            Ok(queue.commit()?)
        }
    }
}

impl Watched {
    fn of(draft: &BackupSetDraft, identity: Identity) -> Self {
        let (exclude, include_hidden) = (draft.exclude_patterns.clone(), draft.include_hidden);
        Self { identity, folder: PathBuf::from(&draft.folder), exclude, include_hidden }
    }
}

/// What is in a folder that came, as relative paths. Links are not followed.
fn files_below(root: &Path, folder: &Path, filter: &Filter) -> Vec<PathBuf> {
    let relative = |path: &Path| path.strip_prefix(root).map(Path::to_owned).ok();
    let taken = |entry: &walkdir::DirEntry| {
        relative(entry.path()).is_some_and(|path| !filter.path_excluded(&path, entry.file_type().is_dir()))
    };
    let entries = WalkDir::new(root.join(folder)).min_depth(1).into_iter().filter_entry(taken).flatten();
    entries.filter(|entry| !entry.file_type().is_dir()).filter_map(|entry| relative(entry.path())).collect()
}
