//! Writing: conditions, racing writers, copies, deletes, and what is refused.

use aws_sdk_s3::{
    primitives::ByteStream,
    types::{Delete, MetadataDirective, ObjectIdentifier},
};

use crate::{
    bed::{BUCKET, Bed, code, content, status},
    raw::{send_signed, sha256},
};

#[tokio::test]
async fn of_sixteen_racing_creators_exactly_one_wins() {
    for bed in Bed::all().await {
        for (round, size) in [10, 300_000].into_iter().enumerate() {
            let key = format!("race-{round}");
            let writer = |n: u8| {
                let body = ByteStream::from(vec![n; size]);
                bed.client.put_object().bucket(BUCKET).key(&key).if_none_match("*").body(body).send()
            };
            let results = futures::future::join_all((0..16).map(writer)).await;
            let winners: Vec<_> = results.iter().enumerate().filter(|(_, result)| result.is_ok()).collect();
            assert_eq!(winners.len(), 1, "{}", bed.place);
            for lost in results.iter().filter_map(|result| result.as_ref().err()) {
                assert!(matches!(status(lost), 412 | 409), "{lost:?}");
            }
            assert_eq!(bed.get(&key).await, Some(vec![winners[0].0 as u8; size]));
        }
    }
}

#[tokio::test]
async fn a_write_obeys_its_conditions() {
    for bed in Bed::all().await {
        for size in [10, 300_000] {
            let etag = bed.put("a", b"old").await;
            let put = || bed.client.put_object().bucket(BUCKET).key("a").body(ByteStream::from(content(size)));
            let refused = put().if_none_match("*").send().await.unwrap_err();
            assert_eq!((status(&refused), code(&refused).as_str()), (412, "PreconditionFailed"));
            let refused = put().if_match("\"other\"").send().await.unwrap_err();
            assert_eq!((status(&refused), code(&refused).as_str()), (412, "PreconditionFailed"));
            let refused = put().key("none").if_match(&etag).send().await.unwrap_err();
            assert_eq!((status(&refused), code(&refused).as_str()), (404, "NoSuchKey"));
            let refused = put().if_none_match("\"tag\"").send().await.unwrap_err();
            assert_eq!(code(&refused), "NotImplemented");
            assert_eq!(bed.get("a").await.as_deref(), Some(&b"old"[..]));
            put().if_match(&etag).send().await.unwrap();
            assert_eq!(bed.get("a").await, Some(content(size)));
        }
    }
}

#[tokio::test]
async fn what_would_not_be_kept_is_refused_and_writes_nothing() {
    for bed in Bed::all().await {
        let table = [
            ("x-amz-server-side-encryption", "AES256", 501, "NotImplemented"),
            ("x-amz-storage-class", "GLACIER", 400, "InvalidStorageClass"),
            ("x-amz-tagging", "a=b", 501, "NotImplemented"),
            ("x-amz-acl", "public-read", 400, "AccessControlListNotSupported"),
            ("x-amz-object-lock-mode", "COMPLIANCE", 400, "InvalidRequest"),
            ("x-amz-checksum-md5", "AAAA", 501, "NotImplemented"),
            ("x-amz-sdk-checksum-algorithm", "CRC32", 400, "InvalidRequest"),
            ("x-amz-expected-bucket-owner", "123456789012", 403, "AccessDenied"),
        ];
        for (name, value, status, code) in table {
            let answer = send_signed(&bed.running, "PUT", "/photos/a", &[(name, value)], &sha256(b"x"), b"x").await;
            assert_eq!((answer.status, answer.code().as_str()), (status, code), "{name}");
        }
        let large = "v".repeat(2049);
        let headers = [("x-amz-meta-a", large.as_str())];
        let answer = send_signed(&bed.running, "PUT", "/photos/a", &headers, &sha256(b"x"), b"x").await;
        assert_eq!(answer.code(), "MetadataTooLarge");
        let answer = send_signed(&bed.running, "PUT", "/photos/a?renameObject", &[], &sha256(b"x"), b"x").await;
        assert_eq!(answer.code(), "NotImplemented");
        let headers = [("content-length", "5368709121")];
        let answer = send_signed(&bed.running, "PUT", "/photos/a", &headers, "UNSIGNED-PAYLOAD", b"").await;
        assert_eq!(answer.code(), "EntityTooLarge");
        assert_eq!(bed.get("a").await, None);
    }
}

#[tokio::test]
async fn odd_keys_come_back_byte_for_byte() {
    for bed in Bed::all().await {
        let long = "k".repeat(1024);
        let keys = ["a b", "a+b", "ä", "a\u{308}", "100%", "a//b", "/a", "a/", "../x", "a\nb", "日本", "&<>\"'", &long];
        for key in keys {
            bed.put(key, key.as_bytes()).await;
        }
        for key in keys {
            assert_eq!(bed.get(key).await.as_deref(), Some(key.as_bytes()), "{key:?} over {}", bed.place);
        }
    }
}

