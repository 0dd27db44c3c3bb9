//! What readers, stagers and the writer of one open store have in common.

use std::{
    fmt,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicI64, AtomicU8, AtomicU64, AtomicUsize, Ordering},
    },
};

use jiff::Timestamp;
use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::{
    index,
    layout::{Layout, is_missing, lstat, remove_file},
    outage,
};
use crate::{Error, Result, Versioning};

/// Connections for reading; each is held for one query only.
const READERS: usize = 4;
/// Threads that work on one store at once. A disk that does not answer holds each of them, and must not hold those of others:
/// tokio has 512.
const AT_ONCE: usize = 128;

/// The state of an open store that everyone may touch.
pub(crate) struct Shared {
    pub layout: Layout,
    /// Names this opening of the store: in its temporary files, notes and lock.
    pub owner: String,
    /// Whether the disk takes `A` and `a`, or two spellings of `é`, for one name.
    pub folds: bool,
    /// Whether this system itself keeps the folder, so that it knows what is in memory.
    pub is_local: bool,
    root: File,
    readers: Vec<Mutex<Connection>>,
    next_reader: AtomicUsize,
    next_temp: AtomicU64,
    last_seq: AtomicI64,
    versioning: AtomicU8,
    closed: AtomicBool,
    room: Arc<Semaphore>,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("root", &self.layout.root).field("folds", &self.folds).finish_non_exhaustive()
    }
}

impl Shared {
    pub fn new(layout: Layout, owner: String) -> Result<Self> {
        let readers = (0..READERS).map(|_| index::open_reader(&layout).map(Mutex::new)).collect::<Result<_>>()?;
        let root = open_folder(&layout.root).map_err(|e| layout.failed("opening a store's folder", e))?;
        let shared = Self {
            folds: folds(&layout.tmp(), &owner),
            is_local: outage::is_local(&layout.root),
            versioning: AtomicU8::new(0),
            layout,
            owner,
            root,
            readers,
            next_reader: AtomicUsize::new(0),
            next_temp: AtomicU64::new(0),
            last_seq: AtomicI64::new(0),
            closed: AtomicBool::new(false),
            room: Arc::new(Semaphore::new(AT_ONCE)),
        };
        shared.remember_versioning(shared.layout.versioning()?);
        Ok(shared)
    }

