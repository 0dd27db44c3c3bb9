//! Folders as descriptors: openat(2) and its family, links never followed.

use std::{
    ffi::{OsStr, OsString},
    fs::File,
    io,
    os::{
        fd::{AsFd, OwnedFd},
        unix::ffi::OsStrExt,
    },
    path::Path,
};

use rustix::{
    fs::{AtFlags, FlockOperation, Mode, OFlags, RenameFlags},
    io::Errno,
};

use super::Child;

/// An open folder.
#[derive(Debug)]
pub(crate) struct Dir(OwnedFd);

const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

impl Dir {
    /// The folder a person named; links on its way are theirs.
    pub(crate) fn root(path: &Path) -> io::Result<Self> {
        Ok(Self(rustix::fs::open(path, FOLDER, Mode::empty())?))
    }

    /// A folder inside, made when it is missing.
    pub(crate) fn child(&self, name: &OsStr) -> io::Result<Child<Self>> {
        for _ in 0..8 {
            match rustix::fs::openat(&self.0, name, FOLDER | OFlags::NOFOLLOW, Mode::empty()) {
                Ok(folder) => return Ok(Child::Folder(Self(folder))),
                Err(Errno::NOTDIR | Errno::LOOP | Errno::MLINK) => return Ok(Child::InTheWay),
                Err(Errno::NOENT) => match rustix::fs::mkdirat(&self.0, name, Mode::from_raw_mode(0o777)) {
                    Ok(()) | Err(Errno::EXIST) => {}
                    Err(error) => return Err(error.into()),
                },
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Child::InTheWay)
    }

    /// A new file for reading and writing.
    pub(crate) fn create(&self, name: &OsStr, mode: u32) -> io::Result<File> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(File::from(rustix::fs::openat(&self.0, name, flags, Mode::from_raw_mode(mode as _))?))
    }

    /// A file that is there, for reading and writing.
    pub(crate) fn open(&self, name: &OsStr) -> io::Result<File> {
        let flags = OFlags::RDWR | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(File::from(rustix::fs::openat(&self.0, name, flags, Mode::empty())?))
    }

    /// Makes a link.
    pub(crate) fn symlink(&self, target: &Path, name: &OsStr) -> io::Result<()> {
        Ok(rustix::fs::symlinkat(target, &self.0, name)?)
    }

    /// Removes a file or link.
    pub(crate) fn remove(&self, name: &OsStr) -> io::Result<()> {
        Ok(rustix::fs::unlinkat(&self.0, name, AtFlags::empty())?)
    }

    /// Removes a folder that is empty.
    pub(crate) fn remove_folder(&self, name: &OsStr) -> io::Result<()> {
        Ok(rustix::fs::unlinkat(&self.0, name, AtFlags::REMOVEDIR)?)
    }

    /// Moves a file or link; unless `replace`, atomically refused when the name is taken.
    pub(crate) fn rename(&self, name: &OsStr, to: &Self, to_name: &OsStr, replace: bool) -> io::Result<()> {
        if replace {
            return Ok(rustix::fs::renameat(&self.0, name, &to.0, to_name)?);
        }
        match rustix::fs::renameat_with(&self.0, name, &to.0, to_name, RenameFlags::NOREPLACE) {
            Ok(()) => Ok(()),
            Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => self.link_over(name, to, to_name),
            Err(error) => Err(error.into()),
        }
    }

    /// As [`Self::rename`] where the filesystem has no such rename: a hard link is refused when the name is taken, too.
    /// Where there are no hard links either, the name is looked at just before.
    fn link_over(&self, name: &OsStr, to: &Self, to_name: &OsStr) -> io::Result<()> {
        match rustix::fs::linkat(&self.0, name, &to.0, to_name, AtFlags::empty()) {
            Ok(()) => self.remove(name),
            Err(Errno::PERM | Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL) => {
                match rustix::fs::statat(&to.0, to_name, AtFlags::SYMLINK_NOFOLLOW) {
                    Ok(_) => Err(io::ErrorKind::AlreadyExists.into()),
                    Err(Errno::NOENT) => Ok(rustix::fs::renameat(&self.0, name, &to.0, to_name)?),
                    Err(error) => Err(error.into()),
                }
            }
            Err(error) => Err(error.into()),
        }
    }

    /// What is inside.
    pub(crate) fn names(&self) -> io::Result<Vec<OsString>> {
        let mut names = Vec::new();
        for entry in rustix::fs::Dir::read_from(&self.0)? {
            let entry = entry?;
            match entry.file_name().to_bytes() {
                b"." | b".." => {}
                name => names.push(OsStr::from_bytes(name).to_owned()),
            }
        }
        Ok(names)
    }

    /// The filesystem it is on.
    pub(crate) fn device(&self) -> io::Result<u64> {
        #[allow(clippy::unnecessary_cast)]
        Ok(rustix::fs::fstat(&self.0)?.st_dev as u64)
    }

    /// Whether nobody else holds it; it is held until [`Self::let_go`] or until it is closed. Filesystems without locks say yes.
    pub(crate) fn hold(&self) -> bool {
        rustix::fs::flock(self.0.as_fd(), FlockOperation::NonBlockingLockExclusive) != Err(Errno::WOULDBLOCK)
    }

    /// Holds it no longer.
    pub(crate) fn let_go(&self) {
        let _never_held = rustix::fs::flock(self.0.as_fd(), FlockOperation::Unlock);
    }
}

/// Takes the room for a whole file, so that a full disk shows before anything is fetched.
pub(crate) fn reserve(file: &File, size: u64) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    match rustix::fs::fallocate(file, rustix::fs::FallocateFlags::empty(), 0, size.max(1)) {
        Err(Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL) => {}
        Err(error) => return Err(error.into()),
        Ok(()) => {}
    }
    file.set_len(size)
}

/// Writes by position.
pub(crate) fn write_all_at(file: &File, bytes: &[u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, at)
}
