//! The destination: folders made without following a link, files made under a temporary name and then published.

use std::{
    collections::HashMap,
    ffi::{OsStr, OsString},
    fs::{File, FileTimes, Permissions},
    io,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

use super::{
    dir::{Child, Dir},
    items::{Items, ROOT},
};
use crate::{
    Error, Result,
    file_meta::{Nanos, StoredMeta},
    name,
    report::FailureReason,
};

/// The folder for temporary files, in the destination.
pub const STAGING: &str = ".holdfast-restore";

/// What temporary names begin with that stand beside their target, on another filesystem.
const BESIDE: &str = ".holdfast-restore-";

/// Most folders held open.
const OPEN_FOLDERS: usize = 256;

/// An open destination.
#[derive(Debug)]
pub(crate) struct Place {
    root: Arc<Dir>,
    staging: Arc<Dir>,
    device: u64,
    run: u32,
    next: AtomicU64,
    folders: Mutex<HashMap<u32, Arc<Folder>>>,
}

/// An open folder in the destination.
#[derive(Debug)]
pub(crate) struct Folder {
    dir: Arc<Dir>,
    beside: AtomicBool,
    noted: AtomicBool,
}

impl Folder {
    /// Whether it must still be noted that temporary files stand in it. Says so once.
    pub(crate) fn must_note(&self) -> bool {
        self.is_beside() && !self.noted.swap(true, Ordering::Relaxed)
    }

    /// Whether temporary files must stand in it, because renames into it from elsewhere do not work.
    pub(crate) fn is_beside(&self) -> bool {
        self.beside.load(Ordering::Relaxed)
    }

    /// Notes that a rename into it did not work.
    pub(crate) fn set_beside(&self) {
        self.beside.store(true, Ordering::Relaxed);
    }
}

impl Place {
    /// Makes the destination where it is missing and opens it. `run` tells its temporary files from others'.
    pub(crate) fn open(destination: &Path, run: u32) -> Result<Self> {
        let opening = "opening the destination";
        std::fs::create_dir_all(destination).map_err(Error::io("making the destination"))?;
        let root = Dir::root(destination).map_err(Error::io(opening))?;
        let staging = match root.child(OsStr::new(STAGING)).map_err(Error::io("making a folder in the destination"))? {
            Child::Folder(staging) => staging,
            Child::InTheWay => return Err(Error::io(opening)(io::ErrorKind::NotADirectory.into())),
        };
        if !staging.hold() {
            return Err(Error::Busy);
        }
        let device = staging.device().map_err(Error::io(opening))?;
        let (next, folders) = (AtomicU64::new(0), Mutex::default());
        Ok(Self { root: Arc::new(root), staging: Arc::new(staging), device, run, next, folders })
    }

    /// The folder of an item, made with everything above it.
    pub(crate) fn folder(&self, items: &Items, folder: u32) -> std::result::Result<Arc<Folder>, FailureReason> {
        if let Some(open) = self.lock().get(&folder) {
            return Ok(open.clone());
        }
        let opened = match folder {
            ROOT => self.root.clone(),
            _ => {
                let above = self.folder(items, items.parent(folder))?;
                match above.dir.child(&name::decode(items.folder_name(folder))).map_err(FailureReason::Io)? {
                    Child::Folder(dir) => Arc::new(dir),
                    Child::InTheWay => return Err(FailureReason::InTheWay { at: local(&items.folder_path(folder)) }),
                }
            }
        };
        let beside = opened.device().map_err(FailureReason::Io)? != self.device;
        let opened = Arc::new(Folder { dir: opened, beside: beside.into(), noted: false.into() });
        let mut open = self.lock();
        if open.len() >= OPEN_FOLDERS {
            open.clear();
        }
        open.insert(folder, opened.clone());
        Ok(opened)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<u32, Arc<Folder>>> {
        self.folders.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn staging_for(&self, folder: &Folder) -> (Arc<Dir>, &'static str) {
        match folder.is_beside() {
            true => (folder.dir.clone(), BESIDE),
            false => (self.staging.clone(), ""),
        }
    }

    fn new_name(&self, start: &str) -> OsString {
        format!("{start}{:08x}-{:x}", self.run, self.next.fetch_add(1, Ordering::Relaxed)).into()
    }

    /// A new temporary file for something in `folder`, readable by nobody else until it is published.
    pub(crate) fn temp(&self, folder: &Folder) -> io::Result<Temp> {
        let (dir, start) = self.staging_for(folder);
        let name = self.new_name(start);
        let file = dir.create(&name, 0o600)?;
        Ok(Temp { slot: Slot { dir, name, remove: true }, file: Arc::new(file) })
    }

    /// The temporary file of this name, and whether it was there. It stays when it is dropped.
    pub(crate) fn lasting_temp(&self, folder: &Folder, name: &str) -> io::Result<(Temp, bool)> {
        let (dir, start) = self.staging_for(folder);
        let name = OsString::from(format!("{start}{name}"));
        let (file, was_there) = match dir.open(&name) {
            Ok(file) => (file, true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => (dir.create(&name, 0o600)?, false),
            Err(error) => return Err(error),
        };
        Ok((Temp { slot: Slot { dir, name, remove: false }, file: Arc::new(file) }, was_there))
    }

    /// A new link under a temporary name.
    pub(crate) fn temp_link(&self, folder: &Folder, target: &Path) -> io::Result<Slot> {
        let (dir, start) = self.staging_for(folder);
        let name = self.new_name(start);
        dir.symlink(target, &name)?;
        Ok(Slot { dir, name, remove: true })
    }

    /// Removes what earlier runs left in the folder for temporary files, but for these names.
    pub(crate) fn sweep(&self, keep: &dyn Fn(&str) -> bool) {
        sweep(&self.staging, "", keep);
    }

    /// Removes what earlier runs left beside files in a folder of another filesystem.
    pub(crate) fn sweep_beside(&self, relative: &str, keep: &dyn Fn(&str) -> bool) {
        let mut dir = self.root.clone();
        for part in relative.split('/').filter(|part| !part.is_empty()) {
            match dir.child(&name::decode(part)) {
                Ok(Child::Folder(child)) => dir = Arc::new(child),
                _ => return,
            }
        }
        sweep(&dir, BESIDE, keep);
    }

    /// Lets others in, and removes the folder for temporary files when nothing is in it.
    pub(crate) fn tidy(&self) {
        self.staging.let_go();
        let _still_used = self.root.remove_folder(OsStr::new(STAGING));
    }
}

fn sweep(dir: &Dir, start: &str, keep: &dyn Fn(&str) -> bool) {
    for name in dir.names().unwrap_or_default() {
        let ours = name.to_str().and_then(|text| text.strip_prefix(start));
        if ours.is_some_and(|text| is_temporary(text) && !keep(text)) {
            let _gone_or_locked = dir.remove(&name);
        }
    }
}

/// Whether a name has the form that only our temporary files have.
fn is_temporary(text: &str) -> bool {
    text.len() >= 10 && text.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')
}

fn local(path: &str) -> PathBuf {
    name::to_relative_path(path).unwrap_or_default()
}

/// A temporary name; removed when it is dropped unpublished, except where it is to last.
#[derive(Debug)]
pub(crate) struct Slot {
    dir: Arc<Dir>,
    name: OsString,
    remove: bool,
}

impl Slot {
    /// Gives it its final name; unless `replace`, [`io::ErrorKind::AlreadyExists`] when that is taken.
    pub(crate) fn publish(&mut self, folder: &Folder, name: &OsStr, replace: bool) -> io::Result<()> {
        self.dir.rename(&self.name, &folder.dir, name, replace)?;
        self.remove = false;
        Ok(())
    }

    /// Removes it.
    pub(crate) fn discard(mut self) {
        self.remove = true;
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        if self.remove {
            let _gone = self.dir.remove(&self.name);
        }
    }
}

/// A temporary file.
#[derive(Debug)]
pub(crate) struct Temp {
    pub slot: Slot,
    pub file: Arc<File>,
}

impl Temp {
    /// Sets time and permissions and gives it its final name. What replaces a file is on the disk before it does.
    pub(crate) fn publish(
        &mut self,
        folder: &Folder,
        name: &OsStr,
        replace: bool,
        meta: &StoredMeta,
    ) -> io::Result<()> {
        set_facts(&self.file, meta)?;
        if replace {
            self.file.sync_data()?;
        }
        self.slot.publish(folder, name, replace)
    }
}

fn set_facts(file: &File, meta: &StoredMeta) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        file.set_permissions(Permissions::from_mode(permissions(meta.mode)))?;
    }
    if let Some(mtime) = meta.mtime {
        file.set_times(FileTimes::new().set_modified(time_of(mtime)))?;
    }
    Ok(())
}

/// Permission bits as stored, never set-user-id or set-group-id; without any, what a new file has here.
#[cfg(unix)]
fn permissions(mode: Option<u32>) -> u32 {
    static UMASK: std::sync::OnceLock<u32> = std::sync::OnceLock::new();
    match mode {
        Some(mode) => mode & 0o1777,
        None => 0o666 & !*UMASK.get_or_init(umask),
    }
}

/// The process's umask, read without changing it where the system tells.
#[cfg(unix)]
fn umask() -> u32 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("Umask:"));
    line.and_then(|text| u32::from_str_radix(text.trim(), 8).ok()).unwrap_or(0o022)
}

fn time_of(nanos: Nanos) -> SystemTime {
    let away = Duration::from_nanos(nanos.unsigned_abs());
    let time =
        if nanos < 0 { SystemTime::UNIX_EPOCH.checked_sub(away) } else { SystemTime::UNIX_EPOCH.checked_add(away) };
    time.unwrap_or(SystemTime::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn no_file_comes_back_with_the_power_of_its_owner() {
        for (mode, want) in [(0o104755, 0o755), (0o102644, 0o644), (0o100600, 0o600), (0o101777, 0o1777), (0, 0)] {
            assert_eq!(permissions(Some(mode)), want);
        }
    }

    #[test]
    fn times_before_1970_are_kept() {
        for nanos in [0, 1, -1, 1_700_000_000_123_456_789, -1_500_000_000] {
            assert_eq!(crate::file_meta::nanos_of(time_of(nanos)), nanos);
        }
    }
}
