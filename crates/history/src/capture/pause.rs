//! Stopping the capture for a while, for all shells of this computer at once.

use crate::{Database, Result, Time};

/// Microseconds since 1970, or [`FOREVER`]; empty when nothing is paused.
const UNTIL: &str = "capture paused until";
const FOREVER: &str = "resumed";

/// Until when nothing is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pause {
    /// Until this moment.
    Until(Time),
    /// Until [`resume`].
    UntilResumed,
}

/// Pauses the capture.
pub fn pause(database: &Database, pause: Pause) -> Result<()> {
    let value = match pause {
        Pause::Until(time) => time.as_micros().to_string(),
        Pause::UntilResumed => FOREVER.into(),
    };
    database.set_fact(UNTIL, &value)
}

/// Goes on capturing.
pub fn resume(database: &Database) -> Result<()> {
    database.set_fact(UNTIL, "")
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
