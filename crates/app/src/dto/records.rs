//! Family records, as the command line prints them and the window shows them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use specta::Type;

use super::records_sharing::{RecordsOf, RecordsSetBack};
pub use super::records_whole::{RecordsExported, RecordsImported, RecordsVerified, RecordsWrong};

/// A vault that was begun. Holds secrets: for the eyes of the user only, once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RecordsFounded {
    /// For people: where it lies.
    pub location: String,
    /// The user's public id.
    pub user_id: String,
    /// The 24 words of the recovery code.
    pub code: String,
    /// The keyring, where it was not to go into the keychain.
    pub keyring: Option<String>,
}

/// Shows no secret.
impl std::fmt::Debug for RecordsFounded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RecordsFounded").field("user_id", &self.user_id).finish_non_exhaustive()
    }
}

/// A vault that was opened from its code. May hold a secret.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RecordsUnlocked {
    /// For people: where it lies.
    pub location: String,
    /// The user's public id.
    pub user_id: String,
    /// Members.
    pub members: u64,
    /// Records that are not deleted.
    pub records: u64,
    /// What could not be fetched. It is asked for again.
    pub failures: Vec<String>,
    /// The keyring, where it was not to go into the keychain.
    pub keyring: Option<String>,
}

/// Shows no secret.
impl std::fmt::Debug for RecordsUnlocked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RecordsUnlocked").field("user_id", &self.user_id).finish_non_exhaustive()
    }
}

/// The value of a field, as JSON.
#[derive(Clone, PartialEq, Serialize, Deserialize, Type)]
#[serde(untagged)]
pub enum FieldValue {
    /// Text, dates and choices.
    Text(String),
    /// A switch, of a later version.
    Switch(bool),
    /// A whole number.
    Whole(i64),
    /// A number with a fraction.
    Fraction(f64),
    /// A list.
    List(Vec<FieldValue>),
    /// Parts with names: a period, a quantity, a contact.
    Parts(BTreeMap<String, FieldValue>),
}

/// A person of whom records are kept.
#[derive(Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct RecordsMember {
    /// The id.
    pub id: String,
    /// The name.
    pub name: String,
    /// The profile, by the names of its fields.
    pub profile: BTreeMap<String, FieldValue>,
    /// Whether the profile was edited on two devices.
    pub conflict: bool,
    /// Whose it is, where somebody else gave it.
    pub of: Option<RecordsOf>,
}

/// A member who was removed now.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RecordsRemoved {
    /// The id.
    pub member: String,
    /// The name.
    pub name: String,
    /// Whether it was done now; not when it was done before.
    pub removed: bool,
    /// Records that no device shows any more, and that come back with the member.
    pub records: u64,
    /// People who were given them: their keys open what was written until now, as before.
    pub shared_with: Vec<String>,
}

/// A member who was removed, and can be brought back.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RecordsFormer {
    /// The id.
    pub id: String,
    /// The name; empty where no version of the profile is left.
    pub name: String,
    /// When.
    pub removed: String,
    /// By whom.
    pub by: String,
    /// Records that come back as well.
    pub records: u64,
}

/// A file of a record.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RecordsAttachment {
    /// Its name in the bucket.
    pub id: String,
    /// The file's name.
    pub title: String,
    /// MIME type.
    pub content_type: String,
    /// Bytes.
    pub size: u64,
}

/// One version of a record.
#[derive(Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct RecordsVersion {
    /// Names it among the versions of its record: its number, a full stop, its device.
    pub id: String,
    /// Its number.
    pub number: u64,
    /// The device that wrote it.
    pub device: String,
    /// When, by that device's clock.
    pub time: String,
    /// Who wrote it.
    pub author: String,
    /// Whether it says that the record is deleted.
    pub deleted: bool,
    /// The versions it takes the place of.
    pub parents: Vec<String>,
    /// What it says.
    pub fields: BTreeMap<String, FieldValue>,
    /// Its files.
    pub attachments: Vec<RecordsAttachment>,
    /// Whether it is the one that is shown.
    pub shown: bool,
}

/// A field in which sides of a conflict differ.
#[derive(Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct RecordsDifference {
    /// The field.
    pub field: String,
    /// Its value before, where that is known.
    pub base: Option<FieldValue>,
    /// Its value on each side that keeps the record.
    pub sides: Vec<Option<FieldValue>>,
    /// The side whose value a merge takes by itself; none when somebody has to choose.
    pub merged: Option<u32>,
}

/// A record that was edited on two devices.
#[derive(Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct RecordsConflict {
    /// The versions that stand against each other, the one that is shown first.
    pub sides: Vec<String>,
    /// Which of them delete the record.
    pub deleting: Vec<String>,
    /// Which of them keep it; differences have a value for each of these.
    pub keeping: Vec<String>,
    /// Where they differ.
    pub fields: Vec<RecordsDifference>,
    /// Whether their files differ.
    pub attachments_differ: bool,
}

/// A record as it is shown.
#[derive(Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct RecordsRecord {
    /// The id.
    pub id: String,
    /// Whose.
    pub member: String,
    /// What it is about.
    pub kind: String,
    /// What a person calls it.
    pub title: String,
    /// Whether it is deleted.
    pub deleted: bool,
    /// What it says.
    pub fields: BTreeMap<String, FieldValue>,
    /// Its files.
    pub attachments: Vec<RecordsAttachment>,
    /// The version that is shown.
    pub version: String,
    /// When that was written.
    pub time: String,
    /// Who wrote it.
    pub author: String,
    /// What two devices did to it.
    pub conflict: Option<RecordsConflict>,
}

