//! `records.json`: which vault this computer has, and where it lies. Never a key, never a word of the code.

use serde::{Deserialize, Serialize};

use crate::{
    AppError, ErrorCode, PlaceRef, Result,
    config_file::{ConfigFile, Kept},
    profiles::Unknown,
};

/// What is known of the vault of this computer.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RecordsSettings {
    /// The profile whose place holds the vault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// A store URL without a secret, such as a folder's, where there is no profile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub store: Option<String>,
    /// The user's public id: the vault's folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// Who writes on this computer, as a name for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// When the recovery code was last typed on this computer and opened the vault. Nothing is read or written before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code_checked: Option<String>,
    /// Somebody locked them here. The keyring may still be in the keychain.
    #[serde(skip_serializing_if = "is_false")]
    pub locked: bool,
    /// A window that nobody used for so many minutes locks; 0 for never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lock_after_minutes: Option<u32>,
    /// Fields of other versions.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// `records.json` as it is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeptRecordsSettings {
    version: u32,
    /// What is known.
    #[serde(flatten)]
    pub settings: RecordsSettings,
}

impl Default for KeptRecordsSettings {
    fn default() -> Self {
        Self { version: Self::FORMAT, settings: RecordsSettings::default() }
    }
}

impl Kept for KeptRecordsSettings {
    const FORMAT: u32 = 1;
}

/// `records.json` in a folder.
pub type RecordsSettingsFile = ConfigFile<KeptRecordsSettings>;

impl RecordsSettings {
    /// Where the vault lies, if anything was set.
    pub fn place(&self) -> Option<PlaceRef> {
        match (&self.profile, &self.store) {
            (Some(name), _) => Some(PlaceRef::Profile(Some(name.clone()))),
            (None, Some(url)) => Some(PlaceRef::Url(url.clone())),
            (None, None) => None,
        }
    }

    /// Where the vault lies.
    ///
    /// # Errors
    /// `records_not_set_up`.
    pub fn expect_place(&self) -> Result<PlaceRef> {
        self.place().ok_or_else(not_set_up)
    }
}

fn is_false(value: &bool) -> bool {
    !value
}

/// There is no vault on this computer.
pub(super) fn not_set_up() -> AppError {
    AppError::config(
        ErrorCode::RecordsNotSetUp,
        "there are no family records on this computer",
        "`holdfast records init` begins a vault; `holdfast records unlock` opens one that you have, with its recovery code",
    )
}
