//! Trying again: a few attempts with a pause between them, then it waits for the next run. Pure.

use std::{path::PathBuf, time::Duration};

/// The longest pause after failures in a row.
const LONGEST: Duration = Duration::from_secs(15 * 60);

/// What is tried again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// The whole folder.
    Whole,
    /// These files.
    Paths(Vec<PathBuf>),
}

/// Something that could not be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retry {
    /// What.
    pub what: What,
    /// Attempts so far.
    pub attempts: usize,
    /// When it is tried again, since the process began.
    pub at: Duration,
}

/// After an attempt: the next one, or `None` when it waits for the next run. `before` is what this attempt came from,
/// `pauses` those before the second attempt, the third and so on.
pub fn next(before: Option<&Retry>, left: What, pauses: &[Duration], now: Duration) -> Option<Retry> {
    if matches!(&left, What::Paths(paths) if paths.is_empty()) {
        return None;
    }
    let attempts = before.map_or(1, |retry| retry.attempts + 1);
    let pause = pauses.get(attempts - 1)?;
    Some(Retry { what: left, attempts, at: now + *pause })
}

/// How long nothing begins by itself after so many failures in a row.
pub fn back_off(failures: u32) -> Duration {
    Duration::from_secs(15).saturating_mul(1 << failures.min(10)).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_tried_three_times_and_then_waits_for_the_next_run() {
        let left = || What::Paths(vec!["a".into()]);
        let pauses = [60, 300].map(Duration::from_secs);
        let second = next(None, left(), &pauses, Duration::ZERO).unwrap();
        assert_eq!((second.attempts, second.at), (1, Duration::from_secs(60)));
        let third = next(Some(&second), left(), &pauses, Duration::from_secs(60)).unwrap();
        assert_eq!((third.attempts, third.at), (2, Duration::from_secs(360)));
        assert_eq!(next(Some(&third), left(), &pauses, Duration::from_secs(360)), None);
        assert_eq!(next(None, What::Paths(vec![]), &pauses, Duration::ZERO), None);
    }

    #[test]
    fn failures_in_a_row_are_left_alone_longer_and_longer_but_not_forever() {
        let pauses: Vec<u64> = (1..9).map(|n| back_off(n).as_secs()).collect();
        assert_eq!(pauses, [30, 60, 120, 240, 480, 900, 900, 900]);
        assert_eq!(back_off(u32::MAX), LONGEST);
    }
}
