//! Why a whole operation could not be done. What single files suffer is in [`crate::report`].

use std::{io, path::PathBuf};

use holdfast_storage as storage;

/// Shorthand for results of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A failed operation. Nothing was lost; unless said otherwise nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The place failed in a way that ends the run.
    #[error(transparent)]
    Storage(#[from] storage::Error),
    /// The folder to back up is not there.
    #[error("the folder {} does not exist", folder.display())]
    FolderMissing {
        /// Which.
        folder: PathBuf,
    },
    /// The folder to back up is a file.
    #[error("{} is a file, not a folder", folder.display())]
    NotAFolder {
        /// Which.
        folder: PathBuf,
    },
    /// The folder itself cannot be read.
    #[error("the folder {} cannot be read: {source}", folder.display())]
    FolderUnreadable {
        /// Which.
        folder: PathBuf,
        /// The system's reason.
        #[source]
        source: io::Error,
    },
    /// An exclude pattern is not one.
    #[error("the pattern {pattern:?} is not understood: {reason}")]
    BadPattern {
        /// As it was written.
        pattern: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Another run of the same set is under way, in this or another process.
    #[error("another run of this folder is under way")]
    Busy,
    /// A run stopped before removing anything, because too much would go.
    #[error("this run would remove {} of {} files", brake.removals, brake.of)]
    Brake {
        /// Why and how much.
        brake: crate::plan::Brake,
    },
    /// The destination has not enough room. Nothing was written.
    #[error("{needed} bytes are needed, {available} are free")]
    NoSpace {
        /// Bytes to be written.
        needed: u64,
        /// Bytes free on that disk.
        available: u64,
    },
    /// Nothing in the bucket begins with the prefix.
    #[error("there is nothing to restore below {prefix:?}")]
    NothingThere {
        /// As asked for.
        prefix: String,
    },
    /// An earlier state was asked for, and the bucket does not keep old versions. Nothing was changed.
    #[error("the bucket does not keep old versions")]
    NoVersions,
    /// A local file or folder of ours.
    #[error("{doing}: {source}")]
    Io {
        /// What was being done.
        doing: &'static str,
        /// The system's reason.
        #[source]
        source: io::Error,
    },
    /// The index database.
    #[error("the index: {0}")]
    Index(#[from] rusqlite::Error),
    /// More names than one plan can hold (4 GiB). Back up parts of the folder as sets of their own.
    #[error("there are too many files for one run")]
    TooManyFiles,
    /// The operation was cancelled.
    #[error("cancelled")]
    Cancelled,
}

impl Error {
    /// Wraps a local failure with what was being done.
    pub fn io(doing: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { doing, source }
    }
}
