//! Makes room on this computer: removes local files whose copies are old enough and are surely in the bucket.
//!
//! What is known of a file is only a reason to ask. It is removed when the store, asked now, has a copy of the same size
//! and SHA-256, its content read here now has that SHA-256 too, and nothing about it changed while all this was asked.

use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
    sync::Arc,
};

use futures::StreamExt;
use holdfast_storage::{Error as StorageError, ObjectStore, Prefix, ReadOptions};
use sha2::{Digest, Sha256};
use tokio_util::sync::CancellationToken;

use crate::{
    Result,
    file_meta::{FileMeta, StoredMeta},
    index::{Index, Row},
    name,
    report::{Failure, FailureReason},
};

/// Requests at once.
const REQUESTS: usize = 8;

/// What was removed, and what was not and should have been.
#[derive(Debug, Default)]
pub struct Freed {
    /// Files that were removed here.
    pub removed: Vec<PathBuf>,
    /// Bytes they had.
    pub bytes: u64,
    /// Files that stay because the store does not confirm their copies: [`FailureReason::Missing`] or
    /// [`FailureReason::Mismatch`] when the copy is not there or is another, else why it could not be asked or removed.
    pub unconfirmed: Vec<Failure>,
    /// Index rows of those whose copy is not there or is another: to be forgotten, so that they are sent anew.
    pub lost: Vec<String>,
}

/// Files of the index that were sent in or before this Unix second and are here unchanged. Reads no content.
///
/// # Errors
/// [`crate::Error::Index`]
pub fn choose(index: &Index, root: &Path, sent_until: i64) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    index.each_sent(0..=sent_until, |row| {
        if row.sha256.is_some() && looks_unchanged(&local_path(root, &row), &row.meta) {
            rows.push(row);
        }
        Ok(())
    })?;
    Ok(rows)
}

/// Removes the files of `rows` below `root`, each after it was confirmed. Ends early when it is cancelled or when the
/// store cannot be reached or refuses everything: what is left is for another time.
pub async fn run(
    store: &Arc<dyn ObjectStore>,
    prefix: &Prefix,
    root: &Path,
    rows: Vec<Row>,
    cancel: &CancellationToken,
) -> Freed {
    let mut freed = Freed::default();
    let each = rows.into_iter().map(|row| async move {
        let done = free(store, prefix, root, &row).await;
        (row, done)
    });
    let mut all = futures::stream::iter(each).buffer_unordered(REQUESTS);
    while let Some(Some((row, done))) = cancel.run_until_cancelled(all.next()).await {
        let reason = match done {
            Ok(true) => {
                freed.bytes += row.meta.size;
                freed.removed.push(local_path(root, &row));
                continue;
            }
            Ok(false) => continue,
            Err(reason) => reason,
        };
        let path = row.path();
        if matches!(reason, FailureReason::Missing | FailureReason::Mismatch) {
            freed.lost.push(path.clone());
        }
        let ends = matches!(&reason, FailureReason::Storage(error) if error.is_fatal() || error.is_retryable());
        freed.unconfirmed.push(Failure { path, reason });
        if ends {
            break;
        }
    }
    freed
}

/// Whether the file was removed; `false` when it is no longer what was sent, which is no failure.
async fn free(
    store: &Arc<dyn ObjectStore>,
    prefix: &Prefix,
    root: &Path,
    row: &Row,
) -> std::result::Result<bool, FailureReason> {
    let Some(wanted) = row.sha256 else { return Ok(false) };
    let key = prefix.key(&row.path()).map_err(FailureReason::Key)?;
    let copy = store.head(&key, &ReadOptions::default()).await.map_err(|error| match error {
        StorageError::NotFound { .. } => FailureReason::Missing,
        other => FailureReason::Storage(other),
    })?;
    if copy.size != row.meta.size || StoredMeta::read(&copy.metadata).sha256 != Some(wanted) {
        return Err(FailureReason::Mismatch);
    }
    let (path, meta) = (local_path(root, row), row.meta);
    let removed = tokio::task::spawn_blocking(move || remove_if_still(&path, &meta, &wanted)).await;
    removed.unwrap_or_else(|error| Err(io::Error::other(error))).map_err(FailureReason::Io)
}

fn remove_if_still(path: &Path, meta: &FileMeta, wanted: &[u8; 32]) -> io::Result<bool> {
    if !looks_unchanged(path, meta) {
        return Ok(false);
    }
    let is_still = sha256_of(path)? == *wanted && looks_unchanged(path, meta);
    if is_still {
        fs::remove_file(path)?;
    }
    Ok(is_still)
}

fn sha256_of(path: &Path) -> io::Result<[u8; 32]> {
    let (mut file, mut digest, mut buffer) = (fs::File::open(path)?, Sha256::new(), vec![0; 1 << 16]);
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(digest.finalize().into()),
            len => digest.update(&buffer[..len]),
        }
    }
}

fn looks_unchanged(path: &Path, meta: &FileMeta) -> bool {
    fs::symlink_metadata(path).is_ok_and(|now| now.is_file() && FileMeta::of(&now).same_as(meta))
}

fn local_path(root: &Path, row: &Row) -> PathBuf {
    root.join(name::decode(&row.path()))
}
