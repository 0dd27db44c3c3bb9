//! What an entry of a log says: one change, without any content. It knows ids, numbers and times alone.
//!
//! ```text
//! all           format 1 · type 1 · action 1 · member 16 · device 16 · clock 8 · time 8     (big endian; time signed)
//! 1 profile     … number 8 · parents: (number 8 · device 16) each
//! 2 record      … record 16 · number 8 · parents: (number 8 · device 16) each
//! 3 attachment  … name 32
//! 4 grant       … grant 16 · user 16 · rights 1 · ends 8 · generation 4 (`sharing`)
//! 5 removal     … record 16 · number 8 · device that wrote the version 16
//! 6 seen        … ids of the changes that were seen, 16 each
//! 7 retention   … versions 4 · days 4; both 2³² − 1 for "everything stays"
//! 8 person      … public-key.blob 152 · place, text
//! 9 accepted    … grant 16 · owner 16 · place, text
//! 10 device     … public keys of the device that tells 80
//! ```
//!
//! Member is zero for what concerns the whole vault. The id of the entry follows from what changed, so that the same
//! change in two logs, or told twice, is one entry.

use holdfast_crypto::{sha256, vault::MAX_PLACE_BYTES};
use holdfast_journal::Millis;
use uuid::Uuid;

use crate::{
    model::AttachmentName,
    retention::Retention,
    versions::{BadNode, MAX_NUMBER, Node, VersionId},
};

mod sharing;

pub use sharing::{AcceptedChange, DeviceChange, GrantChange, PersonChange};

const FORMAT: u8 = 1;
/// The kind of a journal entry whose payload is a [`Change`].
pub const ENTRY_KIND: u16 = 1;
/// The most that one entry says was seen.
pub const MAX_SEEN: usize = 4_000;

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// It was not there before.
    Insert,
    /// It took the place of something.
    Update,
    /// It says that something is gone.
    Delete,
}

/// What it was done to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A version of a record; of the member's profile where the record has the member's id.
    Version {
        /// The record.
        record: Uuid,
        /// The version's number; its device is the change's.
        number: u64,
        /// What it takes the place of.
        parents: Vec<VersionId>,
    },
    /// The bytes of a file that is attached to records of the member.
    Attachment {
        /// Its name in the bucket.
        name: AttachmentName,
    },
    /// A grant to another user: an insert gives it, an update hands over a later key, a delete ends it and names the
    /// key that begins.
    Grant(GrantChange),
    /// Somebody whose fingerprint was compared. Of one user the one with the greatest clock holds.
    Person(PersonChange),
    /// A grant of another user that was accepted; a delete lets go of it.
    Accepted(AcceptedChange),
    /// Public keys of the device that tells. Of one device those with the greatest clock hold.
    Device(DeviceChange),
    /// The blob of an old version, which went by retention. The version stays known.
    Removal {
        /// The record.
        record: Uuid,
        /// The version.
        version: VersionId,
    },
    /// Versions that took the place of others and are known to the device: what they followed may go as far as it is
    /// concerned.
    Seen {
        /// Ids of the changes that told of them.
        changes: Vec<Uuid>,
    },
    /// What a person set for old versions. The one with the greatest clock holds.
    Retention {
        /// The rule; none keeps everything.
        retention: Option<Retention>,
    },
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Whose; nil for what concerns the whole vault.
    pub member: Uuid,
    /// Who made it.
    pub device: Uuid,
    /// Lamport clock of the device.
    pub clock: u64,
    /// When, by the device's clock.
    pub time: Millis,
    /// What was done.
    pub action: Action,
    /// To what.
    pub subject: Subject,
}

/// Why bytes are not a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAChange {
    /// Fewer or more bytes than its type has.
    #[error("a change of {bytes} bytes is not of the length of its type")]
    Length {
        /// How many there are.
        bytes: usize,
    },
    /// A format, type or action of a later version.
    #[error("changes of this type are not known")]
    Unknown,
    /// It tells of a version that cannot be.
    #[error(transparent)]
    Node(#[from] BadNode),
    /// A clock that no device reaches, or an action that its type does not have.
    #[error("the change contradicts itself")]
    Contradiction,
}

impl Change {
    /// The change that tells of a version.
    pub fn of_version(member: Uuid, record: Uuid, node: &Node) -> Self {
        let action = match (node.deleted, node.parents.is_empty()) {
            (true, _) => Action::Delete,
            (false, true) => Action::Insert,
            (false, false) => Action::Update,
        };
        let subject = Subject::Version { record, number: node.id.number, parents: node.parents.clone() };
        Self { member, device: node.id.device, clock: node.clock, time: node.time, action, subject }
    }

