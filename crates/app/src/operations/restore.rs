//! Bringing a folder back.

use std::{path::PathBuf, sync::Arc, time::Instant};

use holdfast_backup::{
    filter::Filter,
    progress::Tracker,
    restore::{self, Conflict, RestorePlan},
};
use holdfast_storage::{Prefix, VersionId};

use super::{ProgressSink, Session, elapsed_ms, running::Underway};
use crate::{
    disk,
    dto::{
        plan::{PlanKind, PlanView},
        run::{RestoreOptions, RestoreResult, RunState},
    },
    error::{AppError, Doing, Result},
    storage_tools::moment,
};

/// What to bring back.
#[derive(Debug, Clone)]
pub struct RestoreRequest {
    /// Its place in the bucket.
    pub prefix: String,
    /// The folder here.
    pub folder: PathBuf,
    /// How.
    pub options: RestoreOptions,
    /// Most files under way at once.
    pub jobs: usize,
}

impl RestoreRequest {
    /// With the usual number of files at once.
    pub fn new(prefix: impl Into<String>, folder: impl Into<PathBuf>, options: RestoreOptions) -> Self {
        Self { prefix: prefix.into(), folder: folder.into(), options, jobs: 64 }
    }

    fn request(&self) -> Result<restore::RestoreRequest> {
        let prefix = Prefix::parse(&self.prefix)?;
        let below = prefix.dir();
        let relative = |key: &String| key.strip_prefix(&below).unwrap_or(key).to_owned();
        let chosen = self.options.versions.iter().flatten();
        let versions = chosen.map(|one| (relative(&one.key), VersionId(one.version_id.clone()))).collect();
        let mut request = restore::RestoreRequest::new(prefix, &self.folder);
        request.selection = self.options.keys.as_ref().map(|keys| keys.iter().map(relative).collect());
        request.as_of = self.options.as_of.as_deref().map(moment).transpose()?;
        request.versions = versions;
        request.jobs = self.jobs;
        request.conflict = match (self.options.overwrite_existing, self.options.keep_both) {
            (true, _) => Conflict::Overwrite,
            (false, true) => Conflict::KeepBoth,
            (false, false) => Conflict::Skip,
        };
        // A restore brings back hidden files and whatever the defaults leave out of a backup: only asked rules count.
        let rules = self.options.exclude_patterns.clone();
        if !rules.is_empty() {
            let filter = Filter::only(&rules).map_err(AppError::from)?;
            request.exclude = Some(Arc::new(move |path: &str, is_dir: bool| filter.excluded(path, is_dir)));
        }
        Ok(request)
    }

    async fn plan(&self, session: &Session, tracker: &Arc<Tracker>, run: &Underway) -> Result<RestorePlan> {
        run.or_cancelled(disk::expect_answer(&self.folder)).await?;
        let cx = session.restore_context(tracker, run);
        let request = self.request()?;
        let plan = restore::plan(&cx, &request).await;
        plan.map_err(|e| AppError::from_backup(&e, &session.doing(Doing::Download)))
    }

    /// Shows what a run would do. Writes nothing.
    pub async fn preview(&self, session: &Session, run: &Underway, sink: &ProgressSink) -> Result<PlanView> {
        let tracker = Tracker::new();
        let plan = tracker.watch(&**sink, self.plan(session, &tracker, run)).await?;
        Ok(PlanView::of_restore(&plan, &session.prices, &session.doing(Doing::Download)))
    }

    /// Runs it.
    pub async fn run(&self, session: &Session, run: &Underway, sink: &ProgressSink) -> Result<RestoreResult> {
        let (tracker, begin) = (Tracker::new(), Instant::now());
        let context = session.doing(Doing::Download);
        let work = async {
            let plan = self.plan(session, &tracker, run).await?;
            if self.options.dry_run {
                return Ok(Self::dry(session, run, &plan, elapsed_ms(begin)));
            }
            let report = restore::run(&session.restore_context(&tracker, run), plan).await;
            let report = report.map_err(|e| AppError::from_backup(&e, &context))?;
            Ok(RestoreResult::of(&run.id, &report, elapsed_ms(begin), &session.prices, &context))
        };
        tracker.watch(&**sink, work).await
    }

    /// A run that was only planned, in the shape of a result.
    fn dry(session: &Session, run: &Underway, plan: &RestorePlan, duration_ms: u64) -> RestoreResult {
        let view = PlanView::of_restore(plan, &session.prices, &session.doing(Doing::Download));
        RestoreResult {
            operation_id: run.id.clone(),
            files_downloaded: view.count(PlanKind::Download) + view.count(PlanKind::Replace),
            files_skipped: plan.to_skip().files,
            files_unproven: 0,
            bytes_transferred: plan.to_write().bytes,
            duration_ms,
            errors: view.problems.iter().map(|f| format!("{}: {}", f.path, f.reason)).collect(),
            state: if view.problems.is_empty() { RunState::Complete } else { RunState::Partial },
            failures: view.problems,
            requests: [("GetObject".to_owned(), plan.requests())].into(),
            cost_usd: view.receipt.now_usd,
        }
    }
}
