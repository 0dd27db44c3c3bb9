//! What a person does in the folder is noticed and served as what it is; what lies in the private folder can be lost.

use std::{
    fs,
    path::{Path, PathBuf},
};

use holdfast_storage::{
    Body, CompleteOptions, Error, FolderStore, Key, ListRequest, Listed, Metadata, ObjectStore, ReadOptions, Version,
    Versioning, WriteOptions, body::collect, folder::Records,
};

struct Bucket {
    _dir: tempfile::TempDir,
    root: PathBuf,
    store: FolderStore,
}

impl Bucket {
    async fn new(records: Records) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("bucket");
        drop(FolderStore::create_with(&root, records).await.unwrap());
        let store = FolderStore::open_quietly(&root).await.unwrap();
        Self { _dir: dir, root, store }
    }

    /// Closes the store, does something to the folder, opens it again.
    async fn reopened_after(self, change: impl FnOnce(&Path)) -> Self {
        let Self { _dir, root, store } = self;
        drop(store);
        change(&root);
        let store = FolderStore::open_quietly(&root).await.unwrap();
        Self { _dir, root, store }
    }

    async fn put(&self, name: &str, content: &str) {
        let metadata = Metadata::from([("made".to_owned(), "by holdfast".to_owned())]);
        let options = WriteOptions { metadata, content_type: Some("text/x-test".into()), ..WriteOptions::default() };
        self.store.put(&key(name), Body::bytes(content.to_owned()), &options).await.unwrap();
    }

    async fn read(&self, name: &str) -> Result<(String, Metadata), Error> {
        let got = self.store.get(&key(name), &ReadOptions::default()).await?;
        Ok((String::from_utf8(collect(got.body).await?.to_vec()).unwrap(), got.meta.metadata))
    }

    async fn names(&self) -> Vec<String> {
        self.rows().await.into_iter().map(|row| row.key.to_string()).collect()
    }

    async fn rows(&self) -> Vec<Listed> {
        self.store.list(&ListRequest::default()).await.unwrap().objects
    }

    async fn versions(&self) -> Vec<Version> {
        self.store.list_versions(&ListRequest::default(), None).await.unwrap().versions
    }
}

fn key(name: &str) -> Key {
    Key::new(name).unwrap()
}

const ODD: [&str; 12] = [
    "a",
    "a/b",
    "a/b/c",
    "photos/2024/1.jpg",
    "photos/",
    "//",
    "../up",
    "con",
    "12:30",
    "%_",
    ".holdfast/index.db",
    "ü/e\u{301}",
];

async fn filled(records: Records) -> Bucket {
    let bucket = Bucket::new(records).await;
    for name in ODD {
        bucket.put(name, name).await;
    }
    bucket.put(&"long".repeat(100), "long").await;
    let upload = bucket.store.create_multipart(&key("parts"), &WriteOptions::default()).await.unwrap();
    let mut parts = Vec::new();
    for (number, size) in [(1, 5 << 20), (2, 7)] {
        parts.push(bucket.store.upload_part(&upload, number, Body::bytes(vec![b'x'; size])).await.unwrap());
    }
    bucket.store.complete_multipart(&upload, &parts, &CompleteOptions::default()).await.unwrap();
    bucket.store.set_versioning(Versioning::On).await.unwrap();
    for content in ["one", "two"] {
        bucket.put("kept", content).await;
        bucket.put("gone", content).await;
    }
    bucket.store.delete(&key("gone"), &Default::default()).await.unwrap();
    bucket
}

fn remove_index(root: &Path) {
    for entry in fs::read_dir(root.join(".holdfast")).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().unwrap().to_string_lossy().starts_with("index.db") {
            fs::remove_file(path).unwrap();
        }
    }
}

async fn rebuilt_index_is_equal(records: Records, lose: impl FnOnce(&Path)) -> Bucket {
    let bucket = filled(records).await;
    let (rows, versions) = (bucket.rows().await, bucket.versions().await);
    let head = bucket.store.head(&key("a/b"), &ReadOptions::default()).await.unwrap();
    let bucket = bucket.reopened_after(lose).await;
    assert_eq!(bucket.rows().await, rows);
    assert_eq!(bucket.versions().await, versions);
    assert_eq!(bucket.store.head(&key("a/b"), &ReadOptions::default()).await.unwrap(), head);
    bucket
}

#[tokio::test]
async fn a_deleted_index_is_rebuilt_equal() {
    rebuilt_index_is_equal(Records::InFiles, remove_index).await;
    rebuilt_index_is_equal(Records::Beside, remove_index).await;
}

#[tokio::test]
async fn a_damaged_index_is_moved_aside_and_rebuilt_equal() {
    let damage = |root: &Path| fs::write(root.join(".holdfast/index.db"), b"this is no database".repeat(500)).unwrap();
    let bucket = rebuilt_index_is_equal(Records::InFiles, damage).await;
    let aside = fs::read_dir(bucket.root.join(".holdfast")).unwrap();
    let is_aside = |name: String| name.starts_with("index.db.corrupt-");
    assert_eq!(aside.filter(|e| is_aside(e.as_ref().unwrap().file_name().to_string_lossy().into_owned())).count(), 1);
}

