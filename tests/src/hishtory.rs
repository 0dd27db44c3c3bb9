//! hishtory servers to test against: the real one where its program is named, and a stand-in that does what the real one
//! does (version 335) as far as a client can see, forgetting included.

use std::{
    net::{SocketAddr, TcpListener as Socket},
    path::PathBuf,
    process::Stdio,
    sync::{Arc, Mutex, PoisonError},
};

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    process::{Child, Command},
    task::JoinHandle,
};
use url::Url;

use crate::http::{Head, pass};

/// Names the program of the real server.
pub const SERVER: &str = "HOLDFAST_TEST_HISHTORY_SERVER";
/// Names the program of the real client.
pub const CLIENT: &str = "HOLDFAST_TEST_HISHTORY_CLIENT";

/// The program that a variable names; one that is named and not there fails the run.
pub fn named(variable: &str) -> Option<PathBuf> {
    let path = PathBuf::from(std::env::var_os(variable)?);
    assert!(path.is_file(), "{variable} names {}, which is not there", path.display());
    Some(path)
}

/// A server that runs until it is dropped.
pub enum Hishtory {
    /// See [`StandIn`].
    StandIn(StandIn),
    /// The real one.
    Real {
        /// Its address.
        url: String,
        /// Ended when dropped.
        process: Box<Child>,
        /// Reads what it prints, so that it never waits.
        printed: JoinHandle<()>,
        /// Its database.
        folder: TempDir,
    },
}

impl Hishtory {
    /// The real server over a database of its own, or the stand-in.
    pub async fn start(program: Option<&PathBuf>) -> Self {
        match program {
            None => Self::StandIn(StandIn::start().await),
            Some(program) => Self::start_real(program).await,
        }
    }

    async fn start_real(program: &PathBuf) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let port = Socket::bind(("127.0.0.1", 0)).and_then(|socket| socket.local_addr()).expect("a port").port();
        let mut process = Command::new(program)
            .env_clear()
            .env("HISHTORY_SQLITE_DB", folder.path().join("server.db"))
            .env("HISHTORY_SERVER_PORT", port.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("the server");
        let mut lines = BufReader::new(process.stdout.take().expect("its output")).lines();
        while !lines.next_line().await.expect("its output").expect("it ended").starts_with("Listening") {}
        // What it prints of its tables is not all text.
        let printed = tokio::spawn(async move {
            let _ = tokio::io::copy(lines.get_mut(), &mut tokio::io::sink()).await;
        });
        Self::Real { url: format!("http://127.0.0.1:{port}"), process: Box::new(process), printed, folder }
    }

    /// Its address.
    pub fn url(&self) -> String {
        match self {
            Self::StandIn(server) => format!("http://{}", server.address),
            Self::Real { url, .. } => url.clone(),
        }
    }
}

impl Drop for Hishtory {
    fn drop(&mut self) {
        if let Self::Real { printed, .. } = self {
            printed.abort();
        }
    }
}

