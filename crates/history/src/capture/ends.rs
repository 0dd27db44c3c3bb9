//! How commands ended, as shells write it: a line each in a file beside the database. A shell that appends a line begins
//! no process and waits for nobody; whoever opens the history next takes the lines over.
//!
//! A line is the command's id, its exit code, and when it ended: seconds since 1970 with a fraction, or `+` and the
//! milliseconds that it ran, for shells that know no better.
//!
//! The file is renamed before it is read. A shell that had opened it at that moment writes into the renamed one, so that
//! one is read again by whoever comes next until it is some seconds old. Taking a line over twice changes nothing.

use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use holdfast_storage::sqlite;
use uuid::Uuid;

use crate::{Database, Error, Result, Time};

const FILE: &str = "ends";
/// A shell that opened the file has written to it by then.
const SETTLED: Duration = Duration::from_secs(10);
/// So long a line waits for the beginning of its command.
const LOST: Duration = Duration::from_secs(24 * 60 * 60);
/// Somebody who only looks does not wait long for one who writes.
const PATIENCE: Duration = Duration::from_millis(500);

/// The file that scripts append to, in the folder of the database.
pub fn ends_file(folder: &Path) -> PathBuf {
    folder.join(FILE)
}

/// Takes over what shells wrote since the last time.
pub fn take_ends(database: &mut Database, folder: &Path) -> Result<()> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let renamed = folder.join(format!("{FILE}.{}-{}", now.as_millis(), std::process::id()));
    match fs::rename(ends_file(folder), &renamed) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(Error::File { path: renamed, source: error }),
        Ok(()) | Err(_) => {}
    }
    let taken = taken_files(folder)?;
    if taken.is_empty() {
        return Ok(());
    }
    database.conn.busy_timeout(PATIENCE)?;
    let done = taken.iter().try_for_each(|(path, since)| take(database, path, now.saturating_sub(*since)));
    database.conn.busy_timeout(sqlite::PATIENCE)?;
    done
}

/// Renamed files, and when each was renamed.
fn taken_files(folder: &Path) -> Result<Vec<(PathBuf, Duration)>> {
    let failed = |source| Error::File { path: folder.to_owned(), source };
    let mut taken = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name();
        let since =
            name.to_str().and_then(|name| name.strip_prefix(FILE)?.strip_prefix('.')?.split('-').next()?.parse().ok());
        taken.extend(since.map(|since| (entry.path(), Duration::from_millis(since))));
    }
    taken.sort();
    Ok(taken)
}

fn take(database: &mut Database, path: &Path, age: Duration) -> Result<()> {
    let bytes = match fs::read(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        read => read.map_err(|source| Error::File { path: path.to_owned(), source })?,
    };
    let mut waits = false;
    for line in bytes.split_inclusive(|byte| *byte == b'\n').filter_map(|line| line.strip_suffix(b"\n")) {
        let line = std::str::from_utf8(line).ok().and_then(Line::parse);
        waits |= line.is_some_and(|line| !line.is_taken(database).unwrap_or(false));
    }
    if age > SETTLED && (!waits || age > LOST) {
        // Another process may have removed it.
        let _ = fs::remove_file(path);
    }
    Ok(())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Line {
    id: Uuid,
    exit_code: i32,
    when: When,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum When {
    At(Time),
    TookMillis(i64),
}

impl Line {
    fn parse(text: &str) -> Option<Self> {
        let mut fields = text.split(' ');
        let id = Uuid::try_parse(fields.next()?).ok()?;
        let exit_code = fields.next()?.parse().ok()?;
        let when = fields.next()?;
        let when = match when.strip_prefix('+') {
            Some(millis) => When::TookMillis(millis.parse().ok()?),
            None => When::At(seconds(when)?),
        };
        fields.next().is_none().then_some(Self { id, exit_code, when })
    }

    /// Whether the end is kept, now or before; `false` when its command is not known yet.
    fn is_taken(self, database: &mut Database) -> Result<bool> {
        let entry = database.entry(self.id)?;
        if entry.as_ref().is_some_and(crate::Entry::has_ended) || database.is_deleted(self.id)? {
            return Ok(true);
        }
        let at = match (self.when, entry) {
            (When::At(time), _) => time,
            (When::TookMillis(millis), Some(entry)) => {
                Time::from_micros(entry.start_time.as_micros().saturating_add(millis.saturating_mul(1_000)))
            }
            (When::TookMillis(_), None) => return Ok(false),
        };
        super::end(database, self.id, self.exit_code, at)?;
        Ok(true)
    }
}

/// Seconds since 1970 as shells write them; a comma is some languages' point.
pub fn seconds(text: &str) -> Option<Time> {
    let (seconds, fraction) = text.split_once(['.', ',']).unwrap_or((text, ""));
    let fraction = format!("{:0<6}", fraction.chars().take(6).collect::<String>());
    let micros = seconds.parse::<i64>().ok()?.checked_mul(1_000_000)?.checked_add(fraction.parse().ok()?)?;
    Some(Time::from_micros(micros))
}

#[cfg(test)]
mod tests;
