//! Entries in the order in which they came here, a page at a time.

use super::{COLUMNS, Database, read_entry};
use crate::{Entry, Result};

impl Database {
    /// At most `limit` entries behind a row, and the row they end at; 0 is before the first.
    pub(crate) fn entries_after(&self, row: i64, limit: usize) -> Result<(Vec<Entry>, i64)> {
        let sql = format!("SELECT {COLUMNS}, row FROM entries WHERE row > ?1 ORDER BY row LIMIT ?2");
        let mut find = self.conn.prepare_cached(&sql)?;
        let (mut entries, mut end) = (Vec::new(), row);
        let mut rows = find.query((row, limit as i64))?;
        while let Some(row) = rows.next()? {
            end = row.get("row")?;
            entries.push(read_entry(row)?);
        }
        Ok((entries, end))
    }
}
