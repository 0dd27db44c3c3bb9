//! Carries out a backup plan: reads each file once while it holds still, sends it, and notes what the server confirmed.
//!
//! Reader threads hash and hand over small files; upload tasks send them; large files go up in parts; one recorder
//! writes the index. Everything between them is bounded in number and in bytes.

mod large;
mod read;
mod record;
mod remove;
mod rooms;
mod small;
mod taken_up;

use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use holdfast_storage::{self as storage, Encryption, Key, Metadata, ObjectStore, Prefix, WriteOptions, meter::Meter};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::{
    Error, Result,
    index::{Index, RunKind},
    limiter::Limiter,
    name,
    plan::{BackupPlan, Item, Reason},
    progress::{Phase, Tracker},
    report::{BackupReport, Failure, FailureReason, Notice, State},
};
use record::Recorder;
use rooms::Rooms;

/// Files from this size on go up in parts, bytes.
pub const MULTIPART_FROM: u64 = 16 << 20;
/// The usual size of a part, bytes.
const PART_SIZE: u64 = 8 << 20;
/// The most parts an upload may have, and the largest object, part and copy (S3 user guide, "Multipart upload limits").
const MAX_PARTS: u64 = 10_000;
/// The largest object S3 keeps, bytes.
pub const MAX_OBJECT: u64 = 5 << 40;
/// The largest object one CopyObject request copies, bytes.
const MAX_COPY: u64 = 5 << 30;
/// Content in memory at any time, bytes.
const MEMORY: u64 = 32 << 20;
/// Large files under way at once.
const LARGE_FILES: usize = 3;
/// How often a file that does not hold still is tried, and how long it is left alone in between.
const STILL_PAUSES: [Duration; 3] = [Duration::ZERO, Duration::from_millis(100), Duration::from_secs(1)];
/// So many files in a row that could not reach the place end the run.
const UNREACHABLE_STREAK: u64 = 10;

/// Bytes per part for a file of this size: 8 MiB, more only where 10,000 parts would not suffice.
pub fn part_size(size: u64) -> u64 {
    PART_SIZE.max(size.div_ceil(MAX_PARTS).next_multiple_of(1 << 20))
}

/// What a run works with.
#[derive(Debug, Clone)]
pub struct Context {
    /// Where to.
    pub store: Arc<dyn ObjectStore>,
    /// Counts what `store` sends.
    pub meter: Arc<Meter>,
    /// How many requests at once.
    pub limiter: Arc<Limiter>,
    /// Tells how far it is.
    pub tracker: Arc<Tracker>,
    /// Stops it.
    pub cancel: CancellationToken,
}

/// What is backed up, where to, and how.
#[derive(Debug, Clone)]
pub struct Job {
    /// The folder.
    pub root: PathBuf,
    /// Its place in the bucket.
    pub prefix: Prefix,
    /// Storage class of new objects.
    pub storage_class: Option<String>,
    /// Server-side encryption of new objects.
    pub encryption: Option<Encryption>,
    /// Files from this size on go up in parts, bytes.
    pub multipart_from: u64,
    /// The run's id.
    pub run_id: String,
    /// Now, Unix seconds.
    pub now: i64,
    /// How long a file may keep the run waiting for its next bytes.
    pub patience: Duration,
}

/// Shared by all that work on a run.
struct Run {
    cx: Context,
    /// Ends what is under way: somebody asked to stop, or nothing can go on.
    ending: CancellationToken,
    job: Job,
    plan: BackupPlan,
    recorder: Recorder,
    lookup: Mutex<Index>,
    memory: Arc<Semaphore>,
    rooms: Arc<Rooms>,
    uploaded: AtomicU64,
    copied: AtomicU64,
    deleted: AtomicU64,
    bytes: AtomicU64,
    failures: Mutex<Vec<Failure>>,
    restless: Mutex<Vec<usize>>,
    fatal: Mutex<Option<Error>>,
    streak: AtomicU64,
    first_sent: OnceLock<Key>,
    notices: Mutex<Vec<Notice>>,
}

/// Which files of the plan a round works on.
struct Round {
    next: AtomicUsize,
    only: Option<Vec<usize>>,
    last: bool,
}

