//! Settings of a place: classes, versions, rules, locks, rights.

use holdfast_app::{
    Result,
    dto::storage_tools::{
        LifecycleForm, LifecyclePreview, ObjectLockMode, ObjectLockView, PolicyView, StorageClassView, VersioningView,
    },
};
use tauri::command;

use crate::Shared;

#[command]
#[specta::specta]
pub async fn storage_classes(app: Shared<'_>, profile: String) -> Result<Vec<StorageClassView>> {
    Ok(app.storage_tools(&profile).await?.storage_classes())
}

#[command]
#[specta::specta]
pub async fn get_versioning(app: Shared<'_>, profile: String) -> Result<VersioningView> {
    app.storage_tools(&profile).await?.versioning().await
}

#[command]
#[specta::specta]
pub async fn set_versioning(app: Shared<'_>, profile: String, on: bool) -> Result<()> {
    app.storage_tools(&profile).await?.set_versioning(on).await
}

#[command]
#[specta::specta]
pub async fn get_lifecycle(app: Shared<'_>, profile: String) -> Result<LifecycleForm> {
    app.storage_tools(&profile).await?.lifecycle().await
}

#[command]
#[specta::specta]
pub async fn preview_lifecycle(app: Shared<'_>, profile: String, form: LifecycleForm) -> Result<LifecyclePreview> {
    app.storage_tools(&profile).await?.preview_lifecycle(&form).await
}

#[command]
#[specta::specta]
pub async fn set_lifecycle(app: Shared<'_>, profile: String, form: LifecycleForm) -> Result<()> {
    app.storage_tools(&profile).await?.set_lifecycle(&form).await
}

#[command]
#[specta::specta]
pub async fn get_object_lock(app: Shared<'_>, profile: String) -> Result<ObjectLockView> {
    app.storage_tools(&profile).await?.object_lock().await
}

#[command]
#[specta::specta]
pub async fn set_object_lock(app: Shared<'_>, profile: String, mode: ObjectLockMode, days: u32) -> Result<()> {
    app.storage_tools(&profile).await?.set_object_lock(mode, days).await
}

#[command]
#[specta::specta]
pub async fn least_privilege_policy(app: Shared<'_>, profile: String) -> Result<PolicyView> {
    app.storage_tools(&profile).await?.policy()
}
