//! Deleting and redacting. Both are for good and for all devices; what waits is sent soon after.

use holdfast_history::{Entry, Origin, Uuid, capture::MARK};

use super::{gone, here::with, read_id};
use crate::{App, AppError, ErrorCode, Result, dto::history_page::HistoryRedaction};

/// The shortest part that is replaced in other lines than the one at hand, in characters.
const SHORTEST: usize = 4;

/// Deletes entries on all devices. Returns how many.
pub async fn delete(app: &App, ids: &[String]) -> Result<u64> {
    let ids = ids.iter().map(|id| read_id(id)).collect::<Result<Vec<Uuid>>>()?;
    with(app, move |database| Ok(database.delete(&ids, Origin::Here)?)).await
}

/// Deletes every entry with the same line as this one. Returns how many.
pub async fn delete_line(app: &App, id: &str) -> Result<u64> {
    let id = read_id(id)?;
    let ids = app
        .history_page
        .look(app, move |open| {
            let entry = open.database().entry(id)?.ok_or_else(gone)?;
            let database = open.database();
            let Some(index) = open.index()? else { return Ok(vec![id]) };
            let mut same = index.with_part(database, &entry.command)?;
            same.retain(|other| other.command == entry.command && other.command_bytes == entry.command_bytes);
            Ok(same.iter().map(|entry| entry.entry_id).collect::<Vec<_>>())
        })
        .await?;
    with(app, move |database| Ok(database.delete(&ids, Origin::Here)?)).await
}

/// What [`redact`] would make of an entry.
pub async fn preview_redaction(app: &App, id: &str, part: String) -> Result<HistoryRedaction> {
    let id = read_id(id)?;
    app.history_page
        .look(app, move |open| {
            let entry = open.database().entry(id)?.ok_or_else(gone)?;
            let line = replaced(&entry, &part)?.command;
            let database = open.database();
            let others = match open.index()? {
                Some(index) if is_long(&part) => index.with_part(database, &part)?.len().saturating_sub(1) as u64,
                _ => 0,
            };
            Ok(HistoryRedaction { line, others })
        })
        .await
}

/// Puts a mark in the place of `part`, in this entry and where asked in every other that has it. Returns how many
/// entries were replaced. The old ones are deleted on all devices.
pub async fn redact(app: &App, id: &str, part: String, everywhere: bool) -> Result<u64> {
    let id = read_id(id)?;
    let others = everywhere && is_long(&part);
    let wanted = part.clone();
    let entries = app
        .history_page
        .look(app, move |open| {
            let entry = open.database().entry(id)?.ok_or_else(gone)?;
            let database = open.database();
            match open.index()? {
                Some(index) if others => Ok(index.with_part(database, &wanted)?),
                _ => Ok(vec![entry]),
            }
        })
        .await?;
    with(app, move |database| {
        for entry in &entries {
            database.replace(entry.entry_id, &replaced(entry, &part)?)?;
        }
        Ok(entries.len() as u64)
    })
    .await
}

fn is_long(part: &str) -> bool {
    part.chars().count() >= SHORTEST
}

/// The entry that takes the place: all but the line and the id stays.
pub(super) fn replaced(entry: &Entry, part: &str) -> Result<Entry> {
    if part.trim().is_empty() || !entry.command.contains(part) || MARK.contains(part) {
        return Err(AppError::config(
            ErrorCode::BadParameter,
            "there is nothing to replace in this line",
            "mark the part that nobody should read",
        ));
    }
    let mut new = Entry { entry_id: Uuid::new_v4(), ..entry.clone() };
    let bytes = match &entry.command_bytes {
        Some(bytes) => replaced_bytes(bytes, part.as_bytes()),
        None => entry.command.replace(part, MARK).into_bytes(),
    };
    new.set_command(bytes);
    Ok(new)
}

fn replaced_bytes(line: &[u8], part: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.windows(part.len()).position(|window| window == part) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(MARK.as_bytes());
        rest = &rest[at + part.len()..];
    }
    out.extend_from_slice(rest);
    out
}
