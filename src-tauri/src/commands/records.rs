//! Family records.

use holdfast_app::{
    Result,
    dto::{
        overview::{ChangedEvent, ChangedWhat},
        records::{
            EmergencySheet, RecordsAttachment, RecordsExported, RecordsFormer, RecordsFound, RecordsFounded,
            RecordsImported, RecordsRemoved, RecordsSaved, RecordsSynced, RecordsUnlocked, RecordsVerified,
        },
        records_page::{
            RecordsDecision, RecordsDraft, RecordsForm, RecordsHere, RecordsMemberPage, RecordsOrder, RecordsWhole,
        },
    },
    records_page as page,
};
use tauri::{AppHandle, Emitter, command};

use super::{CHANGED, RECORDS_PROGRESS};
use crate::Shared;

#[command]
#[specta::specta]
pub async fn records_here(app: Shared<'_>) -> Result<RecordsHere> {
    page::here(&app).await
}

#[command]
#[specta::specta]
pub async fn records_forms() -> Result<Vec<RecordsForm>> {
    Ok(page::forms())
}

/// Begins a vault. The code is shown this once, and typed back before anything is kept.
#[command]
#[specta::specta]
pub async fn records_begin(app: Shared<'_>, order: RecordsOrder) -> Result<RecordsFounded> {
    page::begin(&app, order).await
}

/// Opens a vault of another computer with its recovery code.
#[command]
#[specta::specta]
pub async fn records_unlock(app: Shared<'_>, order: RecordsOrder, words: String) -> Result<RecordsUnlocked> {
    page::unlock(&app, order, &words).await
}

#[command]
#[specta::specta]
pub async fn records_check_code(app: Shared<'_>, words: String) -> Result<()> {
    page::check_code(&app, &words).await
}

/// Makes another recovery code, to be typed back like the first one.
#[command]
#[specta::specta]
pub async fn records_new_code(app: Shared<'_>) -> Result<String> {
    page::new_code(&app).await
}

#[command]
#[specta::specta]
pub async fn records_split_code(app: Shared<'_>, words: String, needed: u8, count: u8) -> Result<Vec<String>> {
    page::split_code(&app, &words, needed, count).await
}

/// Opens the page with the key that this computer has.
#[command]
#[specta::specta]
pub async fn records_open(app: Shared<'_>) -> Result<()> {
    page::open(&app).await
}

/// With `forget` the key leaves the keychain too.
#[command]
#[specta::specta]
pub async fn records_lock(app: Shared<'_>, forget: bool) -> Result<()> {
    page::lock(&app, forget).await
}

/// Somebody is there: the page does not lock itself yet.
#[command]
#[specta::specta]
pub async fn records_used(app: Shared<'_>) -> Result<()> {
    page::used(&app)
}

/// Nobody was there for too long: the page shows nothing any more.
#[command]
#[specta::specta]
pub async fn records_rest(app: Shared<'_>) -> Result<()> {
    page::rest(&app).await;
    Ok(())
}

/// 0 for never.
#[command]
#[specta::specta]
pub async fn records_set_lock_after(app: Shared<'_>, minutes: u32) -> Result<()> {
    page::set_lock_after(&app, minutes)
}

#[command]
#[specta::specta]
pub async fn records_member(
    app: Shared<'_>,
    member: String,
    kind: Option<String>,
    from: u32,
    count: u32,
) -> Result<RecordsMemberPage> {
    page::member(&app, &member, kind.as_deref(), from, count).await
}

#[command]
#[specta::specta]
pub async fn records_record(app: Shared<'_>, record: String) -> Result<RecordsWhole> {
    page::record(&app, &record).await
}

#[command]
#[specta::specta]
pub async fn records_search(app: Shared<'_>, query: String) -> Result<RecordsFound> {
    page::search(&app, &query).await
}

#[command]
#[specta::specta]
pub async fn records_emergency(app: Shared<'_>, member: String) -> Result<EmergencySheet> {
    page::emergency(&app, &member).await
}

#[command]
#[specta::specta]
pub async fn records_save(app: Shared<'_>, draft: RecordsDraft) -> Result<RecordsSaved> {
    page::save(&app, draft).await
}

#[command]
#[specta::specta]
pub async fn records_delete(app: Shared<'_>, record: String) -> Result<()> {
    page::delete(&app, &record).await
}

#[command]
#[specta::specta]
pub async fn records_bring_back(app: Shared<'_>, record: String, version: String) -> Result<RecordsSaved> {
    page::bring_back(&app, &record, &version).await
}

/// Removes somebody on all devices. Nothing of theirs is erased.
#[command]
#[specta::specta]
pub async fn records_remove_member(app: Shared<'_>, member: String) -> Result<RecordsRemoved> {
    page::remove_member(&app, &member).await
}

#[command]
#[specta::specta]
pub async fn records_former_members(app: Shared<'_>) -> Result<Vec<RecordsFormer>> {
    page::former_members(&app).await
}

#[command]
#[specta::specta]
pub async fn records_bring_back_member(app: Shared<'_>, member: String) -> Result<RecordsSaved> {
    page::bring_back_member(&app, &member).await
}

#[command]
#[specta::specta]
pub async fn records_resolve(app: Shared<'_>, record: String, decision: RecordsDecision) -> Result<Vec<RecordsSaved>> {
    page::resolve(&app, &record, decision).await
}

#[command]
#[specta::specta]
pub async fn records_attach_file(app: Shared<'_>, member: String, path: String) -> Result<RecordsAttachment> {
    page::attach_file(&app, &member, path.as_ref()).await
}

/// Writes a file of a record to this computer, unencrypted.
#[command]
#[specta::specta]
pub async fn records_save_copy(app: Shared<'_>, record: String, file: String, path: String) -> Result<()> {
    page::save_copy(&app, &record, &file, path.as_ref()).await
}

/// Takes what others did and sends what was done here.
#[command]
#[specta::specta]
pub async fn records_sync(app: Shared<'_>, handle: AppHandle, everything: bool) -> Result<RecordsSynced> {
    let tell = |progress| drop(handle.emit(RECORDS_PROGRESS, progress));
    let synced = page::sync(&app, everything, tell).await;
    let _ = handle.emit(CHANGED, ChangedEvent { what: ChangedWhat::Records });
    synced
}

/// Stops that before the next object: what was sent counts, the rest waits.
#[command]
#[specta::specta]
pub async fn records_stop_sync(app: Shared<'_>) -> Result<()> {
    page::stop_sync(&app);
    Ok(())
}

#[command]
#[specta::specta]
pub async fn records_verify(app: Shared<'_>) -> Result<RecordsVerified> {
    page::verify(&app).await
}

/// Writes everything into a folder, decrypted.
#[command]
#[specta::specta]
pub async fn records_export(app: Shared<'_>, folder: String, over: bool) -> Result<RecordsExported> {
    page::export(&app, folder.as_ref(), over).await
}

#[command]
#[specta::specta]
pub async fn records_import(app: Shared<'_>, member: String, folder: String) -> Result<RecordsImported> {
    page::import(&app, &member, folder.as_ref()).await
}
