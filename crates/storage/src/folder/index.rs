//! The SQLite index: which keys there are, in order, and where their files lie.
//!
//! It is a cache of the files and their records: it can be deleted at any time and is then rebuilt. It decides nothing;
//! the writer is the only one that changes it.

use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, OptionalExtension, Row as SqlRow, params};

use super::{
    layout::{Layout, is_missing, lstat},
    record::{Identity, Record},
};
use crate::{Error, Result, sqlite};

/// Set as `user_version` once the index is complete.
const VERSION: i64 = 1;
/// How long a process waits for another one's write.
const BUSY: Duration = Duration::from_secs(30);
const CHECKPOINT_PAGES: i64 = 4000;

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS objects(
  key BLOB PRIMARY KEY, seq INTEGER NOT NULL, size INTEGER NOT NULL, mtime INTEGER NOT NULL, etag TEXT NOT NULL,
  inode INTEGER NOT NULL, location TEXT NOT NULL, record TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS old(
  key BLOB NOT NULL, seq INTEGER NOT NULL, size INTEGER NOT NULL, mtime INTEGER NOT NULL, etag TEXT NOT NULL,
  inode INTEGER NOT NULL, location TEXT NOT NULL, record TEXT NOT NULL, PRIMARY KEY(key, seq DESC)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS intents(owner TEXT NOT NULL, key BLOB NOT NULL, PRIMARY KEY(owner, key)) WITHOUT ROWID;
";

/// A file of the store as the index knows it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    pub record: Record,
    /// Below the root for a current object, below the private folder's `versions/` for an old one.
    pub location: String,
    pub inode: u64,
}

impl Row {
    pub fn identity(&self) -> Identity {
        Identity { size: self.record.size, mtime: self.record.mtime, inode: self.inode }
    }
}

/// Where a row belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Table {
    /// The newest version of a key, unless it is a delete marker.
    Objects,
    /// Everything else.
    Old,
}

/// Opens the index for writing. The flag says that it is new or was never finished and must be rebuilt. `relies` says
/// that an outage will be noticed, and the index rebuilt: its commits need no sync then.
pub(crate) fn open(layout: &Layout, relies: bool) -> Result<(Connection, bool)> {
    let path = layout.index();
    let here = lstat(&path).map_err(|e| layout.failed("opening the folder's index", e))?;
    if here.is_none() {
        remove_companions(&path)?;
    }
    let db = Connection::open(&path)?;
    prepare(&db, layout)?;
    if relies {
        db.pragma_update(None, "synchronous", "NORMAL")?;
    }
    db.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
    db.execute_batch(SCHEMA)?;
    let version: i64 = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
    db.query_row("SELECT (SELECT count(*) FROM intents), (SELECT key FROM objects LIMIT 1)", [], |_| Ok(()))?;
    Ok((db, version != VERSION))
}

/// Opens one more connection for reading.
pub(crate) fn open_reader(layout: &Layout) -> Result<Connection> {
    let db = Connection::open(layout.index())?;
    prepare(&db, layout)?;
    db.pragma_update(None, "query_only", true)?;
    Ok(db)
}

fn prepare(db: &Connection, layout: &Layout) -> Result<()> {
    db.busy_timeout(BUSY)?;
    let mode = if is_network(&layout.root) { "TRUNCATE" } else { "WAL" };
    sqlite::set_journal_mode(db, mode)?;
    db.pragma_update(None, "synchronous", "FULL")?;
    db.set_prepared_statement_cache_capacity(64);
    Ok(())
}

/// Write-ahead logging needs shared memory, which network file systems do not have.
#[cfg(target_os = "linux")]
fn is_network(path: &Path) -> bool {
    const NFS: u32 = 0x6969;
    const SMB: [u32; 3] = [0x517b, 0xff53_4d42, 0xfe53_4d42];
    rustix::fs::statfs(path).is_ok_and(|fs| {
        let kind = fs.f_type as u32;
        kind == NFS || SMB.contains(&kind)
    })
}
#[cfg(not(target_os = "linux"))]
fn is_network(_: &Path) -> bool {
    false
}

/// Whether the error says that the file is no sound database.
pub(crate) fn is_damage(error: &Error) -> bool {
    matches!(error, Error::Index(error) if sqlite::is_damage(error))
}

/// Moves a damaged index aside, never over another one.
pub(crate) fn move_aside(layout: &Layout, unix_seconds: i64) -> Result<()> {
    let path = layout.index();
    let aside = (0..).map(|n| layout.private.join(format!("index.db.corrupt-{}", unix_seconds + n)));
    if let Some(free) = aside.into_iter().find(|p| !p.exists()) {
        match std::fs::rename(&path, free) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                return Err(layout.failed("moving a damaged index aside", e));
            }
            _ => {}
        }
    }
    remove_companions(&path)
}

fn remove_companions(path: &Path) -> Result<()> {
    for end in ["-wal", "-shm", "-journal"] {
        super::layout::remove_file(&companion(path, end))
            .map_err(|e| Error::io("removing what belonged to a lost index", e))?;
    }
    Ok(())
}

