//! What clients did, in SQLite: counts per day, when each was seen last, their reports, and uploads under way.
//!
//! Counts wait in memory for at most a second, and for longer while the disk is full: an upload never fails because it
//! could not be counted. A report is written before it is answered.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use holdfast_storage::sqlite::{self, Durability};
use jiff::civil::Date;
use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};

use crate::{
    clock::{Clock, SKEW},
    config::ConfigError,
};

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS activity (
    date TEXT NOT NULL, client TEXT NOT NULL, requests INTEGER NOT NULL, uploads INTEGER NOT NULL,
    bytes INTEGER NOT NULL, errors INTEGER NOT NULL, PRIMARY KEY (date, client)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS seen (client TEXT PRIMARY KEY, at REAL NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS reports (
    date TEXT NOT NULL, client TEXT NOT NULL, received REAL NOT NULL, report TEXT NOT NULL,
    PRIMARY KEY (date, client)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS uploads (id TEXT NOT NULL, key TEXT NOT NULL, PRIMARY KEY (id, key)) STRICT;
CREATE TABLE IF NOT EXISTS told (client TEXT PRIMARY KEY, seen REAL NOT NULL) STRICT;
";

/// What a client did on a day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct Counts {
    /// Requests.
    pub(crate) requests: u64,
    /// Objects that were stored.
    pub(crate) uploads: u64,
    /// Their bytes.
    pub(crate) bytes: u64,
    /// Requests that failed.
    pub(crate) errors: u64,
}

impl Counts {
    pub(crate) fn add(&mut self, more: Self) {
        self.requests += more.requests;
        self.uploads += more.uploads;
        self.bytes += more.bytes;
        self.errors += more.errors;
    }
}

/// A report as it is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct KeptReport {
    pub(crate) client: String,
    /// Unix seconds.
    pub(crate) received: f64,
    pub(crate) report: serde_json::Value,
}

/// A day as one gateway saw it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Day {
    pub(crate) activity: BTreeMap<String, Counts>,
    pub(crate) reports: Vec<KeptReport>,
    /// When each client was seen last, on whatever day; Unix seconds.
    pub(crate) seen: BTreeMap<String, f64>,
}

#[derive(Debug, Default)]
struct Waiting {
    counts: BTreeMap<(String, String), Counts>,
    seen: BTreeMap<String, f64>,
}

/// The database and what waits to be written.
#[derive(Debug, Clone)]
pub(crate) struct Activity {
    waiting: Arc<Mutex<Waiting>>,
    database: Arc<Mutex<Connection>>,
    clock: Clock,
}

