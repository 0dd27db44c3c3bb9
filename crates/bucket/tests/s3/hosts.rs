//! Buckets named by the host instead of by the path.

use std::time::Duration;

use aws_sdk_s3::presigning::PresigningConfig;

use crate::{
    bed::{BUCKET, Bed, content},
    raw::{Answer, send, send_signed, sha256},
};

async fn ask(bed: &Bed, method: &str, target: &str, body: &[u8]) -> Answer {
    let host = format!("{BUCKET}.localhost:{}", bed.running.address().port());
    send_signed(&bed.running, method, target, &[("host", &host)], &sha256(body), body).await
}

#[tokio::test]
async fn a_bucket_in_the_name_of_the_host_is_the_bucket_of_the_path() {
    for bed in Bed::all().await {
        let large = content(3 << 20);
        for (key, content) in [("a", &b"small"[..]), ("folder/b c", &b"below"[..]), ("photos/x", &large)] {
            let target = format!("/{}", key.replace(' ', "%20"));
            assert_eq!(ask(&bed, "PUT", &target, content).await.status, 200, "{key} over {}", bed.place);
            assert!(bed.get(key).await.as_deref() == Some(content), "{key} over {}", bed.place);
            let got = ask(&bed, "GET", &target, b"").await;
            assert!((got.status, got.body.as_slice()) == (200, content), "{key} over {}", bed.place);
        }
        let listed = ask(&bed, "GET", "/?list-type=2", b"").await.text();
        assert!(listed.contains("<Name>photos</Name>") && listed.contains("<Key>folder/b c</Key>"), "{listed}");
        let delete = b"<Delete><Object><Key>a</Key></Object></Delete>";
        assert_eq!(ask(&bed, "POST", "/?delete", delete).await.status, 200);
        assert_eq!(bed.get("a").await, None);
        assert_eq!(ask(&bed, "DELETE", "/photos/x", b"").await.status, 204);
        assert_eq!(ask(&bed, "HEAD", "/", b"").await.status, 200);
    }
}

#[tokio::test]
async fn hosts_that_name_no_bucket_and_buckets_that_are_not_there_are_told_apart() {
    let bed = Bed::memory().await;
    bed.put("a", b"x").await;
    let port = bed.running.address().port();
    let table = [
        (format!("localhost:{port}"), "/photos/a", 200, ""),
        (format!("[::1]:{port}"), "/photos/a", 200, ""),
        (format!("elsewhere.localhost:{port}"), "/a", 404, "NoSuchBucket"),
        (format!("example.org:{port}"), "/photos/a", 200, ""),
    ];
    for (host, target, status, code) in table {
        let answer = send_signed(&bed.running, "GET", target, &[("host", &host)], &sha256(b""), b"").await;
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{host}");
    }
}

#[tokio::test]
async fn a_link_of_the_sdk_to_a_host_of_the_bucket_works() {
    let bed = Bed::folder().await;
    bed.put("folder/a", b"content").await;
    let port = bed.running.address().port();
    let config = bed.client.config().to_builder().force_path_style(false);
    let config = config.endpoint_url(format!("http://localhost:{port}")).build();
    let client = aws_sdk_s3::Client::from_conf(config);
    let link = client.get_object().bucket(BUCKET).key("folder/a");
    let link = link.presigned(PresigningConfig::expires_in(Duration::from_secs(60)).unwrap()).await.unwrap();
    let host = format!("{BUCKET}.localhost:{port}");
    let target = link.uri().strip_prefix(&format!("http://{host}")).expect("the SDK names the bucket in the host");
    let answer = send(&bed.running, "GET", target, &[("host", &host)], b"").await;
    assert_eq!((answer.status, answer.text().as_str()), (200, "content"));
    let other = format!("other.localhost:{port}");
    let answer = send(&bed.running, "GET", target, &[("host", &other)], b"").await;
    assert_eq!(answer.code(), "SignatureDoesNotMatch", "the signature holds the host");
}
