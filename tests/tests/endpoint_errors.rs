//! What can be wrong with an endpoint, against real answers: each has its own error, and nothing is lost or made up.

use std::{sync::Arc, time::Duration};

use futures::FutureExt;
use holdfast_storage::{
    Body, CopyFrom, CredentialSource, DeleteOptions, Encryption, Error, Key, ListRequest, ObjectStore, ReadOptions,
    Result, S3Location, Secret, WriteOptions,
    body::collect,
    error::{CredentialFault as Fault, EncryptionFault, Unreachable},
    retry::{RetryPolicy, RetryStore},
    s3::{self, ChecksumMode, S3Store, StaticKeys},
};
use holdfast_tests::{
    device::Device,
    proxy::{Act, Proxy},
    scripted::{Answer, Scripted},
    servers::{Fleet, Server, block_on},
    tree::{assert_same, contents, noise, write},
    trials::Scenario,
};
use libtest_mimic::{Arguments, Failed, Trial};
use sha2::{Digest, Sha256};

fn main() {
    let arguments = Arguments::from_args();
    let fleet = Fleet::assemble();
    let mut trials: Vec<Trial> = fleet.servers.iter().flat_map(on_each_server).collect();
    trials.extend(without_a_server());
    let conclusion = libtest_mimic::run(&arguments, trials);
    fleet.disband();
    conclusion.exit();
}

fn on_each_server(server: &Arc<Server>) -> Vec<Trial> {
    let always = |_: &Server| None;
    let signed = |server: &Server| (!server.table.signatures).then_some("checks no signature");
    let regional = |server: &Server| (!server.table.region_checked).then_some("takes any region");
    let verified =
        |server: &Server| (server.name == "rclone" || server.name == "moto").then_some("verifies no payload");
    let policies = |server: &Server| (server.name != "ceph").then_some("its owner cannot be denied anything");
    macro_rules! scenario {
        ($name:ident, $unless:expr) => {
            Scenario { name: stringify!($name), needs: &[], unless: $unless, run: |server| $name(server).boxed_local() }
        };
    }
    let all = [
        scenario!(a_wrong_secret_is_told_as_such, signed),
        scenario!(an_unknown_key_is_told_as_such, signed),
        scenario!(a_missing_bucket_is_told_as_such, always),
        scenario!(a_wrong_region_is_told_with_the_right_one, regional),
        scenario!(a_denied_action_is_told_as_such, policies),
        scenario!(a_byte_that_flips_on_its_way_up_is_refused, verified),
        scenario!(a_cut_upload_leaves_what_was_there, always),
        scenario!(a_cut_download_is_never_taken_for_the_whole, always),
        scenario!(a_backup_and_a_restore_survive_a_bad_line, always),
    ];
    all.iter().map(|scenario| scenario.on(server)).collect()
}

fn without_a_server() -> Vec<Trial> {
    macro_rules! trials {
        ($($name:ident),+ $(,)?) => {
            vec![$(Trial::test(stringify!($name), || { block_on($name()); Ok::<(), Failed>(()) })),+]
        };
    }
    trials![
        a_web_page_is_not_s3_and_nothing_is_done,
        a_portal_that_says_yes_to_everything_stores_nothing,
        an_expired_token_is_told_as_such,
        an_encryption_key_that_cannot_be_used_is_told_as_such,
        a_refusal_lost_with_its_connection_is_told_all_the_same,
        no_upload_to_list_is_no_error,
        a_clock_that_is_off_is_told_with_how_much,
        an_untrusted_certificate_is_told_as_such_and_a_ca_file_makes_it_trusted,
        tls_to_a_plain_port_is_told_as_such,
        a_name_that_nobody_knows_is_told_as_such,
        a_port_where_nothing_listens_is_told_as_such,
        a_server_that_never_answers_is_given_up,
        a_download_that_stalls_is_given_up,
    ]
}

fn key() -> Key {
    Key::new("dir/it").expect("a key")
}

