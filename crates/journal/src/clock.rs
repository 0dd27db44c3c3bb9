//! Times are handed in as milliseconds since 1970; clocks may be wrong and may jump.

/// Milliseconds since 1970, negative before.
pub type Millis = i64;

/// A minute.
pub const MINUTE: Millis = 60_000;
/// An hour.
pub const HOUR: Millis = 60 * MINUTE;
/// A day.
pub const DAY: Millis = 24 * HOUR;

/// Whether `every` has passed since `last`. A clock that went back counts as passed: too often does no harm.
pub(crate) fn has_passed(last: Option<Millis>, every: Millis, now: Millis) -> bool {
    last.is_none_or(|last| now < last || now.saturating_sub(last) >= every)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_went_back_stops_nothing() {
        for (last, now, passed) in [
            (None, 0, true),
            (Some(0), DAY - 1, false),
            (Some(0), DAY, true),
            (Some(10), 9, true),
            (Some(i64::MIN), i64::MAX, true),
        ] {
            assert_eq!(has_passed(last, DAY, now), passed, "{last:?} {now}");
        }
    }
}