    /// What it says of a version, with its record.
    pub fn node(&self) -> Option<(Uuid, Node)> {
        let Subject::Version { record, number, parents } = &self.subject else { return None };
        let id = VersionId { number: *number, device: self.device };
        let deleted = self.action == Action::Delete;
        Some((*record, Node { id, clock: self.clock, parents: parents.clone(), deleted, time: self.time }))
    }

    /// The id of its entry: equal for equal changes, whoever tells of them. Of a version, an attachment, a grant and a
    /// removal there is one id each.
    pub fn id(&self) -> Uuid {
        let kind = [self.kind()];
        let member = self.member.as_bytes().as_slice();
        match &self.subject {
            Subject::Version { record, number, .. } => version_id_of(*record, self.member, *number, self.device),
            Subject::Attachment { name } => id_of(&[&kind, member, &[self.action_byte()], &name.0]),
            Subject::Grant(given) => {
                let generation = given.generation.to_bytes();
                id_of(&[&kind, member, &[self.action_byte()], given.grant.as_bytes(), &generation])
            }
            Subject::Removal { record, version } => {
                let number = version.number.to_be_bytes();
                id_of(&[&kind, member, record.as_bytes(), &number, version.device.as_bytes()])
            }
            Subject::Accepted(accepted) => id_of(&[&kind, member, &[self.action_byte()], accepted.grant.as_bytes()]),
            Subject::Seen { .. } | Subject::Retention { .. } | Subject::Person(_) | Subject::Device(_) => {
                id_of(&[&kind, &self.to_bytes()])
            }
        }
    }

    fn kind(&self) -> u8 {
        match &self.subject {
            Subject::Version { record, .. } if *record == self.member => 1,
            Subject::Version { .. } => 2,
            Subject::Attachment { .. } => 3,
            Subject::Grant(_) => 4,
            Subject::Removal { .. } => 5,
            Subject::Seen { .. } => 6,
            Subject::Retention { .. } => 7,
            Subject::Person(_) => 8,
            Subject::Accepted(_) => 9,
            Subject::Device(_) => 10,
        }
    }

    fn action_byte(&self) -> u8 {
        match self.action {
            Action::Insert => 1,
            Action::Update => 2,
            Action::Delete => 3,
        }
    }

    /// Its bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let kind = self.kind();
        let mut bytes = vec![FORMAT, kind, self.action_byte()];
        bytes.extend(self.member.as_bytes());
        bytes.extend(self.device.as_bytes());
        bytes.extend(self.clock.to_be_bytes());
        bytes.extend(self.time.to_be_bytes());
        match &self.subject {
            Subject::Version { record, number, parents } => {
                if kind == 2 {
                    bytes.extend(record.as_bytes());
                }
                bytes.extend(number.to_be_bytes());
                parents.iter().for_each(|parent| put_version(&mut bytes, parent));
            }
            Subject::Attachment { name } => bytes.extend(name.0),
            Subject::Grant(given) => given.put(&mut bytes),
            Subject::Person(person) => person.put(&mut bytes),
            Subject::Accepted(accepted) => accepted.put(&mut bytes),
            Subject::Device(device) => bytes.extend(device.public.to_bytes()),
            Subject::Removal { record, version } => {
                bytes.extend(record.as_bytes());
                put_version(&mut bytes, version);
            }
            Subject::Seen { changes } => changes.iter().for_each(|change| bytes.extend(change.as_bytes())),
            Subject::Retention { retention } => {
                let (versions, days) = retention.map_or((u32::MAX, u32::MAX), |one| (one.versions, one.days));
                bytes.extend(versions.to_be_bytes());
                bytes.extend(days.to_be_bytes());
            }
        }
        bytes
    }

    /// Reads a change, whatever the bytes are.
    pub fn parse(bytes: &[u8]) -> Result<Self, NotAChange> {
        let mut reader = Reader { rest: bytes, all: bytes.len() };
        let [format, kind, action] = reader.take()?;
        let action = match (format, action) {
            (FORMAT, 1) => Action::Insert,
            (FORMAT, 2) => Action::Update,
            (FORMAT, 3) => Action::Delete,
            _ => return Err(NotAChange::Unknown),
        };
        let member = reader.uuid()?;
        let device = reader.uuid()?;
        let clock = u64::from_be_bytes(reader.take()?);
        let time = i64::from_be_bytes(reader.take()?);
        let subject = reader.subject(kind, member)?;
        if !reader.rest.is_empty() {
            return Err(NotAChange::Length { bytes: bytes.len() });
        }
        let change = Self { member, device, clock, time, action, subject };
        change.check()?;
        Ok(change)
    }

    fn check(&self) -> Result<(), NotAChange> {
        let fits = match &self.subject {
            Subject::Version { .. } => {
                let Some((record, node)) = self.node() else { return Err(NotAChange::Contradiction) };
                node.check()?;
                Self::of_version(self.member, record, &node).action == self.action
            }
            Subject::Removal { version, .. } => {
                self.action == Action::Delete && (1..=MAX_NUMBER).contains(&version.number)
            }
            Subject::Attachment { .. } => self.action != Action::Update,
            Subject::Seen { changes } => changes.len() <= MAX_SEEN,
            Subject::Person(person) => self.action == Action::Update && person.fits(),
            Subject::Accepted(_) => self.action != Action::Update,
            Subject::Device(_) => self.action == Action::Insert,
            Subject::Grant(_) | Subject::Retention { .. } => true,
        };
        match fits && self.clock <= MAX_NUMBER {
            true => Ok(()),
            false => Err(NotAChange::Contradiction),
        }
    }
}

