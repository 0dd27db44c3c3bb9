//! Whether the window shows the family records: not when the program starts, not after somebody locked it, and not after a
//! while without use. The vault that it shows is in memory for as long as it is open.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use holdfast_records::Pace;

use jiff::Timestamp;

use tokio::sync::{MappedMutexGuard, MutexGuard as Held};

use crate::{
    App, AppError, ErrorCode, Result,
    records::{self, Idle, RecordsSettings, Unlocked, idle},
};

/// What the window knows between two commands.
#[derive(Debug, Default)]
pub struct Curtain {
    state: Mutex<State>,
    vault: tokio::sync::Mutex<Option<Unlocked>>,
    exchange: Mutex<Arc<Pace>>,
}

#[derive(Debug, Default)]
struct State {
    used: Option<Timestamp>,
    synced: Option<String>,
    problem: Option<AppError>,
}

impl Curtain {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
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
            false => Err(locked()),
        }
    }

    /// As [`Self::pass`], and not while somebody locked the vault for this whole computer.
    ///
    /// # Errors
    /// `records_locked`.
    pub(super) fn admit(&self, settings: &RecordsSettings) -> Result<()> {
        match settings.locked {
            true => Err(locked()),
            false => self.pass(settings),
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

    /// Nothing is shown from now on, and nothing of it stays in memory.
    pub async fn shut(&self) {
        self.state().used = None;
        self.put_away().await;
    }

    /// Takes the vault out of memory; the next command opens it again.
    pub(super) async fn put_away(&self) {
        self.vault.lock().await.take();
    }

    /// The vault: the one that is open already, with what others wrote meanwhile, else one that is opened now.
    ///
    /// # Errors
    /// `records_locked`, and those of opening it.
    pub(super) async fn vault(&self, app: &App) -> Result<MappedMutexGuard<'_, Unlocked>> {
        let mut kept = self.vault.lock().await;
        let settings = app.home.records.load()?.settings;
        let passed = self.admit(&settings);
        if passed.is_err() || kept.as_ref().is_some_and(|open| !is_of(open, &settings)) {
            *kept = None;
        }
        passed?;
        match kept.as_mut() {
            Some(open) => {
                open.settings = settings;
                Box::pin(open.refresh_all()).await?;
            }
            None => *kept = Some(Box::pin(records::unlocked(app)).await?),
        }
        Held::try_map(kept, Option::as_mut).map_err(|_| locked())
    }

    /// An exchange begins; it is the one that [`Self::stop_exchange`] means.
    pub(super) fn begin_exchange(&self) -> Arc<Pace> {
        let pace = Arc::<Pace>::default();
        *self.exchange.lock().unwrap_or_else(PoisonError::into_inner) = pace.clone();
        pace
    }

    /// Asks the exchange that began last to stop.
    pub(super) fn stop_exchange(&self) {
        self.exchange.lock().unwrap_or_else(PoisonError::into_inner).stop();
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

/// Whether an open vault is still the one of the settings, written by the same person.
fn is_of(open: &Unlocked, settings: &RecordsSettings) -> bool {
    let of = |settings: &RecordsSettings| (settings.place(), settings.user_id.clone(), settings.author.clone());
    of(&open.settings) == of(settings)
}

fn locked() -> AppError {
    AppError::config(ErrorCode::RecordsLocked, "the family records are locked in this window", "open them again")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_is_shut_at_first_and_after_its_minutes_and_touching_does_not_open_it() {
        let settings = RecordsSettings::default();
        let curtain = Curtain::default();
        curtain.touch(&settings);
        assert_eq!(curtain.pass(&settings).unwrap_err().code, ErrorCode::RecordsLocked);
        curtain.open();
        curtain.pass(&settings).unwrap();
        curtain.shut().await;
        assert!(!curtain.is_open(&settings));

        curtain.open();
        curtain.state().used = Some(Timestamp::now() - jiff::SignedDuration::from_mins(11));
        assert!(!curtain.is_open(&settings));
        curtain.touch(&settings);
        assert!(!curtain.is_open(&settings));
    }
}
