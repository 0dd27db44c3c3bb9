//! Rows of the index: files that are in the bucket.

use rusqlite::{OptionalExtension, params};

use super::Index;
use crate::{Result, file_meta::FileMeta, plan::Known};

/// A file that is in the bucket, as it was here when it was sent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Row {
    /// Folder below the set's, in key form; empty for the set's own folder.
    pub dir: String,
    /// Name in key form (with the link suffix for links).
    pub name: String,
    /// Facts at the time of sending; `ctime` and `inode` are 0 for rows rebuilt from the bucket.
    pub meta: FileMeta,
    /// SHA-256 of the content, where it is known.
    pub sha256: Option<[u8; 32]>,
    /// The object's entity tag.
    pub etag: Option<String>,
    /// The object's version, in a bucket that keeps versions.
    pub version: Option<String>,
    /// When it was sent, Unix seconds.
    pub uploaded_at: i64,
}

impl Row {
    /// Relative path in key form.
    pub fn path(&self) -> String {
        join_path(&self.dir, &self.name)
    }
}

/// Splits a relative path in key form into folder and name.
pub fn split_path(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

fn join_path(dir: &str, name: &str) -> String {
    if dir.is_empty() { name.to_owned() } else { format!("{dir}/{name}") }
}

const COLUMNS: &str = "dir, name, size, mtime, ctime, inode, mode, sha256, etag, version, uploaded_at";

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    let sha256: Option<Vec<u8>> = row.get(7)?;
    Ok(Row {
        dir: row.get(0)?,
        name: row.get(1)?,
        meta: FileMeta {
            size: row.get::<_, i64>(2)? as u64,
            mtime: row.get(3)?,
            ctime: row.get(4)?,
            inode: row.get::<_, i64>(5)? as u64,
            mode: row.get(6)?,
            ..FileMeta::default()
        },
        sha256: sha256.and_then(|bytes| bytes.try_into().ok()),
        etag: row.get(8)?,
        version: row.get(9)?,
        uploaded_at: row.get(10)?,
    })
}

impl Index {
    /// The rows of one folder, by name.
    pub fn rows_in(&self, dir: &str) -> Result<Vec<Row>> {
        let sql = format!("SELECT {COLUMNS} FROM files WHERE dir = ?1 ORDER BY name");
        let mut find = self.conn.prepare_cached(&sql)?;
        let rows = find.query_map([dir], read)?.collect::<rusqlite::Result<Vec<_>>>()?;
        Ok(rows)
    }

