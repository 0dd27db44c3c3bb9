//! Removing a member of the family, and bringing one back.

use holdfast_records::{Former, Uuid};

use super::{
    Unlocked,
    look::{begins, moment, only},
    now,
};
use crate::{
    Result,
    dto::{
        records::{RecordsFormer, RecordsRemoved, RecordsSaved},
        records_sharing::RecordsGrantState,
    },
    error::shown,
};

impl Unlocked {
    /// Removes a member of one's own on all devices. Nothing is erased, and grants stay: what a person still has by them is
    /// named.
    ///
    /// # Errors
    /// `records_owners` where somebody else gave the member.
    pub fn remove_member(&mut self, member: Uuid) -> Result<RecordsRemoved> {
        let _turn = self.begin_to_change(member)?;
        let name = self.name_of(member).unwrap_or_default();
        let removed = self.of_mut(member).remove_member(member, now())?.is_some();
        let former = self.vault.former_members()?.into_iter().find(|one| one.id == member);
        let holds = |state: &RecordsGrantState| *state == RecordsGrantState::Holds;
        let given = self.grants().given.into_iter().filter(|one| one.member == member.to_string() && holds(&one.state));
        Ok(RecordsRemoved {
            member: member.to_string(),
            name,
            removed,
            records: former.map_or(0, |one| one.records as u64),
            shared_with: given.map(|one| one.person).collect(),
        })
    }

    /// Members that were removed, by name.
    pub fn former_members(&self) -> Result<Vec<RecordsFormer>> {
        Ok(self.vault.former_members()?.into_iter().map(former_view).collect())
    }

    /// Brings back the member that a name, an id or the beginning of one stands for, as before.
    ///
    /// # Errors
    /// `records_unknown` when nobody of the name was removed, or more than one.
    pub fn bring_back_member(&mut self, text: &str) -> Result<RecordsSaved> {
        let _turn = self.begin_to_save()?;
        let all = self.vault.former_members()?;
        let same = |one: &&Former| one.profile.text("name").eq_ignore_ascii_case(text.trim());
        let named: Vec<Uuid> = all.iter().filter(same).map(|one| one.id).collect();
        let found = if named.is_empty() { begins(all.iter().map(|one| one.id), text) } else { named };
        let what = format!("member “{}” that was removed", shown(text));
        let member = only(&found, &what)?;
        let saved = self.vault.bring_back_member(member, now())?;
        saved.map(super::edit::saved).ok_or_else(|| super::words::unknown(&format!("there is no {what}")))
    }
}

fn former_view(one: Former) -> RecordsFormer {
    RecordsFormer {
        id: one.id.to_string(),
        name: one.profile.text("name").to_owned(),
        removed: moment(one.removed),
        by: one.by,
        records: one.records as u64,
    }
}
