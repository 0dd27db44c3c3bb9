//! Who has the store open: a locked file per opening, so that leftovers of the dead are told from work of the living.
//!
//! The file says under which [`super::outage::standing`] its owner relies on what is not synced, if it does.

use std::{
    collections::HashSet,
    fs::{self, File, TryLockError},
    io::{self, Write},
    path::PathBuf,
};

use super::layout::{Layout, is_missing, remove_file, sync_dir};
use crate::Result;

/// Held for as long as the store is open.
#[derive(Debug)]
pub(crate) struct OwnerLock {
    path: PathBuf,
    file: File,
    relies: bool,
    stays: bool,
}

impl OwnerLock {
    /// Notes durably that the store is open, and what this opening relies on.
    pub fn take(layout: &Layout, owner: &str, standing: Option<&str>) -> Result<Self> {
        let doing = "noting that the store is open";
        let path = layout.owners().join(owner);
        let mut file = File::create_new(&path).map_err(|e| layout.failed(doing, e))?;
        let locked = file.lock();
        if let Err(error) = &locked {
            tracing::warn!(%error, "this disk knows no file locks: do not open the folder from two programs at once");
        }
        // Without locks the dead are not told from the living, nor an outage from work.
        let standing = standing.filter(|_| locked.is_ok());
        if let Some(standing) = standing {
            let written = file.write_all(standing.as_bytes()).and_then(|()| file.sync_all());
            written.and_then(|()| sync_dir(&layout.owners())).map_err(|e| layout.failed(doing, e))?;
        }
        Ok(Self { path, file, relies: standing.is_some(), stays: false })
    }

    /// Whether what is not synced may be relied on: an outage will be noticed.
    pub fn relies(&self) -> bool {
        self.relies
    }

    /// Leaves the note behind, so that the next opening takes this one for dead.
    pub fn stay(&mut self) {
        self.stays = true;
    }
}

impl Drop for OwnerLock {
    fn drop(&mut self) {
        if !self.stays {
            let _ = remove_file(&self.path);
        }
        let _ = self.file.unlock();
    }
}

/// Who is noted as having the store open.
#[derive(Debug, Default)]
pub(crate) struct Owners {
    pub living: HashSet<String>,
    dead: Vec<PathBuf>,
    /// One of the dead relied on what is gone.
    pub outage: bool,
}

impl Owners {
    /// Looks through the notes. `standing` is that of now.
    pub fn find(layout: &Layout, standing: Option<&str>) -> Result<Self> {
        let failed = |e| layout.failed("looking who has the store open", e);
        let mut found = Self::default();
        for entry in fs::read_dir(layout.owners()).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            match is_alive(&entry.path()) {
                Ok(true) => drop(found.living.insert(entry.file_name().to_string_lossy().into_owned())),
                Ok(false) => found.note_dead(entry.path(), standing).map_err(failed)?,
                Err(e) if is_missing(&e) => {}
                Err(e) => return Err(failed(e)),
            }
        }
        Ok(found)
    }

    fn note_dead(&mut self, note: PathBuf, standing: Option<&str>) -> io::Result<()> {
        let relied_on = fs::read(&note)?;
        self.outage |= !relied_on.is_empty() && standing.map(str::as_bytes) != Some(&relied_on);
        self.dead.push(note);
        Ok(())
    }

    /// Removes the notes of the dead.
    pub fn bury(&mut self, layout: &Layout) -> Result<()> {
        let gone = self.dead.drain(..).try_for_each(|note| remove_file(&note));
        gone.map_err(|e| layout.failed("removing the notes of those who had the store open", e))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_dead_one_relied_on_and_is_gone_is_an_outage() {
        let cases: [(&[&str], Option<&str>, bool); 6] = [
            (&[], Some("now"), false),
            (&["now"], Some("now"), false),
            (&[""], Some("now"), false),
            (&["now", "before"], Some("now"), true),
            (&["before"], None, true),
            (&[""], None, false),
        ];
        for (notes, standing, outage) in cases {
            let folder = tempfile::tempdir().unwrap();
            let layout = Layout::new(&folder.path().join("bucket"));
            layout.create().unwrap();
            for (number, note) in notes.iter().enumerate() {
                fs::write(layout.owners().join(number.to_string()), note).unwrap();
            }
            let mut owners = Owners::find(&layout, standing).unwrap();
            assert_eq!((owners.outage, owners.living.len()), (outage, 0), "{notes:?} {standing:?}");
            owners.bury(&layout).unwrap();
            assert_eq!(fs::read_dir(layout.owners()).unwrap().count(), 0);
        }
    }

    #[test]
    fn one_that_lives_is_no_outage() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::new(&folder.path().join("bucket"));
        layout.create().unwrap();
        let mut lock = OwnerLock::take(&layout, "one", Some("before")).unwrap();
        let found = Owners::find(&layout, Some("now")).unwrap();
        assert_eq!((found.outage, found.living.contains("one")), (false, true));
        lock.stay();
        drop(lock);
        assert!(Owners::find(&layout, Some("now")).unwrap().outage, "it left without making its work durable");
    }
}
