//! What is unlocked: what all records show, and the index for the search. In memory alone; older versions are opened when
//! somebody asks for them.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::Vault;
use crate::{
    Error, Result,
    change::{Change, Subject},
    layout::ObjectName,
    local::StoredVersion,
    sealing,
    search::Index,
    versions::{Node, OpenRecord, Record, Version, VersionId},
};

/// Versions that are opened at once.
const PAGE: usize = 1_000;

/// Records of all members.
#[derive(Debug, Default)]
pub(super) struct Contents {
    pub(super) members: BTreeMap<Uuid, BTreeMap<Uuid, OpenRecord>>,
    pub(super) index: Index,
    /// Records of which something is kept here that did not open: member and record. The keys may come.
    unopened: BTreeSet<(Uuid, Uuid)>,
    /// Members that were removed, as the index knows it: nothing of theirs is found.
    removed: BTreeSet<Uuid>,
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
    fn record(&mut self, member: Uuid, record: Uuid) -> &mut OpenRecord {
        self.members.entry(member).or_default().entry(record).or_insert_with(|| OpenRecord::new(record))
    }

    pub(super) fn insert_node(&mut self, member: Uuid, record: Uuid, node: Node) {
        self.record(member, record).insert_node(node);
    }

    pub(super) fn insert(&mut self, member: Uuid, version: Version) {
        self.record(member, version.record).insert(version);
    }

    pub(super) fn get(&self, member: Uuid, record: Uuid) -> Option<&OpenRecord> {
        self.members.get(&member)?.get(&record)
    }

    /// Whether somebody was removed: every head of the profile says so. While one of them keeps it, somebody has to decide.
    pub(super) fn is_removed(&self, member: Uuid) -> bool {
        let heads =
            |profile: &OpenRecord| profile.lineage().heads().iter().map(|head| head.deleted).collect::<Vec<_>>();
        self.get(member, member).map(heads).is_some_and(|heads| !heads.is_empty() && heads.into_iter().all(|gone| gone))
    }

    /// Everybody who was removed.
    pub(super) fn removed(&self) -> impl Iterator<Item = Uuid> {
        self.members.keys().copied().filter(|member| self.is_removed(*member))
    }

    /// Lets the search know what is shown of a record now; of all records of a member who was removed or brought back.
    pub(super) fn index(&mut self, member: Uuid, record: Uuid) {
        if member != record || self.is_removed(member) == self.removed.contains(&member) {
            return self.index_one(member, record);
        }
        if !self.removed.remove(&member) {
            self.removed.insert(member);
        }
        let records: Vec<Uuid> = self.members.get(&member).into_iter().flat_map(BTreeMap::keys).copied().collect();
        records.into_iter().for_each(|record| self.index_one(member, record));
    }

    fn index_one(&mut self, member: Uuid, record: Uuid) {
        let found = !self.removed.contains(&member);
        let known = self.members.get(&member).and_then(|records| records.get(&record)).filter(|_| found);
        match known.and_then(OpenRecord::current) {
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
        let Some(blob) = &stored.blob else { return Ok(()) };
        match sealing::open_version(&*self.keys_of(member)?, &name, blob) {
            Ok(version) => self.contents.insert(member, version),
            Err(_) => drop(self.contents.unopened.insert((member, record))),
        }
        Ok(())
    }

    /// Takes in what became known of versions that may have blobs here already.
    pub(super) fn take_changes(&mut self, changes: &[Change]) -> Result<()> {
        for change in changes {
            self.take_sharing(change);
            let Some((record, node)) = change.node() else { continue };
            self.contents.insert_node(change.member, record, node);
            match self.contents.get(change.member, record).is_some_and(OpenRecord::lacks_a_head) {
                true => self.reload(change.member, record)?,
                false => self.contents.index(change.member, record),
            }
        }
        Ok(())
    }

    /// Takes in what other processes of this computer changed since it was last looked.
    pub(super) fn take_touched(&mut self) -> Result<()> {
        let Some(touched) = self.local.take_touched()? else {
            self.contents = Contents::default();
            return self.load();
        };
        let again = std::mem::take(&mut self.contents.unopened);
        touched.union(&again).try_for_each(|(member, record)| self.reload(*member, *record))
    }

    /// A record with all its versions that are here, the older ones opened from what is kept.
    ///
    /// # Errors
    /// [`Error::UnknownRecord`].
    pub fn record(&self, member: Uuid, record: Uuid) -> Result<Record> {
        let open = self.contents.get(member, record).ok_or(Error::UnknownRecord { record })?;
        let (known, is_all) = open.record();
        let mut whole = known.clone();
        if is_all {
            return Ok(whole);
        }
        let keys = self.keys(member)?;
        for stored in self.local.versions_of(member, record)? {
            let (Some((_, node)), Some(blob)) = (stored.change.node(), stored.blob) else { continue };
            let name = ObjectName::Version { member, record, version: node.id };
            if open.has(node.id)
                && open.open_version(node.id).is_none()
                && let Ok(version) = sealing::open_version(&keys, &name, &blob)
            {
                whole.insert(version);
            }
        }
        Ok(whole)
    }

    /// One version of a record, opened if need be; `None` when it is not here.
    pub(super) fn version(&self, member: Uuid, record: Uuid, id: VersionId) -> Result<Option<Version>> {
        let Some(known) = self.contents.get(member, record).filter(|known| known.has(id)) else { return Ok(None) };
        if let Some(open) = known.open_version(id) {
            return Ok(Some(open.clone()));
        }
        let Some(blob) = self.local.blob(member, record, id)? else { return Ok(None) };
        let name = ObjectName::Version { member, record, version: id };
        Ok(sealing::open_version(&*self.keys(member)?, &name, &blob).ok())
    }

    /// Reads a record anew from what is kept, after its versions got other names or lost their blobs.
    pub(super) fn reload(&mut self, member: Uuid, record: Uuid) -> Result<()> {
        self.contents.unopened.remove(&(member, record));
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
            waiting: self.local.changes_waiting()?.iter().filter(|(_, change)| shown(change)).count(),
            untold: self.journal.status()?.waiting,
            missing: self.local.count_wanted()?,
            unread: self.local.unread()?,
            ..Status::default()
        };
        for (member, records) in self.contents.members.iter().filter(|(member, _)| !self.contents.is_removed(**member))
        {
            for record in records.values() {
                status.records += usize::from(record.id() != *member && !record.is_deleted());
                if record.in_conflict() {
                    status.conflicts.push((*member, record.id()));
                }
            }
        }
        Ok(status)
    }
}
