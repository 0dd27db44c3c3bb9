//! The whole vault: keeping in step, checking, taking out, bringing in.

use std::path::Path;

use super::apart;
use crate::{
    App, Result,
    dto::records::{RecordsExported, RecordsImported, RecordsSynced, RecordsVerified},
    records::ExportInto,
};

/// Takes what others did and sends what was done here, and remembers what came of it.
pub async fn sync(app: &App, everything: bool) -> Result<RecordsSynced> {
    let mut open = apart(app).await?;
    let synced = Box::pin(open.sync(everything)).await;
    app.records_page.note_sync(synced.as_ref().err().cloned());
    synced
}

/// Reads everything in the place back and checks it.
pub async fn verify(app: &App) -> Result<RecordsVerified> {
    apart(app).await?.verify().await
}

/// Writes everything, decrypted, into a folder.
pub async fn export(app: &App, folder: &Path, over: bool) -> Result<RecordsExported> {
    let into = if over { ExportInto::Any } else { ExportInto::Empty };
    apart(app).await?.export(folder, into).await
}

/// Adds a document for each file of a folder whose content the member does not have.
pub async fn import(app: &App, member: &str, folder: &Path) -> Result<RecordsImported> {
    let mut open = apart(app).await?;
    let member = open.member(member)?;
    open.import(member, folder)
}
