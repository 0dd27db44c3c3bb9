//! What is in the bucket and what is in the way here. Reads only.

use std::collections::HashSet;

use futures::{StreamExt, TryStreamExt, stream};
use holdfast_storage::{Error as StorageError, Key, ListRequest, ReadOptions};

use super::{
    Conflict, Exclude, Pin, RestoreContext, RestoreRequest, heads,
    items::{Facts, Items, LONGEST_VERSION, local_name},
    joined,
    local::{self, Local},
    selected, versions,
};
use crate::{
    Error, Result,
    index::split_path,
    name::{self, HostileName},
    own::is_own,
    report::{Failure, FailureReason},
};

/// How many single keys of a selection are looked up at once.
pub(crate) const LOOKUPS: usize = 16;

/// Everything a plan is made from.
#[derive(Debug)]
pub(crate) struct Observed {
    pub items: Items,
    pub local: Local,
    pub excluded: u64,
    pub failures: Vec<Failure>,
    pub available: Option<u64>,
}

pub(crate) async fn observe(ctx: &RestoreContext, request: &RestoreRequest) -> Result<Observed> {
    let destination = request.destination.clone();
    let is_taken = move || destination.exists() && !destination.is_dir();
    if tokio::task::spawn_blocking(is_taken).await.map_err(joined)? {
        return Err(Error::NotAFolder { folder: request.destination.clone() });
    }
    let collected = collect(ctx, request).await?;
    if collected.is_nothing() {
        return Err(Error::NothingThere { prefix: request.prefix.as_str().to_owned() });
    }
    let Collector { items, excluded, failures, .. } = collected;
    let (destination, conflict) = (request.destination.clone(), request.conflict);
    let look = move || {
        let local = local::look(&destination, &items, conflict);
        let available = local::available(&destination);
        (items, local, available)
    };
    let (mut items, mut local, available) = tokio::task::spawn_blocking(look).await.map_err(joined)?;
    if conflict != Conflict::Skip {
        (items, local) = heads::compare(ctx, request, items, local).await?;
    }
    Ok(Observed { items, local, excluded, failures, available: available? })
}

async fn collect(ctx: &RestoreContext, request: &RestoreRequest) -> Result<Collector> {
    let mut collector = Collector::new(request.exclude.clone());
    let dir = request.prefix.dir();
    if request.as_of.is_some() || !request.versions.is_empty() {
        versions::check_kept(ctx).await?;
    }
    versions::take_chosen(ctx, request, &mut collector).await?;
    match &request.selection {
        None if !request.versions.is_empty() => {}
        None => list(ctx, request, &dir, &mut collector).await?,
        Some(selection) => {
            let (folders, mut files) = split_selection(selection);
            files.retain(|file| !collector.is_chosen(file));
            match request.as_of {
                None => selected::look_up(ctx, request, &files, &mut collector).await?,
                Some(moment) => versions::look_up(ctx, request, moment, &files, &mut collector).await?,
            }
            for folder in folders {
                list(ctx, request, &format!("{dir}{folder}"), &mut collector).await?;
            }
        }
    }
    Ok(collector)
}

/// Takes down everything below a prefix, as it is or as it was.
async fn list(ctx: &RestoreContext, request: &RestoreRequest, prefix: &str, collector: &mut Collector) -> Result<()> {
    let dir = request.prefix.dir();
    match request.as_of {
        None => list_now(ctx, &dir, prefix, collector).await,
        Some(moment) => versions::list(ctx, &dir, prefix, moment, collector).await,
    }
}

/// Folders and files of a selection, without those that a chosen folder holds anyway. The empty path is the whole.
fn split_selection(selection: &[String]) -> (Vec<&str>, Vec<&str>) {
    let mut all: Vec<&str> = selection.iter().map(String::as_str).collect();
    all.sort_unstable();
    all.dedup();
    let (mut folders, mut files) = (Vec::<&str>::new(), Vec::new());
    for path in all {
        match folders.last() {
            Some(folder) if path.starts_with(folder) => {}
            _ if path.is_empty() || path.ends_with('/') => folders.push(path),
            _ => files.push(path),
        }
    }
    (folders, files)
}