/// Every verb once, by name, as the layer above the retries sees it.
async fn every_verb(store: &S3Store) -> Vec<(&'static str, Result<()>)> {
    let once = RetryPolicy { attempts: 1, ..Default::default() };
    let store = RetryStore::wrap(Arc::new(store.clone()), once);
    let (key, options) = (key(), WriteOptions::default());
    let upload = holdfast_storage::Upload { key: key.clone(), id: "no-such-upload".into() };
    let from = CopyFrom { key: key.clone(), version: None, if_match: None };
    let part = holdfast_storage::Part { number: 1, etag: holdfast_storage::ETag::new("e"), size: 1 };
    vec![
        ("list", store.list(&ListRequest::default()).await.map(drop)),
        ("get", store.get(&key, &ReadOptions::default()).await.map(drop)),
        ("put", store.put(&key, Body::bytes("x"), &options).await.map(drop)),
        ("large put", store.put(&key, signed_body(noise(3 << 20, 1)), &options).await.map(drop)),
        ("create", store.create_multipart(&key, &options).await.map(drop)),
        ("delete_many", store.delete_many(std::slice::from_ref(&key)).await.map(drop)),
        ("copy", store.copy(&from, &key, &options).await.map(drop)),
        ("uploads", store.list_uploads("").await.map(drop)),
        ("part", store.upload_part(&upload, 1, Body::bytes("x")).await.map(drop)),
        ("complete", store.complete_multipart(&upload, &[part], &Default::default()).await.map(drop)),
        ("head", store.head(&key, &ReadOptions::default()).await.map(drop)),
        ("check", store.check().await),
        ("delete", store.delete(&key, &DeleteOptions::default()).await.map(drop)),
        ("abort", store.abort_multipart(&upload).await),
    ]
}

/// The first so many have answers with a body, where a server can say what is wrong.
const TALKATIVE: usize = 8;

fn signed_body(content: Vec<u8>) -> Body {
    let digest: [u8; 32] = Sha256::digest(&content).into();
    Body::bytes(content).with_sha256(digest)
}

async fn store_at(location: S3Location, secret: &str) -> Result<S3Store> {
    let keys = StaticKeys { secret: Secret::new(secret), token: None };
    let bucket = location.bucket.clone();
    let account = s3::connect(&location, Some(&keys)).await?;
    Ok(S3Store::new(account, &bucket, ChecksumMode::WhenRequired))
}

/// A bucket at an address where only one thing is wrong.
async fn somewhere(endpoint: &str) -> S3Store {
    store_at(place(endpoint), "secret").await.expect("a client")
}

fn place(endpoint: &str) -> S3Location {
    let mut location = S3Location::new("photos").expect("a name");
    location.set_endpoint(endpoint, false).expect("an address");
    location.region = Some("us-east-1".into());
    location.path_style = true;
    location.credentials = CredentialSource::Key("AKIDEXAMPLE".into());
    location
}

/// The bucket of a server through a proxy.
async fn behind(proxy: &Proxy, server: &Server, bucket: &str) -> Arc<dyn ObjectStore> {
    let mut location = server.location(bucket);
    location.set_endpoint(&proxy.endpoint(), false).expect("a loopback address");
    location.path_style = true;
    Arc::new(store_at(location, &server.secret_key).await.expect("a client"))
}

/// A secret that does not fit its key is named as that by every answer that has words, and nothing is stored.
async fn a_wrong_secret_is_told_as_such(server: Arc<Server>) {
    let (name, bucket) = server.new_bucket().await.expect("a bucket");
    let store = store_at(server.location(&name), "wrong-secret-wrong-secret").await.expect("a client");
    for (at, (verb, result)) in every_verb(&store).await.into_iter().enumerate() {
        let wrong_secret = matches!(result, Err(Error::Credentials(Fault::WrongSecret)));
        let silent = at >= TALKATIVE && matches!(result, Err(Error::Denied { .. }));
        assert!(wrong_secret || silent, "{verb}: {result:?}");
    }
    assert_eq!(bucket.list(&ListRequest::default()).await.expect("a listing").objects, []);
}

/// An access key that the server does not know is named as that.
async fn an_unknown_key_is_told_as_such(server: Arc<Server>) {
    let (name, bucket) = server.new_bucket().await.expect("a bucket");
    let mut location = server.location(&name);
    location.credentials = CredentialSource::Key("GKffffffffffffffffffffffff".into());
    let store = store_at(location, &server.secret_key).await.expect("a client");
    for (at, (verb, result)) in every_verb(&store).await.into_iter().enumerate() {
        let unknown = matches!(result, Err(Error::Credentials(Fault::UnknownKey)));
        let silent = at >= TALKATIVE && matches!(result, Err(Error::Denied { .. } | Error::NotFound { .. }));
        assert!(unknown || silent, "{verb}: {result:?}");
    }
    assert_eq!(bucket.list(&ListRequest::default()).await.expect("a listing").objects, []);
}

