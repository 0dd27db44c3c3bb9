//! What was merged: entries, deletions, acknowledgements; and the records that wait to be sent.

use rusqlite::{Connection, OptionalExtension, Row};
use uuid::Uuid;

use super::{
    State, blob,
    feed::{self, FeedOf},
    next_number, uuid,
};
use crate::{
    Result,
    clock::Millis,
    plan::Waiting,
    record::{Content, Entry, Record},
};

/// What a record did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Applied {
    /// It was not known before.
    New,
    /// Nothing, or only a smaller twin of a known entry.
    Known,
    /// Nothing, because its entry was deleted.
    Deleted,
}

const IN_ORDER: &str = "SELECT id, time, origin, number, kind, payload FROM entries ORDER BY time, origin, number, id";

/// Merges one record. Union, deletions win; of two entries with one id the smaller stays.
pub(crate) fn apply(conn: &Connection, record: &Record) -> Result<Applied> {
    match &record.content {
        Content::Entry { kind, payload } => apply_entry(conn, record, *kind, payload),
        Content::Deletion { target } => {
            let sql = "INSERT OR IGNORE INTO deletions(id, target, time) VALUES(?1, ?2, ?3)";
            let new = conn.prepare_cached(sql)?.execute((blob(&record.id), blob(target), record.time))? > 0;
            conn.prepare_cached("DELETE FROM entries WHERE id = ?1")?.execute([blob(target)])?;
            acknowledged(conn, record.id, record.origin)?;
            if new {
                feed::add(conn, FeedOf::Deletions, *target)?;
            }
            Ok(if new { Applied::New } else { Applied::Known })
        }
        Content::Acknowledgement { deletion } => {
            acknowledged(conn, *deletion, record.origin)?;
            Ok(Applied::Known)
        }
        Content::Retirement { device } => {
            let sql = "INSERT OR IGNORE INTO retired VALUES(?1, ?2)";
            let new = conn.prepare_cached(sql)?.execute((blob(device), record.time))? > 0;
            Ok(if new { Applied::New } else { Applied::Known })
        }
        Content::Fold { .. } => Ok(Applied::Known),
    }
}

fn apply_entry(conn: &Connection, record: &Record, kind: u16, payload: &[u8]) -> Result<Applied> {
    if is_deleted(conn, record.id)? {
        return Ok(Applied::Deleted);
    }
    let known = entry(conn, record.id)?;
    let rank = |entry: &Entry| (entry.time, entry.origin, entry.number, entry.kind, entry.payload.clone());
    if let Some(new) = record.clone().into_entry()
        && known.as_ref().is_some_and(|known| rank(known) <= rank(&new))
    {
        return Ok(Applied::Known);
    }
    let sql = "INSERT OR REPLACE INTO entries(id, time, origin, number, kind, payload) VALUES(?1, ?2, ?3, ?4, ?5, ?6)";
    let Record { id, time, origin, number, .. } = record;
    conn.prepare_cached(sql)?.execute((blob(id), time, blob(origin), *number as i64, kind, payload))?;
    if known.is_some() {
        return Ok(Applied::Known);
    }
    feed::add(conn, FeedOf::Entries, *id)?;
    Ok(Applied::New)
}

fn acknowledged(conn: &Connection, deletion: Uuid, device: Uuid) -> Result<()> {
    let sql = "INSERT OR IGNORE INTO acknowledgements VALUES(?1, ?2)";
    conn.prepare_cached(sql)?.execute((blob(&deletion), blob(&device)))?;
    Ok(())
}

pub(crate) fn is_deleted(conn: &Connection, id: Uuid) -> Result<bool> {
    Ok(conn.prepare_cached("SELECT 1 FROM deletions WHERE target = ?1")?.exists([blob(&id)])?)
}

pub(crate) fn entry(conn: &Connection, id: Uuid) -> Result<Option<Entry>> {
    let mut find = conn.prepare_cached("SELECT id, time, origin, number, kind, payload FROM entries WHERE id = ?1")?;
    Ok(find.query_row([blob(&id)], read_entry).optional()?)
}

fn read_entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    Ok(Entry {
        id: uuid(row, 0)?,
        time: row.get(1)?,
        origin: uuid(row, 2)?,
        number: row.get::<_, i64>(3)? as u64,
        kind: row.get(4)?,
        payload: row.get::<_, Vec<u8>>(5)?.into(),
    })
}

/// Lets a record wait until it is sent.
pub(crate) fn wait(conn: &Connection, id: Uuid, record: &[u8], since: Millis) -> Result<()> {
    let sql = "INSERT INTO waiting(id, since, record) VALUES(?1, ?2, ?3)";
    conn.prepare_cached(sql)?.execute((blob(&id), since, record))?;
    Ok(())
}

