//! The commands, one file per subject, each a few lines over `holdfast-app`.

pub mod backup;
pub mod gateway;
pub mod history;
pub mod objects;
pub mod places;
pub mod records;
pub mod records_bytes;
pub mod records_sharing;
pub mod restore;
pub mod runs;
pub mod s3;
pub mod sets;
pub mod settings;
pub mod storage_tools;
pub mod verify;
pub mod versions;

use holdfast_app::operations::{ProgressSink, event_sink};
use tauri::{AppHandle, Emitter};

/// Progress of an upload, at most ten times a second.
pub(crate) const UPLOAD_PROGRESS: &str = "s3:upload-progress";
/// Progress of a download, at most ten times a second.
pub(crate) const DOWNLOAD_PROGRESS: &str = "s3:download-progress";
/// How far an exchange of family records is, at most ten times a second.
pub(crate) const RECORDS_PROGRESS: &str = "records:progress";
/// Something that the page shows changed.
pub(crate) const CHANGED: &str = "holdfast:changed";

/// Forwards progress to the page as events.
fn emit_to(handle: AppHandle, event: &'static str, id: &str) -> ProgressSink {
    event_sink(id, move |progress| {
        let _ = handle.emit(event, progress);
    })
}
