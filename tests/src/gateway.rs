//! A gateway in this process, in front of a server of the table, with clients of the test's own.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use holdfast_gateway::{
    Clock, Config, Running,
    keys::{KeyHash, Kind, generate},
};
use holdfast_storage::{GatewayLocation, GatewayStore, Key, ListRequest, ObjectStore, Secret, s3::S3Store};
use reqwest::{Method, RequestBuilder, Response, multipart};
use serde_json::Value;
use tempfile::TempDir;

use crate::servers::Server;

/// The path prefix of every gateway of the tests.
pub const PREFIX: &str = "clients of/x";

/// What a gateway is started with.
pub struct Plan {
    server: Server,
    bucket: String,
    clients: Vec<(String, String, String)>,
    more: String,
    in_server: String,
    port: u16,
    database: Option<PathBuf>,
    /// The administrator's key.
    pub admin: String,
    /// The gateway's database and files of the test.
    pub folder: TempDir,
}

/// A gateway at work.
pub struct Gateway {
    /// The running gateway.
    pub running: Running,
    /// What it was started with.
    pub plan: Plan,
    /// The bucket behind it, seen with the bucket's own keys.
    pub bucket: Arc<dyn ObjectStore>,
    http: reqwest::Client,
}

/// A new key.
pub fn new_key() -> String {
    generate(Kind::Test).expect("randomness").expose().to_owned()
}

/// Its hash, as a configuration has it.
pub fn hash(key: &str) -> String {
    KeyHash::of(key).expect("a key").to_string()
}

impl Plan {
    /// In front of a new bucket of a server.
    pub async fn new(server: &Server) -> Self {
        let (bucket, _) = server.new_bucket().await.expect("a bucket");
        let folder = tempfile::tempdir().expect("a folder");
        Self {
            server: server.clone(),
            bucket,
            clients: Vec::new(),
            more: String::new(),
            in_server: String::new(),
            port: 0,
            database: None,
            admin: new_key(),
            folder,
        }
    }

    /// In front of the same bucket, for another gateway.
    pub fn beside(&self) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Self {
            server: self.server.clone(),
            bucket: self.bucket.clone(),
            clients: self.clients.clone(),
            more: self.more.clone(),
            in_server: self.in_server.clone(),
            port: 0,
            database: None,
            admin: self.admin.clone(),
            folder,
        }
    }

    /// A client with a new key; `more` are further lines of it, such as `quota_gb: 1`.
    pub fn client(mut self, name: &str, more: &str) -> Self {
        self.clients.push((name.to_owned(), new_key(), more.to_owned()));
        self
    }

    /// Further lines of the whole file.
    pub fn with(mut self, more: &str) -> Self {
        self.more = format!("{}{more}\n", self.more);
        self
    }

    /// Further fields of `server`, such as `body_timeout_seconds: 1`.
    pub fn in_server(mut self, more: &str) -> Self {
        self.in_server = format!("{}, {more}", self.in_server);
        self
    }

    /// With its database in this folder instead of its own.
    pub fn database_in(mut self, folder: &Path) -> Self {
        self.database = Some(folder.join("gateway.db"));
        self
    }

    /// With another name for the file of its database.
    pub fn named(mut self, file: &str) -> Self {
        self.database = Some(self.database().with_file_name(file));
        self
    }

    fn database(&self) -> PathBuf {
        self.database.clone().unwrap_or_else(|| self.folder.path().join("gateway.db"))
    }

    /// Reaches the bucket at another address, such as that of a proxy.
    pub fn through(mut self, endpoint: &str) -> Self {
        self.server.endpoint = endpoint.to_owned();
        self
    }

    /// On a port that stays the same when it is started again. Gives the address.
    pub async fn stay(&mut self) -> String {
        let free = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        self.port = free.local_addr().expect("an address").port();
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The bucket behind it, seen with the bucket's own keys.
    pub async fn bucket(&self) -> Arc<dyn ObjectStore> {
        let account = self.server.account().await;
        Arc::new(S3Store::new(account, &self.bucket, self.server.checksums()))
    }

    /// The bucket's name.
    pub fn bucket_name(&self) -> &str {
        &self.bucket
    }

    /// A client's key.
    pub fn key(&self, name: &str) -> &str {
        &self.clients.iter().find(|(one, ..)| one == name).expect("a client").1
    }

    /// Gives a client another key, and gives back the old one.
    pub fn rotate(&mut self, name: &str) -> String {
        let client = self.clients.iter_mut().find(|(one, ..)| one == name).expect("a client");
        std::mem::replace(&mut client.1, new_key())
    }

    /// The configuration.
    pub fn yaml(&self) -> String {
        let Server { endpoint, region, access_key, secret_key, .. } = &self.server;
        let database = self.database();
        let mut text = format!(
            "server: {{port: {}, database: '{}'{}}}\n\
             s3: {{endpoint: '{endpoint}', region: {region}, bucket: {}, path_prefix: '{PREFIX}', path_style: true, \
             access_key_id: '{access_key}', secret_access_key: '{secret_key}'}}\n\
             admin: {{api_key_hash: '{}', open_metrics_on_loopback: false}}\n{}clients:\n",
            self.port,
            database.display(),
            self.in_server,
            self.bucket,
            hash(&self.admin),
            self.more,
        );
        for (name, key, more) in &self.clients {
            text.push_str(&format!("  - name: {name}\n    api_key_hash: {}\n", hash(key)));
            more.lines().for_each(|line| text.push_str(&format!("    {}\n", line.trim())));
        }
        text
    }

    /// The configuration, read.
    pub fn config(&self) -> Config {
        let text = self.yaml();
        Config::parse(&text, HashMap::new()).unwrap_or_else(|error| panic!("{error}\n{text}"))
    }

    /// Starts it.
    pub async fn start(self) -> Gateway {
        self.start_by(Clock::system()).await
    }

    /// Starts it with a clock of the test's.
    pub async fn start_by(self, clock: Clock) -> Gateway {
        let running = holdfast_gateway::start_by(&self.config(), clock).await.expect("a gateway");
        let bucket = self.bucket().await;
        Gateway { running, plan: self, bucket, http: reqwest::Client::builder().no_proxy().build().expect("a client") }
    }
}

