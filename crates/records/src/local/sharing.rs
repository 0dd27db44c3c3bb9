//! What the log told of sharing, and which changes stand in the logs of shared members.

use holdfast_journal::{Change as FeedChange, FeedOf, State};
use rusqlite::Connection;
use uuid::Uuid;

use super::{Local, kept_change};
use crate::{Result, change::Change};

pub(super) fn keep(conn: &Connection, change: &Change) -> Result<()> {
    let sql = "INSERT OR IGNORE INTO sharing VALUES(?1, ?2)";
    conn.prepare_cached(sql)?.execute((change.id().as_bytes(), change.to_bytes()))?;
    Ok(())
}

impl Local {
    /// The next changes of a log's feed behind what is noted under `name`, and what to note once they were taken; `None`
    /// when there are none.
    pub(crate) fn page(&self, log: &State, name: &str, limit: usize) -> Result<(Vec<FeedChange>, Option<String>)> {
        let feed = log.feed_name()?;
        let kept = self.fact(name)?.unwrap_or_default();
        let position = kept.split_once(' ').filter(|(of, _)| *of == feed);
        let position = position.and_then(|(_, position)| position.parse().ok()).unwrap_or(0);
        let page = log.changes_after(FeedOf::Entries, position, limit)?;
        let cursor = page.last().map(|last| format!("{feed} {}", last.position));
        Ok((page, cursor))
    }

    /// Every change of sharing, in no particular order.
    pub(crate) fn sharing(&self) -> Result<Vec<Change>> {
        let mut find = self.conn.prepare_cached("SELECT change FROM sharing")?;
        Ok(find.query_map([], |row| kept_change(row, 0))?.collect::<Result<_, _>>()?)
    }

    /// Notes that the owner told of a change in a member's log.
    pub(crate) fn set_told(&mut self, log: &str, change: Uuid) -> Result<()> {
        let sql = "INSERT OR IGNORE INTO told VALUES(?1, ?2)";
        self.conn.prepare_cached(sql)?.execute((log, change.as_bytes()))?;
        Ok(())
    }

    pub(crate) fn is_told(&self, log: &str, change: Uuid) -> Result<bool> {
        let sql = "SELECT 1 FROM told WHERE log = ?1 AND change = ?2";
        Ok(self.conn.prepare_cached(sql)?.exists((log, change.as_bytes()))?)
    }
}
