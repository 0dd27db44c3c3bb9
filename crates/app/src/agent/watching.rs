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
    patience::{PATIENCE, no_answer},
    watch::{Inbox, Look, Queue, Rules, Waiting, Watcher, queue::ROOM, queue::Settled},
};
use tokio::{sync::Notify, task::JoinHandle, time::timeout};
use walkdir::WalkDir;

use crate::{AppError, Result, dto::sets::BackupSetDraft};

/// The most paths of one round.
const ROUND: usize = 5000;
/// How long a disk is waited for when it is asked whether it is there: it may have to wake. After that it is not waited for.
const ANSWERS: Duration = Duration::from_secs(10);

/// Device and inode of a folder: another disk may be mounted there. `None` where there is none.
pub type Identity = Option<(u64, u64)>;

/// A question to the disk of a set, on a thread of its own: a disk that does not answer holds no other set up. It is not
/// asked again before it has answered.
#[derive(Debug, Default)]
pub struct Asked(Option<(PathBuf, JoinHandle<Identity>)>);

impl Asked {
    /// Whether the disk has not answered yet.
    pub fn is_waiting(&self) -> bool {
        self.0.is_some()
    }

    /// Which folder it is.
    ///
    /// # Errors
    /// That of a folder that does not answer.
    pub async fn identity(&mut self, folder: &Path) -> Result<Identity> {
        let before = self.0.take().filter(|(asked, _)| asked == folder);
        let wait = if before.is_some() { Duration::ZERO } else { ANSWERS };
        let owned = folder.to_owned();
        let ask = || (owned.clone(), tokio::task::spawn_blocking(move || identity(&owned)));
        let (asked, mut answer) = before.unwrap_or_else(ask);
        match timeout(wait, &mut answer).await {
            Ok(answered) => answered.map_err(AppError::internal),
            Err(_) => {
                self.0 = Some((asked, answer));
                Err(no_answer_from(folder))
            }
        }
    }
}

/// Works on the folder of a set, on a thread of its own. Where the disk stops answering meanwhile, the thread is left behind.
pub async fn on_disk<T: Send + 'static>(folder: &Path, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    match timeout(PATIENCE, tokio::task::spawn_blocking(work)).await {
        Ok(done) => done.map_err(AppError::internal)?,
        Err(_) => Err(no_answer_from(folder)),
    }
}

fn no_answer_from(folder: &Path) -> AppError {
    holdfast_backup::Error::FolderUnreadable { folder: folder.to_owned(), source: no_answer() }.into()
}

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

#[cfg(unix)]
fn identity(folder: &Path) -> Identity {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(folder).ok().map(|meta| (meta.dev(), meta.ino()))
}

#[cfg(not(unix))]
fn identity(folder: &Path) -> Identity {
    folder.is_dir().then_some((0, 0))
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
