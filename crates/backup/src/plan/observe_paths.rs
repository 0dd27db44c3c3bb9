//! Looks at some paths only, for a round of the watcher. Reads only. What it cannot tell it leaves to a look at the whole
//! folder.

use std::{
    collections::{BTreeMap, HashMap},
    io::ErrorKind,
    path::{Path, PathBuf},
    sync::atomic::Ordering,
};

use tokio_util::sync::CancellationToken;

use super::{
    Count, Items, ObserveOptions, Observed, REMOVED_FACT, Reason, VOLUME_FACT,
    observe::{known_elsewhere, volume_of},
};
use crate::{
    Error, Result,
    file_meta::FileMeta,
    index::{Index, split_path},
    name::{LINK_SUFFIX, decode, encode, encode_file, encode_link},
    report::{Failure, FailureReason},
    scan,
};

/// Looks at `paths`, relative to the folder. Blocking: call it from a blocking thread.
pub fn observe_paths(
    index: &Index,
    options: &ObserveOptions<'_>,
    paths: &[PathBuf],
    cancel: &CancellationToken,
) -> Result<Observed> {
    let mut look = PathLook { index, options, parents: HashMap::new(), found: Found::default() };
    for path in paths {
        if cancel.is_cancelled() {
            return Err(Error::Cancelled);
        }
        look.at(path)?;
        options.pulse.fetch_add(1, Ordering::Relaxed);
    }
    // A disk that went away meanwhile leaves nothing to be believed.
    scan::check_root(options.root)?;
    look.found.observed(index, options.root)
}

struct PathLook<'a> {
    index: &'a Index,
    options: &'a ObserveOptions<'a>,
    parents: HashMap<PathBuf, Parent>,
    found: Found,
}

/// What the folder above a path is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Parent {
    Folder,
    /// Left out, or not to be read: nothing below is gone.
    Closed,
    /// Not there, or a link, or a file.
    NoFolder,
}

#[derive(Default)]
struct Found {
    send: BTreeMap<String, (u64, Reason)>,
    gone: BTreeMap<String, u64>,
    now_folders: Vec<String>,
    failures: Vec<Failure>,
    changed: u64,
}

