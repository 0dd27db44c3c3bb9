//! Copies beside the files of this computer.

use serde::{Deserialize, Serialize};
use specta::Type;

/// A copy as a page shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ShownCopy {
    /// Key, below the profile's own prefix.
    pub key: String,
    /// Bytes.
    pub size: u64,
    /// When it was stored, RFC 3339, where the server tells.
    pub stored: Option<String>,
    /// Whether it is the newest version of its key.
    pub newest: bool,
}

/// What the file here is, seen from a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum HereState {
    /// As it was when the copy was made.
    Same,
    /// Not there.
    Missing,
    /// Changed since.
    Newer,
    /// Its time is before the copy's.
    Older,
    /// Another file, and which is newer cannot be told.
    Differs,
}

/// A copy and the file here that it was made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct HereView {
    /// Key of the copy.
    pub key: String,
    /// How the file here is.
    pub state: HereState,
    /// When the file here was last changed, RFC 3339.
    pub changed: Option<String>,
}
