//! This device's own log: what is on its way, what the bucket has, what was superseded.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension};
use uuid::Uuid;

use super::{State, blob, fact, forget_fact, set_fact};
use crate::{
    Result,
    clock::Millis,
    plan::{OwnSegment, Ranges},
    record::{Content, Record},
};

/// The fact that says that the device file must be written before anything is removed.
pub(crate) const FILE_DUE: &str = "file due";

/// A sealed segment on its way: the same bytes are sent until the bucket has them.
#[derive(Debug, Clone)]
pub(crate) struct Outgoing {
    pub(crate) sequence: u64,
    pub(crate) bytes: Vec<u8>,
    pub(crate) hash: [u8; 32],
    pub(crate) level: u32,
    /// Own sequences whose place it takes.
    pub(crate) covers: Vec<u64>,
}

/// An own segment that the bucket has.
#[derive(Debug, Clone)]
pub(crate) struct OwnStored {
    pub(crate) sequence: u64,
    pub(crate) hash: [u8; 32],
    pub(crate) bytes: Vec<u8>,
}

/// The end of the own log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct End {
    pub(crate) sequence: u64,
    pub(crate) hash: [u8; 32],
}

/// The last sequence that the bucket confirmed and its hash; 0 and zeros at the beginning.
pub(crate) fn end(conn: &Connection) -> Result<End> {
    let sequence = fact(conn, "reached")?.and_then(|text| text.parse().ok()).unwrap_or(0);
    let mut hash = [0; 32];
    if let Some(text) = fact(conn, "last hash")? {
        // An unreadable hash stays zeros: the next segment's chain then tells peers.
        let _ = hex::decode_to_slice(text, &mut hash);
    }
    Ok(End { sequence, hash })
}

/// Waiting records up to `max_bytes` (at least one): position and bytes.
pub(crate) fn next_waiting(conn: &Connection, max_bytes: usize) -> Result<Vec<(i64, Vec<u8>)>> {
    let mut find = conn.prepare_cached("SELECT position, record FROM waiting ORDER BY position")?;
    let mut rows = find.query([])?;
    let (mut chosen, mut bytes) = (Vec::new(), 0);
    while let Some(row) = rows.next()? {
        let record: Vec<u8> = row.get(1)?;
        bytes += record.len();
        if !chosen.is_empty() && bytes > max_bytes {
            break;
        }
        chosen.push((row.get(0)?, record));
    }
    Ok(chosen)
}

/// Notes that these waiting records are in a segment on its way.
pub(crate) fn set_in_flight(conn: &Connection, positions: impl IntoIterator<Item = i64>) -> Result<()> {
    let mut mark = conn.prepare_cached("UPDATE waiting SET in_flight = 1 WHERE position = ?1")?;
    for position in positions {
        mark.execute([position])?;
    }
    Ok(())
}

/// Keeps a sealed segment before it is sent.
pub(crate) fn keep_outgoing(conn: &Connection, segment: &Outgoing) -> Result<()> {
    let covers = serde_json::to_string(&segment.covers).map_err(std::io::Error::from)?;
    conn.execute(
        "INSERT INTO outgoing VALUES(?1, ?2, ?3, ?4, ?5)",
        (segment.sequence as i64, &segment.bytes, segment.hash, segment.level, covers),
    )?;
    Ok(())
}

/// The bucket has the segment: records no longer wait, what it covers is superseded. `records` are the segment's own.
pub(crate) fn confirm(conn: &Connection, segment: &Outgoing, records: &[Record], now: Millis) -> Result<()> {
    conn.execute("DELETE FROM outgoing", [])?;
    conn.execute("DELETE FROM waiting WHERE in_flight = 1", [])?;
    let sequence = segment.sequence as i64;
    let unpacked: usize = records.iter().map(|record| record.to_bytes().len()).sum();
    let sql = "INSERT INTO own(sequence, hash, bytes, level, unpacked) VALUES(?1, ?2, ?3, ?4, ?5)";
    let row = (sequence, segment.hash, &segment.bytes, segment.level, unpacked as i64);
    conn.prepare_cached(sql)?.execute(row)?;
    for id in entry_ids(records) {
        let sql = "INSERT OR IGNORE INTO own_entries VALUES(?1, ?2)";
        conn.prepare_cached(sql)?.execute((blob(&id), sequence))?;
    }
    for covered in &segment.covers {
        let sql = "UPDATE own SET superseded = ?2, bytes = x'' WHERE sequence = ?1";
        conn.prepare_cached(sql)?.execute((*covered as i64, now))?;
        conn.prepare_cached("DELETE FROM own_entries WHERE sequence = ?1")?.execute([*covered as i64])?;
    }
    if !segment.covers.is_empty() {
        set_fact(conn, FILE_DUE, "1")?;
    }
    set_fact(conn, "reached", &segment.sequence.to_string())?;
    set_fact(conn, "last hash", &hex::encode(segment.hash))
}

