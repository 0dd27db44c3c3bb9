//! One run of a set at a time, over all processes. The lock ends with its process, however that ends.

use std::{
    fs::{File, TryLockError},
    path::Path,
};

use crate::{Error, Result};

/// Held while a run is under way.
#[derive(Debug)]
pub struct RunLock(#[allow(dead_code)] File);

impl RunLock {
    /// Takes the lock file at `path`, made if it is missing; [`Error::Busy`] when somebody has it.
    pub fn take(path: &Path) -> Result<Self> {
        let file = open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => Err(Error::Busy),
            Err(TryLockError::Error(error)) => Err(Error::io("taking the lock")(error)),
        }
    }

    /// Takes the lock file at `path` when whoever has it is done with it.
    pub fn wait(path: &Path) -> Result<Self> {
        let file = open(path)?;
        file.lock().map_err(Error::io("taking the lock"))?;
        Ok(Self(file))
    }
}

fn open(path: &Path) -> Result<File> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(Error::io("making the folder for locks"))?;
    }
    File::options().create(true).truncate(false).write(true).open(path).map_err(Error::io("opening the lock"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_run_is_refused_until_the_first_ends() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("locks/set.lock");
        let first = RunLock::take(&path).unwrap();
        assert!(matches!(RunLock::take(&path), Err(Error::Busy)));
        drop(first);
        RunLock::take(&path).unwrap();
    }
}
