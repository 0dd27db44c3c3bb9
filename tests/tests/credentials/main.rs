//! Keys that Holdfast does not keep itself: the AWS SDK's shared files, a program that gives keys, a web identity, and a
//! sign-in with SSO. The bucket checks each signature, so only the keys that were handed out open it.

mod sso;
mod web_identity;

use std::{fs, path::Path};

use holdfast_tests::program::{Ended, Home, ServedBucket, files_below};
use serde_json::Value;

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

/// The one error of a command that could not be done: said once, with a hint.
fn refused(ended: &Ended) -> Value {
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let error = ended.json()["error"].take();
    for field in ["message", "hint"] {
        let words = error[field].as_str().unwrap_or_default();
        assert!(!words.is_empty() && ended.stderr.matches(words).count() == 1, "{field}: {ended:?}");
    }
    error
}

fn says(error: &Value, field: &str, words: &str) -> bool {
    error[field].as_str().is_some_and(|said| said.contains(words))
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
