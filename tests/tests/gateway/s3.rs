//! S3 through the gateway, with the SDK that S3 tools are made of.

use std::sync::Arc;

use aws_sdk_s3::{
    Client,
    config::{BehaviorVersion, Credentials, Region},
    primitives::ByteStream,
    types::{CompletedMultipartUpload, CompletedPart},
};
use holdfast_tests::{
    gateway::{Gateway, Plan, new_key},
    servers::Server,
};

fn client(gateway: &Gateway, key: &str) -> Client {
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(gateway.url())
        .region(Region::new("anywhere"))
        .credentials_provider(Credentials::new(key, key, None, None, "test"))
        .force_path_style(true)
        .build();
    Client::from_conf(config)
}

fn code<E: aws_sdk_s3::error::ProvideErrorMetadata>(error: &E) -> &str {
    error.code().unwrap_or_default()
}

/// An S3 tool works with a client's key alone, in the client's folder alone, within the client's limits.
pub async fn an_s3_tool_works_with_a_clients_key_alone(server: Arc<Server>) {
    let plan = Plan::new(&server).await.with("s3_api: true").client("web-1", "max_file_size_mb: 6");
    let gateway = plan.client("web-2", "").start().await;
    let s3 = client(&gateway, gateway.plan.key("web-1"));
    let names = s3.list_buckets().send().await.expect("buckets");
    assert_eq!(names.buckets().iter().filter_map(|bucket| bucket.name()).collect::<Vec<_>>(), ["web-1"]);
    let put =
        s3.put_object().bucket("web-1").key("a b/ü+").body(ByteStream::from_static(b"by s3")).metadata("mtime", "1");
    put.send().await.expect("a put");
    assert_eq!(gateway.keys().await, [gateway.key_of("web-1", "a b/ü+").as_str()]);
    let got = s3.get_object().bucket("web-1").key("a b/ü+").range("bytes=3-").send().await.expect("a get");
    assert_eq!(got.body.collect().await.expect("content").into_bytes(), "s3");
    let begun = s3.create_multipart_upload().bucket("web-1").key("parts").send().await.expect("an upload");
    let id = begun.upload_id().expect("an id");
    let part = s3.upload_part().bucket("web-1").key("parts").upload_id(id).part_number(1);
    let part = part.body(ByteStream::from(vec![1; 1000])).send().await.expect("a part");
    let parts = CompletedPart::builder().part_number(1).e_tag(part.e_tag().expect("a tag")).build();
    let all = CompletedMultipartUpload::builder().parts(parts).build();
    let done = s3.complete_multipart_upload().bucket("web-1").key("parts").upload_id(id).multipart_upload(all);
    done.send().await.expect("an object");
    let listed = s3.list_objects_v2().bucket("web-1").send().await.expect("a listing");
    assert_eq!(listed.contents().iter().filter_map(|row| row.key()).collect::<Vec<_>>(), ["a b/ü+", "parts"]);
    let refused = s3.delete_object().bucket("web-1").key("parts").send().await.expect_err("no permission");
    assert_eq!(code(&refused), "AccessDenied");
    let large = s3.put_object().bucket("web-1").key("large").body(ByteStream::from(vec![0; (6 << 20) + 1]));
    assert_eq!(code(&large.send().await.expect_err("too large")), "EntityTooLarge");
    let other = s3.list_objects_v2().bucket("web-2").send().await.expect_err("another's bucket");
    assert_eq!(code(&other), "NoSuchBucket");
    for key in ["../web-2/x", "a//b", "a/./b"] {
        let out = s3.put_object().bucket("web-1").key(key).body(ByteStream::from_static(b"x")).send().await;
        assert!(out.is_err(), "{key}");
    }
    assert_eq!(gateway.keys().await.len(), 2);
}

/// A key that is not known, a wrong secret, and a link that was signed with the key open nothing.
pub async fn s3_with_a_wrong_key_is_refused(server: Arc<Server>) {
    let gateway = Plan::new(&server).await.with("s3_api: true").client("web-1", "").start().await;
    let wrong = client(&gateway, &new_key());
    let refused = wrong.list_objects_v2().bucket("web-1").send().await.expect_err("a wrong key");
    assert_eq!(code(&refused), "InvalidAccessKeyId");
    let good = gateway.plan.key("web-1");
    let half = client(&gateway, good).config().to_builder();
    let half = half.credentials_provider(Credentials::new(good, "another secret", None, None, "test")).build();
    let refused = Client::from_conf(half).list_objects_v2().bucket("web-1").send().await.expect_err("a wrong secret");
    assert_eq!(code(&refused), "SignatureDoesNotMatch");
    let hour =
        aws_sdk_s3::presigning::PresigningConfig::expires_in(std::time::Duration::from_secs(3600)).expect("an hour");
    let link = client(&gateway, good).get_object().bucket("web-1").key("a").presigned(hour).await.expect("a link");
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    assert_eq!(http.get(link.uri()).send().await.expect("an answer").status().as_u16(), 401);
}
