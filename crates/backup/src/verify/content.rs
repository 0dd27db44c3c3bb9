//! Objects read whole and compared with their digest.

use std::sync::{Arc, atomic::Ordering};

use bytes::Bytes;
use holdfast_storage::{ETag, Key};
use sha2::{Digest, Sha256};
use tokio::{
    sync::{Mutex, mpsc},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;

use super::{Found, VerifyContext, lock};
use crate::{
    file_meta::StoredMeta,
    progress::Tracker,
    report::FailureReason,
    restore::{Pin, Sink, Source},
};

/// Up to this many bytes are hashed where they arrive, without going to another thread.
const INLINE: usize = 64 << 10;

/// An object to be read.
#[derive(Debug)]
pub(crate) struct Check {
    pub path: String,
    pub key: Key,
    pub size: u64,
    pub etag: Option<ETag>,
    pub expected: Option<[u8; 32]>,
}

/// Starts the tasks that read; they end when the channel does.
pub(crate) fn start(
    ctx: &VerifyContext,
    source: &Arc<Source>,
    found: &Arc<Found>,
    stop: &CancellationToken,
    waiting: mpsc::Receiver<Check>,
) -> JoinSet<()> {
    let waiting = Arc::new(Mutex::new(waiting));
    let mut tasks = JoinSet::new();
    for _ in 0..ctx.jobs.max(1) {
        let (waiting, source, found) = (waiting.clone(), source.clone(), found.clone());
        let (stop, tracker) = (stop.clone(), ctx.tracker.clone());
        tasks.spawn(async move {
            let work = async {
                while let Some(check) = next(&waiting).await {
                    let outcome = read(&source, &tracker, &check).await;
                    ended(&found, &tracker, check, outcome, &stop);
                }
            };
            stop.run_until_cancelled(work).await;
        });
    }
    tasks
}

async fn next(waiting: &Mutex<mpsc::Receiver<Check>>) -> Option<Check> {
    waiting.lock().await.recv().await
}

/// Whether the content was compared with a digest.
async fn read(source: &Source, tracker: &Arc<Tracker>, check: &Check) -> Result<bool, FailureReason> {
    let progress = tracker.begin(&check.path, check.size);
    let pin = Pin { etag: check.etag.clone(), version: None };
    let mut sink = Hashing { hasher: Sha256::new() };
    let meta = source.span(&check.key, &pin, check.size, 0..check.size, &mut sink).await?;
    progress.moved(check.size);
    let Some(expected) = check.expected.or(StoredMeta::read(&meta.metadata).sha256) else { return Ok(false) };
    match <[u8; 32]>::from(sink.hasher.finalize()) == expected {
        true => Ok(true),
        false => Err(FailureReason::Mismatch),
    }
}

fn ended(
    found: &Found,
    tracker: &Tracker,
    check: Check,
    outcome: Result<bool, FailureReason>,
    stop: &CancellationToken,
) {
    match outcome {
        Ok(true) => {
            found.checked.fetch_add(1, Ordering::Relaxed);
            Found::add(&found.proven);
        }
        Ok(false) => Found::add(&found.unproven),
        Err(FailureReason::Storage(error)) if error.is_fatal() => {
            lock(&found.fatal).get_or_insert(error);
            stop.cancel();
        }
        Err(reason) => found.fail(check.path, reason),
    }
    tracker.finish_files(1);
}

struct Hashing {
    hasher: Sha256,
}

impl Sink for Hashing {
    async fn take(&mut self, _: u64, piece: Vec<Bytes>) -> Result<(), FailureReason> {
        if piece.iter().map(Bytes::len).sum::<usize>() <= INLINE {
            piece.iter().for_each(|chunk| self.hasher.update(chunk));
            return Ok(());
        }
        let mut hasher = std::mem::take(&mut self.hasher);
        let hash = move || {
            piece.iter().for_each(|chunk| hasher.update(chunk));
            hasher
        };
        let hashed = tokio::task::spawn_blocking(hash).await;
        self.hasher = hashed.map_err(|error| FailureReason::Io(std::io::Error::other(error)))?;
        Ok(())
    }
}
