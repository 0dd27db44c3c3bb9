//! Publishing and removing: what the writer does with the files and rows of one key.
//!
//! Every step leaves a state that [`super::settle`] can finish: the old content is linked to its version name before
//! the new one is renamed over it, and a delete marker is in place before the content moves away.

use std::{fs, io};

use super::{
    index::{self, Row, Table},
    layout::{is_missing, lstat, remove_file},
    names,
    place::version_location,
    record::{self, Identity, Record},
    settle::Cause,
    stage::{self, Staged},
    writer::{Conditions, Writer},
};
use crate::{DeleteOptions, Deleted, Error, Key, Result, VersionId, Versioning, Written};

impl Writer {
    /// The current object of a key, compared with its file first.
    pub(super) fn current(&mut self, key: &str) -> Result<Option<Row>> {
        let doing = "looking at an object's file";
        let row = index::current(&self.db, key)?;
        let location = row.as_ref().map_or_else(|| names::natural(key), |row| row.location.clone());
        let facts = lstat(&self.shared.layout.file(&location)).map_err(|e| self.shared.layout.failed(doing, e))?;
        match (&row, facts) {
            (None, None) => return Ok(None),
            (Some(row), Some(facts)) if facts.is_file() && Identity::of(&facts) == row.identity() => {
                return Ok(Some(row.clone()));
            }
            _ => {}
        }
        self.settle(key, None, Cause::Hand)?;
        index::current(&self.db, key)
    }

    pub(super) fn put(&mut self, key: &Key, staged: Staged, conditions: &Conditions) -> Result<Written> {
        let current = self.current(key.as_str())?;
        check(key, current.as_ref().map(|row| &row.record), conditions)?;
        let staged = self.in_order(staged, current.as_ref())?;
        self.make_room(current.as_ref())?;
        let location = match &current {
            Some(row) => row.location.clone(),
            None => self.places.choose(&self.shared, key.as_str())?,
        };
        let location = self.move_in(key.as_str(), &staged, location)?;
        if self.versioning == Versioning::Suspended {
            self.drop_old_null(key.as_str())?;
        }
        let written = Written { etag: crate::ETag::new(&staged.record.etag), version: staged.record.version_id() };
        index::put(&self.db, Table::Objects, &Row { record: staged.record.clone(), location, inode: staged.inode })?;
        Ok(written)
    }

    /// Staged content must be newer than what it follows, and have the kind of id that the bucket asks for now.
    fn in_order(&mut self, staged: Staged, current: Option<&Row>) -> Result<Staged> {
        let mut newest = current.map(|row| row.record.seq);
        if self.versioning != Versioning::Off && newest.is_none() {
            newest = index::old(&self.db, &staged.record.key)?.first().map(|row| row.record.seq);
        }
        let fits = match (&staged.record.version, self.versioning) {
            (None, Versioning::Off) => true,
            (Some(id), Versioning::On) => id != record::NULL_VERSION,
            (Some(id), Versioning::Suspended) => id == record::NULL_VERSION,
            _ => false,
        };
        match fits && newest.is_none_or(|seq| seq < staged.record.seq) {
            true => Ok(staged),
            false => stage::seal_again(&self.shared, staged),
        }
    }

    /// Keeps the current content as a version where the bucket keeps it.
    fn make_room(&mut self, current: Option<&Row>) -> Result<()> {
        let Some(row) = current else { return Ok(()) };
        match self.keeps(&row.record) {
            true => self.keep(row, Keep::Link),
            false => {
                self.doom_record(&row.record);
                Ok(())
            }
        }
    }

    fn keeps(&self, record: &Record) -> bool {
        match self.versioning {
            Versioning::Off => false,
            Versioning::On => true,
            Versioning::Suspended => !record.is_null(),
        }
    }

    /// A record that is a file of its own goes with the content it describes.
    pub(super) fn doom_record(&mut self, record: &Record) {
        let hash = names::key_hash(&record.key);
        self.doomed.push(record::beside(&self.shared.layout, &hash, record.mtime, record.size));
    }

    /// Gives the current content its name among the versions.
    fn keep(&mut self, row: &Row, how: Keep) -> Result<()> {
        let key = &row.record.key;
        let location = version_location(key, row.record.seq);
        let (from, to) = (self.shared.layout.file(&row.location), self.shared.layout.file(&location));
        let moved = self.places.make_versions(&self.shared, key).and_then(|()| how.carry_out(&from, &to));
        moved.map_err(|e| self.shared.layout.failed("keeping the old version of an object", e))?;
        self.places.note_change(&to);
        self.places.note_change(&from);
        index::remove_current(&self.db, key)?;
        index::put(&self.db, Table::Old, &Row { location, ..row.clone() })
    }

    fn move_in(&mut self, key: &str, staged: &Staged, location: String) -> Result<String> {
        let to = self.shared.layout.file(&location);
        match fs::rename(staged.temp.path(), &to) {
            Ok(()) => {
                self.places.note_change(&to);
                Ok(location)
            }
            Err(e) if is_missing(&e) => {
                self.places.forget();
                let location = self.places.choose(&self.shared, key)?;
                let to = self.shared.layout.file(&location);
                let renamed = fs::rename(staged.temp.path(), &to);
                renamed.map_err(|e| self.shared.layout.failed("publishing an object", e))?;
                self.places.note_change(&to);
                Ok(location)
            }
            Err(e) => Err(Error::io("publishing an object", e)),
        }
    }

    fn drop_old_null(&mut self, key: &str) -> Result<()> {
        for row in index::old(&self.db, key)?.into_iter().filter(|row| row.record.is_null()) {
            self.remove_version(&row)?;
        }
        Ok(())
    }

