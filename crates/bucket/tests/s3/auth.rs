//! Only requests signed with the right keys are answered.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use aws_sdk_s3::presigning::PresigningConfig;
use holdfast_bucket::{Credentials, Error, Secret, Server};
use holdfast_storage::MemoryBuckets;

use crate::{
    bed::{BUCKET, Bed, client, code},
    raw::{send, send_signed_at, sha256},
};

#[tokio::test]
async fn a_wrong_secret_and_an_unknown_key_are_told_apart() {
    let bed = Bed::memory().await;
    let wrong = client(&bed.running, bed.running.access_key(), "wrong");
    assert_eq!(code(&wrong.list_objects_v2().bucket(BUCKET).send().await.unwrap_err()), "SignatureDoesNotMatch");
    let unknown = client(&bed.running, "NOBODY", "wrong");
    assert_eq!(code(&unknown.list_objects_v2().bucket(BUCKET).send().await.unwrap_err()), "InvalidAccessKeyId");
}

#[tokio::test]
async fn an_unsigned_request_is_denied_whatever_it_asks() {
    let bed = Bed::memory().await;
    bed.put("secret", b"content").await;
    let asks = [
        ("GET", "/"),
        ("GET", "/photos"),
        ("GET", "/photos/secret"),
        ("PUT", "/photos/new"),
        ("DELETE", "/photos/secret"),
        ("DELETE", "/photos"),
        ("POST", "/photos?delete"),
        ("POST", "/photos/new?uploads"),
    ];
    for (method, target) in asks {
        let answer = send(&bed.running, method, target, &[], b"").await;
        assert_eq!((answer.status, answer.code().as_str()), (403, "AccessDenied"), "{method} {target}");
    }
    assert_eq!(bed.get("secret").await.as_deref(), Some(&b"content"[..]));
    assert_eq!(bed.get("new").await, None);
}

#[tokio::test]
async fn signature_version_2_is_refused_in_header_and_link() {
    let bed = Bed::memory().await;
    let header = format!("AWS {}:c2lnbmF0dXJl", bed.running.access_key());
    let answer = send(&bed.running, "GET", "/photos", &[("authorization", &header)], b"").await;
    assert_eq!((answer.status, answer.code().as_str()), (400, "InvalidRequest"));
    let link = format!("/photos/a?AWSAccessKeyId={}&Expires=99999999999&Signature=c2ln", bed.running.access_key());
    let answer = send(&bed.running, "GET", &link, &[], b"").await;
    assert_eq!((answer.status, answer.code().as_str()), (400, "InvalidRequest"));
}

#[tokio::test]
async fn an_upload_by_html_form_is_refused() {
    let bed = Bed::memory().await;
    let form = b"--x\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\na\r\n--x--\r\n";
    let headers = [("content-type", "multipart/form-data; boundary=x")];
    let answer = send(&bed.running, "POST", "/photos", &headers, form).await;
    assert_eq!((answer.status, answer.code().as_str()), (501, "NotImplemented"));
}

