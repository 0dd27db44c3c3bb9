//! Shell history for every front end: where it is kept, whose it is, and keeping devices in step.

mod connect;
mod keys;
mod member;
mod migrate;
mod program;
mod settings;
mod turn;
mod views;
pub mod window;
mod words;

#[cfg(test)]
mod tests;

pub use holdfast_history as core;

pub use connect::{Connected, connect};
pub use member::{Join, JoinPlace, join, key_words};
pub use migrate::{Migration, migrate_backend, step_words};
pub use program::{COMMAND_LINE, command_line};
pub use settings::{HistorySettings, HistorySettingsFile, KEYS, Where};
pub use turn::{auto, pull, push, wants_company};
pub use views::{
    before_reset, delete, devices, find, is_shared, last_sync, queue_everything, rename, reset, retire, status, verify,
};

/// The 24 words, wiped when dropped.
pub type Words = zeroize::Zeroizing<String>;

use std::path::PathBuf;

use holdfast_history::{Database, Time, capture};

use crate::{App, Home, Result, paths::Paths};

/// What is kept of history on this computer.
#[derive(Debug)]
pub struct History {
    /// Entries and the queue.
    pub database: Database,
    /// Settings.
    pub settings: HistorySettings,
}

/// Opens the history of this computer. Makes no request and asks no keychain.
pub fn open(home: &Home) -> Result<History> {
    let database = database_of(&home.paths)?;
    let settings = home.history.load()?.settings;
    Ok(History { database, settings })
}

/// The database alone: a damaged settings file stops no search and no capture.
pub fn database_of(paths: &Paths) -> Result<Database> {
    let folder = made(paths)?;
    let mut database = Database::open(&folder.join("history.db"))?;
    if let Err(error) = capture::take_ends(&mut database, &folder) {
        tracing::warn!(%error, "how commands ended could not be taken over; the next who opens the history tries again");
    }
    Ok(database)
}

/// The file to which shells append how commands ended. Its folder is made.
pub fn ends_file(paths: &Paths) -> Result<PathBuf> {
    Ok(capture::ends_file(&made(paths)?))
}

fn made(paths: &Paths) -> Result<PathBuf> {
    let folder = paths.history();
    std::fs::create_dir_all(&folder)
        .map_err(|error| crate::AppError::io("making the folder of the history", &folder, &error))?;
    Ok(folder)
}

impl App {
    /// See [`open`].
    pub fn history(&self) -> Result<History> {
        open(&self.home)
    }
}

/// Now, as history keeps it.
pub fn now() -> Time {
    jiff::Timestamp::now().into()
}
