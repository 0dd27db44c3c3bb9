//! Whether the window shows the family records: shut when the program starts, when somebody locks it, and after a while
//! without use.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use crate::{AppError, ErrorCode, Result};

/// Minutes without use after which the page locks itself.
pub(super) const LOCK_AFTER_MINUTES: u32 = 10;

/// What the window knows between two commands: no record, no key.
#[derive(Debug, Default)]
pub struct Curtain(Mutex<State>);

#[derive(Debug, Default, Clone)]
struct State {
    used: Option<Instant>,
    synced: Option<String>,
    problem: Option<AppError>,
}

/// Whether nobody used it for too long.
fn is_idle(unused: Duration, after_minutes: u32) -> bool {
    unused >= Duration::from_secs(u64::from(after_minutes) * 60)
}

impl Curtain {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the page may show something now.
    pub fn is_open(&self) -> bool {
        let mut state = self.state();
        if state.used.is_some_and(|used| is_idle(used.elapsed(), LOCK_AFTER_MINUTES)) {
            state.used = None;
        }
        state.used.is_some()
    }

    /// Lets a command through.
    ///
    /// # Errors
    /// `records_locked`.
    pub(super) fn pass(&self) -> Result<()> {
        if self.is_open() {
            return Ok(());
        }
        Err(AppError::config(ErrorCode::RecordsLocked, "the family records are locked in this window", "open them again"))
    }

    /// Somebody opened it.
    pub(super) fn open(&self) {
        self.state().used = Some(Instant::now());
    }

    /// Somebody is there. What is locked stays locked.
    pub fn touch(&self) {
        if self.is_open() {
            self.open();
        }
    }

    /// Nothing is shown from now on.
    pub fn shut(&self) {
        self.state().used = None;
    }

    /// What the last exchange with the place came to.
    pub(super) fn note_sync(&self, problem: Option<AppError>) {
        let mut state = self.state();
        if problem.is_none() {
            state.synced = Some(jiff::Timestamp::now().to_string());
        }
        state.problem = problem;
    }

    /// When the place was last heard from, and why the last attempt failed.
    pub(super) fn last_sync(&self) -> (Option<String>, Option<AppError>) {
        let state = self.state();
        (state.synced.clone(), state.problem.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_idle_when_its_minutes_are_over() {
        for (seconds, minutes, idle) in [(0, 10, false), (599, 10, false), (600, 10, true), (59, 1, false), (60, 1, true)] {
            assert_eq!(is_idle(Duration::from_secs(seconds), minutes), idle, "{seconds} s of {minutes} min");
        }
    }

    #[test]
    fn it_is_shut_at_first_and_touching_does_not_open_it() {
        let curtain = Curtain::default();
        curtain.touch();
        assert_eq!(curtain.pass().unwrap_err().code, ErrorCode::RecordsLocked);
        curtain.open();
        curtain.pass().unwrap();
        curtain.shut();
        assert!(!curtain.is_open());
    }
}
