//! What was done here and is not sent yet, in the order in which it was done.

use holdfast_journal::Millis;
use rusqlite::{Connection, OptionalExtension, Row};

use super::{Local, apply, insert_version, kept_change, versions::forget_version};
use crate::{Result, change::Change, versions::VersionId};

/// Something that waits.
#[derive(Debug, Clone)]
pub(crate) struct Waiting {
    pub(crate) position: i64,
    pub(crate) change: Change,
    /// Since when.
    pub(crate) since: Millis,
    /// Sealed, of an attachment.
    pub(crate) metadata: Option<Vec<u8>>,
    /// Plain bytes of an attachment.
    pub(crate) size: u64,
    /// The unfinished upload of an attachment.
    pub(crate) upload: Option<String>,
    /// Whether the journal has the change already.
    pub(crate) told: bool,
}

const COLUMNS: &str = "position, change, since, metadata, size, upload, told";

fn read_waiting(row: &Row<'_>) -> rusqlite::Result<Waiting> {
    Ok(Waiting {
        position: row.get(0)?,
        change: kept_change(row, 1)?,
        since: row.get(2)?,
        metadata: row.get(3)?,
        size: row.get::<_, i64>(4)?.max(0) as u64,
        upload: row.get(5)?,
        told: row.get(6)?,
    })
}

/// Lets a change wait and takes it in here.
pub(crate) fn put_change(conn: &Connection, change: &Change, now: Millis) -> Result<()> {
    let sql = "INSERT INTO outbox(change, since) VALUES(?1, ?2)";
    conn.prepare_cached(sql)?.execute((change.to_bytes(), now))?;
    apply(conn, change)
}

impl Local {
    /// Keeps a version with its sealed blob and lets it wait.
    pub(crate) fn save(&mut self, change: &Change, blob: &[u8], now: Millis) -> Result<()> {
        self.transaction(|conn| {
            insert_version(conn, change, Some(blob))?;
            put_change(conn, change, now)
        })
    }

    /// Keeps the sealed metadata of an attachment and lets it wait; its sealed bytes are a file by then. `told` is one of
    /// which the log tells already: only the place is looked at.
    pub(crate) fn save_attachment(
        &mut self,
        change: &Change,
        metadata: &[u8],
        size: u64,
        told: bool,
        now: Millis,
    ) -> Result<()> {
        self.transaction(|conn| {
            let sql = "INSERT INTO outbox(change, since, metadata, size, told) VALUES(?1, ?2, ?3, ?4, ?5)";
            conn.prepare_cached(sql)?.execute((change.to_bytes(), now, metadata, size as i64, told))?;
            apply(conn, change)
        })
    }

    /// Everything that waits.
    pub(crate) fn waiting(&self) -> Result<Vec<Waiting>> {
        let mut find = self.conn.prepare_cached(&format!("SELECT {COLUMNS} FROM outbox ORDER BY position"))?;
        Ok(find.query_map([], read_waiting)?.collect::<Result<_, _>>()?)
    }

    /// Positions of everything that waits.
    pub(crate) fn positions_waiting(&self) -> Result<Vec<i64>> {
        let mut find = self.conn.prepare_cached("SELECT position FROM outbox ORDER BY position")?;
        Ok(find.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
    }

    /// Positions and changes of everything that waits.
    pub(crate) fn changes_waiting(&self) -> Result<Vec<(i64, Change)>> {
        let mut find = self.conn.prepare_cached("SELECT position, change FROM outbox ORDER BY position")?;
        Ok(find.query_map([], |row| Ok((row.get(0)?, kept_change(row, 1)?)))?.collect::<Result<_, _>>()?)
    }

    /// What the journal has and waits all the same.
    pub(crate) fn waiting_and_told(&self) -> Result<Vec<Waiting>> {
        let sql = format!("SELECT {COLUMNS} FROM outbox WHERE told ORDER BY position");
        let mut find = self.conn.prepare_cached(&sql)?;
        Ok(find.query_map([], read_waiting)?.collect::<Result<_, _>>()?)
    }

    /// One that waits, as it is now.
    pub(crate) fn waiting_at(&self, position: i64) -> Result<Option<Waiting>> {
        let mut find = self.conn.prepare_cached(&format!("SELECT {COLUMNS} FROM outbox WHERE position = ?1"))?;
        Ok(find.query_row([position], read_waiting).optional()?)
    }

    /// It is in the place and the journal has it.
    pub(crate) fn sent(&mut self, position: i64) -> Result<()> {
        self.sent_all([position])
    }

    /// As [`Self::sent`], of many at once.
    pub(crate) fn sent_all(&mut self, positions: impl IntoIterator<Item = i64>) -> Result<()> {
        self.transaction(|conn| {
            let mut delete = conn.prepare_cached("DELETE FROM outbox WHERE position = ?1")?;
            positions.into_iter().try_for_each(|position| delete.execute([position]).map(drop))?;
            Ok(())
        })
    }

    /// The journal has it; something is left to do.
    pub(crate) fn told(&mut self, position: i64) -> Result<()> {
        self.conn.prepare_cached("UPDATE outbox SET told = 1 WHERE position = ?1")?.execute([position])?;
        Ok(())
    }

    /// Keeps another sealing of an attachment's metadata.
    pub(crate) fn set_metadata(&mut self, position: i64, metadata: &[u8]) -> Result<()> {
        let sql = "UPDATE outbox SET metadata = ?2 WHERE position = ?1";
        self.conn.prepare_cached(sql)?.execute((position, metadata))?;
        Ok(())
    }

    /// Notes the unfinished upload of an attachment, before a byte of it is sent.
    pub(crate) fn set_upload(&mut self, position: i64, upload: Option<&str>) -> Result<()> {
        self.conn.prepare_cached("UPDATE outbox SET upload = ?2 WHERE position = ?1")?.execute((position, upload))?;
        Ok(())
    }

    /// Gives versions that wait other names, all at once: position, old name, new change, new blob. The old names belong
    /// to `others` now, as far as they are known.
    pub(crate) fn rename(&mut self, renamed: &[(i64, VersionId, Change, Vec<u8>)], others: &[Change]) -> Result<()> {
        self.transaction(|conn| {
            for (_, old, change, _) in renamed {
                let Some((record, _)) = change.node() else { continue };
                forget_version(conn, change.member, record, *old)?;
            }
            for (position, _, change, blob) in renamed {
                insert_version(conn, change, Some(blob))?;
                let sql = "UPDATE outbox SET change = ?2 WHERE position = ?1";
                conn.prepare_cached(sql)?.execute((position, change.to_bytes()))?;
            }
            others.iter().try_for_each(|change| apply(conn, change))
        })
    }
}