/// A bucket that does not exist is named, and is not made.
async fn a_missing_bucket_is_told_as_such(server: Arc<Server>) {
    let missing = format!("missing-{}", uuid::Uuid::new_v4().simple());
    let store = store_at(server.location(&missing), &server.secret_key).await.expect("a client");
    for (at, (verb, result)) in every_verb(&store).await.into_iter().enumerate().take(TALKATIVE) {
        assert!(
            matches!(&result, Err(Error::NoSuchBucket { bucket }) if *bucket == missing),
            "{at} {verb}: {result:?}"
        );
    }
    assert!(matches!(store.check().await, Err(Error::NoSuchBucket { .. })));
    let buckets = s3::list_buckets(&server.account().await).await.expect("buckets");
    assert!(buckets.iter().all(|bucket| bucket.name != missing), "it was made");
}

/// A region that the server is not in is named, with the right one where the server tells it.
async fn a_wrong_region_is_told_with_the_right_one(server: Arc<Server>) {
    let (name, bucket) = server.new_bucket().await.expect("a bucket");
    let mut location = server.location(&name);
    location.region = Some("eu-nowhere-9".into());
    let store = store_at(location, &server.secret_key).await.expect("a client");
    for (verb, result) in every_verb(&store).await.into_iter().take(TALKATIVE) {
        let Err(Error::WrongRegion { expected }) = result else { panic!("{verb}: {result:?}") };
        assert_eq!(expected.as_deref(), Some("us-east-1"), "{verb}");
    }
    assert_eq!(bucket.list(&ListRequest::default()).await.expect("a listing").objects, []);
}

/// What a policy forbids is named as the action that was denied, and everything else goes on.
async fn a_denied_action_is_told_as_such(server: Arc<Server>) {
    let (name, bucket) = server.new_bucket().await.expect("a bucket");
    bucket.put(&key(), Body::bytes("old"), &WriteOptions::default()).await.expect("a write");
    let policy = serde_json::json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Deny", "Principal": "*", "Action": ["s3:PutObject", "s3:DeleteObject"],
        "Resource": format!("arn:aws:s3:::{name}/*") }] });
    let client = server.sdk_client().await;
    client.put_bucket_policy().bucket(&name).policy(policy.to_string()).send().await.expect("a policy");
    let put = bucket.put(&key(), Body::bytes("new"), &WriteOptions::default()).await;
    assert!(matches!(put, Err(Error::Denied { action: "PutObject" })), "{put:?}");
    let large = bucket.put(&key(), signed_body(noise(3 << 20, 1)), &WriteOptions::default()).await;
    assert!(matches!(large, Err(Error::Denied { action: "PutObject" })), "{large:?}");
    let gone = bucket.delete(&key(), &DeleteOptions::default()).await;
    assert!(matches!(gone, Err(Error::Denied { action: "DeleteObject" })), "{gone:?}");
    let many = bucket.delete_many(&[key()]).await.expect("an answer per key");
    assert!(matches!(many[0], Err(Error::Denied { .. })), "{many:?}");
    let got = bucket.get(&key(), &ReadOptions::default()).await.expect("a read");
    assert_eq!(collect(got.body).await.expect("content"), "old");
}

/// Content that is damaged between here and the server is refused by the server and replaces nothing.
async fn a_byte_that_flips_on_its_way_up_is_refused(server: Arc<Server>) {
    let (name, direct) = server.new_bucket().await.expect("a bucket");
    let proxy = Proxy::start(&server.endpoint).await;
    let store = behind(&proxy, &server, &name).await;
    store.put(&key(), Body::bytes("old"), &WriteOptions::default()).await.expect("a write");
    for (size, at) in [(10, 5), (200_000, 199_999), (6 << 20, 3 << 20)] {
        proxy.at(1, Some("PUT"), Act::CorruptRequest(at));
        let result = store.put(&key(), signed_body(noise(size, 1)), &WriteOptions::default()).await;
        assert!(matches!(result, Err(Error::BadDigest { .. })), "{size}: {result:?}");
    }
    let got = direct.get(&key(), &ReadOptions::default()).await.expect("a read");
    assert_eq!(collect(got.body).await.expect("content"), "old");
}

