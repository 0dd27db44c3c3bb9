//! What the backend keeps beside the entries, in the history's own database, so that both are lost or kept together.
//!
//! - `inbox`: entries that were read and not yet taken. A server forgets what it was asked for five times, so an answer is
//!   written here, whole, before anything else is done with it.
//! - `deletions`: what others deleted, in the order in which it was heard of.
//! - `originals`: of entries of other devices: who captured them, which a deletion has to say when the entry is gone, and
//!   hishtory's ids and times, which ours cannot hold to the last digit.
//! - `dumps`: devices that asked for everything, and how far the answer is: a server forgets the question with the first
//!   part of the answer.

use rusqlite::{Connection, OptionalExtension};
use uuid::Uuid;

use super::wire::{Opened, Original};
use crate::{BackendKind, Database, Entry, Result, database::rows, sync::Names};

const TABLES: &str = "
CREATE TABLE IF NOT EXISTS hishtory_inbox(position INTEGER PRIMARY KEY AUTOINCREMENT, entry TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS hishtory_deletions(position INTEGER PRIMARY KEY AUTOINCREMENT, id BLOB NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS hishtory_originals(
  id BLOB PRIMARY KEY, entry_id TEXT NOT NULL, device TEXT NOT NULL, start TEXT NOT NULL, end TEXT NOT NULL)
  WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS hishtory_originals_by_end ON hishtory_originals(device, end);
CREATE TABLE IF NOT EXISTS hishtory_dumps(device TEXT PRIMARY KEY, after INTEGER NOT NULL) WITHOUT ROWID;
";
/// Server, user and device that were registered.
const REGISTERED: &str = "hishtory registered";
/// Reads that may have reached the server without their answer reaching us.
const AT_RISK: &str = "hishtory reads at risk";

/// Whether entries that are here already are kept once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    /// Left out.
    Skip,
    /// Kept: whoever asks has nothing.
    Keep,
}

/// The history's database, seen by the backend.
#[derive(Debug)]
pub(super) struct State {
    database: Database,
    /// Whose entries need no note of who captured them.
    device: Uuid,
}

impl State {
    pub fn over(mut database: Database, device: Uuid) -> Result<Self> {
        database.transaction(|conn| Ok(conn.execute_batch(TABLES)?))?;
        Ok(Self { database, device })
    }

    pub fn database(&self) -> &Database {
        &self.database
    }

    pub fn is_registered(&self, who: &str) -> Result<bool> {
        Ok(self.database.fact(REGISTERED)?.as_deref() == Some(who))
    }

    pub fn set_registered(&self, who: &str) -> Result<()> {
        self.database.set_fact(REGISTERED, who)
    }

    pub fn reads_at_risk(&self) -> Result<u32> {
        Ok(self.database.fact(AT_RISK)?.and_then(|text| text.parse().ok()).unwrap_or(0))
    }

    pub fn set_reads_at_risk(&self, count: u32) -> Result<()> {
        self.database.set_fact(AT_RISK, &count.to_string())
    }

    /// Keeps what was read; afterwards nothing is at risk.
    pub fn receive(&mut self, opened: &[Opened], known: Known) -> Result<()> {
        let device = self.device;
        self.database.transaction(|conn| {
            for one in opened {
                if one.entry.device_id != device || !one.is_whole() {
                    keep_original(conn, one)?;
                }
                if known == Known::Keep || !is_known(conn, &one.entry)? {
                    let insert = "INSERT INTO hishtory_inbox(entry) VALUES(?1)";
                    conn.prepare_cached(insert)?.execute([serde_json::to_string(&one.entry)?])?;
                }
            }
            rows::set_fact(conn, AT_RISK, "0")
        })
    }

    /// Forgets what this database has taken, whatever cursor another one is at.
    pub fn forget_inbox(&mut self) -> Result<()> {
        self.database.transaction(|conn| {
            let taken = "DELETE FROM hishtory_inbox
                WHERE position <= (SELECT CAST(value AS INTEGER) FROM facts WHERE name = ?1)";
            conn.execute(taken, [Names::of(BackendKind::Http).entries])?;
            Ok(())
        })
    }

    /// At most `limit` entries behind a position, and the position they end at.
    pub fn inbox(&self, after: i64, limit: usize) -> Result<(Vec<Entry>, i64)> {
        let sql = "SELECT position, entry FROM hishtory_inbox WHERE position > ?1 ORDER BY position LIMIT ?2";
        let mut find = self.database.conn.prepare_cached(sql)?;
        let (mut entries, mut end) = (Vec::new(), after);
        let mut rows = find.query((after, limit as i64))?;
        while let Some(row) = rows.next()? {
            end = row.get(0)?;
            entries.push(serde_json::from_str(&row.get::<_, String>(1)?)?);
        }
        Ok((entries, end))
    }

    /// Keeps what a submit was answered: deleted entries, and devices that ask for everything.
    pub fn hear(&mut self, deleted: &[Uuid], asking: &[String]) -> Result<()> {
        self.database.transaction(|conn| {
            for id in deleted {
                let insert = "INSERT OR IGNORE INTO hishtory_deletions(id) VALUES(?1)";
                conn.prepare_cached(insert)?.execute([id.as_bytes()])?;
            }
            for device in asking {
                conn.execute("INSERT OR IGNORE INTO hishtory_dumps VALUES(?1, 0)", [device])?;
            }
            Ok(())
        })
    }

    /// At most `limit` deletions behind a position, and the position they end at.
    pub fn deletions(&self, after: i64, limit: usize) -> Result<(Vec<Uuid>, i64)> {
        let sql = "SELECT position, id FROM hishtory_deletions WHERE position > ?1 ORDER BY position LIMIT ?2";
        let mut find = self.database.conn.prepare_cached(sql)?;
        let rows = find.query_map((after, limit as i64), |row| Ok((row.get(0)?, Uuid::from_bytes(row.get(1)?))))?;
        let rows: Vec<(i64, Uuid)> = rows.collect::<rusqlite::Result<_>>()?;
        let end = rows.last().map_or(after, |(position, _)| *position);
        Ok((rows.into_iter().map(|(_, id)| id).collect(), end))
    }

    pub fn original(&self, id: Uuid) -> Result<Option<Original>> {
        let sql = "SELECT entry_id, device, start, end FROM hishtory_originals WHERE id = ?1";
        let mut find = self.database.conn.prepare_cached(sql)?;
        let read = |row: &rusqlite::Row<'_>| {
            Ok(Original { entry_id: row.get(0)?, device: row.get(1)?, start: row.get(2)?, end: row.get(3)? })
        };
        Ok(find.query_row([id.as_bytes()], read).optional()?)
    }

    /// Remembers which other device captured an entry, for the day on which it is deleted.
    pub fn note_device(&mut self, entries: &[Entry]) -> Result<()> {
        let device = self.device;
        self.database.transaction(|conn| {
            let insert = "INSERT OR IGNORE INTO hishtory_originals VALUES(?1, ?2, ?3, ?4, ?5)";
            for entry in entries.iter().filter(|entry| entry.device_id != device) {
                let Original { entry_id, device, start, end } = Original::of(entry);
                conn.prepare_cached(insert)?.execute((entry.entry_id.as_bytes(), entry_id, device, start, end))?;
            }
            Ok(())
        })
    }

    /// Entries of a device that ended at a moment, to the nanosecond.
    pub fn ended_at(&self, device: &str, end: &str) -> Result<Vec<Uuid>> {
        let sql = "SELECT id FROM hishtory_originals WHERE device = ?1 AND end = ?2";
        let mut find = self.database.conn.prepare_cached(sql)?;
        let rows = find.query_map((device, end), |row| Ok(Uuid::from_bytes(row.get(0)?)))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// A device that waits for everything, and how far it got.
    pub fn next_dump(&self) -> Result<Option<(String, i64)>> {
        let sql = "SELECT device, after FROM hishtory_dumps ORDER BY device LIMIT 1";
        let mut find = self.database.conn.prepare_cached(sql)?;
        Ok(find.query_row([], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
    }

    pub fn set_dump(&self, device: &str, after: i64) -> Result<()> {
        self.database.conn.execute("UPDATE hishtory_dumps SET after = ?2 WHERE device = ?1", (device, after))?;
        Ok(())
    }

    pub fn end_dump(&self, device: &str) -> Result<()> {
        self.database.conn.execute("DELETE FROM hishtory_dumps WHERE device = ?1", [device])?;
        Ok(())
    }
}

fn keep_original(conn: &Connection, opened: &Opened) -> Result<()> {
    let Original { entry_id, device, start, end } = &opened.original;
    let insert = "INSERT OR REPLACE INTO hishtory_originals VALUES(?1, ?2, ?3, ?4, ?5)";
    conn.prepare_cached(insert)?.execute((opened.entry.entry_id.as_bytes(), entry_id, device, start, end))?;
    Ok(())
}

/// Whether the database has it and learns nothing from it: with an end, or none of the two has one; or deleted.
fn is_known(conn: &Connection, entry: &Entry) -> Result<bool> {
    let sql = "SELECT 1 FROM entries WHERE id = ?1 AND (end IS NOT NULL OR ?2)";
    let found = conn.prepare_cached(sql)?.exists((entry.entry_id.as_bytes(), !entry.has_ended()))?;
    Ok(found || rows::is_deleted(conn, entry.entry_id)?)
}
