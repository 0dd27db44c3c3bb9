//! When waiting records are sent.

use crate::clock::{MINUTE, Millis};

/// The rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchRule {
    /// No record waits longer.
    pub max_age: Millis,
    /// So many are sent at once.
    pub max_records: u64,
}

impl Default for BatchRule {
    fn default() -> Self {
        Self { max_age: 5 * MINUTE, max_records: 100 }
    }
}

/// What waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Waiting {
    /// Records.
    pub records: u64,
    /// Since when the first of them waits.
    pub oldest: Option<Millis>,
}

/// When to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// Nothing waits.
    Nothing,
    /// Now.
    Now,
    /// When the clock shows this, or earlier when more comes.
    At(Millis),
}

/// Decides. A record that seems to come from the future (the clock was set back) is sent now.
pub fn due(waiting: Waiting, now: Millis, rule: BatchRule) -> Due {
    let Some(oldest) = waiting.oldest.filter(|_| waiting.records > 0) else { return Due::Nothing };
    let at = oldest.saturating_add(rule.max_age);
    match waiting.records >= rule.max_records || now < oldest || now >= at {
        true => Due::Now,
        false => Due::At(at),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_sent_when_it_is_full_or_old() {
        let rule = BatchRule::default();
        for (records, oldest, now, expected) in [
            (0, None, 0, Due::Nothing),
            (1, Some(0), 0, Due::At(5 * MINUTE)),
            (99, Some(0), 5 * MINUTE - 1, Due::At(5 * MINUTE)),
            (1, Some(0), 5 * MINUTE, Due::Now),
            (100, Some(0), 0, Due::Now),
            (1, Some(10), 9, Due::Now),
            (1, Some(i64::MAX), i64::MIN, Due::Now),
        ] {
            assert_eq!(due(Waiting { records, oldest }, now, rule), expected, "{records} {oldest:?} {now}");
        }
    }
}
