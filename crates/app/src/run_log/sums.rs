//! What the log adds up to: how a set is, its days, what months cost.

use std::collections::BTreeMap;

use holdfast_backup::health::{Cause, LastDrill, LastRun, Outcome};
use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};
use rusqlite::{OptionalExtension, params};

use super::{Fact, RunLog, failed, micros, of_word, time};
use crate::{
    ErrorCode, Result,
    dto::{
        log::{RunKind, RunResult},
        overview::MonthCost,
        sets::{DayDrill, DayMark, DayOutcome},
    },
};

/// What the log knows of how a set is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Judged {
    /// The last finished run that looked at the whole folder, with what is still left of its failures.
    pub last_run: Option<LastRun>,
    /// The last drill.
    pub last_drill: Option<LastDrill>,
    /// A planned run that did not happen, and no run since.
    pub missed: Option<(Timestamp, String)>,
}

/// Whose costs are added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose<'a> {
    /// Everything, also of sets that are gone.
    All,
    /// One set's.
    Set(&'a str),
    /// What no set asked for: folders backed up by hand, restores, checks.
    NoSet,
}

impl<'a> Whose<'a> {
    fn set(self) -> Option<&'a str> {
        match self {
            Self::Set(id) => Some(id),
            Self::All | Self::NoSet => None,
        }
    }
}

/// One row of a day.
struct DayRow {
    id: String,
    kind: RunKind,
    result: RunResult,
    whole: bool,
    bytes: u64,
    why: Option<String>,
}

impl RunLog {
    /// What the log knows of how a set is.
    pub fn judged(&self, set: &str) -> Result<Judged> {
        let (failing, sent_anew) = (self.failing(set)?.len() as u64, self.suspects(set)?.were_sent());
        let conn = self.lock();
        let last =
            "SELECT id, ended, started, result, cause FROM runs WHERE set_id = ?1 AND kind = 'backup' AND whole = 1
            AND result NOT IN ('running', 'skipped', 'cancelled', 'cut_off') ORDER BY started DESC LIMIT 1";
        let found = conn.query_row(last, [set], |row| {
            let ended: Option<i64> = row.get(1)?;
            let (result, cause): (RunResult, String) = (of_word(row.get(3)?)?, row.get(4)?);
            let outcome = outcome(result, of_word(cause).ok(), failing);
            Ok(LastRun { id: row.get(0)?, ended: time(ended.unwrap_or(row.get(2)?)), outcome, failures: failing })
        });
        let drill = "SELECT id, ended, failures FROM runs WHERE set_id = ?1 AND kind = 'drill'
            AND result IN ('complete', 'partial') ORDER BY started DESC LIMIT 1";
        let drill = conn.query_row(drill, [set], |row| {
            Ok(LastDrill { id: row.get(0)?, ended: time(row.get(1)?), wrong: row.get::<_, i64>(2)? as u64, sent_anew })
        });
        let missed = "SELECT started, id FROM runs WHERE set_id = ?1 AND kind = 'backup' AND result = 'skipped'
            AND NOT EXISTS(SELECT 1 FROM runs later WHERE later.set_id = ?1 AND later.kind = 'backup' AND later.whole = 1
              AND later.started > runs.started AND later.result <> 'skipped') ORDER BY started DESC LIMIT 1";
        let missed = conn.query_row(missed, [set], |row| Ok((time(row.get(0)?), row.get(1)?)));
        Ok(Judged {
            last_run: found.optional().map_err(failed)?,
            last_drill: drill.optional().map_err(failed)?,
            missed: missed.optional().map_err(failed)?,
        })
    }

    /// Files that the last runs could not do.
    pub fn failing(&self, set: &str) -> Result<Vec<String>> {
        let conn = self.lock();
        let mut find =
            conn.prepare_cached("SELECT path FROM failing WHERE set_id = ?1 ORDER BY path").map_err(failed)?;
        let rows = find.query_map([set], |row| row.get(0)).map_err(failed)?;
        rows.collect::<rusqlite::Result<_>>().map_err(failed)
    }

