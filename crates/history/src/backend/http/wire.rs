//! hishtory's JSON and what it means here. Pure.
//!
//! Names and shapes are those of hishtory's `shared.EncHistoryEntry`, `DeletionRequest`, `SubmitResponse` and
//! `data.HistoryEntry` (version 335). Two things differ in what they can say: hishtory's ids are any text and its times
//! have nanoseconds, so [`Original`] keeps both beside an entry; ours know "not known" for the end of a command, which is
//! 1970 there.

use base64::{Engine, prelude::BASE64_STANDARD};
use holdfast_crypto::{HishtoryKeys, HishtorySealed};
use jiff::Timestamp;
use rand_core::CryptoRng;
use serde::{Deserialize, Deserializer, Serialize};
use uuid::Uuid;

use crate::{CustomColumn, Entry, Result, Time};

/// Ids that are no UUID become one under this namespace, the same for everybody.
const IDS: Uuid = Uuid::from_u128(0x2d1f_6b0c_94c1_4e0e_8b57_3f5e_7c20_a61d);
/// Go's zero time: "none".
const NONE: &str = "0001-01-01T00:00:00Z";
/// What hishtory has as the end of a command that runs.
const RUNNING: &str = "1970-01-01T00:00:00Z";

/// An entry as the server and the bucket hold it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct SealedEntry {
    #[serde(deserialize_with = "or_default")]
    enc_data: String,
    #[serde(deserialize_with = "or_default")]
    nonce: String,
    /// Who is to read it; the server writes it.
    device_id: String,
    user_id: String,
    time: String,
    pub(crate) encrypted_id: String,
    read_count: i64,
    is_from_same_device: bool,
}

/// What is sealed.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct PlainEntry {
    local_username: String,
    hostname: String,
    command: String,
    current_working_directory: String,
    home_directory: String,
    exit_code: i64,
    start_time: String,
    end_time: String,
    device_id: String,
    entry_id: String,
    #[serde(deserialize_with = "or_default")]
    custom_columns: Vec<CustomColumn>,
}

/// What hishtory wrote, where ours cannot hold it to the last digit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Original {
    /// May be empty: old versions gave none.
    pub entry_id: String,
    pub device: String,
    /// RFC 3339, UTC, up to nine decimals.
    pub start: String,
    /// See `start`.
    pub end: String,
}

/// An entry that was opened.
#[derive(Debug, Clone)]
pub(crate) struct Opened {
    pub entry: Entry,
    pub original: Original,
}

/// Asks for everything that a device holds.
#[derive(Debug, Deserialize)]
pub(crate) struct DumpRequest {
    pub requesting_device_id: String,
}

/// Asks to delete entries.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct DeletionRequest {
    pub user_id: String,
    pub destination_device_id: String,
    pub send_time: String,
    pub messages: Messages,
    #[serde(default)]
    pub read_count: i64,
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Messages {
    #[serde(default, deserialize_with = "or_default")]
    pub message_ids: Vec<Message>,
}

/// One entry to delete.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Message {
    /// The device that captured it. The server passes over messages where this is empty.
    #[serde(default)]
    pub device_id: String,
    /// The end of the command.
    #[serde(default)]
    pub date: String,
    #[serde(default)]
    pub entry_id: String,
}

/// The answer to a submit.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Submitted {
    #[serde(default, deserialize_with = "or_default")]
    pub dump_requests: Vec<Lenient<DumpRequest>>,
    #[serde(default, deserialize_with = "or_default")]
    pub deletion_requests: Vec<Lenient<DeletionRequest>>,
}

/// A member of an array; `None` where it is not as it should be, so that it never stops the others.
#[derive(Debug)]
pub(crate) struct Lenient<T>(pub Option<T>);

impl<'de, T: serde::de::DeserializeOwned> Deserialize<'de> for Lenient<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(serde_json::from_value(serde_json::Value::deserialize(deserializer)?).ok()))
    }
}

/// Go writes an empty list as `null`.
fn or_default<'de, T: Default + Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// Seals an entry as hishtory does. `original` are its own words where it came from there.
pub(crate) fn seal(
    entry: &Entry,
    original: Option<&Original>,
    keys: &HishtoryKeys,
    random: &mut dyn CryptoRng,
) -> Result<SealedEntry> {
    let plain = plain(entry, original);
    let HishtorySealed { data, nonce } = keys.seal(&serde_json::to_vec(&plain)?, random)?;
    Ok(SealedEntry {
        enc_data: BASE64_STANDARD.encode(data),
        nonce: BASE64_STANDARD.encode(nonce),
        device_id: plain.device_id,
        user_id: keys.user_id().to_owned(),
        time: plain.end_time,
        encrypted_id: plain.entry_id,
        read_count: 0,
        is_from_same_device: false,
    })
}