/// Carries out `plan`. The caller holds the run lock. Refuses a plan with the brake on.
pub async fn run(cx: Context, job: Job, mut index: Index, mut plan: BackupPlan) -> Result<BackupReport> {
    if let Some(brake) = plan.brake {
        return Err(Error::Brake { brake });
    }
    let unknown_uploads = plan.observed.rebuilt || index.lost_track()?;
    index.begin_run(&job.run_id, RunKind::Backup, job.now)?;
    large::tidy(&cx, &job, &mut index, &plan, unknown_uploads).await?;
    let readers: Vec<Index> = (0..read::THREADS).map(|_| index.reader()).collect::<Result<_>>()?;
    let lookup = Mutex::new(index.reader()?);
    let planned = plan.to_send();
    let found = std::mem::take(&mut plan.observed.failures);
    cx.tracker.reset_plan(planned.files, planned.bytes);
    cx.tracker.phase(Phase::Transferring);
    let run = Arc::new(Run {
        ending: cx.cancel.child_token(),
        cx,
        job,
        plan,
        recorder: Recorder::start(index)?,
        lookup,
        memory: Arc::new(Semaphore::new(MEMORY as usize / 1024)),
        rooms: Arc::default(),
        uploaded: 0.into(),
        copied: 0.into(),
        deleted: 0.into(),
        bytes: 0.into(),
        failures: Mutex::default(),
        restless: Mutex::default(),
        fatal: Mutex::default(),
        streak: 0.into(),
        first_sent: OnceLock::new(),
        notices: Mutex::default(),
    });
    send_all(&run, readers).await?;
    taken_up::look(&run).await?;
    if run.plan.remove && !run.stopped() {
        run.cx.tracker.phase(Phase::Finishing);
        remove::remove_gone(&run).await?;
    }
    finish(&run, found).await
}

/// Rounds over the files to send: all of them, then those that did not hold still.
async fn send_all(run: &Arc<Run>, mut readers: Vec<Index>) -> Result<()> {
    for (attempt, pause) in STILL_PAUSES.into_iter().enumerate() {
        let only = (attempt > 0).then(|| std::mem::take(&mut *lock(&run.restless)));
        if only.as_ref().is_some_and(Vec::is_empty) || run.stopped() {
            break;
        }
        tokio::select! { () = tokio::time::sleep(pause) => {}, () = run.ending.cancelled() => break }
        let round = Arc::new(Round { next: 0.into(), only, last: attempt + 1 == STILL_PAUSES.len() });
        let (small, large) = tokio::join!(small::send(run, &round, readers), large::send(run, &round));
        large?;
        readers = small?;
    }
    Ok(())
}

