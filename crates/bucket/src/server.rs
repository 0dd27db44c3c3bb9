//! The listener: loopback only, one task per connection, an orderly end.

use std::{
    fmt, io,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use holdfast_storage::Buckets;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Semaphore, oneshot},
    task::JoinHandle,
};

use crate::{Backend, Credentials, Secret, gate::Gate};

/// The region the bucket says it is in. Signatures for any other region are accepted too.
pub const REGION: &str = "us-east-1";

/// How long a client may take for a request's head; idle connections are closed after it. Longer than the idle time of
/// common clients (90 s), so that it is the client that closes.
const HEAD_TIMEOUT: Duration = Duration::from_secs(120);
/// Connections served at once; more wait to be accepted.
const MAX_CONNECTIONS: usize = 1024;
/// How long requests under way may take to finish at the end.
const GRACE: Duration = Duration::from_secs(20);

/// Why the server did not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address is reachable from other machines. The embedded bucket speaks plain HTTP, so it stays on this one.
    #[error("{address} is not a loopback address")]
    NotLoopback {
        /// The address asked for.
        address: SocketAddr,
    },
    /// The port is taken or not allowed.
    #[error("cannot listen on {address}: {source}")]
    Bind {
        /// The address asked for.
        address: SocketAddr,
        /// The system's reason.
        #[source]
        source: io::Error,
    },
    /// The system gave no randomness for the keys.
    #[error("no keys could be made: {0}")]
    Randomness(#[from] rand::rand_core::OsError),
}

/// The embedded bucket's server.
#[derive(Debug)]
pub struct Server;

impl Server {
    /// A server in front of `buckets`, on a free port, with new keys.
    pub fn builder(buckets: Arc<dyn Buckets>) -> ServerBuilder {
        ServerBuilder { buckets, address: (Ipv4Addr::LOCALHOST, 0).into(), credentials: None }
    }
}

/// How the server starts.
#[derive(Debug)]
pub struct ServerBuilder {
    buckets: Arc<dyn Buckets>,
    address: SocketAddr,
    credentials: Option<Credentials>,
}

impl ServerBuilder {
    /// Listens on this port of 127.0.0.1; 0 takes a free one.
    pub fn port(mut self, port: u16) -> Self {
        self.address.set_port(port);
        self
    }

    /// Listens on this address, which must be a loopback one.
    pub fn address(mut self, address: SocketAddr) -> Self {
        self.address = address;
        self
    }

    /// Uses these keys instead of new ones.
    pub fn credentials(mut self, credentials: Credentials) -> Self {
        self.credentials = Some(credentials);
        self
    }

    /// Binds and begins to serve. Requests are accepted when this returns.
    ///
    /// # Errors
    /// [`Error::NotLoopback`], [`Error::Bind`], [`Error::Randomness`].
    pub async fn start(self) -> Result<Running, Error> {
        let address = self.address;
        if !address.ip().is_loopback() {
            return Err(Error::NotLoopback { address });
        }
        let credentials = match self.credentials {
            Some(credentials) => credentials,
            None => Credentials::generate()?,
        };
        let bind = |source| Error::Bind { address, source };
        let listener = TcpListener::bind(address).await.map_err(bind)?;
        let address = listener.local_addr().map_err(bind)?;
        let gate = Gate::with_local_names(Backend::new(self.buckets), credentials.duplicate());
        let (stop, stopped) = oneshot::channel();
        let serving = tokio::spawn(serve(listener, gate, stopped));
        let Credentials { access_key, secret_key } = credentials;
        Ok(Running { address, access_key, secret_key, stop, serving })
    }
}

/// A server at work. Dropping it ends it as [`Running::shutdown`] does, without waiting.
pub struct Running {
    address: SocketAddr,
    access_key: String,
    secret_key: Secret,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

impl Running {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// As clients want it: `http://127.0.0.1:PORT`.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The region it says it is in.
    pub fn region(&self) -> &'static str {
        REGION
    }

    /// The access key id.
    pub fn access_key(&self) -> &str {
        &self.access_key
    }

    /// The secret access key.
    pub fn secret_key(&self) -> &Secret {
        &self.secret_key
    }

    /// Takes no more requests, lets those under way finish (20 s at most), then returns.
    pub async fn shutdown(self) {
        let _ = self.stop.send(());
        let _ = self.serving.await;
    }
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running").field("address", &self.address).finish_non_exhaustive()
    }
}

async fn serve(listener: TcpListener, gate: Gate, mut stopped: oneshot::Receiver<()>) {
    let graceful = GracefulShutdown::new();
    let slots = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    loop {
        let accepted = tokio::select! {
            biased;
            _ = &mut stopped => break,
            accepted = accept(&listener, &slots) => accepted,
        };
        let Some((stream, slot)) = accepted else { continue };
        let connection = graceful.watch(connection(stream, gate.clone()));
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended early");
            }
            drop(slot);
        });
    }
    drop(listener);
    if tokio::time::timeout(GRACE, graceful.shutdown()).await.is_err() {
        tracing::warn!("requests were still under way when the bucket was closed");
    }
}

/// Waits for a free slot, then for a client. `None` when accepting failed for now (too many open files, for instance).
async fn accept(
    listener: &TcpListener,
    slots: &Arc<Semaphore>,
) -> Option<(TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    let slot = slots.clone().acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, _)) => {
            let _ = stream.set_nodelay(true);
            Some((stream, slot))
        }
        Err(error) => {
            tracing::warn!(%error, "a connection was not accepted");
            tokio::time::sleep(Duration::from_millis(50)).await;
            None
        }
    }
}

fn connection(stream: TcpStream, gate: Gate) -> hyper::server::conn::http1::Connection<TokioIo<TcpStream>, Gate> {
    hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .keep_alive(true)
        .serve_connection(TokioIo::new(stream), gate)
}
