//! Comparing one key with its files and making the index say what they say.
//!
//! Used for keys that a killed process was working on, for changes made by hand, and to rebuild the index. The files are
//! the truth; only what a crash left half done is finished.

use std::{fs, io};

use super::{
    adopt,
    index::{self, Row, Table},
    layout::is_missing,
    names::{self, Guess},
    place::{self, version_location},
    record::{self, Identity, Record},
    shared::Shared,
    stage,
    writer::Writer,
};
use crate::{Result, Versioning};

/// Why files and index may differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    /// A change was cut off between two steps: it is finished.
    Crash,
    /// Somebody changed the files: that is what they want.
    Hand,
}

impl Writer {
    /// Makes the rows of `key` what its files say. `seen` is a location where a file of it may be.
    pub(super) fn settle(&mut self, key: &str, seen: Option<&str>, cause: Cause) -> Result<()> {
        if key.is_empty() {
            return Ok(());
        }
        let mut current = self.find_current(key, seen)?;
        let mut old = self.find_versions(key)?;
        if let Some(row) = &mut current {
            self.drop_twins(row, &mut old)?;
            if old.first().is_some_and(|newest| newest.record.seq > row.record.seq) {
                match cause {
                    Cause::Crash if old[0].record.marker => {
                        let row = current.take().into_iter().next();
                        old.extend(row.map(|row| self.finish_delete(row)).transpose()?);
                        old.sort_by_key(|row| std::cmp::Reverse(row.record.seq));
                    }
                    _ => self.make_newest(row)?,
                }
            }
        }
        index::remove_all(&self.db, key)?;
        old.iter().try_for_each(|row| index::put(&self.db, Table::Old, row))?;
        match &current {
            Some(row) => index::put(&self.db, Table::Objects, row),
            None => self.settle_missing(key, old.first(), cause),
        }
    }

    /// There is no current file: right if the newest version is a marker or there is none.
    fn settle_missing(&mut self, key: &str, newest: Option<&Row>, cause: Cause) -> Result<()> {
        let Some(newest) = newest.filter(|row| !row.record.marker) else { return Ok(()) };
        match cause {
            Cause::Crash => {
                let location = self.places.choose(&self.shared, key)?;
                self.bring_back(newest, location)
            }
            Cause::Hand => {
                let marker = stage::marker(&self.shared, key)?;
                self.write_marker(key, &marker)
            }
        }
    }

    /// A second name of the current content among the versions was made for a change that did not happen.
    fn drop_twins(&mut self, current: &Row, old: &mut Vec<Row>) -> Result<()> {
        for twin in old.iter().filter(|row| row.record.seq == current.record.seq) {
            let path = self.shared.layout.file(&twin.location);
            super::layout::remove_file(&path)
                .map_err(|e| self.shared.layout.failed("removing a leftover of a version", e))?;
            self.places.note_change(&path);
        }
        old.retain(|row| row.record.seq != current.record.seq);
        Ok(())
    }

    fn finish_delete(&mut self, row: Row) -> Result<Row> {
        let location = version_location(&row.record.key, row.record.seq);
        let (from, to) = (self.shared.layout.file(&row.location), self.shared.layout.file(&location));
        fs::rename(&from, &to).map_err(|e| self.shared.layout.failed("finishing a delete", e))?;
        self.places.note_change(&from);
        self.places.note_change(&to);
        self.places.prune(&self.shared, &row.location);
        Ok(Row { location, ..row })
    }

    /// A file that was put back by hand is the newest again, whatever its record says.
    fn make_newest(&mut self, row: &mut Row) -> Result<()> {
        row.record.seq = self.shared.next_seq();
        row.record.version = (self.versioning != Versioning::Off).then(|| record::NULL_VERSION.to_owned());
        let opened = self.shared.open_object(&row.location);
        if let Ok(Some(file)) = opened
            && let Err(error) = record::save(&self.shared.layout, &file, &row.record)
        {
            tracing::debug!(%error, "a record could not be renewed");
        }
        Ok(())
    }

    fn find_current(&mut self, key: &str, seen: Option<&str>) -> Result<Option<Row>> {
        let known = index::current(&self.db, key)?.map(|row| row.location);
        let natural = names::natural(key);
        let other = names::other_file(&natural, key);
        let mut places: Vec<String> = seen.map(str::to_owned).into_iter().chain(known).collect();
        places.extend([natural, other]);
        for (at, place) in places.iter().enumerate() {
            if !places[..at].contains(place)
                && let Some(row) = self.look_at(key, place)?
            {
                return Ok(Some(row));
            }
        }
        Ok(None)
    }

    /// The row of the file at `location` if that file is the key's.
    pub(super) fn look_at(&self, key: &str, location: &str) -> Result<Option<Row>> {
        let doing = "looking at an object's file";
        let opened = self.shared.open_object(location);
        let Some(mut file) = opened.map_err(|e| self.shared.layout.failed(doing, e))? else { return Ok(None) };
        let identity = Identity::of(&file.metadata().map_err(|e| self.shared.layout.failed(doing, e))?);
        if !belongs(&self.shared, location, &identity, key) {
            return Ok(None);
        }
        let known = index::current(&self.db, key)?.filter(|row| row.identity() == identity);
        let (record, identity) = match known {
            Some(row) => (row.record, identity),
            None => adopt::adopt(&self.shared, &mut file, key)?,
        };
        Ok(Some(Row { record, location: location.to_owned(), inode: identity.inode }))
    }

    /// Old versions and markers in the private folder, the newest first.
    fn find_versions(&self, key: &str) -> Result<Vec<Row>> {
        let doing = "looking at the old versions of an object";
        let failed = |e: io::Error| self.shared.layout.failed(doing, e);
        let entries = match fs::read_dir(self.shared.layout.versions_of(key)) {
            Ok(entries) => entries,
            Err(e) if is_missing(&e) => return Ok(Vec::new()),
            Err(e) => return Err(failed(e)),
        };
        let mut rows = Vec::new();
        for entry in entries {
            let entry = entry.map_err(failed)?;
            let Some(seq) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
            rows.extend(self.read_version(key, seq)?.filter(|row| row.record.key == key));
        }
        rows.sort_by_key(|row| std::cmp::Reverse(row.record.seq));
        Ok(rows)
    }

    fn read_version(&self, key: &str, seq: i64) -> Result<Option<Row>> {
        let location = version_location(key, seq);
        let failed = |e| self.shared.layout.failed("looking at the old versions of an object", e);
        let Some(file) = self.shared.open_object(&location).map_err(failed)? else { return Ok(None) };
        let identity = Identity::of(&file.metadata().map_err(failed)?);
        let record = record::load(&self.shared.layout, &file, &identity, &names::key_hash(key));
        Ok(record.map(|record| Row { record: Record { seq, ..record }, location, inode: identity.inode }))
    }
}

/// Whether a file is that of `key`: its name says so; where the disk folds names, its record or its exact name.
fn belongs(shared: &Shared, location: &str, identity: &Identity, key: &str) -> bool {
    if shared.folds {
        return place::is_own(shared, location, identity, key);
    }
    match names::guess(location) {
        Guess::Key(guessed) => guessed == key,
        Guess::Hash(hash) => hash == names::key_hash(key),
    }
}
