//! Checking that what is in the bucket is what was backed up.

use std::{path::PathBuf, time::Instant};

use holdfast_backup::{
    index::Index,
    progress::Tracker,
    report::FailureReason,
    set::BackupSet,
    verify::{self, Mode, VerifyReport},
};
use holdfast_storage::Prefix;

use super::{ProgressSink, Session, elapsed_ms, running::Underway};
use crate::{
    dto::run::{CheckDepth, VerifyOptions, VerifyResult},
    error::{self, AppError, Doing, ErrorCode, Result},
};

/// How deep.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum VerifyMode {
    /// The listing against the index.
    Quick,
    /// Everything is read back.
    Full,
    /// So many percent are read back, above 0 and up to 100.
    Sample(f64),
}

/// The share of a sample that nobody chose, percent.
const USUAL_SAMPLE: f64 = 5.0;

impl TryFrom<VerifyOptions> for VerifyMode {
    type Error = AppError;

    fn try_from(options: VerifyOptions) -> Result<Self> {
        let percent = options.sample_percent.unwrap_or(USUAL_SAMPLE);
        match options.depth {
            CheckDepth::Quick => Ok(Self::Quick),
            CheckDepth::Full => Ok(Self::Full),
            CheckDepth::Sample if percent > 0.0 && percent <= 100.0 => Ok(Self::Sample(percent)),
            CheckDepth::Sample => Err(AppError::config(
                ErrorCode::BadParameter,
                format!("{percent} is no share of the copies"),
                "write a number of percent above 0 and up to 100",
            )),
        }
    }
}

/// What to check.
#[derive(Debug, Clone)]
pub struct VerifyRequest {
    /// The folder that was backed up.
    pub folder: PathBuf,
    /// Its place in the bucket.
    pub prefix: String,
    /// How deep.
    pub mode: VerifyMode,
    /// Most objects under way at once.
    pub jobs: usize,
}

/// Whether the copy has to be sent anew.
fn is_lost(reason: &FailureReason) -> bool {
    matches!(reason, FailureReason::Missing | FailureReason::Mismatch)
}

impl VerifyRequest {
    /// With the usual number of objects at once.
    pub fn new(folder: impl Into<PathBuf>, prefix: impl Into<String>, mode: VerifyMode) -> Self {
        Self { folder: folder.into(), prefix: prefix.into(), mode, jobs: 64 }
    }

    fn mode(&self) -> (CheckDepth, Mode) {
        match self.mode {
            VerifyMode::Quick => (CheckDepth::Quick, Mode::Quick),
            VerifyMode::Full => (CheckDepth::Full, Mode::Full),
            VerifyMode::Sample(percent) => (CheckDepth::Sample, Mode::Sample { percent, seed: rand::random() }),
        }
    }

    /// Runs it.
    pub async fn run(&self, session: &Session, run: &Underway, sink: &ProgressSink) -> Result<VerifyResult> {
        let (tracker, begin) = (Tracker::new(), Instant::now());
        let context = session.doing(Doing::Download);
        let prefix = Prefix::parse(&self.prefix)?;
        let (depth, mode) = self.mode();
        let state = &session.state_dir;
        let set = BackupSet::find(&self.folder, &session.identity, prefix.clone(), state, &run.cancel).await?;
        let index = self.index(&set)?;
        let cx = session.verify_context(&tracker, run, self.jobs);
        let work = verify::run(&cx, &prefix, index, mode);
        let report = tracker.watch(&**sink, work).await.map_err(|e| AppError::from_backup(&e, &context))?;
        let bad: Vec<String> = report.failures.iter().filter(|f| is_lost(&f.reason)).map(|f| f.path.clone()).collect();
        if !bad.is_empty() && set.index_path().exists() {
            set.forget(&bad)?;
        }
        Ok(self.result(session, run, depth, &report, elapsed_ms(begin)))
    }

    /// The set's index, where the folder was backed up from here. A quick check is nothing without it.
    fn index(&self, set: &BackupSet) -> Result<Option<Index>> {
        let index = match set.index_path().exists() {
            true => Some(Index::open(set.index_path())?.0),
            false => None,
        };
        let is_empty = index.as_ref().map_or(Ok(true), Index::is_empty)?;
        match (is_empty, self.mode) {
            (false, _) => Ok(index),
            (true, VerifyMode::Quick) => Err(AppError::config(
                ErrorCode::NoRecord,
                format!("this computer has no record of backing up {} to “{}”", self.folder.display(), self.prefix),
                "check both names, or read the copies themselves back: a full check, or a sample, needs no record",
            )),
            (true, _) => Ok(None),
        }
    }

    fn result(
        &self,
        session: &Session,
        run: &Underway,
        mode: CheckDepth,
        report: &VerifyReport,
        ms: u64,
    ) -> VerifyResult {
        let context = session.doing(Doing::Download);
        VerifyResult {
            operation_id: run.id.clone(),
            mode,
            checked: report.checked,
            proven: report.proven,
            unproven: report.unproven,
            extra: report.extra,
            bytes_transferred: report.bytes,
            duration_ms: ms,
            failures: report.failures.iter().map(|f| error::failure(f, &context)).collect(),
            requests: report.tally.by_action(),
            cost_usd: session.prices.total(&report.tally),
            state: report.state.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_a_share_of_something() {
        let mode = |depth, sample_percent| VerifyMode::try_from(VerifyOptions { depth, sample_percent });
        assert_eq!(mode(CheckDepth::Quick, Some(-1.0)).unwrap(), VerifyMode::Quick);
        assert_eq!(mode(CheckDepth::Full, None).unwrap(), VerifyMode::Full);
        for (percent, want) in [(None, 5.0), (Some(0.5), 0.5), (Some(100.0), 100.0)] {
            assert_eq!(mode(CheckDepth::Sample, percent).unwrap(), VerifyMode::Sample(want));
        }
        for bad in [0.0, -1.0, 100.1, f64::NAN, f64::INFINITY] {
            let error = mode(CheckDepth::Sample, Some(bad)).unwrap_err();
            assert_eq!(error.code, ErrorCode::BadParameter, "{bad}");
        }
    }
}
