//! What waits for the backend: entries, ends of entries that were sent without, and deletions.

use rusqlite::Connection;
use uuid::Uuid;

use super::{Database, Origin, Recorded, rows};
use crate::{
    Ending, Entry, Result, Time,
    backend::{Cursor, DeletionPage, Page},
};

/// How long a command without an end is held back, so that its entry is sent once and whole.
const HOLD_BACK: i64 = 24 * 60 * 60 * 1_000_000;

const ENTRY: i64 = 1;
const ENDING: i64 = 2;
const DELETION: i64 = 3;

/// What is to be sent next.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    /// Positions in the queue, to be handed back when all of it was taken.
    pub positions: Vec<i64>,
    pub entries: Vec<Entry>,
    pub endings: Vec<Ending>,
    pub deletions: Vec<Uuid>,
}

pub(super) fn add_entry(conn: &Connection, entry: &Entry) -> Result<()> {
    add(conn, ENTRY, entry.entry_id)
}

/// An entry that still waits carries its end itself.
pub(super) fn add_ending(conn: &Connection, id: Uuid) -> Result<()> {
    let sql = "SELECT 1 FROM waiting WHERE what = ?1 AND id = ?2";
    match conn.prepare_cached(sql)?.exists((ENTRY, id.as_bytes()))? {
        true => Ok(()),
        false => add(conn, ENDING, id),
    }
}

/// What waits of the entry itself is not sent any more.
pub(super) fn add_deletion(conn: &Connection, id: Uuid) -> Result<()> {
    conn.prepare_cached("DELETE FROM waiting WHERE id = ?1")?.execute([id.as_bytes()])?;
    add(conn, DELETION, id)
}

fn add(conn: &Connection, what: i64, id: Uuid) -> Result<()> {
    let sql = "INSERT OR IGNORE INTO waiting(what, id) VALUES(?1, ?2)";
    conn.prepare_cached(sql)?.execute((what, id.as_bytes()))?;
    Ok(())
}

impl Database {
    /// The next that can be sent, at most `limit`. Commands that run are held back for a day.
    pub(crate) fn next_waiting(&self, limit: usize, now: Time) -> Result<Waiting> {
        let sql = "SELECT position, what, waiting.id FROM waiting LEFT JOIN entries USING(id)
            WHERE NOT (what = 1 AND end IS NULL AND start BETWEEN ?1 AND ?2) ORDER BY position LIMIT ?3";
        let mut find = self.conn.prepare_cached(sql)?;
        let since = now.as_micros().saturating_sub(HOLD_BACK);
        let rows = find.query_map((since, now.as_micros(), limit as i64), |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, Uuid::from_bytes(row.get(2)?)))
        })?;
        let mut waiting = Waiting::default();
        for row in rows {
            let (position, what, id) = row?;
            waiting.positions.push(position);
            match what {
                ENTRY => waiting.entries.extend(self.entry(id)?),
                ENDING => waiting.endings.extend(self.entry(id)?.and_then(|entry| entry.ending())),
                _ => waiting.deletions.push(id),
            }
        }
        Ok(waiting)
    }

    /// Takes out of the queue what the backend holds now. An end that came meanwhile waits by itself.
    pub(crate) fn mark_sent(&mut self, waiting: &Waiting) -> Result<()> {
        self.transaction(|conn| {
            let mut remove = conn.prepare_cached("DELETE FROM waiting WHERE position = ?1")?;
            waiting.positions.iter().try_for_each(|position| remove.execute([position]).map(drop))?;
            for sent in waiting.entries.iter().filter(|entry| !entry.has_ended()) {
                let sql = "SELECT 1 FROM entries WHERE id = ?1 AND end IS NOT NULL";
                if conn.prepare_cached(sql)?.exists([sent.entry_id.as_bytes()])? {
                    add(conn, ENDING, sent.entry_id)?;
                }
            }
            Ok(())
        })
    }

    /// How many things wait to be sent, those of running commands included.
    pub fn waiting(&self) -> Result<u64> {
        Ok(self.conn.query_row("SELECT count(*) FROM waiting", [], |row| row.get::<_, i64>(0))? as u64)
    }

    /// Whether an entry waits to be sent.
    pub fn is_waiting(&self, entry: Uuid) -> Result<bool> {
        let sql = "SELECT 1 FROM waiting WHERE what = 1 AND id = ?1";
        Ok(self.conn.prepare_cached(sql)?.exists([entry.as_bytes()])?)
    }

    /// Grows with everything that is queued: whether it changed tells whether something was captured meanwhile.
    pub fn queued_so_far(&self) -> Result<i64> {
        let sql = "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'waiting'";
        Ok(self.conn.query_row(sql, [], |row| row.get(0))?)
    }

    /// Lets everything wait again, for a backend that has nothing of it.
    pub fn queue_everything(&mut self) -> Result<()> {
        self.transaction(|conn| {
            conn.execute("INSERT OR IGNORE INTO waiting(what, id) SELECT 1, id FROM entries ORDER BY start, row", [])?;
            conn.execute("INSERT OR IGNORE INTO waiting(what, id) SELECT 3, id FROM deleted", [])?;
            Ok(())
        })
    }

    /// Keeps a page together with its cursor.
    pub(crate) fn take_page(&mut self, page: &Page, cursor_name: &str) -> Result<Recorded> {
        self.transaction(|conn| {
            let mut recorded = Recorded::default();
            for entry in &page.entries {
                rows::record(conn, entry, Origin::Backend, &mut recorded)?;
            }
            page.endings.iter().try_for_each(|ending| rows::end(conn, ending, Origin::Backend))?;
            rows::set_fact(conn, cursor_name, &page.cursor.0)?;
            Ok(recorded)
        })
    }

    /// Keeps a page of deletions together with its cursor; how many were new.
    pub(crate) fn take_deletions(&mut self, page: &DeletionPage, cursor_name: &str) -> Result<u64> {
        self.transaction(|conn| {
            let mut count = 0;
            for id in &page.deleted {
                count += u64::from(rows::delete(conn, *id, Origin::Backend)?);
            }
            rows::set_fact(conn, cursor_name, &page.cursor.0)?;
            Ok(count)
        })
    }

    pub(crate) fn cursor(&self, name: &str) -> Result<Cursor> {
        Ok(Cursor(self.fact(name)?.unwrap_or_default()))
    }
}
