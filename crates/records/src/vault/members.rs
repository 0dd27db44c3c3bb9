//! Removing a member, and bringing one back. Nothing of a member who was removed is shown, found or written; the place keeps
//! all of it, sealed, and who comes back is as before.

use holdfast_journal::Millis;
use uuid::Uuid;

use super::{Saved, Vault};
use crate::{
    Error, Result,
    model::Fields,
    versions::{Version, VersionId},
};

/// Somebody who was removed.
#[derive(Debug, Clone, PartialEq)]
pub struct Former {
    /// The id.
    pub id: Uuid,
    /// What the profile said last; empty where no version of it is here any more.
    pub profile: Fields,
    /// When the member was removed.
    pub removed: Millis,
    /// By whom.
    pub by: String,
    /// Records that come back with the member.
    pub records: usize,
}

impl Vault {
    /// Removes a member of one's own on all devices: a version of the profile that says so. `None` when that was done
    /// already.
    ///
    /// # Errors
    /// [`Error::OwnersWork`], [`Error::UnknownRecord`].
    pub fn remove_member(&mut self, member: Uuid, now: Millis) -> Result<Option<Saved>> {
        self.delete(member, member, now)
    }

    /// Brings a member back as the profile was. `None` when nobody removed the member.
    ///
    /// # Errors
    /// [`Error::OwnersWork`]; [`Error::VersionNotHere`] when no version of the profile is left.
    pub fn bring_back_member(&mut self, member: Uuid, now: Millis) -> Result<Option<Saved>> {
        if !self.contents.is_removed(member) {
            return Ok(None);
        }
        let version = match self.last_profile(member)? {
            Some(version) => version.id(),
            None => return Err(Error::VersionNotHere { record: member, version: self.removal_of(member)? }),
        };
        self.bring_back(member, member, version, now).map(Some)
    }

    /// Members that were removed, by name.
    pub fn former_members(&self) -> Result<Vec<Former>> {
        let mut all = self.contents.removed().map(|member| self.former(member)).collect::<Result<Vec<_>>>()?;
        all.sort_by(|one, other| (one.profile.text("name"), one.id).cmp(&(other.profile.text("name"), other.id)));
        Ok(all)
    }

    fn former(&self, member: Uuid) -> Result<Former> {
        let profile = self.last_profile(member)?.map(|version| version.content.fields).unwrap_or_default();
        let gone = self.contents.get(member, member).and_then(|known| known.shown());
        let (removed, by) = gone.map(|gone| (gone.node.time, gone.author.clone())).unwrap_or_default();
        let records = self.records(member).filter(|one| one.id() != member && !one.is_deleted()).count();
        Ok(Former { id: member, profile, removed, by, records })
    }

    /// The newest version of a profile that does not delete it.
    fn last_profile(&self, member: Uuid) -> Result<Option<Version>> {
        let known = self.record(member, member)?;
        Ok(known.versions().into_iter().find(|version| !version.node.deleted).cloned())
    }

    fn removal_of(&self, member: Uuid) -> Result<VersionId> {
        let heads = self.contents.get(member, member).map(|known| known.all_heads()).unwrap_or_default();
        heads.first().copied().ok_or(Error::UnknownMember { member })
    }

    /// Nothing is written for somebody who was removed, and not yet brought back.
    pub(super) fn expect_member(&self, member: Uuid) -> Result<()> {
        match self.contents.get(member, member).is_some() && !self.contents.is_removed(member) {
            true => Ok(()),
            false => Err(Error::UnknownMember { member }),
        }
    }
}
