//! The days of all gateways of a bucket, put together. Each gateway writes its own days into the bucket; they share
//! nothing else.

use std::collections::BTreeMap;

use futures::{StreamExt, stream};
use holdfast_storage::{Body, Key, ListRequest, ReadOptions, WriteOptions, body::collect};
use jiff::{ToSpan, civil::Date};
use serde::Serialize;

use crate::{
    activity::{Counts, Day},
    clock::SKEW,
    error::{Answer, ApiError},
    live::Live,
    state::State,
};

/// Largest day of a gateway that is read.
const MAX_DAY: u64 = 64 << 20;
/// Gateways whose days are read at once.
const AT_ONCE: usize = 4;

/// A day at all gateways.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Overview {
    /// The day in UTC.
    date: String,
    /// Each client that did or told something, by name.
    clients: Vec<ClientDay>,
    /// Clients that have been silent for longer than they may, now.
    silent: Vec<Silent>,
}

/// A client's day.
#[derive(Debug, Default, Serialize, utoipa::ToSchema)]
pub(crate) struct ClientDay {
    client: String,
    activity: Counts,
    /// What it told, if it did.
    #[schema(value_type = Option<Object>)]
    report: Option<serde_json::Value>,
    /// Unix seconds.
    reported_at: Option<f64>,
    /// Unix seconds, on whatever day.
    last_seen: Option<f64>,
}

/// A client that is silent.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub(crate) struct Silent {
    pub(crate) client: String,
    /// Unix seconds; null when it was never seen.
    pub(crate) last_seen: Option<f64>,
    /// Hours of silence that it may have.
    pub(crate) allowed_hours: u64,
}

fn folder(state: &State, date: Date) -> String {
    format!("{}.holdfast/gateway/{date}/", state.prefix.dir())
}

/// Writes this gateway's day into the bucket.
pub(crate) async fn write(state: &State, date: Date, day: &Day) -> Answer<()> {
    let key = Key::new(format!("{}{}.json", folder(state, date), state.name)).map_err(holdfast_storage::Error::from)?;
    let bytes = serde_json::to_vec(day).map_err(|_| ApiError::internal("writing a day"))?;
    let options = WriteOptions { content_type: Some("application/json".into()), ..WriteOptions::default() };
    state.store.put(&key, Body::bytes(bytes), &options).await?;
    Ok(())
}

/// The day of this gateway, from the database.
pub(crate) async fn own(state: &State, date: Date) -> Answer<Day> {
    state.activity.day(date).await.map_err(|error| {
        tracing::error!(%error, "activity could not be read");
        ApiError::internal("reading the database")
    })
}

/// The day as the other gateways wrote it.
async fn others(state: &State, date: Date) -> Answer<Vec<Day>> {
    let (folder, mut keys) = (folder(state, date), Vec::new());
    let mut request = ListRequest { prefix: folder.clone(), ..ListRequest::default() };
    loop {
        let page = state.store.list(&request).await?;
        keys.extend(page.objects.into_iter().filter(|row| row.size <= MAX_DAY).map(|row| row.key));
        request.continuation = page.continuation;
        if request.continuation.is_none() {
            break;
        }
    }
    let own = format!("{folder}{}.json", state.name);
    let read = stream::iter(keys.into_iter().filter(|key| key.as_str() != own)).map(|key| async move {
        let got = state.store.get(&key, &ReadOptions::default()).await?;
        let day = serde_json::from_slice(&collect(got.body).await?);
        Ok::<Option<Day>, ApiError>(day.inspect_err(|error| tracing::warn!(%error, %key, "a day cannot be read")).ok())
    });
    let days: Vec<Answer<Option<Day>>> = read.buffered(AT_ONCE).collect().await;
    days.into_iter().filter_map(Result::transpose).collect()
}

