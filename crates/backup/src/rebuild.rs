//! Builds a lost index again from one listing and the objects' metadata, without sending any content; and finds what a run
//! that was cut off sent and could not note.

use std::{path::Path, sync::Arc};

use futures::{StreamExt, TryStreamExt};
use holdfast_storage::{ListRequest, Listed, ObjectStore, Prefix, ReadOptions};
use tokio_util::sync::CancellationToken;

use crate::{
    Error, Result,
    file_meta::{FileMeta, StoredMeta},
    index::{Index, Row, split_path},
    name::{LINK_SUFFIX, to_relative_path},
    own::is_own,
    patience::{self, PATIENCE},
};

/// How many objects are asked for their metadata at once.
const HEADS: usize = 32;

/// Lists everything below `prefix` and asks each object that is not known yet for its metadata. Where size and time agree with the file here,
/// the file counts as sent.
pub async fn rebuild(
    store: &Arc<dyn ObjectStore>,
    prefix: &Prefix,
    root: &Path,
    index: &mut Index,
    cancel: &CancellationToken,
) -> Result<u64> {
    let mut request = ListRequest { prefix: prefix.dir(), ..ListRequest::default() };
    let mut found = 0;
    loop {
        let page = tokio::select! {
            page = store.list(&request) => page?,
            () = cancel.cancelled() => return Err(Error::Cancelled),
        };
        let mut unknown = Vec::with_capacity(page.objects.len());
        for object in page.objects {
            if !is_known(index, prefix, &object)? {
                unknown.push(object);
            }
        }
        let rows: Vec<Row> = futures::stream::iter(unknown)
            .map(|object| row_of(store, prefix, root, object, cancel))
            .buffered(HEADS)
            .try_filter_map(async |row| Ok(row))
            .try_collect()
            .await?;
        found += rows.len() as u64;
        index.begin()?;
        rows.iter().try_for_each(|row| index.put_row(row))?;
        index.commit()?;
        match page.continuation {
            Some(next) => request.continuation = Some(next),
            None => return Ok(found),
        }
    }
}

fn is_known(index: &Index, prefix: &Prefix, object: &Listed) -> Result<bool> {
    match object.key.as_str().strip_prefix(&prefix.dir()) {
        Some(path) => Ok(index.row(path)?.is_some()),
        None => Ok(false),
    }
}

/// The row of an object that is ours: one that carries our digest, or (rclone's) the very size and time of the file here.
/// Others are left alone: they are neither counted nor ever removed.
async fn row_of(
    store: &Arc<dyn ObjectStore>,
    prefix: &Prefix,
    root: &Path,
    object: Listed,
    cancel: &CancellationToken,
) -> Result<Option<Row>> {
    let below = object.key.as_str().strip_prefix(&prefix.dir());
    let Some(path) = below.filter(|path| !path.is_empty() && !path.ends_with('/') && !is_own(object.key.as_str()))
    else {
        return Ok(None);
    };
    let head = match store.head(&object.key, &ReadOptions::default()).await {
        Ok(head) => head,
        Err(error) if error.is_not_found() => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let stored = StoredMeta::read(&head.metadata);
    let local = to_relative_path(path.strip_suffix(LINK_SUFFIX).unwrap_or(path)).ok();
    let local = local.map(|local| root.join(local));
    let look = move |_: &_| Ok(local.and_then(|path| std::fs::symlink_metadata(path).ok()));
    let here = patience::look(cancel, PATIENCE, root, look).await?.map(|found| FileMeta::of(&found));
    let same = here.filter(|here| here.size == head.size && stored.mtime == Some(here.mtime));
    if stored.sha256.is_none() && same.is_none() {
        return Ok(None);
    }
    let remembered = FileMeta {
        size: head.size,
        mtime: stored.mtime.unwrap_or(i64::MIN),
        mode: stored.mode.unwrap_or(0),
        ..FileMeta::default()
    };
    let (dir, name) = split_path(path);
    Ok(Some(Row {
        dir: dir.to_owned(),
        name: name.to_owned(),
        meta: same.unwrap_or(remembered),
        sha256: stored.sha256,
        etag: Some(head.etag.as_str().to_owned()),
        version: head.version.map(|v| v.0),
        uploaded_at: head.last_modified.as_second(),
    }))
}