/// An upload that breaks off stores nothing: neither under a new name nor over what was there.
async fn a_cut_upload_leaves_what_was_there(server: Arc<Server>) {
    let (name, direct) = server.new_bucket().await.expect("a bucket");
    direct.put(&key(), Body::bytes("old"), &WriteOptions::default()).await.expect("a write");
    let proxy = Proxy::start(&server.endpoint).await;
    let store = behind(&proxy, &server, &name).await;
    let new = Key::new("new").expect("a key");
    for after in [0, 1, 1_000_000, (2 << 20) - 1] {
        for key in [&key(), &new] {
            let heard = proxy.at(1, Some("PUT"), Act::CutRequest(after));
            let result = store.put(key, signed_body(noise(2 << 20, 1)), &WriteOptions::default()).await;
            assert!(matches!(result, Err(Error::Unreachable(Unreachable::Broken))), "{after}: {result:?}");
            heard.await.expect("it was cut");
        }
    }
    let got = direct.get(&key(), &ReadOptions::default()).await.expect("a read");
    assert_eq!(collect(got.body).await.expect("content"), "old");
    assert!(direct.head(&new, &ReadOptions::default()).await.expect_err("half an upload").is_not_found());
}

/// A download that breaks off ends with an error that says how much came.
async fn a_cut_download_is_never_taken_for_the_whole(server: Arc<Server>) {
    const SIZE: u64 = 2 << 20;
    let (name, direct) = server.new_bucket().await.expect("a bucket");
    direct.put(&key(), signed_body(noise(SIZE as usize, 1)), &WriteOptions::default()).await.expect("a write");
    let proxy = Proxy::start(&server.endpoint).await;
    let store = behind(&proxy, &server, &name).await;
    for after in [0, 1, 1_000_000, SIZE - 1] {
        proxy.at(1, Some("GET"), Act::CutAnswer(after));
        let got = store.get(&key(), &ReadOptions::default()).await.expect("an answer begins");
        match collect(got.body).await {
            Err(Error::Truncated { expected: SIZE, got, .. }) => assert!(got <= after, "{got} of {after}"),
            other => panic!("{after}: {:?}", other.map(|bytes| bytes.len())),
        }
    }
}

/// A line that breaks, swallows answers and flips bits costs time and nothing else.
async fn a_backup_and_a_restore_survive_a_bad_line(server: Arc<Server>) {
    let (name, direct) = server.new_bucket().await.expect("a bucket");
    let proxy = Proxy::start(&server.endpoint).await;
    let device = Device::new(behind(&proxy, &server, &name).await, "p");
    for n in 0..40u64 {
        write(device.root(), format!("d/{n}"), noise(5000 + n as usize, n));
    }
    write(device.root(), "large", noise(20 << 20, 3));
    for nth in [2, 9, 17, 30] {
        proxy.at(nth, Some("PUT"), Act::CutRequest(nth * 100));
        proxy.at(nth + 1, Some("PUT"), Act::CutAnswer(0));
        if server.table.signatures {
            proxy.at(nth + 2, Some("PUT"), Act::CorruptRequest(nth));
        }
    }
    device.backup().await;
    proxy.forgive();
    for nth in [2, 9, 17, 30] {
        proxy.at(nth, Some("GET"), Act::CutAnswer(nth * 7));
        proxy.at(nth + 1, Some("GET"), Act::CutRequest(0));
    }
    let (restored, _) = device.restore().await;
    assert_same(&contents(restored.path()), &contents(device.root()));
    proxy.forgive();
    proxy.at(5, Some("GET"), Act::Corrupt(100));
    let (restored, report) = device.try_restore().await;
    let (found, wanted) = (contents(restored.path()), contents(device.root()));
    assert!(found.iter().all(|(path, entry)| wanted.get(path) == Some(entry)), "a damaged file is in place");
    assert_eq!(found.len() + report.failures.len(), wanted.len(), "each file is there or named: {:?}", report.failures);
    assert_eq!(direct.list_uploads("p/large").await.expect("uploads"), []);
}