impl PathLook<'_> {
    fn at(&mut self, path: &Path) -> Result<()> {
        let parent = match path.parent().filter(|above| !above.as_os_str().is_empty()) {
            Some(above) => self.parent(above),
            None => Parent::Folder,
        };
        match parent {
            Parent::Closed => return Ok(()),
            Parent::NoFolder => return self.nothing_at(path, None),
            Parent::Folder => {}
        }
        match std::fs::symlink_metadata(self.options.root.join(path)) {
            Ok(meta) if self.options.filter.path_excluded(path, meta.is_dir()) => Ok(()),
            Ok(meta) if meta.is_dir() => self.folder_at(path),
            Ok(meta) if meta.is_file() || meta.is_symlink() => self.file_at(path, &meta),
            Ok(_) => Ok(()),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                self.nothing_at(path, None)
            }
            Err(error) => {
                let reason = FailureReason::Io(error);
                self.found.failures.push(Failure { path: encode(path.as_os_str()), reason });
                Ok(())
            }
        }
    }

    fn parent(&mut self, path: &Path) -> Parent {
        if let Some(known) = self.parents.get(path) {
            return *known;
        }
        let above = match path.parent().filter(|above| !above.as_os_str().is_empty()) {
            Some(above) => self.parent(above),
            None => Parent::Folder,
        };
        let here = self.options.root.join(path);
        let judged = match (above, std::fs::symlink_metadata(&here)) {
            (Parent::Folder, Ok(meta)) if !meta.is_dir() => Parent::NoFolder,
            (Parent::Folder, Ok(_)) => {
                let out = self.options.filter.path_excluded(path, true) || scan::is_cache(&here);
                if out { Parent::Closed } else { Parent::Folder }
            }
            (Parent::Folder, Err(error)) if error.kind() == ErrorKind::NotFound => Parent::NoFolder,
            (Parent::Folder, Err(_)) => Parent::Closed,
            (above, _) => above,
        };
        self.parents.insert(path.to_owned(), judged);
        judged
    }

    fn file_at(&mut self, path: &Path, meta: &std::fs::Metadata) -> Result<()> {
        let (dir, name) = (path.parent().unwrap_or(Path::new("")), path.file_name().unwrap_or_default());
        let name = if meta.is_symlink() { encode_link(name) } else { encode_file(name) };
        let dir = encode(dir.as_os_str());
        let key_path = if dir.is_empty() { name } else { format!("{dir}/{name}") };
        self.nothing_at(path, Some(&key_path))?;
        if key_path.len() > self.options.longest_path {
            let reason = FailureReason::Key(holdfast_storage::KeyError::TooLong { bytes: key_path.len() });
            self.found.failures.push(Failure { path: key_path, reason });
            return Ok(());
        }
        if crate::own::is_own(&format!("{}{key_path}", self.options.key_dir)) {
            return Ok(());
        }
        let meta = FileMeta::of(meta);
        let reason = match self.index.row(&key_path)? {
            Some(row) if meta.same_as(&row.meta) => return Ok(()),
            Some(_) => Reason::Changed,
            None if self.index.is_left_alone(&key_path, &meta)? => return Ok(()),
            None if known_elsewhere(self.index, &meta)? => Reason::Moved,
            None => Reason::New,
        };
        self.found.changed += u64::from(reason == Reason::Changed);
        self.found.send.insert(key_path, (meta.size, reason));
        Ok(())
    }

    /// What is in it has paths of its own. A file that was there before is gone, and so is what was in a folder of this
    /// name before and is not in this one.
    fn folder_at(&mut self, path: &Path) -> Result<()> {
        for key_path in spellings(path) {
            if let Some(row) = self.index.row(&key_path)? {
                self.found.now_folders.push(key_path.clone());
                self.found.gone.insert(key_path, row.meta.size);
            }
        }
        for dir in self.index.dirs_below(&encode(path.as_os_str()))? {
            let here = PathBuf::from(decode(&dir));
            let parent = self.parent(&here);
            for known in self.index.looks_in(&dir)?.into_iter().filter(|_| parent != Parent::Closed) {
                let local = here.join(decode(known.name.strip_suffix(LINK_SUFFIX).unwrap_or(&known.name)));
                if parent == Parent::NoFolder || is_absent(&self.options.root.join(local)) {
                    self.gone(format!("{dir}/{}", known.name), known.meta.size);
                }
            }
        }
        Ok(())
    }

    /// Everything known under this name, as a file, link or folder, is gone, but for `there`.
    fn nothing_at(&mut self, path: &Path, there: Option<&str>) -> Result<()> {
        for key_path in spellings(path).into_iter().filter(|spelling| Some(spelling.as_str()) != there) {
            if let Some(row) = self.index.row(&key_path)? {
                self.gone(key_path, row.meta.size);
            }
        }
        for dir in self.index.dirs_below(&encode(path.as_os_str()))? {
            for known in self.index.looks_in(&dir)? {
                self.gone(format!("{dir}/{}", known.name), known.meta.size);
            }
        }
        Ok(())
    }

    /// What is left out is not gone.
    fn gone(&mut self, key_path: String, size: u64) {
        let local = decode(key_path.strip_suffix(LINK_SUFFIX).unwrap_or(&key_path));
        if !self.options.filter.path_excluded(Path::new(&local), false) {
            self.found.gone.insert(key_path, size);
        }
    }
}

fn is_absent(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_err_and(|error| error.kind() == ErrorKind::NotFound)
}

/// The keys a file or link of this name has.
fn spellings(path: &Path) -> Vec<String> {
    let (dir, name) = (path.parent().unwrap_or(Path::new("")), path.file_name().unwrap_or_default());
    let dir = encode(dir.as_os_str());
    let join = |name: String| if dir.is_empty() { name } else { format!("{dir}/{name}") };
    vec![join(encode_file(name)), join(encode_link(name))]
}

impl Found {
    fn observed(self, index: &Index, root: &Path) -> Result<Observed> {
        let (files, bytes) = index.totals()?;
        let mut send = Items::default();
        for (path, (size, reason)) in by_folder(&self.send) {
            let (dir, name) = split_path(path);
            send.push(dir, name, *size, *reason)?;
        }
        let mut gone = Items::default();
        for (path, size) in by_folder(&self.gone) {
            let (dir, name) = split_path(path);
            gone.push(dir, name, *size, ())?;
        }
        let rest = files.saturating_sub(self.changed + gone.len() as u64);
        let removed_before = index.fact(REMOVED_FACT)?.and_then(|n| n.parse().ok()).unwrap_or(0);
        Ok(Observed {
            source_empty: rest == 0 && send.is_empty(),
            unchanged: Count { files: rest, bytes },
            send,
            gone,
            failures: self.failures,
            now_folders: self.now_folders,
            volume: (volume_of(root), index.fact(VOLUME_FACT)?),
            partial: true,
            removed_before,
            ..Observed::default()
        })
    }
}

/// Files of one folder follow one another.
fn by_folder<T>(files: &BTreeMap<String, T>) -> Vec<(&String, &T)> {
    let mut all: Vec<_> = files.iter().collect();
    all.sort_by_key(|(path, _)| split_path(path));
    all
}