#[tokio::test]
async fn a_copy_keeps_or_replaces_what_it_is_told_to() {
    for bed in Bed::all().await {
        bed.client.create_bucket().bucket("second").send().await.unwrap();
        let put = bed.client.put_object().bucket(BUCKET).key("from ü").body(ByteStream::from(content(200_000)));
        let put = put.content_type("image/png").metadata("a", "1").cache_control("no-store").send().await.unwrap();
        let etag = put.e_tag.unwrap();
        let source = "photos/from%20%C3%BC";
        for to in [BUCKET, "second"] {
            let copy = || bed.client.copy_object().bucket(to).key("to").copy_source(source);
            let done = copy().send().await.unwrap();
            assert_eq!(done.copy_object_result.unwrap().e_tag.unwrap(), etag);
            let got = bed.client.get_object().bucket(to).key("to").send().await.unwrap();
            assert_eq!((got.content_type(), got.cache_control()), (Some("image/png"), Some("no-store")));
            assert_eq!(got.metadata().unwrap()["a"], "1");
            assert_eq!(got.body.collect().await.unwrap().to_vec(), content(200_000));
            copy().metadata_directive(MetadataDirective::Replace).metadata("b", "2").send().await.unwrap();
            let head = bed.client.head_object().bucket(to).key("to").send().await.unwrap();
            assert_eq!(head.metadata().unwrap().keys().collect::<Vec<_>>(), ["b"]);
            assert_eq!(head.cache_control(), None);
            let refused = copy().copy_source_if_match("\"x\"").send().await.unwrap_err();
            assert_eq!((status(&refused), code(&refused).as_str()), (412, "PreconditionFailed"));
            let refused = copy().copy_source_if_none_match(&etag).send().await.unwrap_err();
            assert_eq!(status(&refused), 412);
            copy().copy_source_if_match(&etag).send().await.unwrap();
            let summed = copy().checksum_algorithm("SHA256".into()).send().await.unwrap();
            assert!(summed.copy_object_result.unwrap().checksum_sha256.is_some(), "{}", bed.place);
        }
        let itself = bed.client.copy_object().bucket(BUCKET).key("from ü").copy_source(source);
        assert_eq!(code(&itself.clone().send().await.unwrap_err()), "InvalidRequest");
        itself.metadata_directive(MetadataDirective::Replace).metadata("c", "3").send().await.unwrap();
        assert_eq!(bed.get("from ü").await, Some(content(200_000)));
        let none = bed.client.copy_object().bucket(BUCKET).key("to").copy_source("photos/none");
        assert_eq!(code(&none.send().await.unwrap_err()), "NoSuchKey");
    }
}

#[tokio::test]
async fn deletes_answer_as_aws_does() {
    for bed in Bed::all().await {
        bed.client.delete_object().bucket(BUCKET).key("none").send().await.unwrap();
        let etag = bed.put("a", b"x").await;
        let refused = bed.client.delete_object().bucket(BUCKET).key("a").if_match("\"x\"").send().await.unwrap_err();
        assert_eq!((status(&refused), code(&refused).as_str()), (412, "PreconditionFailed"));
        bed.client.delete_object().bucket(BUCKET).key("a").if_match(&etag).send().await.unwrap();
        assert_eq!(bed.get("a").await, None);
        for quiet in [false, true] {
            bed.put("b", b"x").await;
            bed.put("c&d", b"x").await;
            let id = |key: &str| ObjectIdentifier::builder().key(key).build().unwrap();
            let conditional = ObjectIdentifier::builder().key("b").e_tag("\"x\"").build().unwrap();
            let rows = Delete::builder().objects(conditional).objects(id("c&d")).objects(id("none")).quiet(quiet);
            let done = bed.client.delete_objects().bucket(BUCKET).delete(rows.build().unwrap()).send().await.unwrap();
            let deleted: Vec<_> = done.deleted().iter().filter_map(|row| row.key()).collect();
            assert_eq!(deleted, if quiet { vec![] } else { vec!["c&d", "none"] });
            let errors: Vec<_> = done.errors().iter().map(|row| (row.key(), row.code())).collect();
            assert_eq!(errors, [(Some("b"), Some("PreconditionFailed"))]);
            assert!(bed.get("b").await.is_some());
            assert_eq!(bed.get("c&d").await, None);
        }
        let empty = b"<Delete></Delete>";
        let answer = send_signed(&bed.running, "POST", "/photos?delete", &[], &sha256(empty), empty).await;
        assert_eq!(answer.code(), "MalformedXML", "{}", answer.text());
    }
}

/// botocore (1.43) takes a final answer that came in place of `100 Continue` for the next one on the same connection.
#[tokio::test]
async fn a_connection_ends_after_an_answer_that_came_instead_of_100() {
    let (bed, hash) = (Bed::memory().await, sha256(b""));
    let headers = [("connection", "keep-alive"), ("expect", "100-continue"), ("content-length", "0")];
    let put = send_signed(&bed.running, "PUT", "/photos/a", &headers, &hash, b"");
    let answer = tokio::time::timeout(std::time::Duration::from_secs(10), put).await.expect("the connection ends");
    assert_eq!((answer.status, answer.header("connection")), (200, "close"));
    let headers = [("connection", "keep-alive"), ("expect", "100-continue"), ("content-length", "10")];
    let put = send_signed(&bed.running, "PUT", "/nowhere/a", &headers, &hash, b"");
    let answer = tokio::time::timeout(std::time::Duration::from_secs(10), put).await.expect("the connection ends");
    assert_eq!((answer.status, answer.header("connection")), (404, "close"));
}
