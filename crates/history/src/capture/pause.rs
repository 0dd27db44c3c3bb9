//! Stopping the capture for a while, for all shells of this computer at once.

use crate::{Database, Result, Time};

/// Microseconds since 1970, or [`FOREVER`]; empty when nothing is paused.
const UNTIL: &str = "capture paused until";
const FOREVER: &str = "resumed";
/// When the last pause began and when it ended or will end, in microseconds since 1970.
const FROM: &str = "capture paused from";
const TO: &str = "capture paused to";

/// Until when nothing is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pause {
    /// Until this moment.
    Until(Time),
    /// Until [`resume`].
    UntilResumed,
}

/// Pauses the capture.
pub fn pause(database: &Database, pause: Pause, now: Time) -> Result<()> {
    let (value, end) = match pause {
        Pause::Until(time) => (time.as_micros().to_string(), time.as_micros()),
        Pause::UntilResumed => (FOREVER.into(), i64::MAX),
    };
    if paused(database, now)?.is_none() {
        database.set_fact(FROM, &now.as_micros().to_string())?;
    }
    database.set_fact(TO, &end.to_string())?;
    database.set_fact(UNTIL, &value)
}

/// Goes on capturing.
pub fn resume(database: &Database, now: Time) -> Result<()> {
    if paused(database, now)?.is_some() {
        database.set_fact(TO, &now.as_micros().to_string())?;
    }
    database.set_fact(UNTIL, "")
}

/// Whether a command that began then began in the last pause: its process may tell of it only when the pause is over.
pub(super) fn was_paused(database: &Database, began: Time) -> Result<bool> {
    let micros = |name| Ok::<_, crate::Error>(database.fact(name)?.and_then(|value| value.parse::<i64>().ok()));
    let (Some(from), Some(to)) = (micros(FROM)?, micros(TO)?) else { return Ok(false) };
    Ok((from..to).contains(&began.as_micros()))
}

/// The pause that holds now.
pub fn paused(database: &Database, now: Time) -> Result<Option<Pause>> {
    Ok(database.fact(UNTIL)?.and_then(|value| holds(&value, now)))
}

fn holds(value: &str, now: Time) -> Option<Pause> {
    if value == FOREVER {
        return Some(Pause::UntilResumed);
    }
    let until = Time::from_micros(value.parse().ok()?);
    (now < until).then_some(Pause::Until(until))
}
