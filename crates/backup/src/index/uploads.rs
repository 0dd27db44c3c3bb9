//! Multipart uploads under way: what a run that was cut off can go on with.

use holdfast_storage::{ETag, Key, Part, Upload};
use rusqlite::{OptionalExtension, params};

use super::Index;
use crate::Result;

/// An upload that was begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadRecord {
    /// Relative path in key form.
    pub path: String,
    /// The server's upload.
    pub upload: Upload,
    /// Size of the file, bytes.
    pub size: u64,
    /// Its time when it was hashed, ns.
    pub mtime: i64,
    /// SHA-256 of the whole content.
    pub sha256: [u8; 32],
    /// Bytes per part.
    pub part_size: u64,
    /// Unix seconds.
    pub started_at: i64,
}

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Option<UploadRecord>> {
    let sha256: Vec<u8> = row.get(5)?;
    let key: String = row.get(1)?;
    let (Ok(key), Ok(sha256)) = (Key::new(key), sha256.try_into()) else { return Ok(None) };
    Ok(Some(UploadRecord {
        path: row.get(0)?,
        upload: Upload { key, id: row.get(2)? },
        size: row.get::<_, i64>(3)? as u64,
        mtime: row.get(4)?,
        sha256,
        part_size: row.get::<_, i64>(6)? as u64,
        started_at: row.get(7)?,
    }))
}

const COLUMNS: &str = "path, key, upload_id, size, mtime, sha256, part_size, started_at";

impl Index {
    /// Every upload under way.
    pub fn uploads(&self) -> Result<Vec<UploadRecord>> {
        let mut all = self.conn.prepare_cached(&format!("SELECT {COLUMNS} FROM uploads ORDER BY path"))?;
        let found = all.query_map([], read)?.collect::<rusqlite::Result<Vec<_>>>()?;
        Ok(found.into_iter().flatten().collect())
    }

    /// The upload of a path.
    pub fn upload(&self, path: &str) -> Result<Option<UploadRecord>> {
        let sql = format!("SELECT {COLUMNS} FROM uploads WHERE path = ?1");
        Ok(self.conn.prepare_cached(&sql)?.query_row([path], read).optional()?.flatten())
    }

    /// Remembers an upload that was begun; its parts begin anew.
    pub fn put_upload(&self, record: &UploadRecord) -> Result<()> {
        self.forget_upload(&record.path)?;
        let sql = format!("INSERT INTO uploads({COLUMNS}) VALUES(?1,?2,?3,?4,?5,?6,?7,?8)");
        self.conn.prepare_cached(&sql)?.execute(params![
            record.path,
            record.upload.key.as_str(),
            record.upload.id,
            record.size as i64,
            record.mtime,
            &record.sha256[..],
            record.part_size as i64,
            record.started_at,
        ])?;
        Ok(())
    }

    /// Remembers a part that the server has.
    pub fn put_part(&self, path: &str, part: &Part) -> Result<()> {
        let sql = "INSERT OR REPLACE INTO parts VALUES(?1, ?2, ?3, ?4)";
        let mut put = self.conn.prepare_cached(sql)?;
        put.execute(params![path, part.number, part.etag.as_str(), part.size as i64])?;
        Ok(())
    }

    /// Parts of an upload that were confirmed.
    pub fn parts(&self, path: &str) -> Result<Vec<Part>> {
        let sql = "SELECT number, etag, size FROM parts WHERE path = ?1 ORDER BY number";
        let mut find = self.conn.prepare_cached(sql)?;
        let part = |row: &rusqlite::Row<'_>| {
            let etag = ETag::new(row.get::<_, String>(1)?);
            Ok(Part { number: row.get(0)?, etag, size: row.get::<_, i64>(2)? as u64 })
        };
        Ok(find.query_map([path], part)?.collect::<rusqlite::Result<Vec<_>>>()?)
    }

    /// Forgets an upload that was completed or given up.
    pub fn forget_upload(&self, path: &str) -> Result<()> {
        self.conn.prepare_cached("DELETE FROM parts WHERE path = ?1")?.execute([path])?;
        self.conn.prepare_cached("DELETE FROM uploads WHERE path = ?1")?.execute([path])?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_upload_and_its_parts_come_back() {
        let folder = tempfile::tempdir().unwrap();
        let (index, _) = Index::open(&folder.path().join("i.db")).unwrap();
        let record = UploadRecord {
            path: "a/b".into(),
            upload: Upload { key: Key::new("p/a/b").unwrap(), id: "u1".into() },
            size: 100 << 20,
            mtime: 5,
            sha256: [9; 32],
            part_size: 8 << 20,
            started_at: 1,
        };
        index.put_upload(&record).unwrap();
        let part = |number| Part { number, etag: ETag::new(format!("e{number}")), size: 8 << 20 };
        index.put_part("a/b", &part(2)).unwrap();
        index.put_part("a/b", &part(1)).unwrap();
        assert_eq!(index.uploads().unwrap(), std::slice::from_ref(&record));
        assert_eq!(index.parts("a/b").unwrap(), [part(1), part(2)]);
        index.put_upload(&record).unwrap();
        assert_eq!(index.parts("a/b").unwrap(), []);
        index.forget_upload("a/b").unwrap();
        assert_eq!(index.upload("a/b").unwrap(), None);
    }
}
