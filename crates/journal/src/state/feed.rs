//! What became known here, in the order in which it did: for those who keep a view of their own.

use rusqlite::Connection;
use uuid::Uuid;

use super::{State, blob, uuid};
use crate::{Result, record::Entry};

/// Which changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FeedOf {
    /// Entries that were not known before.
    Entries,
    /// Entries that were deleted.
    Deletions,
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Ascending.
    pub position: i64,
    /// The entry.
    pub id: Uuid,
}

pub(crate) fn add(conn: &Connection, of: FeedOf, id: Uuid) -> Result<()> {
    conn.prepare_cached("INSERT INTO feed(what, id) VALUES(?1, ?2)")?.execute((of as i64, blob(&id)))?;
    Ok(())
}

impl State {
    /// A name of this state's feed: positions of another one mean nothing here.
    pub fn feed_name(&self) -> Result<String> {
        Ok(self.fact("feed")?.unwrap_or_default())
    }

    /// At most `limit` changes behind `position`; 0 is before the first.
    pub fn changes_after(&self, of: FeedOf, position: i64, limit: usize) -> Result<Vec<Change>> {
        let sql = "SELECT position, id FROM feed WHERE position > ?2 AND what = ?1 ORDER BY position LIMIT ?3";
        let mut find = self.conn.prepare_cached(sql)?;
        let rows = find.query_map((of as i64, position, limit as i64), |row| {
            Ok(Change { position: row.get(0)?, id: uuid(row, 1)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The entries of changes; those that were deleted since are left out.
    pub fn entries_of(&self, changes: &[Change]) -> Result<Vec<Entry>> {
        changes.iter().filter_map(|change| self.entry(change.id).transpose()).collect()
    }
}
