//! Old versions, files in an archive, and finding files by name.

use holdfast_app::{
    Result,
    dto::{
        run::ObjectPage,
        storage_tools::{ThawView, VersionsPage},
    },
};
use tauri::command;

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
pub async fn thaw_state(app: Shared<'_>, profile: String, keys: Vec<String>) -> Result<Vec<ThawView>> {
    app.storage_tools(&profile).await?.thaw_state(&keys).await
}

#[command]
#[specta::specta]
pub async fn thaw(app: Shared<'_>, profile: String, keys: Vec<String>, days: u16) -> Result<Vec<ThawView>> {
    app.storage_tools(&profile).await?.thaw(&keys, days).await
}

#[command]
#[specta::specta]
pub async fn search_objects(app: Shared<'_>, profile: String, text: String, limit: u32) -> Result<ObjectPage> {
    app.storage_tools(&profile).await?.search(&text, limit as usize).await
}
