//! A listing against the index, page by page: memory grows by eight bytes per object.

use std::{
    hash::{BuildHasher, RandomState},
    sync::Arc,
};

use holdfast_storage::{Listed, Prefix};
use sha2::{Digest, Sha256};

use super::{Found, Mode, content::Check};
use crate::{
    Result,
    index::{Index, Row},
    own::is_own,
    report::FailureReason,
};

/// A comparison under way.
pub(crate) struct Comparison {
    dir: String,
    index: Option<Index>,
    mode: Mode,
    found: Arc<Found>,
    hasher: RandomState,
    seen: Vec<u64>,
    listed: u64,
    is_empty: bool,
}

impl Comparison {
    pub(crate) fn new(prefix: &Prefix, index: Option<Index>, mode: Mode, found: Arc<Found>) -> Result<Self> {
        let is_empty = index.as_ref().map_or(Ok(true), Index::is_empty)?;
        let (hasher, seen) = (RandomState::new(), Vec::new());
        Ok(Self { dir: prefix.dir(), index, mode, found, hasher, seen, listed: 0, is_empty })
    }

    /// What every key begins with.
    pub(crate) fn dir(&self) -> &str {
        &self.dir
    }

    /// Whether neither the bucket nor the index knows of anything.
    pub(crate) fn is_nothing(&self) -> bool {
        self.listed == 0 && self.is_empty
    }

    /// Compares a page; gives back what must be read.
    pub(crate) fn page(&mut self, objects: Vec<Listed>) -> Result<Vec<Check>> {
        let mut to_read = Vec::new();
        for object in objects {
            let Some(path) = object.key.as_str().strip_prefix(&self.dir).map(str::to_owned) else { continue };
            if is_own(object.key.as_str()) || object.size == 0 && (path.is_empty() || path.ends_with('/')) {
                continue;
            }
            self.listed += 1;
            let row = self.row(&path)?;
            to_read.extend(self.object(path, object, row));
        }
        Ok(to_read)
    }

    fn row(&mut self, path: &str) -> Result<Option<Row>> {
        let Some(index) = &self.index else { return Ok(None) };
        let row = index.row(path)?;
        if row.is_some() {
            self.seen.push(self.hasher.hash_one(path));
        }
        Ok(row)
    }

    fn object(&self, path: String, object: Listed, row: Option<Row>) -> Option<Check> {
        if self.index.is_some() && row.is_none() {
            Found::add(&self.found.extra);
        }
        if row.as_ref().is_some_and(|row| row.meta.size != object.size) {
            self.found.fail(path, FailureReason::Mismatch);
            return None;
        }
        if self.is_chosen(&path) {
            let expected = row.and_then(|row| row.sha256);
            return Some(Check { path, key: object.key, size: object.size, etag: object.etag, expected });
        }
        match row {
            None if self.index.is_some() => {}
            None => Found::add(&self.found.unproven),
            Some(row) if is_other(&row, &object) => self.found.fail(path, FailureReason::Mismatch),
            Some(_) => Found::add(&self.found.checked),
        }
        None
    }

    fn is_chosen(&self, path: &str) -> bool {
        match self.mode {
            Mode::Quick => false,
            Mode::Full => true,
            Mode::Sample { percent, seed } => share(seed, path) * 100.0 < percent,
        }
    }

    /// Reports every file of the index that the listing did not hold.
    pub(crate) fn find_missing(mut self) -> Result<()> {
        self.seen.sort_unstable();
        let Some(index) = &self.index else { return Ok(()) };
        index.each_row(|row| {
            let path = row.path();
            if self.seen.binary_search(&self.hasher.hash_one(path.as_str())).is_err() {
                self.found.fail(path, FailureReason::Missing);
            }
            Ok(())
        })
    }
}

fn is_other(row: &Row, object: &Listed) -> bool {
    matches!((&row.etag, &object.etag), (Some(known), Some(listed)) if known != listed.as_str())
}

/// Where a path stands between 0 and 1, the same on every system.
pub(crate) fn share(seed: u64, path: &str) -> f64 {
    let digest = Sha256::new().chain_update(seed.to_le_bytes()).chain_update(path).finalize();
    let mut first = [0; 8];
    first.copy_from_slice(&digest[..8]);
    (u64::from_be_bytes(first) >> 11) as f64 / (1u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_as_large_as_asked_and_depends_on_its_seed() {
        let chosen = |seed| (0..10_000).filter(|n| share(seed, &format!("d/{n}")) < 0.05).collect::<Vec<_>>();
        let (one, two) = (chosen(1), chosen(2));
        assert!((400..600).contains(&one.len()), "{}", one.len());
        assert_eq!(one, chosen(1));
        assert_ne!(one, two);
    }
}
