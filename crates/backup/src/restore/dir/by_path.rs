//! Folders as paths whose parts were looked at: for systems without openat(2).

#![cfg_attr(unix, allow(dead_code))]

use std::{
    ffi::{OsStr, OsString},
    fs::{self, File},
    io::{self, ErrorKind},
    path::{Path, PathBuf},
};

use super::Child;

/// A folder that was there when it was looked at.
#[derive(Debug)]
pub(crate) struct Dir(PathBuf);

impl Dir {
    /// The folder a person named; links on its way are theirs.
    pub(crate) fn root(path: &Path) -> io::Result<Self> {
        Ok(Self(path.canonicalize()?))
    }

    /// A folder inside, made when it is missing.
    pub(crate) fn child(&self, name: &OsStr) -> io::Result<Child<Self>> {
        let path = self.0.join(name);
        match fs::create_dir(&path) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        match path.symlink_metadata()?.is_dir() {
            true => Ok(Child::Folder(Self(path))),
            false => Ok(Child::InTheWay),
        }
    }

    /// A new file for reading and writing.
    pub(crate) fn create(&self, name: &OsStr, _: u32) -> io::Result<File> {
        File::options().read(true).write(true).create_new(true).open(self.0.join(name))
    }

    /// A file that is there, for reading and writing.
    pub(crate) fn open(&self, name: &OsStr) -> io::Result<File> {
        let path = self.0.join(name);
        match path.symlink_metadata()?.is_file() {
            true => File::options().read(true).write(true).open(path),
            false => Err(ErrorKind::InvalidInput.into()),
        }
    }

    /// Makes a link.
    pub(crate) fn symlink(&self, target: &Path, name: &OsStr) -> io::Result<()> {
        #[cfg(unix)]
        return std::os::unix::fs::symlink(target, self.0.join(name));
        #[cfg(windows)]
        return std::os::windows::fs::symlink_file(target, self.0.join(name));
    }

    /// Removes a file or link.
    pub(crate) fn remove(&self, name: &OsStr) -> io::Result<()> {
        fs::remove_file(self.0.join(name))
    }

    /// Removes a folder that is empty.
    pub(crate) fn remove_folder(&self, name: &OsStr) -> io::Result<()> {
        fs::remove_dir(self.0.join(name))
    }

    /// Moves a file or link; unless `replace`, refused when the name is taken. A hard link makes that atomic; where there
    /// are none (and for links) the name is looked at just before.
    pub(crate) fn rename(&self, name: &OsStr, to: &Self, to_name: &OsStr, replace: bool) -> io::Result<()> {
        let (from, to) = (self.0.join(name), to.0.join(to_name));
        if replace {
            return fs::rename(from, to);
        }
        match fs::hard_link(&from, &to) {
            Ok(()) => fs::remove_file(from),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(error),
            Err(_) if to.symlink_metadata().is_ok() => Err(ErrorKind::AlreadyExists.into()),
            Err(_) => fs::rename(from, to),
        }
    }

    /// What is inside.
    pub(crate) fn names(&self) -> io::Result<Vec<OsString>> {
        fs::read_dir(&self.0)?.map(|entry| Ok(entry?.file_name())).collect()
    }

    /// The filesystem it is on, where that can be told.
    pub(crate) fn device(&self) -> io::Result<u64> {
        Ok(0)
    }

    /// Whether nobody else holds it; here only the lock beside our own data tells.
    pub(crate) fn hold(&self) -> bool {
        true
    }

    /// Holds it no longer.
    pub(crate) fn let_go(&self) {}
}

/// Takes the room for a whole file.
pub(crate) fn reserve(file: &File, size: u64) -> io::Result<()> {
    file.set_len(size)
}

/// Writes by position.
#[cfg(windows)]
pub(crate) fn write_all_at(file: &File, mut bytes: &[u8], mut at: u64) -> io::Result<()> {
    use std::os::windows::fs::FileExt;
    while !bytes.is_empty() {
        let written = file.seek_write(bytes, at)?;
        if written == 0 {
            return Err(ErrorKind::WriteZero.into());
        }
        (bytes, at) = (&bytes[written..], at + written as u64);
    }
    Ok(())
}
