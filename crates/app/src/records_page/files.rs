//! Files of records: attached from a path or from bytes that were dropped, shown from memory, and saved where a person says.

use std::path::Path;

use zeroize::Zeroizing;

use super::{apart, vault};
use crate::{
    App, AppError, ErrorCode, Result,
    dto::records::RecordsAttachment,
    records::{FileReader, Unlocked, core::model::Attachment},
};

/// The largest file that is handed to the page to be shown, bytes.
pub const MOST_SHOWN: u64 = 64 << 20;

/// Attaches a file of this computer to a member, for a record to name.
pub async fn attach_file(app: &App, member: &str, path: &Path) -> Result<RecordsAttachment> {
    let mut open = apart(app).await?;
    let member = open.member(member)?;
    open.attach_file(member, path).map(view)
}

/// Attaches bytes that the page has, under the name that their file had.
pub async fn attach_bytes(app: &App, member: &str, title: &str, content: &[u8]) -> Result<RecordsAttachment> {
    let mut open = vault(app).await?;
    let member = open.member(member)?;
    open.attach_bytes(member, title, content).map(view)
}

/// What is in a file of a record. It touches no disk in plain form. The page goes on while it comes, and nothing is handed
/// over when somebody locked it meanwhile.
///
/// # Errors
/// `too_large` above [`MOST_SHOWN`], `records_damaged`, `records_locked`.
pub async fn bytes(app: &App, record: &str, file: &str) -> Result<Vec<u8>> {
    let (reader, size) = reader(app, record, file).await?;
    hand_over(app, reader, size).await
}

pub(super) async fn hand_over(app: &App, reader: FileReader, size: u64) -> Result<Vec<u8>> {
    let mut content = Zeroizing::new(Vec::with_capacity(size as usize));
    reader.read_into(&mut *content).await?;
    app.records_page.admit(&app.home.records.load()?.settings)?;
    Ok(std::mem::take(&mut *content))
}

pub(super) async fn reader(app: &App, record: &str, file: &str) -> Result<(FileReader, u64)> {
    let mut open = vault(app).await?;
    let (member, attachment) = find(&open, record, file)?;
    if attachment.size > MOST_SHOWN {
        return Err(AppError::config(
            ErrorCode::TooLarge,
            "the file is too large to be shown here",
            "save a copy of it and open that",
        ));
    }
    Ok((open.file_reader(member, &attachment)?, attachment.size))
}

/// Writes a file of a record to this computer. It is not encrypted there.
pub async fn save_copy(app: &App, record: &str, file: &str, path: &Path) -> Result<()> {
    let mut open = apart(app).await?;
    let (member, attachment) = find(&open, record, file)?;
    open.get_file(member, &attachment, path).await
}

fn find(open: &Unlocked, record: &str, file: &str) -> Result<(crate::records::core::Uuid, Attachment)> {
    let (member, record) = open.record(record)?;
    Ok((member, open.attachment(member, record, Some(file))?))
}

fn view(attachment: Attachment) -> RecordsAttachment {
    RecordsAttachment {
        id: attachment.name.to_string(),
        title: attachment.title,
        content_type: attachment.content_type,
        size: attachment.size,
    }
}
