//! The log as people read it: pages with filters, and one run in full.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params, types::Value};

use super::{RunLog, failed, micros, of_word, time, word};
use crate::{
    AppError, ErrorCode, Result,
    dto::log::{RunChoice, RunDetail, RunFailure, RunFilter, RunKind, RunPage, RunView},
    error::shown,
    words,
};

/// The most rows of one page.
const MOST: u32 = 500;

const COLUMNS: &str =
    "id, set_id, set_name, kind, trigger_, place, started, ended, result, why, files, planned, removed,
    copied, bytes, requests, cost, failures, folder";

/// The last backup of each set, and its last drill, where it did not go well.
const NEEDS_YOU: &str = "result IN ('partial', 'failed') AND kind IN ('backup', 'drill') AND set_id IS NOT NULL
    AND NOT EXISTS(SELECT 1 FROM runs later WHERE later.set_id = runs.set_id AND later.kind = runs.kind
      AND later.started > runs.started AND later.result NOT IN ('running', 'skipped', 'cancelled')
      AND (later.whole = 1 OR later.result IN ('partial', 'failed')))";

fn view(row: &Row<'_>) -> rusqlite::Result<RunView> {
    let number = |at: usize| row.get::<_, i64>(at).map(|n| n as u64);
    Ok(RunView {
        id: row.get(0)?,
        set_id: row.get(1)?,
        set_name: row.get(2)?,
        kind: of_word(row.get(3)?)?,
        trigger: of_word(row.get(4)?)?,
        place: row.get(5)?,
        started: time(row.get(6)?).to_string(),
        ended: row.get::<_, Option<i64>>(7)?.map(|at| time(at).to_string()),
        result: of_word(row.get(8)?)?,
        why: row.get(9)?,
        files: number(10)?,
        files_planned: number(11)?,
        removed: number(12)?,
        copied: number(13)?,
        bytes: number(14)?,
        requests: number(15)?,
        cost_usd: row.get(16)?,
        failures: number(17)?,
        folder: row.get(18)?,
    })
}

impl RunLog {
    /// A page of runs, the newest first.
    pub fn page(&self, filter: &RunFilter) -> Result<RunPage> {
        let (condition, values) = condition(filter)?;
        let limit = filter.limit.clamp(1, MOST);
        let sql =
            format!("SELECT {COLUMNS} FROM runs WHERE {condition} ORDER BY started DESC, id DESC LIMIT {}", limit + 1);
        let conn = self.lock();
        let mut find = conn.prepare(&sql).map_err(failed)?;
        let rows = find.query_map(rusqlite::params_from_iter(values), view).map_err(failed)?;
        let mut runs: Vec<RunView> = rows.collect::<rusqlite::Result<_>>().map_err(failed)?;
        let more = runs.len() > limit as usize;
        runs.truncate(limit as usize);
        let needs = format!("SELECT count(*) FROM runs WHERE {NEEDS_YOU}");
        let needs_you: i64 = conn.query_row(&needs, [], |row| row.get(0)).map_err(failed)?;
        Ok(RunPage { runs, needs_you: needs_you as u64, more })
    }

    /// One run.
    pub fn run(&self, id: &str) -> Result<RunView> {
        let conn = self.lock();
        let sql = format!("SELECT {COLUMNS} FROM runs WHERE id = ?1");
        conn.query_row(&sql, [id], view).optional().map_err(failed)?.ok_or_else(|| no_run(id))
    }

    /// One run in full.
    pub fn detail(&self, id: &str) -> Result<RunDetail> {
        let run = self.run(id)?;
        let conn = self.lock();
        let sql = "SELECT by_action, notices, hint FROM runs WHERE id = ?1";
        let texts = conn.query_row(sql, [id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
        let (requests, notices, hint): (String, String, String) = texts.map_err(failed)?;
        let sql = "SELECT path, reason, hint, retryable, times FROM failures WHERE run_id = ?1 ORDER BY path";
        let mut find = conn.prepare(sql).map_err(failed)?;
        let failure = |row: &Row<'_>| {
            Ok(RunFailure {
                path: row.get(0)?,
                reason: row.get(1)?,
                hint: row.get(2)?,
                retryable: row.get(3)?,
                times: row.get::<_, i64>(4)? as u64,
            })
        };
        let failures: Vec<RunFailure> =
            find.query_map(params![id], failure).map_err(failed)?.collect::<rusqlite::Result<_>>().map_err(failed)?;
        let (means, fallback) = words::run_means(&run);
        Ok(RunDetail {
            requests: serde_json::from_str(&requests).unwrap_or_default(),
            notices: serde_json::from_str(&notices).unwrap_or_default(),
            hint: if hint.is_empty() { fallback } else { hint },
            means,
            failures,
            run,
        })
    }

    /// Whether this run is the first complete backup of its whole folder: a round over some paths proves less.
    pub fn is_first_complete(&self, set: &str, run: &str) -> Result<bool> {
        let sql = "SELECT count(*) = 1 AND max(id) = ?2 FROM runs
            WHERE set_id = ?1 AND kind = 'backup' AND whole = 1 AND result = 'complete'";
        let first: Option<bool> = self.lock().query_row(sql, [set, run], |row| row.get(0)).map_err(failed)?;
        Ok(first == Some(true))
    }

    /// The last run of a set that was begun.
    pub fn last_run(&self, set: &str) -> Result<Option<RunView>> {
        let filter = RunFilter { set_id: Some(set.to_owned()), limit: 1, ..RunFilter::default() };
        Ok(self.page(&filter)?.runs.pop())
    }
}

fn condition(filter: &RunFilter) -> Result<(String, Vec<Value>)> {
    let mut parts = vec!["1".to_owned()];
    let mut values = Vec::new();
    let mut with = |part: &str, value: Value| {
        values.push(value);
        parts.push(part.replace('?', &format!("?{}", values.len())));
    };
    if let Some(set) = &filter.set_id {
        with("set_id = ?", Value::Text(set.clone()));
    }
    if let Some(kind) = &filter.kind {
        with("kind = ?", Value::Text(word::<RunKind>(kind)));
    }
    if let Some(before) = &filter.before {
        let before: Timestamp = before.parse().map_err(|_| no_run(before))?;
        with("started < ?", Value::Integer(micros(before)));
    }
    parts.push(match filter.result {
        RunChoice::All => "1".into(),
        RunChoice::NeedsYou => NEEDS_YOU.into(),
        RunChoice::Partial => "result = 'partial'".into(),
        RunChoice::Failed => "result IN ('failed', 'cut_off')".into(),
        RunChoice::Skipped => "result = 'skipped'".into(),
    });
    Ok((parts.join(" AND "), values))
}

fn no_run(id: &str) -> AppError {
    AppError::config(ErrorCode::NoRun, format!("there is no run “{}”", shown(id)), "holdfast runs names them")
}
