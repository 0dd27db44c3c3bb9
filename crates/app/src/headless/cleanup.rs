//! `delete_after_days`: files leave this computer when they were sent long enough ago and the place confirms them.

use holdfast_backup::{free_up::Freed, progress::Tracker};
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::{Headless, Ledger};
use crate::{
    AppError, Result,
    dto::log::RunKind,
    error::{self, Doing},
    operations::new_operation_id,
};

const DAY: i64 = 24 * 60 * 60;

impl Headless {
    /// Makes room in one watch's folder, if it says so. `false` when a run of it is under way: then another time. While
    /// room is made the agent begins no run of it.
    pub(super) async fn clean_up(&self, id: &str, ledger: &Ledger, now: Timestamp) -> Result<bool> {
        let watch = self.watches.iter().find(|(ours, _)| ours == id);
        let Some(days) = watch.and_then(|(_, watch)| watch.delete_after_days) else { return Ok(true) };
        let run = self.app.running.begin(Some(new_operation_id()));
        let Ok(_turn) = self.app.live.take_turn(id, &run.id, RunKind::Verify) else { return Ok(false) };
        let kept = self.app.home.sets.load()?.expect(id)?.clone();
        let session = self.app.session(Some(super::PROFILE)).await?;
        let set = kept.request(None).set(&session, &CancellationToken::new()).await?;
        let cx = session.upload_context(&Tracker::new(), &run);
        let freed = set.free_up(&cx, now.as_second() - i64::from(days) * DAY).await;
        let context = session.doing(Doing::Upload);
        let freed = freed.map_err(|error| AppError::from_backup(&error, &context))?;
        ledger.removed_here(&freed.removed, now.as_second())?;
        let Freed { removed, bytes, unconfirmed, .. } = freed;
        if !removed.is_empty() {
            tracing::info!(files = removed.len(), bytes, "files were removed here: their copies are confirmed");
        }
        for failure in unconfirmed.iter().map(|failure| error::failure(failure, &context)) {
            tracing::warn!(path = failure.path, reason = failure.reason, "stays here: its copy is not confirmed");
        }
        Ok(true)
    }
}
