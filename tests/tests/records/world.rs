//! A family with computers, and a bucket on a server.

use std::{path::PathBuf, process::Stdio, sync::Arc};

use holdfast_storage::{Key, ListRequest, ObjectStore, ReadOptions};
use holdfast_tests::{
    program::{Ended, Home},
    servers::Server,
};
use serde_json::Value;
use tokio::io::AsyncWriteExt;

/// Takes the place of the keychain, which is not here.
const KEYRING: &str = "HOLDFAST_RECORDS_KEYRING";

pub struct World {
    pub server: Arc<Server>,
    pub name: String,
    pub bucket: Arc<dyn ObjectStore>,
}

/// A computer of the family.
pub struct Computer {
    pub home: Home,
    pub variables: Vec<(String, String)>,
}

impl World {
    pub async fn on(server: Arc<Server>) -> Self {
        let (name, bucket) = server.new_bucket().await.expect("a bucket");
        Self { server, name, bucket }
    }

    pub fn url(&self) -> String {
        self.url_at("mine")
    }

    pub fn url_at(&self, prefix: &str) -> String {
        let Server { endpoint, region, .. } = &*self.server;
        format!("s3://{}/{prefix}?endpoint={endpoint}&region={region}&path_style=true", self.name)
    }

    pub fn computer(&self, user: &str) -> Computer {
        let variables = [
            ("AWS_ACCESS_KEY_ID", self.server.access_key.as_str()),
            ("AWS_SECRET_ACCESS_KEY", &self.server.secret_key),
            ("USER", user),
        ];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        Computer { home: Home::new(), variables }
    }

    /// A computer that began a vault and typed its code back, and the code.
    pub async fn founder(&self) -> (Computer, String) {
        self.founder_at("ana", "mine").await
    }

    pub async fn founder_at(&self, user: &str, prefix: &str) -> (Computer, String) {
        let mut computer = self.computer(user);
        let founded = computer.json(&["init", "--store", &self.url_at(prefix), "--print-keyring"]).await;
        computer.has_keyring(&founded);
        let code = text(&founded["code"]).to_owned();
        computer.typed(&["recovery-code", "check"], &code).await.done();
        (computer, code)
    }

    /// Another computer, which opened the vault with its code.
    pub async fn joiner(&self, code: &str) -> Computer {
        self.joiner_at("ben", &self.url(), code).await
    }

    pub async fn joiner_at(&self, user: &str, url: &str, code: &str) -> Computer {
        let mut computer = self.computer(user);
        let unlocked = computer.typed(&["unlock", "--store", url, "--print-keyring"], code).await.done();
        computer.has_keyring(&unlocked);
        computer
    }

    pub async fn keys(&self, part: &str) -> Vec<Key> {
        let mut request = ListRequest::default();
        let mut all = Vec::new();
        loop {
            let page = self.bucket.list(&request).await.expect("a listing");
            all.extend(page.objects.into_iter().map(|row| row.key).filter(|key| key.as_str().contains(part)));
            request.continuation = page.continuation;
            if request.continuation.is_none() {
                return all;
            }
        }
    }

    pub async fn read(&self, key: &Key) -> Vec<u8> {
        use futures::TryStreamExt;
        let got = self.bucket.get(key, &ReadOptions::default()).await.expect("an object");
        let chunks: Vec<bytes::Bytes> = got.body.try_collect().await.expect("its bytes");
        chunks.concat()
    }
}

impl Computer {
    /// From now on its keyring is in its environment.
    pub fn has_keyring(&mut self, answer: &Value) {
        self.variables.retain(|(name, _)| name != KEYRING);
        self.variables.push((KEYRING.into(), text(&answer["keyring"]).to_owned()));
    }

    pub fn lose_keyring(&mut self) {
        self.variables.retain(|(name, _)| name != KEYRING);
    }

    pub fn command(&self, args: &[&str]) -> tokio::process::Command {
        let mut command = self.home.command([&["records"][..], args].concat());
        command.envs(self.variables.iter().cloned());
        command
    }

    pub async fn run(&self, args: &[&str]) -> Ended {
        Ended::of(&mut self.command(args)).await
    }

    pub async fn json(&self, args: &[&str]) -> Value {
        self.run(&[args, &["--json"]].concat()).await.done()
    }

    /// Runs a command with a text on its standard input.
    pub async fn typed(&self, args: &[&str], input: &str) -> Ended {
        let mut command = self.command(&[args, &["--json"]].concat());
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program");
        let mut stdin = child.stdin.take().expect("its input");
        // A program that refuses before it reads closes its end.
        let _ = stdin.write_all(input.as_bytes()).await;
        drop(stdin);
        let output = child.wait_with_output().await.expect("its end");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        Ended { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// The error of a command that fails.
    pub async fn error(&self, args: &[&str]) -> (Ended, Value) {
        let ended = self.run(&[args, &["--json"]].concat()).await;
        assert!(!matches!(ended.code, Some(0 | 3)), "{ended:?}");
        let error = ended.json()["error"].clone();
        (ended, error)
    }

    /// Begins to keep records of somebody.
    pub async fn member(&self, name: &str) -> String {
        text(&self.json(&["members", "add", &format!("name={name}")]).await["record"]).to_owned()
    }

    /// Adds a note; its record's id.
    pub async fn note(&self, member: &str, title: &str) -> String {
        let title = format!("title={title}");
        text(&self.json(&["add", member, "note", &title]).await["record"]).to_owned()
    }

    pub async fn sync(&self) -> Value {
        self.json(&["sync"]).await
    }

    /// Titles of a person's records, sorted.
    pub async fn titles(&self, member: &str) -> Vec<String> {
        let rows = self.json(&["timeline", member]).await;
        let mut titles: Vec<String> = list(&rows).iter().map(|row| text(&row["title"]).to_owned()).collect();
        titles.sort();
        titles
    }

    /// A file of this computer.
    pub fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.home.folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(&path, bytes).expect("a file");
        path
    }
}

pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}

pub fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap_or_else(|| panic!("no list: {value}"))
}

/// Bytes that are not the same for two seeds.
pub fn content(seed: u64, bytes: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as u8
    };
    (0..bytes).map(|_| next()).collect()
}
