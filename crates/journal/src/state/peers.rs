//! What is known of other devices and of how far their logs were read.

use std::collections::BTreeMap;

use holdfast_crypto::UserKeys;
use rand_core::CryptoRng;
use rusqlite::{Connection, OptionalExtension, Row};
use uuid::Uuid;

use super::{State, blob, uuid};
use crate::{Result, clock::Millis, device_file::DeviceFile, plan::Ranges, status::UnreadSegment};

/// What is wrong with another device's log. What was read of it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Problem {
    /// Its log ends before what was read of it: the bucket was set back, or segments were removed.
    RolledBack,
    /// A segment does not follow the one before it: two computers wrote under one id, or somebody changed the log.
    ChainBroken,
    /// Its device file is gone.
    FileMissing,
    /// Its device file was changed by somebody else, or is of a later version.
    FileUnbelieved,
}

const PROBLEMS: [(Problem, &str); 4] = [
    (Problem::RolledBack, "rolled back"),
    (Problem::ChainBroken, "chain broken"),
    (Problem::FileMissing, "file missing"),
    (Problem::FileUnbelieved, "file unbelieved"),
];

impl Problem {
    fn name(self) -> &'static str {
        PROBLEMS.iter().find(|(problem, _)| *problem == self).map_or("", |(_, name)| name)
    }

    fn of(name: &str) -> Option<Self> {
        PROBLEMS.iter().find(|(_, known)| *known == name).map(|(problem, _)| *problem)
    }
}

/// A peer, and how far its log was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Peer {
    pub(crate) device: Uuid,
    /// The last sequence that was read or given up.
    pub(crate) cursor: u64,
    /// Hash of the segment at the cursor, where it was read.
    pub(crate) hash: Option<[u8; 32]>,
    /// What its device file said last.
    pub(crate) reached: u64,
    pub(crate) live: Ranges,
    pub(crate) checked: Option<Millis>,
    /// As [`seal_name`] made it.
    pub(crate) name: Option<Vec<u8>>,
    pub(crate) registered: Option<Millis>,
    pub(crate) last_seen: Option<Millis>,
    /// Records that could not be read.
    pub(crate) skipped: u64,
}

fn read_peer(row: &Row<'_>) -> rusqlite::Result<Peer> {
    let live: String = row.get(4)?;
    Ok(Peer {
        device: uuid(row, 0)?,
        cursor: row.get::<_, i64>(1)? as u64,
        hash: row.get(2)?,
        reached: row.get::<_, i64>(3)? as u64,
        live: serde_json::from_str(&live).unwrap_or_default(),
        checked: row.get(5)?,
        name: row.get(6)?,
        registered: row.get(7)?,
        last_seen: row.get(8)?,
        skipped: row.get::<_, i64>(9)? as u64,
    })
}

const COLUMNS: &str = "device, cursor, hash, reached, live, checked, name, registered, last_seen, skipped";

/// Makes a peer known; no change when it is.
pub(crate) fn add_peer(conn: &Connection, device: Uuid) -> Result<bool> {
    Ok(conn.prepare_cached("INSERT OR IGNORE INTO peers(device) VALUES(?1)")?.execute([blob(&device)])? > 0)
}

pub(crate) fn set_cursor(conn: &Connection, device: Uuid, cursor: u64, hash: Option<[u8; 32]>) -> Result<()> {
    let sql = "UPDATE peers SET cursor = ?2, hash = ?3 WHERE device = ?1";
    conn.prepare_cached(sql)?.execute((blob(&device), cursor as i64, hash))?;
    Ok(())
}

/// Lets a log be read again from its beginning.
pub(crate) fn rewind(conn: &Connection, device: Uuid) -> Result<()> {
    let sql = "UPDATE peers SET cursor = 0, hash = NULL, skipped = 0 WHERE device = ?1";
    conn.prepare_cached(sql)?.execute([blob(&device)])?;
    Ok(())
}

/// Counts records that could not be read.
pub(crate) fn add_skipped(conn: &Connection, device: Uuid, records: u64) -> Result<()> {
    let sql = "UPDATE peers SET skipped = skipped + ?2 WHERE device = ?1";
    conn.prepare_cached(sql)?.execute((blob(&device), records as i64))?;
    Ok(())
}

/// Notes a break of the chain; `false` when it was known.
pub(crate) fn add_break(conn: &Connection, device: Uuid, sequence: u64, hash: &[u8; 32]) -> Result<bool> {
    let sql = "INSERT OR IGNORE INTO breaks VALUES(?1, ?2, ?3)";
    Ok(conn.prepare_cached(sql)?.execute((blob(&device), sequence as i64, hash))? > 0)
}

/// Notes a segment that could not be read.
pub(crate) fn set_unread(conn: &Connection, device: Uuid, sequence: u64, reason: &str, now: Millis) -> Result<()> {
    let sql = "INSERT INTO unread VALUES(?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET reason = excluded.reason";
    conn.prepare_cached(sql)?.execute((blob(&device), sequence as i64, reason, now))?;
    Ok(())
}

pub(crate) fn clear_unread(conn: &Connection, device: Uuid, sequence: u64) -> Result<()> {
    let sql = "DELETE FROM unread WHERE device = ?1 AND sequence = ?2";
    conn.prepare_cached(sql)?.execute((blob(&device), sequence as i64))?;
    Ok(())
}

