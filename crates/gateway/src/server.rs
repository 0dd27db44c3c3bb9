//! The listener: TLS or, where it is allowed, plain HTTP; one task per connection; an orderly end.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::{GracefulShutdown, Watcher},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, oneshot},
    task::JoinHandle,
};

use crate::{
    clock::Clock,
    config::{Config, ConfigError},
    place,
    service::Service,
    state::State,
    tls::{self, Certificate},
    watch,
};

/// Bytes of a head at most; also how much a connection reads ahead.
const MAX_HEAD: usize = 64 << 10;
/// Header lines at most.
const MAX_HEADERS: usize = 64;

/// Why the gateway did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The configuration, or a file it names.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The port is taken or not allowed.
    #[error("the gateway cannot listen on {address}: {source}")]
    Bind {
        /// The address asked for.
        address: SocketAddr,
        /// The system's reason.
        #[source]
        source: io::Error,
    },
}

/// Checks what a start would need, without listening or asking the bucket.
///
/// # Errors
/// [`ConfigError`]
pub async fn check(config: &Config) -> Result<(), ConfigError> {
    tls::check(&config.server.tls)?;
    place::open(&config.s3).await.map(drop)
}

/// A gateway at work.
pub struct Running {
    address: SocketAddr,
    state: Arc<State>,
    certificate: Option<Certificate>,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
    watching: JoinHandle<()>,
    grace: Duration,
}

impl std::fmt::Debug for Running {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Running").field("address", &self.address).finish_non_exhaustive()
    }
}

/// Opens the bucket and the database, binds, and begins to serve. Requests are accepted when this returns.
///
/// # Errors
/// [`StartError`]
pub async fn start(config: &Config) -> Result<Running, StartError> {
    start_by(config, Clock::system()).await
}

/// As [`start`], with the time of day as `clock` tells it.
///
/// # Errors
/// [`StartError`]
pub async fn start_by(config: &Config, clock: Clock) -> Result<Running, StartError> {
    let certificate = Certificate::load(&config.server.tls)?;
    let store = place::open(&config.s3).await?;
    let state = Arc::new(State::new(config, store, clock).await?);
    let address = SocketAddr::new(config.server.host, config.server.port);
    let bind = |source| StartError::Bind { address, source };
    let listener = TcpListener::bind(address).await.map_err(bind)?;
    let address = listener.local_addr().map_err(bind)?;
    let (stop, stopped) = oneshot::channel();
    let listening = Listening {
        listener,
        slots: Arc::new(Semaphore::new(config.server.max_connections)),
        head_timeout: Duration::from_secs(config.server.head_timeout_seconds),
        certificate: certificate.clone(),
        service: Service::new(state.clone()),
    };
    let grace = Duration::from_secs(config.server.grace_seconds);
    // Asked before a new upload can be among them.
    let left = state.activity.left_uploads().await.unwrap_or_else(|error| {
        tracing::warn!(%error, "uploads that were left open could not be read");
        Vec::new()
    });
    state.must_give_up(left);
    let serving = tokio::spawn(listening.serve(stopped, grace));
    let watching = tokio::spawn(watch::run(state.clone()));
    tracing::info!(%address, gateway = state.name, tls = certificate.is_some(), "the gateway listens");
    Ok(Running { address, state, certificate, stop, serving, watching, grace })
}

impl Running {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes over clients, keys, limits and the certificate of a new reading of the file. Connections stay. What belongs
    /// to the listener, the bucket and the database needs a new start.
    ///
    /// # Errors
    /// [`ConfigError`]; then everything stays as it was.
    pub fn reload(&self, config: &Config) -> Result<(), ConfigError> {
        tls::check(&config.server.tls)?;
        self.state.reload(config)?;
        if let Some(certificate) = &self.certificate {
            certificate.reload(&config.server.tls)?;
        }
        tracing::info!(clients = config.clients.len(), "the configuration was read again");
        Ok(())
    }

    /// Takes no more requests, lets those under way finish within the grace period, writes down what is counted.
    pub async fn shut_down(self) {
        let _ = self.stop.send(());
        let _ = self.serving.await;
        self.state.tasks.close();
        if tokio::time::timeout(self.grace, self.state.tasks.wait()).await.is_err() {
            tracing::warn!("uploads were still under way when the gateway ended");
        }
        self.watching.abort();
        watch::last_words(&self.state).await;
    }
}

struct Listening {
    listener: TcpListener,
    slots: Arc<Semaphore>,
    head_timeout: Duration,
    certificate: Option<Certificate>,
    service: Service,
}

impl Listening {
    async fn serve(self, mut stopped: oneshot::Receiver<()>, grace: Duration) {
        let graceful = GracefulShutdown::new();
        loop {
            let accepted = tokio::select! {
                biased;
                _ = &mut stopped => break,
                accepted = self.accept() => accepted,
            };
            let Some((stream, peer, slot)) = accepted else { continue };
            let watcher = graceful.watcher();
            let (certificate, service) = (self.certificate.clone(), self.service.of(peer));
            let head_timeout = self.head_timeout;
            tokio::spawn(async move {
                let Some(certificate) = certificate else {
                    return converse(stream, service, head_timeout, watcher, slot).await;
                };
                match tokio::time::timeout(head_timeout, certificate.acceptor().accept(stream)).await {
                    Ok(Ok(stream)) => converse(stream, service, head_timeout, watcher, slot).await,
                    Ok(Err(error)) => tracing::debug!(%error, "no TLS connection came to be"),
                    Err(_) => tracing::debug!("a TLS handshake took too long"),
                }
            });
        }
        drop(self.listener);
        if tokio::time::timeout(grace, graceful.shutdown()).await.is_err() {
            tracing::warn!("requests were still under way when the gateway ended");
        }
    }

    /// Waits for a free slot, then for a client. `None` when accepting failed for now (too many open files, for instance).
    async fn accept(&self) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
        let slot = self.slots.clone().acquire_owned().await.ok()?;
        match self.listener.accept().await {
            Ok((stream, peer)) => {
                let _ = stream.set_nodelay(true);
                Some((stream, peer, slot))
            }
            Err(error) => {
                tracing::warn!(%error, "a connection was not accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
                None
            }
        }
    }
}

async fn converse<S>(stream: S, service: Service, head_timeout: Duration, watcher: Watcher, slot: OwnedSemaphorePermit)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(head_timeout)
        .max_headers(MAX_HEADERS)
        .max_buf_size(MAX_HEAD)
        .keep_alive(true)
        .serve_connection(TokioIo::new(stream), service);
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%error, "a connection ended early");
    }
    drop(slot);
}
