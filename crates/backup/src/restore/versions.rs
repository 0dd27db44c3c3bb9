//! What the bucket held at a moment, and versions that were chosen one by one. Reads only.
//!
//! Everything it takes down is pinned to its version: what is written over meanwhile does not change what comes back.

use std::collections::HashMap;

use futures::{StreamExt, stream};
use holdfast_storage::{
    ETag, Error as StorageError, Key, ListRequest, ReadOptions, Version, VersionId, VersionPage, Versioning,
    as_of::AsOf,
};
use jiff::Timestamp;

use super::{
    RestoreContext, RestoreRequest, failure_of,
    items::Facts,
    observe::{Collector, LOOKUPS},
    selected::shared_folder,
};
use crate::{Error, Result, report::FailureReason};

/// From so many files on the folder they share is listed before they are asked about one by one.
const SHARES_FROM: usize = 12;

/// Asks whether the bucket keeps versions. A key that may not ask finds out by listing them.
pub(crate) async fn check_kept(ctx: &RestoreContext) -> Result<()> {
    let _permit = ctx.limiter.acquire().await;
    match ctx.store.versioning().await {
        Ok(Versioning::Off) | Err(StorageError::NotSupported { .. }) => Err(Error::NoVersions),
        Err(error) if error.is_fatal() => Err(error.into()),
        Ok(Versioning::On | Versioning::Suspended) | Err(_) => Ok(()),
    }
}

/// Takes down everything below `prefix` as it was at `moment`.
pub(crate) async fn list(
    ctx: &RestoreContext,
    dir: &str,
    prefix: &str,
    moment: Timestamp,
    collector: &mut Collector,
) -> Result<()> {
    let (mut pages, mut as_of) = (Pages::of(ctx, prefix), AsOf::new(moment));
    while let Some(page) = pages.next().await? {
        for row in page.iter().filter(|row| as_of.takes(row)) {
            ctx.tracker.plan(1, row.entry.size);
            collector.add_key(dir, &row.entry.key, facts(row));
        }
    }
    Ok(())
}

/// Takes down every file of a selection, sorted by path, as it was at `moment`.
pub(crate) async fn look_up(
    ctx: &RestoreContext,
    request: &RestoreRequest,
    moment: Timestamp,
    files: &[&str],
    collector: &mut Collector,
) -> Result<()> {
    let mut found = match files.len() {
        SHARES_FROM.. => in_shared_folder(ctx, request, moment, files).await?,
        _ => HashMap::new(),
    };
    let single: Vec<_> = files.iter().filter(|file| !found.contains_key(**file)).collect();
    let asked = single.iter().map(|file| one(ctx, request, moment, file));
    let answers: Vec<_> = stream::iter(asked.collect::<Vec<_>>()).buffered(LOOKUPS).collect().await;
    for (file, answer) in single.into_iter().zip(answers) {
        match answer {
            Ok(row) => drop(found.insert(file, row)),
            Err(error) if is_fatal(&error) => return Err(error),
            Err(Error::Storage(error)) => collector.fail((*file).to_owned(), failure_of(error)),
            Err(other) => return Err(other),
        }
    }
    for file in files {
        match found.remove(file) {
            Some(Some(row)) => {
                ctx.tracker.plan(1, row.entry.size);
                collector.add(file, facts(&row));
            }
            Some(None) => collector.fail((*file).to_owned(), FailureReason::Missing),
            None => {}
        }
    }
    Ok(())
}

fn is_fatal(error: &Error) -> bool {
    !matches!(error, Error::Storage(error) if !error.is_fatal())
}

/// What a listing of the folder that the files share says of them: a version, or that there was none. It is given up
/// once it has cost as much as asking about each file would.
async fn in_shared_folder<'a>(
    ctx: &RestoreContext,
    request: &RestoreRequest,
    moment: Timestamp,
    files: &[&'a str],
) -> Result<HashMap<&'a str, Option<Version>>> {
    let (Some(first), Some(last)) = (files.first(), files.last()) else { return Ok(HashMap::new()) };
    let dir = request.prefix.dir();
    let prefix = format!("{dir}{}", shared_folder(first, last));
    let (mut pages, mut as_of, mut found) = (Pages::of(ctx, &prefix), AsOf::new(moment), HashMap::new());
    let (mut reached, mut is_whole) = (String::new(), false);
    for _ in 0..files.len() {
        let Some(page) = pages.next().await? else {
            is_whole = true;
            break;
        };
        for row in page.iter().filter(|row| as_of.takes(row)) {
            let path = row.entry.key.as_str().strip_prefix(&dir).unwrap_or_default();
            if let Ok(at) = files.binary_search(&path) {
                found.insert(files[at], Some(row.clone()));
            }
        }
        let end = page.last().and_then(|row| row.entry.key.as_str().strip_prefix(&dir));
        reached = end.map_or(reached, str::to_owned);
        if reached.as_str() > *last {
            break;
        }
    }
    for file in files.iter().copied().filter(|file| is_whole || *file < reached.as_str()) {
        found.entry(file).or_insert(None);
    }
    Ok(found)
}

