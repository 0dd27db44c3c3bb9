//! What a restart goes on with: large files under way, the ranges of them that are there, and folders in which temporary
//! files stand. A cache: without it files come whole again.

use std::{
    collections::HashSet,
    path::Path,
    sync::{Mutex, PoisonError},
};

use holdfast_storage::{
    ETag, Key,
    sqlite::{self, Durability},
};
use rusqlite::{Connection, OptionalExtension, params};

use crate::{Error, Result};

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS downloads(
  destination TEXT NOT NULL, path TEXT NOT NULL, key TEXT NOT NULL, etag TEXT NOT NULL, size INTEGER NOT NULL,
  range_size INTEGER NOT NULL, temp TEXT NOT NULL, PRIMARY KEY(destination, path)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS ranges(
  destination TEXT NOT NULL, path TEXT NOT NULL, number INTEGER NOT NULL,
  PRIMARY KEY(destination, path, number)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS beside(
  destination TEXT NOT NULL, folder TEXT NOT NULL, PRIMARY KEY(destination, folder)) WITHOUT ROWID;
";

/// Resume data of one destination.
#[derive(Debug)]
pub(crate) struct Resume {
    conn: Mutex<Connection>,
    destination: String,
    touched: Mutex<HashSet<String>>,
}

/// A large file under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Download {
    /// Relative path here, in key form.
    pub path: String,
    pub key: Key,
    pub etag: ETag,
    pub size: u64,
    pub range_size: u64,
}

impl Download {
    /// Name of its temporary file: always the same for the same place.
    pub(crate) fn temp_name(&self) -> String {
        use sha2::{Digest, Sha256};
        hex::encode(&Sha256::digest(self.path.as_bytes())[..16])
    }
}

impl Resume {
    pub(crate) fn open(state_dir: &Path, destination: String) -> Result<Self> {
        std::fs::create_dir_all(state_dir).map_err(Error::io("making the folder for resume data"))?;
        let path = state_dir.join("restore.db");
        let conn = match Self::connect(&path) {
            Err(error) if sqlite::is_damage(&error) => {
                std::fs::remove_file(&path).map_err(Error::io("removing damaged resume data"))?;
                Self::connect(&path)?
            }
            other => other?,
        };
        Ok(Self { conn: Mutex::new(conn), destination, touched: Mutex::default() })
    }

    fn connect(path: &Path) -> rusqlite::Result<Connection> {
        let conn = sqlite::open(path, Durability::Crash)?;
        conn.execute_batch(SCHEMA)?;
        Ok(conn)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Connection> {
        self.conn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a download or goes on with it: the ranges that are there already, by number.
    pub(crate) fn begin(&self, download: &Download, temp_is_there: bool) -> Result<HashSet<u32>> {
        self.touched.lock().unwrap_or_else(PoisonError::into_inner).insert(download.path.clone());
        if temp_is_there && self.is_known(download)? {
            return self.ranges(&download.path);
        }
        self.forget(&download.path)?;
        let sql = "INSERT INTO downloads VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        self.lock().prepare_cached(sql)?.execute(params![
            self.destination,
            download.path,
            download.key.as_str(),
            download.etag.as_str(),
            download.size as i64,
            download.range_size as i64,
            download.temp_name(),
        ])?;
        Ok(HashSet::new())
    }

    fn is_known(&self, download: &Download) -> Result<bool> {
        let sql =
            "SELECT 1 FROM downloads WHERE destination = ?1 AND path = ?2 AND key = ?3 AND etag = ?4 AND size = ?5
                   AND range_size = ?6";
        let conn = self.lock();
        let found = conn.prepare_cached(sql)?.exists(params![
            self.destination,
            download.path,
            download.key.as_str(),
            download.etag.as_str(),
            download.size as i64,
            download.range_size as i64,
        ])?;
        Ok(found)
    }

    fn ranges(&self, path: &str) -> Result<HashSet<u32>> {
        let conn = self.lock();
        let mut find = conn.prepare_cached("SELECT number FROM ranges WHERE destination = ?1 AND path = ?2")?;
        let numbers = find.query_map([self.destination.as_str(), path], |row| row.get(0))?;
        Ok(numbers.collect::<rusqlite::Result<_>>()?)
    }

    /// Notes that a range is in the temporary file.
    pub(crate) fn done(&self, path: &str, number: u32) -> Result<()> {
        let conn = self.lock();
        conn.prepare_cached("INSERT OR IGNORE INTO ranges VALUES(?1, ?2, ?3)")?.execute(params![
            self.destination,
            path,
            number
        ])?;
        Ok(())
    }

    /// Forgets a download that is in place or given up.
    pub(crate) fn forget(&self, path: &str) -> Result<()> {
        let conn = self.lock();
        for table in ["ranges", "downloads"] {
            let sql = format!("DELETE FROM {table} WHERE destination = ?1 AND path = ?2");
            conn.prepare_cached(&sql)?.execute([self.destination.as_str(), path])?;
        }
        Ok(())
    }

    /// Forgets every download that this run did not come across.
    pub(crate) fn forget_others(&self) -> Result<()> {
        let touched = self.touched.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for path in self.column("SELECT path FROM downloads WHERE destination = ?1")? {
            if !touched.contains(&path) {
                self.forget(&path)?;
            }
        }
        Ok(())
    }

    /// Names of temporary files that a restart goes on with.
    pub(crate) fn temps(&self) -> Result<HashSet<String>> {
        Ok(self.column("SELECT temp FROM downloads WHERE destination = ?1")?.into_iter().collect())
    }

    /// Notes that temporary files stand in this folder.
    pub(crate) fn note_beside(&self, folder: &str) -> Result<()> {
        self.lock().execute("INSERT OR IGNORE INTO beside VALUES(?1, ?2)", [&self.destination, folder])?;
        Ok(())
    }

    /// Folders in which temporary files may stand.
    pub(crate) fn besides(&self) -> Result<Vec<String>> {
        self.column("SELECT folder FROM beside WHERE destination = ?1")
    }

    /// Nothing stands beside files any more.
    pub(crate) fn forget_besides(&self) -> Result<()> {
        self.lock().execute("DELETE FROM beside WHERE destination = ?1", [&self.destination])?;
        Ok(())
    }

    /// Whether any download is under way.
    pub(crate) fn is_empty(&self) -> Result<bool> {
        let sql = "SELECT 1 FROM downloads WHERE destination = ?1 LIMIT 1";
        let found = self.lock().query_row(sql, [&self.destination], |_| Ok(())).optional()?;
        Ok(found.is_none())
    }

    fn column(&self, sql: &str) -> Result<Vec<String>> {
        let conn = self.lock();
        let mut find = conn.prepare_cached(sql)?;
        let rows = find.query_map([&self.destination], |row| row.get(0))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_object_is_gone_on_with() {
        let folder = tempfile::tempdir().unwrap();
        let resume = Resume::open(folder.path(), "d".into()).unwrap();
        let one = Download {
            path: "a/b".into(),
            key: Key::new("p/a/b").unwrap(),
            etag: ETag::new("e"),
            size: 100,
            range_size: 10,
        };
        assert!(resume.begin(&one, false).unwrap().is_empty());
        resume.done("a/b", 3).unwrap();
        assert_eq!(resume.begin(&one, true).unwrap(), HashSet::from([3]));
        assert!(resume.begin(&Download { etag: ETag::new("f"), ..one.clone() }, true).unwrap().is_empty());
        resume.done("a/b", 1).unwrap();
        assert!(resume.begin(&one, true).unwrap().is_empty(), "the object changed twice");
        assert_eq!(resume.temps().unwrap(), HashSet::from([one.temp_name()]));
        let other = Resume::open(folder.path(), "other".into()).unwrap();
        assert!(other.is_empty().unwrap());
        let again = Resume::open(folder.path(), "d".into()).unwrap();
        again.forget_others().unwrap();
        assert!(again.is_empty().unwrap());
    }

    #[test]
    fn damaged_resume_data_is_made_anew() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("restore.db"), "x".repeat(5000)).unwrap();
        assert!(Resume::open(folder.path(), "d".into()).unwrap().is_empty().unwrap());
    }
}
