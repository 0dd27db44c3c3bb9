//! Runs of the set: when, how they ended, what they could not do.

use rusqlite::{OptionalExtension, params};

use super::Index;
use crate::{
    Result,
    report::{Failure, State},
};

/// The name of the fact that the bucket may hold what is not known here.
const LOST_TRACK: &str = "lost_track";

/// So many runs are kept here; what a person reads is kept longer elsewhere.
const KEPT: u32 = 500;

/// What a run was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunKind {
    /// Folder to bucket.
    Backup,
    /// Bucket to folder.
    Restore,
    /// A check.
    Verify,
}

/// A run in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunRecord {
    /// Its id.
    pub id: String,
    /// `backup`, `restore` or `verify`.
    pub kind: String,
    /// Unix seconds.
    pub started_at: i64,
    /// Unix seconds; `None` while it runs, or when it was cut off.
    pub ended_at: Option<i64>,
    /// `complete`, `partial`, `cancelled` or `failed`.
    pub state: Option<String>,
    /// Counts as JSON.
    pub summary: Option<String>,
}

fn state_word(state: Option<State>) -> &'static str {
    match state {
        Some(State::Complete) => "complete",
        Some(State::Partial) => "partial",
        Some(State::Cancelled) => "cancelled",
        None => "failed",
    }
}

impl Index {
    /// Notes that a run begins.
    pub fn begin_run(&self, id: &str, kind: RunKind, now: i64) -> Result<()> {
        let kind = match kind {
            RunKind::Backup => "backup",
            RunKind::Restore => "restore",
            RunKind::Verify => "verify",
        };
        let sql = "INSERT OR REPLACE INTO runs(id, kind, started_at) VALUES(?1, ?2, ?3)";
        self.conn.execute(sql, params![id, kind, now])?;
        let old = "SELECT id FROM runs ORDER BY started_at DESC, id DESC LIMIT -1 OFFSET ?1";
        self.conn.execute(&format!("DELETE FROM run_items WHERE run_id IN ({old})"), [KEPT])?;
        self.conn.execute(&format!("DELETE FROM runs WHERE id IN ({old})"), [KEPT])?;
        Ok(())
    }

    /// Notes how a run ended (`None`: it failed as a whole) and what it could not do.
    pub fn end_run(&self, id: &str, state: Option<State>, summary: &str, failed: &[Failure], now: i64) -> Result<()> {
        let sql = "UPDATE runs SET ended_at = ?2, state = ?3, summary = ?4 WHERE id = ?1";
        self.conn.execute(sql, params![id, now, state_word(state), summary])?;
        let mut item = self.conn.prepare_cached("INSERT INTO run_items VALUES(?1, ?2, ?3)")?;
        for failure in failed {
            item.execute(params![id, failure.path, failure.reason.to_string()])?;
        }
        Ok(())
    }

    /// The newest runs first.
    pub fn runs(&self, most: u32) -> Result<Vec<RunRecord>> {
        let sql = "SELECT id, kind, started_at, ended_at, state, summary FROM runs ORDER BY started_at DESC LIMIT ?1";
        let mut find = self.conn.prepare_cached(sql)?;
        let record = |row: &rusqlite::Row<'_>| {
            Ok(RunRecord {
                id: row.get(0)?,
                kind: row.get(1)?,
                started_at: row.get(2)?,
                ended_at: row.get(3)?,
                state: row.get(4)?,
                summary: row.get(5)?,
            })
        };
        Ok(find.query_map([most], record)?.collect::<rusqlite::Result<Vec<_>>>()?)
    }

    /// Whether the bucket may hold objects and uploads that are not known here: a run was cut off before it could note
    /// what was confirmed.
    pub fn lost_track(&self) -> Result<bool> {
        Ok(self.was_cut_off()? || self.fact(LOST_TRACK)?.as_deref() == Some("yes"))
    }

    /// Remembers whether it may, beyond the next run.
    pub fn set_lost_track(&self, lost: bool) -> Result<()> {
        self.set_fact(LOST_TRACK, if lost { "yes" } else { "no" })
    }

    /// Whether the last backup did not end by itself: killed, crashed, power lost.
    pub fn was_cut_off(&self) -> Result<bool> {
        let sql = "SELECT ended_at IS NULL FROM runs WHERE kind = 'backup' ORDER BY started_at DESC, id DESC LIMIT 1";
        Ok(self.conn.query_row(sql, [], |row| row.get(0)).optional()?.unwrap_or(false))
    }
}
