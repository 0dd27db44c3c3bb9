//! Old versions, files in an archive, and finding files by name.

use holdfast_app::{
    Result,
    dto::{
        run::ObjectPage,
        storage_tools::{ClassShare, ThawFile, ThawOffer, ThawResult, VersionsPage},
    },
};
use tauri::{AppHandle, command};

use super::{DOWNLOAD_PROGRESS, emit_to};
use crate::Shared;

#[command]
#[specta::specta]
pub async fn list_versions(
    app: Shared<'_>,
    profile: String,
    prefix: String,
    as_of: Option<String>,
    continuation: Option<String>,
) -> Result<VersionsPage> {
    app.storage_tools(&profile).await?.versions(&prefix, as_of.as_deref(), continuation.as_deref()).await
}

#[command]
#[specta::specta]
pub async fn thaw_offer(
    app: Shared<'_>,
    profile: String,
    classes: Vec<ClassShare>,
    files: Vec<ThawFile>,
    days: u16,
) -> Result<ThawOffer> {
    app.storage_tools(&profile).await?.thaw_offer(&classes, &files, days).await
}

#[command]
#[specta::specta]
pub async fn thaw(
    app: Shared<'_>,
    handle: AppHandle,
    profile: String,
    files: Vec<ThawFile>,
    days: u16,
    operation_id: Option<String>,
) -> Result<ThawResult> {
    let run = app.running.begin(operation_id);
    let tools = app.storage_tools(&profile).await?;
    tools.thaw(files, days, &run, &emit_to(handle, DOWNLOAD_PROGRESS, &run.id)).await
}

#[command]
#[specta::specta]
pub async fn search_objects(app: Shared<'_>, profile: String, text: String, limit: u32) -> Result<ObjectPage> {
    app.storage_tools(&profile).await?.search(&text, limit as usize).await
}