/// Web pages, as of a portal, a parked domain or a router, are "not S3", whatever their status; no write counts as done.
async fn a_web_page_is_not_s3_and_nothing_is_done() {
    for status in ["200 OK", "403 Forbidden", "404 Not Found", "500 Internal Server Error", "503 Service Unavailable"] {
        let server = Scripted::start(Answer::page(status)).await;
        let number: u16 = status[..3].parse().expect("a status");
        for (verb, result) in every_verb(&somewhere(&server.endpoint()).await).await {
            let foreign =
                matches!(&result, Err(Error::Unreachable(Unreachable::NotS3 { status })) if *status == number);
            assert!(foreign, "{status} {verb}: {result:?}");
        }
    }
}

/// A portal that answers 200 or a redirect to everything, in any dress, stores nothing: every write is an error.
async fn a_portal_that_says_yes_to_everything_stores_nothing() {
    let answers = [
        ("200 OK", vec![], ""),
        ("200 OK", vec![("content-type", "text/plain")], "OK"),
        ("200 OK", vec![("content-type", "application/json")], "{\"ok\":true}"),
        ("200 OK", vec![("content-type", "application/xml")], "<html/>"),
        ("302 Found", vec![("location", "http://portal.example/login")], ""),
        ("307 Temporary Redirect", vec![("location", "http://portal.example/login")], ""),
        ("511 Network Authentication Required", vec![("content-type", "text/html")], "<html/>"),
    ];
    for (status, headers, body) in answers {
        let headers = headers.into_iter().map(|(name, value)| (name, value.to_owned())).collect();
        let server = Scripted::start(Answer { status, headers, body: body.into(), ..Default::default() }).await;
        let store = somewhere(&server.endpoint()).await;
        let writes = ["put", "large put", "create", "copy", "part", "complete", "list", "get", "head", "uploads"];
        for (verb, result) in every_verb(&store).await.into_iter().filter(|(verb, _)| writes.contains(verb)) {
            let foreign = matches!(result, Err(Error::Unreachable(Unreachable::NotS3 { .. })));
            assert!(foreign, "{status} {body:?} {verb}: {result:?}");
        }
    }
}

/// A session that has run out is named as that.
async fn an_expired_token_is_told_as_such() {
    for code in ["ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"] {
        let server = Scripted::start(Answer::refusal("400 Bad Request", code, None)).await;
        for (verb, result) in every_verb(&somewhere(&server.endpoint()).await).await.into_iter().take(TALKATIVE) {
            assert!(matches!(result, Err(Error::Credentials(Fault::Expired))), "{code} {verb}: {result:?}");
        }
    }
}

/// What AWS and MinIO say of a key of their key service that is missing, switched off or not allowed: a write fails for every file
/// alike and tells which encryption was asked for, a read for the one object.
async fn an_encryption_key_that_cannot_be_used_is_told_as_such() {
    const DENIED: &str =
        "User: arn:aws:iam::1:user/mara is not authorized to perform: kms:GenerateDataKey on resource: k1";
    let asked = Encryption::Kms { key_id: Some("k1".into()) };
    let options = WriteOptions { encryption: Some(asked.clone()), ..WriteOptions::default() };
    for (code, words, fault) in [
        ("KMS.NotFoundException", "Invalid keyId", Some(EncryptionFault::NoSuchKey)),
        ("KMS.DisabledException", "k1 is disabled.", Some(EncryptionFault::KeyUnusable)),
        ("KMS.KMSInvalidStateException", "k1 is pending deletion.", Some(EncryptionFault::KeyUnusable)),
        (
            "NotImplemented",
            "Server side encryption specified but KMS is not configured",
            Some(EncryptionFault::NotOffered),
        ),
        ("AccessDenied", DENIED, None),
    ] {
        let mut answer = Answer::refusal("400 Bad Request", code, None);
        answer.body = answer.body.replace("<Message>no</Message>", &format!("<Message>{words}</Message>"));
        let server = Scripted::start(answer).await;
        let store = somewhere(&server.endpoint()).await;
        let put = store.put(&key(), Body::bytes("x"), &options).await.map(drop);
        let begun = store.create_multipart(&key(), &options).await.map(drop);
        for error in [put, begun].map(|result| result.expect_err("a refusal")) {
            match (&error, fault) {
                (Error::Encryption { fault: said, asked: with }, Some(fault)) => {
                    assert_eq!((*said, with.as_ref(), error.is_fatal()), (fault, Some(&asked), true));
                }
                (Error::Denied { action: "kms:GenerateDataKey" }, None) => {}
                _ => panic!("{code}: {error:?}"),
            }
        }
        let read = store.get(&key(), &ReadOptions::default()).await.map(drop).expect_err("a refusal");
        assert!(matches!(read, Error::Sealed { .. } | Error::Denied { .. }) && !read.is_fatal(), "{code}: {read:?}");
    }
}

