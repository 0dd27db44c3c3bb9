//! Uploads in parts that outlive their connection: S3's own, wrapped. The gateway remembers none of them.

use std::sync::Arc;

use axum::{Json, body::Body, extract::State as Shared};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::BytesMut;
use futures::{StreamExt, TryStreamExt};
use holdfast_storage::{CompleteOptions, ETag, Error as StoreError, Metadata, Part, Upload, WriteOptions};
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Caller, Document, Failure, InPath, Params, PathQuery, check_headers, content_length, seconds};
use crate::{
    config::Permission,
    error::{Answer, ApiError},
    live::Client,
    paths::check_prefix,
    state::State,
    upload::{MAX_PARTS, PART_SIZE, Spool, check_metadata, check_mtime, parse_digest, part_size},
};

/// Header with the SHA-256 of a part, hexadecimal.
const PART_SHA256: &str = "x-holdfast-sha256";
/// Parts up to this size wait in memory, larger ones on the disk.
const IN_MEMORY: u64 = PART_SIZE;
/// Largest part that S3 takes.
const LARGEST_PART: u64 = 5 << 30;

/// What is to come.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Begin {
    path: String,
    /// Bytes in all, where they are known.
    size: Option<u64>,
    content_type: Option<String>,
    /// Unix seconds, with up to nine decimals; kept.
    mtime: Option<String>,
    /// Kept; the gateway does not see the whole content and cannot check it.
    sha256: Option<String>,
    #[serde(default)]
    metadata: Metadata,
    storage_class: Option<String>,
}

/// What to name the upload by.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Begun {
    upload_id: String,
    /// Bytes that parts should have; the last may have fewer.
    part_size: u64,
}

/// Begins an upload in parts.
#[utoipa::path(
    post, path = "/upload/resumable", request_body = Begin,
    responses((status = 200, body = Begun), (status = "default", body = Failure)),
)]
pub(crate) async fn begin(Caller(client): Caller, Document(begin): Document<Begin>) -> Answer<Json<Begun>> {
    client.must(Permission::Upload)?;
    let (path, key) = client.path(&begin.path)?;
    let size = begin.size.unwrap_or(0);
    if size > client.max_file_size {
        return Err(ApiError::too_large(path.as_str(), client.max_file_size));
    }
    client.reserve(size).await?;
    check_headers(begin.content_type.as_deref(), begin.storage_class.as_deref())?;
    let mut metadata = begin.metadata;
    if let Some(mtime) = begin.mtime {
        check_mtime(&mtime)?;
        metadata.insert("mtime".into(), mtime);
    }
    if let Some(digest) = begin.sha256 {
        metadata.insert("sha256".into(), hex::encode(parse_digest("sha256", &digest)?));
    }
    check_metadata(&metadata)?;
    let options = WriteOptions {
        content_type: begin.content_type,
        metadata,
        storage_class: begin.storage_class,
        ..WriteOptions::default()
    };
    let upload = client.store.create_multipart(&key, &options).await?;
    Ok(Json(Begun { upload_id: URL_SAFE_NO_PAD.encode(upload.id), part_size: part_size(size) }))
}

/// The upload that is meant: its id, bound to a path of the client's.
fn upload(client: &Client, id: &str, path: &str) -> Answer<Upload> {
    client.must(Permission::Upload)?;
    let (_, key) = client.path(path)?;
    let id = URL_SAFE_NO_PAD.decode(id).ok().and_then(|id| String::from_utf8(id).ok());
    let good = |id: &String| (1..=2048).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic());
    let unknown = || ApiError::from(StoreError::NoSuchUpload { key: key.clone() });
    Ok(Upload { id: id.filter(good).ok_or_else(unknown)?, key })
}

/// An id that the bucket cannot even read is an upload that is not known.
fn known(error: StoreError, upload: &Upload) -> ApiError {
    match error {
        StoreError::Server { status: 400, code, .. } if code == "InvalidArgument" || code == "InvalidRequest" => {
            StoreError::NoSuchUpload { key: upload.key.clone() }.into()
        }
        other => other.into(),
    }
}

/// A part that arrived.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct SentPart {
    #[schema(minimum = 1, maximum = 10000)]
    number: u16,
    etag: String,
    /// Bytes.
    size: u64,
}

impl From<Part> for SentPart {
    fn from(part: Part) -> Self {
        Self { number: part.number, etag: part.etag.as_str().to_owned(), size: part.size }
    }
}

