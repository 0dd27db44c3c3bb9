//! What a day was like, for the gateway. Days are UTC.

use std::time::Duration;

use holdfast_backup::watch;
use holdfast_storage::gateway::{DailyReport, GatewayStore, ReportedFailure};
use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};

use super::{Headless, Ledger};
use crate::{AppError, Result};

/// Failures that are told at most; the run log has them all.
const MOST_FAILURES: u32 = 500;

/// Days that are told afterwards when the gateway could not be reached.
const LATEST_DAYS: i64 = 31;

/// How often a report is sent until it arrives, and the pause between.
const ATTEMPTS: u32 = 4;
const PAUSE: Duration = Duration::from_millis(500);

/// The ledger's name of the last day that was told to its end.
const TOLD: &str = "reported";

impl Headless {
    /// A day's report as it stands now.
    ///
    /// # Errors
    /// A database that cannot be read.
    pub fn report_of(&self, day: Date, ledger: &Ledger) -> Result<DailyReport> {
        let midnight = |day: Date| day.to_zoned(TimeZone::UTC).map(|begin| begin.timestamp());
        let from = midnight(day).map_err(AppError::internal)?;
        let until = day.tomorrow().and_then(midnight).map_err(AppError::internal)?;
        let (files_sent, bytes_sent) = ledger.sent_between(from.as_second(), until.as_second())?;
        let failures = self.app.log()?.failed_between(from, until, MOST_FAILURES)?;
        let (mut queue_length, mut oldest_unsent) = (0, None::<i64>);
        for (id, _) in &self.watches {
            let (waiting, oldest) = watch::glance(&self.app.home.paths.queue(id))?;
            queue_length += waiting;
            oldest_unsent = [oldest_unsent, oldest].into_iter().flatten().min();
        }
        let failure = |(path, reason)| ReportedFailure { path, reason };
        Ok(DailyReport {
            date: day.to_string(),
            files_sent,
            bytes_sent,
            failures: failures.into_iter().map(failure).collect(),
            queue_length,
            oldest_unsent,
            version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        })
    }
}

/// Tells a gateway about the days, each until it is over.
#[derive(Debug)]
pub(super) struct Reporter {
    gateway: GatewayStore,
    last: Option<DailyReport>,
}

impl Reporter {
    pub(super) fn new(gateway: GatewayStore) -> Self {
        Self { gateway, last: None }
    }

    /// Tells what is new. What cannot be told now is told the next time.
    pub(super) async fn tell(&mut self, headless: &Headless, ledger: &Ledger, now: Timestamp) -> Result<()> {
        let today = now.to_zoned(TimeZone::UTC).date();
        let told = ledger.fact(TOLD)?.and_then(|text| text.parse().ok());
        for day in days(told, today) {
            let report = headless.report_of(day, ledger)?;
            if self.last.as_ref() != Some(&report) {
                self.send(headless, &report).await?;
            }
            if day < today {
                ledger.set_fact(TOLD, &day.to_string())?;
            }
            self.last = Some(report);
        }
        Ok(())
    }

    /// The same day again replaces it, so that a lost answer may be asked for again.
    async fn send(&self, headless: &Headless, report: &DailyReport) -> Result<()> {
        let context = headless.app.session(Some(super::PROFILE)).await?.context;
        let mut attempts = 1;
        loop {
            match self.gateway.report(report).await {
                Err(error) if error.is_retryable() && attempts < ATTEMPTS => {
                    attempts += 1;
                    tokio::time::sleep(PAUSE).await;
                }
                sent => return sent.map_err(|error| AppError::from_storage(&error, &context)),
            }
        }
    }
}

/// The days after `told` until today; only today when nothing was told yet.
fn days(told: Option<Date>, today: Date) -> Vec<Date> {
    let earliest = today.saturating_sub(LATEST_DAYS.days());
    let first = told.map_or(today, |told| told.saturating_add(1.day()).max(earliest).min(today));
    first.series(1.day()).take_while(|day| *day <= today).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_day_is_told_until_it_is_over_and_a_long_silence_is_made_up_for() {
        let date = |text: &str| text.parse::<Date>().unwrap();
        let today = date("2026-11-21");
        let days = |told: Option<&str>| days(told.map(date), today);
        assert_eq!(days(None), [today]);
        assert_eq!(days(Some("2026-11-20")), [today]);
        assert_eq!(days(Some("2026-11-18")), [date("2026-11-19"), date("2026-11-20"), today]);
        assert_eq!(days(Some("2020-01-01")).len(), 32);
        assert_eq!(days(Some("2026-12-24")), [today], "a clock that was wrong");
    }
}