async fn list_now(ctx: &RestoreContext, dir: &str, prefix: &str, collector: &mut Collector) -> Result<()> {
    let mut request = ListRequest { prefix: prefix.to_owned(), ..ListRequest::default() };
    loop {
        let permit = ctx.limiter.acquire().await;
        let page = ctx.store.list(&request).await?;
        drop(permit);
        let bytes = page.objects.iter().map(|row| row.size).sum();
        ctx.tracker.plan(page.objects.len() as u64, bytes);
        for row in page.objects.iter().filter(|row| !is_own(row.key.as_str())) {
            collector.add_key(dir, &row.key, Facts { size: row.size, etag: row.etag.as_ref(), version: None });
        }
        match page.continuation {
            Some(next) if request.continuation.as_ref() != Some(&next) => request.continuation = Some(next),
            _ => return Ok(()),
        }
    }
}

/// Sorts what was listed into items, folders, excluded and refused.
pub(crate) struct Collector {
    items: Items,
    exclude: Option<Exclude>,
    excluded_dir: Option<String>,
    checked_dir: String,
    excluded: u64,
    folders: u64,
    chosen: HashSet<String>,
    failures: Vec<Failure>,
}

impl Collector {
    fn new(exclude: Option<Exclude>) -> Self {
        Self {
            items: Items::new(),
            exclude,
            excluded_dir: None,
            checked_dir: String::new(),
            excluded: 0,
            folders: 0,
            chosen: HashSet::new(),
            failures: Vec::new(),
        }
    }

    fn is_nothing(&self) -> bool {
        self.items.len() == 0 && self.folders == 0 && self.excluded == 0 && self.failures.is_empty()
    }

    /// Takes down what could not be looked up.
    pub(crate) fn fail(&mut self, path: String, reason: FailureReason) {
        self.failures.push(Failure { path, reason });
    }

    fn refuse(&mut self, key: &str, why: HostileName) {
        self.fail(key.to_owned(), FailureReason::Hostile(why));
    }

    /// Notes that a version of this path was chosen by itself: no listing adds another one.
    pub(crate) fn choose(&mut self, relative: &str) {
        self.chosen.insert(relative.to_owned());
    }

    fn is_chosen(&self, relative: &str) -> bool {
        self.chosen.contains(relative)
    }

    /// Takes down an object that a listing showed.
    pub(crate) fn add_key(&mut self, dir: &str, key: &Key, facts: Facts<'_>) {
        match key.as_str().strip_prefix(dir) {
            Some(relative) if self.is_chosen(relative) => {}
            Some(relative) => self.add(relative, facts),
            None => self.refuse(key.as_str(), HostileName::ParentDir),
        }
    }

    /// Takes down an object that is there.
    pub(crate) fn add(&mut self, relative: &str, facts: Facts<'_>) {
        if facts.version.is_some_and(|version| version.0.len() > LONGEST_VERSION) {
            let error = StorageError::NotSupported { action: "version names of a length that can be kept" };
            return self.fail(relative.to_owned(), FailureReason::Storage(error));
        }
        if facts.size == 0 && (relative.is_empty() || relative.ends_with('/')) {
            return self.add_marker(relative.trim_end_matches('/'), relative);
        }
        match admit(relative) {
            Err(why) => self.refuse(relative, why),
            Ok(()) if self.is_excluded(relative) => self.excluded += 1,
            Ok(()) => {
                let (dir, name) = split_path(relative);
                let folder = self.items.intern(dir);
                self.items.push(folder, name, facts);
            }
        }
    }

    /// An object that only says that a folder is there.
    fn add_marker(&mut self, dir: &str, relative: &str) {
        self.folders += 1;
        if relative.is_empty() {
            return;
        }
        match admit(dir) {
            Err(why) => self.refuse(relative, why),
            Ok(()) if self.is_excluded_dir(dir) => {}
            Ok(()) => {
                let folder = self.items.intern(dir);
                self.items.mark_folder(folder);
            }
        }
    }

