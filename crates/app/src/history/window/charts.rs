//! What the answers have in common, drawn by the page: computers, hours, days, lines, folders.

use holdfast_history::{Summary, Time};
use jiff::{
    ToSpan,
    civil::{Date, date},
    tz::TimeZone,
};

use super::{known, queries, resident::Answers};
use crate::{
    App, Result,
    dto::history_page::{HistoryAsk, HistoryCharts, HistoryCount, HistoryDay, HistoryHost},
};

/// Days that are drawn.
const DAYS: i64 = 30;
/// Lines and folders that are named.
const NAMED: usize = 8;

/// What the answers to a question have in common.
pub async fn charts(app: &App, ask: HistoryAsk) -> Result<HistoryCharts> {
    let zone = TimeZone::system();
    let queries = queries(&ask, &zone)?;
    let today = jiff::Zoned::now().with_time_zone(zone.clone()).date();
    app.history_page
        .look(app, move |open| {
            let Answers::All(places) = open.answers(&ask, &queries)? else { return Ok(HistoryCharts::default()) };
            let database = open.database();
            let Some(index) = open.index()? else { return Ok(HistoryCharts::default()) };
            Ok(view(index.summary(database, &places, &zone, NAMED)?, today))
        })
        .await
}

pub(super) fn view(summary: Summary, today: Date) -> HistoryCharts {
    let counted = |text, entries, failed| HistoryCount { text, entries, failed };
    HistoryCharts {
        ready: true,
        entries: summary.entries,
        failed: summary.failed,
        days: days(&summary.days, today),
        hours: summary.hours.to_vec(),
        lines: summary.lines.into_iter().map(|one| counted(one.line, one.entries, one.failed)).collect(),
        folders: summary.folders.into_iter().map(|(folder, entries)| counted(folder, entries, 0)).collect(),
        hosts: summary
            .hosts
            .into_iter()
            .map(|one| HistoryHost {
                host: one.host,
                entries: one.entries,
                failed: one.failed,
                last: known(Time::max(one.last, Time::UNKNOWN)),
            })
            .collect(),
    }
}

/// The last 30 days, also those without an entry.
fn days(found: &[(i64, u64, u64)], today: Date) -> Vec<HistoryDay> {
    let number = today.since(date(1970, 1, 1)).map_or(0, |span| i64::from(span.get_days()));
    let day = |ago: i64| {
        let one = found.iter().find(|(day, ..)| *day == number - ago);
        let (entries, failed) = one.map_or((0, 0), |(_, entries, failed)| (*entries, *failed));
        HistoryDay { day: today.saturating_sub(ago.days()).to_string(), entries, failed }
    };
    (0..DAYS).rev().map(day).collect()
}
