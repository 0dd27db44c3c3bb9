//! Single objects and unfinished uploads.

use std::{collections::BTreeMap, path::Path};

use holdfast_app::{
    Result,
    dto::run::{DownloadResult, ObjectPage, UnfinishedUploads, UploadResult},
};
use tauri::{AppHandle, command};

use super::{DOWNLOAD_PROGRESS, UPLOAD_PROGRESS, emit_to};
use crate::Shared;

#[command]
#[specta::specta]
pub async fn list_s3_objects(
    app: Shared<'_>,
    prefix: Option<String>,
    max_keys: Option<u16>,
    delimiter: Option<String>,
    continuation: Option<String>,
    profile: Option<String>,
) -> Result<ObjectPage> {
    let session = app.session(profile.as_deref()).await?;
    session.list_objects(&prefix.unwrap_or_default(), max_keys, delimiter, continuation).await
}

#[command]
#[specta::specta]
pub async fn upload_file_to_s3(
    app: Shared<'_>,
    handle: AppHandle,
    local_path: String,
    s3_key: String,
    metadata: Option<BTreeMap<String, String>>,
    operation_id: Option<String>,
) -> Result<UploadResult> {
    let run = app.running.begin(operation_id);
    let (session, sink) = (app.session(None).await?, emit_to(handle, UPLOAD_PROGRESS, &run.id));
    session.put_file(Path::new(&local_path), &s3_key, metadata.unwrap_or_default(), &run, &sink).await
}

#[command]
#[specta::specta]
pub async fn download_file_from_s3(
    app: Shared<'_>,
    handle: AppHandle,
    s3_key: String,
    local_path: String,
    operation_id: Option<String>,
) -> Result<DownloadResult> {
    let run = app.running.begin(operation_id);
    let (session, sink) = (app.session(None).await?, emit_to(handle, DOWNLOAD_PROGRESS, &run.id));
    session.get_file(&s3_key, Path::new(&local_path), &run, &sink).await
}

#[command]
#[specta::specta]
pub async fn delete_file_from_s3(app: Shared<'_>, s3_key: String) -> Result<()> {
    app.session(None).await?.remove_object(&s3_key).await
}

#[command]
#[specta::specta]
pub async fn list_unfinished_uploads(app: Shared<'_>, profile: Option<String>) -> Result<UnfinishedUploads> {
    app.session(profile.as_deref()).await?.unfinished_uploads().await
}

#[command]
#[specta::specta]
pub async fn abort_unfinished_uploads(app: Shared<'_>, profile: Option<String>) -> Result<u64> {
    app.session(profile.as_deref()).await?.abort_uploads().await
}
