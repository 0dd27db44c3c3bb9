//! The index of one backup set: what is in the bucket, as far as this computer knows.
//!
//! It is a cache in SQLite. Deleting it loses no data: the next run rebuilds it from one listing and the objects'
//! metadata. One process writes it at a time (the run lock sees to that); readers may look on.

mod files;
mod left_alone;
mod runs;
mod uploads;

use std::path::{Path, PathBuf};

use holdfast_storage::sqlite::{self, Durability, Tables};
use rusqlite::{Connection, OptionalExtension};

pub use files::{Row, split_path};
pub use runs::{RunKind, RunRecord};
pub use uploads::UploadRecord;

use crate::{Error, Result};

/// Raised when the tables change shape; an index of another version is set aside and rebuilt.
const FORMAT: i64 = 1;

/// Pages the write-ahead log grows by before they are carried over: pages that change often are carried once.
const CHECKPOINT_PAGES: i64 = 8192;

const SCHEMA: &str = "
CREATE TABLE files(
  dir TEXT NOT NULL, name TEXT NOT NULL,
  size INTEGER NOT NULL, mtime INTEGER NOT NULL, ctime INTEGER NOT NULL, inode INTEGER NOT NULL, mode INTEGER NOT NULL,
  sha256 BLOB, etag TEXT, version TEXT, uploaded_at INTEGER NOT NULL,
  PRIMARY KEY(dir, name)) WITHOUT ROWID;
CREATE INDEX files_by_content ON files(sha256);
CREATE INDEX files_by_look ON files(size, mtime);
CREATE TABLE uploads(
  path TEXT PRIMARY KEY, key TEXT NOT NULL, upload_id TEXT NOT NULL, size INTEGER NOT NULL, mtime INTEGER NOT NULL,
  sha256 BLOB NOT NULL, part_size INTEGER NOT NULL, started_at INTEGER NOT NULL);
CREATE TABLE parts(
  path TEXT NOT NULL, number INTEGER NOT NULL, etag TEXT NOT NULL, size INTEGER NOT NULL,
  PRIMARY KEY(path, number)) WITHOUT ROWID;
CREATE TABLE runs(
  id TEXT PRIMARY KEY, kind TEXT NOT NULL, started_at INTEGER NOT NULL, ended_at INTEGER, state TEXT,
  summary TEXT) WITHOUT ROWID;
CREATE TABLE run_items(run_id TEXT NOT NULL, path TEXT NOT NULL, reason TEXT NOT NULL);
CREATE TABLE facts(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
";

/// An open index.
#[derive(Debug)]
pub struct Index {
    conn: Connection,
    path: PathBuf,
}

/// What opening found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opened {
    /// There was none, or an empty one: what is in the bucket must be looked up.
    New,
    /// It was there.
    Existing,
    /// It was damaged or of another format: set aside under this name; look up what is in the bucket.
    SetAside(PathBuf),
}

impl Index {
    /// Opens or makes the index at `path`.
    pub fn open(path: &Path) -> Result<(Self, Opened)> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(Error::io("making the folder for the index"))?;
        }
        match Self::try_open(path) {
            Ok((index, made)) => Ok((index, if made { Opened::New } else { Opened::Existing })),
            Err(error) if sqlite::is_damage(&error) => {
                let aside = set_aside(path)?;
                Ok((Self::try_open(path)?.0, Opened::SetAside(aside)))
            }
            Err(error) => Err(error.into()),
        }
    }

    fn try_open(path: &Path) -> rusqlite::Result<(Self, bool)> {
        let conn = sqlite::open(path, Durability::Crash)?;
        conn.pragma_update(None, "cache_size", -8192)?;
        conn.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
        let tables = sqlite::make_tables(&conn, SCHEMA, FORMAT)?;
        let index = Self { conn, path: path.to_owned() };
        match tables {
            Tables::New => Ok((index, true)),
            Tables::Known => {
                index.conn.query_row("SELECT count(*) FROM (SELECT 1 FROM files LIMIT 1)", [], |_| Ok(()))?;
                Ok((index, false))
            }
            Tables::Other(_) => Err(sqlite::not_ours()),
        }
    }

    /// Another connection for reading beside the writer.
    pub fn reader(&self) -> Result<Self> {
        let conn = Connection::open(&self.path)?;
        conn.busy_timeout(sqlite::PATIENCE)?;
        conn.pragma_update(None, "cache_size", -4096)?;
        Ok(Self { conn, path: self.path.clone() })
    }

    /// A remembered fact, such as the volume the folder was on.
    pub fn fact(&self, name: &str) -> Result<Option<String>> {
        let mut find = self.conn.prepare_cached("SELECT value FROM facts WHERE name = ?1")?;
        Ok(find.query_row([name], |row| row.get(0)).optional()?)
    }

    /// Remembers a fact.
    pub fn set_fact(&self, name: &str, value: &str) -> Result<()> {
        self.conn.execute("INSERT OR REPLACE INTO facts VALUES(?1, ?2)", [name, value])?;
        Ok(())
    }

    /// Begins a batch of writes; [`Self::commit`] ends it.
    pub fn begin(&self) -> Result<()> {
        Ok(self.conn.execute_batch("BEGIN IMMEDIATE")?)
    }

    /// Begins a batch of reads of one state, which costs less than reading bit by bit; [`Self::commit`] ends it.
    pub fn reading(&self) -> Result<()> {
        Ok(self.conn.execute_batch("BEGIN")?)
    }

    /// Ends a batch.
    pub fn commit(&self) -> Result<()> {
        Ok(self.conn.execute_batch("COMMIT")?)
    }
}

/// Moves a damaged index and its side files out of the way; nothing is deleted.
pub fn set_aside(path: &Path) -> Result<PathBuf> {
    let stamp = jiff::Timestamp::now().as_millisecond();
    let with = |suffix: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    };
    let aside = with(&format!(".damaged-{stamp}"));
    for side in ["-wal", "-shm"] {
        let from = with(side);
        if from.exists() {
            let to = with(&format!(".damaged-{stamp}{side}"));
            std::fs::rename(from, to).map_err(Error::io("setting the damaged index aside"))?;
        }
    }
    std::fs::rename(path, &aside).map_err(Error::io("setting the damaged index aside"))?;
    Ok(aside)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_index_is_set_aside_and_made_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("set.db");
        for bad in [&b"this is no database, and it is long enough to be read as one......................................................"[..], &[0u8; 8192]] {
            std::fs::write(&path, bad).unwrap();
            let (index, opened) = Index::open(&path).unwrap();
            match opened {
                Opened::SetAside(aside) => assert_eq!(std::fs::read(aside).unwrap(), bad),
                Opened::New => assert!(bad.iter().all(|b| *b == 0)),
                other => panic!("{other:?}"),
            }
            index.set_fact("a", "b").unwrap();
            drop(index);
            let (index, opened) = Index::open(&path).unwrap();
            assert_eq!((opened, index.fact("a").unwrap().as_deref()), (Opened::Existing, Some("b")));
            drop(index);
            for entry in std::fs::read_dir(folder.path()).unwrap() {
                std::fs::remove_file(entry.unwrap().path()).unwrap();
            }
        }
    }
}
