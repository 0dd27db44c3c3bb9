//! Looking at what is unlocked. Makes no request.

use holdfast_journal::Millis;
use uuid::Uuid;

use super::Vault;
use crate::{
    emergency::{Sheet, emergency_sheet},
    model::{Fields, Kind},
    search::Found,
    timeline::{Row, timeline},
    versions::{Conflict, OpenRecord, Version},
};

/// A person of whom records are kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// The id.
    pub id: Uuid,
    /// What is shown of the profile.
    pub profile: Fields,
    /// Whether the profile was edited on two devices.
    pub conflict: bool,
}

impl Vault {
    /// Everybody whose profile is there and who was not removed, by name. Who was removed on one device and edited on
    /// another stays until somebody decides.
    pub fn members(&self) -> Vec<Member> {
        let member = |(id, records): (&Uuid, &std::collections::BTreeMap<Uuid, OpenRecord>)| {
            let record = records.get(id)?;
            let shown = record.current().or_else(|| record.counting().into_iter().next())?;
            let profile = shown.content.fields.clone();
            Some(Member { id: *id, profile, conflict: record.in_conflict() })
        };
        let mut all: Vec<Member> = self.contents.members.iter().filter_map(member).collect();
        all.sort_by(|one, other| (one.profile.text("name"), one.id).cmp(&(other.profile.text("name"), other.id)));
        all
    }

    /// What of a record is open.
    pub fn open_record(&self, member: Uuid, record: Uuid) -> Option<&OpenRecord> {
        self.contents.get(member, record)
    }

    /// What is shown of a record; none when it is deleted or not here yet.
    pub fn shown(&self, member: Uuid, record: Uuid) -> Option<&Version> {
        self.contents.get(member, record)?.current()
    }

    /// What two devices did to a record.
    pub fn conflict(&self, member: Uuid, record: Uuid) -> Option<Conflict> {
        let open = self.contents.get(member, record).filter(|open| open.in_conflict())?;
        // Without older versions it is not known what both began with.
        self.record(member, record).map_or_else(|_| open.record().0.conflict(), |whole| whole.conflict())
    }

    /// All records of a member, deleted ones too.
    pub fn records(&self, member: Uuid) -> impl Iterator<Item = &OpenRecord> {
        self.contents.members.get(&member).into_iter().flat_map(|records| records.values())
    }

    /// A member's timeline, of one kind or of all.
    pub fn timeline(&self, member: Uuid, kind: Option<&Kind>) -> Vec<Row> {
        timeline(self.records(member), kind)
    }

    /// What somebody who helps a member must know at once.
    pub fn emergency_sheet(&self, member: Uuid, now: Millis) -> Sheet {
        emergency_sheet(self.records(member), now)
    }

    /// Searches what is shown, of one member or of everybody.
    pub fn search(&self, query: &str, member: Option<Uuid>, limit: usize) -> Found {
        self.contents.index.find(query, member, limit)
    }
}