    /// What could not be sent between two moments: each file once, with its last reason, and runs that failed as a
    /// whole by the name of their set. At most `most`.
    pub fn failed_between(&self, from: Timestamp, until: Timestamp, most: u32) -> Result<Vec<(String, String)>> {
        let conn = self.lock();
        let what = "SELECT what, reason FROM (
              SELECT set_name || '/' || failures.path AS what, failures.reason AS reason, max(started) FROM failures
                JOIN runs ON runs.id = run_id WHERE kind = 'backup' AND started >= ?1 AND started < ?2 GROUP BY 1
              UNION ALL
              SELECT set_name, why, max(started) FROM runs
                WHERE result = 'failed' AND why IS NOT NULL AND started >= ?1 AND started < ?2 GROUP BY 1)
            ORDER BY what LIMIT ?3";
        let mut find = conn.prepare_cached(what).map_err(failed)?;
        let rows = find.query_map(params![micros(from), micros(until), most], |row| Ok((row.get(0)?, row.get(1)?)));
        rows.map_err(failed)?.collect::<rusqlite::Result<_>>().map_err(failed)
    }

    /// The last `count` days of a set, the oldest first. `made` is when there was first such a set.
    pub fn days(
        &self,
        set: &str,
        now: Timestamp,
        tz: &TimeZone,
        count: u32,
        made: Timestamp,
        automatic: bool,
    ) -> Result<Vec<DayMark>> {
        let today = now.to_zoned(tz.clone()).date();
        let first = today.checked_sub(i64::from(count.saturating_sub(1)).days()).unwrap_or(today);
        let mut by_day = self.rows_by_day(set, first, tz)?;
        let made = made.to_zoned(tz.clone()).date();
        let days = std::iter::successors(Some(first), |day| day.checked_add(1.day()).ok()).take(count as usize);
        Ok(days
            .map(|day| {
                let idle = if day < made || !automatic || day == today { DayOutcome::Nothing } else { DayOutcome::Off };
                mark(day, &by_day.remove(&day).unwrap_or_default(), idle)
            })
            .collect())
    }

    fn rows_by_day(&self, set: &str, first: Date, tz: &TimeZone) -> Result<BTreeMap<Date, Vec<DayRow>>> {
        let begin = first.to_zoned(tz.clone()).map_or(Timestamp::MIN, |day| day.timestamp());
        let conn = self.lock();
        let sql = "SELECT id, kind, result, whole, bytes, why, started FROM runs
            WHERE set_id = ?1 AND started >= ?2 AND result <> 'running' ORDER BY started";
        let mut find = conn.prepare_cached(sql).map_err(failed)?;
        let read = |row: &rusqlite::Row<'_>| {
            let day = time(row.get(6)?).to_zoned(tz.clone()).date();
            let found = DayRow {
                id: row.get(0)?,
                kind: of_word(row.get(1)?)?,
                result: of_word(row.get(2)?)?,
                whole: row.get(3)?,
                bytes: row.get::<_, i64>(4)? as u64,
                why: row.get(5)?,
            };
            Ok((day, found))
        };
        let mut by_day: BTreeMap<Date, Vec<DayRow>> = BTreeMap::new();
        for row in find.query_map(params![set, micros(begin)], read).map_err(failed)? {
            let (day, found) = row.map_err(failed)?;
            by_day.entry(day).or_default().push(found);
        }
        Ok(by_day)
    }

    /// Notes what a set keeps this month, and what a month of that costs.
    pub fn note_stored(
        &self,
        set: &str,
        now: Timestamp,
        tz: &TimeZone,
        files: u64,
        bytes: u64,
        usd: f64,
    ) -> Result<()> {
        self.set_fact(set, Fact::StoredFiles, Some(&files.to_string()))?;
        self.set_fact(set, Fact::StoredBytes, Some(&bytes.to_string()))?;
        let month = month_of(now, tz);
        let sql = "INSERT OR REPLACE INTO months VALUES(?1, ?2, ?3, ?4)";
        self.lock().execute(sql, params![set, month, bytes as i64, usd]).map(drop).map_err(failed)
    }

    /// What twelve months cost, the oldest first. A month without a note kept what the month before did.
    pub fn months(&self, whose: Whose<'_>, now: Timestamp, tz: &TimeZone) -> Result<Vec<MonthCost>> {
        let this = now.to_zoned(tz.clone()).date().first_of_month();
        let first = this.checked_sub(11.months()).unwrap_or(this);
        let mut months = Vec::new();
        for n in 0..12 {
            let begin = first.checked_add(i64::from(n).months()).unwrap_or(first);
            months.push(self.month(whose, begin, begin == this, tz)?);
        }
        Ok(months)
    }

    /// Every set that ever cost something, with the name its last run had.
    pub fn payers(&self) -> Result<Vec<(String, String)>> {
        let conn = self.lock();
        let sql = "SELECT payer, coalesce(
              (SELECT set_name FROM runs WHERE runs.set_id = payer ORDER BY started DESC LIMIT 1), '')
            FROM (SELECT set_id AS payer FROM months
              UNION SELECT set_id FROM runs WHERE set_id IS NOT NULL AND cost > 0)
            ORDER BY payer";
        let mut find = conn.prepare_cached(sql).map_err(failed)?;
        let rows = find.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).map_err(failed)?;
        rows.collect::<rusqlite::Result<_>>().map_err(failed)
    }

    fn month(&self, whose: Whose<'_>, begin: Date, expected: bool, tz: &TimeZone) -> Result<MonthCost> {
        let at = |date: Date| date.to_zoned(tz.clone()).map_or(0, |day| micros(day.timestamp()));
        let end = begin.checked_add(1.month()).unwrap_or(begin);
        let month = begin.strftime("%Y-%m").to_string();
        let conn = self.lock();
        let (all, set) = (matches!(whose, Whose::All), whose.set());
        let spent = |kinds: &str| {
            let sql = format!(
                "SELECT coalesce(sum(cost), 0.0) FROM runs WHERE started >= ?1 AND started < ?2 AND kind IN ({kinds})
                AND (?3 OR set_id IS ?4)"
            );
            conn.query_row(&sql, params![at(begin), at(end), all, set], |row| row.get::<_, f64>(0)).map_err(failed)
        };
        let kept = "SELECT coalesce(sum(bytes), 0), coalesce(sum(usd), 0.0) FROM months m WHERE (?2 OR set_id IS ?3)
            AND month = (SELECT max(month) FROM months x WHERE x.set_id = m.set_id AND x.month <= ?1)";
        let (bytes, storage_usd): (i64, f64) =
            conn.query_row(kept, params![month, all, set], |row| Ok((row.get(0)?, row.get(1)?))).map_err(failed)?;
        Ok(MonthCost {
            stored_bytes: bytes as u64,
            storage_usd,
            requests_usd: spent("'backup'")?,
            downloads_usd: spent("'restore', 'verify', 'drill'")?,
            month,
            expected,
        })
    }
}