#[tokio::test]
async fn objects_are_plain_files_under_their_own_names() {
    let bucket = Bucket::new(Records::InFiles).await;
    bucket.put("photos/2024/Grüße aus Rom.jpg", "picture").await;
    assert_eq!(fs::read_to_string(bucket.root.join("photos/2024/Grüße aus Rom.jpg")).unwrap(), "picture");
    bucket.store.delete(&key("photos/2024/Grüße aus Rom.jpg"), &Default::default()).await.unwrap();
    assert!(!bucket.root.join("photos").exists(), "an empty folder stays");
}

#[tokio::test]
async fn a_file_put_by_hand_is_an_object() {
    let bucket = Bucket::new(Records::InFiles).await;
    bucket.put("ours", "ours").await;
    fs::create_dir(bucket.root.join("dir")).unwrap();
    fs::write(bucket.root.join("dir/new.txt"), "by hand").unwrap();
    fs::write(bucket.root.join("12:30.txt"), "odd name").unwrap();
    assert_eq!(bucket.read("dir/new.txt").await.unwrap(), ("by hand".into(), Metadata::new()));
    assert_eq!(bucket.names().await, ["dir/new.txt", "ours"]);
    let seen = bucket.store.rescan().await.unwrap();
    assert_eq!((seen.files, seen.changed, seen.skipped), (3, 1, 0));
    assert_eq!(bucket.names().await, ["12:30.txt", "dir/new.txt", "ours"]);
    let meta = bucket.store.head(&key("dir/new.txt"), &ReadOptions::default()).await.unwrap();
    assert_eq!(meta.etag.as_str(), md5("by hand"));
    assert_eq!(bucket.store.rescan().await.unwrap().changed, 0);
    bucket.put("12:30.txt", "replaced").await;
    assert_eq!(fs::read_to_string(bucket.root.join("12:30.txt")).unwrap(), "replaced");
}

fn md5(text: &str) -> String {
    use md5::Digest;
    hex::encode(md5::Md5::digest(text))
}

#[tokio::test]
async fn a_file_edited_by_hand_loses_the_metadata_of_the_old_content() {
    for records in [Records::InFiles, Records::Beside] {
        let bucket = Bucket::new(records).await;
        bucket.put("it", "before").await;
        fs::write(bucket.root.join("it"), "after it").unwrap();
        assert_eq!(bucket.read("it").await.unwrap(), ("after it".into(), Metadata::new()));
        let row = &bucket.rows().await[0];
        assert_eq!((row.size, row.etag.as_ref().unwrap().as_str()), (8, md5("after it").as_str()));
        let stale = WriteOptions { if_match: Some(holdfast_storage::ETag::new(md5("before"))), ..Default::default() };
        let refused = bucket.store.put(&key("it"), Body::bytes("x"), &stale).await;
        assert!(matches!(refused, Err(Error::PreconditionFailed { .. })));
    }
}

