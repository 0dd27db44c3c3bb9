//! Looks at a folder: every file's facts, without reading content.
//!
//! Folders are looked at in parallel and handed over one by one, so that memory does not grow with the tree. What
//! cannot be looked at is a soft error with its path; links are never followed.

use std::{
    io::Read,
    path::{Path, PathBuf},
    sync::{
        Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio_util::sync::CancellationToken;
use walkdir::WalkDir;

use crate::{
    Error, Result,
    file_meta::FileMeta,
    filter::{CACHE_TAG, CACHE_TAG_SIGNATURE, Filter, LeftOut},
    name::{encode, encode_file, encode_link},
    report::{Failure, FailureReason},
};

/// A file or link that takes part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Name in key form, with the link suffix for links.
    pub name: String,
    /// Its facts.
    pub meta: FileMeta,
}

/// Why something does not take part.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Skip {
    /// By a pattern.
    Pattern(String),
    /// Hidden.
    Hidden,
    /// In a folder that is tagged as a cache.
    Cache,
    /// A socket, fifo or device.
    Special,
    /// Its key is one of Holdfast's own ([`crate::own`]).
    Reserved,
    /// It was there before the first run of a set that leaves such files alone.
    LeftAlone,
}

/// An entry that does not take part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// Relative path in key form.
    pub path: String,
    /// Why.
    pub why: Skip,
    /// Whether it is a folder: everything below is left out too.
    pub is_dir: bool,
    /// Size, 0 for folders.
    pub size: u64,
}

/// One folder as it was found.
#[derive(Debug, Default)]
pub struct Folder {
    /// Relative path in key form; empty for the root.
    pub dir: String,
    /// Files and links, in no order.
    pub files: Vec<Found>,
    /// What does not take part.
    pub skipped: Vec<Skipped>,
    /// What could not be looked at.
    pub failures: Vec<Failure>,
    /// Whether the listing of this folder is known to be whole.
    pub whole: bool,
}

/// Checks that `root` is a folder that can be read.
pub fn check_root(root: &Path) -> Result<()> {
    let folder = || root.to_owned();
    match std::fs::metadata(root) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Err(Error::FolderMissing { folder: folder() }),
        Err(source) => Err(Error::FolderUnreadable { folder: folder(), source }),
        Ok(meta) if !meta.is_dir() => Err(Error::NotAFolder { folder: folder() }),
        Ok(_) => match std::fs::read_dir(root) {
            Ok(_) => Ok(()),
            Err(source) => Err(Error::FolderUnreadable { folder: folder(), source }),
        },
    }
}

/// Folders waiting to be looked at, and how many are being looked at.
struct Queue {
    state: Mutex<(Vec<(PathBuf, String)>, usize)>,
    wake: Condvar,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, (Vec<(PathBuf, String)>, usize)> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next folder, or `None` when all are done.
    fn take(&self, cancel: &CancellationToken) -> Option<(PathBuf, String)> {
        let mut state = self.lock();
        loop {
            if cancel.is_cancelled() {
                return None;
            }
            if let Some(next) = state.0.pop() {
                state.1 += 1;
                return Some(next);
            }
            if state.1 == 0 {
                return None;
            }
            state = self.wake.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn finish(&self, more: Vec<(PathBuf, String)>) {
        let mut state = self.lock();
        state.0.extend(more);
        state.1 -= 1;
        drop(state);
        self.wake.notify_all();
    }
}

/// Walks `root` with one thread per item of `workers` and hands every folder to `visit` together with its worker.
/// Stops at the first error of `visit` or when cancelled. `pulse` counts what was looked at: it stands still where a disk
/// does not answer.
pub fn walk<W: Send>(
    root: &Path,
    filter: &Filter,
    workers: &mut [W],
    cancel: &CancellationToken,
    pulse: &AtomicU64,
    visit: impl Fn(&mut W, Folder) -> Result<()> + Sync,
) -> Result<()> {
    check_root(root)?;
    let queue = Queue { state: Mutex::new((vec![(root.to_owned(), String::new())], 0)), wake: Condvar::new() };
    let failed = Mutex::new(None);
    std::thread::scope(|scope| {
        for worker in workers {
            scope.spawn(|| {
                while let Some((path, dir)) = queue.take(cancel) {
                    let (folder, below) = look(&path, dir, filter, pulse);
                    let visited = visit(worker, folder);
                    let stop = visited.is_err();
                    if let Err(error) = visited {
                        *failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                        queue.lock().0.clear();
                    }
                    queue.finish(if stop { Vec::new() } else { below });
                    if stop {
                        break;
                    }
                }
                queue.wake.notify_all();
            });
        }
    });
    match failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some(error) => Err(error),
        None if cancel.is_cancelled() => Err(Error::Cancelled),
        None => Ok(()),
    }
}

/// Looks at one folder: its files, and the folders below it.
fn look(path: &Path, dir: String, filter: &Filter, pulse: &AtomicU64) -> (Folder, Vec<(PathBuf, String)>) {
    let mut folder = Folder { dir, whole: true, ..Folder::default() };
    let mut below = Vec::new();
    let relative_dir = PathBuf::from(crate::name::decode(&folder.dir));
    for entry in WalkDir::new(path).min_depth(1).max_depth(1) {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                folder.whole = false;
                let failed = if folder.dir.is_empty() { ".".into() } else { folder.dir.clone() };
                folder.failures.push(Failure { path: failed, reason: FailureReason::Io(error.into()) });
                continue;
            }
        };
        pulse.fetch_add(1, Ordering::Relaxed);
        let kind = entry.file_type();
        let name = encode(entry.file_name());
        let relative = relative_dir.join(entry.file_name());
        let key_path = || if folder.dir.is_empty() { name.clone() } else { format!("{}/{name}", folder.dir) };
        if let Some(out) = filter.left_out(&relative, kind.is_dir()) {
            let why = match out {
                LeftOut::Pattern(pattern) => Skip::Pattern(pattern.to_owned()),
                LeftOut::Hidden => Skip::Hidden,
            };
            let size = if kind.is_file() { entry.metadata().map_or(0, |m| m.len()) } else { 0 };
            folder.skipped.push(Skipped { path: key_path(), why, is_dir: kind.is_dir(), size });
        } else if kind.is_dir() {
            match is_cache(entry.path()) {
                true => folder.skipped.push(Skipped { path: key_path(), why: Skip::Cache, is_dir: true, size: 0 }),
                false => below.push((entry.path().to_owned(), key_path())),
            }
        } else if kind.is_file() || kind.is_symlink() {
            match entry.metadata() {
                Ok(meta) => {
                    let name =
                        if kind.is_symlink() { encode_link(entry.file_name()) } else { encode_file(entry.file_name()) };
                    folder.files.push(Found { name, meta: FileMeta::of(&meta) });
                }
                Err(error) => {
                    folder.whole = false;
                    folder.failures.push(Failure { path: key_path(), reason: FailureReason::Io(error.into()) });
                }
            }
        } else {
            folder.skipped.push(Skipped { path: key_path(), why: Skip::Special, is_dir: false, size: 0 });
        }
    }
    (folder, below)
}

