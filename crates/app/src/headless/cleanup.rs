//! `delete_after_days`: files leave this computer when they were sent long enough ago and the place confirms them.

use holdfast_backup::{free_up::Freed, progress::Tracker};
use jiff::Timestamp;

use super::{Headless, Ledger};
use crate::{
    AppError, ErrorCode, Result,
    error::{self, Doing},
    operations::new_operation_id,
};

const DAY: i64 = 24 * 60 * 60;

impl Headless {
    /// Makes room in one watch's folder, if it says so. Nothing while a run of it is under way.
    pub(super) async fn clean_up(&self, id: &str, ledger: &Ledger, now: Timestamp) -> Result<()> {
        let watch = self.watches.iter().find(|(ours, _)| ours == id);
        let Some(days) = watch.and_then(|(_, watch)| watch.delete_after_days) else { return Ok(()) };
        let kept = self.app.home.sets.load()?.expect(id)?.clone();
        let session = self.app.session(Some(super::PROFILE)).await?;
        let run = self.app.running.begin(Some(new_operation_id()));
        let set = kept.request(None).set(&session)?;
        let cx = session.upload_context(&Tracker::new(), &run);
        let freed = set.free_up(&cx, now.as_second() - i64::from(days) * DAY).await;
        let context = session.doing(Doing::Upload);
        let freed = match freed.map_err(|error| AppError::from_backup(&error, &context)) {
            Err(busy) if busy.code == ErrorCode::Busy => return Ok(()),
            other => other?,
        };
        ledger.removed_here(&freed.removed, now.as_second())?;
        let Freed { removed, bytes, unconfirmed, .. } = freed;
        if !removed.is_empty() {
            tracing::info!(files = removed.len(), bytes, "files were removed here: their copies are confirmed");
        }
        for failure in unconfirmed.iter().map(|failure| error::failure(failure, &context)) {
            tracing::warn!(path = failure.path, reason = failure.reason, "stays here: its copy is not confirmed");
        }
        Ok(())
    }
}