    pub(super) fn delete(&mut self, key: &Key, options: &DeleteOptions, marker: Option<Staged>) -> Result<Deleted> {
        let current = self.current(key.as_str())?;
        if let (Some(tag), Some(row)) = (&options.if_match, &current)
            && row.record.etag != tag.as_str()
        {
            return Err(Error::PreconditionFailed { key: key.clone() });
        }
        if let Some(version) = &options.version {
            return self.delete_version(key.as_str(), current, version);
        }
        match self.versioning {
            Versioning::Off => {
                self.remove_current(current.as_ref())?;
                Ok(Deleted::default())
            }
            _ => self.mark_deleted(key.as_str(), current, marker),
        }
    }

    fn remove_current(&mut self, current: Option<&Row>) -> Result<()> {
        let Some(row) = current else { return Ok(()) };
        self.unlink(&row.location)?;
        self.doom_record(&row.record);
        index::remove_current(&self.db, &row.record.key)
    }

    fn unlink(&mut self, location: &str) -> Result<()> {
        let path = self.shared.layout.file(location);
        remove_file(&path).map_err(|e| self.shared.layout.failed("removing an object", e))?;
        self.places.note_change(&path);
        self.places.prune(&self.shared, location);
        Ok(())
    }

    fn remove_version(&mut self, row: &Row) -> Result<()> {
        self.unlink(&row.location)?;
        self.doom_record(&row.record);
        index::remove_old(&self.db, &row.record.key, row.record.seq)
    }

    fn mark_deleted(&mut self, key: &str, current: Option<Row>, marker: Option<Staged>) -> Result<Deleted> {
        let marker = marker.map_or_else(|| stage::marker(&self.shared, key), Ok)?;
        let marker = self.in_order(marker, current.as_ref())?;
        self.write_marker(key, &marker)?;
        if let Some(row) = &current {
            match self.keeps(&row.record) {
                true => {
                    self.keep(row, Keep::Move)?;
                    self.places.prune(&self.shared, &row.location);
                }
                false => self.remove_current(current.as_ref())?,
            }
        }
        Ok(Deleted { version: marker.record.version_id(), delete_marker: true })
    }

    pub(super) fn write_marker(&mut self, key: &str, marker: &Staged) -> Result<()> {
        let location = version_location(key, marker.record.seq);
        let to = self.shared.layout.file(&location);
        let placed = self.places.make_versions(&self.shared, key).and_then(|()| fs::rename(marker.temp.path(), &to));
        placed.map_err(|e| self.shared.layout.failed("writing a delete marker", e))?;
        self.places.note_change(&to);
        if self.versioning == Versioning::Suspended {
            self.drop_old_null(key)?;
        }
        index::put(&self.db, Table::Old, &Row { record: marker.record.clone(), location, inode: marker.inode })
    }

    fn delete_version(&mut self, key: &str, current: Option<Row>, version: &VersionId) -> Result<Deleted> {
        let mut deleted = Deleted { version: Some(version.clone()), delete_marker: false };
        let old = index::old(&self.db, key)?;
        if let Some(row) = current.as_ref().filter(|row| row.record.is_version(version)) {
            match old.first().filter(|newest| !newest.record.marker) {
                Some(newest) => {
                    self.doom_record(&row.record);
                    self.bring_back(newest, row.location.clone())?;
                }
                None => self.remove_current(Some(row))?,
            }
        } else if let Some(at) = old.iter().position(|row| row.record.is_version(version)) {
            deleted.delete_marker = old[at].record.marker;
            self.remove_version(&old[at])?;
            if current.is_none()
                && at == 0
                && let Some(next) = old.get(1).filter(|next| !next.record.marker)
            {
                let location = self.places.choose(&self.shared, key)?;
                self.bring_back(next, location)?;
            }
        }
        Ok(deleted)
    }

    /// Makes the newest old version the current one.
    pub(super) fn bring_back(&mut self, row: &Row, location: String) -> Result<()> {
        let (from, to) = (self.shared.layout.file(&row.location), self.shared.layout.file(&location));
        fs::rename(&from, &to).map_err(|e| self.shared.layout.failed("bringing back a version", e))?;
        self.places.note_change(&from);
        self.places.note_change(&to);
        self.places.prune(&self.shared, &row.location);
        index::remove_old(&self.db, &row.record.key, row.record.seq)?;
        index::put(&self.db, Table::Objects, &Row { location, ..row.clone() })
    }
}

/// How the current content gets its name among the versions.
#[derive(Debug, Clone, Copy)]
enum Keep {
    /// As a second name, because new content is about to replace the first.
    Link,
    /// As its only name.
    Move,
}

impl Keep {
    fn carry_out(self, from: &std::path::Path, to: &std::path::Path) -> io::Result<()> {
        match self {
            Self::Move => fs::rename(from, to),
            Self::Link => {
                remove_file(to)?;
                match fs::hard_link(from, to) {
                    Err(e) if !is_missing(&e) => fs::rename(from, to),
                    other => other,
                }
            }
        }
    }
}

/// Whether a write may go ahead over `current`.
pub(crate) fn check(key: &Key, current: Option<&Record>, conditions: &Conditions) -> Result<()> {
    let fits = match (&conditions.if_match, current) {
        (Some(_), None) => return Err(Error::NotFound { key: key.clone() }),
        (Some(tag), Some(record)) => record.etag == tag.as_str(),
        (None, _) => true,
    };
    match fits && !(conditions.if_absent && current.is_some()) {
        true => Ok(()),
        false => Err(Error::PreconditionFailed { key: key.clone() }),
    }
}