/// Why something was not written or read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ActivityError {
    #[error("the database: {0}")]
    Database(#[from] rusqlite::Error),
    #[error("a kept report cannot be read: {0}")]
    Report(#[from] serde_json::Error),
    #[error("the task ended early")]
    Task,
}

type Result<T> = std::result::Result<T, ActivityError>;

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Activity {
    /// Opens or makes the file.
    pub(crate) fn open(path: &Path, clock: Clock) -> std::result::Result<Self, ConfigError> {
        let bad = |error: rusqlite::Error| {
            let path: PathBuf = path.to_owned();
            ConfigError::value("server.database", format!("{} cannot be used: {error}", path.display()))
        };
        let connection = sqlite::open(path, Durability::Crash).map_err(bad)?;
        connection.execute_batch(SCHEMA).map_err(bad)?;
        Ok(Self { waiting: Arc::default(), database: Arc::new(Mutex::new(connection)), clock })
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let database = self.database.clone();
        let done = tokio::task::spawn_blocking(move || work(&mut locked(&database))).await;
        done.unwrap_or(Err(ActivityError::Task))
    }

    /// Counts.
    pub(crate) fn count(&self, client: &str, counts: Counts) {
        let mut waiting = locked(&self.waiting);
        waiting.counts.entry((self.clock.today().to_string(), client.to_owned())).or_default().add(counts);
        waiting.seen.insert(client.to_owned(), self.clock.seconds());
    }

    /// Writes what waits. What cannot be written goes on waiting.
    pub(crate) async fn flush(&self) -> Result<()> {
        let waiting = std::mem::take(&mut *locked(&self.waiting));
        if waiting.counts.is_empty() && waiting.seen.is_empty() {
            return Ok(());
        }
        let waiting = Arc::new(waiting);
        let written = waiting.clone();
        let now = self.clock.seconds();
        let outcome = self.run(move |database| write(database, &written, now)).await;
        if outcome.is_err() {
            let mut now = locked(&self.waiting);
            for (day, counts) in &waiting.counts {
                now.counts.entry(day.clone()).or_default().add(*counts);
            }
            for (client, at) in &waiting.seen {
                now.seen.entry(client.clone()).or_insert(*at);
            }
        }
        outcome
    }

    /// A name for this gateway, the same one at every start.
    pub(crate) async fn gateway_name(&self) -> Result<String> {
        self.run(|database| {
            let new = uuid::Uuid::new_v4().simple().to_string();
            database.execute("INSERT OR IGNORE INTO facts VALUES ('gateway', ?1)", [&new[..12]])?;
            Ok(database.query_row("SELECT value FROM facts WHERE name = 'gateway'", [], |row| row.get(0))?)
        })
        .await
    }

    /// Keeps a report in the place of an earlier one of the same day.
    pub(crate) async fn keep_report(&self, date: Date, client: &str, report: serde_json::Value) -> Result<()> {
        let (client, now) = (client.to_owned(), self.clock.seconds());
        self.run(move |database| {
            let row = params![date.to_string(), client, now, report.to_string()];
            database.execute("INSERT OR REPLACE INTO reports VALUES (?1, ?2, ?3, ?4)", row)?;
            Ok(())
        })
        .await
    }

    /// A day as this gateway saw it, with what could not be written yet.
    pub(crate) async fn day(&self, date: Date) -> Result<Day> {
        let _may_wait = self.flush().await;
        let mut day = self.run(move |database| read_day(database, &date.to_string())).await?;
        let (waiting, date) = (locked(&self.waiting), date.to_string());
        for ((_, client), counts) in waiting.counts.iter().filter(|((of, _), _)| *of == date) {
            day.activity.entry(client.clone()).or_default().add(*counts);
        }
        day.seen.extend(waiting.seen.clone());
        Ok(day)
    }

    /// Notes an upload in parts that the gateway itself must finish or give up.
    pub(crate) async fn note_upload(&self, id: &str, key: &str) -> Result<()> {
        let (id, key) = (id.to_owned(), key.to_owned());
        self.run(move |database| {
            Ok(database.execute("INSERT OR IGNORE INTO uploads VALUES (?1, ?2)", [id, key]).map(drop)?)
        })
        .await
    }

    /// Forgets it.
    pub(crate) async fn forget_upload(&self, id: &str, key: &str) -> Result<()> {
        let (id, key) = (id.to_owned(), key.to_owned());
        self.run(move |database| {
            Ok(database.execute("DELETE FROM uploads WHERE id = ?1 AND key = ?2", [id, key]).map(drop)?)
        })
        .await
    }

    /// Uploads that an earlier run of this gateway left open: id and key.
    pub(crate) async fn left_uploads(&self) -> Result<Vec<(String, String)>> {
        self.run(|database| {
            let mut statement = database.prepare("SELECT id, key FROM uploads")?;
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(rows.collect::<std::result::Result<_, _>>()?)
        })
        .await
    }

    /// Whether the silence of a client that was seen last at `seen` is new; it is told once.
    pub(crate) async fn tell_once(&self, client: &str, seen: f64) -> Result<bool> {
        let client = client.to_owned();
        self.run(move |database| {
            let find = "SELECT seen FROM told WHERE client = ?1";
            let told: Option<f64> = database.query_row(find, [&client], |row| row.get(0)).optional()?;
            if told == Some(seen) {
                return Ok(false);
            }
            database.execute("INSERT OR REPLACE INTO told VALUES (?1, ?2)", params![client, seen])?;
            Ok(true)
        })
        .await
    }

    /// Lets it be told again: nobody was reached.
    pub(crate) async fn untell(&self, client: &str) -> Result<()> {
        let client = client.to_owned();
        self.run(move |database| Ok(database.execute("DELETE FROM told WHERE client = ?1", [client]).map(drop)?)).await
    }

    /// Removes what is older than `first`, but never one of the last `days` days of which there is something: a clock
    /// that is years ahead must not take everything away.
    pub(crate) async fn forget_before(&self, first: Date, days: u32) -> Result<()> {
        self.run(move |database| {
            let first = first.to_string();
            for table in ["activity", "reports"] {
                let old = format!(
                    "DELETE FROM {table} WHERE date < ?1 AND date NOT IN
                     (SELECT DISTINCT date FROM {table} ORDER BY date DESC LIMIT ?2)"
                );
                database.execute(&old, params![first, days])?;
            }
            Ok(())
        })
        .await
    }
}

/// `now`: a time that lies far behind it was told by a clock that was ahead, and gives way.
fn write(database: &mut Connection, waiting: &Waiting, now: f64) -> Result<()> {
    let transaction = database.transaction()?;
    for ((date, client), counts) in &waiting.counts {
        transaction.execute(
            "INSERT INTO activity VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO UPDATE SET
             requests = requests + excluded.requests, uploads = uploads + excluded.uploads,
             bytes = bytes + excluded.bytes, errors = errors + excluded.errors",
            params![
                date,
                client,
                counts.requests as i64,
                counts.uploads as i64,
                counts.bytes as i64,
                counts.errors as i64
            ],
        )?;
    }
    for (client, at) in &waiting.seen {
        transaction.execute(
            "INSERT INTO seen VALUES (?1, ?2) ON CONFLICT DO UPDATE SET
             at = CASE WHEN at > ?3 THEN excluded.at ELSE max(at, excluded.at) END",
            params![client, at, now + SKEW],
        )?;
    }
    Ok(transaction.commit()?)
}

fn read_day(database: &Connection, date: &str) -> Result<Day> {
    let mut day = Day::default();
    let mut statement =
        database.prepare("SELECT client, requests, uploads, bytes, errors FROM activity WHERE date = ?1")?;
    let number = |row: &rusqlite::Row<'_>, at| row.get::<_, i64>(at).map(|n| n.max(0) as u64);
    let rows = statement.query_map([date], |row| {
        let counts = Counts {
            requests: number(row, 1)?,
            uploads: number(row, 2)?,
            bytes: number(row, 3)?,
            errors: number(row, 4)?,
        };
        Ok((row.get(0)?, counts))
    })?;
    day.activity = rows.collect::<std::result::Result<_, _>>()?;
    let mut statement = database.prepare("SELECT client, received, report FROM reports WHERE date = ?1")?;
    let rows = statement.query_map([date], |row| Ok((row.get(0)?, row.get(1)?, row.get::<_, String>(2)?)))?;
    for row in rows {
        let (client, received, report) = row?;
        day.reports.push(KeptReport { client, received, report: serde_json::from_str(&report)? });
    }
    let mut statement = database.prepare("SELECT client, at FROM seen")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    day.seen = rows.collect::<std::result::Result<_, _>>()?;
    Ok(day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn counts_reports_and_uploads_outlive_the_gateway() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("gateway.db");
        let activity = Activity::open(&path, Clock::system()).unwrap();
        let one = Counts { requests: 1, uploads: 1, bytes: 10, errors: 0 };
        activity.count("web", one);
        activity.flush().await.unwrap();
        activity.count("web", one);
        activity.keep_report(Clock::system().today(), "web", serde_json::json!({"files_sent": 1})).await.unwrap();
        activity.keep_report(Clock::system().today(), "web", serde_json::json!({"files_sent": 2})).await.unwrap();
        activity.note_upload("id", "key").await.unwrap();
        activity.flush().await.unwrap();
        let name = activity.gateway_name().await.unwrap();
        drop(activity);
        let activity = Activity::open(&path, Clock::system()).unwrap();
        let day = activity.day(Clock::system().today()).await.unwrap();
        assert_eq!(day.activity["web"], Counts { requests: 2, uploads: 2, bytes: 20, errors: 0 });
        assert_eq!(day.reports.len(), 1);
        assert_eq!(day.reports[0].report["files_sent"], 2);
        assert!(day.seen["web"] > 0.0);
        assert_eq!(activity.left_uploads().await.unwrap(), [("id".to_owned(), "key".to_owned())]);
        assert_eq!(activity.gateway_name().await.unwrap(), name);
    }

    #[tokio::test]
    async fn what_a_full_disk_refuses_is_written_later() {
        let folder = tempfile::tempdir().unwrap();
        let activity = Activity::open(&folder.path().join("gateway.db"), Clock::system()).unwrap();
        let pages: i64 = locked(&activity.database).pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
        locked(&activity.database).pragma_update(None, "max_page_count", pages).unwrap();
        let counts = Counts { requests: 1, ..Counts::default() };
        for n in 0..500 {
            activity.count(&format!("client-with-a-long-name-{n}"), counts);
        }
        assert!(activity.flush().await.is_err());
        assert_eq!(activity.day(Clock::system().today()).await.unwrap().activity.len(), 500, "it can be seen");
        locked(&activity.database).pragma_update(None, "max_page_count", 100_000).unwrap();
        assert_eq!(activity.day(Clock::system().today()).await.unwrap().activity.len(), 500);
    }

    #[tokio::test]
    async fn a_clock_that_was_ahead_takes_nothing_away_and_hides_no_silence() {
        let folder = tempfile::tempdir().unwrap();
        let ahead = Arc::new(std::sync::atomic::AtomicI64::new(0));
        let told = ahead.clone();
        let second = move || 1_790_000_000 + told.load(std::sync::atomic::Ordering::Relaxed);
        let clock = Clock::of(move || jiff::Timestamp::from_second(second()).unwrap());
        let activity = Activity::open(&folder.path().join("gateway.db"), clock.clone()).unwrap();
        let one = Counts { requests: 1, ..Counts::default() };
        let (today, mut days) = (clock.today(), Vec::new());
        for day in [-2, -1, 0, 400] {
            ahead.store(day * 86_400, std::sync::atomic::Ordering::Relaxed);
            days.push(clock.today());
            activity.count("web", one);
            activity.keep_report(clock.today(), "web", serde_json::json!(day)).await.unwrap();
            activity.flush().await.unwrap();
            activity.forget_before(clock.today(), 90).await.unwrap();
        }
        for day in &days {
            let kept = activity.day(*day).await.unwrap();
            assert_eq!((kept.activity.len(), kept.reports.len()), (1, 1), "{day}");
        }
        ahead.store(0, std::sync::atomic::Ordering::Relaxed);
        activity.count("web", one);
        assert_eq!(activity.day(today).await.unwrap().seen["web"], clock.seconds());
        activity.forget_before(clock.today(), 2).await.unwrap();
        assert!(activity.day(days[0]).await.unwrap().activity.is_empty(), "what is old goes");
        assert_eq!(activity.day(today).await.unwrap().activity["web"].requests, 2);
    }
}