fn companion(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

/// Makes every commit so far durable.
pub(crate) fn sync(layout: &Layout) -> io::Result<()> {
    let path = layout.index();
    for file in [companion(&path, "-wal"), path] {
        match File::open(file) {
            Err(e) if is_missing(&e) => {}
            opened => opened?.sync_all()?,
        }
    }
    Ok(())
}

/// Says that the index lacks something, so that it is rebuilt even if this opening does not come so far.
pub(crate) fn mark_incomplete(db: &Connection) -> Result<()> {
    Ok(db.pragma_update(None, "user_version", 0)?)
}

/// Says that the index is complete.
pub(crate) fn mark_complete(db: &Connection) -> Result<()> {
    Ok(db.pragma_update(None, "user_version", VERSION)?)
}

fn read_row(row: &SqlRow<'_>) -> rusqlite::Result<(String, i64, String)> {
    Ok((row.get("record")?, row.get("inode")?, row.get("location")?))
}

fn parse((text, inode, location): (String, i64, String)) -> Result<Row> {
    let broken = |e: serde_json::Error| Error::io("reading a row of the folder's index", e.into());
    Ok(Row { record: serde_json::from_str(&text).map_err(broken)?, inode: inode as u64, location })
}

/// The current object of a key.
pub(crate) fn current(db: &Connection, key: &str) -> Result<Option<Row>> {
    let mut find = db.prepare_cached("SELECT record, inode, location FROM objects WHERE key = ?1")?;
    find.query_row([key.as_bytes()], read_row).optional()?.map(parse).transpose()
}

/// Old versions and markers of a key, the newest first.
pub(crate) fn old(db: &Connection, key: &str) -> Result<Vec<Row>> {
    let mut find = db.prepare_cached("SELECT record, inode, location FROM old WHERE key = ?1 ORDER BY seq DESC")?;
    let rows = find.query_map([key.as_bytes()], read_row)?;
    rows.map(|row| parse(row?)).collect()
}

/// Adds or replaces a row.
pub(crate) fn put(db: &Connection, table: Table, row: &Row) -> Result<()> {
    let sql = match table {
        Table::Objects => "INSERT OR REPLACE INTO objects VALUES(?1,?2,?3,?4,?5,?6,?7,?8)",
        Table::Old => "INSERT OR REPLACE INTO old VALUES(?1,?2,?3,?4,?5,?6,?7,?8)",
    };
    let record = &row.record;
    let text = serde_json::to_string(record).map_err(|e| Error::io("writing the folder's index", e.into()))?;
    db.prepare_cached(sql)?.execute(params![
        record.key.as_bytes(),
        record.seq,
        record.size as i64,
        record.mtime,
        record.etag,
        row.inode as i64,
        row.location,
        text
    ])?;
    Ok(())
}

/// Removes the current row of a key.
pub(crate) fn remove_current(db: &Connection, key: &str) -> Result<()> {
    db.prepare_cached("DELETE FROM objects WHERE key = ?1")?.execute([key.as_bytes()])?;
    Ok(())
}

/// Removes one old row.
pub(crate) fn remove_old(db: &Connection, key: &str, seq: i64) -> Result<()> {
    db.prepare_cached("DELETE FROM old WHERE key = ?1 AND seq = ?2")?.execute(params![key.as_bytes(), seq])?;
    Ok(())
}

/// Removes every row of a key.
pub(crate) fn remove_all(db: &Connection, key: &str) -> Result<()> {
    remove_current(db, key)?;
    db.prepare_cached("DELETE FROM old WHERE key = ?1")?.execute([key.as_bytes()])?;
    Ok(())
}

/// Notes that `owner` is about to touch the files of a key.
pub(crate) fn announce(db: &Connection, owner: &str, key: &str) -> Result<()> {
    db.prepare_cached("INSERT OR IGNORE INTO intents VALUES(?1, ?2)")?.execute(params![owner, key.as_bytes()])?;
    Ok(())
}

/// Forgets all notes of `owner`.
pub(crate) fn settle(db: &Connection, owner: &str) -> Result<()> {
    db.prepare_cached("DELETE FROM intents WHERE owner = ?1")?.execute([owner])?;
    Ok(())
}

/// Every note: owner and key.
pub(crate) fn intents(db: &Connection) -> Result<Vec<(String, String)>> {
    let mut all = db.prepare("SELECT owner, key FROM intents")?;
    let rows = all.query_map([], |row| {
        let key: Vec<u8> = row.get(1)?;
        Ok((row.get(0)?, String::from_utf8_lossy(&key).into_owned()))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// A page of current keys with their locations and identities, for a rescan: those behind `after`.
pub(crate) fn page_of_files(db: &Connection, after: &str, limit: usize) -> Result<Vec<(String, String, Identity)>> {
    let mut page = db
        .prepare_cached("SELECT key, location, size, mtime, inode FROM objects WHERE key > ?1 ORDER BY key LIMIT ?2")?;
    let rows = page.query_map(params![after.as_bytes(), limit as i64], |row| {
        let key: Vec<u8> = row.get(0)?;
        let identity =
            Identity { size: row.get::<_, i64>(2)? as u64, mtime: row.get(3)?, inode: row.get::<_, i64>(4)? as u64 };
        Ok((String::from_utf8_lossy(&key).into_owned(), row.get(1)?, identity))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