/// A line of a timeline or of what a search found.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RecordsRow {
    /// The record.
    pub id: String,
    /// Whose.
    pub member: String,
    /// What it is about.
    pub kind: String,
    /// What a person calls it.
    pub title: String,
    /// When it was.
    pub when: String,
    /// How many files it has.
    pub attachments: u64,
    /// Whether it was edited on two devices.
    pub conflict: bool,
}

/// What a search found.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RecordsFound {
    /// The newest first.
    pub rows: Vec<RecordsRow>,
    /// How many there are in all.
    pub total: u64,
}

/// A line of the emergency sheet.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct EmergencyItem {
    /// The record.
    pub record: String,
    /// What it is.
    pub title: String,
    /// Reactions of an allergy, dosage of a medication.
    pub details: Vec<String>,
    /// Whether it is a danger to life.
    pub high: bool,
    /// Whether the record was edited on two devices.
    pub conflict: bool,
}

/// Somebody to call.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct EmergencyPerson {
    /// Name.
    pub name: String,
    /// Number or address; may be empty.
    pub telecom: String,
    /// Who it is to the member; may be empty.
    pub relationship: String,
}

/// What somebody who helps a member must know at once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct EmergencySheet {
    /// Name.
    pub name: String,
    /// Birth date.
    pub birth_date: String,
    /// Blood group; empty when it is not known.
    pub blood_group: String,
    /// Conditions.
    pub conditions: Vec<String>,
    /// Allergies, the dangerous ones first.
    pub allergies: Vec<EmergencyItem>,
    /// What is taken now.
    pub medication: Vec<EmergencyItem>,
    /// Whom to call.
    pub contacts: Vec<EmergencyPerson>,
    /// The doctor.
    pub doctor: Option<EmergencyPerson>,
    /// Who insures.
    pub insurer: String,
    /// The number there.
    pub insurance_number: String,
    /// Whether the profile was edited on two devices: what stands here is one of two.
    pub profile_conflict: bool,
}

/// Something that was kept on this computer and is to be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RecordsSaved {
    /// Whose.
    pub member: String,
    /// The record.
    pub record: String,
    /// The new version.
    pub version: String,
}

/// What an exchange with the place did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct RecordsSynced {
    /// Versions that came.
    pub received: u64,
    /// Versions that were sent.
    pub sent: u64,
    /// Attachments that the place has now.
    pub sent_attachments: u64,
    /// What still waits to be sent.
    pub waiting: u64,
    /// What could not be fetched or sent, in words. It is tried again.
    pub failures: Vec<String>,
    /// Logs of which the place serves less than was seen: it was set back.
    pub set_back: Vec<RecordsSetBack>,
    /// What of others could not be kept in step, in words.
    pub shared: Vec<String>,
    /// Requests that were made.
    pub requests: u64,
    /// What they cost by list prices, US dollars.
    pub cost_usd: f64,
    /// Somebody stopped it: the rest is done the next time.
    pub stopped: bool,
}

/// How far an exchange is: the payload of `records:progress`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, Type)]
pub struct RecordsProgress {
    /// What waits to be sent.
    pub to_send: u64,
    /// Of that, what is done.
    pub sent: u64,
    /// What others wrote and is not here.
    pub to_fetch: u64,
    /// Of that, what is done.
    pub fetched: u64,
}

/// Something that waits to be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RecordsWaiting {
    /// `version` or `attachment`.
    pub what: String,
    /// Whose.
    pub member: String,
    /// The record, or the attachment's name in the bucket.
    pub id: String,
    /// Since when.
    pub since: String,
}

/// How the vault of this computer stands. Says little while it is locked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RecordsStatus {
    /// Whether it is open: this computer has the keyring, and nobody locked it.
    pub unlocked: bool,
    /// Whether the vault has keys that this computer was not handed: it reads what is here, and takes no part any more.
    pub revoked: bool,
    /// What others gave and could not be opened, in words.
    pub shared: Vec<String>,
    /// Whether this computer has the keyring: it opens without the recovery code.
    pub has_keyring: bool,
    /// A window that nobody used for so many minutes locks; 0 for never.
    pub lock_after_minutes: u32,
    /// Whether the recovery code was typed back.
    pub confirmed: bool,
    /// For people: where the vault lies.
    pub location: String,
    /// The user's public id.
    pub user_id: Option<String>,
    /// When the recovery code was last typed here.
    pub code_checked: Option<String>,
    /// Whether that is so long ago that it should be looked for.
    pub code_due: bool,
    /// This device's id.
    pub device: Option<String>,
    /// Members.
    pub members: u64,
    /// Records that are not deleted.
    pub records: u64,
    /// Records that were edited on two devices.
    pub conflicts: Vec<String>,
    /// What was not sent yet.
    pub waiting: Vec<RecordsWaiting>,
    /// Versions that are not here yet.
    pub missing: u64,
    /// What could not be read, in words.
    pub unread: Vec<String>,
}