impl Gateway {
    /// Its address.
    pub fn url(&self) -> String {
        format!("http://{}", self.running.address())
    }

    /// The folder of a client as our own client sees it.
    pub fn store(&self, client: &str) -> GatewayStore {
        let location = GatewayLocation::new(&self.url(), false).expect("an address");
        GatewayStore::new(&location, Secret::new(self.plan.key(client))).expect("a store")
    }

    /// A request without a key.
    pub fn bare(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.url()))
    }

    /// A client's request.
    pub fn ask(&self, client: &str, method: Method, path: &str) -> RequestBuilder {
        self.bare(method, path).bearer_auth(self.plan.key(client))
    }

    /// A client's GET.
    pub async fn get(&self, client: &str, path: &str) -> (u16, Value) {
        json(self.ask(client, Method::GET, path)).await
    }

    /// Sends a file with a form whose fields have this order; `file` stands for the content.
    pub async fn upload(&self, client: &str, fields: &[(&str, &str)], content: impl Into<Vec<u8>>) -> (u16, Value) {
        let (mut form, content) = (multipart::Form::new(), content.into());
        for (name, value) in fields {
            form = match *name {
                "file" => form.part("file", file(&content, value)),
                name => form.text(name.to_owned(), value.to_string()),
            };
        }
        json(self.ask(client, Method::POST, "/upload").multipart(form)).await
    }

    /// Every key of the bucket.
    pub async fn keys(&self) -> Vec<String> {
        let page = self.bucket.list(&ListRequest::default()).await.expect("a listing");
        page.objects.into_iter().map(|row| row.key.as_str().to_owned()).collect()
    }

    /// The full key of a client's path.
    pub fn key_of(&self, client: &str, path: &str) -> Key {
        Key::new(format!("{PREFIX}/{client}/{path}")).expect("a key")
    }

    /// Whether neither an object nor an unfinished upload is at a client's path.
    pub async fn is_nothing(&self, client: &str, path: &str) -> bool {
        let key = self.key_of(client, path);
        let gone = self.bucket.head(&key, &Default::default()).await.is_err();
        gone && self.bucket.list_uploads(key.as_str()).await.expect("a listing of uploads").is_empty()
    }
}

fn file(content: &[u8], kind: &str) -> multipart::Part {
    let part = multipart::Part::bytes(content.to_vec()).file_name("f");
    if kind.is_empty() { part } else { part.mime_str(kind).expect("a content type") }
}

/// Sends a request: the status, and the JSON of the answer.
pub async fn json(request: RequestBuilder) -> (u16, Value) {
    let answer: Response = request.send().await.expect("an answer");
    let (status, id) = (answer.status().as_u16(), answer.headers().contains_key("x-request-id"));
    assert!(id, "an answer without its number");
    let text = answer.text().await.expect("a text");
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

/// The code of a refusal.
pub fn code(answer: &Value) -> &str {
    answer["error"]["code"].as_str().unwrap_or_default()
}
