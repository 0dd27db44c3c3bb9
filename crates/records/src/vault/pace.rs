//! How far an exchange is, for whoever looks, and asking it to stop. It stops between two objects: what the place confirmed
//! is told, and the rest waits for the next exchange.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
};

use super::Vault;

/// How far an exchange is. What is to be done grows while it is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Rows of the outbox that wait: versions, files and what is told of grants.
    pub to_send: u64,
    /// Those that were taken in hand and are done, or could not be done.
    pub sent: u64,
    /// Versions that others wrote and are not here.
    pub to_fetch: u64,
    /// Those of which the answer is here.
    pub fetched: u64,
}

/// Shared by the vault that exchanges and whoever looks.
#[derive(Debug, Default)]
pub struct Pace {
    to_send: AtomicU64,
    sent: AtomicU64,
    to_fetch: AtomicU64,
    fetched: AtomicU64,
    stopped: AtomicBool,
}

impl Pace {
    /// How far it is.
    pub fn progress(&self) -> Progress {
        let of = |count: &AtomicU64| count.load(Relaxed);
        Progress {
            to_send: of(&self.to_send),
            sent: of(&self.sent),
            to_fetch: of(&self.to_fetch),
            fetched: of(&self.fetched),
        }
    }

    /// Asks for an end before the next object.
    pub fn stop(&self) {
        self.stopped.store(true, Relaxed);
    }

    /// Whether that was asked for.
    pub fn is_stopped(&self) -> bool {
        self.stopped.load(Relaxed)
    }

    pub(super) fn will_send(&self, rows: usize) {
        self.to_send.fetch_add(rows as u64, Relaxed);
    }

    pub(super) fn sent_one(&self) {
        self.sent.fetch_add(1, Relaxed);
    }

    pub(super) fn will_fetch(&self, versions: usize) {
        self.to_fetch.fetch_add(versions as u64, Relaxed);
    }

    pub(super) fn fetched_one(&self) {
        self.fetched.fetch_add(1, Relaxed);
    }
}

impl Vault {
    /// Counts what is sent and fetched from now on there, and stops when it is asked for there.
    pub fn use_pace(&mut self, pace: Arc<Pace>) {
        self.pace = pace;
    }

    /// Whether it was asked to stop.
    pub fn is_stopped(&self) -> bool {
        self.pace.is_stopped()
    }
}
