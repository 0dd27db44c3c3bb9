//! What can go wrong with a journal as a whole. What is wrong with one segment or peer is a [`crate::Problem`] instead.

use holdfast_crypto::UserId;
use uuid::Uuid;

/// Shorthand for results of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A failed operation. No variant holds a secret or the content of an entry.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The state on this computer belongs to another secret. Nothing was changed.
    #[error("the secret is not the one this device was set up with (user {expected})")]
    WrongSecret {
        /// The user id that the state was made for.
        expected: String,
    },
    /// The bucket knows no device of this user: the secret has a mistake, or the place is another one.
    #[error("no device of user {user} has registered here")]
    NobodyHere {
        /// The user id of the secret that was given.
        user: UserId,
    },
    /// An entry larger than a segment may be. Nothing was kept.
    #[error("an entry of {bytes} bytes is larger than {limit}")]
    EntryTooLarge {
        /// Its size.
        bytes: usize,
        /// The largest that is taken.
        limit: usize,
    },
    /// Somebody else writes under this device's id. The device takes a new one; nothing is lost.
    #[error("another computer writes under the device id {device}")]
    Cloned {
        /// The id that both have.
        device: Uuid,
    },
    /// The state was made by a later version.
    #[error("the journal's state has format {found}, this version knows {known}")]
    LaterState {
        /// The format found.
        found: i64,
        /// The newest that is known.
        known: i64,
    },
    /// The bucket.
    #[error(transparent)]
    Store(#[from] holdfast_storage::Error),
    /// Sealing.
    #[error(transparent)]
    Crypto(#[from] holdfast_crypto::Error),
    /// The state in SQLite.
    #[error("the journal's state: {0}")]
    State(#[from] rusqlite::Error),
    /// A record of this device's own that cannot be read: the state is damaged.
    #[error("the journal's state holds a damaged record: {0}")]
    OwnRecord(#[from] crate::record::RecordError),
    /// Compression.
    #[error("a segment could not be packed: {0}")]
    Pack(#[from] std::io::Error),
}

impl Error {
    /// Whether the same call may succeed later without anybody changing anything.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Store(error) => error.is_retryable(),
            Self::Cloned { .. } => true,
            Self::State(rusqlite::Error::SqliteFailure(code, _)) => {
                matches!(code.code, rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked)
            }
            _ => false,
        }
    }
}

impl From<holdfast_storage::KeyError> for Error {
    fn from(error: holdfast_storage::KeyError) -> Self {
        Self::Store(error.into())
    }
}
