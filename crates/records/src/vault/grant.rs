//! Giving a member's records to somebody, and ending that. Everything is told in the own log; what follows from it
//! ([`Sharing::next_step`](crate::sharing)) is done by whichever own device syncs first, so a stop at any request is no
//! matter.

use holdfast_crypto::vault::{GrantTerms, Rights};
use holdfast_journal::Millis;
use uuid::Uuid;

use super::Vault;
use crate::{
    Error, Result,
    change::{AcceptedChange, Action, Change, GrantChange, Subject},
    layout::ObjectName,
    local::put_change,
    objects,
    sharing::{Accepted, Given, Step},
    versions::OpenRecord,
};

/// What somebody whose access ended may have kept: all that they could open until then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revoked {
    /// Whose records.
    pub member: Uuid,
    /// Records, deleted ones and the profile included: their old versions could be read as well.
    pub records: u64,
    /// Versions of those.
    pub versions: u64,
    /// Attachments that any of those names.
    pub attachments: u64,
}

impl Vault {
    /// Gives a member's records to somebody whose fingerprint was compared. Takes effect with the next sync; the other
    /// person needs the grant's id and where this vault lies.
    ///
    /// # Errors
    /// [`Error::UnknownMember`], [`Error::UnknownPerson`], [`Error::NoDeviceKeys`].
    pub fn grant(
        &mut self,
        member: Uuid,
        user: Uuid,
        rights: Rights,
        ends: Option<Millis>,
        now: Millis,
    ) -> Result<Uuid> {
        self.owners_work()?;
        if self.contents.get(member, member).is_none() {
            return Err(Error::UnknownMember { member });
        }
        self.known_person(user)?;
        self.device_keys.as_ref().ok_or(Error::NoDeviceKeys)?;
        let (grant, generation) = (self.new_id(), self.sharing.current(member));
        let terms = GrantChange { grant, user, rights, ends, generation };
        self.take_step(Step { member, action: Action::Insert, terms }, now)?;
        Ok(grant)
    }

    /// Everything that was given, also what ended.
    pub fn given(&self) -> Vec<Given> {
        self.sharing.given().copied().collect()
    }

    /// Ends a grant: what is written from now on is sealed with another key, which those who stay are handed. What the
    /// other wrote counts as far as an own device took it in before it knew of this; so sync first. Makes no request.
    ///
    /// # Errors
    /// [`Error::UnknownGrant`].
    pub fn revoke(&mut self, grant: Uuid, now: Millis) -> Result<Revoked> {
        self.owners_work()?;
        let given = self.sharing.grant(grant).filter(|given| given.ended.is_none());
        let given = *given.ok_or(Error::UnknownGrant { grant })?;
        let step = self.sharing.ending(&given);
        self.take_step(step.ok_or(holdfast_crypto::Error::NoGeneration)?, now)?;
        Ok(self.could_be_kept(given.member))
    }

    /// What somebody who has a member could read until now, and may keep.
    pub fn could_be_kept(&self, member: Uuid) -> Revoked {
        let names = self.records(member).flat_map(OpenRecord::attachments).map(|one| one.name);
        Revoked {
            member,
            records: self.records(member).count() as u64,
            versions: self.records(member).map(|record| record.here().count() as u64).sum(),
            attachments: names.collect::<std::collections::BTreeSet<_>>().len() as u64,
        }
    }

    /// Tells, for the next call of `send`, all that follows from what is known of sharing.
    pub(super) fn settle_sharing(&mut self, now: Millis) -> Result<()> {
        while self.is_own() {
            let Some(step) = self.sharing.next_step(now) else { return Ok(()) };
            self.take_step(step, now)?;
        }
        Ok(())
    }

    pub(super) fn take_step(&mut self, step: Step, now: Millis) -> Result<()> {
        let change = self.change(step.action, Subject::Grant(step.terms), step.member, now)?;
        self.local.transaction(|conn| put_change(conn, &change, now))?;
        self.take_sharing(&change);
        Ok(())
    }

    /// What became known of sharing. A member's keys are made anew, since there may be another.
    pub(super) fn take_sharing(&mut self, change: &Change) {
        self.sharing.take(change);
        if self.is_own() && matches!(change.subject, Subject::Grant(_)) {
            self.members.remove(&change.member);
        }
    }

    /// Brings a grant into the place as it is now, or takes it away.
    pub(super) async fn send_grant(&mut self, member: Uuid, action: Action, terms: &GrantChange) -> Result<()> {
        let (store, name) = (self.store.clone(), ObjectName::Grant { grant: terms.grant });
        let ended = self.sharing.grant(terms.grant).is_none_or(|given| given.ended.is_some());
        if ended || action == Action::Delete {
            store.delete_many(&[name.key()?]).await?;
            return Ok(());
        }
        let to = self.known_person(terms.user)?.public.clone();
        let said = GrantTerms { rights: terms.rights, ends: terms.ends, place: String::new() };
        let (keys, identity) = (self.keys_of(member)?, self.keyring.identity()?);
        let blob = identity.grant(&keys, &said, &to, &name.to_string(), &mut *self.random)?;
        objects::replace(&*store, &name.key()?, &blob).await
    }

    /// Notes, for all own devices, that a grant was accepted; [`Vault::open_shared`] has looked at it.
    ///
    /// # Errors
    /// [`Error::UnknownPerson`].
    pub fn accept(&mut self, accepted: Accepted, now: Millis) -> Result<()> {
        self.owners_work()?;
        self.known_person(accepted.owner)?;
        self.tell_accepted(Action::Insert, accepted, now)
    }

    /// Lets go of a grant that was accepted, on all own devices.
    ///
    /// # Errors
    /// [`Error::UnknownGrant`].
    pub fn let_go(&mut self, grant: Uuid, now: Millis) -> Result<()> {
        let known = self.sharing.accepted().find(|one| one.grant == grant).cloned();
        self.tell_accepted(Action::Delete, known.ok_or(Error::UnknownGrant { grant })?, now)
    }

    fn tell_accepted(&mut self, action: Action, accepted: Accepted, now: Millis) -> Result<()> {
        let Accepted { grant, member, owner, place } = accepted;
        let subject = Subject::Accepted(AcceptedChange { grant, owner, place });
        let change = self.change(action, subject, member, now)?;
        self.local.transaction(|conn| put_change(conn, &change, now))?;
        self.take_sharing(&change);
        Ok(())
    }

    /// Grants of others that were accepted.
    pub fn accepted(&self) -> Vec<Accepted> {
        self.sharing.accepted().cloned().collect()
    }
}
