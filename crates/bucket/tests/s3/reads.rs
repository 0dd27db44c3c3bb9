//! Reading: conditions, ranges, kept headers.

use std::time::Duration;

use aws_sdk_s3::{presigning::PresigningConfig, primitives::ByteStream};

use crate::{
    bed::{BUCKET, Bed, content},
    raw::{Answer, send, send_signed, sha256},
};

/// What it is about, the headers, the status.
type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], u16);

async fn read(bed: &Bed, method: &str, key: &str, headers: &[(&str, &str)]) -> Answer {
    send_signed(&bed.running, method, &format!("/{BUCKET}/{key}"), headers, &sha256(b""), b"").await
}

#[tokio::test]
async fn a_read_obeys_its_conditions_and_304_has_its_tag() {
    for bed in Bed::all().await {
        let etag = bed.put("a", b"content").await;
        let date = read(&bed, "HEAD", "a", &[]).await.header("last-modified").to_owned();
        let (past, future) = ("Mon, 01 Jan 2001 00:00:00 GMT", "Fri, 01 Jan 2100 00:00:00 GMT");
        let table: [Case; 12] = [
            ("same tag", &[("if-match", &etag)], 200),
            ("any", &[("if-match", "*")], 200),
            ("other tag", &[("if-match", "\"x\"")], 412),
            ("has it", &[("if-none-match", &etag)], 304),
            ("has any", &[("if-none-match", "*")], 304),
            ("has another", &[("if-none-match", "\"x\"")], 200),
            ("not newer", &[("if-modified-since", &date)], 304),
            ("newer", &[("if-modified-since", past)], 200),
            ("not touched", &[("if-unmodified-since", &date)], 200),
            ("touched", &[("if-unmodified-since", past)], 412),
            ("tag before time", &[("if-match", &etag), ("if-unmodified-since", past)], 200),
            ("tag before time", &[("if-none-match", "\"x\""), ("if-modified-since", future)], 200),
        ];
        for method in ["GET", "HEAD"] {
            for (name, headers, status) in table {
                let answer = read(&bed, method, "a", headers).await;
                assert_eq!(answer.status, status, "{method} {name} over {}", bed.place);
                if status == 304 {
                    assert_eq!(answer.header("etag"), etag);
                    assert!(answer.body.is_empty());
                }
                if (method, status) == ("GET", 412) {
                    assert_eq!(answer.code(), "PreconditionFailed");
                }
            }
        }
    }
}

#[tokio::test]
async fn ranges_are_206_with_their_place_or_416_with_the_size() {
    for bed in Bed::all().await {
        let whole = content(1000);
        bed.put("a", &whole).await;
        let table: [(&str, &str, std::ops::Range<usize>); 6] = [
            ("bytes=0-0", "bytes 0-0/1000", 0..1),
            ("bytes=10-19", "bytes 10-19/1000", 10..20),
            ("bytes=990-5000", "bytes 990-999/1000", 990..1000),
            ("bytes=990-", "bytes 990-999/1000", 990..1000),
            ("bytes=-10", "bytes 990-999/1000", 990..1000),
            ("bytes=-5000", "bytes 0-999/1000", 0..1000),
        ];
        for (range, place, span) in table {
            let answer = read(&bed, "GET", "a", &[("range", range)]).await;
            assert_eq!((answer.status, answer.header("content-range")), (206, place), "{range}");
            assert_eq!(answer.body, whole[span.clone()]);
            assert_eq!(answer.header("content-length"), span.len().to_string());
            let answer = read(&bed, "HEAD", "a", &[("range", range)]).await;
            assert_eq!((answer.status, answer.header("content-range")), (206, place), "HEAD {range}");
        }
        for range in ["bytes=1000-", "bytes=1000-2000", "bytes=-0"] {
            let answer = read(&bed, "GET", "a", &[("range", range)]).await;
            assert_eq!((answer.status, answer.code().as_str()), (416, "InvalidRange"), "{range}");
            assert_eq!(answer.header("content-range"), "bytes */1000");
        }
        let answer = read(&bed, "GET", "a", &[("range", "bytes=2000-"), ("if-none-match", "*")]).await;
        assert_eq!(answer.status, 304, "the condition comes before the range");
        assert_eq!(read(&bed, "GET", "a", &[("range", "bytes=0-1"), ("if-range", "\"x\"")]).await.status, 200);
        let etag = read(&bed, "HEAD", "a", &[]).await.header("etag").to_owned();
        assert_eq!(read(&bed, "GET", "a", &[("range", "bytes=0-1"), ("if-range", &etag)]).await.status, 206);
    }
}