impl State {
    /// Devices that are not waited for any more, and since when.
    pub(crate) fn all_retired(&self) -> Result<BTreeMap<Uuid, Millis>> {
        let mut find = self.conn.prepare_cached("SELECT device, time FROM retired")?;
        Ok(find.query_map([], |row| Ok((uuid(row, 0)?, row.get(1)?)))?.collect::<Result<_, _>>()?)
    }
}

/// Notes a problem; the first time counts.
pub(crate) fn add_problem(
    conn: &Connection,
    device: Uuid,
    problem: Problem,
    sequence: u64,
    now: Millis,
) -> Result<bool> {
    let sql = "INSERT OR IGNORE INTO problems VALUES(?1, ?2, ?3, ?4)";
    Ok(conn.prepare_cached(sql)?.execute((blob(&device), problem.name(), sequence as i64, now))? > 0)
}

/// A problem that is over.
pub(crate) fn clear_problem(conn: &Connection, device: Uuid, problem: Problem) -> Result<()> {
    let sql = "DELETE FROM problems WHERE device = ?1 AND kind = ?2";
    conn.prepare_cached(sql)?.execute((blob(&device), problem.name()))?;
    Ok(())
}

/// Seals a device's name as it is kept here: whoever has the disk alone does not read it.
pub(crate) fn seal_name(keys: &UserKeys, file: &DeviceFile, random: &mut dyn CryptoRng) -> Result<Vec<u8>> {
    Ok(keys.seal_value(&name_context(file.device), file.name.as_bytes(), random)?)
}

/// The name that was sealed; `None` for one that does not open.
pub(crate) fn open_name(keys: &UserKeys, device: Uuid, sealed: &[u8]) -> Option<String> {
    let name = keys.open_value(&name_context(device), sealed).ok()?;
    Some(String::from_utf8_lossy(&name).into_owned())
}

fn name_context(device: Uuid) -> Vec<u8> {
    format!("device name {device}").into_bytes()
}

/// Takes over what a device file says, and its name, sealed.
pub(crate) fn set_device_file(conn: &Connection, file: &DeviceFile, name: &[u8], now: Millis) -> Result<()> {
    let sql = "UPDATE peers SET reached = ?2, live = ?3, checked = ?4, name = ?5, registered = ?6, last_seen = ?7 \
               WHERE device = ?1";
    let live = serde_json::to_string(&file.live).map_err(std::io::Error::from)?;
    let row = (blob(&file.device), file.reached as i64, live, now, name, file.registered, file.last_seen);
    conn.prepare_cached(sql)?.execute(row)?;
    Ok(())
}

pub(crate) fn set_checked(conn: &Connection, device: Uuid, now: Millis) -> Result<()> {
    conn.prepare_cached("UPDATE peers SET checked = ?2 WHERE device = ?1")?.execute((blob(&device), now))?;
    Ok(())
}

impl State {
    pub(crate) fn peers(&self) -> Result<Vec<Peer>> {
        let mut find = self.conn.prepare_cached(&format!("SELECT {COLUMNS} FROM peers ORDER BY device"))?;
        Ok(find.query_map([], read_peer)?.collect::<Result<_, _>>()?)
    }

    pub(crate) fn peer(&self, device: Uuid) -> Result<Option<Peer>> {
        let mut find = self.conn.prepare_cached(&format!("SELECT {COLUMNS} FROM peers WHERE device = ?1"))?;
        Ok(find.query_row([blob(&device)], read_peer).optional()?)
    }

    /// Segments that could not be read, of one device or of all.
    pub(crate) fn unread(&self, device: Option<Uuid>) -> Result<Vec<UnreadSegment>> {
        let sql = "SELECT device, sequence, reason, since FROM unread ORDER BY device, sequence";
        let mut find = self.conn.prepare_cached(sql)?;
        let rows = find.query_map([], |row| {
            Ok(UnreadSegment {
                device: uuid(row, 0)?,
                sequence: row.get::<_, i64>(1)? as u64,
                reason: row.get(2)?,
                since: row.get(3)?,
            })
        })?;
        let wanted = |row: &UnreadSegment| device.is_none_or(|device| device == row.device);
        Ok(rows.filter(|row| row.as_ref().map_or(true, wanted)).collect::<Result<_, _>>()?)
    }

    /// What is wrong: device, problem, sequence, since when.
    pub(crate) fn problems(&self) -> Result<Vec<(Uuid, Problem, u64, Millis)>> {
        let mut find = self.conn.prepare_cached("SELECT device, kind, sequence, since FROM problems ORDER BY 1, 2")?;
        let rows = find.query_map([], |row| {
            let kind: String = row.get(1)?;
            Ok((uuid(row, 0)?, Problem::of(&kind), row.get::<_, i64>(2)? as u64, row.get(3)?))
        })?;
        type Row = (Uuid, Option<Problem>, u64, Millis);
        let known = |(device, problem, sequence, since): Row| Some((device, problem?, sequence, since));
        rows.filter_map(|row| row.map(known).transpose()).map(|row| Ok(row?)).collect()
    }
}
