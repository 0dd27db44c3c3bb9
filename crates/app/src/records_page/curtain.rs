//! Whether the window shows the family records: not when the program starts, not after somebody locked it, and not after a
//! while without use. It holds no record and no key.

use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use crate::{
    AppError, ErrorCode, Result,
    records::{Idle, RecordsSettings, idle},
};

/// What the window knows between two commands.
#[derive(Debug, Default)]
pub struct Curtain(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    used: Option<Timestamp>,
    synced: Option<String>,
    problem: Option<AppError>,
}

impl Curtain {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the page may show something now. It falls when nobody was there for too long.
    pub(super) fn is_open(&self, settings: &RecordsSettings) -> bool {
        let mut state = self.state();
        state.used = state.used.filter(|used| idle(*used, Timestamp::now(), settings) != Idle::Lock);
        state.used.is_some()
    }

    /// Lets a command through.
    ///
    /// # Errors
    /// `records_locked`.
    pub(super) fn pass(&self, settings: &RecordsSettings) -> Result<()> {
        match self.is_open(settings) {
            true => Ok(()),
            false => Err(AppError::config(
                ErrorCode::RecordsLocked,
                "the family records are locked in this window",
                "open them again",
            )),
        }
    }

    /// Somebody opened it.
    pub(super) fn open(&self) {
        self.state().used = Some(Timestamp::now());
    }

    /// Somebody is there. What is locked stays locked.
    pub(super) fn touch(&self, settings: &RecordsSettings) {
        if self.is_open(settings) {
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
            state.synced = Some(Timestamp::now().to_string());
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
    fn it_is_shut_at_first_and_after_its_minutes_and_touching_does_not_open_it() {
        let settings = RecordsSettings::default();
        let curtain = Curtain::default();
        curtain.touch(&settings);
        assert_eq!(curtain.pass(&settings).unwrap_err().code, ErrorCode::RecordsLocked);
        curtain.open();
        curtain.pass(&settings).unwrap();
        curtain.shut();
        assert!(!curtain.is_open(&settings));

        curtain.open();
        curtain.state().used = Some(Timestamp::now() - jiff::SignedDuration::from_mins(11));
        assert!(!curtain.is_open(&settings));
        curtain.touch(&settings);
        assert!(!curtain.is_open(&settings));
    }
}
