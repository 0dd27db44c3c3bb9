//! Bringing back.

use std::path::Path;

use holdfast_app::{
    Result,
    dto::{
        here::{HereView, ShownCopy},
        log::RunKind,
        plan::PlanView,
        run::{RestoreOptions, RestoreResult},
    },
    operations::RestoreRequest,
};
use tauri::{AppHandle, command};

use super::{DOWNLOAD_PROGRESS, emit_to};
use crate::Shared;

#[command]
#[specta::specta]
pub async fn restore_folder_from_s3(
    app: Shared<'_>,
    handle: AppHandle,
    s3_prefix: String,
    local_folder: String,
    options: RestoreOptions,
    operation_id: Option<String>,
    profile: Option<String>,
) -> Result<RestoreResult> {
    let run = app.running.begin(operation_id).titled(RunKind::Restore, local_folder.clone(), None);
    let request = RestoreRequest::new(s3_prefix, local_folder.clone(), options);
    let (session, sink) = (app.session(profile.as_deref()).await?, emit_to(handle, DOWNLOAD_PROGRESS, &run.id));
    let work = request.run(&session, &run, &sink);
    match request.options.dry_run {
        true => work.await,
        false => app.logged(RunKind::Restore, &session, &run, &local_folder, work).await,
    }
}

#[command]
#[specta::specta]
pub async fn preview_restore(
    app: Shared<'_>,
    handle: AppHandle,
    s3_prefix: String,
    local_folder: String,
    options: RestoreOptions,
    operation_id: Option<String>,
    profile: Option<String>,
) -> Result<PlanView> {
    let run = app.running.begin(operation_id);
    let request = RestoreRequest::new(s3_prefix, local_folder, options);
    request.preview(&app.session(profile.as_deref()).await?, &run, &emit_to(handle, DOWNLOAD_PROGRESS, &run.id)).await
}

#[command]
#[specta::specta]
pub async fn compare_here(
    app: Shared<'_>,
    profile: String,
    prefix: String,
    local_folder: String,
    shown: Vec<ShownCopy>,
) -> Result<Vec<HereView>> {
    app.compare_here(&profile, &prefix, Path::new(&local_folder), shown).await
}