/// A server that refuses before the body and closes on the rest of it: the reason is told, not a broken line.
async fn a_refusal_lost_with_its_connection_is_told_all_the_same() {
    let answer = Answer::refusal("403 Forbidden", "InvalidAccessKeyId", None);
    let server = Scripted::start(Answer { reads_up_to: 1 << 20, ..answer }).await;
    let store = somewhere(&server.endpoint()).await;
    let direct = store.put(&key(), signed_body(noise(3 << 20, 1)), &WriteOptions::default()).await;
    assert!(matches!(direct, Err(Error::Unreachable(Unreachable::Broken))), "{direct:?}");
    for (verb, result) in every_verb(&store).await.into_iter().take(TALKATIVE) {
        assert!(matches!(result, Err(Error::Credentials(Fault::UnknownKey))), "{verb}: {result:?}");
    }
}

/// A server that says "no such upload" of a bucket without unfinished uploads has none to list.
async fn no_upload_to_list_is_no_error() {
    let server = Scripted::start(Answer::refusal("404 Not Found", "NoSuchUpload", None)).await;
    let store = somewhere(&server.endpoint()).await;
    assert_eq!(store.list_uploads("").await.expect("an empty listing"), []);
}

/// A clock that is twenty minutes off is told with direction and size, also where the server only says 403.
async fn a_clock_that_is_off_is_told_with_how_much() {
    for minutes in [20, -20] {
        let date = http_date(std::time::SystemTime::now(), minutes * 60);
        for code in ["RequestTimeTooSkewed", "AccessDenied"] {
            let server = Scripted::start(Answer::refusal("403 Forbidden", code, Some(date.clone()))).await;
            let store = somewhere(&server.endpoint()).await;
            for (verb, result) in every_verb(&store).await {
                let Err(Error::ClockSkew { seconds: Some(seconds) }) = result else { panic!("{verb}: {result:?}") };
                assert!((seconds - minutes * 60).abs() < 60, "{seconds} s");
            }
        }
    }
}

/// A certificate that nobody vouches for is named as that; with its authority in a CA file the place works.
async fn an_untrusted_certificate_is_told_as_such_and_a_ca_file_makes_it_trusted() {
    let body = "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><IsTruncated>false</IsTruncated></ListBucketResult>";
    let headers = vec![("content-type", "application/xml".into()), ("x-amz-request-id", "1".into())];
    let (server, pem) =
        Scripted::start_tls(Answer { status: "200 OK", headers, body: body.into(), ..Default::default() }).await;
    for (verb, result) in every_verb(&somewhere(&server.endpoint()).await).await {
        assert!(matches!(result, Err(Error::Unreachable(Unreachable::Certificate))), "{verb}: {result:?}");
    }
    let folder = tempfile::tempdir().expect("a folder");
    let mut location = place(&server.endpoint());
    location.ca_file = Some(folder.path().join("ca.pem"));
    std::fs::write(folder.path().join("ca.pem"), pem).expect("a file");
    let store = store_at(location.clone(), "secret").await.expect("a client");
    assert_eq!(store.list(&ListRequest::default()).await.expect("a listing").objects, []);
    let mut wrong_name = location.clone();
    wrong_name.endpoint = Some(server.endpoint().replace("localhost", "127.0.0.1"));
    let result = store_at(wrong_name, "secret").await.expect("a client").check().await;
    assert!(matches!(result, Err(Error::Unreachable(Unreachable::Certificate))), "{result:?}");
    for content in ["", "no certificate"] {
        std::fs::write(folder.path().join("ca.pem"), content).expect("a file");
        assert!(matches!(store_at(location.clone(), "secret").await, Err(Error::Io { .. })), "{content:?}");
    }
    location.ca_file = Some(folder.path().join("missing.pem"));
    assert!(matches!(store_at(location, "secret").await, Err(Error::Io { .. })));
}

