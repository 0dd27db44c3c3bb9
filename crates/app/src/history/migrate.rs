//! Moving a history from one backend to another, with both sides compared.

use std::sync::Arc;

use holdfast_crypto::{HishtorySecret, UserKeys};
use holdfast_history::{
    HishtoryBucket,
    migrate::{Progress, Report, Source, Step, migrate},
};
use holdfast_storage::Prefix;

use super::{
    Where, Words, connect,
    connect::{at_place, open_place},
    keys,
    member::{JoinPlace, begin_at, choose_place, choose_secret, save},
    now, open, turn,
};
use crate::{App, AppError, PlaceRef, Result, dto::history::HistoryMigrated};

/// What is to be moved, and where to.
#[derive(Debug)]
pub struct Migration {
    /// The new place.
    pub to: JoinPlace,
    /// hishtory's own bucket to read instead of the backend that is set: a store URL, and hishtory's secret.
    pub from_bucket: Option<(String, Words)>,
    /// Whether this device stays registered where it was.
    pub preserve: bool,
}

/// Moves everything and compares both sides. The new place is set only when it has everything; made again, it goes on
/// with what is missing.
pub async fn migrate_backend(app: &App, order: Migration, progress: &dyn Progress) -> Result<HistoryMigrated> {
    let _turn = turn::take(app).await?;
    let mut history = open(&app.home)?;
    let settings = choose_place(&app.home, history.settings.clone(), order.to).await?;
    let Where::Place(place) = settings.place(|name| std::env::var(name).ok())? else {
        return Err(holdfast_history::Error::Offline.into());
    };
    let (secret, new_secret) = choose_secret(&app.home, &place, None, false).await?;
    let user = Arc::new(UserKeys::derive(&secret).map_err(AppError::internal)?);
    let mut target = at_place(app, &settings, &place, user).await?;
    keys::keep(&app.home, &secret).await?;
    let scratch = app.home.paths.history().join("compare.db");
    let report = match order.from_bucket {
        Some((url, words)) => {
            let bucket = hishtory_bucket(app, url, words).await?;
            let backend = target.backend.as_dyn();
            migrate(&mut history.database, Source::Bucket(&bucket), backend, true, &scratch, now(), progress).await
        }
        None => {
            let mut source = connect(app, &history.settings).await?;
            let source = Source::Backend(source.backend.as_dyn());
            let backend = target.backend.as_dyn();
            migrate(&mut history.database, source, backend, order.preserve, &scratch, now(), progress).await
        }
    };
    let report = report.map_err(|error| target.words(error))?;
    if report.is_complete() {
        save(&app.home, &settings)?;
        begin_at(&mut history, &target)?;
    }
    Ok(migrated(&report, target.location, new_secret))
}

async fn hishtory_bucket(app: &App, url: String, words: Words) -> Result<HishtoryBucket> {
    let secret = HishtorySecret::new(words).map_err(|error| keys::words_wrong(&error, "standard input"))?;
    let open = open_place(&app.home, &PlaceRef::Url(url)).await?;
    let prefix = Prefix::parse("").map_err(AppError::internal)?;
    Ok(HishtoryBucket::new(open.store, &prefix, &secret)?)
}

fn migrated(report: &Report, location: String, new_secret: bool) -> HistoryMigrated {
    let remaining = &report.remaining;
    HistoryMigrated {
        location,
        new_secret,
        source: report.source,
        skipped: report.skipped,
        here: report.here,
        same: report.same,
        sent: report.sent,
        missing: (remaining.send.len() + remaining.end.len()) as u64,
        different: remaining.differing.len() as u64 + report.changed,
        complete: report.is_complete(),
        left_source: report.uninstalled,
    }
}

/// What a step is, for people.
pub fn step_words(step: Step) -> &'static str {
    match step {
        Step::Reading => "reading what is there",
        Step::Comparing => "comparing with the new place",
        Step::Sending { .. } => "sending",
        Step::Verifying => "reading the new place back",
    }
}
