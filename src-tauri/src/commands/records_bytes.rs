//! Files of family records as bytes, which cross as they are: bindings know only JSON, so these two are called by name.

use holdfast_app::{AppError, ErrorCode, Result, dto::records::RecordsAttachment, records_page as page, words::shell};
use percent_encoding::percent_decode_str;
use tauri::{
    Wry, command, generate_handler,
    ipc::{Invoke, InvokeBody, Request, Response},
};

use crate::Shared;

/// The commands of this module.
const NAMES: [&str; 2] = ["records_bytes", "records_attach_bytes"];

/// Whether a call is for one of these commands.
pub(crate) fn is_ours(invoke: &Invoke<Wry>) -> bool {
    NAMES.contains(&invoke.message.command())
}

/// Answers them.
pub(crate) fn handler() -> impl Fn(Invoke<Wry>) -> bool + Send + Sync + 'static {
    generate_handler![records_bytes, records_attach_bytes]
}

/// What is in a file of a record.
#[command]
async fn records_bytes(app: Shared<'_>, record: String, file: String) -> Result<Response> {
    page::bytes(&app, &record, &file).await.map(Response::new)
}

/// Attaches the body. Whose it is and what the file was called stand in the headers, the latter percent-encoded.
#[command]
async fn records_attach_bytes(app: Shared<'_>, request: Request<'_>) -> Result<RecordsAttachment> {
    let InvokeBody::Raw(content) = request.body() else { return Err(not_raw()) };
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let title = percent_decode_str(header("title")).decode_utf8_lossy().into_owned();
    page::attach_bytes(&app, header("member"), &title, content).await
}

fn not_raw() -> AppError {
    let (message, hint) = shell::NOT_BYTES;
    AppError::config(ErrorCode::BadParameter, message, hint)
}