fn month_of(now: Timestamp, tz: &TimeZone) -> String {
    now.to_zoned(tz.clone()).strftime("%Y-%m").to_string()
}

fn outcome(result: RunResult, cause: Option<ErrorCode>, failing: u64) -> Outcome {
    use ErrorCode as C;
    match result {
        RunResult::Partial if failing > 0 => Outcome::Partial,
        RunResult::Complete | RunResult::Partial => Outcome::Complete,
        // What waits for a person is told as that.
        RunResult::Failed if matches!(cause, Some(C::BrakeEmpty | C::BrakeVolume | C::BrakeShare)) => Outcome::Waits,
        RunResult::Failed => Outcome::Failed(match cause {
            Some(C::FolderMissing | C::FolderUnreadable | C::FolderIsAFile) => Cause::FolderMissing,
            Some(C::Dns | C::Refused | C::Timeout | C::OfflineBroken | C::SlowDown | C::ServerError) => {
                Cause::Unreachable
            }
            _ => Cause::Other,
        }),
        _ => Outcome::Waits,
    }
}

fn mark(day: Date, rows: &[DayRow], idle: DayOutcome) -> DayMark {
    let backups = || rows.iter().filter(|row| row.kind == RunKind::Backup);
    let last = |fits: &dyn Fn(&DayRow) -> bool| backups().filter(|row| fits(row)).last();
    let complete = last(&|row| row.whole && row.result == RunResult::Complete);
    let partial = last(&|row| matches!(row.result, RunResult::Partial | RunResult::Cancelled | RunResult::CutOff));
    let missed = last(&|row| matches!(row.result, RunResult::Failed | RunResult::Skipped));
    let paused = missed.is_some_and(|row| row.why.as_deref().is_some_and(|why| why.starts_with("paused")));
    let round = last(&|row| row.result == RunResult::Complete);
    let (outcome, run) = match (complete, partial, missed, round) {
        (Some(run), ..) => (DayOutcome::Complete, Some(run)),
        (_, Some(run), ..) => (DayOutcome::Partial, Some(run)),
        (_, _, Some(run), _) if paused => (DayOutcome::Off, Some(run)),
        (_, _, Some(run), _) => (DayOutcome::Missed, Some(run)),
        (_, _, _, Some(run)) => (DayOutcome::Complete, Some(run)),
        _ => (idle, None),
    };
    let drill = rows.iter().rfind(|row| row.kind == RunKind::Drill).map(|row| row.result);
    DayMark {
        day: day.to_string(),
        outcome,
        bytes: backups().map(|row| row.bytes).sum(),
        drill: match drill {
            Some(RunResult::Complete) => DayDrill::Passed,
            Some(RunResult::Partial) => DayDrill::Failed,
            _ => DayDrill::None,
        },
        run_id: run.map(|row| row.id.clone()),
    }
}
