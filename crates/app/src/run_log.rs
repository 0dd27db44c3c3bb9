//! The run log: every run with how it ended, what it moved and cost, and each file it could not do; and what is
//! remembered of each set between runs. SQLite in the data folder; several processes may have it open.
//!
//! Kept for a year; of what is older, one complete run a month stays.

mod facts;
mod operations;
mod read;
mod sums;

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
};

use holdfast_storage::sqlite::{self, Durability, Tables};
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, Transaction, TransactionBehavior, params};
use serde::{Serialize, de::DeserializeOwned};

pub(crate) use facts::ALL_SETS;
pub use facts::{Brake, Fact};
pub use operations::Logged;
pub use sums::{Judged, Whose};

use crate::{
    AppError, ErrorCode, Result,
    dto::{
        config::Failure,
        log::{RunKind, RunResult, RunTrigger},
    },
};

const FORMAT: i64 = 1;

/// Runs are kept so long.
const KEPT: SignedDuration = SignedDuration::from_hours(24 * 366);

const SCHEMA: &str = "
CREATE TABLE runs(
  id TEXT PRIMARY KEY, set_id TEXT, set_name TEXT NOT NULL, kind TEXT NOT NULL, trigger_ TEXT NOT NULL, place TEXT NOT NULL,
  whole INTEGER NOT NULL, process INTEGER NOT NULL, started INTEGER NOT NULL, ended INTEGER, result TEXT NOT NULL,
  why TEXT, hint TEXT NOT NULL DEFAULT '', files INTEGER NOT NULL DEFAULT 0, planned INTEGER NOT NULL DEFAULT 0,
  removed INTEGER NOT NULL DEFAULT 0, copied INTEGER NOT NULL DEFAULT 0, bytes INTEGER NOT NULL DEFAULT 0,
  requests INTEGER NOT NULL DEFAULT 0, cost REAL NOT NULL DEFAULT 0, failures INTEGER NOT NULL DEFAULT 0,
  cause TEXT NOT NULL DEFAULT '', by_action TEXT NOT NULL DEFAULT '{}', notices TEXT NOT NULL DEFAULT '[]',
  folder TEXT) WITHOUT ROWID;
CREATE INDEX runs_by_time ON runs(started);
CREATE INDEX runs_of_set ON runs(set_id, started);
CREATE TABLE failures(
  run_id TEXT NOT NULL, path TEXT NOT NULL, reason TEXT NOT NULL, hint TEXT NOT NULL, retryable INTEGER NOT NULL,
  times INTEGER NOT NULL);
CREATE INDEX failures_of_run ON failures(run_id);
CREATE TABLE failing(
  set_id TEXT NOT NULL, path TEXT NOT NULL, times INTEGER NOT NULL, PRIMARY KEY(set_id, path)) WITHOUT ROWID;
CREATE TABLE facts(set_id TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY(set_id, name)) WITHOUT ROWID;
CREATE TABLE months(
  set_id TEXT NOT NULL, month TEXT NOT NULL, bytes INTEGER NOT NULL, usd REAL NOT NULL,
  PRIMARY KEY(set_id, month)) WITHOUT ROWID;
CREATE TABLE devices(
  profile TEXT NOT NULL, id TEXT NOT NULL, status TEXT NOT NULL, PRIMARY KEY(profile, id)) WITHOUT ROWID;
";

/// The run log of this computer's user.
#[derive(Debug)]
pub struct RunLog {
    conn: Mutex<Connection>,
}

/// A run that begins.
#[derive(Debug, Clone)]
pub struct NewRun {
    /// Its id.
    pub id: String,
    /// The set and its name.
    pub set: Option<(String, String)>,
    /// What it is.
    pub kind: RunKind,
    /// Why it begins.
    pub trigger: RunTrigger,
    /// Where in S3, for people.
    pub place: String,
    /// The folder on this computer: what is backed up or compared, or where a restore puts the files.
    pub folder: Option<String>,
    /// Whether it looks at the whole folder.
    pub whole: bool,
    /// When.
    pub started: Timestamp,
}

/// How a run ended.
#[derive(Debug, Clone)]
pub struct Ended {
    /// When.
    pub at: Timestamp,
    /// How.
    pub result: RunResult,
    /// Why it failed or was skipped.
    pub why: Option<String>,
    /// What to do.
    pub hint: String,
    /// The error's code, if it failed as a whole.
    pub cause: Option<ErrorCode>,
    /// Files sent, fetched or compared.
    pub files: u64,
    /// Files planned.
    pub planned: u64,
    /// Objects removed.
    pub removed: u64,
    /// Files copied inside the bucket.
    pub copied: u64,
    /// Bytes of content moved.
    pub bytes: u64,
    /// Requests by S3's names.
    pub requests: BTreeMap<String, u64>,
    /// US dollars by list prices.
    pub cost: f64,
    /// What could not be done.
    pub failures: Vec<Failure>,
    /// What the place did otherwise than asked.
    pub notices: Vec<String>,
}

