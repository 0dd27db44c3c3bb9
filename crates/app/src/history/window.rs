//! The history behind the window's page: resident in memory while the page is looked at, so that each key press has its
//! answer at once. It asks the database only, never the keychain or the network.

mod change;
mod charts;
mod here;
mod keep;
mod resident;

pub use change::{delete, delete_line, preview_redaction, redact};
pub use charts::charts;
pub use here::{here, import, join, owner, pause, resume, sources, sync_now, words_to_show};
pub use keep::{Shown, keep_sent, watch};
pub use resident::Resident;

use std::{borrow::Cow, time::Instant};

use holdfast_history::{Database, Entry, Query, Time, Uuid};
use jiff::tz::TimeZone;

use self::resident::Answers;
use crate::{
    App, AppError, ErrorCode, Result,
    dto::history_page::{HistoryAsk, HistoryEntryView, HistoryFound, HistoryLine, HistoryMark, HistoryUses},
};

/// Characters of a line that the list gets.
const SHOWN: usize = 1_000;
/// Characters of a line that is looked at.
const WHOLE: usize = 1_000_000;
/// The most answers that are handed over at once.
const MOST: u32 = 1_000;
const MONTH: i64 = 30 * 24 * 3_600 * 1_000_000;

/// Stands between alternatives.
const OR: &str = " OR ";

/// Answers `from`, `from + 1`, … of a question, at most `count` of them and at most 1,000.
pub async fn search(app: &App, ask: HistoryAsk, from: u64, count: u32) -> Result<HistoryFound> {
    let begun = Instant::now();
    let queries = queries(&ask, &TimeZone::system())?;
    let marks = marks(&queries);
    let count = count.min(MOST) as usize;
    let mut found = app
        .history_page
        .look(app, move |open| {
            Ok(match open.answers(&ask, &queries)? {
                Answers::All(places) => {
                    let from = places.len().min(usize::try_from(from).unwrap_or(usize::MAX));
                    let part = &places[from..places.len().min(from + count)];
                    HistoryFound {
                        entries: open.read(part)?.iter().map(|entry| line(entry, SHOWN)).collect(),
                        count: Some(places.len() as u64),
                        total: open.total()?,
                        more: from + part.len() < places.len(),
                        took_ms: 0.0,
                        marks: Vec::new(),
                    }
                }
                Answers::NotYet => first_answers(open.database(), &queries, from as usize, count)?,
            })
        })
        .await?;
    (found.took_ms, found.marks) = (begun.elapsed().as_secs_f64() * 1_000.0, marks);
    Ok(found)
}

/// Before everything is in memory SQLite answers, without counting.
fn first_answers(database: &Database, queries: &[Query], from: usize, count: usize) -> Result<HistoryFound> {
    let mut entries: Vec<Entry> = Vec::new();
    for query in queries {
        let query = Query { limit: from.saturating_add(count).saturating_add(1), ..query.clone() };
        entries.extend(database.search(&query)?);
    }
    entries.sort_by_key(|entry| std::cmp::Reverse((entry.start_time, entry.entry_id)));
    entries.dedup_by_key(|entry| entry.entry_id);
    let more = entries.len() > from + count;
    let part = entries.iter().skip(from).take(count);
    Ok(HistoryFound {
        entries: part.map(|entry| line(entry, SHOWN)).collect(),
        count: None,
        total: database.count()?,
        more,
        took_ms: 0.0,
        marks: Vec::new(),
    })
}

/// One entry, and how often its line was run.
pub async fn entry(app: &App, id: &str) -> Result<HistoryEntryView> {
    let id = read_id(id)?;
    let since = Time::from_micros(super::now().as_micros() - MONTH);
    app.history_page
        .look(app, move |open| {
            let entry = open.database().entry(id)?.ok_or_else(gone)?;
            let uses = open.index()?.map(|index| index.uses(&entry.command, since)).map(|uses| HistoryUses {
                times: uses.times,
                last_month: uses.lately,
                mostly_on: uses.mostly_on.map(|(host, _)| host).filter(|host| !host.is_empty()),
            });
            let waiting = open.database().is_waiting(id)?;
            Ok(HistoryEntryView { line: line(&entry, WHOLE), uses, waiting })
        })
        .await
}

fn queries(ask: &HistoryAsk, zone: &TimeZone) -> Result<Vec<Query>> {
    let time = |text: &Option<String>| text.as_deref().map(|text| read_time(text, zone)).transpose();
    let (after, before) = (time(&ask.after)?, time(&ask.before)?);
    let padded = format!(" {} ", ask.text);
    let alternatives: Vec<&str> = padded.split(OR).map(str::trim).collect();
    let is_asked = |text: &&str| !text.is_empty() || alternatives.len() == 1;
    Ok(alternatives
        .iter()
        .copied()
        .filter(is_asked)
        .map(|text| {
            let mut query = Query::parse(text, zone);
            query.host = ask.host.clone().or(query.host);
            query.directory = ask.folder.clone().or(query.directory);
            query.failed |= ask.failed;
            query.after = query.after.max(after);
            query.before = [query.before, before].into_iter().flatten().min();
            query.unique = ask.unique;
            query
        })
        .collect())
}

fn read_time(text: &str, zone: &TimeZone) -> Result<Time> {
    holdfast_history::read_time(text, zone).ok_or_else(|| {
        let message = format!("“{}” is no time", crate::error::shown(text));
        AppError::config(ErrorCode::BadParameter, message, "write it as RFC 3339 does, such as 2026-11-21T14:00:00Z")
    })
}

fn marks(queries: &[Query]) -> Vec<HistoryMark> {
    let words = queries.iter().flat_map(|query| &query.words).filter(|word| !word.excluded);
    let mut marks: Vec<HistoryMark> = words
        .map(|word| HistoryMark { text: word.text.clone(), exact: word.text.chars().any(char::is_uppercase) })
        .collect();
    marks.dedup();
    marks
}

fn line(entry: &Entry, most: usize) -> HistoryLine {
    let end = entry.command.char_indices().nth(most).map(|(at, _)| at);
    let command = match end {
        Some(end) => Cow::Owned(format!("{}…", &entry.command[..end])),
        None => Cow::Borrowed(&entry.command),
    };
    let took = entry.end_time.map(|end| (end.as_micros() - entry.start_time.as_micros()) as f64 / 1e6);
    HistoryLine {
        id: entry.entry_id.to_string(),
        command: command.into_owned(),
        cut: end.is_some(),
        exit_code: entry.exit_code,
        started: known(entry.start_time),
        seconds: took.filter(|seconds| *seconds >= 0.0 && known(entry.start_time).is_some()),
        folder: entry.current_working_directory.clone(),
        home: entry.home_directory.clone(),
        host: entry.hostname.clone(),
        user: entry.local_username.clone(),
        shell: entry.shell.clone(),
    }
}

/// Files that keep no times leave them at 1970.
fn known(time: Time) -> Option<String> {
    (time != Time::UNKNOWN).then(|| time.to_string())
}

fn read_id(id: &str) -> Result<Uuid> {
    Uuid::parse_str(id).map_err(|_| gone())
}

fn gone() -> AppError {
    AppError::config(ErrorCode::NoRecord, "this command is not in the history any more", "look at the list again")
}

#[cfg(test)]
mod tests;
