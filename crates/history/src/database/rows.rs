//! What is done to single rows, inside a transaction.

use rusqlite::{Connection, OptionalExtension, Row};
use uuid::Uuid;

use super::{Origin, Recorded, queue};
use crate::{CustomColumn, Ending, Entry, Result, Time};

/// The columns that [`read_entry`] reads, in its order.
pub(crate) const COLUMNS: &str =
    "id, device, user, host, command, bytes, cwd, home, exit, start, end, shell, session, custom";
pub(crate) fn read_entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    let custom: Option<String> = row.get(13)?;
    Ok(Entry {
        entry_id: Uuid::from_bytes(row.get(0)?),
        device_id: Uuid::from_bytes(row.get(1)?),
        local_username: row.get(2)?,
        hostname: row.get(3)?,
        command: row.get(4)?,
        command_bytes: row.get(5)?,
        current_working_directory: row.get(6)?,
        home_directory: row.get(7)?,
        exit_code: row.get(8)?,
        start_time: Time::from_micros(row.get(9)?),
        end_time: row.get::<_, Option<i64>>(10)?.map(Time::from_micros),
        shell: row.get(11)?,
        session: row.get(12)?,
        custom_columns: custom.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default(),
    })
}

/// Merges one entry: union, deletions win, an end that is missing here is taken over.
pub(super) fn record(conn: &Connection, entry: &Entry, origin: Origin, recorded: &mut Recorded) -> Result<()> {
    if is_deleted(conn, entry.entry_id)? {
        recorded.deleted += 1;
        return Ok(());
    }
    if insert(conn, entry)? {
        recorded.new += 1;
        let row = conn.last_insert_rowid();
        let index = "INSERT INTO found(rowid, command) VALUES(?1, ?2)";
        conn.prepare_cached(index)?.execute((row, &entry.command))?;
        match origin {
            Origin::Here => queue::add_entry(conn, entry)?,
            Origin::Backend => {}
        }
        return match take_early_ending(conn, entry.entry_id)? {
            Some(ending) if !entry.has_ended() => end(conn, &ending, origin),
            _ => Ok(()),
        };
    }
    recorded.known += 1;
    match entry.ending() {
        Some(ending) => end(conn, &ending, origin),
        None => Ok(()),
    }
}

fn insert(conn: &Connection, entry: &Entry) -> Result<bool> {
    let sql =
        "INSERT OR IGNORE INTO entries(id, device, user, host, command, bytes, cwd, home, exit, start, end, shell,
        session, custom) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";
    let inserted = conn.prepare_cached(sql)?.execute(rusqlite::params![
        entry.entry_id.as_bytes(),
        entry.device_id.as_bytes(),
        entry.local_username,
        entry.hostname,
        entry.command,
        entry.command_bytes,
        entry.current_working_directory,
        entry.home_directory,
        entry.exit_code,
        entry.start_time.as_micros(),
        entry.end_time.map(Time::as_micros),
        entry.shell,
        entry.session,
        custom_text(&entry.custom_columns)?,
    ])?;
    Ok(inserted > 0)
}

fn custom_text(columns: &[CustomColumn]) -> Result<Option<String>> {
    match columns {
        [] => Ok(None),
        columns => Ok(Some(serde_json::to_string(columns)?)),
    }
}

/// Fills in an end. The first end that is known stays.
pub(super) fn end(conn: &Connection, ending: &Ending, origin: Origin) -> Result<()> {
    let id = ending.entry_id.as_bytes();
    if is_deleted(conn, ending.entry_id)? {
        return Ok(());
    }
    let sql = "UPDATE entries SET exit = ?2, end = ?3 WHERE id = ?1 AND end IS NULL";
    let changed = conn.prepare_cached(sql)?.execute((id, ending.exit_code, ending.end_time.as_micros()))?;
    if changed > 0 {
        return match origin {
            Origin::Here => queue::add_ending(conn, ending.entry_id),
            Origin::Backend => Ok(()),
        };
    }
    if !conn.prepare_cached("SELECT 1 FROM entries WHERE id = ?1")?.exists([id])? {
        let sql = "INSERT OR IGNORE INTO endings VALUES(?1, ?2, ?3)";
        conn.prepare_cached(sql)?.execute((id, ending.exit_code, ending.end_time.as_micros()))?;
    }
    Ok(())
}

fn take_early_ending(conn: &Connection, id: Uuid) -> Result<Option<Ending>> {
    let mut take = conn.prepare_cached("DELETE FROM endings WHERE id = ?1 RETURNING exit, end")?;
    let read =
        |row: &Row<'_>| Ok(Ending { entry_id: id, exit_code: row.get(0)?, end_time: Time::from_micros(row.get(1)?) });
    Ok(take.query_row([id.as_bytes()], read).optional()?)
}

/// Deletes one entry for good; whether it was not deleted before.
pub(super) fn delete(conn: &Connection, id: Uuid, origin: Origin) -> Result<bool> {
    let new = conn.prepare_cached("INSERT OR IGNORE INTO deleted VALUES(?1)")?.execute([id.as_bytes()])? > 0;
    let row: Option<i64> = conn
        .prepare_cached("DELETE FROM entries WHERE id = ?1 RETURNING row")?
        .query_row([id.as_bytes()], |row| row.get(0))
        .optional()?;
    if let Some(row) = row {
        conn.prepare_cached("DELETE FROM found WHERE rowid = ?1")?.execute([row])?;
    }
    conn.prepare_cached("DELETE FROM endings WHERE id = ?1")?.execute([id.as_bytes()])?;
    if new && origin == Origin::Here {
        queue::add_deletion(conn, id)?;
    }
    Ok(new)
}

pub(crate) fn is_deleted(conn: &Connection, id: Uuid) -> Result<bool> {
    Ok(conn.prepare_cached("SELECT 1 FROM deleted WHERE id = ?1")?.exists([id.as_bytes()])?)
}

pub(crate) fn set_fact(conn: &Connection, name: &str, value: &str) -> Result<()> {
    conn.prepare_cached("INSERT OR REPLACE INTO facts VALUES(?1, ?2)")?.execute([name, value])?;
    Ok(())
}
