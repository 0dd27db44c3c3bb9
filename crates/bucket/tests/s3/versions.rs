//! Versions: kept, listed, read, deleted, brought back.

use aws_sdk_s3::types::{BucketVersioningStatus, Delete, ObjectIdentifier, VersioningConfiguration};

use crate::{
    bed::{BUCKET, Bed, code},
    raw::{send_signed, sha256},
};

async fn set(bed: &Bed, status: BucketVersioningStatus) {
    let configuration = VersioningConfiguration::builder().status(status).build();
    let put = bed.client.put_bucket_versioning().bucket(BUCKET).versioning_configuration(configuration);
    put.send().await.unwrap();
}

async fn version(bed: &Bed, key: &str, id: &str) -> Result<Vec<u8>, String> {
    let got = bed.client.get_object().bucket(BUCKET).key(key).version_id(id).send().await;
    match got {
        Ok(got) => Ok(got.body.collect().await.unwrap().to_vec()),
        Err(error) => Err(code(&error)),
    }
}

#[tokio::test]
async fn the_story_of_a_versioned_object() {
    for bed in Bed::all().await {
        let client = &bed.client;
        assert_eq!(client.get_bucket_versioning().bucket(BUCKET).send().await.unwrap().status(), None);
        bed.put("a", b"before").await;
        set(&bed, BucketVersioningStatus::Enabled).await;
        let status = client.get_bucket_versioning().bucket(BUCKET).send().await.unwrap();
        assert_eq!(status.status(), Some(&BucketVersioningStatus::Enabled));
        let put = |content: &'static [u8]| {
            let body = aws_sdk_s3::primitives::ByteStream::from_static(content);
            client.put_object().bucket(BUCKET).key("a").body(body).send()
        };
        let one = put(b"one").await.unwrap().version_id.unwrap();
        let two = put(b"two").await.unwrap().version_id.unwrap();
        assert_ne!(one, two);
        assert_eq!(version(&bed, "a", &one).await.unwrap(), b"one");
        assert_eq!(version(&bed, "a", "null").await.unwrap(), b"before", "{}", bed.place);
        assert_eq!(version(&bed, "a", "none").await.unwrap_err(), "NoSuchVersion");

        let deleted = client.delete_object().bucket(BUCKET).key("a").send().await.unwrap();
        let marker = deleted.version_id().unwrap();
        assert_eq!(deleted.delete_marker(), Some(true));
        for method in ["GET", "HEAD"] {
            let answer = send_signed(&bed.running, method, "/photos/a", &[], &sha256(b""), b"").await;
            assert_eq!((answer.status, answer.header("x-amz-delete-marker")), (404, "true"), "{method}");
            assert_eq!(answer.header("x-amz-version-id"), marker);
            let target = format!("/photos/a?versionId={marker}");
            let answer = send_signed(&bed.running, method, &target, &[], &sha256(b""), b"").await;
            assert_eq!((answer.status, answer.header("x-amz-delete-marker")), (405, "true"), "{method}");
            assert_eq!(answer.header("allow"), "DELETE");
        }
        assert!(client.list_objects_v2().bucket(BUCKET).send().await.unwrap().contents().is_empty());

        let all = client.list_object_versions().bucket(BUCKET).send().await.unwrap();
        let ids: Vec<_> = all.versions().iter().map(|row| row.version_id().unwrap()).collect();
        assert_eq!(ids, [two.as_str(), one.as_str(), "null"]);
        assert!(all.versions().iter().all(|row| row.is_latest() == Some(false)));
        assert_eq!(all.delete_markers()[0].is_latest(), Some(true));
        assert_eq!(code(&client.delete_bucket().bucket(BUCKET).send().await.unwrap_err()), "BucketNotEmpty");

        let undone = client.delete_object().bucket(BUCKET).key("a").version_id(marker).send().await.unwrap();
        assert_eq!((undone.delete_marker(), undone.version_id()), (Some(true), Some(marker)));
        assert_eq!(bed.get("a").await.as_deref(), Some(&b"two"[..]));
        let copy = client.copy_object().bucket(BUCKET).key("a").copy_source(format!("photos/a?versionId={one}"));
        let copied = copy.send().await.unwrap();
        assert_eq!(copied.copy_source_version_id(), Some(one.as_str()));
        assert_eq!(bed.get("a").await.as_deref(), Some(&b"one"[..]), "brought back over {}", bed.place);
        let rows = [copied.version_id().unwrap(), &one, &two, "null"];
        let id = |id: &str| ObjectIdentifier::builder().key("a").version_id(id).build().unwrap();
        let rows = Delete::builder().set_objects(Some(rows.into_iter().map(id).collect())).build().unwrap();
        let done = client.delete_objects().bucket(BUCKET).delete(rows).send().await.unwrap();
        assert_eq!((done.deleted().len(), done.errors().len()), (4, 0));
        client.delete_bucket().bucket(BUCKET).send().await.unwrap();
    }
}

#[tokio::test]
async fn a_suspended_bucket_overwrites_only_the_null_version() {
    for bed in Bed::all().await {
        set(&bed, BucketVersioningStatus::Enabled).await;
        bed.put("a", b"kept").await;
        set(&bed, BucketVersioningStatus::Suspended).await;
        bed.put("a", b"one").await;
        bed.put("a", b"two").await;
        let all = bed.client.list_object_versions().bucket(BUCKET).send().await.unwrap();
        assert_eq!(all.versions().len(), 2, "{}", bed.place);
        assert_eq!(version(&bed, "a", "null").await.unwrap(), b"two");
    }
}

#[tokio::test]
async fn pages_of_versions_join_without_gap_or_repeat() {
    for bed in Bed::all().await {
        set(&bed, BucketVersioningStatus::Enabled).await;
        for round in 0..3 {
            for key in ["a", "a b", "c"] {
                bed.put(key, format!("{round}").as_bytes()).await;
            }
        }
        for size in 1..=10 {
            let (mut seen, mut key, mut id) = (Vec::new(), None, None);
            loop {
                let list = bed.client.list_object_versions().bucket(BUCKET).max_keys(size);
                let page = list.set_key_marker(key).set_version_id_marker(id).send().await.unwrap();
                assert!(page.versions().len() <= size as usize);
                seen.extend(
                    page.versions()
                        .iter()
                        .map(|row| (row.key().unwrap().to_owned(), row.version_id().unwrap().to_owned())),
                );
                if page.is_truncated() != Some(true) {
                    break;
                }
                (key, id) = (page.next_key_marker, page.next_version_id_marker);
            }
            let keys: Vec<_> = seen.iter().map(|(key, _)| key.as_str()).collect();
            assert_eq!(keys, ["a", "a", "a", "a b", "a b", "a b", "c", "c", "c"], "{size} a page over {}", bed.place);
        }
    }
}