/// The id of the entry that tells of a version.
pub fn version_id_of(record: Uuid, member: Uuid, number: u64, device: Uuid) -> Uuid {
    id_of(&[b"v", member.as_bytes(), record.as_bytes(), &number.to_be_bytes(), device.as_bytes()])
}

fn id_of(parts: &[&[u8]]) -> Uuid {
    let text = [b"holdfast 1 records change".to_vec(), parts.concat()].concat();
    let mut id = [0; 16];
    id.copy_from_slice(&sha256(&text)[..16]);
    uuid::Builder::from_custom_bytes(id).into_uuid()
}

fn put_version(bytes: &mut Vec<u8>, version: &VersionId) {
    bytes.extend(version.number.to_be_bytes());
    bytes.extend(version.device.as_bytes());
}

struct Reader<'a> {
    rest: &'a [u8],
    all: usize,
}

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], NotAChange> {
        let (head, rest) = self.rest.split_first_chunk::<N>().ok_or(NotAChange::Length { bytes: self.all })?;
        self.rest = rest;
        Ok(*head)
    }

    fn text(&mut self) -> Result<String, NotAChange> {
        let text = std::str::from_utf8(std::mem::take(&mut self.rest)).map_err(|_| NotAChange::Contradiction)?;
        if text.len() > MAX_PLACE_BYTES { Err(NotAChange::Contradiction) } else { Ok(text.to_owned()) }
    }

    fn text_of(&mut self, length: usize) -> Result<String, NotAChange> {
        let (text, rest) = self.rest.split_at_checked(length).ok_or(NotAChange::Length { bytes: self.all })?;
        self.rest = rest;
        Ok(std::str::from_utf8(text).map_err(|_| NotAChange::Contradiction)?.to_owned())
    }

    fn uuid(&mut self) -> Result<Uuid, NotAChange> {
        Ok(Uuid::from_bytes(self.take()?))
    }

    fn version(&mut self) -> Result<VersionId, NotAChange> {
        Ok(VersionId { number: u64::from_be_bytes(self.take()?), device: self.uuid()? })
    }

    fn all<T>(&mut self, one: impl Fn(&mut Self) -> Result<T, NotAChange>) -> Result<Vec<T>, NotAChange> {
        let mut all = Vec::new();
        while !self.rest.is_empty() {
            all.push(one(self)?);
        }
        Ok(all)
    }

    fn subject(&mut self, kind: u8, member: Uuid) -> Result<Subject, NotAChange> {
        Ok(match kind {
            1 | 2 => {
                let record = if kind == 1 { member } else { self.uuid()? };
                if kind == 2 && record == member {
                    return Err(NotAChange::Contradiction);
                }
                Subject::Version { record, number: u64::from_be_bytes(self.take()?), parents: self.all(Self::version)? }
            }
            3 => Subject::Attachment { name: AttachmentName(self.take()?) },
            4 => Subject::Grant(GrantChange::read(self)?),
            5 => Subject::Removal { record: self.uuid()?, version: self.version()? },
            6 => Subject::Seen { changes: self.all(Self::uuid)? },
            7 => {
                let (versions, days) = (u32::from_be_bytes(self.take()?), u32::from_be_bytes(self.take()?));
                let everything = versions == u32::MAX && days == u32::MAX;
                Subject::Retention { retention: (!everything).then_some(Retention { versions, days }) }
            }
            8 => Subject::Person(PersonChange::read(self)?),
            9 => Subject::Accepted(AcceptedChange::read(self)?),
            10 => Subject::Device(DeviceChange::read(self)?),
            _ => return Err(NotAChange::Unknown),
        })
    }
}

#[cfg(test)]
mod tests;