fn plain(entry: &Entry, original: Option<&Original>) -> PlainEntry {
    let written = |time: Option<Time>, kept: Option<&String>| match (time, kept) {
        (None, _) => RUNNING.to_owned(),
        (Some(time), Some(kept)) if moment(kept).is_some_and(|moment| Time::from(moment) == time) => kept.clone(),
        (Some(time), _) => text(time.timestamp()),
    };
    let id = original.map(|original| &original.entry_id).filter(|id| !id.is_empty());
    PlainEntry {
        local_username: entry.local_username.clone(),
        hostname: entry.hostname.clone(),
        command: entry.command.clone(),
        current_working_directory: entry.current_working_directory.clone(),
        home_directory: entry.home_directory.clone(),
        exit_code: entry.end_time.and(entry.exit_code).unwrap_or_default().into(),
        start_time: written(Some(entry.start_time), original.map(|original| &original.start)),
        end_time: written(entry.end_time, original.map(|original| &original.end)),
        device_id: original.map_or_else(|| entry.device_id.to_string(), |original| original.device.clone()),
        entry_id: id.cloned().unwrap_or_else(|| entry.entry_id.to_string()),
        custom_columns: entry.custom_columns.clone(),
    }
}

/// Opens an entry; `None` where it is another user's, damaged, or not what it says.
pub(crate) fn open(sealed: &SealedEntry, keys: &HishtoryKeys) -> Option<Opened> {
    if sealed.user_id != keys.user_id() {
        return None;
    }
    let bytes = |text: &str| BASE64_STANDARD.decode(text).ok();
    let opened = keys.open(&HishtorySealed { data: bytes(&sealed.enc_data)?, nonce: bytes(&sealed.nonce)? }).ok()?;
    let plain: PlainEntry = serde_json::from_slice(&opened).ok()?;
    let claimed = [&plain.entry_id, &sealed.encrypted_id];
    if claimed.iter().all(|id| !id.is_empty()) && claimed[0] != claimed[1] {
        return None;
    }
    read(plain)
}

fn read(plain: PlainEntry) -> Option<Opened> {
    let (start, end) = (moment(&plain.start_time)?, moment(&plain.end_time)?);
    let original = Original { entry_id: plain.entry_id, device: plain.device_id, start: text(start), end: text(end) };
    let end_time = (original.end != RUNNING && original.end != NONE).then(|| Time::from(end));
    let entry = Entry {
        entry_id: match original.entry_id.as_str() {
            "" => {
                let facts = (&original.device, &original.start, &original.end, &plain.command);
                Uuid::new_v5(&IDS, &serde_json::to_vec(&facts).ok()?)
            }
            id => uuid_of(id),
        },
        device_id: uuid_of(&original.device),
        local_username: plain.local_username,
        hostname: plain.hostname,
        command: plain.command,
        current_working_directory: plain.current_working_directory,
        home_directory: plain.home_directory,
        exit_code: end_time.and(i32::try_from(plain.exit_code).ok()),
        start_time: start.into(),
        end_time,
        custom_columns: plain.custom_columns,
        ..Entry::default()
    };
    Some(Opened { entry, original })
}

/// The id that stands here for one of hishtory's.
pub(crate) fn uuid_of(text: &str) -> Uuid {
    match Uuid::try_parse(text) {
        Ok(id) if id.to_string() == text => id,
        _ if text.is_empty() => Uuid::nil(),
        _ => Uuid::new_v5(&IDS, text.as_bytes()),
    }
}

/// What names an entry to delete. The end stands only where there is no id: the server deletes every entry with that
/// end.
pub(crate) fn message(id: Uuid, original: Option<&Original>, device: Uuid) -> Message {
    match original {
        None => Message { device_id: device.to_string(), date: NONE.to_owned(), entry_id: id.to_string() },
        Some(original) if original.entry_id.is_empty() => {
            Message { device_id: original.device.clone(), date: original.end.clone(), entry_id: String::new() }
        }
        Some(original) => {
            Message { device_id: original.device.clone(), date: NONE.to_owned(), entry_id: original.entry_id.clone() }
        }
    }
}

/// The end that a message names in place of an id, as [`Original::end`] has it.
pub(crate) fn end_named(message: &Message) -> Option<String> {
    let end = text(moment(&message.date)?);
    (message.entry_id.is_empty() && end != NONE && end != RUNNING).then_some(end)
}

impl Original {
    /// What hishtory is told of an entry of ours.
    pub fn of(entry: &Entry) -> Self {
        Self {
            entry_id: entry.entry_id.to_string(),
            device: entry.device_id.to_string(),
            start: text(entry.start_time.timestamp()),
            end: entry.end_time.map_or(RUNNING.to_owned(), |time| text(time.timestamp())),
        }
    }
}

impl Opened {
    /// Whether the entry says as much as hishtory's words.
    pub fn is_whole(&self) -> bool {
        self.original == Original::of(&self.entry)
    }
}

/// What hishtory carries of an entry: no exact bytes, no shell, no session, and an exit code only with an end.
/// An end that is 1970 to the microsecond is none.
pub fn carried(entry: &Entry) -> Entry {
    let end_time = entry.end_time.filter(|end| ![RUNNING, NONE].contains(&text(end.timestamp()).as_str()));
    Entry {
        command_bytes: None,
        shell: String::new(),
        session: String::new(),
        exit_code: end_time.map(|_| entry.exit_code.unwrap_or_default()),
        end_time,
        ..entry.clone()
    }
}

/// Now, as the server wants it.
pub(crate) fn written_now(now: Time) -> String {
    text(now.timestamp())
}

fn moment(text: &str) -> Option<Timestamp> {
    text.parse().ok()
}

/// Go reads the years 0 to 9999.
fn text(timestamp: Timestamp) -> String {
    const FIRST: Timestamp = Timestamp::constant(-62_135_596_800, 0);
    timestamp.max(FIRST).to_string()
}

#[cfg(test)]
mod tests;
