//! A system bus of its own with a logind that sleeps, and a NetworkManager that tells of a network, when a test says so.

use std::{
    io::Read,
    os::{fd::OwnedFd, unix::net::UnixStream},
    process::Stdio,
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    sync::mpsc::{self, UnboundedReceiver, UnboundedSender},
};
use zbus::{Connection, connection::Builder, fdo, interface, zvariant};

const MANAGER: &str = "/org/freedesktop/login1";
/// What does not happen in this time does not happen.
const PATIENCE: Duration = Duration::from_secs(60);

/// The bus. It is gone when this is dropped.
pub struct SystemBus {
    /// What `DBUS_SYSTEM_BUS_ADDRESS` is to be.
    pub address: String,
    _daemon: Child,
    logind: Connection,
    asked: UnboundedReceiver<Inhibitor>,
}

/// Somebody for whom sleep waits.
#[derive(Debug)]
pub struct Inhibitor {
    /// What it asked for: what, who, why, mode.
    pub words: [String; 4],
    its_end: UnixStream,
}

struct Manager(UnboundedSender<Inhibitor>);

#[interface(name = "org.freedesktop.login1.Manager")]
impl Manager {
    fn inhibit(&self, what: String, who: String, why: String, mode: String) -> fdo::Result<zvariant::OwnedFd> {
        let (its_end, held) = UnixStream::pair().map_err(|error| fdo::Error::Failed(error.to_string()))?;
        let _ = self.0.send(Inhibitor { words: [what, who, why, mode], its_end });
        Ok(OwnedFd::from(held).into())
    }
}

impl SystemBus {
    /// Starts it.
    pub async fn start() -> Self {
        let mut command = Command::new("dbus-daemon");
        command.args(["--session", "--nofork", "--nopidfile", "--print-address"]).kill_on_drop(true);
        let mut daemon = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().expect("dbus-daemon");
        let mut lines = BufReader::new(daemon.stdout.take().expect("its output")).lines();
        let address = lines.next_line().await.expect("a line").expect("an address");
        let (heard, asked) = mpsc::unbounded_channel();
        let builder = Builder::address(address.as_str()).and_then(|builder| builder.name("org.freedesktop.login1"));
        let builder = builder.and_then(|builder| builder.serve_at(MANAGER, Manager(heard)));
        let logind = builder.expect("a logind").build().await.expect("a logind on the bus");
        Self { address, _daemon: daemon, logind, asked }
    }

    /// Waits until somebody asks that sleep waits for it.
    pub async fn inhibitor(&mut self) -> Inhibitor {
        let asked = tokio::time::timeout(PATIENCE, self.asked.recv()).await;
        asked.expect("nobody asked that sleep waits").expect("the bus lives")
    }

    /// Tells that the computer is about to sleep, or that it woke.
    pub async fn sleeps(&self, sleeps: bool) {
        let interface = "org.freedesktop.login1.Manager";
        let told = self.logind.emit_signal(None::<&str>, MANAGER, interface, "PrepareForSleep", &(sleeps,)).await;
        told.expect("a signal");
    }
}

/// A NetworkManager. It is gone when this is dropped.
pub struct NetworkManager {
    bus: Connection,
}

struct Network {
    metered: u32,
    primary: zvariant::OwnedObjectPath,
}

#[interface(name = "org.freedesktop.NetworkManager")]
impl Network {
    #[zbus(property)]
    fn metered(&self) -> u32 {
        self.metered
    }

    #[zbus(property)]
    fn primary_connection(&self) -> zvariant::OwnedObjectPath {
        self.primary.clone()
    }
}

struct ActiveConnection(zvariant::OwnedObjectPath);

#[interface(name = "org.freedesktop.NetworkManager.Connection.Active")]
impl ActiveConnection {
    #[zbus(property)]
    fn specific_object(&self) -> zvariant::OwnedObjectPath {
        self.0.clone()
    }
}

struct AccessPoint(Vec<u8>);

#[interface(name = "org.freedesktop.NetworkManager.AccessPoint")]
impl AccessPoint {
    #[zbus(property)]
    fn ssid(&self) -> Vec<u8> {
        self.0.clone()
    }
}

impl NetworkManager {
    /// On this bus, with what it says of cost (0 unknown, 1 yes, 2 no, 3 and 4 by guess) and the name of the Wi-Fi, or
    /// `None` for a wire.
    pub async fn start(bus: &SystemBus, metered: u32, wifi: Option<&[u8]>) -> Self {
        let path = |text: &str| zvariant::OwnedObjectPath::try_from(text).expect("a path");
        let (root, active, point) = ("/org/freedesktop/NetworkManager", "/active/1", "/point/1");
        let network = Network { metered, primary: path(active) };
        let connection = ActiveConnection(path(if wifi.is_some() { point } else { "/" }));
        let builder = Builder::address(bus.address.as_str()).and_then(|it| it.name("org.freedesktop.NetworkManager"));
        let builder = builder.and_then(|it| it.serve_at(root, network)).and_then(|it| it.serve_at(active, connection));
        let builder = match wifi {
            Some(name) => builder.and_then(|it| it.serve_at(point, AccessPoint(name.to_vec()))),
            None => builder,
        };
        Self { bus: builder.expect("a NetworkManager").build().await.expect("a NetworkManager on the bus") }
    }

    /// It goes away.
    pub async fn stop(self) {
        self.bus.close().await.expect("it leaves the bus");
    }
}

impl Inhibitor {
    /// Waits until sleep need not wait for it any more.
    pub async fn released(mut self) {
        self.its_end.set_read_timeout(Some(PATIENCE)).expect("a time to wait");
        let wait = move || self.its_end.read(&mut [0]);
        let read = tokio::task::spawn_blocking(wait).await.expect("a thread").expect("the end of the other side");
        assert_eq!(read, 0);
    }
}
