//! A full or read-only disk gives a clear error and nothing half.

use std::{path::PathBuf, process::Command};

use holdfast_storage::{Body, Error, FolderStore, Key, ListRequest, ObjectStore, ReadOptions, body::collect};

/// A small disk in memory, unmounted with this value.
struct Disk {
    dir: tempfile::TempDir,
}

impl Disk {
    /// `None` where nobody may mount.
    fn new(options: &str) -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let disk = Self { dir };
        let mounted = disk.mount(&["-t", "tmpfs", "-o", options, "holdfast-test"]);
        if !mounted {
            eprintln!("SKIPPED: this user may not mount a disk, so a full one was not tried");
            return None;
        }
        Some(disk)
    }

    fn mount(&self, arguments: &[&str]) -> bool {
        let status = Command::new("mount").args(arguments).arg(self.dir.path()).status();
        status.is_ok_and(|status| status.success())
    }

    fn bucket(&self) -> PathBuf {
        self.dir.path().join("bucket")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.dir.path()).status();
    }
}

fn key(name: &str) -> Key {
    Key::new(name).unwrap()
}

#[tokio::test]
async fn a_full_disk_refuses_and_keeps_what_was_there() {
    let Some(disk) = Disk::new("size=12m") else { return };
    let store = FolderStore::create(disk.bucket()).await.unwrap();
    store.put(&key("kept"), Body::bytes(vec![1; 1 << 20]), &Default::default()).await.unwrap();
    let refused = store.put(&key("kept"), Body::bytes(vec![2; 32 << 20]), &Default::default()).await;
    assert!(
        matches!(&refused, Err(Error::Io { source, .. }) if source.raw_os_error() == Some(libc::ENOSPC)),
        "{refused:?}"
    );
    let mut stored = 1;
    loop {
        match store.put(&key(&format!("n{stored}")), Body::bytes(vec![3; 200_000]), &Default::default()).await {
            Ok(_) => stored += 1,
            Err(Error::Io { .. } | Error::Index(_)) => break,
            Err(other) => panic!("{other:?}"),
        }
    }
    let kept = collect(store.get(&key("kept"), &ReadOptions::default()).await.unwrap().body).await.unwrap();
    assert_eq!(kept, vec![1; 1 << 20]);
    assert!(stored > 10, "only {stored} fitted");
    assert_eq!(std::fs::read_dir(disk.bucket().join(".holdfast/tmp")).unwrap().count(), 0);
    store.delete(&key("kept"), &Default::default()).await.unwrap();
    store.put(&key("after"), Body::bytes("room again"), &Default::default()).await.unwrap();
    drop(store);
    let store = FolderStore::open_quietly(disk.bucket()).await.unwrap();
    let rows = store.list(&ListRequest::default()).await.unwrap().objects;
    for row in &rows {
        let body = store.get(&row.key, &ReadOptions::default()).await.unwrap().body;
        assert_eq!(collect(body).await.unwrap().len() as u64, row.size);
    }
    assert!(rows.len() == stored || rows.len() == stored + 1, "{} rows, {stored} answered", rows.len());
}

#[tokio::test]
async fn a_read_only_disk_is_refused_with_the_reason() {
    let Some(disk) = Disk::new("size=12m") else { return };
    let store = FolderStore::create(disk.bucket()).await.unwrap();
    store.put(&key("it"), Body::bytes("content"), &Default::default()).await.unwrap();
    drop(store);
    assert!(disk.mount(&["-o", "remount,ro"]));
    let refused = FolderStore::open(disk.bucket()).await.map(drop);
    let read_only = |e: &std::io::Error| e.kind() == std::io::ErrorKind::ReadOnlyFilesystem;
    assert!(matches!(&refused, Err(Error::Io { source, .. }) if read_only(source)), "{refused:?}");
}
