//! What the log told: versions, attachments, removals, what devices have seen, and the rule for old versions.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::Connection;
use uuid::Uuid;

use super::{Local, fact, insert_version, set_fact, uuid, version_id};
use crate::{
    Result,
    change::{Change, Subject},
    model::AttachmentName,
    retention::Retention,
    versions::VersionId,
};

const RETENTION: &str = "retention";

/// Takes in a change of the log. The same again changes nothing, and order does not matter.
pub(crate) fn apply(conn: &Connection, change: &Change) -> Result<()> {
    let member = change.member.as_bytes();
    match &change.subject {
        Subject::Version { .. } => insert_version(conn, change, None)?,
        Subject::Attachment { name } => {
            conn.prepare_cached("INSERT OR IGNORE INTO attachments VALUES(?1, ?2)")?.execute((member, name.0))?;
        }
        Subject::Removal { record, version } => {
            let key = (member, record.as_bytes(), version.number as i64, version.device.as_bytes());
            conn.prepare_cached("INSERT OR IGNORE INTO removed VALUES(?1, ?2, ?3, ?4)")?.execute(key)?;
        }
        Subject::Seen { changes } => {
            let mut insert = conn.prepare_cached("INSERT OR IGNORE INTO seen VALUES(?1, ?2)")?;
            for seen in changes {
                insert.execute((change.device.as_bytes(), seen.as_bytes()))?;
            }
        }
        Subject::Retention { retention } => set_retention(conn, change, *retention)?,
        Subject::Grant(_) | Subject::Person(_) | Subject::Accepted(_) | Subject::Device(_) => {
            super::sharing::keep(conn, change)?
        }
    }
    super::raise_clock(conn, change.clock)
}

/// The rule with the greatest clock holds; of two the one of the greater device.
fn set_retention(conn: &Connection, change: &Change, retention: Option<Retention>) -> Result<()> {
    let rank = format!("{:020} {}", change.clock, change.device);
    if fact(conn, "retention rank")?.is_some_and(|known| known >= rank) {
        return Ok(());
    }
    set_fact(conn, "retention rank", &rank)?;
    let rule = retention.map(|rule| format!("{} {}", rule.versions, rule.days)).unwrap_or_default();
    set_fact(conn, RETENTION, &rule)
}

impl Local {
    /// The rule for old versions; none keeps everything.
    pub(crate) fn retention(&self) -> Result<Option<Retention>> {
        let read = |text: String| {
            let (versions, days) = text.split_once(' ')?;
            Some(Retention { versions: versions.parse().ok()?, days: days.parse().ok()? })
        };
        Ok(self.fact(RETENTION)?.and_then(read))
    }

    /// Whether the log told of an attachment, or it waits here to be sent.
    pub(crate) fn knows_attachment(&self, member: Uuid, name: AttachmentName) -> Result<bool> {
        let sql = "SELECT 1 FROM attachments WHERE member = ?1 AND name = ?2";
        Ok(self.conn.prepare_cached(sql)?.exists((member.as_bytes(), name.0))?)
    }

    /// What each device has told to have seen, as ids of changes.
    pub(crate) fn seen(&self) -> Result<BTreeMap<Uuid, BTreeSet<Uuid>>> {
        let mut find = self.conn.prepare_cached("SELECT device, change FROM seen")?;
        let mut all: BTreeMap<Uuid, BTreeSet<Uuid>> = BTreeMap::new();
        for row in find.query_map([], |row| Ok((uuid(row, 0)?, uuid(row, 1)?)))? {
            let (device, change) = row?;
            all.entry(device).or_default().insert(change);
        }
        Ok(all)
    }

    /// Versions whose blobs went by retention: member, record, version.
    pub(crate) fn removed(&self) -> Result<BTreeSet<(Uuid, Uuid, VersionId)>> {
        let mut find = self.conn.prepare_cached("SELECT member, record, number, device FROM removed")?;
        let rows = find.query_map([], |row| Ok((uuid(row, 0)?, uuid(row, 1)?, version_id(row, 2, 3)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Drops the blobs of versions that are gone. Whoever calls has looked that none of them is shown.
    pub(crate) fn drop_blobs(&mut self, gone: &[(Uuid, Uuid, VersionId)]) -> Result<()> {
        self.transaction(|conn| {
            let sql =
                "UPDATE versions SET blob = NULL WHERE member = ?1 AND record = ?2 AND number = ?3 AND device = ?4";
            let mut drop_blob = conn.prepare_cached(sql)?;
            for (member, record, version) in gone {
                let key = (member.as_bytes(), record.as_bytes(), version.number as i64, version.device.as_bytes());
                drop_blob.execute(key)?;
            }
            Ok(())
        })
    }
}