/// Sends a part; again, to replace it.
#[utoipa::path(
    put, path = "/upload/resumable/{upload_id}/parts/{number}",
    params(
        ("upload_id" = String, Path), ("number" = u16, Path, minimum = 1, maximum = 10000), PathQuery,
        ("x-holdfast-sha256" = Option<String>, Header, description = "SHA-256 of the part, hexadecimal; checked."),
    ),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 200, body = SentPart), (status = "default", body = Failure)),
)]
pub(crate) async fn part(
    Shared(state): Shared<Arc<State>>,
    Caller(client): Caller,
    InPath((id, number)): InPath<(String, u16)>,
    Params(query): Params<PathQuery>,
    headers: HeaderMap,
    body: Body,
) -> Answer<Json<SentPart>> {
    let upload = upload(&client, &id, &query.path)?;
    if !(1..=MAX_PARTS).contains(&u64::from(number)) {
        return Err(ApiError::bad_request("bad_parameters", "a part's number is from 1 to 10,000", "Count from 1."));
    }
    let length = content_length(&headers).ok_or_else(|| {
        let hint = "Send the header Content-Length.";
        ApiError::new(StatusCode::LENGTH_REQUIRED, "no_length", "the length of the part is not known", hint)
    })?;
    if length > client.max_file_size.min(LARGEST_PART) {
        return Err(ApiError::too_large(&query.path, client.max_file_size.min(LARGEST_PART)));
    }
    let announced = headers.get(PART_SHA256).map(|text| parse_digest(PART_SHA256, text.to_str().unwrap_or_default()));
    let announced = announced.transpose()?;
    let room = client.reserve(length).await?;
    let _share = state.memory.take(&client.limits, length.min(IN_MEMORY)).await?;
    let content = content(body, length, &query.path).await?;
    if announced.is_some_and(|digest| Some(digest) != content.sha256) {
        return Err(ApiError::wrong_digest(&query.path));
    }
    let _turn = state.turn().await?;
    let sent = client.store.upload_part(&upload, number, content).await.map_err(|error| known(error, &upload))?;
    room.keep(length);
    Ok(Json(sent.into()))
}

/// A part's content, whole and hashed, so that it can be sent again.
async fn content(body: Body, length: u64, path: &str) -> Answer<holdfast_storage::Body> {
    let mut chunks = body.into_data_stream().map_err(|_| ApiError::cut(path));
    if length > IN_MEMORY {
        let spool = Spool::of(chunks, length).await?;
        let content = holdfast_storage::Body::file_range(Arc::new(spool.file), 0, spool.size);
        return Ok(content.with_sha256(spool.digest));
    }
    let (mut bytes, mut hash) = (BytesMut::with_capacity(length as usize), Sha256::new());
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk?;
        hash.update(&chunk);
        bytes.extend_from_slice(&chunk);
    }
    Ok(holdfast_storage::Body::bytes(bytes.freeze()).with_sha256(hash.finalize().into()))
}

/// The parts that arrived.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Parts {
    parts: Vec<SentPart>,
}

/// Says which parts arrived.
#[utoipa::path(
    get, path = "/upload/resumable/{upload_id}", params(("upload_id" = String, Path), PathQuery),
    responses((status = 200, body = Parts), (status = "default", body = Failure)),
)]
pub(crate) async fn parts(
    Caller(client): Caller,
    InPath(id): InPath<String>,
    Params(query): Params<PathQuery>,
) -> Answer<Json<Parts>> {
    let upload = upload(&client, &id, &query.path)?;
    let parts = client.store.list_parts(&upload).await.map_err(|error| known(error, &upload))?;
    Ok(Json(Parts { parts: parts.into_iter().map(SentPart::from).collect() }))
}

/// The parts of the object.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Complete {
    #[schema(min_items = 1, max_items = 10000)]
    parts: Vec<SentPart>,
    /// Refuse when something is there.
    #[serde(default)]
    if_absent: bool,
    /// Replace only what has this ETag.
    if_match: Option<String>,
}

/// What was stored.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Completed {
    success: bool,
    /// Its key in the bucket.
    s3_key: String,
    /// Bytes.
    size: u64,
    etag: String,
}

