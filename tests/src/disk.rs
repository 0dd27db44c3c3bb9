//! A small disk of its own, for what happens when one is full. Only root can mount one.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// A disk in memory, gone with its value.
#[derive(Debug)]
pub struct Disk {
    at: PathBuf,
    _folder: Option<tempfile::TempDir>,
}

impl Disk {
    /// In a folder of its own; `options` are those of tmpfs, such as `size=1m`. `None` where nothing can be mounted.
    pub fn mount(options: &str) -> Option<Self> {
        let folder = tempfile::tempdir().expect("a folder");
        let mut disk = Self::mount_at(folder.path(), options)?;
        disk._folder = Some(folder);
        Some(disk)
    }

    /// Over a folder that is there.
    pub fn mount_at(at: &Path, options: &str) -> Option<Self> {
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", options, "holdfast-test"]).arg(at).output();
        mounted.is_ok_and(|ended| ended.status.success()).then(|| Self { at: at.to_owned(), _folder: None })
    }

    /// Gives it other options.
    pub fn change(&self, options: &str) {
        let remount = ["-o", &format!("remount,{options}")];
        assert!(Command::new("mount").args(remount).arg(&self.at).status().expect("mount").success(), "{options}");
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.at
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.at).status();
    }
}

/// Whether this test may mount disks.
pub fn can_mount() -> bool {
    rustix::process::getuid().is_root() && Disk::mount("size=1m").is_some()
}
