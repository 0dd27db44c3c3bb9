//! Sharing of family records, and the computers that keep them, as the command line prints them and the window shows them.

use serde::{Deserialize, Serialize};
use specta::Type;

/// Whose a member is that somebody else gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RecordsOf {
    /// Who gave it: the name that was chosen here.
    pub person: String,
    /// Their public id.
    pub user_id: String,
    /// The grant.
    pub grant: String,
    /// Whether it may be changed.
    pub write: bool,
    /// Whether the owner ended it: what is here is what was fetched before.
    pub ended: bool,
}

/// Somebody whose words were compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RecordsPerson {
    /// Their public id.
    pub user_id: String,
    /// What they are called here.
    pub name: String,
    /// Where their vault is; empty for the same place as the own one.
    pub place: String,
    /// The twelve words that were compared.
    pub words: String,
}

/// The own words, and everybody who is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RecordsPeople {
    /// The own public id, to be told to others.
    pub user_id: String,
    /// The twelve words of the own public key, to be read to others.
    pub words: String,
    /// Where the own vault is, for people.
    pub location: String,
    /// Everybody who is known, by name.
    pub people: Vec<RecordsPerson>,
}

/// Somebody's public key as a place has it. Nobody has vouched for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RecordsStranger {
    /// Their public id.
    pub user_id: String,
    /// The words that the other person must read from their own screen.
    pub words: String,
    /// Where it was found, for people.
    pub location: String,
}

/// How a grant stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum RecordsGrantState {
    /// It holds.
    Holds,
    /// Its time is over.
    Over,
    /// Its owner ended it.
    Ended,
    /// It was accepted and could not be opened here (yet).
    Closed,
}

/// A grant, given or accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RecordsGrant {
    /// Its id.
    pub id: String,
    /// Whose records.
    pub member: String,
    /// Their name, where it is known here.
    pub member_name: Option<String>,
    /// The public id of the other person.
    pub user_id: String,
    /// Their name.
    pub person: String,
    /// Whether they may be changed; not known of a grant that is closed.
    pub write: Option<bool>,
    /// When it ends.
    pub until: Option<String>,
    /// How it stands.
    pub state: RecordsGrantState,
    /// Why it could not be opened.
    pub problem: Option<String>,
}

/// Everything that was given, and everything that others gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RecordsGrants {
    /// To others.
    pub given: Vec<RecordsGrant>,
    /// By others.
    pub accepted: Vec<RecordsGrant>,
}

/// The end of a grant, and what the other may have kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RecordsRevoked {
    /// The grant.
    pub grant: String,
    /// Who had it.
    pub person: String,
    /// Whose records.
    pub member: String,
    /// Their name.
    pub member_name: String,
    /// Records that could be read until now, deleted ones and the profile included.
    pub records: u64,
    /// Versions of those.
    pub versions: u64,
    /// Files of those.
    pub attachments: u64,
    /// Why it is not in effect yet; it will be with the next exchange.
    pub unsent: Option<String>,
}

/// What was sealed again with the key of now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RecordsResealed {
    /// Versions.
    pub versions: u64,
    /// Files.
    pub attachments: u64,
    /// Objects that stay as they are, and why. The same call tries them again.
    pub failures: Vec<String>,
}

/// A computer of this vault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RecordsDevice {
    /// Its id.
    pub id: String,
    /// Its name, where it is known.
    pub name: Option<String>,
    /// Whether it is this one.
    pub is_this: bool,
    /// When it was here last, by its clock, at most a day behind.
    pub last_seen: Option<String>,
    /// Whether it was revoked.
    pub revoked: bool,
}

/// What revoking a computer did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RecordsDeviceRevoked {
    /// The computer that was revoked.
    pub device: RecordsDevice,
    /// Computers that were handed the new keys, this one included.
    pub stay: Vec<RecordsDevice>,
    /// Computers that have to be opened with the recovery code again.
    pub left_out: Vec<RecordsDevice>,
    /// People who have to compare the own words again.
    pub compare_again: Vec<String>,
    /// The new words of the own public key.
    pub words: String,
}

/// A computer's log of which the place serves less than was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RecordsSetBack {
    /// Whose log.
    pub device: String,
    /// The computer's name, where it is known.
    pub name: Option<String>,
    /// Whether it is this one's.
    pub is_this: bool,
    /// Entries that are missing in the place.
    pub missing: u64,
}

/// Everything about sharing, as the page shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RecordsSharing {
    /// The own words, and everybody who is known.
    pub people: RecordsPeople,
    /// What was given, and what others gave.
    pub grants: RecordsGrants,
    /// The computers of the vault, this one first.
    pub devices: Vec<RecordsDevice>,
}

/// Where somebody else's vault is. Nothing of a place: where the own one is.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(default)]
pub struct RecordsTheirPlace {
    /// A place that is set up.
    pub profile: Option<String>,
    /// A store URL.
    pub url: Option<String>,
    /// The secret key of a bucket that is given as a URL.
    pub secret: Option<String>,
}

/// Shows no secret.
impl std::fmt::Debug for RecordsTheirPlace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RecordsTheirPlace").field("profile", &self.profile).finish_non_exhaustive()
    }
}

/// Somebody to be known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RecordsNewPerson {
    /// Their public id.
    pub user_id: String,
    /// What they are to be called here.
    pub name: String,
    /// Where their vault is.
    pub place: RecordsTheirPlace,
    /// The twelve words that they read from their own screen.
    pub words: String,
}

/// Grants that were given, accepted or let go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RecordsShared {
    /// The grants.
    pub grants: Vec<RecordsGrant>,
    /// Why it is not in effect yet; it will be with the next exchange.
    pub unsent: Option<String>,
}
