//! How each of Holdfast's SQLite files is opened. Several processes may open the same file at the same moment, also
//! while it is being made.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use rusqlite::{Connection, ErrorCode, Result, Transaction, TransactionBehavior};

/// So long one waits for another's write.
pub const PATIENCE: Duration = Duration::from_secs(10);
/// Between two attempts to switch a new file to write-ahead logging.
const PAUSE: Duration = Duration::from_millis(5);

/// What a power cut may take. A crash of the program takes nothing with either.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// The last transactions before a power cut may be missing; the file stays sound.
    Crash,
    /// Nothing: each transaction waits for the disk.
    PowerCut,
}

/// Opens or makes the file in WAL mode. Whoever writes waits for others up to [`PATIENCE`].
///
/// # Errors
/// Those of SQLite; [`is_damage`] tells whether the file is no sound database.
pub fn open(path: &Path, durability: Durability) -> Result<Connection> {
    let conn = Connection::open(path)?;
    conn.busy_timeout(PATIENCE)?;
    set_journal_mode(&conn, "WAL")?;
    let synchronous = match durability {
        Durability::Crash => "NORMAL",
        Durability::PowerCut => "FULL",
    };
    conn.pragma_update(None, "synchronous", synchronous)?;
    Ok(conn)
}

/// SQLite does not wait when two switch one file to WAL at the same moment: the second hears "busy" at once, whatever
/// its timeout.
pub(crate) fn set_journal_mode(conn: &Connection, mode: &str) -> Result<()> {
    let begun = Instant::now();
    loop {
        match conn.pragma_update_and_check(None, "journal_mode", mode, |_| Ok(())) {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) && begun.elapsed() < PATIENCE => {
                std::thread::sleep(PAUSE);
            }
            done => return done,
        }
    }
}

/// What was found in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tables {
    /// There were none; they were made.
    New,
    /// They have the shape that is known.
    Known,
    /// They have the shape of another version of the program, by its number.
    Other(i64),
}

/// Makes the tables of a new file and its number of the format (`user_version`), once also when several try.
///
/// # Errors
/// Those of SQLite.
pub fn make_tables(conn: &Connection, schema: &str, format: i64) -> Result<Tables> {
    let number = |conn: &Connection| conn.pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0));
    let known = |found| if found == format { Tables::Known } else { Tables::Other(found) };
    match number(conn)? {
        0 => {}
        found => return Ok(known(found)),
    }
    let transaction = Transaction::new_unchecked(conn, TransactionBehavior::Immediate)?;
    match number(&transaction)? {
        0 => transaction.execute_batch(&format!("{schema}; PRAGMA user_version = {format};"))?,
        found => return Ok(known(found)),
    }
    transaction.commit()?;
    Ok(Tables::New)
}

/// Whether the error says that the file is no sound database.
pub fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
}

/// The error of a file whose tables are another program's.
pub fn not_ours() -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_NOTADB), None)
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use super::*;

    #[test]
    fn many_make_one_file_at_once() {
        const MANY: usize = 8;
        for _ in 0..30 {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("new.db");
            let together = Barrier::new(MANY);
            let open_and_write = || {
                together.wait();
                let conn = open(&path, Durability::Crash).unwrap();
                let tables = make_tables(&conn, "CREATE TABLE lines(line INTEGER)", 3).unwrap();
                conn.execute("INSERT INTO lines VALUES(1)", []).unwrap();
                tables
            };
            let made = std::thread::scope(|scope| {
                let all = (0..MANY).map(|_| scope.spawn(open_and_write)).collect::<Vec<_>>();
                all.into_iter().map(|one| one.join().unwrap()).collect::<Vec<_>>()
            });
            assert_eq!(made.iter().filter(|tables| **tables == Tables::New).count(), 1);
            let conn = open(&path, Durability::Crash).unwrap();
            let count: u32 = conn.query_row("SELECT count(*) FROM lines", [], |row| row.get(0)).unwrap();
            assert_eq!(count as usize, MANY);
        }
    }

    #[test]
    fn tables_of_another_format_are_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let conn = open(&folder.path().join("new.db"), Durability::PowerCut).unwrap();
        assert_eq!(make_tables(&conn, "CREATE TABLE a(b)", 3).unwrap(), Tables::New);
        assert_eq!(make_tables(&conn, "CREATE TABLE a(b)", 3).unwrap(), Tables::Known);
        assert_eq!(make_tables(&conn, "CREATE TABLE a(c)", 4).unwrap(), Tables::Other(3));
    }
}
