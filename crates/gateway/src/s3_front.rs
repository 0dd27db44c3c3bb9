//! S3 for clients: placeholder until the bucket crate's front is put here.

use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, Request, header};
use hyper::body::Incoming;

use crate::{error::ApiError, live::Client, state::State};

/// A front for each key.
#[derive(Default)]
pub(crate) struct Fronts;

impl Fronts {
    pub(crate) fn clear(&self) {}
}

/// Whether a request is signed as S3's are.
pub(crate) fn is_signed(headers: &HeaderMap) -> bool {
    headers.get(header::AUTHORIZATION).is_some_and(|value| value.as_bytes().starts_with(b"AWS4-HMAC-SHA256"))
}

/// Answers an S3 request.
pub(crate) async fn answer(_: &State, _: Request<Incoming>) -> (Option<Arc<Client>>, Response) {
    (None, ApiError::bad_key().into_response())
}
