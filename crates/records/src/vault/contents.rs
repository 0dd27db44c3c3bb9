//! What is unlocked: all records with their versions, and the index for the search. In memory alone.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::Vault;
use crate::{
    Result,
    change::{Change, Subject},
    layout::ObjectName,
    local::StoredVersion,
    sealing,
    search::Index,
    versions::{Node, Record, Version, VersionId},
};

/// Versions that are opened at once.
const PAGE: usize = 1_000;

/// Records of all members.
#[derive(Debug, Default)]
pub(super) struct Contents {
    pub(super) members: BTreeMap<Uuid, BTreeMap<Uuid, Record>>,
    pub(super) index: Index,
}

/// How a vault stands, without a request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Status {
    /// Members.
    pub members: usize,
    /// Records that are not deleted, profiles not counted.
    pub records: usize,
    /// Records that were edited on two devices: member and record.
    pub conflicts: Vec<(Uuid, Uuid)>,
    /// Records and attachments that wait to be sent.
    pub waiting: usize,
    /// Entries of the log that wait to be sent.
    pub untold: u64,
    /// Versions that are not here yet.
    pub missing: usize,
    /// Versions that could not be read, and why, without any content: member, record, version.
    pub unread: Vec<(Uuid, Uuid, VersionId, String)>,
}

impl Contents {
    fn record(&mut self, member: Uuid, record: Uuid) -> &mut Record {
        self.members.entry(member).or_default().entry(record).or_insert_with(|| Record::new(record))
    }

    pub(super) fn insert_node(&mut self, member: Uuid, record: Uuid, node: Node) {
        self.record(member, record).insert_node(node);
    }

    pub(super) fn insert(&mut self, member: Uuid, version: Version) {
        self.record(member, version.record).insert(version);
    }

    pub(super) fn get(&self, member: Uuid, record: Uuid) -> Option<&Record> {
        self.members.get(&member)?.get(&record)
    }

    /// Lets the search know what is shown of a record now.
    pub(super) fn index(&mut self, member: Uuid, record: Uuid) {
        match self.members.get(&member).and_then(|records| records.get(&record)).and_then(Record::current) {
            Some(shown) => self.index.put(member, shown),
            None => self.index.remove(record),
        }
    }
}

impl Vault {
    /// Opens everything that is on this computer.
    pub(super) fn load(&mut self) -> Result<()> {
        let mut row = 0;
        loop {
            let (stored, end) = self.local.versions_after(row, PAGE)?;
            stored.iter().try_for_each(|version| self.take_stored(version))?;
            if stored.len() < PAGE {
                break;
            }
            row = end;
        }
        let all: Vec<(Uuid, Uuid)> = (self.contents.members.iter())
            .flat_map(|(member, records)| records.keys().map(|record| (*member, *record)))
            .collect();
        all.into_iter().for_each(|(member, record)| self.contents.index(member, record));
        Ok(())
    }

    fn take_stored(&mut self, stored: &StoredVersion) -> Result<()> {
        let Some((record, node)) = stored.change.node() else { return Ok(()) };
        let member = stored.change.member;
        let name = ObjectName::Version { member, record, version: node.id };
        self.contents.insert_node(member, record, node);
        if let Some(blob) = &stored.blob
            && let Ok(version) = sealing::open_version(&*self.keys_of(member)?, &name, blob)
        {
            self.contents.insert(member, version);
        }
        Ok(())
    }

    /// Takes in what became known of versions that may have blobs here already.
    pub(super) fn take_changes(&mut self, changes: &[Change]) {
        for change in changes {
            self.take_sharing(change);
            if let Some((record, node)) = change.node() {
                self.contents.insert_node(change.member, record, node);
                self.contents.index(change.member, record);
            }
        }
    }

    /// Reads a record anew from what is kept, after its versions got other names or lost their blobs.
    pub(super) fn reload(&mut self, member: Uuid, record: Uuid) -> Result<()> {
        if let Some(records) = self.contents.members.get_mut(&member) {
            records.remove(&record);
        }
        for stored in self.local.versions_of(member, record)? {
            self.take_stored(&stored)?;
        }
        self.contents.index(member, record);
        Ok(())
    }

    /// How the vault stands, without a request.
    pub fn status(&self) -> Result<Status> {
        let shown = |change: &Change| matches!(change.subject, Subject::Version { .. } | Subject::Attachment { .. });
        let mut status = Status {
            members: self.members().len(),
            waiting: self.local.waiting()?.iter().filter(|one| shown(&one.change)).count(),
            untold: self.journal.status()?.waiting,
            missing: self.local.wanted(true)?.len(),
            unread: self.local.unread()?,
            ..Status::default()
        };
        for (member, records) in &self.contents.members {
            for record in records.values() {
                status.records += usize::from(record.id != *member && !record.is_deleted());
                if record.conflict().is_some() {
                    status.conflicts.push((*member, record.id));
                }
            }
        }
        Ok(status)
    }
}
