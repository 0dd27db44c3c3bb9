//! Files whose disk does not answer: it was pulled, or its server went away. A call into the system cannot be ended from
//! outside; the thread it holds is left behind, and the run goes on or ends without it.

use std::{
    io,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::task::{JoinError, JoinHandle};
use tokio_util::sync::CancellationToken;

use crate::{Error, Result};

/// How long a file or folder may keep a run waiting for what comes next: long enough for a disk that has to wake, and for a file that
/// is still to be fetched from somebody's cloud.
pub const PATIENCE: Duration = Duration::from_secs(5 * 60);
/// How long nothing is made of a disk that is slow: so long a stopped run waits for one it reads, too.
pub(crate) const GRACE: Duration = Duration::from_secs(2);
/// How long a stopped restore waits for what it is writing: a slow stick may have to take in what is in memory.
pub(crate) const WRITES: Duration = Duration::from_secs(15);

/// The error of a disk that did not answer.
pub fn no_answer() -> io::Error {
    io::ErrorKind::TimedOut.into()
}

/// Looks at a folder on a thread of its own, which counts what it looked at. One that stands still for `patience` is left
/// behind, after a stop soon.
pub(crate) async fn look<T: Send + 'static>(
    cancel: &CancellationToken,
    patience: Duration,
    folder: &Path,
    work: impl FnOnce(&AtomicU64) -> Result<T> + Send + 'static,
) -> Result<T> {
    let pulse = Arc::<AtomicU64>::default();
    let counted = pulse.clone();
    let looking = tokio::task::spawn_blocking(move || work(&counted));
    match unless_stopped(cancel, GRACE, while_it_moves(patience, &pulse, looking)).await {
        Some(Some(done)) => done.map_err(|e| Error::io("looking at the folder")(io::Error::other(e)))?,
        Some(None) => Err(Error::FolderUnreadable { folder: folder.to_owned(), source: no_answer() }),
        None => Err(Error::Cancelled),
    }
}

/// Does work, but waits for it no longer than `grace` after a stop: `None` then.
pub(crate) async fn unless_stopped<T>(
    cancel: &CancellationToken,
    grace: Duration,
    work: impl Future<Output = T>,
) -> Option<T> {
    let stopped = async {
        cancel.cancelled().await;
        tokio::time::sleep(grace).await;
    };
    tokio::select! {
        done = work => Some(done),
        () = stopped => None,
    }
}

/// Does blocking work of which nothing is heard before it is done. What takes longer than `patience` is left behind.
///
/// # Errors
/// [`no_answer`], or that the work panicked.
pub(crate) async fn within<T: Send + 'static>(
    patience: Duration,
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<T> {
    match tokio::time::timeout(patience, tokio::task::spawn_blocking(work)).await {
        Ok(done) => done.map_err(io::Error::other),
        Err(_) => Err(no_answer()),
    }
}

/// Waits for blocking work while `pulse` counts on: `None` when it stood still for `patience`, and was left behind.
pub(crate) async fn while_it_moves<T>(
    patience: Duration,
    pulse: &AtomicU64,
    mut work: JoinHandle<T>,
) -> Option<Result<T, JoinError>> {
    let mut before = pulse.load(Ordering::Relaxed);
    loop {
        if let Ok(done) = tokio::time::timeout(patience, &mut work).await {
            return Some(done);
        }
        let now = pulse.load(Ordering::Relaxed);
        if now == before {
            return None;
        }
        before = now;
    }
}