/// The version that one file had.
async fn one(ctx: &RestoreContext, request: &RestoreRequest, moment: Timestamp, file: &str) -> Result<Option<Version>> {
    let key = request.prefix.key(file).map_err(|error| Error::Storage(error.into()))?;
    let (mut pages, mut as_of) = (Pages::of(ctx, key.as_str()), AsOf::new(moment));
    while let Some(page) = pages.next().await? {
        // A key comes before all longer ones that begin with it.
        if let Some(row) = page.iter().take_while(|row| row.entry.key == key).find(|row| as_of.takes(row)) {
            return Ok(Some(row.clone()));
        }
        if page.last().is_some_and(|row| row.entry.key != key) {
            break;
        }
    }
    Ok(None)
}

/// Takes down the versions that were chosen one by one.
pub(crate) async fn take_chosen(
    ctx: &RestoreContext,
    request: &RestoreRequest,
    collector: &mut Collector,
) -> Result<()> {
    let mut chosen = request.versions.clone();
    chosen.sort();
    chosen.dedup();
    let asked = chosen.iter().map(|(path, version)| head(ctx, request.prefix.key(path), version));
    let answers: Vec<_> = stream::iter(asked.collect::<Vec<_>>()).buffered(LOOKUPS).collect().await;
    for ((path, version), answer) in chosen.iter().zip(answers) {
        collector.choose(path);
        match answer {
            Ok((size, etag)) => {
                ctx.tracker.plan(1, size);
                collector.add(path, Facts { size, etag: Some(&etag), version: Some(version) });
            }
            Err(error) if error.is_fatal() => return Err(error.into()),
            Err(error) => collector.fail(path.clone(), gone(error)),
        }
    }
    Ok(())
}

async fn head(
    ctx: &RestoreContext,
    key: std::result::Result<Key, holdfast_storage::KeyError>,
    version: &VersionId,
) -> holdfast_storage::Result<(u64, ETag)> {
    let options = ReadOptions { version: Some(version.clone()), ..ReadOptions::default() };
    let _permit = ctx.limiter.acquire().await;
    let meta = ctx.store.head(&key?, &options).await?;
    Ok((meta.size, meta.etag))
}

/// A delete marker has no content: S3 answers 405 to whoever asks for it by its version.
fn gone(error: StorageError) -> FailureReason {
    match error {
        StorageError::Server { status: 405, .. } | StorageError::NotSupported { .. } => FailureReason::Missing,
        // An unknown version id.
        StorageError::Server { status: 400, .. } => FailureReason::Missing,
        other => failure_of(other),
    }
}

fn facts(row: &Version) -> Facts<'_> {
    Facts { size: row.entry.size, etag: row.entry.etag.as_ref(), version: Some(&row.id) }
}

/// A listing of versions, page by page.
struct Pages<'a> {
    ctx: &'a RestoreContext,
    request: ListRequest,
    after: Option<(String, Option<String>)>,
    ended: bool,
}

impl<'a> Pages<'a> {
    fn of(ctx: &'a RestoreContext, prefix: &str) -> Self {
        let request = ListRequest { prefix: prefix.to_owned(), ..ListRequest::default() };
        Self { ctx, request, after: None, ended: false }
    }

    async fn next(&mut self) -> Result<Option<Vec<Version>>> {
        if self.ended {
            return Ok(None);
        }
        let _permit = self.ctx.limiter.acquire().await;
        let page = self.ctx.store.list_versions(&self.request, self.after.as_ref()).await;
        let VersionPage { versions, continuation, .. } = page.map_err(not_kept)?;
        self.ended = continuation.is_none() || continuation == self.after;
        self.after = continuation;
        Ok(Some(versions))
    }
}

fn not_kept(error: StorageError) -> Error {
    match error {
        StorageError::NotSupported { .. } => Error::NoVersions,
        other => other.into(),
    }
}
