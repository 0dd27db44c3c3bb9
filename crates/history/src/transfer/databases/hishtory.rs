//! Hishtory's `.hishtory.db`: times as text of Go's database layer, folders below home written with `~`, the user's own
//! columns as JSON.

use std::path::Path;

use rusqlite::{Row, types::ValueRef};
use serde::Deserialize;
use uuid::Uuid;

use super::{damaged, open};
use crate::{
    CustomColumn, Entry, Result, Time,
    transfer::{Item, Owner, Sink},
};

pub(super) const NEEDED: &[&str] = &[
    "local_username",
    "hostname",
    "command",
    "current_working_directory",
    "home_directory",
    "exit_code",
    "start_time",
    "end_time",
    "device_id",
];
/// Columns that came with later versions.
const LATER: [&str; 2] = ["entry_id", "custom_columns"];

pub(in crate::transfer) fn read(path: &Path, owner: &Owner, sink: Sink<'_>) -> Result<()> {
    let conn = open(path).map_err(damaged(path))?;
    let later = LATER.map(|name| match conn.prepare(&format!("SELECT {name} FROM history_entries LIMIT 0")) {
        Ok(_) => name,
        Err(_) => "NULL",
    });
    let (columns, later) = (NEEDED.join(", "), later.join(", "));
    let sql = format!("SELECT {columns}, {later}, rowid FROM history_entries ORDER BY start_time, rowid");
    let mut find = conn.prepare(&sql).map_err(damaged(path))?;
    let mut rows = find.query([]).map_err(damaged(path))?;
    while let Some(row) = rows.next().map_err(damaged(path))? {
        let number = row.get::<_, i64>(11).unwrap_or_default() as u64;
        match entry(row, owner) {
            Some(entry) => sink(Item::Entry(number, Box::new(entry)))?,
            None => sink(Item::Damaged(number))?,
        }
    }
    Ok(())
}

fn entry(row: &Row<'_>, owner: &Owner) -> Option<Entry> {
    let text = |at: usize| match row.get_ref(at).ok()? {
        ValueRef::Null => Some(String::new()),
        value => Some(String::from_utf8_lossy(value.as_bytes().ok()?).into_owned()),
    };
    let home = text(4)?;
    let mut entry = Entry {
        local_username: text(0)?,
        hostname: text(1)?,
        current_working_directory: whole(&text(3)?, &home),
        exit_code: i32::try_from(row.get::<_, i64>(5).ok()?).ok(),
        start_time: time(&text(6)?)?,
        end_time: time(&text(7)?).filter(|time| *time > Time::UNKNOWN),
        device_id: text(8)?.parse().unwrap_or(owner.device_id),
        entry_id: text(9)?.parse().unwrap_or(Uuid::nil()),
        custom_columns: custom_columns(&text(10)?),
        home_directory: home,
        ..Entry::default()
    };
    if entry.end_time.is_none() {
        entry.exit_code = None;
    }
    entry.set_command(row.get_ref(2).ok()?.as_bytes().ok()?.to_vec());
    Some(entry)
}

/// A folder without `~`.
fn whole(folder: &str, home: &str) -> String {
    match folder.strip_prefix('~') {
        Some(rest) if !home.is_empty() && (rest.is_empty() || rest.starts_with('/')) => format!("{home}{rest}"),
        _ => folder.to_owned(),
    }
}

/// `2006-01-02 15:04:05.999999999-07:00`, `… +0000 UTC`, with `T` in the middle, with `Z`.
fn time(text: &str) -> Option<Time> {
    let (date, rest) = text.trim().split_once([' ', 'T'])?;
    let end = rest.find(|c: char| !(c.is_ascii_digit() || matches!(c, ':' | '.'))).unwrap_or(rest.len());
    let (clock, zone) = rest.split_at(end);
    let zone = zone.trim_start().split(' ').next().unwrap_or_default();
    let zone = if matches!(zone, "" | "UTC") { "Z" } else { zone };
    format!("{date}T{clock}{zone}").parse::<jiff::Timestamp>().ok().map(Time::from)
}

#[derive(Deserialize)]
struct Column {
    #[serde(alias = "column_name", alias = "Name")]
    name: String,
    #[serde(default, alias = "Val", alias = "val")]
    value: String,
}

fn custom_columns(text: &str) -> Vec<CustomColumn> {
    let columns = serde_json::from_str::<Option<Vec<Column>>>(text).ok().flatten().unwrap_or_default();
    columns.into_iter().map(|Column { name, value }| CustomColumn { name, value }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_go_are_understood() {
        for (text, want) in [
            ("2023-02-05 07:04:01.5+00:00", 1_675_580_641_500_000),
            ("2023-02-05 07:04:01.5 +0000 UTC", 1_675_580_641_500_000),
            ("2023-02-05T08:04:01.5+01:00", 1_675_580_641_500_000),
            ("2023-02-05 07:04:01 +0000 UTC m=+0.01", 1_675_580_641_000_000),
            ("1970-01-01 00:00:00Z", 0),
        ] {
            assert_eq!(time(text).map(Time::as_micros), Some(want), "{text}");
        }
        assert_eq!(time("soon"), None);
        assert!(time("0001-01-01 00:00:00+00:00").unwrap() < Time::UNKNOWN);
    }
}
