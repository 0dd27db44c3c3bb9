//! Where the file of a key goes, and moving files there.
//!
//! Folders are made as needed and removed when they become empty. A name that is taken by something else is never
//! replaced: the file goes beside it under its other name.

use std::{
    collections::{BTreeSet, HashSet},
    fs, io,
    path::{Path, PathBuf},
    sync::atomic::{AtomicUsize, Ordering},
};

use super::{
    layout::{PRIVATE, is_missing, lstat, sync_dir},
    names, record,
    record::Identity,
    shared::Shared,
};
use crate::Result;

/// How many folders are synced at once.
const SYNCERS: usize = 16;

/// The writer's view of the folders, and which of them have changes that are not durable yet.
#[derive(Debug, Default)]
pub(crate) struct Places {
    known: HashSet<String>,
    changed: BTreeSet<PathBuf>,
}

impl Places {
    /// Chooses where the file of `key` goes and makes the folders above it.
    pub fn choose(&mut self, shared: &Shared, key: &str) -> Result<String> {
        self.locate(shared, key).map_err(|e| shared.layout.failed("making the folders of an object", e))
    }

    fn locate(&mut self, shared: &Shared, key: &str) -> io::Result<String> {
        let natural = names::natural(key);
        let (folders, name) = natural.rsplit_once('/').unwrap_or(("", &natural));
        let mut folder = String::new();
        for segment in folders.split('/').filter(|s| !s.is_empty()) {
            folder = self.folder(shared, &join(&folder, segment))?;
        }
        let location = join(&folder, name);
        match is_free(shared, &location, key)? {
            true => Ok(location),
            false => Ok(names::other_file(&location, key)),
        }
    }

    fn folder(&mut self, shared: &Shared, wanted: &str) -> io::Result<String> {
        match self.make_folder(shared, wanted)? {
            true => Ok(wanted.to_owned()),
            false => {
                let other = names::other_folder(wanted);
                match self.make_folder(shared, &other)? {
                    true => Ok(other),
                    false => Err(io::ErrorKind::NotADirectory.into()),
                }
            }
        }
    }

    fn make_folder(&mut self, shared: &Shared, wanted: &str) -> io::Result<bool> {
        if self.known.contains(wanted) {
            return Ok(true);
        }
        let path = shared.layout.file(wanted);
        let good = match lstat(&path)? {
            Some(facts) => facts.is_dir(),
            None => {
                fs::create_dir(&path)?;
                self.note_change(&path);
                true
            }
        };
        if good {
            self.known.insert(wanted.to_owned());
        }
        Ok(good)
    }

    /// Forgets which folders exist, because one of them turned out to be gone.
    pub fn forget(&mut self) {
        self.known.clear();
    }

    /// Notes that a name in the folder of `path` appeared or went.
    pub fn note_change(&mut self, path: &Path) {
        if let Some(folder) = path.parent() {
            self.changed.insert(folder.to_owned());
        }
    }

    /// Makes every changed name durable.
    pub fn sync(&mut self) -> io::Result<()> {
        let folders: Vec<PathBuf> = std::mem::take(&mut self.changed).into_iter().collect();
        sync_folders(&folders)
    }

    /// Makes the folder of a key's old versions.
    pub fn make_versions(&mut self, shared: &Shared, key: &str) -> io::Result<()> {
        let folder = shared.layout.versions_of(key);
        if lstat(&folder)?.is_none() {
            fs::create_dir_all(&folder)?;
            self.note_change(&folder);
            if let Some(above) = folder.parent() {
                self.note_change(above);
            }
        }
        Ok(())
    }

    /// Removes the folders above a file that is gone, up to the first that still holds something.
    pub fn prune(&mut self, shared: &Shared, location: &str) {
        let stop = [shared.layout.root.as_path(), &shared.layout.private, &shared.layout.versions()];
        let mut rest = location;
        while let Some((folder, _)) = rest.rsplit_once('/') {
            let path = shared.layout.file(folder);
            if stop.contains(&path.as_path()) || fs::remove_dir(&path).is_err() {
                return;
            }
            self.known.remove(folder);
            self.note_change(&path);
            rest = folder;
        }
    }
}

/// Syncs folders side by side: the disk serves waiting flushes together.
fn sync_folders(folders: &[PathBuf]) -> io::Result<()> {
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some(folder) = folders.get(next.fetch_add(1, Ordering::Relaxed)) {
            match sync_dir(folder) {
                Err(e) if !is_missing(&e) => return Err(e),
                _ => {}
            }
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..folders.len().min(SYNCERS)).map(|_| scope.spawn(work)).collect();
        let own = work();
        let others = others.into_iter().map(|other| other.join().unwrap_or_else(|_| Err(io::ErrorKind::Other.into())));
        others.fold(own, io::Result::and)
    })
}

fn join(folder: &str, name: &str) -> String {
    match folder {
        "" => name.to_owned(),
        _ => format!("{folder}/{name}"),
    }
}

/// The location of an old version, below the root like any other.
pub(crate) fn version_location(key: &str, seq: i64) -> String {
    let hash = names::key_hash(key);
    format!("{PRIVATE}/versions/{}/{hash}/{seq:020}", &hash[..2])
}

fn is_free(shared: &Shared, location: &str, key: &str) -> io::Result<bool> {
    let path = shared.layout.file(location);
    match lstat(&path)? {
        None => Ok(true),
        Some(facts) if !facts.is_file() => Ok(false),
        Some(_) if !shared.folds => Ok(true),
        Some(facts) => Ok(is_own(shared, location, &Identity::of(&facts), key)),
    }
}

/// Where the disk folds names: whether the file under this name is the key's own and not a twin's.
pub(crate) fn is_own(shared: &Shared, location: &str, identity: &Identity, key: &str) -> bool {
    let hash = names::key_hash(key);
    let recorded = shared
        .open_object(location)
        .ok()
        .flatten()
        .and_then(|file| record::load_any(&shared.layout, &file, identity, &hash));
    match recorded {
        Some(record) => record.key == key,
        None => has_exactly(&shared.layout.file(location)),
    }
}

fn has_exactly(path: &Path) -> bool {
    let names = path.parent().and_then(|folder| fs::read_dir(folder).ok());
    names.is_some_and(|mut names| {
        names.any(|entry| entry.is_ok_and(|e| Some(e.file_name().as_os_str()) == path.file_name()))
    })
}
