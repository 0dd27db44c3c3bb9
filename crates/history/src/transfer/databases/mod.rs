//! Databases of other tools, opened for reading only, also while their owner writes.

pub(super) mod atuin;
pub(super) mod hishtory;

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use super::Format;
use crate::{Error, Result};

/// The table and the columns that must be there.
fn shape(format: Format) -> (&'static str, &'static [&'static str]) {
    match format {
        Format::Atuin => ("history", atuin::NEEDED),
        _ => ("history_entries", hishtory::NEEDED),
    }
}

/// Refuses a database that does not have the tool's table.
pub(super) fn check(format: Format, path: &Path) -> Result<()> {
    let (table, needed) = shape(format);
    let refused = |reason| Error::NotThatFormat { path: path.to_owned(), expected: format.words(), reason };
    let columns = columns(path, table).map_err(|error| refused(error.to_string()))?;
    if columns.is_empty() {
        return Err(refused(format!("it has no table {table}")));
    }
    match needed.iter().find(|name| !columns.iter().any(|column| column == *name)) {
        Some(name) => Err(refused(format!("its table {table} has no column {name}"))),
        None => Ok(()),
    }
}

fn columns(path: &Path, table: &str) -> rusqlite::Result<Vec<String>> {
    let conn = open(path)?;
    let mut find = conn.prepare("SELECT name FROM pragma_table_info(?1)")?;
    find.query_map([table], |row| row.get(0))?.collect()
}

fn open(path: &Path) -> rusqlite::Result<Connection> {
    let conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    conn.busy_timeout(std::time::Duration::from_secs(10))?;
    Ok(conn)
}

/// A database that ends in the middle, in words.
fn damaged(path: &Path) -> impl Fn(rusqlite::Error) -> Error {
    let path = path.to_owned();
    move |error| Error::Damaged { path: path.clone(), reason: error.to_string() }
}