/// Whether a folder carries a genuine cache tag.
pub(crate) fn is_cache(folder: &Path) -> bool {
    let Ok(mut file) = std::fs::File::open(folder.join(CACHE_TAG)) else { return false };
    let mut head = [0; CACHE_TAG_SIGNATURE.len()];
    file.read_exact(&mut head).is_ok() && head == CACHE_TAG_SIGNATURE
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, fs};

    use super::*;

    fn scan(root: &Path, patterns: &[&str], hidden: bool) -> Result<BTreeMap<String, Folder>> {
        let patterns: Vec<_> = patterns.iter().map(|p| (*p).to_owned()).collect();
        let filter = Filter::new(&patterns, hidden)?;
        let mut workers = [Vec::new(), Vec::new()];
        walk(root, &filter, &mut workers, &CancellationToken::new(), &AtomicU64::new(0), |mine, folder| {
            mine.push(folder);
            Ok(())
        })?;
        Ok(workers.into_iter().flatten().map(|f| (f.dir.clone(), f)).collect())
    }

    #[cfg(unix)]
    #[test]
    fn everything_that_matters_is_found_and_nothing_is_followed() {
        let tree = tempfile::tempdir().unwrap();
        let root = tree.path();
        fs::create_dir_all(root.join("a/b")).unwrap();
        fs::create_dir_all(root.join("cache")).unwrap();
        fs::write(root.join("cache").join(CACHE_TAG), CACHE_TAG_SIGNATURE).unwrap();
        fs::write(root.join("cache/big"), "x").unwrap();
        fs::write(root.join("a/one"), "1").unwrap();
        fs::write(root.join("a/b/two.tmp"), "22").unwrap();
        fs::write(root.join(".hidden"), "h").unwrap();
        std::os::unix::fs::symlink("..", root.join("a/loop")).unwrap();
        std::os::unix::net::UnixListener::bind(root.join("socket")).unwrap();
        let found = scan(root, &[], false).unwrap();
        assert_eq!(found.keys().collect::<Vec<_>>(), ["", "a", "a/b"]);
        let mut names: Vec<_> = found["a"].files.iter().map(|f| f.name.as_str()).collect();
        names.sort_unstable();
        assert_eq!(names, ["loop.rclonelink", "one"]);
        assert_eq!(found["a/b"].skipped[0].why, Skip::Pattern("*.tmp".into()));
        let mut root_skips: Vec<_> = found[""].skipped.iter().map(|s| (s.path.as_str(), s.why.clone())).collect();
        root_skips.sort();
        assert_eq!(root_skips, [(".hidden", Skip::Hidden), ("cache", Skip::Cache), ("socket", Skip::Special)]);
        assert!(found.values().all(|f| f.whole && f.failures.is_empty()));
    }

    #[test]
    fn a_root_that_is_no_folder_is_said_to_be_none() {
        let tree = tempfile::tempdir().unwrap();
        let file = tree.path().join("file");
        fs::write(&file, "x").unwrap();
        assert!(matches!(scan(&file, &[], true), Err(Error::NotAFolder { .. })));
        assert!(matches!(scan(&tree.path().join("none"), &[], true), Err(Error::FolderMissing { .. })));
    }

    #[test]
    fn a_visitor_that_fails_ends_the_walk() {
        let tree = tempfile::tempdir().unwrap();
        for n in 0..50 {
            fs::create_dir(tree.path().join(format!("d{n}"))).unwrap();
        }
        let filter = Filter::new(&[], true).unwrap();
        let outcome =
            walk(tree.path(), &filter, &mut [(), ()], &CancellationToken::new(), &AtomicU64::new(0), |_, folder| {
                if folder.dir.is_empty() { Ok(()) } else { Err(Error::Busy) }
            });
        assert!(matches!(outcome, Err(Error::Busy)));
    }
}
