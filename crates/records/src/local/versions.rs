//! Versions: what the log says of them, and their sealed blobs.

use rusqlite::{Connection, OptionalExtension};
use uuid::Uuid;

use super::{Local, kept_change, uuid, version_id};
use crate::{Result, change::Change, layout::ObjectName, versions::VersionId};

/// A version as it is kept.
#[derive(Debug)]
pub(crate) struct StoredVersion {
    pub(crate) change: Change,
    /// Sealed, as in the bucket.
    pub(crate) blob: Option<Vec<u8>>,
}

/// A version whose blob is not here.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(crate) row: i64,
    pub(crate) change: Change,
    pub(crate) name: ObjectName,
}

/// Keeps a version; one that is known stays as it is.
pub(crate) fn insert_version(conn: &Connection, change: &Change, blob: Option<&[u8]>) -> Result<()> {
    let Some((record, node)) = change.node() else { return Ok(()) };
    let sql = "INSERT OR IGNORE INTO versions(member, record, number, device, change, blob) VALUES(?1,?2,?3,?4,?5,?6)";
    conn.prepare_cached(sql)?.execute((
        change.member.as_bytes(),
        record.as_bytes(),
        node.id.number as i64,
        node.id.device.as_bytes(),
        change.to_bytes(),
        blob,
    ))?;
    super::raise_clock(conn, change.clock)
}

/// The version itself goes, not only its blob: it was written under a name that belongs to another one.
pub(crate) fn forget_version(conn: &Connection, member: Uuid, record: Uuid, version: VersionId) -> Result<()> {
    let sql = "DELETE FROM versions WHERE member = ?1 AND record = ?2 AND number = ?3 AND device = ?4";
    conn.prepare_cached(sql)?.execute((
        member.as_bytes(),
        record.as_bytes(),
        version.number as i64,
        version.device.as_bytes(),
    ))?;
    Ok(())
}

const REMOVED: &str = "EXISTS (SELECT 1 FROM removed WHERE removed.member = versions.member AND \
     removed.record = versions.record AND removed.number = versions.number AND removed.device = versions.device)";

impl Local {
    /// At most `limit` versions behind a row, and the row they end at; 0 is before the first.
    pub(crate) fn versions_after(&self, row: i64, limit: usize) -> Result<(Vec<StoredVersion>, i64)> {
        let sql = "SELECT row, change, blob FROM versions WHERE row > ?1 ORDER BY row LIMIT ?2";
        let mut find = self.conn.prepare_cached(sql)?;
        let mut rows = find.query((row, limit as i64))?;
        let (mut found, mut end) = (Vec::new(), row);
        while let Some(row) = rows.next()? {
            end = row.get(0)?;
            found.push(StoredVersion { change: kept_change(row, 1)?, blob: row.get(2)? });
        }
        Ok((found, end))
    }

    /// The versions of one record.
    pub(crate) fn versions_of(&self, member: Uuid, record: Uuid) -> Result<Vec<StoredVersion>> {
        let sql = "SELECT change, blob FROM versions WHERE member = ?1 AND record = ?2 ORDER BY row";
        let mut find = self.conn.prepare_cached(sql)?;
        let rows = find.query_map((member.as_bytes(), record.as_bytes()), |row| {
            Ok(StoredVersion { change: kept_change(row, 0)?, blob: row.get(1)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Versions that the log tells of and that are not here, at most `limit` behind a row; 0 is before the first. Those that
    /// could not be read before only when `again`.
    pub(crate) fn wanted(&self, again: bool, row: i64, limit: usize) -> Result<Vec<Wanted>> {
        let unread = if again { "" } else { "AND unread IS NULL" };
        let sql = format!(
            "SELECT row, change FROM versions WHERE blob IS NULL AND row > ?1 {unread} AND NOT {REMOVED} \
             ORDER BY row LIMIT ?2"
        );
        let mut find = self.conn.prepare_cached(&sql)?;
        let rows = find.query_map((row, limit as i64), |row| Ok((row.get(0)?, kept_change(row, 1)?)))?;
        let named = |(row, change): (i64, Change)| {
            let (record, node) = change.node()?;
            let name = ObjectName::Version { member: change.member, record, version: node.id };
            Some(Wanted { row, change, name })
        };
        rows.filter_map(|row| row.map(named).transpose()).map(|row| Ok(row?)).collect()
    }

    /// How many versions the log tells of and are not here.
    pub(crate) fn count_wanted(&self) -> Result<usize> {
        let sql = format!("SELECT count(*) FROM versions WHERE blob IS NULL AND NOT {REMOVED}");
        Ok(self.conn.prepare_cached(&sql)?.query_row([], |row| row.get::<_, i64>(0))?.max(0) as usize)
    }

    /// Keeps blobs that were fetched and found sound, by their rows.
    pub(crate) fn set_blobs<'a>(&mut self, blobs: impl Iterator<Item = (i64, &'a [u8])>) -> Result<()> {
        self.transaction(|conn| {
            let mut set = conn.prepare_cached("UPDATE versions SET blob = ?2, unread = NULL WHERE row = ?1")?;
            for blob in blobs {
                set.execute(blob)?;
            }
            Ok(())
        })
    }

    /// Notes that a blob is there and cannot be read.
    pub(crate) fn set_unread(&mut self, row: i64, why: &str) -> Result<()> {
        self.conn.prepare_cached("UPDATE versions SET unread = ?2 WHERE row = ?1")?.execute((row, why))?;
        Ok(())
    }

    /// Versions that could not be read, and why: member, record, version.
    pub(crate) fn unread(&self) -> Result<Vec<(Uuid, Uuid, VersionId, String)>> {
        let sql = "SELECT member, record, number, device, unread FROM versions WHERE unread IS NOT NULL ORDER BY row";
        let mut find = self.conn.prepare_cached(sql)?;
        let rows = find.query_map([], |row| Ok((uuid(row, 0)?, uuid(row, 1)?, version_id(row, 2, 3)?, row.get(4)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The sealed blob of a version.
    pub(crate) fn blob(&self, member: Uuid, record: Uuid, version: VersionId) -> Result<Option<Vec<u8>>> {
        let sql = "SELECT blob FROM versions WHERE member = ?1 AND record = ?2 AND number = ?3 AND device = ?4";
        let key = (member.as_bytes(), record.as_bytes(), version.number as i64, version.device.as_bytes());
        Ok(self.conn.prepare_cached(sql)?.query_row(key, |row| row.get(0)).optional()?.flatten())
    }

    /// Keeps another sealing of the same version.
    pub(crate) fn replace_blob(&mut self, member: Uuid, record: Uuid, version: VersionId, blob: &[u8]) -> Result<()> {
        let sql = "UPDATE versions SET blob = ?5 WHERE member = ?1 AND record = ?2 AND number = ?3 AND device = ?4";
        let key = (member.as_bytes(), record.as_bytes(), version.number as i64, version.device.as_bytes(), blob);
        self.transaction(|conn| {
            conn.prepare_cached(sql)?.execute(key)?;
            Ok(())
        })
    }

    /// Whether the log told of a version, or it waits here to be told of.
    pub(crate) fn knows_version(&self, member: Uuid, record: Uuid, version: VersionId) -> Result<bool> {
        let sql = "SELECT 1 FROM versions WHERE member = ?1 AND record = ?2 AND number = ?3 AND device = ?4";
        let key = (member.as_bytes(), record.as_bytes(), version.number as i64, version.device.as_bytes());
        Ok(self.conn.prepare_cached(sql)?.exists(key)?)
    }
}
