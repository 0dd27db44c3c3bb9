//! Objects read whole and compared with their digest.

use std::{
    io::{self, Seek, Write},
    path::Path,
    sync::{Arc, atomic::Ordering},
};

use bytes::Bytes;
use holdfast_storage::{ETag, Key};
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;
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

/// Starts the tasks that read; they end when the channel does. With `into`, content is written to a file there and
/// hashed as it is read back from the disk.
pub(crate) fn start(
    ctx: &VerifyContext,
    source: &Arc<Source>,
    found: &Arc<Found>,
    stop: &CancellationToken,
    waiting: mpsc::Receiver<Check>,
    into: Option<&Path>,
) -> JoinSet<()> {
    let waiting = Arc::new(Mutex::new(waiting));
    let mut tasks = JoinSet::new();
    for _ in 0..ctx.jobs.max(1) {
        let (waiting, source, found) = (waiting.clone(), source.clone(), found.clone());
        let (stop, tracker, into) = (stop.clone(), ctx.tracker.clone(), into.map(Path::to_owned));
        tasks.spawn(async move {
            let work = async {
                while let Some(check) = next(&waiting).await {
                    let outcome = read(&source, &tracker, &check, into.as_deref()).await;
                    ended(&found, &tracker, &source, check, outcome, &stop);
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
async fn read(
    source: &Source,
    tracker: &Arc<Tracker>,
    check: &Check,
    into: Option<&Path>,
) -> Result<bool, FailureReason> {
    let progress = tracker.begin(&check.path, check.size);
    let pin = Pin { etag: check.etag.clone(), version: None };
    let file = into.map(NamedTempFile::new_in).transpose().map_err(FailureReason::Io)?;
    let mut sink = Hashing { hasher: Sha256::new(), file };
    let meta = source.span(&check.key, &pin, check.size, 0..check.size, &mut sink).await?;
    progress.moved(check.size);
    let Some(expected) = check.expected.or(StoredMeta::read(&meta.metadata).sha256) else { return Ok(false) };
    match sink.digest().await? == expected {
        true => Ok(true),
        false => Err(FailureReason::Mismatch),
    }
}

fn ended(
    found: &Found,
    tracker: &Tracker,
    source: &Source,
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
        Err(FailureReason::Storage(error)) if source.limiter.is_hopeless(&error) => {
            lock(&found.fatal).get_or_insert(error);
            stop.cancel();
        }
        Err(FailureReason::Storage(error)) if error.is_not_found() => found.fail(check.path, FailureReason::Missing),
        Err(reason) => found.fail(check.path, reason),
    }
    tracker.finish_files(1);
}

struct Hashing {
    hasher: Sha256,
    file: Option<NamedTempFile>,
}

impl Hashing {
    /// Of what came; where it was written to a file, of what is in the file.
    async fn digest(self) -> Result<[u8; 32], FailureReason> {
        let Some(mut file) = self.file else { return Ok(self.hasher.finalize().into()) };
        let hash = move || {
            let mut hasher = Sha256::new();
            file.rewind()?;
            io::copy(&mut file, &mut HashWriter(&mut hasher))?;
            Ok(hasher.finalize().into())
        };
        let hashed = tokio::task::spawn_blocking(hash).await.unwrap_or_else(|error| Err(io::Error::other(error)));
        hashed.map_err(FailureReason::Io)
    }
}

struct HashWriter<'a>(&'a mut Sha256);

impl Write for HashWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Sink for Hashing {
    async fn take(&mut self, _: u64, piece: Vec<Bytes>) -> Result<(), FailureReason> {
        if let Some(file) = &mut self.file {
            return piece.iter().try_for_each(|chunk| file.write_all(chunk)).map_err(FailureReason::Io);
        }
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
