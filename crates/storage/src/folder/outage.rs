//! Telling a killed program from a computer that lost its power, or a disk that was pulled.
//!
//! What a program wrote stays written when it is killed: the system holds it. It is gone only with the system's memory,
//! that is with this boot, or with the mount when a disk is pulled. Where both have a name that is never given twice,
//! the index need not be synced with each commit: after an outage it is rebuilt from the files, which are.

use std::path::Path;

/// Names the time during which what is written to `root` stays written, synced or not. `None` where the system or the
/// disk does not tell.
#[cfg(target_os = "linux")]
pub(crate) fn standing(root: &Path) -> Option<String> {
    use rustix::fs::{AtFlags, CWD, StatxFlags, statx};
    /// `STATX_MNT_ID_UNIQUE` of Linux 6.8: the plain mount id is given again to the next mount.
    const UNIQUE_MOUNT: u32 = 0x4000;
    if !is_local(root) {
        return None;
    }
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let facts = statx(CWD, root, AtFlags::empty(), StatxFlags::from_bits_retain(UNIQUE_MOUNT)).ok()?;
    (facts.stx_mask & UNIQUE_MOUNT != 0).then(|| format!("{} {}", boot.trim(), facts.stx_mnt_id))
}
#[cfg(not(target_os = "linux"))]
pub(crate) fn standing(_: &Path) -> Option<String> {
    None
}

/// Whether the file system is one whose writes this system alone holds. The numbers are those of `linux/magic.h`.
#[cfg(target_os = "linux")]
pub(crate) fn is_local(root: &Path) -> bool {
    const EXT: u32 = 0xef53;
    const XFS: u32 = 0x5846_5342;
    const BTRFS: u32 = 0x9123_683e;
    const F2FS: u32 = 0xf2f5_2010;
    const FAT: u32 = 0x4d44;
    const EXFAT: u32 = 0x2011_bab0;
    const TMPFS: u32 = 0x0102_1994;
    const OVERLAY: u32 = 0x794c_7630;
    let known = [EXT, XFS, BTRFS, F2FS, FAT, EXFAT, TMPFS, OVERLAY];
    rustix::fs::statfs(root).is_ok_and(|facts| known.contains(&(facts.f_type as u32)))
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn is_local(_: &Path) -> bool {
    false
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_boot_and_a_mount_have_one_name() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(standing(folder.path()), standing(folder.path()));
        assert_eq!(standing(Path::new("/proc")), None, "nothing is kept there");
    }
}
