//! Sharing of family records, and the computers that keep them.

use holdfast_app::{
    Result,
    dto::records_sharing::{
        RecordsDeviceRevoked, RecordsNewPerson, RecordsPerson, RecordsResealed, RecordsRevoked, RecordsShared,
        RecordsSharing, RecordsTheirPlace,
    },
    records_page as page,
};
use tauri::command;

use crate::Shared;

#[command]
#[specta::specta]
pub async fn records_sharing(app: Shared<'_>) -> Result<RecordsSharing> {
    page::sharing(&app).await
}

/// Where somebody's public key was found; nothing is kept, and their words are not told.
#[command]
#[specta::specta]
pub async fn records_find_person(app: Shared<'_>, user: String, place: RecordsTheirPlace) -> Result<String> {
    page::find_person(&app, &user, place).await
}

/// Gets to know somebody by the twelve words that they read out.
#[command]
#[specta::specta]
pub async fn records_add_person(app: Shared<'_>, person: RecordsNewPerson) -> Result<RecordsPerson> {
    page::add_person(&app, person).await
}

#[command]
#[specta::specta]
pub async fn records_place_person(app: Shared<'_>, person: String, place: RecordsTheirPlace) -> Result<RecordsPerson> {
    page::place_person(&app, &person, place).await
}

/// To the end of the day `until`, or for good.
#[command]
#[specta::specta]
pub async fn records_give(
    app: Shared<'_>,
    member: String,
    person: String,
    write: bool,
    until: Option<String>,
) -> Result<RecordsShared> {
    page::give(&app, &member, &person, write, until.as_deref()).await
}

#[command]
#[specta::specta]
pub async fn records_accept(app: Shared<'_>, person: String) -> Result<RecordsShared> {
    page::accept(&app, &person).await
}

/// What the other may keep when a grant is ended; changes nothing.
#[command]
#[specta::specta]
pub async fn records_would_keep(app: Shared<'_>, grant: String) -> Result<RecordsRevoked> {
    page::would_keep(&app, &grant).await
}

#[command]
#[specta::specta]
pub async fn records_revoke(app: Shared<'_>, grant: String) -> Result<RecordsRevoked> {
    page::revoke(&app, &grant).await
}

/// Seals again what a member had before somebody lost access.
#[command]
#[specta::specta]
pub async fn records_reseal(app: Shared<'_>, member: String) -> Result<RecordsResealed> {
    page::reseal(&app, &member).await
}

#[command]
#[specta::specta]
pub async fn records_let_go(app: Shared<'_>, grant: String) -> Result<RecordsShared> {
    page::let_go(&app, &grant).await
}

/// Shuts a computer out; the recovery code is typed for it.
#[command]
#[specta::specta]
pub async fn records_revoke_device(app: Shared<'_>, device: String, words: String) -> Result<RecordsDeviceRevoked> {
    page::revoke_device(&app, &device, &words).await
}
