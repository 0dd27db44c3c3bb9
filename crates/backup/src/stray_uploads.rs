//! Uploads that no index knows, at a place that lists unfinished uploads only by their whole key (MinIO): each large file
//! of a plan is asked for by name. Uploads of files that are not planned cannot be found there.

use futures::{StreamExt, TryStreamExt, stream};
use holdfast_storage::{Error as StoreError, Key, Prefix, Upload};

use crate::{Error, Result, plan::BackupPlan, upload::Context};

/// How many files are asked about at once.
const AT_ONCE: usize = 16;

/// Gives up unfinished uploads of planned files from `multipart_from` bytes on that are not among those the index knows.
pub(crate) async fn give_up(
    cx: &Context,
    known: &[Upload],
    plan: &BackupPlan,
    prefix: &Prefix,
    multipart_from: u64,
) -> Result<()> {
    let large = plan.observed.send.iter().filter(|item| item.size >= multipart_from);
    let keys: Vec<Key> = large.filter_map(|item| prefix.key(&item.path()).ok()).collect();
    let tasks = stream::iter(keys).map(|key| give_up_others(cx, key, known));
    tasks.buffer_unordered(AT_ONCE).try_collect().await
}

async fn give_up_others(cx: &Context, key: Key, known: &[Upload]) -> Result<()> {
    let permit = cx.limiter.acquire().await;
    let found = match cx.store.list_uploads(key.as_str()).await {
        Err(StoreError::NotSupported { .. } | StoreError::Denied { .. }) => return Ok(()),
        other => other.map_err(Error::Storage)?,
    };
    drop(permit);
    for info in found.iter().filter(|info| info.upload.key == key && !known.contains(&info.upload)) {
        cx.store.abort_multipart(&info.upload).await?;
    }
    Ok(())
}
