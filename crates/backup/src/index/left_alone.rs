//! Files that were there before a set's first run and stay out of it until they change.

use rusqlite::{OptionalExtension, params};

use super::Index;
use crate::{Result, file_meta::FileMeta, plan::Known};

/// The name of the fact that says that the first look was taken.
const TAKEN: &str = "left_alone";

const SCHEMA: &str = "CREATE TABLE IF NOT EXISTS left_alone(
  dir TEXT NOT NULL, name TEXT NOT NULL,
  size INTEGER NOT NULL, mtime INTEGER NOT NULL, ctime INTEGER NOT NULL, inode INTEGER NOT NULL,
  PRIMARY KEY(dir, name)) WITHOUT ROWID;";

impl Index {
    /// Whether it is written down which files were there before the first run.
    pub fn has_first_look(&self) -> Result<bool> {
        Ok(self.fact(TAKEN)?.is_some())
    }

    /// From now on nothing is left alone.
    pub fn forget_first_look(&self) -> Result<()> {
        if self.has_first_look()? {
            self.conn.execute("DELETE FROM facts WHERE name = ?1", [TAKEN])?;
            self.conn.execute_batch("DROP TABLE left_alone")?;
        }
        Ok(())
    }

    /// Begins to write them down, from none.
    pub fn begin_first_look(&self) -> Result<()> {
        self.conn.execute_batch(&format!("BEGIN IMMEDIATE; {SCHEMA} DELETE FROM left_alone;"))?;
        Ok(())
    }

    /// Writes one down. The folder and the name are in key form.
    pub fn leave_alone(&self, dir: &str, name: &str, meta: &FileMeta) -> Result<()> {
        let mut put = self.conn.prepare_cached("INSERT OR REPLACE INTO left_alone VALUES(?1, ?2, ?3, ?4, ?5, ?6)")?;
        put.execute(params![dir, name, meta.size as i64, meta.mtime, meta.ctime, meta.inode as i64])?;
        Ok(())
    }

    /// Ends it: from now on they are known.
    pub fn end_first_look(&self) -> Result<()> {
        self.set_fact(TAKEN, "yes")?;
        self.commit()
    }

    /// Those in one folder, by name. None where no first look was taken.
    pub fn left_alone_in(&self, dir: &str) -> Result<Vec<Known>> {
        let sql = "SELECT name, size, mtime, ctime, inode FROM left_alone WHERE dir = ?1 ORDER BY name";
        let mut find = self.conn.prepare_cached(sql)?;
        let known = |row: &rusqlite::Row<'_>| Ok(Known { name: row.get(0)?, meta: meta_of(row)? });
        Ok(find.query_map([dir], known)?.collect::<rusqlite::Result<Vec<_>>>()?)
    }

    /// Whether a file is still as it was before the first run.
    pub fn is_left_alone(&self, path: &str, meta: &FileMeta) -> Result<bool> {
        if !self.has_first_look()? {
            return Ok(false);
        }
        let (dir, name) = super::split_path(path);
        let sql = "SELECT name, size, mtime, ctime, inode FROM left_alone WHERE dir = ?1 AND name = ?2";
        let was = self.conn.prepare_cached(sql)?.query_row([dir, name], meta_of).optional()?;
        Ok(was.is_some_and(|was| meta.same_as(&was)))
    }
}

/// The columns behind the name.
fn meta_of(row: &rusqlite::Row<'_>) -> rusqlite::Result<FileMeta> {
    let (size, inode) = (row.get::<_, i64>(1)? as u64, row.get::<_, i64>(4)? as u64);
    Ok(FileMeta { size, mtime: row.get(2)?, ctime: row.get(3)?, inode, ..FileMeta::default() })
}
