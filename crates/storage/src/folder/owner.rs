//! Who has the store open: a locked file per opening, so that leftovers of the dead are told from work of the living.

use std::{
    collections::HashSet,
    fs::{self, File, TryLockError},
    io,
    path::PathBuf,
};

use super::layout::{Layout, is_missing, remove_file};
use crate::Result;

/// Held for as long as the store is open.
#[derive(Debug)]
pub(crate) struct OwnerLock {
    path: PathBuf,
    file: File,
}

impl OwnerLock {
    pub fn take(layout: &Layout, owner: &str) -> Result<Self> {
        let path = layout.owners().join(owner);
        let file = File::create_new(&path).map_err(|e| layout.failed("noting that the store is open", e))?;
        if let Err(error) = file.lock() {
            tracing::warn!(%error, "this disk knows no file locks: do not open the folder from two programs at once");
        }
        Ok(Self { path, file })
    }
}

impl Drop for OwnerLock {
    fn drop(&mut self) {
        let _ = remove_file(&self.path);
        let _ = self.file.unlock();
    }
}

/// Holds off other openings while this one reconciles what it finds.
pub(crate) fn lock_opening(layout: &Layout) -> Result<File> {
    let doing = "opening a store's folder";
    let file = File::options().create(true).truncate(false).write(true).open(layout.open_lock());
    let file = file.map_err(|e| layout.failed(doing, e))?;
    match file.lock() {
        Err(e) if e.kind() != io::ErrorKind::Unsupported => Err(layout.failed(doing, e)),
        _ => Ok(file),
    }
}

/// The owners that still live, after the locks of the dead were removed.
pub(crate) fn living(layout: &Layout) -> Result<HashSet<String>> {
    let doing = "looking who has the store open";
    let mut living = HashSet::new();
    for entry in fs::read_dir(layout.owners()).map_err(|e| layout.failed(doing, e))? {
        let entry = entry.map_err(|e| layout.failed(doing, e))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        match is_alive(&entry.path()) {
            Ok(false) => remove_file(&entry.path()).map_err(|e| layout.failed(doing, e))?,
            Ok(true) => drop(living.insert(name)),
            Err(e) if is_missing(&e) => {}
            Err(e) => return Err(layout.failed(doing, e)),
        }
    }
    Ok(living)
}

fn is_alive(path: &std::path::Path) -> io::Result<bool> {
    match File::options().write(true).open(path)?.try_lock() {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(e)) if e.kind() == io::ErrorKind::Unsupported => Ok(true),
        Err(TryLockError::Error(e)) => Err(e),
    }
}

/// Removes temporary files whose owner is gone.
pub(crate) fn sweep_temporary(layout: &Layout, living: &HashSet<String>) -> Result<()> {
    let doing = "removing temporary files of an earlier run";
    for entry in fs::read_dir(layout.tmp()).map_err(|e| layout.failed(doing, e))? {
        let entry = entry.map_err(|e| layout.failed(doing, e))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if living.contains(name.split('-').next().unwrap_or("")) {
            continue;
        }
        let is_dir = entry.file_type().is_ok_and(|kind| kind.is_dir());
        let gone = if is_dir { fs::remove_dir_all(entry.path()) } else { remove_file(&entry.path()) };
        gone.map_err(|e| layout.failed(doing, e))?;
    }
    Ok(())
}
