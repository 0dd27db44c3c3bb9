//! What of a vault is kept on this computer, in one SQLite file: sealed blobs as they are in the bucket, ids and numbers,
//! and what was not sent yet. No plain text. Each method is one transaction or one look.

mod heads;
mod keyrings;
mod known;
mod outbox;
mod sharing;
mod touched;
mod versions;

use std::path::Path;

use holdfast_storage::sqlite::{self, Durability, Tables};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, TransactionBehavior};
use uuid::Uuid;

use crate::{
    Error, Result,
    change::Change,
    versions::{MAX_NUMBER, VersionId},
};

pub(crate) use keyrings::Adopted;
pub(crate) use known::apply;
pub(crate) use outbox::{Waiting, put_change};
pub(crate) use versions::{StoredVersion, Wanted, insert_version};

/// Raised when the tables change shape.
const FORMAT: i64 = 2;

/// A version is there as soon as its change is known; `blob` is empty until it was fetched, and again when it is gone.
const SCHEMA: &str = "
CREATE TABLE facts(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE versions(
  row INTEGER PRIMARY KEY, member BLOB NOT NULL, record BLOB NOT NULL, number INTEGER NOT NULL, device BLOB NOT NULL,
  change BLOB NOT NULL, blob BLOB, unread TEXT, UNIQUE(member, record, number, device));
CREATE INDEX versions_without_blob ON versions(row) WHERE blob IS NULL;
CREATE TABLE removed(
  member BLOB NOT NULL, record BLOB NOT NULL, number INTEGER NOT NULL, device BLOB NOT NULL,
  PRIMARY KEY(member, record, number, device)) WITHOUT ROWID;
CREATE TABLE attachments(member BLOB NOT NULL, name BLOB NOT NULL, PRIMARY KEY(member, name)) WITHOUT ROWID;
CREATE TABLE seen(device BLOB NOT NULL, change BLOB NOT NULL, PRIMARY KEY(device, change)) WITHOUT ROWID;
CREATE TABLE sharing(id BLOB PRIMARY KEY, change BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE told(log TEXT NOT NULL, change BLOB NOT NULL, PRIMARY KEY(log, change)) WITHOUT ROWID;
CREATE TABLE keyrings(generation INTEGER PRIMARY KEY, object BLOB NOT NULL, giver BLOB);
CREATE TABLE rotation(object BLOB NOT NULL);
CREATE TABLE heads(
  device BLOB PRIMARY KEY, sequence INTEGER NOT NULL, entries INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE outbox(
  position INTEGER PRIMARY KEY AUTOINCREMENT, change BLOB NOT NULL, since INTEGER NOT NULL, metadata BLOB,
  size INTEGER NOT NULL DEFAULT 0, upload TEXT, told INTEGER NOT NULL DEFAULT 0);
";

/// Which records changed, in order, for other processes that have the vault open. The oldest go by themselves.
const TOUCHED: &str = "
CREATE TABLE touched(sequence INTEGER PRIMARY KEY, member BLOB NOT NULL, record BLOB NOT NULL);
CREATE TRIGGER version_came AFTER INSERT ON versions BEGIN
  INSERT INTO touched(member, record) VALUES(new.member, new.record); END;
CREATE TRIGGER version_changed AFTER UPDATE OF blob ON versions BEGIN
  INSERT INTO touched(member, record) VALUES(new.member, new.record); END;
CREATE TRIGGER version_went AFTER DELETE ON versions BEGIN
  INSERT INTO touched(member, record) VALUES(old.member, old.record); END;
CREATE TRIGGER touched_enough AFTER INSERT ON touched BEGIN
  DELETE FROM touched WHERE sequence <= new.sequence - 20000; END;
";

/// The database. One process writes at a time; others wait up to ten seconds.
#[derive(Debug)]
pub(crate) struct Local {
    conn: Connection,
    /// SQLite's number of what other connections did, as it was last looked at.
    others: i64,
    /// How far what was touched is known.
    touched: i64,
}

impl Local {
    /// Opens or makes the database at `path`.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        // What was saved and not sent yet is nowhere else.
        let conn = sqlite::open(path, Durability::PowerCut)?;
        conn.set_prepared_statement_cache_capacity(64);
        match sqlite::make_tables(&conn, &format!("{SCHEMA}{TOUCHED}"), FORMAT)? {
            Tables::New | Tables::Known => {}
            Tables::Other(1) => touched::begin(&conn)?,
            Tables::Other(found) => return Err(Error::LaterFormat { found, known: FORMAT }),
        }
        Ok(Self { others: data_version(&conn)?, touched: touched::last(&conn)?, conn })
    }

    /// Whether another process wrote since this was asked last.
    pub(crate) fn others_wrote(&mut self) -> Result<bool> {
        let now = data_version(&self.conn)?;
        Ok(std::mem::replace(&mut self.others, now) != now)
    }

    /// Runs `work` in one transaction that takes the write lock at its beginning.
    pub(crate) fn transaction<T>(&mut self, work: impl FnOnce(&Transaction<'_>) -> Result<T>) -> Result<T> {
        let transaction = self.conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let nobody_else = touched::last(&transaction)? == self.touched;
        let value = work(&transaction)?;
        let last = touched::last(&transaction)?;
        transaction.commit()?;
        if nobody_else {
            self.touched = last;
        }
        Ok(value)
    }

    pub(crate) fn fact(&self, name: &str) -> Result<Option<String>> {
        fact(&self.conn, name)
    }

    /// The clock for the next change.
    pub(crate) fn next_clock(&self) -> Result<u64> {
        let next = clock(&self.conn)? + 1;
        if next <= MAX_NUMBER { Ok(next) } else { Err(Error::ClockUsedUp) }
    }
}

fn data_version(conn: &Connection) -> Result<i64> {
    Ok(conn.pragma_query_value(None, "data_version", |row| row.get(0))?)
}

pub(crate) fn fact(conn: &Connection, name: &str) -> Result<Option<String>> {
    let mut find = conn.prepare_cached("SELECT value FROM facts WHERE name = ?1")?;
    Ok(find.query_row([name], |row| row.get(0)).optional()?)
}

pub(crate) fn set_fact(conn: &Connection, name: &str, value: &str) -> Result<()> {
    conn.prepare_cached("INSERT OR REPLACE INTO facts VALUES(?1, ?2)")?.execute([name, value])?;
    Ok(())
}

fn clock(conn: &Connection) -> Result<u64> {
    Ok(fact(conn, "clock")?.and_then(|text| text.parse().ok()).unwrap_or(0))
}

/// The vault's clock is never behind one that was heard of.
fn raise_clock(conn: &Connection, heard: u64) -> Result<()> {
    match heard > clock(conn)? {
        true => set_fact(conn, "clock", &heard.to_string()),
        false => Ok(()),
    }
}

/// An id as SQLite gave it.
fn uuid(row: &Row<'_>, column: usize) -> rusqlite::Result<Uuid> {
    Ok(Uuid::from_bytes(row.get::<_, [u8; 16]>(column)?))
}

fn version_id(row: &Row<'_>, number: usize, device: usize) -> rusqlite::Result<VersionId> {
    Ok(VersionId { number: row.get::<_, i64>(number)?.max(0) as u64, device: uuid(row, device)? })
}

/// A change that was checked when it was kept.
fn kept_change(row: &Row<'_>, column: usize) -> rusqlite::Result<Change> {
    let bytes: Vec<u8> = row.get(column)?;
    let damaged =
        |error| rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Blob, Box::new(error));
    Change::parse(&bytes).map_err(damaged)
}