/// Puts days of several gateways together: counts are added, the newest report of a client counts.
fn merge(days: impl IntoIterator<Item = Day>) -> Day {
    let mut merged = Day::default();
    for day in days {
        for (client, counts) in day.activity {
            merged.activity.entry(client).or_default().add(counts);
        }
        for (client, at) in day.seen {
            let seen = merged.seen.entry(client).or_insert(at);
            *seen = seen.max(at);
        }
        for report in day.reports {
            match merged.reports.iter_mut().find(|kept| kept.client == report.client) {
                Some(kept) if kept.received < report.received => *kept = report,
                Some(_) => {}
                None => merged.reports.push(report),
            }
        }
    }
    merged
}

/// Without times that lie ahead of `now`: a clock that was wrong would hide a silence for ever.
fn believed(mut day: Day, now: f64) -> Day {
    day.seen.retain(|_, at| *at <= now + SKEW);
    day
}

/// When each client was seen last at any gateway that wrote a day since yesterday.
pub(crate) async fn seen(state: &State) -> Answer<BTreeMap<String, f64>> {
    let today = state.clock.today();
    let mut days = vec![own(state, today).await?];
    for date in [Some(today), today.checked_sub(1.day()).ok()].into_iter().flatten() {
        days.extend(others(state, date).await?);
    }
    let now = state.clock.seconds();
    Ok(merge(days.into_iter().map(|day| believed(day, now))).seen)
}

/// Who has been silent for longer than they may. A client that was never seen has had time since `began`.
pub(crate) fn silent(live: &Live, seen: &BTreeMap<String, f64>, began: f64, now: f64) -> Vec<Silent> {
    let is_silent = |client: &&std::sync::Arc<crate::live::Client>| {
        let last = seen.get(&client.name).copied().unwrap_or(began);
        now - last > (client.silent_after_hours * 3600) as f64
    };
    let clients = live.clients.iter().filter(is_silent);
    let told = clients.map(|client| Silent {
        client: client.name.clone(),
        last_seen: seen.get(&client.name).copied(),
        allowed_hours: client.silent_after_hours,
    });
    told.collect()
}

/// What all clients did and told on a day, or one of them.
pub(crate) async fn overview(state: &State, date: Date, only: Option<&str>) -> Answer<Overview> {
    let mut days = others(state, date).await?;
    days.push(own(state, date).await?);
    let Day { activity, reports, .. } = merge(days);
    let seen = seen(state).await?;
    let mut clients = BTreeMap::<String, ClientDay>::new();
    let day = |client: &str| ClientDay {
        client: client.to_owned(),
        last_seen: seen.get(client).copied(),
        ..ClientDay::default()
    };
    for (client, counts) in activity {
        clients.entry(client.clone()).or_insert_with(|| day(&client)).activity = counts;
    }
    for kept in reports {
        let client = clients.entry(kept.client.clone()).or_insert_with(|| day(&kept.client));
        (client.report, client.reported_at) = (Some(kept.report), Some(kept.received));
    }
    let wanted = |name: &str| only.is_none_or(|only| only == name);
    let mut silent = silent(&state.live(), &seen, state.began, state.clock.seconds());
    silent.retain(|one| wanted(&one.client));
    let clients = clients.into_values().filter(|day| wanted(&day.client)).collect();
    Ok(Overview { date: date.to_string(), clients, silent })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activity::KeptReport;

    #[test]
    fn days_of_gateways_are_added_and_the_newest_report_counts() {
        let day = |requests, received: f64, files: u64| Day {
            activity: BTreeMap::from([("web".to_owned(), Counts { requests, ..Counts::default() })]),
            reports: vec![KeptReport { client: "web".into(), received, report: serde_json::json!(files) }],
            seen: BTreeMap::from([("web".to_owned(), received)]),
        };
        let merged = merge([day(1, 20.0, 2), day(2, 10.0, 1)]);
        assert_eq!(merged.activity["web"].requests, 3);
        assert_eq!((merged.reports.len(), &merged.reports[0].report), (1, &serde_json::json!(2)));
        assert_eq!(merged.seen["web"], 20.0);
    }
}
