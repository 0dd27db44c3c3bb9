//! A restore drill: a few copies are really fetched, written to a temporary place and read back, and compared with the
//! SHA-256 that was recorded when they were sent. Writes nothing to the bucket.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    path::Path,
    sync::Arc,
};

use holdfast_storage::{Error as StorageError, Prefix, meter::Tally};
use tokio::sync::mpsc;

use crate::{
    Error, Result,
    index::{Index, Row},
    progress::Phase,
    report::{Failure, FailureReason},
    restore::Source,
    verify::{
        Found, VerifyContext, VerifyReport,
        content::{self, Check},
        joined, report, share,
    },
};

/// So many times as many candidates are chosen as are fetched.
const SPARE: usize = 4;

/// How much is fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// Another seed chooses other files.
    pub seed: u64,
    /// At most so many files.
    pub files: usize,
    /// At most so many bytes together; a file that is larger is never chosen.
    pub bytes: u64,
}

impl Sample {
    /// The usual size: 25 files, 256 MiB.
    pub fn usual(seed: u64) -> Self {
        Self { seed, files: 25, bytes: 256 << 20 }
    }
}

/// Candidates of the index, in order. Those of `first` (by their paths) come before all others; of the others every file that fits has the same chance, and the same seed chooses the same. There
/// are more of them than are fetched, for those that turn out to be archived or too large for what is left of the bytes.
pub fn choose(index: &Index, sample: &Sample, first: &BTreeSet<String>) -> Result<Vec<Row>> {
    let mut lowest: BTreeMap<(u64, String), Row> = BTreeMap::new();
    let most = sample.files.saturating_mul(SPARE);
    index.each_row(|row| {
        if row.sha256.is_some() && row.meta.size <= sample.bytes {
            let path = row.path();
            let by_chance = || 1 + (share(sample.seed, &path) * (1u64 << 53) as f64) as u64;
            let place = if first.contains(&path) { 0 } else { by_chance() };
            lowest.insert((place, path), row);
            if lowest.len() > most {
                lowest.pop_last();
            }
        }
        Ok(())
    })?;
    Ok(lowest.into_values().collect())
}

/// What a drill found.
#[derive(Debug, Default)]
pub struct DrillReport {
    /// Whether it was stopped.
    pub cancelled: bool,
    /// Copies that were read back and are what was backed up.
    pub proven: u64,
    /// Bytes of content read.
    pub bytes: u64,
    /// Copies that are missing or not what was backed up.
    pub wrong: Vec<Failure>,
    /// Copies that could not be read: nothing is known of them.
    pub unread: Vec<Failure>,
    /// Copies that were passed over because they are archived.
    pub archived: u64,
    /// Requests and bytes as the meter saw them.
    pub tally: Tally,
}

impl DrillReport {
    /// Copies that were chosen.
    pub fn planned(&self) -> u64 {
        self.proven + (self.wrong.len() + self.unread.len()) as u64
    }

    /// Takes over what was found of some copies, and gives back the paths of those that are archived.
    fn add(&mut self, found: VerifyReport) -> Vec<String> {
        self.proven += found.proven;
        self.bytes += found.bytes;
        let mut archived = Vec::new();
        for Failure { path, reason } in found.failures {
            match reason {
                FailureReason::Storage(StorageError::Archived { .. }) => archived.push(path),
                FailureReason::Missing | FailureReason::Mismatch => self.wrong.push(Failure { path, reason }),
                // Another object of that name: whatever it is, it is not what was backed up.
                FailureReason::Replaced => self.wrong.push(Failure { path, reason: FailureReason::Mismatch }),
                _ => self.unread.push(Failure { path, reason }),
            }
        }
        self.archived += archived.len() as u64;
        archived
    }
}

/// What of a sample is not fetched yet.
struct Room(Sample);

impl Room {
    /// The first candidates that fit.
    fn take(&mut self, candidates: &mut VecDeque<Row>) -> Vec<Row> {
        let mut taken = Vec::new();
        while self.0.files > 0
            && let Some(row) = candidates.pop_front()
        {
            if row.meta.size <= self.0.bytes {
                self.0.files -= 1;
                self.0.bytes -= row.meta.size;
                taken.push(row);
            }
        }
        taken
    }

    /// One that was taken was not fetched.
    fn give_back(&mut self, size: u64) {
        self.0.files += 1;
        self.0.bytes += size;
    }
}

/// Fetches as many of the candidates as the sample says into files below `into` and compares them. The files are removed
/// again. For an archived copy the next candidate stands in.
///
/// # Errors
/// What no copy could survive: wrong credentials, the place is gone.
pub async fn run(
    ctx: &VerifyContext,
    prefix: &Prefix,
    candidates: Vec<Row>,
    sample: Sample,
    into: &Path,
) -> Result<DrillReport> {
    let place = tempfile::Builder::new().prefix("drill-").tempdir_in(into);
    let place = place.map_err(Error::io("making a folder for the drill"))?;
    let (mut candidates, mut room, mut drill) = (VecDeque::from(candidates), Room(sample), DrillReport::default());
    ctx.tracker.phase(Phase::Transferring);
    loop {
        let rows = room.take(&mut candidates);
        if rows.is_empty() || ctx.cancel.is_cancelled() {
            break;
        }
        let sizes: BTreeMap<String, u64> = rows.iter().map(|row| (row.path(), row.meta.size)).collect();
        let archived = drill.add(fetch(ctx, prefix, rows, place.path()).await?);
        archived.iter().filter_map(|path| sizes.get(path)).for_each(|size| room.give_back(*size));
    }
    Ok(DrillReport { cancelled: ctx.cancel.is_cancelled(), tally: ctx.meter.tally(), ..drill })
}

/// Reads some copies, whatever their entity tag is: what counts is their content.
async fn fetch(ctx: &VerifyContext, prefix: &Prefix, rows: Vec<Row>, into: &Path) -> Result<VerifyReport> {
    let found = Arc::new(Found::default());
    let source = Arc::new(Source::new(ctx.store.clone(), ctx.limiter.clone(), ctx.retry));
    let stop = ctx.cancel.child_token();
    ctx.tracker.plan(rows.len() as u64, rows.iter().map(|row| row.meta.size).sum());
    let (checks, waiting) = mpsc::channel(ctx.jobs.max(1) * 2);
    let mut tasks = content::start(ctx, &source, &found, &stop, waiting, Some(into));
    for row in rows {
        let path = row.path();
        let Ok(key) = prefix.key(&path) else { continue };
        let check = Check { path, key, size: row.meta.size, etag: None, expected: row.sha256 };
        if checks.send(check).await.is_err() {
            break;
        }
    }
    drop(checks);
    while let Some(ended) = tasks.join_next().await {
        ended.map_err(joined)?;
    }
    report(ctx, &found, &source)
}
