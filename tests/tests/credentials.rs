//! Keys that Holdfast does not keep itself: the AWS SDK's shared files, a program that gives keys, and a web identity.
//! SSO is the same chain and needs Amazon's own page.

use std::{fs, path::Path};

use holdfast_tests::program::{Ended, Home, ServedBucket, files_below};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

struct World {
    bucket: ServedBucket,
    home: Home,
    aws: tempfile::TempDir,
}

impl World {
    async fn new() -> Self {
        Self { bucket: ServedBucket::start().await, home: Home::new(), aws: tempfile::tempdir().expect("a folder") }
    }

    /// A store URL without keys.
    fn store(&self, more: &str) -> String {
        let (bucket, endpoint) = (self.bucket.field("bucket"), self.bucket.field("endpoint"));
        format!("s3://{bucket}?region=us-east-1&path_style=true&endpoint={endpoint}{more}")
    }

    fn file(&self, name: &str, content: &str) -> String {
        let path = self.aws.path().join(name);
        fs::write(&path, content).expect("a file");
        path.to_str().expect("UTF-8").to_owned()
    }

    /// Two keys as AWS's credentials file has them.
    fn credentials(&self, profile: &str) -> String {
        let (key, secret) = (self.bucket.field("access_key"), self.bucket.field("secret_key"));
        format!("[{profile}]\naws_access_key_id = {key}\naws_secret_access_key = {secret}\n")
    }

    async fn put(&self, store: &str, variables: &[(&str, &str)]) -> Ended {
        let file = self.file("sent", "hold fast");
        self.home.run_with(["put", &file, "sent", "--json", "--store", store], variables).await
    }

    fn assert_secret_is_nowhere(&self, ended: &Ended) {
        let secret = self.bucket.field("secret_key");
        assert!(!format!("{}{}", ended.stdout, ended.stderr).contains(secret), "{ended:?}");
        let kept = self.home.folder.path();
        let holds = |file: &Path| fs::read(kept.join(file)).is_ok_and(|bytes| contains(&bytes, secret.as_bytes()));
        assert!(!files_below(kept).iter().any(|file| holds(file.as_ref())));
    }
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_profile_of_awss_files_is_used_and_one_that_is_not_there_is_named() {
    let world = World::new().await;
    let credentials = world.file("credentials", &world.credentials("work"));
    let config = world.file("config", "");
    let files = [("AWS_SHARED_CREDENTIALS_FILE", &*credentials), ("AWS_CONFIG_FILE", &*config)];
    let ended = world.put(&world.store("&profile=work"), &files).await;
    assert_eq!(ended.done()["success"], true);
    world.assert_secret_is_nowhere(&ended);
    let missing = world.put(&world.store("&profile=wrok"), &files).await;
    assert_eq!(missing.code, Some(1), "{missing:?}");
    assert!(missing.stderr.contains("wrok") || missing.stdout.contains("wrok"), "{missing:?}");
    world.bucket.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_come_from_a_program_of_the_profile() {
    let world = World::new().await;
    let (key, secret) = (world.bucket.field("access_key"), world.bucket.field("secret_key"));
    let answer = serde_json::json!({ "Version": 1, "AccessKeyId": key, "SecretAccessKey": secret });
    let answer = world.file("answer.json", &answer.to_string());
    let config = world.file("config", &format!("[profile made]\ncredential_process = cat {answer}\n"));
    let none = world.file("credentials", "");
    let files = [("AWS_SHARED_CREDENTIALS_FILE", &*none), ("AWS_CONFIG_FILE", &*config)];
    let ended = world.put(&world.store("&profile=made"), &files).await;
    assert_eq!(ended.done()["success"], true);
    world.assert_secret_is_nowhere(&ended);
    world.bucket.stop().await;
}

/// As in a cluster: a token in a file is exchanged for keys of a role.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_web_identity_becomes_the_keys_of_its_role() {
    let world = World::new().await;
    let (tokens, exchange) = token_service(world.bucket.field("access_key"), world.bucket.field("secret_key")).await;
    let token = world.file("token", "the-token-of-this-machine");
    let none = world.file("none", "");
    let variables = [
        ("AWS_WEB_IDENTITY_TOKEN_FILE", &*token),
        ("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/holdfast"),
        ("AWS_ENDPOINT_URL_STS", &*tokens),
        ("AWS_REGION", "us-east-1"),
        ("AWS_SHARED_CREDENTIALS_FILE", &*none),
        ("AWS_CONFIG_FILE", &*none),
    ];
    let ended = world.put(&world.store(""), &variables).await;
    assert_eq!(ended.done()["success"], true);
    let asked = exchange.await.expect("it was asked");
    assert!(asked.contains("AssumeRoleWithWebIdentity") && asked.contains("the-token-of-this-machine"), "{asked}");
    world.assert_secret_is_nowhere(&ended);
    world.bucket.stop().await;
}

/// Answers one exchange of a token with these keys (AWS STS, AssumeRoleWithWebIdentity). Gives its address and what it
/// was asked.
async fn token_service(key: &str, secret: &str) -> (String, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("its address"));
    let body = format!(
        "<AssumeRoleWithWebIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleWithWebIdentityResult>\
         <AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/holdfast/s</Arn><AssumedRoleId>A:s</AssumedRoleId></AssumedRoleUser>\
         <Credentials><AccessKeyId>{key}</AccessKeyId><SecretAccessKey>{secret}</SecretAccessKey>\
         <SessionToken>session</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>\
         </AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>"
    );
    let answer = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: text/xml\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    let exchange = tokio::spawn(async move {
        let (mut connection, _) = listener.accept().await.expect("a connection");
        let (mut asked, mut piece) = (Vec::new(), [0; 4096]);
        while !contains(&asked, b"the-token-of-this-machine") {
            let some = connection.read(&mut piece).await.expect("a request");
            assert!(some > 0, "it asked without the token: {}", String::from_utf8_lossy(&asked));
            asked.extend_from_slice(&piece[..some]);
        }
        connection.write_all(answer.as_bytes()).await.expect("it is told");
        String::from_utf8_lossy(&asked).into_owned()
    });
    (address, exchange)
}
