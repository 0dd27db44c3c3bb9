//! What the gateway does by itself: writes counts down, writes days into the bucket, tells of silent clients, gives up
//! uploads that could not be given up before, forgets what is old.

use std::{sync::Arc, time::Duration};

use jiff::{ToSpan, civil::Date};
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::{
    activity::Day,
    reports::{self, Silent},
    state::State,
};

/// How often counts are written.
const FLUSH: Duration = Duration::from_secs(1);
/// How long uploads that could not be given up are left alone at most.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// How often it is looked for silent clients, and what is old is forgotten.
const LOOK: Duration = Duration::from_secs(300);

/// Runs until it is aborted.
pub(crate) async fn run(state: Arc<State>) {
    tokio::join!(give_up(&state), keep_up(&state));
}

/// Gives up uploads that must be, for as long as the gateway runs: at once, and while the bucket is away ever more seldom.
async fn give_up(state: &State) {
    let mut pause = FLUSH;
    loop {
        pause = if state.give_up().await { (pause * 2).min(LONGEST_PAUSE) } else { FLUSH };
        tokio::time::sleep(pause).await;
    }
}

async fn keep_up(state: &State) {
    let mut ticks = interval(FLUSH);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut written, mut looked) = ((Instant::now(), state.clock.today(), Day::default()), None::<Instant>);
    loop {
        ticks.tick().await;
        if let Err(error) = state.activity.flush().await {
            state.metrics.not_written.inc();
            tracing::error!(%error, "activity could not be written; it waits in memory");
        }
        if written.0.elapsed() >= state.write_every {
            written = write_days(state, written.1, written.2).await;
        }
        if looked.is_none_or(|at| at.elapsed() >= LOOK) {
            looked = Some(Instant::now());
            look(state).await;
        }
    }
}

/// Writes the day, and once more the one before when a new one has begun. A day that has not changed is not written.
async fn write_days(state: &State, date: Date, before: Day) -> (Instant, Date, Day) {
    let now = state.clock.today();
    if now != date {
        write(state, date, &Day::default()).await;
    }
    let day = write(state, now, if now == date { &before } else { &EMPTY }).await;
    (Instant::now(), now, day.unwrap_or(before))
}

static EMPTY: Day =
    Day { activity: std::collections::BTreeMap::new(), reports: Vec::new(), seen: std::collections::BTreeMap::new() };

/// What was written now, or before when nothing has changed; `None` when it could not be.
async fn write(state: &State, date: Date, before: &Day) -> Option<Day> {
    let written = async {
        let day = reports::own(state, date).await?;
        if day != *before {
            reports::write(state, date, &day).await?;
        }
        Ok::<_, crate::ApiError>(day)
    };
    written.await.inspect_err(|error| tracing::warn!(%error, "the day could not be written into the bucket")).ok()
}

async fn look(state: &State) {
    if let Ok(first) = state.clock.today().checked_sub(i64::from(state.keep_days).days())
        && let Err(error) = state.activity.forget_before(first, state.keep_days).await
    {
        tracing::warn!(%error, "old activity could not be removed");
    }
    let live = state.live();
    let Some(webhook) = &live.webhook else { return };
    let seen = match reports::seen(state).await {
        Ok(seen) => seen,
        Err(error) => return tracing::warn!(%error, "it could not be seen which clients are silent"),
    };
    for silent in reports::silent(&live, &seen, state.began, state.clock.seconds()) {
        tell(state, webhook, &silent).await;
    }
}

/// Tells of a silence once.
async fn tell(state: &State, webhook: &url::Url, silent: &Silent) {
    let since = silent.last_seen.unwrap_or(0.0);
    match state.activity.tell_once(&silent.client, since).await {
        Ok(true) => {}
        Ok(false) => return,
        Err(error) => return tracing::warn!(%error, "it could not be noted that a client is silent"),
    }
    let sent = state.http.post(webhook.clone()).json(&serde_json::json!({ "silent": silent })).send().await;
    if let Err(error) = sent.and_then(reqwest::Response::error_for_status) {
        tracing::warn!(error = %error.without_url(), client = silent.client, "the webhook was not reached");
        if let Err(error) = state.activity.untell(&silent.client).await {
            tracing::warn!(%error, "it could not be noted that nobody was told");
        }
    }
}

/// What is written before the gateway ends.
pub(crate) async fn last_words(state: &State) {
    write(state, state.clock.today(), &EMPTY).await;
}
