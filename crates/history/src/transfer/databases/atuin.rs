//! Atuin's `history.db`: times in nanoseconds since 1970, durations in nanoseconds (−1 while it runs), `host:user`.

use std::path::Path;

use rusqlite::Row;
use uuid::Uuid;

use super::{damaged, open};
use crate::{
    Entry, Result, Time,
    transfer::{Item, Owner, Sink},
};

pub(super) const NEEDED: &[&str] = &["id", "timestamp", "duration", "exit", "command", "cwd", "session", "hostname"];

pub(in crate::transfer) fn read(path: &Path, owner: &Owner, sink: Sink<'_>) -> Result<()> {
    let conn = open(path).map_err(damaged(path))?;
    let has_deleted = conn.prepare("SELECT deleted_at FROM history LIMIT 0").is_ok();
    let living = if has_deleted { "WHERE deleted_at IS NULL" } else { "" };
    let columns = NEEDED.join(", ");
    let sql = format!("SELECT {columns}, rowid FROM history {living} ORDER BY timestamp, rowid");
    let mut find = conn.prepare(&sql).map_err(damaged(path))?;
    let mut rows = find.query([]).map_err(damaged(path))?;
    while let Some(row) = rows.next().map_err(damaged(path))? {
        let number = row.get::<_, i64>(8).unwrap_or_default() as u64;
        match entry(row, owner) {
            Ok(entry) => sink(Item::Entry(number, Box::new(entry)))?,
            Err(_) => sink(Item::Damaged(number))?,
        }
    }
    Ok(())
}

fn entry(row: &Row<'_>, owner: &Owner) -> rusqlite::Result<Entry> {
    let (began, took): (i64, i64) = (row.get(1)?, row.get(2)?);
    let names: String = row.get(7)?;
    let (host, user) = names.rsplit_once(':').unwrap_or((&names, ""));
    let is_ours = host == owner.hostname && user == owner.local_username;
    let mut entry = Entry {
        entry_id: row.get::<_, String>(0)?.parse().unwrap_or(Uuid::nil()),
        device_id: if is_ours { owner.device_id } else { Uuid::nil() },
        local_username: user.to_owned(),
        hostname: host.to_owned(),
        home_directory: if is_ours { owner.home_directory.clone() } else { String::new() },
        current_working_directory: row.get(5)?,
        start_time: Time::from_micros(began.div_euclid(1_000)),
        session: row.get(6)?,
        ..Entry::default()
    };
    if took >= 0 {
        entry.exit_code = Some(row.get::<_, i64>(3)?.clamp(i32::MIN.into(), i32::MAX.into()) as i32);
        entry.end_time = Some(Time::from_micros(began.saturating_add(took).div_euclid(1_000)));
    }
    entry.set_command(row.get_ref(4)?.as_bytes()?.to_vec());
    Ok(entry)
}
