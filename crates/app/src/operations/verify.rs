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
    dto::run::VerifyResult,
    error::{self, AppError, Doing, ErrorCode, Result},
};

/// How deep.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum VerifyMode {
    /// The listing against the index.
    Quick,
    /// Everything is read back.
    Full,
    /// So many percent are read back.
    Sample(f64),
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
pub(crate) fn is_lost(reason: &FailureReason) -> bool {
    matches!(reason, FailureReason::Missing | FailureReason::Mismatch)
}

impl VerifyRequest {
    fn mode(&self) -> (&'static str, Mode) {
        match self.mode {
            VerifyMode::Quick => ("quick", Mode::Quick),
            VerifyMode::Full => ("full", Mode::Full),
            VerifyMode::Sample(percent) => ("sample", Mode::Sample { percent, seed: rand::random() }),
        }
    }

    /// Runs it.
    pub async fn run(&self, session: &Session, run: &Underway, sink: &ProgressSink) -> Result<VerifyResult> {
        let (tracker, begin) = (Tracker::new(), Instant::now());
        let context = session.doing(Doing::Download);
        let prefix = Prefix::parse(&self.prefix)?;
        let (name, mode) = self.mode();
        let set = BackupSet::new(&self.folder, &session.identity, prefix.clone(), &session.state_dir);
        let index = self.index(&set)?;
        let cx = session.verify_context(&tracker, run, self.jobs);
        let work = verify::run(&cx, &prefix, index, mode);
        let report = tracker.watch(&**sink, work).await.map_err(|e| AppError::from_backup(&e, &context))?;
        let bad: Vec<String> = report.failures.iter().filter(|f| is_lost(&f.reason)).map(|f| f.path.clone()).collect();
        if !bad.is_empty() && set.index_path().exists() {
            set.forget(&bad)?;
        }
        Ok(self.result(session, run, name, &report, elapsed_ms(begin)))
    }

    /// The set's index, where the folder was backed up from here. A quick check is nothing without it.
    fn index(&self, set: &BackupSet) -> Result<Option<Index>> {
        match (set.index_path().exists(), self.mode) {
            (true, _) => Ok(Some(Index::open(set.index_path())?.0)),
            (false, VerifyMode::Quick) => Err(AppError::config(
                ErrorCode::NoRecord,
                format!("this computer has no record of backing up {} to “{}”", self.folder.display(), self.prefix),
                "check both names, or read the copies themselves back with --full or --sample",
            )),
            (false, _) => Ok(None),
        }
    }

    fn result(&self, session: &Session, run: &Underway, mode: &str, report: &VerifyReport, ms: u64) -> VerifyResult {
        let context = session.doing(Doing::Download);
        VerifyResult {
            operation_id: run.id.clone(),
            mode: mode.to_owned(),
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