/// Does what hishtory's server does.
pub struct StandIn {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl StandIn {
    async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let (address, tables) = (listener.local_addr().expect("an address"), Arc::<Mutex<Tables>>::default());
        let task = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                connections.spawn(talk(client, tables.clone()));
            }
        });
        Self { address, task }
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn talk(client: TcpStream, tables: Arc<Mutex<Tables>>) -> std::io::Result<()> {
    let (from, mut to) = client.into_split();
    let mut from = BufReader::new(from);
    while let Some(head) = Head::read(&mut from).await? {
        let mut body = Vec::new();
        let take = |bytes: &mut [u8]| {
            body.extend_from_slice(bytes);
            bytes.len()
        };
        pass(&mut from, &mut tokio::io::sink(), head.request_length(), take).await?;
        let answer = {
            let mut tables = tables.lock().unwrap_or_else(PoisonError::into_inner);
            tables.answer(&head.words()[1], head.header("x-hishtory-version").as_deref(), &body)
        };
        let (status, text) = match answer {
            Some(Value::String(text)) => ("200 OK", text),
            Some(value) => ("200 OK", value.to_string()),
            // What the real one has for every mistake.
            None => ("503 Service Unavailable", String::new()),
        };
        to.write_all(format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n{text}", text.len()).as_bytes()).await?;
        to.flush().await?;
    }
    Ok(())
}

struct Row {
    device: String,
    is_from_same_device: bool,
    read_count: u32,
    entry: Value,
}

#[derive(Default)]
struct Tables {
    devices: Vec<(String, String)>,
    rows: Vec<Row>,
    dump_requests: Vec<(String, String)>,
    /// User, destination, request.
    deletion_requests: Vec<(String, String, Value)>,
}

impl Tables {
    fn answer(&mut self, target: &str, version: Option<&str>, body: &[u8]) -> Option<Value> {
        let url = Url::parse("http://hishtory").ok()?.join(target).ok()?;
        let of = |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
        let user = || of("user_id").filter(|text| !text.is_empty());
        let device = || of("device_id").filter(|text| !text.is_empty());
        let nothing = Value::String(String::new());
        match url.path().strip_prefix("/api/v1/")? {
            "ping" => Some(Value::String("OK".into())),
            "register" => {
                let (user, device) = (user()?, device()?);
                if self.devices.iter().any(|(other, _)| *other == user) {
                    self.dump_requests.push((user.clone(), device.clone()));
                }
                self.devices.push((user, device));
                Some(nothing)
            }
            "bootstrap" => Some(self.bootstrap(&user()?)),
            "query" => Some(self.query(&user()?, &device()?)),
            "submit" => self.submit(serde_json::from_slice(body).ok()?, &of("source_device_id")?, version),
            "submit-dump" => {
                let (user, asking) = (user()?, of("requesting_device_id")?);
                of("source_device_id")?;
                let entries: Vec<Value> = serde_json::from_slice(body).ok()?;
                self.add(&asking, false, &entries);
                self.dump_requests.retain(|(other, device)| (other, device) != (&user, &asking));
                Some(nothing)
            }
            "add-deletion-request" => self.delete(serde_json::from_slice(body).ok()?).map(|()| nothing),
            "get-deletion-requests" => Some(self.deletions(&user()?, &device()?)),
            "uninstall" => {
                let (user, device) = (user()?, device()?);
                self.rows.retain(|row| row.device != device);
                self.deletion_requests.retain(|(_, destination, _)| *destination != device);
                self.dump_requests.retain(|(_, asking)| *asking != device);
                self.devices.retain(|(other, id)| (other, id) != (&user, &device));
                Some(nothing)
            }
            _ => None,
        }
    }

    fn add(&mut self, device: &str, is_from_same_device: bool, entries: &[Value]) {
        let row =
            |entry: &Value| Row { device: device.into(), is_from_same_device, read_count: 0, entry: entry.clone() };
        self.rows.extend(entries.iter().map(row));
    }

    fn submit(&mut self, entries: Vec<Value>, source: &str, version: Option<&str>) -> Option<Value> {
        let user = entries.first()?["user_id"].as_str()?.to_owned();
        let devices: Vec<_> = self.devices.iter().filter(|(other, _)| *other == user).cloned().collect();
        for (_, device) in Some(&devices).filter(|devices| !devices.is_empty())? {
            self.add(device, device == source, &entries);
        }
        // A version of hishtory's own is compared the wrong way round and gets nothing.
        if version.is_some_and(|version| version.starts_with("v0.") && version[3..].parse::<u32>().is_ok()) {
            return Some(json!({"dump_requests": null, "deletion_requests": null}));
        }
        let asking = self.dump_requests.iter().filter(|(other, device)| *other == user && device != source);
        let asking: Vec<_> =
            asking.map(|(user, device)| json!({"user_id": user, "requesting_device_id": device})).collect();
        Some(json!({"dump_requests": asking, "deletion_requests": self.deletions(&user, source)}))
    }

    fn bootstrap(&self, user: &str) -> Value {
        let mut by_id = std::collections::BTreeMap::new();
        for row in self.rows.iter().filter(|row| row.entry["user_id"] == user) {
            by_id.insert(row.entry["encrypted_id"].as_str().unwrap_or_default(), row.entry.clone());
        }
        by_id.into_values().collect()
    }

    fn query(&mut self, user: &str, device: &str) -> Value {
        let pending = self.deletion_requests.iter().filter(|(other, to, _)| other == user && to == device);
        let pending: Vec<Value> = pending.map(|(_, _, request)| request.clone()).collect();
        pending.iter().for_each(|request| self.remove(request));
        let waiting = |row: &&Row| row.device == device && row.read_count < 5 && !row.is_from_same_device;
        let answer = self.rows.iter().filter(waiting).map(|row| row.entry.clone()).collect();
        self.rows.iter_mut().filter(|row| row.device == device).for_each(|row| row.read_count += 1);
        answer
    }

    fn remove(&mut self, request: &Value) {
        for message in request["messages"]["message_ids"].as_array().into_iter().flatten() {
            let is_set = |name: &str| message[name].as_str().is_some_and(|text| !text.is_empty() && text != NO_TIME);
            let (by_id, by_end) = (is_set("entry_id"), is_set("date"));
            self.rows.retain(|row| {
                let id = by_id && row.entry["encrypted_id"] == message["entry_id"];
                let end = by_end && row.entry["time"] == message["date"];
                row.entry["user_id"] != request["user_id"] || !is_set("device_id") || !(id || end)
            });
        }
    }

    fn delete(&mut self, request: Value) -> Option<()> {
        let user = request["user_id"].as_str()?.to_owned();
        let devices: Vec<_> = self.devices.iter().filter(|(other, _)| *other == user).cloned().collect();
        for (user, device) in Some(devices).filter(|devices| !devices.is_empty())? {
            self.deletion_requests.push((user, device, request.clone()));
        }
        self.remove(&request);
        Some(())
    }

    fn deletions(&self, user: &str, device: &str) -> Value {
        let rows = self.deletion_requests.iter().filter(|(other, to, _)| other == user && to == device);
        rows.map(|(_, _, request)| request.clone()).collect()
    }
}

const NO_TIME: &str = "0001-01-01T00:00:00Z";
