//! Backing up, and what belongs to any run.

use holdfast_app::{
    Result,
    dto::{
        log::RunKind,
        plan::PlanView,
        run::{SuggestedFolder, SyncOptions, SyncResult},
    },
    operations::BackupRequest,
};
use tauri::{AppHandle, Manager, command};

use super::{UPLOAD_PROGRESS, emit_to};
use crate::Shared;

#[command]
#[specta::specta]
pub async fn sync_folder_to_s3(
    app: Shared<'_>,
    handle: AppHandle,
    local_folder: String,
    s3_prefix: String,
    options: SyncOptions,
    operation_id: Option<String>,
) -> Result<SyncResult> {
    let run = app.running.begin(operation_id).titled(RunKind::Backup, local_folder.clone(), None);
    let request = BackupRequest { folder: local_folder.clone().into(), prefix: s3_prefix, options };
    let (session, sink) = (app.session(None).await?, emit_to(handle, UPLOAD_PROGRESS, &run.id));
    let work = request.run(&session, &run, &sink);
    match request.options.dry_run {
        true => work.await,
        false => app.logged(RunKind::Backup, &session, &run, &local_folder, work).await,
    }
}

#[command]
#[specta::specta]
pub async fn preview_backup(
    app: Shared<'_>,
    handle: AppHandle,
    local_folder: String,
    s3_prefix: String,
    options: SyncOptions,
    operation_id: Option<String>,
) -> Result<PlanView> {
    let run = app.running.begin(operation_id);
    let request = BackupRequest { folder: local_folder.into(), prefix: s3_prefix, options };
    request.preview(&app.session(None).await?, &run, &emit_to(handle, UPLOAD_PROGRESS, &run.id)).await
}

#[command]
#[specta::specta]
pub async fn suggested_folders() -> Vec<SuggestedFolder> {
    holdfast_app::suggested_folders().await
}

/// The folder the app was started for: its first argument that names one.
#[command]
#[specta::specta]
pub fn folder_to_start_with() -> Option<String> {
    let folder = std::env::args_os().skip(1).find_map(|word| std::fs::canonicalize(word).ok())?;
    folder.is_dir().then(|| folder.to_string_lossy().into_owned())
}

/// The person's home folder: paths are shown short below it, and restores go there.
#[command]
#[specta::specta]
pub fn home_folder(handle: AppHandle) -> Option<String> {
    handle.path().home_dir().ok().map(|home| home.to_string_lossy().into_owned())
}

#[command]
#[specta::specta]
pub fn cancel_operation(app: Shared<'_>, operation_id: String) {
    app.running.cancel(&operation_id);
}
