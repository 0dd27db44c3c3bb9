//! Shell history.

use std::sync::Arc;

use holdfast_app::{
    App, AppError, Result,
    dto::{
        history::{HistoryDevice, HistoryJoined, HistoryStatus, HistorySynced},
        history_page::{
            HistoryAsk, HistoryCharts, HistoryEntryView, HistoryFound, HistoryHere, HistoryImported, HistoryJoinForm,
            HistoryRedaction, HistorySource,
        },
        overview::{ChangedEvent, ChangedWhat},
        sets::PauseUntil,
    },
    history::{self, window},
};
use tauri::{AppHandle, Emitter, State, command};

use super::CHANGED;
use crate::{Shared, history::HistoryWatch};

/// The page is looked at, or not any more.
#[command]
#[specta::specta]
pub fn history_watch(app: Shared<'_>, watch: State<'_, HistoryWatch>, handle: AppHandle, shown: bool) {
    match shown {
        true => watch.begin(app.inner().clone(), handle),
        false => watch.end(),
    }
}

#[command]
#[specta::specta]
pub async fn history_here(app: Shared<'_>) -> Result<HistoryHere> {
    window::here(&app).await
}

#[command]
#[specta::specta]
pub async fn history_status(app: Shared<'_>, storage: bool) -> Result<HistoryStatus> {
    history::status(&app, storage).await
}

#[command]
#[specta::specta]
pub async fn history_search(app: Shared<'_>, ask: HistoryAsk, from: u64, count: u32) -> Result<HistoryFound> {
    window::search(&app, ask, from, count).await
}

#[command]
#[specta::specta]
pub async fn history_charts(app: Shared<'_>, ask: HistoryAsk) -> Result<HistoryCharts> {
    window::charts(&app, ask).await
}

#[command]
#[specta::specta]
pub async fn history_entry(app: Shared<'_>, id: String) -> Result<HistoryEntryView> {
    window::entry(&app, &id).await
}

/// Deletes on all devices, for good.
#[command]
#[specta::specta]
pub async fn history_delete(app: Shared<'_>, handle: AppHandle, ids: Vec<String>) -> Result<u64> {
    let deleted = window::delete(&app, &ids).await;
    tell(&handle);
    deleted
}

/// Deletes every entry with the same line.
#[command]
#[specta::specta]
pub async fn history_delete_line(app: Shared<'_>, handle: AppHandle, id: String) -> Result<u64> {
    let deleted = window::delete_line(&app, &id).await;
    tell(&handle);
    deleted
}

#[command]
#[specta::specta]
pub async fn history_preview_redaction(app: Shared<'_>, id: String, part: String) -> Result<HistoryRedaction> {
    window::preview_redaction(&app, &id, part).await
}

#[command]
#[specta::specta]
pub async fn history_redact(
    app: Shared<'_>,
    handle: AppHandle,
    id: String,
    part: String,
    everywhere: bool,
) -> Result<u64> {
    let replaced = window::redact(&app, &id, part, everywhere).await;
    tell(&handle);
    replaced
}

#[command]
#[specta::specta]
pub async fn history_sync(app: Shared<'_>, handle: AppHandle) -> Result<HistorySynced> {
    let synced = window::sync_now(&app).await;
    tell(&handle);
    synced
}

#[command]
#[specta::specta]
pub async fn history_pause(app: Shared<'_>, until: PauseUntil) -> Result<()> {
    window::pause(&app, until).await
}

#[command]
#[specta::specta]
pub async fn history_resume(app: Shared<'_>) -> Result<()> {
    window::resume(&app).await
}

#[command]
#[specta::specta]
pub async fn history_sources() -> Result<Vec<HistorySource>> {
    window::sources().await
}

/// Without a kind it is seen from the file.
#[command]
#[specta::specta]
pub async fn history_import(
    app: Shared<'_>,
    handle: AppHandle,
    kind: Option<String>,
    path: String,
) -> Result<HistoryImported> {
    let imported = window::import(&app, kind, path.into()).await;
    tell(&handle);
    imported
}

#[command]
#[specta::specta]
pub async fn history_join(app: Shared<'_>, handle: AppHandle, form: HistoryJoinForm) -> Result<HistoryJoined> {
    let joined = window::join(&app, form).await;
    tell(&handle);
    joined
}

#[command]
#[specta::specta]
pub async fn history_rename(app: Shared<'_>, name: String) -> Result<()> {
    history::rename(&app, &name).await
}

/// Waits for a device no more.
#[command]
#[specta::specta]
pub async fn history_revoke(app: Shared<'_>, id: String) -> Result<HistoryDevice> {
    history::retire(&app, &id).await
}

/// Shows the 24 words in a dialog of the system. The page never has them.
#[command]
#[specta::specta]
pub async fn history_show_words(app: Shared<'_>, handle: AppHandle) -> Result<()> {
    let app: Arc<App> = app.inner().clone();
    let words = window::words_to_show(&app).await?;
    let shown = tauri::async_runtime::spawn_blocking(move || crate::history::show_words(&handle, &words));
    shown.await.map_err(AppError::internal)
}

fn tell(handle: &AppHandle) {
    let _ = handle.emit(CHANGED, ChangedEvent { what: ChangedWhat::History });
}
