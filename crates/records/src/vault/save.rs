//! Saving: new versions, of what a person entered or decided. Kept here at once, sent later.

use std::collections::BTreeMap;

use holdfast_journal::Millis;
use uuid::Uuid;

use super::Vault;
use crate::{
    Error, Result,
    change::Change,
    layout::ObjectName,
    model::{Fields, Kind, faults},
    sealing,
    versions::{BadNode, Content, Draft, FORMAT, Node, Resolution, Version, VersionId, resolve},
};

/// Something to save.
#[derive(Debug, Clone, PartialEq)]
pub struct Edit {
    /// Whose record.
    pub member: Uuid,
    /// Which; a new one without.
    pub record: Option<Uuid>,
    /// The versions that the person saw when beginning to edit; empty for what is shown now.
    pub based_on: Vec<VersionId>,
    /// What it shall say.
    pub content: Content,
}

/// What was saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Saved {
    /// Whose record.
    pub member: Uuid,
    /// Which.
    pub record: Uuid,
    /// The new version. Its name changes when another computer is found to write under this device's id.
    pub version: VersionId,
}

impl Vault {
    /// Begins to keep records of somebody. The profile says who it is.
    ///
    /// # Errors
    /// [`Error::Invalid`].
    pub fn add_member(&mut self, profile: Fields, now: Millis) -> Result<Saved> {
        self.owners_work()?;
        let member = self.new_id();
        let draft = self.draft(member, member, Vec::new(), Content::new(Kind::Profile, profile))?;
        self.write(member, draft, now)
    }

    /// Saves a new record or a new version of one. The profile's record has the member's id.
    ///
    /// # Errors
    /// [`Error::UnknownMember`], [`Error::UnknownRecord`], [`Error::VersionNotHere`], [`Error::OtherKind`],
    /// [`Error::UnknownAttachment`], [`Error::Invalid`].
    pub fn save(&mut self, edit: Edit, now: Millis) -> Result<Saved> {
        let Edit { member, record, mut based_on, content } = edit;
        self.expect_member(member)?;
        match record {
            None => based_on.clear(),
            Some(record) => {
                let known = self.contents.get(member, record).ok_or(Error::UnknownRecord { record })?;
                if based_on.is_empty() {
                    based_on = known.parents_of_an_edit();
                }
                if let Some(version) = based_on.iter().find(|id| known.lineage().get(**id).is_none()).copied() {
                    return Err(Error::VersionNotHere { record, version });
                }
            }
        }
        let record = record.unwrap_or_else(|| self.new_id());
        let draft = self.draft(member, record, based_on, content)?;
        self.write(member, draft, now)
    }

    /// Deletes a record: a version that says so. `None` when it is deleted already. Who deletes a profile removes the member.
    ///
    /// # Errors
    /// [`Error::UnknownRecord`]; [`Error::OwnersWork`] for a profile that somebody gave.
    pub fn delete(&mut self, member: Uuid, record: Uuid, now: Millis) -> Result<Option<Saved>> {
        if member == record {
            self.owners_work()?;
        }
        let known = self.contents.get(member, record).ok_or(Error::UnknownRecord { record })?;
        if known.is_deleted() && !known.in_conflict() {
            return Ok(None);
        }
        let kind = known.shown().map_or(Kind::Note, |shown| shown.content.kind.clone());
        let parents = known.all_heads();
        let content = Content::new(kind, Fields::default());
        let draft = Draft { record, parents, deleted: true, content, later: BTreeMap::new() };
        self.write(member, draft, now).map(Some)
    }

    /// Brings back what an older version says, as a new version that takes the place of all heads.
    ///
    /// # Errors
    /// [`Error::UnknownRecord`], [`Error::VersionNotHere`]; [`Error::UnknownMember`] for a record of somebody who was removed.
    pub fn bring_back(&mut self, member: Uuid, record: Uuid, version: VersionId, now: Millis) -> Result<Saved> {
        match member == record && self.contents.is_removed(member) {
            true => self.owners_work()?,
            false => self.expect_member(member)?,
        }
        let known = self.contents.get(member, record).ok_or(Error::UnknownRecord { record })?;
        let wanted = self.version(member, record, version)?.filter(|version| !version.node.deleted);
        let Version { content, later, .. } = wanted.ok_or(Error::VersionNotHere { record, version })?;
        let draft = Draft { record, parents: known.all_heads(), deleted: false, content, later };
        self.write(member, draft, now)
    }

    /// Carries out a decision on a conflict. Empty when there is none (any more).
    ///
    /// # Errors
    /// [`Error::UnknownRecord`], [`Error::Unresolved`].
    pub fn resolve(&mut self, member: Uuid, record: Uuid, resolution: &Resolution, now: Millis) -> Result<Vec<Saved>> {
        let drafts = resolve(&self.record(member, record)?, resolution)?;
        drafts.into_iter().map(|draft| self.write(member, draft, now)).collect()
    }

    /// Checks what was entered and says what it takes the place of.
    fn draft(&self, member: Uuid, record: Uuid, parents: Vec<VersionId>, mut content: Content) -> Result<Draft> {
        let mut before = None;
        for parent in &parents {
            if before.is_none() {
                before = self.version(member, record, *parent)?;
            }
        }
        let shown = || self.contents.get(member, record)?.shown().cloned();
        let before = before.or_else(shown);
        let before = before.as_ref();
        content.fields.tidy();
        let profile = content.kind == Kind::Profile;
        if profile != (member == record) || before.is_some_and(|before| before.content.kind != content.kind) {
            return Err(Error::OtherKind);
        }
        let faults = faults(&content.kind, &content.fields, before.map(|before| &before.content.fields));
        if !faults.is_empty() {
            return Err(Error::Invalid { faults });
        }
        for attachment in &content.attachments {
            let before = before.is_some_and(|before| before.content.attachments.contains(attachment));
            if !before && !self.local.knows_attachment(member, attachment.name)? {
                return Err(Error::UnknownAttachment { name: attachment.name });
            }
        }
        let later = before.map(|before| before.later.clone()).unwrap_or_default();
        Ok(Draft { record, parents, deleted: false, content, later })
    }

    /// Gives a draft its number and clock, seals it and lets it wait.
    fn write(&mut self, member: Uuid, draft: Draft, now: Millis) -> Result<Saved> {
        self.may_write()?;
        let Draft { record, parents, deleted, content, later } = draft;
        let number = self.contents.get(member, record).map_or(1, |known| known.lineage().next_number());
        let id = VersionId { number, device: self.journal.device() };
        let node = Node { id, clock: self.local.next_clock()?, parents, deleted, time: now };
        node.check().map_err(|why| match why {
            BadNode::TooManyParents => Error::TooManyHeads { record, heads: node.parents.len() },
            BadNode::OutOfRange | BadNode::ParentNotOlder => Error::ClockUsedUp,
        })?;
        let version = Version { format: FORMAT, record, node, author: self.author.clone(), content, later };
        let blob = self.sealed(member, &version)?;
        self.local.save(&Change::of_version(member, record, &version.node), &blob, now)?;
        self.contents.insert(member, version);
        self.contents.index(member, record);
        Ok(Saved { member, record, version: id })
    }

    pub(super) fn sealed(&mut self, member: Uuid, version: &Version) -> Result<Vec<u8>> {
        let name = ObjectName::Version { member, record: version.record, version: version.id() };
        let keys = self.keys_of(member)?;
        sealing::seal_version(&keys, &name, version, &mut *self.random)
    }

    pub(super) fn new_id(&mut self) -> Uuid {
        let mut bytes = [0; 16];
        self.random.fill_bytes(&mut bytes);
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    }
}