impl Ended {
    /// Ended with nothing done.
    pub fn bare(at: Timestamp, result: RunResult) -> Self {
        Self {
            at,
            result,
            why: None,
            hint: String::new(),
            cause: None,
            files: 0,
            planned: 0,
            removed: 0,
            copied: 0,
            bytes: 0,
            requests: BTreeMap::new(),
            cost: 0.0,
            failures: Vec::new(),
            notices: Vec::new(),
        }
    }

    /// Failed, or was cancelled, with an error.
    pub fn failed(at: Timestamp, error: &AppError) -> Self {
        let result = if error.code == ErrorCode::Cancelled { RunResult::Cancelled } else { RunResult::Failed };
        let why = (result == RunResult::Failed).then(|| error.message.clone());
        Self { why, hint: error.hint.clone(), cause: Some(error.code), ..Self::bare(at, result) }
    }
}

/// Which files a run had to do with: decides what is known of those that failed before.
#[derive(Debug, Clone, Copy)]
pub enum Scope<'a> {
    /// All of the folder.
    Whole,
    /// These relative paths.
    Paths(&'a [String]),
}

fn word<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(text)) => text,
        _ => String::new(),
    }
}

fn of_word<T: DeserializeOwned>(text: String) -> rusqlite::Result<T> {
    serde_json::from_value(serde_json::Value::String(text))
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(error)))
}

fn micros(at: Timestamp) -> i64 {
    at.as_microsecond()
}

fn time(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(micros).unwrap_or(Timestamp::UNIX_EPOCH)
}

pub(crate) fn failed(error: rusqlite::Error) -> AppError {
    AppError::config(
        ErrorCode::LocalIo,
        format!("the run log could not be used: {error}"),
        "check that the disk of Holdfast's data has room; copies are not touched by this",
    )
}

/// Logs that were begun before runs kept their folder have no column for it. Nullable, so versions from then go on too.
fn add_folders(conn: &Connection) -> rusqlite::Result<()> {
    let has = |conn: &Connection| {
        let sql = "SELECT count(*) FROM pragma_table_info('runs') WHERE name = 'folder'";
        conn.query_row(sql, [], |row| row.get::<_, i64>(0)).map(|found| found > 0)
    };
    if has(conn)? {
        return Ok(());
    }
    let tx = Transaction::new_unchecked(conn, TransactionBehavior::Immediate)?;
    if !has(&tx)? {
        tx.execute_batch("ALTER TABLE runs ADD COLUMN folder TEXT")?;
    }
    tx.commit()
}

