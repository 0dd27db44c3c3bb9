//! What can go wrong with history as a whole. What is wrong with one entry is counted in a result instead.

use std::path::PathBuf;

/// Shorthand for results of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A failed operation. No variant holds a secret or a command.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database was made by a later version.
    #[error("the history has format {found}, this version knows {known}")]
    LaterFormat {
        /// The format found.
        found: i64,
        /// The newest that is known.
        known: i64,
    },
    /// The database is damaged. Nothing was changed.
    #[error("the history in {path} is damaged: {reason}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        reason: String,
    },
    /// A command line that is longer than is kept.
    #[error("a command line of {bytes} bytes is longer than {limit}")]
    CommandTooLong {
        /// Its length.
        bytes: usize,
        /// The longest that is kept.
        limit: usize,
    },
    /// A file to import that is not what it was said to be. Nothing was changed.
    #[error("{path} is not {expected}: {reason}")]
    NotThatFormat {
        /// The file.
        path: PathBuf,
        /// What it should be, such as "a zsh history file".
        expected: &'static str,
        /// Why it is not.
        reason: String,
    },
    /// A pattern of the user's that is no regular expression.
    #[error("{pattern} is not a pattern that can be used: {reason}")]
    BadPattern {
        /// As it was written.
        pattern: String,
        /// Why not.
        reason: String,
    },
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The server of the http backend answered something else than was asked.
    #[error("{server}: {reason}")]
    Server {
        /// Its address, without anything secret.
        server: String,
        /// What it said.
        reason: String,
        /// Whether the same may succeed later.
        retryable: bool,
    },
    /// There is no backend: history stays on this computer.
    #[error("history is kept on this computer only")]
    Offline,
    /// A backend whose history was to be read as a whole could be read in part only.
    #[error("not everything could be read: {reason}")]
    Incomplete {
        /// The first thing that failed, in words without secrets.
        reason: String,
    },
    /// The bucket of a hishtory user.
    #[error(transparent)]
    Storage(#[from] holdfast_storage::Error),
    /// The journal in the bucket.
    #[error(transparent)]
    Journal(#[from] holdfast_journal::Error),
    /// Sealing.
    #[error(transparent)]
    Crypto(#[from] holdfast_crypto::Error),
    /// The database.
    #[error("the history's database: {0}")]
    Database(#[from] rusqlite::Error),
    /// An entry as JSON.
    #[error("an entry could not be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

impl Error {
    /// Whether the same call may succeed later without anybody changing anything.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Journal(error) => error.is_retryable(),
            Self::Server { retryable, .. } => *retryable,
            Self::Incomplete { .. } => true,
            Self::Storage(error) => error.is_retryable(),
            Self::Database(rusqlite::Error::SqliteFailure(code, _)) => {
                matches!(code.code, rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked)
            }
            _ => false,
        }
    }
}