#[tokio::test]
async fn a_clock_twenty_minutes_off_is_named() {
    let bed = Bed::memory().await;
    let now = jiff::Timestamp::now().as_second();
    for off in [-1200, 1200] {
        let answer = send_signed_at(&bed.running, "GET", "/photos", &[], &sha256(b""), b"", now + off).await;
        assert_eq!((answer.status, answer.code().as_str()), (403, "RequestTimeTooSkewed"));
        assert!(!answer.header("date").is_empty());
    }
    let answer = send_signed_at(&bed.running, "GET", "/photos", &[], &sha256(b""), b"", now).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn a_link_works_without_keys_until_it_expires() {
    for bed in Bed::all().await {
        let soon = PresigningConfig::expires_in(Duration::from_secs(600)).unwrap();
        let put = bed.client.put_object().bucket(BUCKET).key("a b+c").presigned(soon.clone()).await.unwrap();
        let path = put.uri().split_once("127.0.0.1:").unwrap().1.split_once('/').unwrap().1.to_owned();
        let answer = send(&bed.running, "PUT", &format!("/{path}"), &[], b"by link").await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let get = bed
            .client
            .get_object()
            .bucket(BUCKET)
            .key("a b+c")
            .response_content_type("text/x-test")
            .response_content_disposition("attachment; filename=\"x\"")
            .presigned(soon)
            .await
            .unwrap();
        let path = get.uri().split_once("127.0.0.1:").unwrap().1.split_once('/').unwrap().1.to_owned();
        let answer = send(&bed.running, "GET", &format!("/{path}"), &[], b"").await;
        assert_eq!((answer.status, answer.text().as_str()), (200, "by link"));
        assert_eq!(answer.header("content-type"), "text/x-test");
        assert_eq!(answer.header("content-disposition"), "attachment; filename=\"x\"");
        let tampered = path.replace("text%2Fx-test", "text%2Fhtml");
        assert_ne!(tampered, path);
        let answer = send(&bed.running, "GET", &format!("/{tampered}"), &[], b"").await;
        assert_eq!((answer.status, answer.code().as_str()), (403, "SignatureDoesNotMatch"));
    }
}

#[tokio::test]
async fn an_expired_link_is_denied() {
    let bed = Bed::memory().await;
    bed.put("a", b"content").await;
    let past = std::time::SystemTime::now() - Duration::from_secs(3600);
    let config = PresigningConfig::builder().start_time(past).expires_in(Duration::from_secs(60)).build().unwrap();
    let get = bed.client.get_object().bucket(BUCKET).key("a").presigned(config).await.unwrap();
    let path = get.uri().split_once("127.0.0.1:").unwrap().1.split_once('/').unwrap().1.to_owned();
    let answer = send(&bed.running, "GET", &format!("/{path}"), &[], b"").await;
    assert_eq!((answer.status, answer.code().as_str()), (403, "AccessDenied"));
    assert!(answer.text().contains("expired"));
}

#[tokio::test]
async fn only_the_loopback_interface_is_served() {
    for address in ["0.0.0.0:0", "192.168.1.5:0", "[::]:0"] {
        let address: SocketAddr = address.parse().unwrap();
        let refused = Server::builder(Arc::new(MemoryBuckets::new())).address(address).start().await;
        assert!(matches!(refused, Err(Error::NotLoopback { address: named }) if named == address));
    }
}

#[tokio::test]
async fn a_taken_port_is_an_error_and_given_keys_are_used() {
    let keys = Credentials { access_key: "MINE".into(), secret_key: Secret::new("my-secret") };
    let one = Server::builder(Arc::new(MemoryBuckets::new())).credentials(keys).start().await.unwrap();
    assert_eq!((one.access_key(), one.secret_key().expose(), one.region()), ("MINE", "my-secret", "us-east-1"));
    assert!(!format!("{one:?}").contains("my-secret"));
    let two = Server::builder(Arc::new(MemoryBuckets::new())).port(one.address().port()).start().await;
    assert!(matches!(two, Err(Error::Bind { .. })));
    client(&one, "MINE", "my-secret").list_buckets().send().await.unwrap();
}

#[tokio::test]
async fn shutting_down_lets_a_request_finish() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let bed = Bed::memory().await;
    bed.put("large", &crate::bed::content(3 << 20)).await;
    let config = PresigningConfig::expires_in(Duration::from_secs(60)).unwrap();
    let get = bed.client.get_object().bucket(BUCKET).key("large").presigned(config).await.unwrap();
    let path = get.uri().split_once("127.0.0.1:").unwrap().1.split_once('/').unwrap().1.to_owned();
    let address = bed.running.address();
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let head = format!("GET /{path} HTTP/1.1\r\nhost: {address}\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut first = [0; 1];
    stream.read_exact(&mut first).await.unwrap();
    let end = tokio::spawn(bed.running.shutdown());
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).await.unwrap();
    assert!(rest.len() > 3 << 20);
    end.await.unwrap();
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}
