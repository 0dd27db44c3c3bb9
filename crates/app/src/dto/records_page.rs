//! Family records, as the window's page asks for them beside what the command line prints.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use specta::Type;

use super::records::{EmergencySheet, FieldValue, RecordsAttachment, RecordsMember, RecordsRecord, RecordsVersion};
use crate::AppError;

/// How far a computer is with its family records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum RecordsState {
    /// There are none here.
    None,
    /// Begun; the recovery code was not typed back yet.
    Unconfirmed,
    /// This computer has no key: the recovery code opens them.
    NoKey,
    /// The key is in the keychain, and the window shows nothing.
    Shut,
    /// The window shows them.
    Open,
}

/// How the vault of this computer stands. Names nobody unless it is open.
#[derive(Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct RecordsHere {
    /// How far it is.
    pub state: RecordsState,
    /// For people: where it lies.
    pub location: String,
    /// The public id.
    pub user_id: Option<String>,
    /// This device's id.
    pub device: Option<String>,
    /// When the recovery code was last typed here.
    pub code_checked: Option<String>,
    /// Whether that is so long ago that it should be looked for.
    pub code_due: bool,
    /// Everybody, by name.
    pub members: Vec<RecordsMember>,
    /// Records that are not deleted.
    pub records: u64,
    /// Records that were edited on two devices.
    pub conflicts: Vec<String>,
    /// What was not sent yet: versions and files.
    pub waiting: u64,
    /// Versions that are not here yet.
    pub missing: u64,
    /// What could not be read, in words.
    pub unread: Vec<String>,
    /// When the window last heard from the place.
    pub synced: Option<String>,
    /// Why the last attempt failed.
    pub problem: Option<AppError>,
    /// After so many minutes without use the window locks itself.
    pub lock_after_minutes: u32,
}

/// Where a vault is to lie, and who writes on this computer. Nothing of a place: where the settings say.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(default)]
pub struct RecordsOrder {
    /// A place that is set up.
    pub profile: Option<String>,
    /// A store URL, such as a folder's.
    pub url: Option<String>,
    /// The secret key of a bucket that is given as a URL.
    pub secret: Option<String>,
    /// Who writes on this computer.
    pub author: Option<String>,
    /// Begin a second vault where somebody keeps one.
    pub another: bool,
}

/// Shows no secret.
impl std::fmt::Debug for RecordsOrder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RecordsOrder").field("profile", &self.profile).finish_non_exhaustive()
    }
}

/// What a field looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum RecordsShape {
    Text,
    LongText,
    Date,
    Choice,
    Number,
    Quantity,
    Period,
    Texts,
    Contact,
    Contacts,
}

/// A field of a form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RecordsField {
    /// Its name in the JSON of a record.
    pub name: String,
    /// What its value looks like.
    pub shape: RecordsShape,
    /// The codes of a choice, in the order in which they are offered.
    pub choices: Vec<String>,
    /// The smallest number.
    pub least: Option<i64>,
    /// The largest number.
    pub most: Option<i64>,
    /// Whether a record without it is refused.
    pub required: bool,
}

/// What a kind of record has fields for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RecordsForm {
    /// The kind.
    pub kind: String,
    /// The field whose text is the record's title.
    pub title: String,
    /// Fields that say when it was; the first that is there counts.
    pub dates: Vec<String>,
    /// All fields, in the order in which they are shown.
    pub fields: Vec<RecordsField>,
}

/// A record on somebody's page.
#[derive(Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct RecordsEntry {
    /// The record.
    pub record: RecordsRecord,
    /// When it was, by its fields, else when it was written.
    pub when: String,
    /// Whether something of it was not sent yet.
    pub waiting: bool,
}

/// Somebody's page: the newest records first.
#[derive(Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct RecordsMemberPage {
    /// Who.
    pub member: RecordsMember,
    /// The profile as a record: its versions, and what two devices did to it.
    pub profile: RecordsRecord,
    /// The part that was asked for.
    pub entries: Vec<RecordsEntry>,
    /// How many there are of what was asked for.
    pub total: u64,
    /// How many there are of each kind.
    pub kinds: BTreeMap<String, u64>,
    /// What somebody who helps must know at once.
    pub emergency: EmergencySheet,
}

/// A record with everything that is known of it.
#[derive(Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct RecordsWhole {
    /// As it is shown.
    pub entry: RecordsEntry,
    /// All versions that are here, the newest first.
    pub versions: Vec<RecordsVersion>,
}

/// What a person entered.
#[derive(Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct RecordsDraft {
    /// Whose; none for somebody new.
    pub member: Option<String>,
    /// The record that is changed; none for a new one.
    pub record: Option<String>,
    /// What it is about.
    pub kind: String,
    /// Fields by name; null takes one away, and one that is not named stays as it is.
    pub fields: BTreeMap<String, Option<FieldValue>>,
    /// Files that were attached for it.
    pub add: Vec<RecordsAttachment>,
    /// Ids of files that are taken away.
    pub without: Vec<String>,
}

/// For one field, the side whose value counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RecordsPick {
    /// The field.
    pub field: String,
    /// The version.
    pub side: String,
}

/// What becomes of a record that two devices edited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(tag = "how", rename_all = "snake_case")]
pub enum RecordsDecision {
    /// One side, as it is.
    Take {
        /// The version.
        side: String,
    },
    /// Field by field.
    Merge {
        /// For fields that were changed on more than one device.
        picks: Vec<RecordsPick>,
    },
    /// Each side becomes a record of its own.
    KeepBoth,
}
