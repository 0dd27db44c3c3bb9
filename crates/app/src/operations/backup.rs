//! Backing up a folder.

use std::{path::PathBuf, time::Instant};

use holdfast_backup::{
    progress::Tracker,
    set::{BackupOptions, BackupSet, Prepared},
};
use holdfast_storage::Prefix;
use tokio_util::sync::CancellationToken;

use super::{ProgressSink, Session, elapsed_ms, running::Underway};
use crate::{
    dto::{
        plan::PlanView,
        run::{RunState, SyncOptions, SyncResult},
    },
    error::{AppError, Doing, ErrorCode, Result},
};

/// What to back up.
#[derive(Debug, Clone)]
pub struct BackupRequest {
    /// The folder here.
    pub folder: PathBuf,
    /// Its place in the bucket.
    pub prefix: String,
    /// How.
    pub options: SyncOptions,
}

/// Percent as a share.
fn share(percent: f64) -> Result<f64> {
    match (0.0..=100.0).contains(&percent) {
        true => Ok(percent / 100.0),
        false => Err(AppError::config(
            ErrorCode::BadParameter,
            format!("{percent} is no share that a run may remove without asking"),
            "write a number of percent from 0 (ask each time) to 100",
        )),
    }
}

impl BackupRequest {
    pub(crate) async fn set(&self, session: &Session, cancel: &CancellationToken) -> Result<BackupSet> {
        let prefix = Prefix::parse(&self.prefix)?;
        Ok(BackupSet::find(&self.folder, &session.identity, prefix, &session.state_dir, cancel).await?)
    }

    pub(crate) fn options(&self, session: &Session) -> Result<BackupOptions> {
        let mut options = BackupOptions {
            exclude: self.options.exclude_patterns.clone(),
            include_hidden: self.options.include_hidden,
            storage_class: session.storage_class.clone(),
            encryption: session.encryption.clone(),
            uploads_by_whole_key: session.uploads_by_whole_key,
            ..BackupOptions::default()
        };
        options.plan.delete_remote = self.options.delete_remote;
        options.plan.confirmed_removals = self.options.confirm_removal_of;
        options.plan.brake_files = self.options.brake_files;
        if let Some(percent) = self.options.brake_share_percent {
            options.plan.brake_share = share(percent)?;
        }
        Ok(options)
    }

    /// Looks and plans.
    async fn prepare(&self, session: &Session, tracker: &std::sync::Arc<Tracker>, run: &Underway) -> Result<Prepared> {
        let cx = session.upload_context(tracker, run);
        let set = self.set(session, &run.cancel).await?;
        let prepared = set.prepare(&cx, &self.options(session)?, &run.id).await;
        prepared.map_err(|e| AppError::from_backup(&e, &session.doing(Doing::Upload)))
    }

    /// Shows what a run would do. Sends nothing (one listing when the index is lost).
    pub async fn preview(&self, session: &Session, run: &Underway, sink: &ProgressSink) -> Result<PlanView> {
        let tracker = Tracker::new();
        let prepared = tracker.watch(&**sink, self.prepare(session, &tracker, run)).await?;
        Ok(PlanView::of_backup(&prepared.plan, &session.prices, &session.doing(Doing::Upload)))
    }

    /// Runs it.
    pub async fn run(&self, session: &Session, run: &Underway, sink: &ProgressSink) -> Result<SyncResult> {
        let (tracker, begin) = (Tracker::new(), Instant::now());
        let context = session.doing(Doing::Upload);
        let work = async {
            let prepared = self.prepare(session, &tracker, run).await?;
            if self.options.dry_run {
                return Ok(Self::dry(session, run, &prepared, elapsed_ms(begin)));
            }
            let report = prepared.run(session.upload_context(&tracker, run)).await;
            let report = report.map_err(|e| AppError::from_backup(&e, &context))?;
            Ok(SyncResult::of(&run.id, &report, elapsed_ms(begin), &session.prices, &context))
        };
        tracker.watch(&**sink, work).await
    }

    /// A run that was only planned, in the shape of a result.
    fn dry(session: &Session, run: &Underway, prepared: &Prepared, duration_ms: u64) -> SyncResult {
        let plan = &prepared.plan;
        let view = PlanView::of_backup(plan, &session.prices, &session.doing(Doing::Upload));
        let moved = plan.count(holdfast_backup::plan::Reason::Moved);
        let send = plan.to_send();
        SyncResult {
            operation_id: run.id.clone(),
            files_uploaded: send.files - moved.files,
            files_deleted: if plan.remove { plan.gone().files } else { 0 },
            files_skipped: plan.observed.unchanged.files,
            files_copied: moved.files,
            bytes_transferred: send.bytes - moved.bytes,
            duration_ms,
            errors: view.problems.iter().map(|f| format!("{}: {}", f.path, f.reason)).collect(),
            state: if view.problems.is_empty() { RunState::Complete } else { RunState::Partial },
            failures: view.problems,
            requests: plan.requests.by_action(),
            cost_usd: view.receipt.now_usd,
            notices: Vec::new(),
        }
    }
}
