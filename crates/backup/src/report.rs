//! What a run did, and each item it could not do.

use std::{io, path::PathBuf};

use holdfast_storage::{self as storage, KeyError, meter::Tally};

use crate::name::HostileName;

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// Everything planned was done and confirmed.
    Complete,
    /// Some items could not be done; they are in the failures.
    Partial,
    /// Stopped by its caller; running it again goes on.
    Cancelled,
}

/// One item that could not be done.
#[derive(Debug)]
pub struct Failure {
    /// Relative path as people read it, or the key.
    pub path: String,
    /// Why.
    pub reason: FailureReason,
}

/// Why an item could not be done.
#[derive(Debug, thiserror::Error)]
pub enum FailureReason {
    /// The file or folder cannot be read (or written, in a restore).
    #[error("{0}")]
    Io(io::Error),
    /// The file changed each time it was read.
    #[error("it changed while it was read")]
    Unstable,
    /// The file went away between looking and reading.
    #[error("it was removed meanwhile")]
    Vanished,
    /// Its name makes a key that S3 does not take.
    #[error("its name cannot be a key: {0}")]
    Key(KeyError),
    /// Larger than an object can be.
    #[error("it is larger than the place accepts")]
    TooLarge,
    /// The place refused or failed.
    #[error("{0}")]
    Storage(storage::Error),
    /// A key that does not name a path below the destination.
    #[error("its key does not name a file here: {0}")]
    Hostile(HostileName),
    /// A parent of the file is a symbolic link or a file.
    #[error("{} is in the way", at.display())]
    InTheWay {
        /// What stands there.
        at: PathBuf,
    },
    /// The same name as another on this system.
    #[error("it has the same name here as {other:?}")]
    Collision {
        /// The other key.
        other: String,
    },
    /// The content is not what was backed up.
    #[error("its content is not what was backed up")]
    Mismatch,
    /// In the bucket there is less or other than the index says.
    #[error("the copy in the bucket is missing")]
    Missing,
    /// It was a file and is a folder now, and the file's copy is still in the bucket: it would hide or hinder the
    /// folder's copies.
    #[error("it is a folder now, and the copy of the file is still in the bucket")]
    NowAFolder,
    /// The object was replaced while it was read.
    #[error("it was replaced in the bucket meanwhile")]
    Replaced,
}

impl FailureReason {
    /// Whether a later run may succeed without anybody changing anything.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Unstable | Self::Vanished | Self::Replaced => true,
            Self::Storage(error) => error.is_retryable(),
            Self::Io(error) => error.kind() == io::ErrorKind::TimedOut,
            _ => false,
        }
    }
}

/// What a backup did.
#[derive(Debug)]
pub struct BackupReport {
    /// How it ended.
    pub state: State,
    /// Files sent and confirmed.
    pub uploaded: u64,
    /// Files whose content was in the bucket already and was copied there.
    pub copied: u64,
    /// Objects removed from the bucket.
    pub deleted: u64,
    /// Files that were already there, unchanged.
    pub unchanged: u64,
    /// Files left out by a rule.
    pub excluded: u64,
    /// Bytes of content sent.
    pub bytes: u64,
    /// Requests and bytes as the meter saw them.
    pub tally: Tally,
    /// What could not be done.
    pub failures: Vec<Failure>,
    /// What the place did otherwise than asked.
    pub notices: Vec<Notice>,
}

/// Something the place accepted and did not do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// Objects are not in the storage class that was asked for.
    StorageClassIgnored {
        /// The class asked for.
        asked: String,
        /// The class the first object has.
        got: Option<String>,
    },
    /// Objects are not encrypted by the server as it was asked to.
    EncryptionIgnored,
    /// Objects are encrypted by the server, but not with the key that was asked for.
    EncryptedOtherwise,
}

/// What a restore did.
#[derive(Debug)]
pub struct RestoreReport {
    /// How it ended.
    pub state: State,
    /// Files written, checked and in place.
    pub restored: u64,
    /// Files left as they are here.
    pub skipped: u64,
    /// Of the files restored: those without a stored digest, of which only the size was checked.
    pub unproven: u64,
    /// Bytes of content received.
    pub bytes: u64,
    /// Requests and bytes as the meter saw them.
    pub tally: Tally,
    /// What could not be done.
    pub failures: Vec<Failure>,
}

impl State {
    /// From what remained.
    pub fn of(cancelled: bool, failures: &[Failure]) -> Self {
        match (cancelled, failures.is_empty()) {
            (true, _) => Self::Cancelled,
            (false, true) => Self::Complete,
            (false, false) => Self::Partial,
        }
    }
}
