//! Checking that the copies are what was backed up.

use holdfast_app::{
    Result,
    dto::{
        log::RunKind,
        run::{VerifyOptions, VerifyResult},
    },
    operations::VerifyRequest,
};
use tauri::{AppHandle, command};

use super::{DOWNLOAD_PROGRESS, emit_to};
use crate::Shared;

#[command]
#[specta::specta]
pub async fn verify_folder(
    app: Shared<'_>,
    handle: AppHandle,
    local_folder: String,
    s3_prefix: String,
    options: VerifyOptions,
    operation_id: Option<String>,
    profile: Option<String>,
) -> Result<VerifyResult> {
    let run = app.running.begin(operation_id).titled(RunKind::Verify, local_folder.clone(), None);
    let request = VerifyRequest::new(local_folder.clone(), s3_prefix, options.try_into()?);
    let (session, sink) = (app.session(profile.as_deref()).await?, emit_to(handle, DOWNLOAD_PROGRESS, &run.id));
    app.logged(RunKind::Verify, &session, &run, &local_folder, request.run(&session, &run, &sink)).await
}
