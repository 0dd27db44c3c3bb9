//! Bring a prefix, or a selection below it, back into a folder.
//!
//! [`plan`] looks and writes nothing; [`run`] carries a plan out. Nothing half-written is ever visible under its final
//! name, nothing leads out of the destination, and what exists is only replaced when the request says so.

mod act;
mod collisions;
mod dir;
mod fetch;
mod filesystem;
mod hashing;
mod heads;
mod items;
mod large;
mod links;
mod local;
mod observe;
mod place;
mod plan;
mod resume;
mod selected;
mod small;
mod versions;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use holdfast_storage::{ObjectStore, Prefix, VersionId, meter::Meter, retry::RetryPolicy};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use tokio_util::sync::CancellationToken;

pub use collisions::Sameness;
pub(crate) use fetch::{Pin, Sink, Source, failure_of};
pub use place::STAGING;
pub use plan::{Action, Count, PlannedFile, RestorePlan};

use crate::{Error, Result, limiter::Limiter, progress::Phase, progress::Tracker, report::RestoreReport};

/// What happens to a file that is there already and differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Conflict {
    /// It stays.
    #[default]
    Skip,
    /// It is replaced.
    Overwrite,
    /// It stays, and the object comes beside it under another name.
    KeepBoth,
}

/// Says of a relative path in key form, and whether it is a folder, that it is to be left out.
pub type Exclude = Arc<dyn Fn(&str, bool) -> bool + Send + Sync>;

/// A large file comes in about so many ranges while each is between the least and the largest size.
const RANGES: u64 = 16;

/// Sizes and patience; the defaults fit.
#[derive(Debug, Clone, Copy)]
pub struct Tuning {
    /// From this size on a file comes in parallel ranges and goes on after a restart, bytes.
    pub large_from: u64,
    /// Least bytes per range.
    pub range_size: u64,
    /// Most bytes per range, which very large files have.
    pub largest_range: u64,
    /// Up to this size a file is written in one go, bytes.
    pub whole_up_to: u64,
    /// How often and how patiently a download that breaks is continued.
    pub retry: RetryPolicy,
}

impl Tuning {
    /// Bytes in each range of a file of `size` bytes: the same in every run, so that a later one can go on.
    fn range_of(&self, size: u64) -> u64 {
        let least = self.range_size.max(1);
        if size < self.large_from { size } else { (size / RANGES).clamp(least, self.largest_range.max(least)) }
    }
}

impl Default for Tuning {
    fn default() -> Self {
        Self {
            large_from: 32 << 20,
            range_size: 8 << 20,
            largest_range: 32 << 20,
            whole_up_to: 1 << 20,
            retry: RetryPolicy::default(),
        }
    }
}

/// What to bring back, and where to.
#[derive(Clone)]
pub struct RestoreRequest {
    /// Below which prefix.
    pub prefix: Prefix,
    /// Relative paths in key form: files, or folders with a trailing `/`; the empty path is the prefix itself.
    /// Everything when `None`.
    pub selection: Option<Vec<String>>,
    /// As the bucket was at this moment instead of as it is. Only where it keeps versions.
    pub as_of: Option<Timestamp>,
    /// Versions chosen one by one, by relative path in key form; one per path. They are brought back beside the
    /// selection, or alone when there is none. Only where the bucket keeps versions.
    pub versions: Vec<(String, VersionId)>,
    /// The folder to restore into; made when it is missing.
    pub destination: PathBuf,
    /// What happens to files that are there.
    pub conflict: Conflict,
    /// What is left out.
    pub exclude: Option<Exclude>,
    /// Most files under way at once.
    pub jobs: usize,
    /// Sizes and patience.
    pub tuning: Tuning,
}

impl RestoreRequest {
    /// Everything below `prefix`, leaving alone what is there.
    pub fn new(prefix: Prefix, destination: impl Into<PathBuf>) -> Self {
        Self {
            prefix,
            selection: None,
            as_of: None,
            versions: Vec::new(),
            destination: destination.into(),
            conflict: Conflict::default(),
            exclude: None,
            jobs: 32,
            tuning: Tuning::default(),
        }
    }
}

/// What a restore works with.
#[derive(Debug, Clone)]
pub struct RestoreContext {
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
    /// Our own folder for locks and for what a restart goes on with.
    pub state_dir: PathBuf,
}

/// Looks at the bucket and the destination and decides what a restore would do. Writes nothing.
///
/// # Errors
/// [`Error::NothingThere`]; [`Error::NoVersions`] when an earlier state is asked of a bucket that keeps none.
pub async fn plan(ctx: &RestoreContext, request: &RestoreRequest) -> Result<RestorePlan> {
    ctx.tracker.phase(Phase::Scanning);
    let planning = async {
        let observed = observe::observe(ctx, request).await?;
        ctx.tracker.phase(Phase::Planning);
        let request = request.clone();
        let decide = move || plan::decide(observed, &request, filesystem::sameness(&request.destination));
        tokio::task::spawn_blocking(decide).await.map_err(joined)
    };
    ctx.cancel.run_until_cancelled(planning).await.unwrap_or(Err(Error::Cancelled))
}

/// Carries out a plan. What was restored stays whatever happens later, and running again goes on from there.
///
/// # Errors
/// [`Error::NoSpace`] before anything is written; [`Error::Busy`] when another restore into the same folder is under way;
/// [`Error::Storage`] when no request can succeed any more.
pub async fn run(ctx: &RestoreContext, plan: RestorePlan) -> Result<RestoreReport> {
    act::run(ctx, plan).await
}

/// Where the lock and the resume data of a destination are told apart from those of others.
fn destination_id(destination: &Path) -> String {
    let full = std::path::absolute(destination).unwrap_or_else(|_| destination.to_owned());
    let full = full.canonicalize().unwrap_or(full);
    hex::encode(&Sha256::digest(full.as_os_str().as_encoded_bytes())[..8])
}

fn joined(error: tokio::task::JoinError) -> Error {
    Error::io("a task of the restore")(std::io::Error::other(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn larger_files_come_in_larger_ranges_and_never_in_one_alone() {
        let tuning = Tuning::default();
        let mib = |n: u64| n << 20;
        for (size, range) in [(mib(31), mib(31)), (mib(32), mib(8)), (mib(200), mib(200) / 16), (mib(1024), mib(32))] {
            assert_eq!(tuning.range_of(size), range, "{size}");
        }
        assert_eq!(Tuning { largest_range: 1, ..tuning }.range_of(mib(1024)), tuning.range_size);
    }
}
