//! Comparing the whole folder with the index: to rebuild a lost one, and to notice what was done by hand.
//!
//! Links are not followed, and files whose names cannot be keys are counted and left alone.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use super::{
    adopt,
    index::{self, Table},
    layout::{self, PRIVATE, lstat},
    names::{self, Guess},
    read::Reader,
    record::{self, Identity, Record},
    settle::Cause,
    shared::Shared,
    writer::Writer,
};
use crate::{Key, Result};

const PAGE: usize = 1000;

/// What a rescan saw.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rescan {
    /// Files looked at.
    pub files: u64,
    /// Keys whose rows were brought up to date.
    pub changed: u64,
    /// Files and links that are no objects: their names are not UTF-8 or too long, or they are links or special files.
    pub skipped: u64,
}

/// Visits every file below the root but the private folder; names use `/`.
fn walk(root: &Path, skipped: &mut u64, mut visit: impl FnMut(String, Identity) -> Result<bool>) -> Result<()> {
    let failed = |e: io::Error| crate::Error::io("walking the store's folder", e);
    let mut folders: Vec<(PathBuf, String)> = vec![(root.to_owned(), String::new())];
    while let Some((folder, prefix)) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name();
            let Some(name) = name.to_str() else {
                *skipped += 1;
                continue;
            };
            if prefix.is_empty() && name == PRIVATE {
                continue;
            }
            let Some(facts) = lstat(&entry.path()).map_err(failed)? else { continue };
            let location = format!("{prefix}{name}");
            if facts.is_dir() {
                folders.push((entry.path(), format!("{location}/")));
            } else if !facts.is_file() {
                *skipped += 1;
            } else if !visit(location, Identity::of(&facts))? {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// Younger records may belong to content that is about to be published.
const RECORD_AGE: Duration = Duration::from_secs(3600);

fn is_aged(path: &Path) -> bool {
    let modified = fs::metadata(path).and_then(|facts| facts.modified());
    modified.is_ok_and(|at| at.elapsed().is_ok_and(|age| age > RECORD_AGE))
}

/// Which key a file is, or `None` when no key can have it.
fn key_of(shared: &Shared, location: &str, identity: &Identity) -> Option<String> {
    let recorded = |hash: &str| {
        let file = shared.open_object(location).ok()??;
        Some(record::load_any(&shared.layout, &file, identity, hash)?.key)
    };
    let key = match names::guess(location) {
        Guess::Key(key) if shared.folds => recorded(&names::key_hash(&key)).unwrap_or(key),
        Guess::Key(key) => key,
        Guess::Hash(hash) => recorded(&hash).filter(|key| names::key_hash(key) == hash)?,
    };
    Key::new(key).ok().map(|key| key.as_str().to_owned())
}

impl Writer {
    /// Makes the rows of an empty index from the files.
    pub(crate) fn rebuild(&mut self) -> Result<()> {
        tracing::info!("rebuilding the index of a store's folder from its files");
        self.db.execute_batch("BEGIN IMMEDIATE; DELETE FROM objects; DELETE FROM old; DELETE FROM intents;")?;
        let shared = self.shared.clone();
        let mut skipped = 0;
        walk(&shared.layout.root, &mut skipped, |location, identity| {
            match key_of(&shared, &location, &identity) {
                Some(key) => self.take_in(&key, &location)?,
                None => tracing::warn!("a file in the store's folder cannot be an object"),
            }
            Ok(true)
        })?;
        self.rebuild_versions()?;
        self.finish_opening()?;
        index::mark_complete(&self.db)
    }

    /// A key without old versions needs no more than the row of its file.
    fn take_in(&mut self, key: &str, location: &str) -> Result<()> {
        let has_versions = lstat(&self.shared.layout.versions_of(key)).is_ok_and(|facts| facts.is_some());
        match self.look_at(key, location)? {
            Some(row) if !has_versions && index::current(&self.db, key)?.is_none() => {
                index::put(&self.db, Table::Objects, &row)
            }
            _ => self.settle(key, Some(location), Cause::Crash),
        }
    }

    fn rebuild_versions(&mut self) -> Result<()> {
        let layout = self.shared.layout.clone();
        let failed = |e| layout.failed("looking at old versions", e);
        for group in fs::read_dir(layout.versions()).map_err(failed)? {
            for folder in fs::read_dir(group.map_err(failed)?.path()).map_err(failed)? {
                let folder = folder.map_err(failed)?;
                let hash = folder.file_name().to_string_lossy().into_owned();
                let location = |name: &str| format!("{PRIVATE}/versions/{}/{hash}/{name}", &hash[..2.min(hash.len())]);
                let keys = fs::read_dir(folder.path()).map_err(failed)?.filter_map(|entry| {
                    let name = entry.ok()?.file_name().to_string_lossy().into_owned();
                    let file = self.shared.open_object(&location(&name)).ok()??;
                    let identity = Identity::of(&file.metadata().ok()?);
                    Some(record::load(&layout, &file, &identity, &hash)?.key)
                });
                if let Some(key) = keys.take(1).next()
                    && index::current(&self.db, &key)?.is_none()
                {
                    self.settle(&key, None, Cause::Crash)?;
                }
            }
        }
        Ok(())
    }

    /// Finishes what processes that died were doing.
    pub(crate) fn recover(&mut self, is_alive: impl Fn(&str) -> bool) -> Result<()> {
        let left: Vec<_> = index::intents(&self.db)?.into_iter().filter(|(owner, _)| !is_alive(owner)).collect();
        if left.is_empty() {
            return Ok(());
        }
        self.db.execute_batch("BEGIN IMMEDIATE")?;
        for (owner, key) in &left {
            self.settle(key, None, Cause::Crash)?;
            index::settle(&self.db, owner)?;
        }
        self.finish_opening()
    }

    fn finish_opening(&mut self) -> Result<()> {
        let synced = self.places.sync();
        synced.map_err(|e| self.shared.layout.failed("making changed folders durable", e))?;
        Ok(self.db.execute_batch("COMMIT")?)
    }
}

impl Reader {
    /// Compares every file with the index and every row with its file. `go_on` is asked between two files.
    pub(crate) fn rescan(&self, go_on: impl Fn() -> bool) -> Result<Rescan> {
        let mut seen = Rescan::default();
        let mut skipped = 0;
        walk(&self.shared.layout.root, &mut skipped, |location, identity| {
            seen.files += 1;
            match self.rescan_file(&location, &identity)? {
                Some(changed) => seen.changed += u64::from(changed),
                None => seen.skipped += 1,
            }
            Ok(go_on())
        })?;
        seen.skipped += skipped;
        seen.changed += self.rescan_rows(&go_on)?;
        self.sweep_records(&go_on)?;
        Ok(seen)
    }

    /// Removes records beside whose content was never published or went without them.
    fn sweep_records(&self, go_on: &impl Fn() -> bool) -> Result<()> {
        let failed = |e| self.shared.layout.failed("removing records that nothing needs", e);
        for group in fs::read_dir(self.shared.layout.records_folder()).map_err(failed)? {
            for entry in fs::read_dir(group.map_err(failed)?.path()).map_err(failed)? {
                let path = entry.map_err(failed)?.path();
                if go_on() && is_aged(&path) && !self.is_needed(&path)? {
                    layout::remove_file(&path).map_err(failed)?;
                }
            }
        }
        Ok(())
    }

    fn is_needed(&self, path: &Path) -> Result<bool> {
        let parsed = fs::read(path).ok().and_then(|text| serde_json::from_slice::<Record>(&text).ok());
        let Some(record) = parsed else { return Ok(false) };
        let fits = |row: &index::Row| row.record.mtime == record.mtime && row.record.size == record.size;
        self.shared.read(|db| {
            let current = index::current(db, &record.key)?.is_some_and(|row| fits(&row));
            Ok(current || index::old(db, &record.key)?.iter().any(fits))
        })
    }

    /// Whether the file's key had to be brought up to date; `None` when it can have no key.
    fn rescan_file(&self, location: &str, identity: &Identity) -> Result<Option<bool>> {
        let Some(key) = key_of(&self.shared, location, identity) else { return Ok(None) };
        let row = self.shared.read(|db| index::current(db, &key))?;
        if let Some(row) = &row {
            if row.location == location && row.identity() == *identity {
                return Ok(Some(false));
            }
            let at_row = lstat(&self.shared.layout.file(&row.location)).ok().flatten();
            if at_row.is_some_and(|facts| Identity::of(&facts) == row.identity()) {
                return Ok(Some(false));
            }
        }
        let opened = self.shared.open_object(location);
        if let Some(mut file) = opened.map_err(|e| self.shared.layout.failed("opening a file", e))? {
            adopt::adopt(&self.shared, &mut file, &key)?;
            self.settle(&Key::new(&key)?, Some(location.to_owned()))?;
        }
        Ok(Some(true))
    }

    fn rescan_rows(&self, go_on: &impl Fn() -> bool) -> Result<u64> {
        let (mut after, mut changed) = (String::new(), 0);
        loop {
            let page = self.shared.read(|db| index::page_of_files(db, &after, PAGE))?;
            let Some((last, ..)) = page.last() else { return Ok(changed) };
            after = last.clone();
            for (key, location, identity) in page {
                let facts = lstat(&self.shared.layout.file(&location)).ok().flatten();
                if facts.is_none_or(|facts| Identity::of(&facts) != identity) {
                    self.settle(&Key::new(&key)?, None)?;
                    changed += 1;
                }
                if !go_on() {
                    return Ok(changed);
                }
            }
        }
    }
}