    fn is_excluded(&mut self, relative: &str) -> bool {
        let (dir, name) = split_path(relative);
        if self.exclude.is_none() {
            return false;
        }
        if self.is_excluded_dir(dir) {
            return true;
        }
        let local = &relative[..relative.len() - name.len() + local_name(name).len()];
        self.exclude.as_ref().is_some_and(|exclude| exclude(local, false))
    }

    /// Asks once for each folder on the way; keys come in order, so the last answer nearly always serves again.
    fn is_excluded_dir(&mut self, dir: &str) -> bool {
        let Some(exclude) = &self.exclude else { return false };
        if dir != self.checked_dir {
            let ends = dir.match_indices('/').map(|(at, _)| at).chain([dir.len()]);
            let mut ways = ends.map(|end| &dir[..end]).filter(|way| !way.is_empty());
            self.excluded_dir = ways.find(|way| exclude(way, true)).map(str::to_owned);
            self.checked_dir = dir.to_owned();
        }
        self.excluded_dir.is_some()
    }
}

/// Whether a key's relative path can be a file below the destination.
fn admit(relative: &str) -> std::result::Result<(), HostileName> {
    let (_, last) = split_path(relative);
    if local_name(last).is_empty() {
        return Err(HostileName::EmptyName);
    }
    if relative.split('/').next() == Some(super::STAGING) {
        return Err(HostileName::Reserved);
    }
    name::to_relative_path(relative)?;
    match local_name(last).len() == last.len() {
        true => Ok(()),
        false => name::to_relative_path(local_name(last)).map(drop),
    }
}

/// Runs HEAD requests over keys, a few at a time, and stops at the first failure that ends the run.
pub(crate) async fn heads_of<T>(
    ctx: &RestoreContext,
    keys: impl Iterator<Item = (T, Key, Pin)>,
) -> Result<Vec<(T, Option<holdfast_storage::ObjectMeta>)>> {
    let heads = keys.map(|(what, key, pin)| async move {
        let _permit = ctx.limiter.acquire().await;
        let options = ReadOptions { if_match: pin.etag, version: pin.version, ..ReadOptions::default() };
        match ctx.store.head(&key, &options).await {
            Ok(meta) => Ok((what, Some(meta))),
            Err(error) if error.is_fatal() => Err(Error::Storage(error)),
            Err(_) => Ok((what, None)),
        }
    });
    stream::iter(heads.collect::<Vec<_>>()).buffer_unordered(LOOKUPS).try_collect().await
}

#[cfg(test)]
impl Observed {
    /// As if these had been listed, and these stood where they would go.
    pub(crate) fn of(listed: &[(String, u64)], here: impl Fn(usize) -> local::Here) -> Self {
        let mut collector = Collector::new(None);
        listed.iter().for_each(|(key, size)| collector.add(key, Facts { size: *size, ..Facts::default() }));
        let Collector { items, excluded, failures, .. } = collector;
        let here = (0..items.len() as usize).map(here).collect();
        let folders = vec![local::FolderHere::There; items.folder_count() as usize];
        let local = Local { here, folders, ..Local::default() };
        Self { items, local, excluded, failures, available: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selection_holds_nothing_twice() {
        let chosen = ["b/", "a", "b/c", "b/d/", "b-", "a"].map(str::to_owned);
        assert_eq!(split_selection(&chosen), (vec!["b/"], vec!["a", "b-"]));
        assert_eq!(split_selection(&["x/y".into(), "x/y/".into()]), (vec!["x/y/"], vec!["x/y"]));
        assert_eq!(split_selection(&["x/y".into(), String::new()]), (vec![""], vec![]));
    }

    #[test]
    fn only_paths_below_the_destination_are_admitted() {
        for good in ["a", "a/b", ".hidden", "x.rclonelink", "a/.holdfast-restore"] {
            assert!(admit(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "/",
            "..",
            "a/../b",
            "...rclonelink",
            "..rclonelink",
            ".rclonelink",
            "a//b",
            ".holdfast-restore/x",
            "‛2E‛2E.rclonelink",
        ] {
            assert!(admit(bad).is_err(), "{bad}");
        }
    }
}
