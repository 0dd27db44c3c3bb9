//! The main job: a file goes in and comes back.

use std::sync::Arc;

use holdfast_tests::{
    gateway::{Plan, code},
    servers::Server,
};
use reqwest::Method;
use sha2::{Digest, Sha256};

/// A file sent by a form is in the bucket under the client's folder with its hash and time, and comes back the same.
pub async fn a_file_goes_through_the_gateway_and_comes_back(server: Arc<Server>) {
    let gateway = Plan::new(&server).await.client("web-1", "").client("web-2", "").start().await;
    let small = b"hello".to_vec();
    let large: Vec<u8> = (0..20_000_000_u32).map(|n| (n / 7) as u8).collect();
    for (path, content) in [("a/ä b+c.txt", small), ("empty", Vec::new()), ("large.bin", large)] {
        let digest = hex::encode(Sha256::digest(&content));
        let fields = [("path", path), ("mtime", "1700000000.5"), ("sha256", digest.as_str()), ("file", "text/x-test")];
        let (status, answer) = gateway.upload("web-1", &fields, content.clone()).await;
        assert_eq!(status, 200, "{path}: {answer}");
        let key = gateway.key_of("web-1", path);
        assert_eq!(answer["s3_key"], key.as_str());
        assert_eq!((&answer["size"], &answer["sha256"]), (&content.len().into(), &digest.clone().into()));
        let kept = gateway.bucket.head(&key, &Default::default()).await.expect("the object");
        assert_eq!((kept.size, kept.content_type.as_deref()), (content.len() as u64, Some("text/x-test")));
        assert_eq!((kept.metadata["mtime"].as_str(), &kept.metadata["sha256"]), ("1700000000.5", &digest));
        let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("path", path).finish();
        let (status, facts) = gateway.get("web-1", &format!("/exists?{query}")).await;
        assert_eq!((status, &facts["exists"], &facts["sha256"]), (200, &true.into(), &digest.into()), "{facts}");
        let back = gateway.ask("web-1", Method::GET, &format!("/download?{query}")).send().await.expect("a download");
        assert_eq!((back.status().as_u16(), back.headers()["content-type"].as_bytes()), (200, &b"text/x-test"[..]));
        assert!(back.bytes().await.expect("content") == content, "{path} came back otherwise");
        let (status, other) = gateway.get("web-2", &format!("/download?{query}")).await;
        assert_eq!((status, code(&other)), (404, "not_found"));
    }
    gateway.running.shut_down().await;
}
