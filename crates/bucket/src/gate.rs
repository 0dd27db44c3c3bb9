//! What stands in front of the protocol layer: refuses what it would let through, guards the body on its way in, and
//! puts the last touches to an answer.

use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, request::Parts};
use hyper::body::{Body as _, Incoming};
use s3s::{
    Body, S3Error, S3ErrorCode,
    config::{S3Config, StaticConfigProvider},
    service::{S3Service, S3ServiceBuilder},
};

use crate::{
    Backend, Credentials,
    auth::OnePair,
    backend::checksums::{Expected, payload_hash},
    host::{LocalNames, bucket_in},
    inflow::Inflow,
    refusal::Verdict,
};

/// The largest XML body, more than 1,000 keys of 1,024 escaped bytes need.
const MAX_XML: usize = 8 << 20;

/// The service that a connection speaks to. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Gate {
    service: S3Service,
    /// Whether the name of the host may be that of a bucket.
    local_names: bool,
    requests: Arc<AtomicU64>,
}

impl Gate {
    /// A gate for hosts of any name, with the bucket in the path.
    pub(crate) fn new(backend: Backend, credentials: Credentials) -> Self {
        Self::build(backend, credentials, false)
    }

    /// A gate that also finds the bucket in names below `localhost`.
    pub(crate) fn with_local_names(backend: Backend, credentials: Credentials) -> Self {
        Self::build(backend, credentials, true)
    }

    fn build(backend: Backend, credentials: Credentials, local_names: bool) -> Self {
        let mut config = S3Config::default();
        config.xml_max_body_size = MAX_XML;
        config.post_object_max_file_size = 0;
        config.form_max_fields_size = 64 << 10;
        let mut builder = S3ServiceBuilder::new(backend);
        builder.set_auth(OnePair(credentials));
        builder.set_config(Arc::new(StaticConfigProvider::new(Arc::new(config))));
        if local_names {
            builder.set_host(LocalNames);
        }
        Self { service: builder.build(), local_names, requests: Arc::default() }
    }

    pub(crate) async fn answer(self, request: http::Request<Incoming>) -> Response<Body> {
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        let is_head = request.method() == Method::HEAD;
        let expects = request.headers().contains_key(http::header::EXPECT);
        let is_empty = request.body().is_end_stream();
        let mut response = self.decide(request).await;
        if expects && (is_empty || !response.status().is_success()) {
            // botocore mixes up the next answer on a connection where it got a final answer instead of a 100.
            response.headers_mut().insert(http::header::CONNECTION, HeaderValue::from_static("close"));
        }
        if is_head && response.headers().contains_key(http::header::CONTENT_RANGE) && response.status().is_success() {
            *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        }
        if response.status() == StatusCode::NOT_MODIFIED {
            *response.body_mut() = Body::empty();
            response.headers_mut().remove(http::header::CONTENT_TYPE);
        }
        if let Ok(id) = HeaderValue::try_from(format!("{number:016X}")) {
            response.headers_mut().insert("x-amz-request-id", id);
        }
        response.headers_mut().insert(http::header::SERVER, HeaderValue::from_static("Holdfast"));
        response
    }

    async fn decide(&self, request: http::Request<Incoming>) -> Response<Body> {
        let (parts, body) = request.into_parts();
        if let Err(error) = admit(&parts) {
            return error_response(error);
        }
        if body.is_end_stream() {
            return self.call(parts, Body::empty()).await;
        }
        let verdict = Verdict::default();
        let is_xml = self.is_xml(&parts);
        let inflow = match guard(&parts, is_xml, body, verdict.clone()) {
            Ok(inflow) => inflow,
            Err(error) => return error_response(error),
        };
        let rest = (!parts.headers.contains_key(http::header::EXPECT)).then(|| inflow.rest());
        let response = self.call(parts, Body::from(inflow.into_dyn())).await;
        if response.status().is_success() {
            return response;
        }
        if let Some(rest) = rest {
            rest.drain().await;
        }
        verdict.get().map_or(response, |refusal| error_response(refusal.error()))
    }

    /// Whether the body is a document to be parsed and not content to be stored.
    fn is_xml(&self, parts: &Parts) -> bool {
        let host = parts.headers.get(http::header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
        let path = parts.uri.path().trim_start_matches('/');
        let key = match self.local_names && bucket_in(host).is_some() {
            true => path,
            false => path.split_once('/').map_or("", |(_, key)| key),
        };
        parts.method != Method::PUT || key.is_empty()
    }

    async fn call(&self, parts: Parts, body: Body) -> Response<Body> {
        match self.service.call(http::Request::from_parts(parts, body)).await {
            Ok(response) => response,
            Err(error) => {
                tracing::error!(?error, "the protocol layer failed");
                error_response(S3ErrorCode::InternalError.into())
            }
        }
    }
}

impl hyper::service::Service<http::Request<Incoming>> for Gate {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn call(&self, request: http::Request<Incoming>) -> Self::Future {
        let gate = self.clone();
        Box::pin(async move { Ok(gate.answer(request).await) })
    }
}

/// Refuses what the protocol layer knows and this bucket does not offer.
fn admit(parts: &Parts) -> Result<(), S3Error> {
    if is_signature_v2(parts) {
        return Err(S3Error::with_message(
            S3ErrorCode::InvalidRequest,
            "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.",
        ));
    }
    if parts.method == Method::POST && header_starts(&parts.headers, "content-type", "multipart/form-data") {
        return Err(S3Error::with_message(S3ErrorCode::NotImplemented, "Uploads by HTML form are not offered."));
    }
    Ok(())
}

fn is_signature_v2(parts: &Parts) -> bool {
    let query = parts.uri.query().unwrap_or_default();
    let names = || query.split('&').map(|pair| pair.split('=').next().unwrap_or_default());
    header_starts(&parts.headers, "authorization", "AWS ")
        || names().any(|name| name.eq_ignore_ascii_case("Signature") || name.eq_ignore_ascii_case("AWSAccessKeyId"))
}

fn header_starts(headers: &HeaderMap, name: &str, start: &str) -> bool {
    let value = headers.get(name).map(HeaderValue::as_bytes).unwrap_or_default();
    value.len() >= start.len() && value[..start.len()].eq_ignore_ascii_case(start.as_bytes())
}

/// Puts the guards around a body. The backend checks the content of objects and parts itself, once it is decoded; what
/// the protocol layer parses as XML is checked here.
fn guard(parts: &Parts, is_xml: bool, body: Incoming, verdict: Verdict) -> Result<Inflow, S3Error> {
    let streaming = header_starts(&parts.headers, "x-amz-content-sha256", "STREAMING-");
    let inflow = Inflow::new(body, verdict);
    if streaming {
        return match is_xml {
            true => Err(S3Error::with_message(S3ErrorCode::NotImplemented, "Chunked XML is not accepted.")),
            false => Ok(inflow.rechunk()),
        };
    }
    match is_xml {
        true => Ok(inflow.check(announced(parts)?, payload_hash(&parts.headers), MAX_XML)),
        false => Ok(inflow),
    }
}

/// What is announced about a document. A completion names the checksums of the object, not those of the document.
fn announced(parts: &Parts) -> Result<Expected, S3Error> {
    match parts.uri.query().is_some_and(|query| query.contains("uploadId=")) {
        true => Expected::md5_only(&parts.headers),
        false => Expected::from_headers(&parts.headers),
    }
}

pub(crate) fn error_response(error: S3Error) -> Response<Body> {
    error.to_http_response().unwrap_or_else(|_| {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        response
    })
}
