//! When a window locks by itself. A decision about times that are handed in.

use std::time::Duration;

use jiff::Timestamp;

use super::RecordsSettings;

/// So long somebody may be away, where nothing else was set.
pub const LOCK_AFTER_MINUTES: u32 = 10;

/// What becomes of a vault that is open in a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Idle {
    /// It stays open; look again after so long.
    Stays(Duration),
    /// It stays open whatever happens.
    Always,
    /// Lock it now.
    Lock,
}

/// Whether a window that was last used then is to be locked. Time during which the computer slept counts; a clock that was
/// set back is believed to say "now".
pub fn idle(last_use: Timestamp, now: Timestamp, settings: &RecordsSettings) -> Idle {
    let Some(limit) = settings.lock_after() else { return Idle::Always };
    let away = Duration::try_from(now.duration_since(last_use)).unwrap_or_default();
    match limit.checked_sub(away) {
        Some(left) if !left.is_zero() => Idle::Stays(left),
        _ => Idle::Lock,
    }
}

impl RecordsSettings {
    /// How long a window may be unused before it locks; `None` when it never does.
    pub fn lock_after(&self) -> Option<Duration> {
        let minutes = self.lock_after_minutes.unwrap_or(LOCK_AFTER_MINUTES);
        (minutes > 0).then(|| Duration::from_secs(u64::from(minutes) * 60))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_locks_when_nobody_used_it_for_so_long() {
        let seconds = |seconds| Idle::Stays(Duration::from_secs(seconds));
        for (setting, away, wanted) in [
            (None, 0, seconds(600)),
            (None, 599, seconds(1)),
            (None, 600, Idle::Lock),
            (None, 8 * 3600, Idle::Lock),
            (None, -3600, seconds(600)),
            (Some(1), 30, seconds(30)),
            (Some(1), 60, Idle::Lock),
            (Some(0), 1_000_000, Idle::Always),
            (Some(u32::MAX), 1_000_000, seconds(u64::from(u32::MAX) * 60 - 1_000_000)),
        ] {
            let settings = RecordsSettings { lock_after_minutes: setting, ..RecordsSettings::default() };
            let last = Timestamp::from_second(1_800_000_000).unwrap();
            let now = Timestamp::from_second(1_800_000_000 + away).unwrap();
            assert_eq!(idle(last, now, &settings), wanted, "{setting:?} {away}");
        }
    }
}
