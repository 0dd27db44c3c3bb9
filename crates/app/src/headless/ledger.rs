//! The agent's database: which files were sent, when and as what. Times are Unix seconds, UTC; finer ones beside them.
//!
//! It is written from the indexes of the sets after each run, for people and their own tools to read. What is sent is
//! never decided by it.

use std::{
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use holdfast_backup::{
    index::{Index, Row},
    name,
};
use holdfast_storage::sqlite::{self, Durability};
use rusqlite::{Connection, OptionalExtension, params};

use crate::{AppError, ErrorCode, Result, error::shown};

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS files(
  local_path TEXT PRIMARY KEY, remote_path TEXT NOT NULL, file_size INTEGER NOT NULL, mtime INTEGER NOT NULL,
  uploaded_at INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, sha256 TEXT, etag TEXT, watch TEXT NOT NULL,
  removed_here_at INTEGER) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS files_of_watch ON files(watch);
CREATE TABLE IF NOT EXISTS facts(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
";

/// The database.
#[derive(Debug)]
pub struct Ledger {
    conn: Mutex<Connection>,
}

/// What was sent of a watch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sent {
    /// Files.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// How many of them were removed here since.
    pub removed_here: u64,
}

/// Where the files of a watch are.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The watch.
    pub watch: &'a str,
    /// Its folder.
    pub folder: &'a Path,
    /// Its part of the place.
    pub prefix: &'a str,
}

fn failed(error: rusqlite::Error) -> AppError {
    AppError::config(
        ErrorCode::LocalIo,
        format!("the agent's database could not be used: {error}"),
        "check that its disk has room and that the agent may write there; copies are not touched by this",
    )
}

impl Ledger {
    /// Opens or makes the database.
    ///
    /// # Errors
    /// `local_io`; a file that is something else is left as it is.
    pub fn open(path: &Path) -> Result<Self> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)
                .map_err(|e| AppError::io("making the folder of the database", folder, &e))?;
        }
        let open = || {
            let conn = sqlite::open(path, Durability::Crash)?;
            conn.execute_batch(SCHEMA)?;
            Ok(conn)
        };
        match open() {
            Ok(conn) => Ok(Self { conn: Mutex::new(conn) }),
            Err(error) if sqlite::is_damage(&error) => Err(AppError::config(
                ErrorCode::LocalIo,
                format!("{} is no database of the agent", shown(&path.display().to_string())),
                "it was left as it is: move it away or name another file in database.path; no copy is lost",
            )),
            Err(error) => Err(failed(error)),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        self.conn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes over what an index knows and the ledger does not: what was sent since the last time, or everything when the
    /// two do not add up (the index was rebuilt, copies were lost, the clock was set back).
    ///
    /// # Errors
    /// `local_io`
    pub fn take_over(&self, place: Place<'_>, index: &Index, now: i64) -> Result<()> {
        let since = format!("taken_over:{}", place.watch);
        let taken: i64 = self.fact(&since)?.and_then(|text| text.parse().ok()).unwrap_or(0);
        self.write(place, index, if taken > now { 0 } else { taken })?;
        if self.sent(place.watch)?.files != index.totals()?.0 {
            let forget = "DELETE FROM files WHERE watch = ?1 AND removed_here_at IS NULL";
            self.lock().execute(forget, [place.watch]).map_err(failed)?;
            self.write(place, index, 0)?;
        }
        self.set_fact(&since, &now.to_string())
    }

    fn write(&self, place: Place<'_>, index: &Index, since: i64) -> Result<()> {
        let mut conn = self.lock();
        let tx = conn.transaction().map_err(failed)?;
        {
            let sql = "INSERT INTO files VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, NULL)
                ON CONFLICT(local_path) DO UPDATE SET remote_path = excluded.remote_path,
                  file_size = excluded.file_size, mtime = excluded.mtime, sha256 = excluded.sha256,
                  etag = excluded.etag, watch = excluded.watch,
                  removed_here_at = CASE WHEN mtime_ns = excluded.mtime_ns AND uploaded_at = excluded.uploaded_at
                    THEN removed_here_at END,
                  uploaded_at = excluded.uploaded_at, mtime_ns = excluded.mtime_ns";
            let mut put = tx.prepare(sql).map_err(failed)?;
            index.each_sent(since..=i64::MAX, |row| {
                let (local, remote) = (local_text(place.folder, &row), place.key(&row.path()));
                put.execute(params![
                    local,
                    remote,
                    row.meta.size as i64,
                    row.meta.mtime.div_euclid(1_000_000_000),
                    row.uploaded_at,
                    row.meta.mtime,
                    row.sha256.map(hex::encode),
                    row.etag,
                    place.watch
                ])?;
                Ok(())
            })?;
        }
        tx.commit().map_err(failed)
    }

    /// Notes files that were removed here because their copies are confirmed.
    pub fn removed_here(&self, paths: &[PathBuf], now: i64) -> Result<()> {
        let mut conn = self.lock();
        let tx = conn.transaction().map_err(failed)?;
        {
            let mut note = tx.prepare("UPDATE files SET removed_here_at = ?2 WHERE local_path = ?1").map_err(failed)?;
            for path in paths {
                note.execute(params![text_of(path), now]).map_err(failed)?;
            }
        }
        tx.commit().map_err(failed)
    }

    /// Files that were sent in these Unix seconds and are in the place since, and their bytes: also those of runs that
    /// were killed or failed, which the run log cannot count.
    pub fn sent_between(&self, from: i64, until: i64) -> Result<(u64, u64)> {
        let sum =
            "SELECT count(*), coalesce(sum(file_size), 0) FROM files WHERE uploaded_at >= ?1 AND uploaded_at < ?2";
        let read = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)? as u64, row.get::<_, i64>(1)? as u64));
        self.lock().query_row(sum, [from, until], read).map_err(failed)
    }

    /// What was sent of a watch.
    pub fn sent(&self, watch: &str) -> Result<Sent> {
        let sql = "SELECT count(*), coalesce(sum(file_size), 0), count(removed_here_at) FROM files WHERE watch = ?1";
        let number = |row: &rusqlite::Row<'_>, at| row.get::<_, i64>(at).map(|n| n as u64);
        let read = |row: &rusqlite::Row<'_>| {
            Ok(Sent { files: number(row, 0)?, bytes: number(row, 1)?, removed_here: number(row, 2)? })
        };
        self.lock().query_row(sql, [watch], read).map_err(failed)
    }

    pub(super) fn fact(&self, name: &str) -> Result<Option<String>> {
        let find = "SELECT value FROM facts WHERE name = ?1";
        self.lock().query_row(find, [name], |row| row.get(0)).optional().map_err(failed)
    }

    pub(super) fn set_fact(&self, name: &str, value: &str) -> Result<()> {
        self.lock().execute("INSERT OR REPLACE INTO facts VALUES(?1, ?2)", [name, value]).map(drop).map_err(failed)
    }
}

