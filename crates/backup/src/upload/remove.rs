//! Removes from the bucket what is gone here, a thousand objects in a request.

use holdfast_storage::Key;

use super::{Run, record::Note};
use crate::{
    Result,
    plan::{DELETE_BATCH, Item},
    report::{Failure, FailureReason},
};

pub(super) async fn remove_gone(run: &Run) -> Result<()> {
    let mut batch: Vec<(Key, String)> = Vec::new();
    for item in run.plan.observed.gone.iter() {
        let path = Item::path(&item);
        match run.job.prefix.key(&path) {
            Ok(key) => batch.push((key, path)),
            Err(error) => run.fail_path(path, FailureReason::Key(error)),
        }
        if batch.len() as u64 == DELETE_BATCH {
            remove_batch(run, std::mem::take(&mut batch)).await?;
        }
        if run.stopped() {
            return Ok(());
        }
    }
    if batch.is_empty() { Ok(()) } else { remove_batch(run, batch).await }
}

async fn remove_batch(run: &Run, batch: Vec<(Key, String)>) -> Result<()> {
    let keys: Vec<Key> = batch.iter().map(|(key, _)| key.clone()).collect();
    let outcomes = tokio::select! {
        outcomes = run.cx.store.delete_many(&keys) => outcomes,
        () = run.ending.cancelled() => return Ok(()),
    };
    let outcomes = match outcomes {
        Ok(outcomes) => outcomes,
        Err(error) if error.is_fatal() => return Err(error.into()),
        Err(error) => {
            batch.into_iter().for_each(|(_, path)| run.fail_path(path, FailureReason::Storage(error.clone())));
            return Ok(());
        }
    };
    for ((_, path), outcome) in batch.into_iter().zip(outcomes) {
        match outcome {
            Ok(_) => {
                run.deleted.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                run.recorder.note(Note::Removed(path));
            }
            Err(error) => run.fail_path(path, FailureReason::Storage(error)),
        }
    }
    Ok(())
}

impl Run {
    fn fail_path(&self, path: String, reason: FailureReason) {
        super::lock(&self.failures).push(Failure { path, reason });
    }
}
