//! `GET /exists`, `POST /copy`

use axum::Json;
use holdfast_storage::{CopyFrom, Error as StoreError, Metadata, ReadOptions, WriteOptions};
use serde::{Deserialize, Serialize};

use super::{Caller, Document, Failure, Params, PathQuery, seconds};
use crate::{config::Permission, error::Answer, upload::check_metadata};

/// Whether an object is there, and its facts when it is.
#[derive(Debug, Default, Serialize, utoipa::ToSchema)]
pub(crate) struct Exists {
    exists: bool,
    #[serde(flatten)]
    #[schema(value_type = FactsThere)]
    facts: Option<Facts>,
}

/// An object's facts.
#[derive(Debug, Serialize)]
pub(crate) struct Facts {
    size: u64,
    sha256: Option<String>,
    etag: String,
    mtime: Option<String>,
    last_modified: f64,
    content_type: Option<String>,
    metadata: Metadata,
}

/// An object's facts as they are described: all there, or none.
#[derive(utoipa::ToSchema)]
#[allow(dead_code)]
pub(crate) struct FactsThere {
    /// Bytes.
    #[schema(required = false)]
    size: u64,
    /// SHA-256 where it was kept.
    #[schema(required = false)]
    sha256: Option<String>,
    #[schema(required = false)]
    etag: String,
    /// Unix seconds as they were sent.
    #[schema(required = false)]
    mtime: Option<String>,
    /// Unix seconds.
    #[schema(required = false)]
    last_modified: f64,
    #[schema(required = false)]
    content_type: Option<String>,
    #[schema(required = false)]
    metadata: Metadata,
}

/// Asks for an object.
#[utoipa::path(
    get, path = "/exists", params(PathQuery),
    responses((status = 200, body = Exists), (status = "default", body = Failure)),
)]
pub(crate) async fn exists(Caller(client): Caller, Params(query): Params<PathQuery>) -> Answer<Json<Exists>> {
    client.must(Permission::Read)?;
    let (_, key) = client.path(&query.path)?;
    let meta = match client.store.head(&key, &ReadOptions::default()).await {
        Err(StoreError::NotFound { .. }) => return Ok(Json(Exists::default())),
        found => found?,
    };
    let facts = Facts {
        size: meta.size,
        sha256: meta.metadata.get("sha256").cloned(),
        etag: meta.etag.as_str().to_owned(),
        mtime: meta.metadata.get("mtime").cloned(),
        last_modified: seconds(meta.last_modified),
        content_type: meta.content_type,
        metadata: meta.metadata,
    };
    Ok(Json(Exists { exists: true, facts: Some(facts) }))
}

/// What to copy.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Copy {
    from: String,
    to: String,
    /// Only while the source has this ETag.
    if_match: Option<String>,
    /// In place of the source's.
    #[serde(default)]
    metadata: Metadata,
    content_type: Option<String>,
    storage_class: Option<String>,
}

/// What was written.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Written {
    etag: String,
}

/// Copies an object inside the bucket.
#[utoipa::path(
    post, path = "/copy", request_body = Copy,
    responses((status = 200, body = Written), (status = "default", body = Failure)),
)]
pub(crate) async fn copy(Caller(client): Caller, Document(copy): Document<Copy>) -> Answer<Json<Written>> {
    client.must(Permission::Read)?;
    client.must(Permission::Upload)?;
    let ((_, from), (_, to)) = (client.path(&copy.from)?, client.path(&copy.to)?);
    check_metadata(&copy.metadata)?;
    super::check_headers(copy.content_type.as_deref(), copy.storage_class.as_deref())?;
    let if_match = copy.if_match.map(|tag| super::tag("if_match", &tag)).transpose()?;
    let source = client.store.head(&from, &ReadOptions::default()).await?;
    let room = client.reserve(source.size).await?;
    let options = WriteOptions {
        content_type: copy.content_type,
        metadata: copy.metadata,
        storage_class: copy.storage_class,
        ..WriteOptions::default()
    };
    let from = CopyFrom { key: from, version: None, if_match };
    let written = client.store.copy(&from, &to, &options).await?;
    room.keep(source.size);
    Ok(Json(Written { etag: written.etag.as_str().to_owned() }))
}
