//! The state of a journal on this computer, in one SQLite file. Each method is one transaction or one look.

pub(crate) mod entries;
pub(crate) mod feed;
pub(crate) mod log;
pub(crate) mod peers;

use std::path::Path;

use holdfast_storage::sqlite::{self, Durability, Tables};
use rusqlite::{Connection, OptionalExtension, Transaction};
use uuid::Uuid;

pub use feed::{Change, FeedOf};
pub use peers::Problem;

use crate::{Error, Result, clock::Millis};

/// Raised when the tables change shape.
const FORMAT: i64 = 2;

const SCHEMA: &str = "
CREATE TABLE facts(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE entries(
  id BLOB PRIMARY KEY, time INTEGER NOT NULL, origin BLOB NOT NULL, number INTEGER NOT NULL, kind INTEGER NOT NULL,
  payload BLOB NOT NULL) WITHOUT ROWID;
CREATE UNIQUE INDEX entries_in_order ON entries(time, origin, number, id);
CREATE TABLE deletions(id BLOB PRIMARY KEY, target BLOB NOT NULL, time INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX deletions_by_target ON deletions(target);
CREATE TABLE acknowledgements(
  deletion BLOB NOT NULL, device BLOB NOT NULL, PRIMARY KEY(deletion, device)) WITHOUT ROWID;
CREATE TABLE feed(position INTEGER PRIMARY KEY AUTOINCREMENT, what INTEGER NOT NULL, id BLOB NOT NULL);
CREATE TABLE retired(device BLOB PRIMARY KEY, time INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE waiting(
  position INTEGER PRIMARY KEY AUTOINCREMENT, id BLOB NOT NULL, since INTEGER NOT NULL, record BLOB NOT NULL,
  in_flight INTEGER NOT NULL DEFAULT 0);
CREATE TABLE outgoing(
  sequence INTEGER PRIMARY KEY, bytes BLOB NOT NULL, hash BLOB NOT NULL, level INTEGER NOT NULL, covers TEXT NOT NULL);
CREATE TABLE own(
  sequence INTEGER PRIMARY KEY, hash BLOB NOT NULL, bytes BLOB NOT NULL, level INTEGER NOT NULL,
  unpacked INTEGER NOT NULL, superseded INTEGER);
CREATE TABLE own_entries(id BLOB NOT NULL, sequence INTEGER NOT NULL, PRIMARY KEY(id, sequence)) WITHOUT ROWID;
CREATE INDEX own_entries_by_sequence ON own_entries(sequence);
CREATE TABLE peers(
  device BLOB PRIMARY KEY, cursor INTEGER NOT NULL DEFAULT 0, hash BLOB, reached INTEGER NOT NULL DEFAULT 0,
  live TEXT NOT NULL DEFAULT '[]', checked INTEGER, name BLOB, registered INTEGER, last_seen INTEGER,
  skipped INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
CREATE TABLE breaks(
  device BLOB NOT NULL, sequence INTEGER NOT NULL, hash BLOB NOT NULL,
  PRIMARY KEY(device, sequence, hash)) WITHOUT ROWID;
CREATE TABLE unread(
  device BLOB NOT NULL, sequence INTEGER NOT NULL, reason TEXT NOT NULL, since INTEGER NOT NULL,
  PRIMARY KEY(device, sequence)) WITHOUT ROWID;
CREATE TABLE problems(
  device BLOB NOT NULL, kind TEXT NOT NULL, sequence INTEGER NOT NULL, since INTEGER NOT NULL,
  PRIMARY KEY(device, kind)) WITHOUT ROWID;
";

/// Format 1 had the names of devices in the clear. They are read again from the place, where they are sealed.
const TO_FORMAT_2: &str = "
PRAGMA secure_delete = ON;
UPDATE peers SET name = NULL, checked = NULL;
PRAGMA user_version = 2;
PRAGMA wal_checkpoint(TRUNCATE);
PRAGMA secure_delete = OFF;
";

/// The state of one device. One process uses it at a time for writing; others wait up to ten seconds.
#[derive(Debug)]
pub struct State {
    conn: Connection,
}

impl State {
    /// Opens or makes the state at `path`.
    pub fn open(path: &Path) -> Result<Self> {
        // Entries that were not sent yet are nowhere else.
        Self::prepare(sqlite::open(path, Durability::PowerCut)?)
    }

    /// A state that is gone with the process, for tests.
    pub fn in_memory() -> Result<Self> {
        Self::prepare(Connection::open_in_memory()?)
    }

    fn prepare(conn: Connection) -> Result<Self> {
        conn.set_prepared_statement_cache_capacity(64);
        match sqlite::make_tables(&conn, SCHEMA, FORMAT)? {
            Tables::New | Tables::Known => Ok(Self { conn }),
            Tables::Other(1) => {
                conn.execute_batch(TO_FORMAT_2)?;
                Ok(Self { conn })
            }
            Tables::Other(found) => Err(Error::LaterState { found, known: FORMAT }),
        }
    }

    /// A copy in memory: what a cloned disk holds.
    pub fn copy(&mut self) -> Result<Self> {
        let data = self.conn.serialize("main")?;
        let mut conn = Connection::open_in_memory()?;
        conn.deserialize_read_exact("main", &data[..], data.len(), false)?;
        Self::prepare(conn)
    }

    /// Runs `work` in one transaction that takes the write lock at its beginning.
    pub(crate) fn transaction<T>(&mut self, work: impl FnOnce(&Transaction<'_>) -> Result<T>) -> Result<T> {
        let transaction = self.conn.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let value = work(&transaction)?;
        transaction.commit()?;
        Ok(value)
    }

    pub(crate) fn fact(&self, name: &str) -> Result<Option<String>> {
        fact(&self.conn, name)
    }

    pub(crate) fn time_fact(&self, name: &str) -> Result<Option<Millis>> {
        Ok(self.fact(name)?.and_then(|text| text.parse().ok()))
    }

    pub(crate) fn set_fact(&self, name: &str, value: &str) -> Result<()> {
        set_fact(&self.conn, name, value)
    }

    /// This device's id, once it has one.
    pub(crate) fn device(&self) -> Result<Option<Uuid>> {
        Ok(self.fact("device")?.and_then(|text| Uuid::try_parse(&text).ok()))
    }
}

pub(crate) fn fact(conn: &Connection, name: &str) -> Result<Option<String>> {
    let mut find = conn.prepare_cached("SELECT value FROM facts WHERE name = ?1")?;
    Ok(find.query_row([name], |row| row.get(0)).optional()?)
}

pub(crate) fn set_fact(conn: &Connection, name: &str, value: &str) -> Result<()> {
    conn.prepare_cached("INSERT OR REPLACE INTO facts VALUES(?1, ?2)")?.execute([name, value])?;
    Ok(())
}

pub(crate) fn forget_fact(conn: &Connection, name: &str) -> Result<()> {
    conn.execute("DELETE FROM facts WHERE name = ?1", [name])?;
    Ok(())
}

/// A number for the next record of this device.
pub(crate) fn next_number(conn: &Connection) -> Result<u64> {
    let number = fact(conn, "number")?.and_then(|text| text.parse::<u64>().ok()).unwrap_or(0) + 1;
    set_fact(conn, "number", &number.to_string())?;
    Ok(number)
}

/// An id as SQLite keeps it.
pub(crate) fn blob(id: &Uuid) -> &[u8] {
    id.as_bytes()
}

/// An id as SQLite gave it.
pub(crate) fn uuid(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<Uuid> {
    Ok(Uuid::from_bytes(row.get::<_, [u8; 16]>(column)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_in_the_clear_of_the_former_format_goes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.db");
        drop(State::open(&path).unwrap());
        let conn = Connection::open(&path).unwrap();
        let named = "INSERT INTO peers(device, checked, name) VALUES(zeroblob(16), 5, 'Annas laptop'); \
                     PRAGMA user_version = 1;";
        conn.execute_batch(named).unwrap();
        drop(conn);
        let holds = || {
            let mut files = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
            files.any(|path| std::fs::read(path).unwrap().windows(12).any(|window| window == b"Annas laptop"))
        };
        assert!(holds());
        let state = State::open(&path).unwrap();
        let peer = state.peers().unwrap().remove(0);
        assert_eq!((peer.name, peer.checked), (None, None), "it is read again");
        assert!(!holds());
        drop(state);
        assert!(State::open(&path).is_ok() && !holds());
    }
}
