//! A folder of buckets: each folder with a marker is one, and none is removed that holds anything.

use std::fs;

use holdfast_storage::{Body, Buckets, Error, FolderBuckets, Key, Versioning};

fn key(name: &str) -> Key {
    Key::new(name).unwrap()
}

#[tokio::test]
async fn buckets_are_made_listed_and_opened() {
    let dir = tempfile::tempdir().unwrap();
    let place = FolderBuckets::new(dir.path()).unwrap();
    fs::create_dir(dir.path().join("somebodys-own")).unwrap();
    for name in ["photos", "archive"] {
        place.create(name).await.unwrap();
    }
    assert!(matches!(place.create("photos").await, Err(Error::BucketExists { .. })));
    assert!(matches!(place.create("No Such Name").await, Err(Error::InvalidBucketName { .. })));
    let listed = place.list().await.unwrap();
    assert_eq!(listed.iter().map(|b| b.name.as_str()).collect::<Vec<_>>(), ["archive", "photos"]);
    for name in ["nothing", "somebodys-own", "..", "a/b", ""] {
        assert!(matches!(place.open(name).await, Err(Error::NoSuchBucket { .. })), "{name}");
    }
    place.open("photos").await.unwrap().put(&key("a"), Body::bytes("x"), &Default::default()).await.unwrap();
    let again = FolderBuckets::new(dir.path()).unwrap();
    assert_eq!(again.list().await.unwrap(), listed);
    again.open("photos").await.unwrap().head(&key("a"), &Default::default()).await.unwrap();
}

#[tokio::test]
async fn a_bucket_that_holds_anything_is_not_removed() {
    let dir = tempfile::tempdir().unwrap();
    let place = FolderBuckets::new(dir.path()).unwrap();
    let refused = async |place: &FolderBuckets, name: &str| {
        assert!(matches!(place.delete(name).await, Err(Error::BucketNotEmpty { .. })), "{name} was removed");
    };
    for name in ["object", "version", "upload", "by-hand", "empty"] {
        place.create(name).await.unwrap();
    }
    let put = async |name: &str| {
        let store = place.open(name).await.unwrap();
        store.put(&key("dir/a"), Body::bytes("x"), &Default::default()).await.unwrap();
        store
    };
    put("object").await;
    refused(&place, "object").await;
    let store = place.open("version").await.unwrap();
    store.set_versioning(Versioning::On).await.unwrap();
    put("version").await.delete(&key("dir/a"), &Default::default()).await.unwrap();
    refused(&place, "version").await;
    place.open("upload").await.unwrap().create_multipart(&key("a"), &Default::default()).await.unwrap();
    refused(&place, "upload").await;
    fs::write(dir.path().join("by-hand/file"), "x").unwrap();
    refused(&place, "by-hand").await;
    let store = place.open("empty").await.unwrap();
    fs::create_dir(dir.path().join("empty/dir")).unwrap();
    place.delete("empty").await.unwrap();
    assert!(!dir.path().join("empty").exists());
    let late = store.put(&key("a"), Body::bytes("x"), &Default::default()).await;
    assert!(matches!(late, Err(Error::NoSuchBucket { .. })));
    place.create("empty").await.unwrap();
    assert_eq!(place.list().await.unwrap().len(), 5);
}