/// Closes the books. A reader that was left behind may still know the run; it adds nothing to it any more.
async fn finish(run: &Run, found: Vec<Failure>) -> Result<BackupReport> {
    let index = run.recorder.finish().await?;
    let mut failures = std::mem::take(&mut *lock(&run.failures));
    failures.extend(found);
    let fatal = lock(&run.fatal).take();
    let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    let state = State::of(run.cx.cancel.is_cancelled(), &failures);
    let report = BackupReport {
        state,
        uploaded: count(&run.uploaded),
        copied: count(&run.copied),
        deleted: count(&run.deleted),
        unchanged: run.plan.observed.unchanged.files,
        excluded: run.plan.observed.skipped.values().map(|g| g.count.files).sum(),
        bytes: count(&run.bytes),
        tally: run.cx.meter.tally(),
        failures,
        notices: std::mem::take(&mut *lock(&run.notices)),
    };
    let summary = format!(
        r#"{{"uploaded":{},"copied":{},"deleted":{},"bytes":{},"requests":{}}}"#,
        report.uploaded,
        report.copied,
        report.deleted,
        report.bytes,
        report.tally.total()
    );
    let ended = if fatal.is_some() { None } else { Some(state) };
    index.begin()?;
    index.end_run(&run.job.run_id, ended, &summary, &report.failures, jiff::Timestamp::now().as_second())?;
    if let (Some(State::Complete), Some(volume)) = (ended, &run.plan.observed.volume.0) {
        index.set_fact(crate::plan::VOLUME_FACT, volume)?;
    }
    let removed = match run.plan.observed.partial {
        true => run.plan.observed.removed_before + report.deleted,
        false => 0,
    };
    if run.plan.observed.partial || ended == Some(State::Complete) {
        index.set_fact(crate::plan::REMOVED_FACT, &removed.to_string())?;
    }
    index.commit()?;
    match fatal {
        Some(error) => Err(error),
        None => Ok(report),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What became of one file.
enum Outcome {
    Sent { bytes: u64 },
    Copied,
    Same,
    Restless,
    Failed(FailureReason),
    Fatal(Error),
    Cancelled,
}

impl From<FailureReason> for Outcome {
    fn from(reason: FailureReason) -> Self {
        match reason {
            FailureReason::Unstable => Self::Restless,
            reason => Self::Failed(reason),
        }
    }
}

impl Run {
    fn stopped(&self) -> bool {
        self.ending.is_cancelled()
    }

    fn settle(&self, index: usize, round: &Round, outcome: Outcome) {
        let done = |counter: &AtomicU64| {
            counter.fetch_add(1, Ordering::Relaxed);
            self.streak.store(0, Ordering::Relaxed);
            self.cx.tracker.finish_files(1);
        };
        match outcome {
            Outcome::Sent { bytes } => {
                self.bytes.fetch_add(bytes, Ordering::Relaxed);
                done(&self.uploaded);
            }
            Outcome::Copied => done(&self.copied),
            Outcome::Same => self.cx.tracker.finish_files(1),
            Outcome::Restless if round.last => self.fail(index, FailureReason::Unstable),
            Outcome::Restless => lock(&self.restless).push(index),
            Outcome::Failed(FailureReason::Storage(error)) => self.storage_failed(index, error),
            Outcome::Failed(reason) => self.fail(index, reason),
            Outcome::Fatal(error) => self.stop(error),
            Outcome::Cancelled => {}
        }
    }

    fn fail(&self, index: usize, reason: FailureReason) {
        let path = self.plan.observed.send.get(index).map(|i| i.path()).unwrap_or_default();
        lock(&self.failures).push(Failure { path, reason });
    }

    /// A refused file is a failure; a place that is gone ends the run.
    fn storage_failed(&self, index: usize, error: storage::Error) {
        let unreachable = matches!(error, storage::Error::Unreachable(_) | storage::Error::SlowDown);
        let streak = if unreachable { self.streak.fetch_add(1, Ordering::Relaxed) + 1 } else { 0 };
        if self.cx.limiter.is_hopeless(&error) || streak >= UNREACHABLE_STREAK {
            return self.stop(Error::Storage(error));
        }
        self.fail(index, FailureReason::Storage(error));
    }

    /// Whether there are files that nobody has taken up yet.
    fn has_more(&self, round: &Round) -> bool {
        !self.stopped() && (round.has_more(self.plan.observed.send.len()) || !lock(&self.restless).is_empty())
    }

    fn stop(&self, error: Error) {
        lock(&self.fatal).get_or_insert(error);
        self.ending.cancel();
    }

    fn local(&self, item: &Item<'_, Reason>) -> PathBuf {
        let name = item.name.strip_suffix(name::LINK_SUFFIX).unwrap_or(item.name);
        let mut path = self.job.root.clone();
        if !item.dir.is_empty() {
            path.push(name::decode(item.dir));
        }
        path.push(name::decode(name));
        path
    }

    fn key(&self, item: &Item<'_, Reason>) -> Result<Key, FailureReason> {
        self.job.prefix.key(&item.path()).map_err(FailureReason::Key)
    }

    fn write_options(&self, name: &str, metadata: Metadata) -> WriteOptions {
        let name = name.strip_suffix(name::LINK_SUFFIX).map_or(name, |_| "link.txt");
        let content_type = mime_guess::from_path(name).first_raw().unwrap_or("application/octet-stream");
        WriteOptions {
            content_type: Some(content_type.to_owned()),
            metadata,
            storage_class: self.job.storage_class.clone(),
            encryption: self.job.encryption.clone(),
            ..WriteOptions::default()
        }
    }
}

impl Round {
    /// The next file's position in the plan.
    fn next(&self, len: usize) -> Option<usize> {
        let at = self.next.fetch_add(1, Ordering::Relaxed);
        match &self.only {
            Some(only) => only.get(at).copied(),
            None => (at < len).then_some(at),
        }
    }

    fn has_more(&self, len: usize) -> bool {
        self.next.load(Ordering::Relaxed) < self.only.as_ref().map_or(len, Vec::len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_as_s3_allows() {
        for (size, want) in [(1, 8 << 20), (78 << 30, 8 << 20), (80 << 30, 9 << 20), (MAX_OBJECT, 525 << 20)] {
            let part = part_size(size);
            assert_eq!(part, want, "{size}");
            assert!((5 << 20..=5 << 30).contains(&part) && size.div_ceil(part) <= MAX_PARTS, "{size}");
        }
    }
}