impl RunLog {
    /// Opens or makes the log at `path`. A damaged one is moved aside.
    pub fn open(path: &Path) -> Result<Self> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)
                .map_err(|e| AppError::io("making the folder for the run log", folder, &e))?;
        }
        let conn = match Self::try_open(path) {
            Err(error) if sqlite::is_damage(&error) => {
                holdfast_backup::index::set_aside(path).map_err(AppError::from)?;
                Self::try_open(path)
            }
            other => other,
        };
        Ok(Self { conn: Mutex::new(conn.map_err(failed)?) })
    }

    fn try_open(path: &Path) -> rusqlite::Result<Connection> {
        let conn = sqlite::open(path, Durability::Crash)?;
        match sqlite::make_tables(&conn, SCHEMA, FORMAT)? {
            Tables::New => Ok(conn),
            Tables::Known => add_folders(&conn).map(|()| conn),
            Tables::Other(_) => Err(sqlite::not_ours()),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        self.conn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that a run begins.
    pub fn begin(&self, run: &NewRun) -> Result<()> {
        let (set_id, set_name) = run.set.clone().map_or((None, String::new()), |(id, name)| (Some(id), name));
        let sql =
            "INSERT INTO runs(id, set_id, set_name, kind, trigger_, place, folder, whole, process, started, result)
            VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 'running')";
        let (kind, trigger) = (word(&run.kind), word(&run.trigger));
        let facts = params![
            run.id,
            set_id,
            set_name,
            kind,
            trigger,
            run.place,
            run.folder,
            run.whole,
            std::process::id(),
            micros(run.started)
        ];
        self.lock().execute(sql, facts).map(drop).map_err(failed)
    }

    /// Notes how a run ended, and what of its files failed before or fails again.
    pub fn end(&self, id: &str, ended: &Ended, scope: Scope<'_>) -> Result<()> {
        let mut conn = self.lock();
        let tx = conn.transaction().map_err(failed)?;
        write_end(&tx, id, ended).map_err(failed)?;
        let set: Option<String> =
            tx.query_row("SELECT set_id FROM runs WHERE id = ?1", [id], |row| row.get(0)).map_err(failed)?;
        let counts = matches!(ended.result, RunResult::Complete | RunResult::Partial);
        write_failures(&tx, id, set.as_deref().filter(|_| counts), ended, scope).map_err(failed)?;
        tx.commit().map_err(failed)
    }

    /// Notes a run that was planned and did not happen.
    pub fn skipped(&self, run: &NewRun, why: &str) -> Result<()> {
        self.begin(run)?;
        let ended = Ended { why: Some(why.to_owned()), ..Ended::bare(run.started, RunResult::Skipped) };
        self.end(&run.id, &ended, Scope::Paths(&[]))
    }

    /// Forgets a run that came to nothing, such as a round that found everything as it was.
    pub fn forget_run(&self, id: &str) -> Result<()> {
        self.lock().execute("DELETE FROM runs WHERE id = ?1", [id]).map(drop).map_err(failed)
    }

    /// Runs that never ended and whose process is gone were cut off. Says how many.
    pub fn mark_cut_off(&self, is_alive: impl Fn(u32) -> bool) -> Result<usize> {
        let conn = self.lock();
        let sql = "SELECT id, process FROM runs WHERE result = 'running'";
        let mut find = conn.prepare(sql).map_err(failed)?;
        let open = find.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, u32>(1)?))).map_err(failed)?;
        let open: Vec<_> = open.collect::<rusqlite::Result<_>>().map_err(failed)?;
        let dead: Vec<_> = open.into_iter().filter(|(_, process)| !is_alive(*process)).collect();
        for (id, _) in &dead {
            conn.execute("UPDATE runs SET result = 'cut_off' WHERE id = ?1", [id]).map_err(failed)?;
        }
        Ok(dead.len())
    }

    /// Drops what is older than a year, but for one complete run of each set and month.
    pub fn thin(&self, now: Timestamp) -> Result<()> {
        let limit = micros(now.saturating_sub(KEPT).unwrap_or(Timestamp::MIN));
        let kept = "SELECT min(id) FROM runs WHERE started < ?1 AND result = 'complete' AND whole = 1
            GROUP BY set_id, strftime('%Y-%m', started / 1000000, 'unixepoch')";
        let conn = self.lock();
        conn.execute(&format!("DELETE FROM runs WHERE started < ?1 AND id NOT IN ({kept})"), [limit])
            .map_err(failed)?;
        conn.execute("DELETE FROM failures WHERE run_id NOT IN (SELECT id FROM runs)", []).map_err(failed)?;
        Ok(())
    }
}

fn write_end(conn: &Connection, id: &str, ended: &Ended) -> rusqlite::Result<()> {
    let sql = "UPDATE runs SET ended = ?2, result = ?3, why = ?4, hint = ?5, files = ?6, planned = ?7, removed = ?8,
        copied = ?9, bytes = ?10, requests = ?11, cost = ?12, failures = ?13, cause = ?14, by_action = ?15, notices = ?16
        WHERE id = ?1";
    let total: u64 = ended.requests.values().sum();
    let json = |text: serde_json::Result<String>| text.unwrap_or_default();
    conn.execute(
        sql,
        params![
            id,
            micros(ended.at),
            word(&ended.result),
            ended.why,
            ended.hint,
            ended.files as i64,
            ended.planned as i64,
            ended.removed as i64,
            ended.copied as i64,
            ended.bytes as i64,
            total as i64,
            ended.cost,
            ended.failures.len() as i64,
            ended.cause.as_ref().map(word).unwrap_or_default(),
            json(serde_json::to_string(&ended.requests)),
            json(serde_json::to_string(&ended.notices)),
        ],
    )?;
    Ok(())
}

fn write_failures(
    conn: &Connection,
    id: &str,
    set: Option<&str>,
    ended: &Ended,
    scope: Scope<'_>,
) -> rusqlite::Result<()> {
    let mut before = BTreeMap::new();
    if let Some(set) = set {
        let mut find = conn.prepare("SELECT path, times FROM failing WHERE set_id = ?1")?;
        let rows = find.query_map([set], |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?)))?;
        before = rows.collect::<rusqlite::Result<_>>()?;
        match scope {
            Scope::Whole => drop(conn.execute("DELETE FROM failing WHERE set_id = ?1", [set])?),
            Scope::Paths(paths) => {
                let mut done = conn.prepare("DELETE FROM failing WHERE set_id = ?1 AND path = ?2")?;
                paths.iter().try_for_each(|path| done.execute([set, path]).map(drop))?;
            }
        }
    }
    let mut put = conn.prepare("INSERT INTO failures VALUES(?1, ?2, ?3, ?4, ?5, ?6)")?;
    for failure in &ended.failures {
        let times = before.get(&failure.path).copied().unwrap_or(0) + 1;
        put.execute(params![id, failure.path, failure.reason, failure.hint, failure.retryable, times])?;
        if let Some(set) = set {
            conn.execute("INSERT OR REPLACE INTO failing VALUES(?1, ?2, ?3)", params![set, failure.path, times])?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
