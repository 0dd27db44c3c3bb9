//! Single objects and unfinished uploads.

use std::{collections::BTreeMap, path::Path};

use holdfast_app::{
    Result,
    dto::run::{DownloadResult, ObjectPage, UnfinishedUpload, UploadResult},
};
use tauri::command;

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
    local_path: String,
    s3_key: String,
    metadata: Option<BTreeMap<String, String>>,
) -> Result<UploadResult> {
    app.session(None).await?.put_file(Path::new(&local_path), &s3_key, metadata.unwrap_or_default()).await
}

#[command]
#[specta::specta]
pub async fn download_file_from_s3(app: Shared<'_>, s3_key: String, local_path: String) -> Result<DownloadResult> {
    app.session(None).await?.get_file(&s3_key, Path::new(&local_path)).await
}

#[command]
#[specta::specta]
pub async fn delete_file_from_s3(app: Shared<'_>, s3_key: String) -> Result<()> {
    app.session(None).await?.remove_object(&s3_key).await
}

#[command]
#[specta::specta]
pub async fn list_unfinished_uploads(app: Shared<'_>) -> Result<Vec<UnfinishedUpload>> {
    app.session(None).await?.unfinished_uploads().await
}

#[command]
#[specta::specta]
pub async fn abort_unfinished_uploads(app: Shared<'_>) -> Result<u64> {
    app.session(None).await?.abort_uploads().await
}
