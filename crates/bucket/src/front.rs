//! The protocol without a listener, for a server that has one: each request is answered for the key it was signed with.

use std::sync::Arc;

use holdfast_storage::Buckets;
use http::{HeaderMap, Request, Response};
use hyper::body::Incoming;
use s3s::{Body, S3Error, S3ErrorCode};

use crate::{
    Backend, Credentials, Secret,
    gate::{Gate, error_response},
};

/// What a signature begins with in the header `Authorization`.
const SCHEME: &str = "AWS4-HMAC-SHA256";

/// Answers S3 requests over `buckets` that were signed with one pair of keys.
#[derive(Clone)]
pub struct Front(Gate);

impl std::fmt::Debug for Front {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Front(…)")
    }
}

impl Front {
    /// A front for a client whose access key id and secret access key are the same text.
    pub fn for_key(buckets: Arc<dyn Buckets>, key: &str) -> Self {
        let credentials = Credentials { access_key: key.to_owned(), secret_key: Secret::new(key) };
        Self(Gate::new(Backend::new(buckets), credentials))
    }

    /// Answers a request.
    pub async fn answer(&self, request: Request<Incoming>) -> Response<Body> {
        self.0.clone().answer(request).await
    }

    /// Whether a request is signed in its header as S3's are.
    pub fn is_signed(headers: &HeaderMap) -> bool {
        headers.get(http::header::AUTHORIZATION).is_some_and(|value| value.as_bytes().starts_with(SCHEME.as_bytes()))
    }

    /// The access key id that a request says it was signed with. Proves nothing.
    pub fn access_key(headers: &HeaderMap) -> Option<&str> {
        let text = headers.get(http::header::AUTHORIZATION)?.to_str().ok()?.strip_prefix(SCHEME)?;
        let fields = text.split(',').map(str::trim);
        let credential = fields.filter_map(|field| field.strip_prefix("Credential=")).next()?;
        credential.split('/').next().filter(|key| !key.is_empty())
    }

    /// The answer to a key that is not known.
    pub fn unknown_key() -> Response<Body> {
        let words = "The AWS access key ID you provided does not exist in our records.";
        error_response(S3Error::with_message(S3ErrorCode::InvalidAccessKeyId, words))
    }

    /// The answer to a client that asks too much.
    pub fn slow_down() -> Response<Body> {
        error_response(S3Error::with_message(S3ErrorCode::SlowDown, "Please reduce your request rate."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_access_key_is_read_from_the_signature() {
        for (text, want) in [
            ("AWS4-HMAC-SHA256 Credential=ID/20261121/r/s3/aws4_request, SignedHeaders=host, Signature=0", Some("ID")),
            ("AWS4-HMAC-SHA256 SignedHeaders=host,Credential=ID/x", Some("ID")),
            ("AWS4-HMAC-SHA256 Credential=/x", None),
            ("Bearer Credential=ID/x", None),
        ] {
            let headers = HeaderMap::from_iter([(http::header::AUTHORIZATION, text.parse().unwrap())]);
            assert_eq!(Front::access_key(&headers), want, "{text}");
        }
    }
}
