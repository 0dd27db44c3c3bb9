//! Requests to the gateway, and its refusals as facts.

use std::time::Duration;

use reqwest::{Certificate, Client, Method, RequestBuilder, Response, header};
use serde::de::DeserializeOwned;

use super::{
    GatewayLocation,
    answers::{Reason, Refusal, foreign},
};
use crate::{
    Error, Key, RequestKind, Result, Secret,
    chain::unreachable,
    error::{CredentialFault, Unreachable},
    retry::attempt_limit,
    url::is_loopback,
};

/// How long making a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// A refusal is a few lines: more is no answer of a gateway.
const MAX_REFUSAL: usize = 64 << 10;

/// A connection to a gateway with one key.
#[derive(Clone)]
pub(super) struct Caller {
    client: Client,
    base: ::url::Url,
    key: Secret,
}

impl std::fmt::Debug for Caller {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Caller").field("base", &self.base.as_str()).finish_non_exhaustive()
    }
}

/// What is asked, for the words of a refusal.
pub(super) struct Asked<'a> {
    pub(super) kind: RequestKind,
    pub(super) key: Option<&'a Key>,
    /// Bytes of content sent with it.
    pub(super) bytes: u64,
}

impl Caller {
    /// Reads the CA file, sends nothing.
    pub(super) fn new(location: &GatewayLocation, key: Secret) -> Result<Self> {
        let mut builder = Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("holdfast/", env!("CARGO_PKG_VERSION")));
        if is_loopback(location.host()) {
            builder = builder.no_proxy();
        }
        if let Some(path) = &location.ca_file {
            let reading = |error| Error::io("reading the file with trusted certificates", error);
            let pem = std::fs::read(path).map_err(reading)?;
            let none = || std::io::Error::new(std::io::ErrorKind::InvalidData, "it holds no PEM certificate");
            let certificates = Certificate::from_pem_bundle(&pem).map_err(|_| reading(none()))?;
            if certificates.is_empty() {
                return Err(reading(none()));
            }
            builder = builder.tls_certs_merge(certificates);
        }
        let client = builder.build().map_err(|e| Error::io("setting up TLS", std::io::Error::other(e)))?;
        let base = ::url::Url::parse(&location.url).map_err(|_| Error::Unreachable(Unreachable::Dns))?;
        Ok(Self { client, base, key })
    }

    /// A request to `path` (its segments escaped here) with these parameters.
    pub(super) fn request(&self, method: Method, segments: &[&str], query: &[(&str, &str)]) -> RequestBuilder {
        let mut url = self.base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.clear().extend(segments);
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let mut bearer = header::HeaderValue::from_str(&format!("Bearer {}", self.key.expose()))
            .unwrap_or_else(|_| header::HeaderValue::from_static("Bearer"));
        bearer.set_sensitive(true);
        self.client.request(method, url).header(header::AUTHORIZATION, bearer)
    }

    /// Sends it; a refusal becomes an error.
    pub(super) async fn send(&self, asked: &Asked<'_>, request: RequestBuilder) -> Result<Response> {
        let answer = tokio::time::timeout(attempt_limit(asked.bytes), request.send()).await;
        let answer = answer.map_err(|_| Error::Unreachable(Unreachable::Timeout))?.map_err(|e| unreachable_by(&e))?;
        match answer.status().as_u16() {
            200..=299 | 304 => Ok(answer),
            status => Err(asked.refused(status, reason(answer).await)),
        }
    }

    /// Sends it and reads the answer as JSON.
    pub(super) async fn ask<T: DeserializeOwned>(&self, asked: &Asked<'_>, request: RequestBuilder) -> Result<T> {
        let answer = self.send(asked, request).await?;
        let status = answer.status().as_u16();
        let whole = tokio::time::timeout(attempt_limit(0), answer.bytes()).await;
        let whole = whole.map_err(|_| Error::Unreachable(Unreachable::Timeout))?.map_err(|e| unreachable_by(&e))?;
        serde_json::from_slice(&whole).map_err(|_| foreign(status))
    }
}

async fn reason(mut answer: Response) -> Option<Reason> {
    let mut text = Vec::new();
    while let Ok(Ok(Some(chunk))) = tokio::time::timeout(CONNECT_TIMEOUT, answer.chunk()).await {
        text.extend_from_slice(&chunk);
        if text.len() > MAX_REFUSAL {
            return None;
        }
    }
    serde_json::from_slice::<Refusal>(&text).ok().map(|refusal| refusal.error)
}

impl Asked<'_> {
    fn key(&self) -> Key {
        self.key.cloned().unwrap_or_else(|| Key::new("?").expect("one byte"))
    }

    /// What a status and a code mean. Without a code it was not a gateway that answered.
    fn refused(&self, status: u16, reason: Option<Reason>) -> Error {
        let Some(Reason { code, message }) = reason else { return foreign(status) };
        let key = self.key();
        match status {
            401 if code == "token_expired" => Error::Credentials(CredentialFault::Expired),
            401 => Error::Credentials(CredentialFault::UnknownKey),
            403 => Error::Denied { action: self.kind.action() },
            404 if code == "no_such_upload" => Error::NoSuchUpload { key },
            404 => Error::NotFound { key },
            // What a gateway would never keep is not there.
            400 if code == "bad_path" && matches!(self.kind, RequestKind::Head | RequestKind::Get) => {
                Error::NotFound { key }
            }
            400 if code == "part_too_small" => Error::PartTooSmall { key },
            409 if code == "wrong_parts" => Error::InvalidPart { key },
            409 if code == "wrong_part_order" => Error::InvalidPartOrder { key },
            409 if code == "archived" => Error::Archived { key },
            409 => Error::Conflict { key },
            411 | 413 => Error::TooLarge { key },
            412 => Error::PreconditionFailed { key },
            416 => Error::InvalidRange { key, size: None },
            422 => Error::BadDigest { key },
            429 | 503 => Error::SlowDown,
            507 => Error::QuotaExceeded,
            _ => Error::Server { status, code, message },
        }
    }
}

fn unreachable_by(error: &reqwest::Error) -> Error {
    Error::Unreachable(unreachable(error, error.is_timeout()))
}