    /// Runs file work where it does not hold up anything else, when there is room for it.
    pub async fn blocking<T: Send + 'static>(&self, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
        let room = self.room.clone().acquire_owned().await;
        super::blocking(move || {
            let _room = room;
            work()
        })
        .await
    }

    /// Runs a query on one of the readers.
    pub fn read<T>(&self, query: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        self.check_open()?;
        let at = self.next_reader.fetch_add(1, Ordering::Relaxed) % self.readers.len();
        let answer = query(&self.readers[at].lock().unwrap_or_else(PoisonError::into_inner));
        answer.inspect_err(|e| self.note_damage(e))
    }

    /// As [`Shared::read`], but `None` when another query is at it.
    pub fn read_at_once<T>(&self, query: impl FnOnce(&Connection) -> Result<T>) -> Option<Result<T>> {
        self.check_open().ok()?;
        let reader = self.readers.iter().find_map(|reader| reader.try_lock().ok())?;
        Some(query(&reader))
    }

    /// Leaves a note for the next opening when the index turned out to be damaged.
    pub fn note_damage(&self, error: &Error) {
        if index::is_damage(error) {
            tracing::error!(%error, "the folder's index is damaged and will be rebuilt when it is opened next");
            let _ = fs::write(self.layout.index_damaged(), b"");
        }
    }

    /// A number larger than any before: nanoseconds since 1970, made unique.
    pub fn next_seq(&self) -> i64 {
        let now = i64::try_from(Timestamp::now().as_nanosecond()).unwrap_or(i64::MAX);
        let step = |last: i64| Some(now.max(last + 1));
        self.last_seq.fetch_update(Ordering::AcqRel, Ordering::Acquire, step).map_or(now, |last| now.max(last + 1))
    }

    /// A new temporary file, removed again when the guard is dropped.
    pub fn temp(&self) -> Result<(Temp, File)> {
        self.check_open()?;
        let number = self.next_temp.fetch_add(1, Ordering::Relaxed);
        let path = self.layout.tmp().join(format!("{}-{number}", self.owner));
        let file = File::options().read(true).write(true).create_new(true).open(&path);
        Ok((Temp { path, record: None }, file.map_err(|e| self.layout.failed("making a temporary file", e))?))
    }

    /// A name for a temporary file or folder that does not exist yet.
    pub fn temp_name(&self) -> Temp {
        let number = self.next_temp.fetch_add(1, Ordering::Relaxed);
        Temp { path: self.layout.tmp().join(format!("{}-{number}", self.owner)), record: None }
    }

    /// Opens a file below the root for reading, never through a link. `None` when no regular file is there.
    pub fn open_object(&self, location: &str) -> io::Result<Option<File>> {
        let opened = self.open_beneath(location);
        match opened {
            Ok(file) if file.metadata()?.is_file() => Ok(Some(file)),
            Ok(_) => Ok(None),
            Err(e) if is_missing(&e) || is_link(&e) => Ok(None),
            Err(e) => Err(e),
        }
    }

    #[cfg(target_os = "linux")]
    fn open_beneath(&self, location: &str) -> io::Result<File> {
        match self.open_beneath_with(location, rustix::fs::ResolveFlags::empty()) {
            Ok(fd) => Ok(fd.into()),
            Err(rustix::io::Errno::NOSYS | rustix::io::Errno::PERM) => self.open_checked(location),
            Err(e) => Err(e.into()),
        }
    }
    /// Opens below the root and through no link; `more` says what else must hold on the way.
    #[cfg(target_os = "linux")]
    pub fn open_beneath_with(
        &self,
        location: &str,
        more: rustix::fs::ResolveFlags,
    ) -> rustix::io::Result<rustix::fd::OwnedFd> {
        use rustix::fs::{Mode, OFlags, ResolveFlags, openat2};
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
        let inside = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS;
        openat2(&self.root, location, flags, Mode::empty(), inside | more)
    }
    #[cfg(not(target_os = "linux"))]
    fn open_beneath(&self, location: &str) -> io::Result<File> {
        let _ = &self.root;
        self.open_checked(location)
    }

    fn open_checked(&self, location: &str) -> io::Result<File> {
        let mut path = self.layout.root.clone();
        for segment in location.split('/') {
            path.push(segment);
            match lstat(&path)? {
                Some(facts) if facts.is_file() || facts.is_dir() => {}
                _ => return Err(io::ErrorKind::NotFound.into()),
            }
        }
        File::open(path)
    }

    pub fn versioning(&self) -> Versioning {
        match self.versioning.load(Ordering::Acquire) {
            0 => Versioning::Off,
            1 => Versioning::On,
            _ => Versioning::Suspended,
        }
    }

    pub fn remember_versioning(&self, versioning: Versioning) {
        let number = match versioning {
            Versioning::Off => 0,
            Versioning::On => 1,
            Versioning::Suspended => 2,
        };
        self.versioning.store(number, Ordering::Release);
    }

    /// From now on every operation answers that the bucket is gone.
    pub fn close(&self) {
        self.closed.store(true, Ordering::Release);
    }

    pub fn check_open(&self) -> Result<()> {
        match self.closed.load(Ordering::Acquire) {
            true => Err(self.layout.no_such_bucket()),
            false => Ok(()),
        }
    }
}

/// A temporary file or folder; gone with this value unless it was renamed away.
#[derive(Debug)]
pub(crate) struct Temp {
    path: PathBuf,
    /// The record that lies beside and shares the file's fate.
    record: Option<PathBuf>,
}

impl Temp {
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Says where its record lies, if that is a file of its own. An earlier one is removed.
    pub fn set_record(&mut self, record: PathBuf) {
        if let Some(earlier) = self.record.replace(record) {
            let _ = remove_file(&earlier);
        }
    }
}

impl Drop for Temp {
    fn drop(&mut self) {
        match fs::remove_file(&self.path) {
            Ok(()) => self.record.iter().for_each(|record| drop(remove_file(record))),
            Err(e) if is_missing(&e) => {}
            Err(_) => drop(fs::remove_dir_all(&self.path)),
        }
    }
}

fn is_link(error: &io::Error) -> bool {
    #[cfg(unix)]
    return [rustix::io::Errno::LOOP, rustix::io::Errno::XDEV, rustix::io::Errno::NXIO]
        .iter()
        .any(|e| error.raw_os_error() == Some(e.raw_os_error()));
    #[cfg(not(unix))]
    return error.raw_os_error().is_none() && error.kind() == io::ErrorKind::InvalidInput;
}

#[cfg(unix)]
fn open_folder(path: &Path) -> io::Result<File> {
    File::open(path)
}
#[cfg(windows)]
fn open_folder(path: &Path) -> io::Result<File> {
    use std::os::windows::fs::OpenOptionsExt;
    const FILE_FLAG_BACKUP_SEMANTICS: u32 = 0x0200_0000;
    File::options().read(true).custom_flags(FILE_FLAG_BACKUP_SEMANTICS).open(path)
}

/// Asks the disk whether two spellings are one name.
fn folds(tmp: &Path, owner: &str) -> bool {
    let pairs = [("case-A", "case-a"), ("form-\u{e9}", "form-e\u{301}")];
    pairs.iter().any(|(one, other)| {
        let first = tmp.join(format!("{owner}-{one}"));
        let same = fs::write(&first, b"").is_ok() && tmp.join(format!("{owner}-{other}")).exists();
        let _ = fs::remove_file(first);
        same
    })
}