/// Applies a record of this device's own and lets it wait.
pub(crate) fn submit(conn: &Connection, record: &Record, now: Millis) -> Result<Applied> {
    let applied = apply(conn, record)?;
    if applied == Applied::New || matches!(record.content, Content::Acknowledgement { .. }) {
        wait(conn, record.id, &record.to_bytes(), now)?;
    }
    Ok(applied)
}

/// Acknowledges every deletion that `device` has carried out and not told of. The ids of the records come from `new_id`.
pub(crate) fn acknowledge_all(
    conn: &Connection,
    device: Uuid,
    now: Millis,
    mut new_id: impl FnMut() -> Uuid,
) -> Result<u64> {
    let sql = "SELECT id FROM deletions WHERE id NOT IN (SELECT deletion FROM acknowledgements WHERE device = ?1)";
    let open: Vec<Uuid> = {
        let mut find = conn.prepare_cached(sql)?;
        find.query_map([blob(&device)], |row| uuid(row, 0))?.collect::<Result<_, _>>()?
    };
    for deletion in &open {
        let content = Content::Acknowledgement { deletion: *deletion };
        let record = Record { id: new_id(), time: now, origin: device, number: next_number(conn)?, content };
        submit(conn, &record, now)?;
    }
    Ok(open.len() as u64)
}

/// Takes back an entry that waits and is not on its way.
pub(crate) fn take_back(conn: &Connection, id: Uuid) -> Result<()> {
    conn.execute("DELETE FROM waiting WHERE id = ?1 AND in_flight = 0", [blob(&id)])?;
    Ok(())
}

impl State {
    /// All entries, in the order that is the same everywhere.
    pub fn entries(&self) -> Result<Vec<Entry>> {
        let mut find = self.conn.prepare_cached(IN_ORDER)?;
        Ok(find.query_map([], read_entry)?.collect::<Result<_, _>>()?)
    }

    /// Shows every entry in order without keeping all in memory; stops when `each` returns `false`.
    pub fn for_each_entry(&self, mut each: impl FnMut(Entry) -> bool) -> Result<()> {
        let mut find = self.conn.prepare_cached(IN_ORDER)?;
        let mut rows = find.query([])?;
        while let Some(row) = rows.next()? {
            if !each(read_entry(row)?) {
                break;
            }
        }
        Ok(())
    }

    /// One entry, when it is known and not deleted.
    pub fn entry(&self, id: Uuid) -> Result<Option<Entry>> {
        entry(&self.conn, id)
    }

    /// Whether an entry was captured here and not sent yet.
    pub fn is_waiting(&self, id: Uuid) -> Result<bool> {
        Ok(self.conn.prepare_cached("SELECT 1 FROM waiting WHERE id = ?1")?.exists([blob(&id)])?)
    }

    /// Shows every record that waits, with what is on its way.
    pub(crate) fn for_each_waiting(&self, mut each: impl FnMut(Record)) -> Result<()> {
        let mut find = self.conn.prepare_cached("SELECT record FROM waiting ORDER BY position")?;
        let mut rows = find.query([])?;
        while let Some(row) = rows.next()? {
            if let Ok(record) = Record::parse(&row.get::<_, Vec<u8>>(0)?) {
                each(record);
            }
        }
        Ok(())
    }

    /// How many entries a device made.
    pub(crate) fn count_of(&self, device: Uuid) -> Result<u64> {
        let sql = "SELECT count(*) FROM entries WHERE origin = ?1";
        Ok(self.conn.query_row(sql, [blob(&device)], |row| row.get::<_, i64>(0))? as u64)
    }

    /// How many entries there are.
    pub fn count(&self) -> Result<u64> {
        Ok(self.conn.query_row("SELECT count(*) FROM entries", [], |row| row.get::<_, i64>(0))? as u64)
    }

    /// Every deletion: its id, what it deletes, when it was made.
    pub(crate) fn deletions(&self) -> Result<Vec<(Uuid, Uuid, Millis)>> {
        let mut find = self.conn.prepare_cached("SELECT id, target, time FROM deletions ORDER BY time, id")?;
        let rows = find.query_map([], |row| Ok((uuid(row, 0)?, uuid(row, 1)?, row.get(2)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    pub(crate) fn acknowledgements(&self, deletion: Uuid) -> Result<Vec<Uuid>> {
        let sql = "SELECT device FROM acknowledgements WHERE deletion = ?1 ORDER BY device";
        let mut find = self.conn.prepare_cached(sql)?;
        Ok(find.query_map([blob(&deletion)], |row| uuid(row, 0))?.collect::<Result<_, _>>()?)
    }

    /// What waits to be sent, with what is on its way.
    pub(crate) fn waiting(&self) -> Result<Waiting> {
        let sql = "SELECT count(*), min(since) FROM waiting";
        let read = |row: &Row<'_>| Ok(Waiting { records: row.get::<_, i64>(0)? as u64, oldest: row.get(1)? });
        Ok(self.conn.prepare_cached(sql)?.query_row([], read)?)
    }
}
