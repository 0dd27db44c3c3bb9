//! How long logs were at most, as far as it was seen.

use rusqlite::Row;

use super::{Local, uuid};
use crate::{Result, heads::Length};

fn read(row: &Row<'_>) -> rusqlite::Result<Length> {
    let number = |column| Ok::<_, rusqlite::Error>(row.get::<_, i64>(column)?.max(0) as u64);
    Ok(Length { device: uuid(row, 0)?, sequence: number(1)?, entries: number(2)? })
}

impl Local {
    /// The greatest lengths that were seen.
    pub(crate) fn heads(&self) -> Result<Vec<Length>> {
        let mut find = self.conn.prepare_cached("SELECT device, sequence, entries FROM heads ORDER BY device")?;
        Ok(find.query_map([], read)?.collect::<Result<_, _>>()?)
    }

    /// Notes a length; one that is shorter than what was seen changes nothing.
    pub(crate) fn see_head(&mut self, seen: Length) -> Result<()> {
        let sql = "INSERT INTO heads VALUES(?1, ?2, ?3) ON CONFLICT DO UPDATE SET \
                   sequence = excluded.sequence, entries = excluded.entries WHERE excluded.sequence > sequence";
        let row = (seen.device.as_bytes(), seen.sequence as i64, seen.entries as i64);
        self.conn.prepare_cached(sql)?.execute(row)?;
        Ok(())
    }
}