#[tokio::test]
async fn headers_and_metadata_come_back_as_they_were_given() {
    for bed in Bed::all().await {
        let put = bed.client.put_object().bucket(BUCKET).key("a").body(ByteStream::from_static(b"x"));
        put.content_type("image/jpeg")
            .cache_control("max-age=60")
            .content_disposition("inline; filename=\"a b.jpg\"")
            .content_encoding("identity")
            .content_language("de")
            .expires(aws_sdk_s3::primitives::DateTime::from_secs(4_000_000_000))
            .metadata("mtime", "1700000000.123456789")
            .metadata("title", "Grüße")
            .send()
            .await
            .unwrap();
        let answer = read(&bed, "GET", "a", &[]).await;
        let table = [
            ("content-type", "image/jpeg"),
            ("cache-control", "max-age=60"),
            ("content-disposition", "inline; filename=\"a b.jpg\""),
            ("content-encoding", "identity"),
            ("content-language", "de"),
            ("expires", "Tue, 02 Oct 2096 07:06:40 GMT"),
            ("x-amz-meta-mtime", "1700000000.123456789"),
            ("accept-ranges", "bytes"),
            ("content-length", "1"),
        ];
        for (name, value) in table {
            assert_eq!(answer.header(name), value, "{name} over {}", bed.place);
        }
        assert!(answer.header("x-amz-meta-title").starts_with("=?UTF-8?"), "as AWS encodes it");
        let plain = bed.put("plain", b"x").await;
        assert!(!plain.is_empty());
    }
}

#[tokio::test]
async fn what_is_missing_is_named_precisely() {
    for bed in Bed::all().await {
        bed.put("a", b"x").await;
        let table = [
            ("/photos/none", 404, "NoSuchKey"),
            ("/nowhere/none", 404, "NoSuchBucket"),
            ("/nowhere", 404, "NoSuchBucket"),
            ("/photos/a?versionId=none", 404, "NoSuchVersion"),
            ("/photos/a?uploadId=none", 404, "NoSuchUpload"),
            ("/Bad_Name/a", 400, "InvalidBucketName"),
            ("/photos/a?torrent", 501, "NotImplemented"),
            ("/photos/a?somethingNew", 501, "NotImplemented"),
            ("/photos?policy", 404, "NoSuchBucketPolicy"),
            ("/photos?lifecycle", 404, "NoSuchLifecycleConfiguration"),
            ("/photos?object-lock", 404, "ObjectLockConfigurationNotFoundError"),
            ("/photos?cors", 404, "NoSuchCORSConfiguration"),
            ("/photos?encryption", 404, "ServerSideEncryptionConfigurationNotFoundError"),
            ("/photos?tagging", 404, "NoSuchTagSet"),
        ];
        for (target, status, code) in table {
            let answer = send_signed(&bed.running, "GET", target, &[], &sha256(b""), b"").await;
            assert_eq!((answer.status, answer.code().as_str()), (status, code), "{target} over {}", bed.place);
            assert_eq!(answer.header("content-type"), "application/xml");
            assert!(!answer.header("x-amz-request-id").is_empty());
        }
        let long = format!("/photos/{}", "k".repeat(1025));
        let answer = send_signed(&bed.running, "PUT", &long, &[], &sha256(b""), b"").await;
        assert_eq!((answer.status, answer.code().as_str()), (400, "KeyTooLongError"));
    }
}

#[tokio::test]
async fn many_clients_read_one_large_object_whole() {
    for bed in Bed::all().await {
        let whole = content(9 << 20);
        bed.put("large", &whole).await;
        let config = PresigningConfig::expires_in(Duration::from_secs(60)).unwrap();
        let get = bed.client.get_object().bucket(BUCKET).key("large").presigned(config).await.unwrap();
        let path = format!("/{}", get.uri().split_once("127.0.0.1:").unwrap().1.split_once('/').unwrap().1);
        let reads = (0..8).map(|_| send(&bed.running, "GET", &path, &[], b""));
        for answer in futures::future::join_all(reads).await {
            assert!(answer.body == whole);
        }
    }
}

#[tokio::test]
async fn a_fault_inside_tells_the_client_nothing_of_this_computer() {
    let bed = Bed::folder().await;
    bed.put("a", &content(1000)).await;
    let root = bed.folder_path().to_owned();
    std::fs::remove_dir_all(&root).unwrap();
    std::fs::create_dir(&root).unwrap();
    for (method, target) in [("GET", "/photos/a"), ("PUT", "/photos/b"), ("GET", "/photos?list-type=2"), ("GET", "/")] {
        let answer = send_signed(&bed.running, method, target, &[], &sha256(b""), b"").await;
        let all = format!("{answer:?}{}", answer.text());
        assert!(!all.contains(root.to_str().unwrap()), "{all}");
        assert!(!all.contains(bed.running.secret_key().expose()), "{all}");
    }
}