#[tokio::test]
async fn a_touched_or_moved_file_keeps_its_metadata() {
    let bucket = filled(Records::InFiles).await;
    let head = bucket.store.head(&key("parts"), &ReadOptions::default()).await.unwrap();
    let file = fs::File::options().write(true).open(bucket.root.join("parts")).unwrap();
    file.set_modified(std::time::SystemTime::now()).unwrap();
    let touched = bucket.store.head(&key("parts"), &ReadOptions::default()).await.unwrap();
    assert_eq!((touched.etag, touched.size), (head.etag, head.size));
    fs::rename(bucket.root.join("photos/2024/1.jpg"), bucket.root.join("photos/moved.jpg")).unwrap();
    bucket.store.rescan().await.unwrap();
    assert_eq!(bucket.read("photos/moved.jpg").await.unwrap().1["made"], "by holdfast");
    assert!(bucket.read("photos/2024/1.jpg").await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn a_file_removed_by_hand_is_gone() {
    let bucket = Bucket::new(Records::InFiles).await;
    for name in ["one", "two", "three"] {
        bucket.put(name, name).await;
    }
    fs::remove_file(bucket.root.join("one")).unwrap();
    fs::remove_file(bucket.root.join("two")).unwrap();
    assert!(bucket.read("one").await.unwrap_err().is_not_found());
    assert_eq!(bucket.names().await, ["three", "two"]);
    assert_eq!(bucket.store.rescan().await.unwrap().changed, 1);
    assert_eq!(bucket.names().await, ["three"]);
    let create = WriteOptions { if_absent: true, ..WriteOptions::default() };
    bucket.store.put(&key("one"), Body::bytes("again"), &create).await.unwrap();
    bucket.store.set_versioning(Versioning::On).await.unwrap();
    bucket.put("three", "newer").await;
    fs::remove_file(bucket.root.join("three")).unwrap();
    assert!(bucket.read("three").await.unwrap_err().is_not_found());
    let markers: Vec<_> = bucket.versions().await.into_iter().filter(|v| v.is_delete_marker).collect();
    assert_eq!(markers.len(), 1, "a removal by hand is a delete marker where versions are kept");
}

#[cfg(unix)]
#[tokio::test]
async fn no_link_leads_out_of_the_folder() {
    let bucket = Bucket::new(Records::InFiles).await;
    let outside = bucket.root.join("../outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("secret"), "secret").unwrap();
    std::os::unix::fs::symlink(&outside, bucket.root.join("link")).unwrap();
    std::os::unix::fs::symlink(outside.join("secret"), bucket.root.join("file")).unwrap();
    assert!(bucket.read("link/secret").await.unwrap_err().is_not_found());
    assert!(bucket.read("file").await.unwrap_err().is_not_found());
    assert_eq!(bucket.store.rescan().await.unwrap().skipped, 2);
    assert_eq!(bucket.names().await, Vec::<String>::new());
    for name in ["link/secret", "link/new", "file", "../outside/new"] {
        bucket.put(name, "ours").await;
        assert_eq!(bucket.read(name).await.unwrap().0, "ours");
    }
    assert_eq!(fs::read_to_string(outside.join("secret")).unwrap(), "secret");
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 1);
}

#[tokio::test]
async fn a_missing_root_is_no_empty_bucket() {
    let bucket = Bucket::new(Records::InFiles).await;
    bucket.put("it", "x").await;
    let away = bucket.root.with_file_name("unplugged");
    fs::rename(&bucket.root, &away).unwrap();
    let gone = |result: Result<(), Error>| assert!(matches!(result, Err(Error::NoSuchBucket { .. })), "{result:?}");
    for mount_point in [false, true] {
        if mount_point {
            fs::create_dir(&bucket.root).unwrap();
        }
        gone(bucket.store.check().await);
        gone(bucket.store.put(&key("new"), Body::bytes("x"), &Default::default()).await.map(drop));
        gone(FolderStore::open(&bucket.root).await.map(drop));
    }
    assert_eq!(fs::read_dir(&bucket.root).unwrap().count(), 0, "something was made in the mount point");
    fs::remove_dir(&bucket.root).unwrap();
    fs::rename(&away, &bucket.root).unwrap();
    assert_eq!(bucket.read("it").await.unwrap().0, "x");
}

#[tokio::test]
async fn a_newer_format_is_refused() {
    let bucket = Bucket::new(Records::InFiles).await;
    let path = bucket.root.join(".holdfast/format.json");
    let newer = fs::read_to_string(&path).unwrap().replace("\"format\": 1", "\"format\": 2");
    fs::write(&path, newer).unwrap();
    assert!(matches!(FolderStore::open(&bucket.root).await, Err(Error::Io { .. })));
}

#[tokio::test]
async fn old_uploads_expire() {
    let bucket = Bucket::new(Records::InFiles).await;
    let upload = bucket.store.create_multipart(&key("it"), &WriteOptions::default()).await.unwrap();
    bucket.store.upload_part(&upload, 1, Body::bytes("part")).await.unwrap();
    let (now, week) = (jiff::Timestamp::now(), std::time::Duration::from_secs(7 * 86_400));
    assert_eq!(bucket.store.expire_uploads(now, week).await.unwrap(), 0);
    let later = now + jiff::SignedDuration::from_hours(8 * 24);
    assert_eq!(bucket.store.expire_uploads(later, week).await.unwrap(), 1);
    assert_eq!(bucket.store.list_uploads("").await.unwrap(), []);
    assert_eq!(fs::read_dir(bucket.root.join(".holdfast/uploads")).unwrap().count(), 0);
}

/// Copies every file and nothing but its content, as tools without extended attributes do.
fn copy_plainly(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let (old, new) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type().unwrap().is_dir() {
            fs::create_dir_all(&new).unwrap();
            copy_plainly(&old, &new);
        } else {
            fs::write(new, fs::read(old).unwrap()).unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_without_extended_attributes_keeps_content_and_loses_metadata() {
    let bucket = filled(Records::InFiles).await;
    let (names, copied) = (bucket.names().await, tempfile::tempdir().unwrap());
    let Bucket { _dir, root, store } = bucket;
    drop(store);
    copy_plainly(&root, copied.path());
    let store = FolderStore::open_quietly(copied.path()).await.unwrap();
    let copy = Bucket { _dir: copied, root: PathBuf::new(), store };
    assert_eq!(copy.names().await, names);
    for name in ODD {
        let (content, metadata) = copy.read(name).await.unwrap();
        assert_eq!((content.as_str(), metadata.len()), (name, 0), "{name}");
    }
}
