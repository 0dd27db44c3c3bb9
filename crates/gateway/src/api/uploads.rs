//! `POST /upload`

use std::sync::Arc;

use axum::{Json, body::Body, extract::State as Shared};
use http::HeaderMap;
use serde::Serialize;

use super::{Caller, Failure};
use crate::{
    config::Permission,
    error::Answer,
    state::State,
    upload::{self, Incoming},
};

/// The form.
#[derive(utoipa::ToSchema)]
#[allow(dead_code)]
pub(crate) struct UploadForm {
    /// Where it goes. Best before `file`.
    #[schema(max_length = 1024, example = "photos/2024/a.jpg")]
    path: String,
    /// SHA-256 of the content, 64 hexadecimal digits; checked and kept.
    #[schema(pattern = "^[0-9a-fA-F]{64}$")]
    sha256: Option<String>,
    /// Unix seconds, with up to nine decimals; kept.
    #[schema(pattern = r"^-?[0-9]{1,12}(\.[0-9]{1,9})?$")]
    mtime: Option<String>,
    /// A JSON object of texts, names in lower case; kept.
    metadata: Option<String>,
    /// `true`: refuse when something is there.
    if_absent: Option<String>,
    /// Replace only what has this ETag.
    if_match: Option<String>,
    /// Storage class.
    storage_class: Option<String>,
    /// The content. Its content type is kept.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// What was stored.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Sent {
    success: bool,
    /// Its key in the bucket.
    pub(crate) s3_key: String,
    /// Bytes.
    pub(crate) size: u64,
    /// SHA-256 of the content.
    pub(crate) sha256: String,
    /// Entity tag.
    pub(crate) etag: String,
}

impl Sent {
    pub(crate) fn new(s3_key: String, size: u64, digest: [u8; 32], etag: &holdfast_storage::ETag) -> Self {
        Self { success: true, s3_key, size, sha256: hex::encode(digest), etag: etag.as_str().to_owned() }
    }
}

/// Stores a file.
#[utoipa::path(
    post, path = "/upload",
    request_body(content = UploadForm, content_type = "multipart/form-data"),
    responses((status = 200, body = Sent), (status = "default", body = Failure)),
)]
pub(crate) async fn upload(
    Shared(state): Shared<Arc<State>>,
    Caller(client): Caller,
    headers: HeaderMap,
    body: Body,
) -> Answer<Json<Sent>> {
    client.must(Permission::Upload)?;
    upload::receive(state, client, Incoming { headers, body }).await.map(Json)
}