/// Makes the object.
#[utoipa::path(
    post, path = "/upload/resumable/{upload_id}/complete", params(("upload_id" = String, Path), PathQuery),
    request_body = Complete, responses((status = 200, body = Completed), (status = "default", body = Failure)),
)]
pub(crate) async fn complete(
    Shared(state): Shared<Arc<State>>,
    Caller(client): Caller,
    InPath(id): InPath<String>,
    Params(query): Params<PathQuery>,
    Document(complete): Document<Complete>,
) -> Answer<Json<Completed>> {
    let upload = upload(&client, &id, &query.path)?;
    if complete.parts.is_empty() || complete.parts.len() as u64 > MAX_PARTS {
        return Err(ApiError::bad_request("bad_body", "an object has 1 to 10,000 parts", "Send at least one part."));
    }
    let tags = complete.parts.iter().map(|part| super::tag("a part's etag", &part.etag)).collect::<Answer<Vec<_>>>()?;
    let part = |(part, etag): (&SentPart, ETag)| Part { number: part.number, etag, size: part.size };
    let list: Vec<Part> = complete.parts.iter().zip(tags).map(part).collect();
    let size = true_size(&client, &upload, &list).await?;
    if size > client.max_file_size {
        client.store.abort_multipart(&upload).await?;
        return Err(ApiError::too_large(&query.path, client.max_file_size));
    }
    client.reserve(0).await?;
    let if_match = complete.if_match.map(|text| super::tag("if_match", &text)).transpose()?;
    let options = CompleteOptions { if_absent: complete.if_absent, if_match, ..CompleteOptions::default() };
    let written = client.store.complete_multipart(&upload, &list, &options).await;
    let written = written.map_err(|error| known(error, &upload))?;
    state.stored(&client, size);
    let s3_key = format!("{}{}", client.folder, upload.key);
    Ok(Json(Completed { success: true, s3_key, size, etag: written.etag.as_str().to_owned() }))
}

/// What the parts hold together as the bucket has them: what a client says of their sizes proves nothing.
async fn true_size(client: &Client, upload: &Upload, list: &[Part]) -> Answer<u64> {
    let there = match client.store.list_parts(upload).await {
        // Perhaps it was completed and the answer was lost: the completion tells.
        Err(StoreError::NoSuchUpload { .. }) => {
            return Ok(list.iter().fold(0, |sum, part| sum.saturating_add(part.size)));
        }
        parts => parts.map_err(|error| known(error, upload))?,
    };
    Ok(there.iter().filter(|part| list.iter().any(|one| one.number == part.number)).map(|part| part.size).sum())
}

/// It is given up.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Aborted {
    aborted: bool,
}

/// Gives an upload up. No error when it is gone.
#[utoipa::path(
    delete, path = "/upload/resumable/{upload_id}", params(("upload_id" = String, Path), PathQuery),
    responses((status = 200, body = Aborted), (status = "default", body = Failure)),
)]
pub(crate) async fn abort(
    Caller(client): Caller,
    InPath(id): InPath<String>,
    Params(query): Params<PathQuery>,
) -> Answer<Json<Aborted>> {
    let upload = upload(&client, &id, &query.path)?;
    match client.store.abort_multipart(&upload).await.map_err(|error| known(error, &upload)) {
        Err(error) if error.code != "no_such_upload" => Err(error),
        _ => Ok(Json(Aborted { aborted: true })),
    }
}

/// Which uploads to list.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct UploadsQuery {
    /// Those of paths that begin with this.
    #[serde(default)]
    #[param(max_length = 1024, required = false)]
    prefix: String,
}

/// Unfinished uploads.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Uploads {
    uploads: Vec<Unfinished>,
}

/// An unfinished upload.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Unfinished {
    upload_id: String,
    path: String,
    /// Unix seconds.
    initiated: Option<f64>,
}

/// Lists unfinished uploads.
#[utoipa::path(
    get, path = "/upload/resumable", params(UploadsQuery),
    responses((status = 200, body = Uploads), (status = "default", body = Failure)),
)]
pub(crate) async fn list(Caller(client): Caller, Params(query): Params<UploadsQuery>) -> Answer<Json<Uploads>> {
    client.must(Permission::Upload)?;
    check_prefix(&query.prefix).map_err(|fault| ApiError::bad_path(&query.prefix, fault))?;
    let found = client.store.list_uploads(&query.prefix).await?;
    let seen = found.into_iter().filter(|info| client.sees(info.upload.key.as_str()));
    let uploads = seen.map(|info| Unfinished {
        upload_id: URL_SAFE_NO_PAD.encode(info.upload.id),
        path: info.upload.key.as_str().to_owned(),
        initiated: info.initiated.map(seconds),
    });
    Ok(Json(Uploads { uploads: uploads.collect() }))
}
