//! A person with computers, and a bucket on a server.

use std::{process::Stdio, sync::Arc};

use holdfast_storage::{Key, ListRequest, ObjectStore, ReadOptions};
use holdfast_tests::{
    program::{Ended, Home},
    servers::Server,
};
use serde_json::Value;
use tokio::io::AsyncWriteExt;
use uuid::Uuid;

/// Two secrets of test persons.
pub const WORDS: &str = "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon \
    abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon art";
pub const OTHER_WORDS: &str = "legal winner thank year wave sausage worth useful legal winner thank year wave sausage \
    worth useful legal winner thank year wave sausage worth title";

pub struct World {
    pub server: Arc<Server>,
    pub name: String,
    pub bucket: Arc<dyn ObjectStore>,
}

/// A computer of a person, whose secret is in the environment: there is no keychain here.
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
        let Server { endpoint, region, .. } = &*self.server;
        format!("s3://{}/mine?endpoint={endpoint}&region={region}&path_style=true", self.name)
    }

    pub fn computer(&self, words: &str) -> Computer {
        let variables = [
            ("AWS_ACCESS_KEY_ID", self.server.access_key.as_str()),
            ("AWS_SECRET_ACCESS_KEY", &self.server.secret_key),
            ("HOLDFAST_HISTORY_SECRET", words),
            ("USER", "ana"),
        ];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        Computer { home: Home::new(), variables }
    }

    /// A computer that shares the history already, and that exchanges only when it is told to.
    pub async fn member(&self) -> Computer {
        let computer = self.computer(WORDS);
        computer.json(&["config-set", "background", "off"]).await;
        computer.json(&["sync", "init", "--store", &self.url()]).await;
        computer
    }

    pub async fn keys(&self, part: &str) -> Vec<Key> {
        let page = self.bucket.list(&ListRequest::default()).await.expect("a listing");
        page.objects.into_iter().map(|row| row.key).filter(|key| key.as_str().contains(part)).collect()
    }

    pub async fn read(&self, key: &Key) -> Vec<u8> {
        use futures::TryStreamExt;
        let got = self.bucket.get(key, &ReadOptions::default()).await.expect("an object");
        let chunks: Vec<bytes::Bytes> = got.body.try_collect().await.expect("its bytes");
        chunks.concat()
    }
}

impl Computer {
    pub async fn run(&self, args: &[&str]) -> Ended {
        Ended::of(self.home.command(args).envs(self.variables.iter().cloned())).await
    }

    pub async fn json(&self, args: &[&str]) -> Value {
        self.run(&[args, &["--json"]].concat()).await.done()
    }

    /// The error of a command that fails.
    pub async fn error(&self, args: &[&str]) -> (Ended, Value) {
        let ended = self.run(&[args, &["--json"]].concat()).await;
        assert_ne!(ended.code, Some(0), "{ended:?}");
        let error = ended.json()["error"].clone();
        (ended, error)
    }

    /// Types a command: it begins and ends as a shell tells of it. No process stays behind to keep in step.
    pub async fn types(&self, line: &str, exit: i32) -> String {
        let id = Uuid::now_v7().to_string();
        let args = ["history", "start", "--id", &id, "--session", "s", "--shell", "zsh", "--cwd", "/srv/work"];
        let mut command = self.home.command(args);
        // It begins the process that keeps in step, which needs the words as well.
        command.envs(self.variables.iter().cloned());
        let mut child = command.stdin(Stdio::piped()).spawn().expect("the program");
        child.stdin.take().expect("its input").write_all(line.as_bytes()).await.expect("a line");
        assert!(child.wait().await.expect("its end").success());
        let exit = exit.to_string();
        let ended = self.run(&["history", "end", "--id", &id, "--exit", &exit]).await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
        id
    }

    /// What it finds without asking others.
    pub async fn commands(&self) -> Vec<String> {
        let found = self.json(&["history", "find", "--offline", "--limit", "1000"]).await;
        found.as_array().expect("a list").iter().map(|entry| text(&entry["command"]).to_owned()).collect()
    }

    pub async fn exchange(&self) {
        self.json(&["sync", "push"]).await;
        self.json(&["sync", "pull"]).await;
    }
}

pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}