    /// What comparing needs of one folder's rows, by name.
    pub fn looks_in(&self, dir: &str) -> Result<Vec<Known>> {
        let sql = "SELECT name, size, mtime, ctime, inode FROM files WHERE dir = ?1 ORDER BY name";
        let mut find = self.conn.prepare_cached(sql)?;
        let look = |row: &rusqlite::Row<'_>| {
            let (size, inode) = (row.get::<_, i64>(1)? as u64, row.get::<_, i64>(4)? as u64);
            let meta = FileMeta { size, mtime: row.get(2)?, ctime: row.get(3)?, inode, ..FileMeta::default() };
            Ok(Known { name: row.get(0)?, meta })
        };
        Ok(find.query_map([dir], look)?.collect::<rusqlite::Result<Vec<_>>>()?)
    }

    /// One row.
    pub fn row(&self, path: &str) -> Result<Option<Row>> {
        let (dir, name) = split_path(path);
        let sql = format!("SELECT {COLUMNS} FROM files WHERE dir = ?1 AND name = ?2");
        Ok(self.conn.prepare_cached(&sql)?.query_row([dir, name], read).optional()?)
    }

    /// Every folder that has rows, in byte order.
    pub fn dirs(&self) -> Result<Vec<String>> {
        let mut dirs = Vec::new();
        let mut next = self.conn.prepare_cached("SELECT dir FROM files WHERE dir > ?1 ORDER BY dir LIMIT 1")?;
        let has_root = self.conn.query_row("SELECT EXISTS(SELECT 1 FROM files WHERE dir = '')", [], |r| r.get(0))?;
        if has_root {
            dirs.push(String::new());
        }
        let mut after = String::new();
        while let Some(dir) = next.query_row([&after], |row| row.get::<_, String>(0)).optional()? {
            dirs.push(dir.clone());
            after = dir;
        }
        Ok(dirs)
    }

    /// A folder and every folder below it that have rows, in byte order.
    pub fn dirs_below(&self, dir: &str) -> Result<Vec<String>> {
        let sql = "SELECT DISTINCT dir FROM files WHERE dir = ?1 OR (dir > ?1 || '/' AND dir < ?1 || '0') ORDER BY dir";
        let mut find = self.conn.prepare_cached(sql)?;
        Ok(find.query_map([dir], |row| row.get(0))?.collect::<rusqlite::Result<Vec<_>>>()?)
    }

    /// Calls `each` with every row, by folder and name. Rows are read as they are needed.
    pub fn each_row(&self, mut each: impl FnMut(Row) -> Result<()>) -> Result<()> {
        let sql = format!("SELECT {COLUMNS} FROM files ORDER BY dir, name");
        let mut all = self.conn.prepare(&sql)?;
        let mut rows = all.query([])?;
        while let Some(row) = rows.next()? {
            each(read(row)?)?;
        }
        Ok(())
    }

    /// Calls `each` with every row that was sent in these Unix seconds, the earliest first. The first call makes an index
    /// of these times, which runs that never ask need not keep.
    pub fn each_sent(
        &self,
        sent: std::ops::RangeInclusive<i64>,
        mut each: impl FnMut(Row) -> Result<()>,
    ) -> Result<()> {
        self.conn.execute_batch("CREATE INDEX IF NOT EXISTS files_by_time ON files(uploaded_at)")?;
        let sql = format!("SELECT {COLUMNS} FROM files WHERE uploaded_at BETWEEN ?1 AND ?2 ORDER BY uploaded_at");
        let mut find = self.conn.prepare_cached(&sql)?;
        let mut rows = find.query([sent.start(), sent.end()])?;
        while let Some(row) = rows.next()? {
            each(read(row)?)?;
        }
        Ok(())
    }

    /// Files and bytes in the bucket.
    pub fn totals(&self) -> Result<(u64, u64)> {
        let sql = "SELECT count(*), coalesce(sum(size), 0) FROM files";
        Ok(self.conn.query_row(sql, [], |r| Ok((r.get::<_, i64>(0)? as u64, r.get::<_, i64>(1)? as u64)))?)
    }

    /// Whether no file is known.
    pub fn is_empty(&self) -> Result<bool> {
        Ok(self.conn.query_row("SELECT NOT EXISTS(SELECT 1 FROM files)", [], |row| row.get(0))?)
    }

    /// A row with exactly this content.
    pub fn find_content(&self, sha256: &[u8; 32], size: u64) -> Result<Option<Row>> {
        // The plus keeps SQLite from taking the index over sizes, of which many files share one.
        let sql = format!("SELECT {COLUMNS} FROM files WHERE sha256 = ?1 AND +size = ?2 LIMIT 1");
        Ok(self.conn.prepare_cached(&sql)?.query_row(params![&sha256[..], size as i64], read).optional()?)
    }

    /// For each digest and size a row with exactly this content. Empty content has none.
    pub fn find_contents(&self, wanted: impl Iterator<Item = ([u8; 32], u64)>) -> Result<Vec<Option<Row>>> {
        self.reading()?;
        let find = |(sha256, size)| if size == 0 { Ok(None) } else { self.find_content(&sha256, size) };
        let found = wanted.map(find).collect();
        self.commit()?;
        found
    }

    /// A row of the same size and time: what a moved file looks like before it is read.
    pub fn find_look(&self, size: u64, mtime: i64) -> Result<Option<Row>> {
        let sql = format!("SELECT {COLUMNS} FROM files WHERE size = ?1 AND mtime = ?2 LIMIT 1");
        Ok(self.conn.prepare_cached(&sql)?.query_row(params![size as i64, mtime], read).optional()?)
    }

    /// Writes a row, replacing what was there.
    pub fn put_row(&self, row: &Row) -> Result<()> {
        let sql = format!("INSERT OR REPLACE INTO files({COLUMNS}) VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11)");
        self.conn.prepare_cached(&sql)?.execute(params![
            row.dir,
            row.name,
            row.meta.size as i64,
            row.meta.mtime,
            row.meta.ctime,
            row.meta.inode as i64,
            row.meta.mode,
            row.sha256.as_ref().map(|d| &d[..]),
            row.etag,
            row.version,
            row.uploaded_at,
        ])?;
        Ok(())
    }

    /// Forgets a file that is no longer in the bucket.
    pub fn remove_row(&self, path: &str) -> Result<()> {
        let (dir, name) = split_path(path);
        self.conn.prepare_cached("DELETE FROM files WHERE dir = ?1 AND name = ?2")?.execute([dir, name])?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_found_by_place_content_and_look() {
        let folder = tempfile::tempdir().unwrap();
        let (index, _) = Index::open(&folder.path().join("i.db")).unwrap();
        assert!(index.is_empty().unwrap());
        let row = |path: &str, size, mtime, digest| {
            let (dir, name) = split_path(path);
            let meta = FileMeta { size, mtime, ..FileMeta::default() };
            Row { dir: dir.into(), name: name.into(), meta, sha256: Some([digest; 32]), ..Row::default() }
        };
        for r in [row("z", 1, 10, 1), row("a/b/c", 2, 20, 2), row("a/d", 3, 30, 3), row("a-/x", 4, 40, 4)] {
            index.put_row(&r).unwrap();
        }
        assert_eq!(index.dirs().unwrap(), ["", "a", "a-", "a/b"]);
        assert_eq!(index.dirs_below("a").unwrap(), ["a", "a/b"]);
        assert_eq!(index.dirs_below("a/b").unwrap(), ["a/b"]);
        assert_eq!(index.rows_in("a").unwrap(), [row("a/d", 3, 30, 3)]);
        assert_eq!(index.find_content(&[2; 32], 2).unwrap().unwrap().path(), "a/b/c");
        assert_eq!(index.find_content(&[2; 32], 3).unwrap(), None);
        let found = index.find_contents([([3; 32], 3), ([3; 32], 0), ([1; 32], 1)].into_iter()).unwrap();
        let paths: Vec<_> = found.iter().map(|row| row.as_ref().map(Row::path)).collect();
        assert_eq!(paths, [Some("a/d".into()), None, Some("z".into())]);
        assert_eq!(index.find_look(4, 40).unwrap().unwrap().path(), "a-/x");
        assert_eq!(index.totals().unwrap(), (4, 10));
        index.remove_row("a/b/c").unwrap();
        assert_eq!(index.row("a/b/c").unwrap(), None);
        let mut seen = Vec::new();
        index
            .each_row(|r| {
                seen.push(r.path());
                Ok(())
            })
            .unwrap();
        assert_eq!(seen, ["z", "a/d", "a-/x"]);
    }
}
