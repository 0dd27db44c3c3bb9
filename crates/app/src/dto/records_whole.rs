//! Family records as a whole: checked, taken out, brought in.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::records_sharing::RecordsSetBack;

/// Something in the place that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RecordsWrong {
    /// The object, below the user's folder.
    pub object: String,
    /// The record that it belongs to or that names it.
    pub record: Option<String>,
    /// What is wrong, without any content.
    pub why: String,
}

/// What a check of everything found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct RecordsVerified {
    /// Versions that opened.
    pub versions: u64,
    /// Attachments that opened whole and are what their names say.
    pub attachments: u64,
    /// Bytes of these.
    pub bytes: u64,
    /// What is not as it should be.
    pub wrong: Vec<RecordsWrong>,
    /// Versions of shared people that no log tells of, and that were not taken: somebody who has the keys put them there.
    pub unproven: Vec<String>,
    /// Logs of which the place serves less than was seen: it was set back.
    pub set_back: Vec<RecordsSetBack>,
    /// Versions that the place had lost and that were written there again.
    pub put_back: u64,
    /// What a stop had left behind and is complete now: versions and attachments.
    pub completed: u64,
    /// What still waits to be sent, and was not checked.
    pub waiting: u64,
    /// Requests that were made.
    pub requests: u64,
    /// What they cost by list prices, US dollars.
    pub cost_usd: f64,
}

/// What an export wrote. None of it is encrypted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RecordsExported {
    /// The folder.
    pub folder: String,
    /// Members.
    pub members: u64,
    /// Records, deleted ones too.
    pub records: u64,
    /// Files.
    pub files: u64,
    /// Files that could not be had, in words.
    pub failures: Vec<String>,
}

/// What an import added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RecordsImported {
    /// Documents that were added.
    pub added: u64,
    /// Files whose content a record of the member has already.
    pub known: u64,
    /// Files that could not be read, in words.
    pub failures: Vec<String>,
}