/// A port that speaks plain HTTP where TLS was wanted is named as that; and the other way round nothing is done.
async fn tls_to_a_plain_port_is_told_as_such() {
    let plain = Scripted::start(Answer::page("200 OK")).await;
    for (verb, result) in every_verb(&somewhere(&format!("https://localhost:{}", plain.port())).await).await {
        assert!(matches!(result, Err(Error::Unreachable(Unreachable::Tls))), "{verb}: {result:?}");
    }
    let (secure, _) = Scripted::start_tls(Answer::page("200 OK")).await;
    for (verb, result) in every_verb(&somewhere(&format!("http://localhost:{}", secure.port())).await).await {
        assert!(matches!(result, Err(Error::Unreachable(_))), "{verb}: {result:?}");
    }
}

/// A host name that does not exist is named as that.
async fn a_name_that_nobody_knows_is_told_as_such() {
    let store = somewhere("https://no-such-host.invalid").await;
    for result in [store.check().await, store.list(&ListRequest::default()).await.map(drop)] {
        assert!(matches!(result, Err(Error::Unreachable(Unreachable::Dns))), "{result:?}");
    }
}

/// A port where nothing listens is named as that.
async fn a_port_where_nothing_listens_is_told_as_such() {
    let taken = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let port = taken.local_addr().expect("an address").port();
    drop(taken);
    for (verb, result) in every_verb(&somewhere(&format!("http://127.0.0.1:{port}")).await).await {
        assert!(matches!(result, Err(Error::Unreachable(Unreachable::Refused))), "{verb}: {result:?}");
    }
}

/// Runs on one thread whose clock the test moves.
fn with_own_clock<T>(scenario: impl Future<Output = T> + Send) -> T
where
    T: Send,
{
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    std::thread::scope(|scope| scope.spawn(|| runtime().block_on(scenario)).join().expect("the scenario"))
}

/// A request that is taken and never answered ends as "no answer in time".
async fn a_server_that_never_answers_is_given_up() {
    with_own_clock(async {
        let web = Scripted::start(Answer::page("200 OK")).await;
        for (method, large) in [("GET", false), ("PUT", false), ("PUT", true)] {
            let proxy = Proxy::start(&format!("http://127.0.0.1:{}", web.port())).await;
            let heard = proxy.at(1, Some(method), Act::Hold);
            let store = somewhere(&proxy.endpoint()).await;
            let request = async {
                match method {
                    "GET" => store.list(&ListRequest::default()).await.map(drop),
                    _ => {
                        let content = noise(if large { 1 << 20 } else { 10 }, 1);
                        store.put(&key(), signed_body(content), &WriteOptions::default()).await.map(drop)
                    }
                }
            };
            let (result, ()) = tokio::join!(request, async {
                heard.await.expect("the request arrived");
                tokio::time::pause();
                tokio::time::advance(Duration::from_secs(300)).await;
                tokio::time::resume();
            });
            assert!(matches!(result, Err(Error::Unreachable(Unreachable::Timeout))), "{method}: {result:?}");
        }
    });
}

/// A download that stops coming, with the connection still there, ends as "no answer in time".
async fn a_download_that_stalls_is_given_up() {
    with_own_clock(async {
        let headers = vec![("etag", "\"0123456789abcdef0123456789abcdef\"".to_owned())];
        let body = "x".repeat(100_000);
        let server = Scripted::start(Answer { status: "200 OK", headers, body, ..Default::default() }).await;
        let proxy = Proxy::start(&format!("http://127.0.0.1:{}", server.port())).await;
        proxy.at(1, Some("GET"), Act::StallAnswer(50_000));
        let store = somewhere(&proxy.endpoint()).await;
        let got = store.get(&key(), &ReadOptions::default()).await.expect("an answer begins");
        tokio::time::pause();
        let result = collect(got.body).await;
        assert!(matches!(result, Err(Error::Unreachable(Unreachable::Timeout))), "{:?}", result.map(|b| b.len()));
    });
}

/// A time as an HTTP date, moved by so many seconds.
fn http_date(now: std::time::SystemTime, moved: i64) -> String {
    let seconds = now.duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs() as i64 + moved;
    let date = aws_sdk_s3::primitives::DateTime::from_secs(seconds);
    date.fmt(aws_sdk_s3::primitives::DateTimeFormat::HttpDate).expect("a date")
}