fn entry_ids(records: &[Record]) -> impl Iterator<Item = Uuid> {
    records.iter().filter(|record| matches!(record.content, Content::Entry { .. })).map(|record| record.id)
}

impl State {
    pub(crate) fn end(&self) -> Result<End> {
        end(&self.conn)
    }

    pub(crate) fn outgoing(&self) -> Result<Option<Outgoing>> {
        let sql = "SELECT sequence, bytes, hash, level, covers FROM outgoing";
        let row = self.conn.query_row(sql, [], |row| {
            let covers: String = row.get(4)?;
            Ok(Outgoing {
                sequence: row.get::<_, i64>(0)? as u64,
                bytes: row.get(1)?,
                hash: row.get(2)?,
                level: row.get(3)?,
                covers: serde_json::from_str(&covers).unwrap_or_default(),
            })
        });
        Ok(row.optional()?)
    }

    /// Own live segments, for the plan of a fold. Which hold deleted entries is looked up only on demand: it asks for
    /// every deletion.
    pub(crate) fn own_segments(&self, look_for_deleted: bool) -> Result<Vec<OwnSegment>> {
        let held = if look_for_deleted { self.sequences_with_deleted()? } else { BTreeSet::new() };
        let sql = "SELECT sequence, unpacked, level FROM own WHERE superseded IS NULL ORDER BY sequence";
        let mut find = self.conn.prepare_cached(sql)?;
        let rows = find.query_map([], |row| {
            let sequence = row.get::<_, i64>(0)? as u64;
            let bytes = row.get::<_, i64>(1)? as u64;
            Ok(OwnSegment { sequence, bytes, level: row.get(2)?, holds_deleted: held.contains(&sequence) })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn sequences_with_deleted(&self) -> Result<BTreeSet<u64>> {
        // CROSS JOIN fixes the order: few deletions, many entries.
        let sql = "SELECT DISTINCT sequence FROM deletions CROSS JOIN own_entries ON own_entries.id = target";
        let mut find = self.conn.prepare_cached(sql)?;
        let rows = find.query_map([], |row| row.get::<_, i64>(0))?;
        rows.map(|sequence| Ok(sequence? as u64)).collect()
    }

    /// Own live segments with their bytes: all, or only these.
    pub(crate) fn own_stored(&self, only: Option<&[u64]>) -> Result<Vec<OwnStored>> {
        let sql = "SELECT sequence, hash, bytes FROM own WHERE superseded IS NULL ORDER BY sequence";
        let mut find = self.conn.prepare_cached(sql)?;
        let rows = find.query_map([], |row| {
            Ok(OwnStored { sequence: row.get::<_, i64>(0)? as u64, hash: row.get(1)?, bytes: row.get(2)? })
        })?;
        let wanted = |stored: &OwnStored| only.is_none_or(|only| only.contains(&stored.sequence));
        Ok(rows.filter(|row| row.as_ref().map_or(true, wanted)).collect::<Result<_, _>>()?)
    }

    pub(crate) fn live(&self) -> Result<Ranges> {
        let mut find =
            self.conn.prepare_cached("SELECT sequence FROM own WHERE superseded IS NULL ORDER BY sequence")?;
        let rows: Vec<i64> = find.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        Ok(Ranges::from_sorted(rows.into_iter().map(|sequence| sequence as u64)))
    }

    /// Superseded sequences and since when.
    pub(crate) fn superseded(&self) -> Result<Vec<(u64, Millis)>> {
        let sql = "SELECT sequence, superseded FROM own WHERE superseded IS NOT NULL ORDER BY sequence";
        let mut find = self.conn.prepare_cached(sql)?;
        let rows = find.query_map([], |row| Ok((row.get::<_, i64>(0)? as u64, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Forgets superseded segments that the bucket no longer has.
    pub(crate) fn forget_superseded(&mut self, sequences: &[u64]) -> Result<()> {
        self.transaction(|conn| {
            for sequence in sequences {
                conn.prepare_cached("DELETE FROM own WHERE sequence = ?1 AND superseded IS NOT NULL")?
                    .execute([*sequence as i64])?;
            }
            Ok(())
        })
    }
}

/// Gives up the own log: what is on its way waits again, and the log is another device's from now on.
pub(crate) fn leave(conn: &Connection, device: Uuid) -> Result<()> {
    conn.execute_batch(
        "DELETE FROM outgoing; DELETE FROM own; DELETE FROM own_entries; UPDATE waiting SET in_flight = 0;",
    )?;
    for name in ["reached", "last hash", "file written", FILE_DUE, "own checked"] {
        forget_fact(conn, name)?;
    }
    set_fact(conn, "device", &device.to_string())
}
