//! Prove that what is in the bucket is what was backed up: by its listing, by a sample of its content, or by all of it.
//!
//! Reads only. An object that cannot be checked is a failure, never a silence.

mod compare;
mod content;

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use holdfast_storage::{
    Error as StorageError, ListRequest, ObjectStore, Prefix, meter::Meter, meter::Tally, retry::RetryPolicy,
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::{
    Error, Result,
    index::Index,
    limiter::Limiter,
    progress::{Phase, Tracker},
    report::{Failure, FailureReason, State},
    restore::Source,
};
use compare::Comparison;
use content::Check;

/// How much is looked at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Mode {
    /// The listing against the index: missing objects, other sizes, other entity tags.
    Quick,
    /// Every object is downloaded and compared with its digest.
    Full,
    /// So many percent of the objects are downloaded, chosen by `seed`; the others as in [`Mode::Quick`].
    Sample {
        /// 0 to 100.
        percent: f64,
        /// Another seed chooses other objects.
        seed: u64,
    },
}

/// What a check works with.
#[derive(Debug, Clone)]
pub struct VerifyContext {
    /// Where the objects are, with retries and the other layers around it.
    pub store: Arc<dyn ObjectStore>,
    /// The layer that counts the requests of this operation.
    pub meter: Arc<Meter>,
    /// How many requests may be under way.
    pub limiter: Arc<Limiter>,
    /// Where progress is counted.
    pub tracker: Arc<Tracker>,
    /// Stops the operation.
    pub cancel: CancellationToken,
    /// Most objects under way at once.
    pub jobs: usize,
    /// How patiently a download that breaks is continued.
    pub retry: RetryPolicy,
}

/// What a check found.
#[derive(Debug)]
pub struct VerifyReport {
    /// How it ended; complete means that nothing was found wrong.
    pub state: State,
    /// Objects that were found as expected, by the listing or by their content.
    pub checked: u64,
    /// Of these, objects whose whole content was read and has the digest that was backed up.
    pub proven: u64,
    /// Bytes of content read.
    pub bytes: u64,
    /// Files of the index that are not in the bucket.
    pub missing: u64,
    /// Objects that are not what was backed up.
    pub mismatched: u64,
    /// Objects the index does not know. No fault: others may write there too.
    pub extra: u64,
    /// Objects that nothing is known of to compare with but what the listing says.
    pub unproven: u64,
    /// Everything that is wrong or could not be checked.
    pub failures: Vec<Failure>,
    /// Requests and bytes as the meter saw them.
    pub tally: Tally,
}

/// Counts of a check under way.
#[derive(Debug, Default)]
pub(crate) struct Found {
    checked: AtomicU64,
    proven: AtomicU64,
    missing: AtomicU64,
    mismatched: AtomicU64,
    extra: AtomicU64,
    unproven: AtomicU64,
    failures: Mutex<Vec<Failure>>,
    fatal: Mutex<Option<StorageError>>,
}

impl Found {
    fn add(counter: &AtomicU64) {
        counter.fetch_add(1, Ordering::Relaxed);
    }

    fn fail(&self, path: String, reason: FailureReason) {
        match reason {
            FailureReason::Missing => Self::add(&self.missing),
            FailureReason::Mismatch => Self::add(&self.mismatched),
            _ => {}
        }
        lock(&self.failures).push(Failure { path, reason });
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Checks everything below `prefix`. Give it a reader of the index ([`Index::reader`]) where there is one; without, the
/// objects' own metadata tells what was backed up.
pub async fn run(ctx: &VerifyContext, prefix: &Prefix, index: Option<Index>, mode: Mode) -> Result<VerifyReport> {
    let found = Arc::new(Found::default());
    let source = Arc::new(Source::new(ctx.store.clone(), ctx.limiter.clone(), ctx.retry));
    let stop = ctx.cancel.child_token();
    ctx.tracker.phase(Phase::Transferring);
    let (checks, waiting) = mpsc::channel(ctx.jobs.max(1) * 2);
    let mut tasks = content::start(ctx, &source, &found, &stop, waiting);
    let comparison = Comparison::new(prefix, index, mode, found.clone())?;
    let listed = stop.run_until_cancelled(list(ctx, comparison, checks)).await;
    while let Some(ended) = tasks.join_next().await {
        ended.map_err(joined)?;
    }
    if let Some(listed) = listed.filter(|_| !stop.is_cancelled()) {
        let comparison = listed?;
        if comparison.is_nothing() {
            return Err(Error::NothingThere { prefix: prefix.as_str().to_owned() });
        }
        tokio::task::spawn_blocking(move || comparison.find_missing()).await.map_err(joined)??;
    }
    report(ctx, &found, &source)
}

/// Compares page after page and hands on what must be read.
async fn list(ctx: &VerifyContext, mut comparison: Comparison, checks: mpsc::Sender<Check>) -> Result<Comparison> {
    let mut request = ListRequest { prefix: comparison.dir().to_owned(), ..ListRequest::default() };
    loop {
        let permit = ctx.limiter.acquire().await;
        let page = ctx.store.list(&request).await?;
        drop(permit);
        let listed = page.objects.len() as u64;
        let compare = move || {
            let to_read = comparison.page(page.objects)?;
            Ok::<_, Error>((comparison, to_read))
        };
        let (back, to_read) = tokio::task::spawn_blocking(compare).await.map_err(joined)??;
        comparison = back;
        ctx.tracker.plan(listed, to_read.iter().map(|check| check.size).sum());
        ctx.tracker.finish_files(listed - to_read.len() as u64);
        for check in to_read {
            if checks.send(check).await.is_err() {
                return Ok(comparison);
            }
        }
        match page.continuation {
            Some(next) if request.continuation.as_ref() != Some(&next) => request.continuation = Some(next),
            _ => return Ok(comparison),
        }
    }
}

fn report(ctx: &VerifyContext, found: &Found, source: &Source) -> Result<VerifyReport> {
    if let Some(fatal) = lock(&found.fatal).take() {
        return Err(fatal.into());
    }
    let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    let failures = std::mem::take(&mut *lock(&found.failures));
    Ok(VerifyReport {
        state: State::of(ctx.cancel.is_cancelled(), &failures),
        checked: count(&found.checked),
        proven: count(&found.proven),
        bytes: source.received.load(Ordering::Relaxed),
        missing: count(&found.missing),
        mismatched: count(&found.mismatched),
        extra: count(&found.extra),
        unproven: count(&found.unproven),
        failures,
        tally: ctx.meter.tally(),
    })
}

fn joined(error: tokio::task::JoinError) -> Error {
    Error::io("a task of the check")(std::io::Error::other(error))
}
