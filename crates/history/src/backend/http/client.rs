//! Requests to a hishtory server: limits, retries, and refusals as facts.

use std::time::Duration;

use holdfast_storage::{error::backoff, url::is_loopback, why_unreachable};
use reqwest::{Client, Method, Response, header};
use serde::Serialize;
use url::Url;

use super::HttpSettings;
use crate::{Error, Result};

/// How long making a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// The slowest line that is waited for, in bytes per second.
const SLOWEST: u64 = 16 << 10;
/// The largest answer that is taken: some two million entries.
const MAX_ANSWER: usize = 1 << 30;
const BASE: Duration = Duration::from_millis(200);
const CAP: Duration = Duration::from_secs(10);

/// Whether a request may be sent again when it is not known what became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeat {
    /// Twice does what once does.
    Safe,
    /// Only if no connection was made.
    Unsent,
}

/// A connection to a server.
#[derive(Debug)]
pub(super) struct Caller {
    client: Client,
    base: Url,
    settings: HttpSettings,
}

impl Caller {
    /// Checks the address, sends nothing.
    pub fn new(settings: HttpSettings) -> Result<Self> {
        let refused = |reason: String| Error::Server { server: settings.server.clone(), reason, retryable: false };
        let address = holdfast_storage::url::checked_endpoint(&settings.server, settings.allow_http);
        // The address may hold keys that have no place there: what is refused is not repeated.
        let address = address.map_err(|why| Error::Server {
            server: "the address of the hishtory server".into(),
            reason: why.to_string(),
            retryable: false,
        })?;
        let base = Url::parse(&address).map_err(|why| refused(why.to_string()))?;
        let mut builder = Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("holdfast/", env!("CARGO_PKG_VERSION")));
        if is_loopback(base.host_str().unwrap_or_default()) {
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(|_| refused("TLS could not be set up".into()))?;
        Ok(Self { client, base, settings: HttpSettings { server: address, ..settings } })
    }

    /// The address, without anything secret.
    pub fn server(&self) -> &str {
        &self.settings.server
    }

    pub async fn get(&self, call: &str, query: &[(&str, &str)], repeat: Repeat) -> Result<Vec<u8>> {
        self.send(Method::GET, call, query, Vec::new(), repeat).await
    }

    pub async fn post(&self, call: &str, query: &[(&str, &str)], body: &impl Serialize) -> Result<Vec<u8>> {
        self.send(Method::POST, call, query, serde_json::to_vec(body)?, Repeat::Safe).await
    }

    async fn send(
        &self,
        method: Method,
        call: &str,
        query: &[(&str, &str)],
        body: Vec<u8>,
        repeat: Repeat,
    ) -> Result<Vec<u8>> {
        let body = bytes::Bytes::from(body);
        let mut attempt = 1;
        loop {
            let failed = match self.once(method.clone(), call, query, body.clone()).await {
                Ok(answer) => return Ok(answer),
                Err(failed) => failed,
            };
            let again = failed.retryable && (repeat == Repeat::Safe || failed.unsent);
            if !again || attempt >= self.settings.attempts {
                return Err(self.error(failed));
            }
            tokio::time::sleep(backoff(attempt, BASE, CAP, rand::random())).await;
            attempt += 1;
        }
    }

    async fn once(
        &self,
        method: Method,
        call: &str,
        query: &[(&str, &str)],
        body: bytes::Bytes,
    ) -> Result<Vec<u8>, Failed> {
        let mut url = self.base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(["api", "v1", call]);
        }
        url.query_pairs_mut().extend_pairs(query);
        let limit = self.settings.timeout + Duration::from_secs(body.len() as u64 / SLOWEST);
        // No version of hishtory's: with one, version 335 keeps dump and deletion requests out of its answers.
        let request = self
            .client
            .request(method, url)
            .header("X-Hishtory-Version", concat!("holdfast-", env!("CARGO_PKG_VERSION")))
            .header(header::CONTENT_TYPE, "application/json")
            .body(body);
        let answer = tokio::time::timeout(limit, request.send()).await;
        let answer = answer.map_err(|_| Failed::late())?.map_err(|why| Failed::unreachable(&why))?;
        match answer.status().as_u16() {
            200..=299 => self.whole(answer).await,
            status @ (408 | 429 | 500..=599) => Err(Failed::refused(status, true)),
            status => Err(Failed::refused(status, false)),
        }
    }

    async fn whole(&self, mut answer: Response) -> Result<Vec<u8>, Failed> {
        let mut whole = Vec::new();
        loop {
            let chunk = tokio::time::timeout(self.settings.timeout, answer.chunk()).await;
            match chunk.map_err(|_| Failed::late())?.map_err(|why| Failed::unreachable(&why))? {
                None => return Ok(whole),
                Some(chunk) if whole.len() + chunk.len() <= MAX_ANSWER => whole.extend_from_slice(&chunk),
                Some(_) => return Err(Failed { reason: "its answer is too long".into(), ..Failed::default() }),
            }
        }
    }

    fn error(&self, failed: Failed) -> Error {
        Error::Server { server: self.server().to_owned(), reason: failed.reason, retryable: failed.retryable }
    }

    /// An answer that hishtory's server does not give: a web page, a captive portal, another program.
    pub fn foreign(&self) -> Error {
        Error::Server {
            server: self.server().to_owned(),
            reason: "what answers there is not a hishtory server".into(),
            retryable: false,
        }
    }
}

#[derive(Debug, Default)]
struct Failed {
    reason: String,
    retryable: bool,
    /// No connection was made.
    unsent: bool,
}

impl Failed {
    fn late() -> Self {
        Self { reason: "no answer in time".into(), retryable: true, unsent: false }
    }

    fn unreachable(error: &reqwest::Error) -> Self {
        let reason = why_unreachable(error, error.is_timeout()).to_string();
        Self { reason, retryable: true, unsent: error.is_connect() }
    }

    fn refused(status: u16, retryable: bool) -> Self {
        Self { reason: format!("it refused the request (status {status})"), retryable, unsent: false }
    }
}
