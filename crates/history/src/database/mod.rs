//! The history of this computer, in one SQLite file. Each method is one transaction or one look.

mod pages;
pub(crate) mod queue;
pub(crate) mod rows;

use std::path::Path;

use holdfast_storage::sqlite::{self, Durability, Tables};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, config::DbConfig};
use uuid::Uuid;

use crate::{Ending, Entry, Error, Result, Time, entry::MAX_COMMAND_BYTES};

pub(crate) use rows::{COLUMNS, read_entry};

/// A write-ahead log of so many bytes is moved into the file: each process that opens it reads it whole.
const LONG_LOG: u64 = 1 << 20;
/// Memory for pages during an import, KiB.
const MEMORY_FOR_MANY_KIB: i64 = 64 << 10;
/// Pages of 4 KiB that an import lets wait in the write-ahead log.
const PAGES_BETWEEN_CHECKPOINTS: i64 = 16_000;
/// Raised when the tables change shape.
const FORMAT: i64 = 1;

/// `found` holds the trigrams of each command (without positions: candidates are looked at again) under the entry's row.
const SCHEMA: &str = "
CREATE TABLE facts(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE entries(
  row INTEGER PRIMARY KEY AUTOINCREMENT, id BLOB NOT NULL UNIQUE, device BLOB NOT NULL, user TEXT NOT NULL, host TEXT NOT NULL,
  command TEXT NOT NULL, bytes BLOB, cwd TEXT NOT NULL, home TEXT NOT NULL, exit INTEGER, start INTEGER NOT NULL,
  end INTEGER, shell TEXT NOT NULL, session TEXT NOT NULL, custom TEXT);
CREATE INDEX entries_by_start ON entries(start);
CREATE INDEX entries_by_cwd ON entries(cwd, start);
CREATE INDEX entries_by_session ON entries(session, start);
CREATE INDEX failed_entries ON entries(start) WHERE exit <> 0;
CREATE VIRTUAL TABLE found USING fts5(command, content='', contentless_delete=1, tokenize='trigram', detail='none');
CREATE TABLE endings(id BLOB PRIMARY KEY, exit INTEGER NOT NULL, end INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE deleted(id BLOB PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE waiting(
  position INTEGER PRIMARY KEY AUTOINCREMENT, what INTEGER NOT NULL, id BLOB NOT NULL, UNIQUE(what, id));
";

/// The history on this computer. Several processes may use it at once; writers wait for each other up to ten seconds.
#[derive(Debug)]
pub struct Database {
    pub(crate) conn: Connection,
}

/// Where an entry comes from, which decides whether it has to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// From this computer: captured or imported. It waits to be sent.
    Here,
    /// From the backend.
    Backend,
}

/// What became of entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Recorded {
    /// They were not known before.
    pub new: u64,
    /// They were there already; a missing end was filled in.
    pub known: u64,
    /// They were deleted before and do not return.
    pub deleted: u64,
}

impl Database {
    /// Opens or makes the history at `path`.
    pub fn open(path: &Path) -> Result<Self> {
        let damaged = |error: Error| match error {
            Error::Database(error) if sqlite::is_damage(&error) => {
                Error::Damaged { path: path.to_owned(), reason: error.to_string() }
            }
            other => other,
        };
        // An entry that was not sent yet is nowhere else, yet no prompt waits for the disk.
        let conn = sqlite::open(path, Durability::Crash).map_err(Error::Database);
        conn.and_then(Self::prepare).map_err(damaged)
    }

    /// Leaves what is written in the write-ahead log when this is closed, for a process that keeps one line and ends: it
    /// spares four waits for the disk. The log is moved into the file by whoever closes it next, or once it is long.
    pub fn leave_log(&self) -> Result<()> {
        let log = self.conn.path().map(|path| format!("{path}-wal")).and_then(|path| std::fs::metadata(path).ok());
        let is_short = log.is_some_and(|log| log.len() < LONG_LOG);
        self.conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, is_short)?;
        Ok(())
    }

    /// A history that is gone with the process, for tests.
    pub fn in_memory() -> Result<Self> {
        Self::prepare(Connection::open_in_memory()?)
    }

    fn prepare(conn: Connection) -> Result<Self> {
        conn.set_prepared_statement_cache_capacity(64);
        match sqlite::make_tables(&conn, SCHEMA, FORMAT)? {
            Tables::New | Tables::Known => Ok(Self { conn }),
            Tables::Other(found) => Err(Error::LaterFormat { found, known: FORMAT }),
        }
    }

    pub(crate) fn transaction<T>(&mut self, work: impl FnOnce(&Transaction<'_>) -> Result<T>) -> Result<T> {
        let transaction = self.conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let value = work(&transaction)?;
        transaction.commit()?;
        Ok(value)
    }

    /// Keeps entries, all in one transaction. The same entry again is no second one.
    pub fn record(&mut self, entries: &[Entry], origin: Origin) -> Result<Recorded> {
        if let Some(bytes) = entries.iter().map(|entry| entry.command.len()).find(|bytes| *bytes > MAX_COMMAND_BYTES) {
            return Err(Error::CommandTooLong { bytes, limit: MAX_COMMAND_BYTES });
        }
        self.transaction(|conn| {
            let mut recorded = Recorded::default();
            for entry in entries {
                rows::record(conn, entry, origin, &mut recorded)?;
            }
            Ok(recorded)
        })
    }

    /// Makes room for many entries: their ids lie anywhere in an index that grows past SQLite's usual 2 MiB of memory.
    pub(crate) fn expect_many(&self) -> Result<()> {
        self.conn.pragma_update(None, "cache_size", -MEMORY_FOR_MANY_KIB)?;
        Ok(self.conn.pragma_update(None, "wal_autocheckpoint", PAGES_BETWEEN_CHECKPOINTS)?)
    }

    /// Keeps how a command ended, also when its entry is not here yet.
    pub fn end(&mut self, ending: &Ending, origin: Origin) -> Result<()> {
        self.transaction(|conn| rows::end(conn, ending, origin))
    }

    /// Deletes entries, now and when they turn up again. Returns how many of them were not deleted before.
    pub fn delete(&mut self, ids: &[Uuid], origin: Origin) -> Result<u64> {
        self.transaction(|conn| {
            ids.iter().try_fold(0, |count, id| Ok(count + u64::from(rows::delete(conn, *id, origin)?)))
        })
    }

    /// Puts `replacement` in the place of an entry, for good: the old one is deleted everywhere.
    pub fn replace(&mut self, old: Uuid, replacement: &Entry) -> Result<()> {
        self.transaction(|conn| {
            rows::delete(conn, old, Origin::Here)?;
            rows::record(conn, replacement, Origin::Here, &mut Recorded::default())
        })
    }

    /// One entry.
    pub fn entry(&self, id: Uuid) -> Result<Option<Entry>> {
        let mut find = self.conn.prepare_cached(&format!("SELECT {COLUMNS} FROM entries WHERE id = ?1"))?;
        Ok(find.query_row([id.as_bytes()], read_entry).optional()?)
    }

    /// Shows every entry in order of time without keeping all in memory; stops when `each` returns `false`.
    pub fn for_each(&self, mut each: impl FnMut(Entry) -> Result<bool>) -> Result<()> {
        let mut find = self.conn.prepare_cached(&format!("SELECT {COLUMNS} FROM entries ORDER BY start, row"))?;
        let mut rows = find.query([])?;
        while let Some(row) = rows.next()? {
            if !each(read_entry(row)?)? {
                break;
            }
        }
        Ok(())
    }

    /// How many entries there are.
    pub fn count(&self) -> Result<u64> {
        Ok(self.conn.query_row("SELECT count(*) FROM entries", [], |row| row.get::<_, i64>(0))? as u64)
    }

    /// Whether a shell of some computer ever told of a command, by its hook.
    pub fn was_captured(&self) -> Result<bool> {
        let sql = "SELECT 1 FROM entries WHERE session > '' LIMIT 1";
        Ok(self.conn.prepare_cached(sql)?.exists([])?)
    }

    /// A number that is another one after a program, or another opening of this file, wrote to it.
    pub fn version(&self) -> Result<i64> {
        Ok(self.conn.pragma_query_value(None, "data_version", |row| row.get(0))?)
    }

    /// Whether an entry was deleted.
    pub fn is_deleted(&self, id: Uuid) -> Result<bool> {
        rows::is_deleted(&self.conn, id)
    }

    /// A small value that is kept beside the entries.
    pub fn fact(&self, name: &str) -> Result<Option<String>> {
        let mut find = self.conn.prepare_cached("SELECT value FROM facts WHERE name = ?1")?;
        Ok(find.query_row([name], |row| row.get(0)).optional()?)
    }

    /// Keeps a small value beside the entries.
    pub fn set_fact(&self, name: &str, value: &str) -> Result<()> {
        rows::set_fact(&self.conn, name, value)
    }

    /// A time that is kept beside the entries.
    pub fn time_fact(&self, name: &str) -> Result<Option<Time>> {
        Ok(self.fact(name)?.and_then(|text| text.parse().ok()).map(Time::from_micros))
    }
}
