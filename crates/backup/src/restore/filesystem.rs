//! What the destination's filesystem is like: which names it takes for the same, and how much is free.

use std::{
    io,
    path::{Path, PathBuf},
};

use super::collisions::Sameness;

/// Filesystems that do not tell `A` from `a`, by the numbers of statfs(2): vfat, exfat, ntfs, ntfs3, cifs, smb2, smbfs.
#[cfg(target_os = "linux")]
const CASE_INSENSITIVE: [u64; 7] = [0x4d44, 0x2011_bab0, 0x5346_544e, 0x7366_746e, 0xff53_4d42, 0xfe53_4d42, 0x517b];

/// Which names are the same at `destination` (or where it will be).
pub(crate) fn sameness(destination: &Path) -> Sameness {
    if cfg!(target_os = "macos") {
        return Sameness { case_insensitive: true, normalising: true };
    }
    if cfg!(windows) {
        return Sameness { case_insensitive: true, normalising: false };
    }
    Sameness { case_insensitive: is_insensitive(&existing_ancestor(destination)), normalising: false }
}

#[cfg(target_os = "linux")]
fn is_insensitive(folder: &Path) -> bool {
    rustix::fs::statfs(folder).is_ok_and(|fs| CASE_INSENSITIVE.contains(&(fs.f_type as u64 & 0xffff_ffff)))
}

#[cfg(not(target_os = "linux"))]
fn is_insensitive(_: &Path) -> bool {
    false
}

/// Bytes that may still be written there; `None` where the system does not tell.
#[cfg(unix)]
pub(crate) fn available(destination: &Path) -> io::Result<Option<u64>> {
    let fs = rustix::fs::statvfs(existing_ancestor(destination))?;
    Ok(Some(fs.f_bavail.saturating_mul(fs.f_frsize)))
}

/// Bytes that may still be written there; `None` where the system does not tell.
#[cfg(not(unix))]
pub(crate) fn available(_: &Path) -> io::Result<Option<u64>> {
    Ok(None)
}

/// The folder itself, or the nearest one above that is there.
fn existing_ancestor(path: &Path) -> PathBuf {
    let there = path.ancestors().find(|above| above.is_dir() && !above.as_os_str().is_empty());
    there.unwrap_or(Path::new(".")).to_owned()
}