impl Place<'_> {
    fn key(&self, path: &str) -> String {
        if self.prefix.is_empty() { path.to_owned() } else { format!("{}/{path}", self.prefix) }
    }
}

fn local_text(folder: &Path, row: &Row) -> String {
    let path = row.path();
    text_of(&folder.join(name::decode(path.strip_suffix(name::LINK_SUFFIX).unwrap_or(&path))))
}

/// A path that is no text is written as its key is.
fn text_of(path: &Path) -> String {
    path.to_str().map_or_else(|| name::encode(path.as_os_str()), str::to_owned)
}

#[cfg(test)]
mod tests {
    use holdfast_backup::file_meta::FileMeta;

    use super::*;

    fn row(name: &str, uploaded_at: i64) -> Row {
        let meta = FileMeta { size: 5, mtime: 1_500_000_000, ..FileMeta::default() };
        Row { dir: "d".into(), name: name.into(), meta, sha256: Some([7; 32]), uploaded_at, ..Row::default() }
    }

    fn paths(ledger: &Ledger) -> Vec<(String, i64, Option<i64>)> {
        let conn = ledger.lock();
        let mut all =
            conn.prepare("SELECT local_path, uploaded_at, removed_here_at FROM files ORDER BY local_path").unwrap();
        let rows = all.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
        rows.collect::<rusqlite::Result<_>>().unwrap()
    }

    #[test]
    fn it_follows_the_index_and_remembers_what_was_removed_here() {
        let folder = tempfile::tempdir().unwrap();
        let (index, _) = Index::open(&folder.path().join("index.db")).unwrap();
        let ledger = Ledger::open(&folder.path().join("agent.db")).unwrap();
        let place = Place { watch: "w", folder: Path::new("/srv"), prefix: "p" };
        index.put_row(&row("a", 100)).unwrap();
        ledger.take_over(place, &index, 100).unwrap();
        index.put_row(&row("b", 100)).unwrap();
        index.put_row(&row("c", 200)).unwrap();
        ledger.take_over(place, &index, 200).unwrap();
        ledger.removed_here(&["/srv/d/a".into()], 300).unwrap();
        let with = |name: &str, at, gone| (format!("/srv/d/{name}"), at, gone);
        assert_eq!(paths(&ledger), [with("a", 100, Some(300)), with("b", 100, None), with("c", 200, None)]);
        assert_eq!(ledger.sent("w").unwrap(), Sent { files: 3, bytes: 15, removed_here: 1 });
        let remote: (String, i64) = ledger
            .lock()
            .query_row("SELECT remote_path, mtime FROM files WHERE local_path = '/srv/d/a'", [], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .unwrap();
        assert_eq!(remote, ("p/d/a".into(), 1));
        // A copy was lost, and another came with an older time.
        index.remove_row("d/b").unwrap();
        index.put_row(&row("old", 50)).unwrap();
        index.put_row(&row("older", 40)).unwrap();
        ledger.take_over(place, &index, 400).unwrap();
        let names: Vec<_> = paths(&ledger).into_iter().map(|(path, ..)| path).collect();
        assert_eq!(names, ["/srv/d/a", "/srv/d/c", "/srv/d/old", "/srv/d/older"]);
        assert_eq!(paths(&ledger)[0].2, Some(300), "what was removed here is not forgotten");
        // It came back and was sent anew.
        index.put_row(&row("a", 500)).unwrap();
        ledger.take_over(place, &index, 500).unwrap();
        assert_eq!(paths(&ledger)[0], with("a", 500, None));
    }

    #[test]
    fn a_file_that_is_no_database_is_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("agent.db");
        std::fs::write(&path, "some notes of mine, long enough to be more than a header of a database file".repeat(20))
            .unwrap();
        assert_eq!(Ledger::open(&path).unwrap_err().code, ErrorCode::LocalIo);
        assert!(std::fs::read_to_string(&path).unwrap().starts_with("some notes"));
    }
}
