//! `profiles.json`: which places there are. It never holds a secret, and a damaged file is never written over.
//!
//! Fields that this version does not know are kept as they are: another version of Holdfast may have written them. A
//! file of a later format is refused. Writers take turns through a lock file, so none loses another's change.

mod file;
mod gateway;
mod name;
mod place;

use std::collections::BTreeMap;

use holdfast_storage::probe::ProbeReport;
use serde::{Deserialize, Serialize};

pub use file::ProfileStore;
pub use gateway::{GATEWAY_SECRET, GatewayPlace};
pub use name::{DEFAULT_PROFILE, ProfileName};
pub use place::{Credentials, LocalPlace, Place, S3Place};

use crate::{AppError, ErrorCode, ErrorKind, Result};

/// The format this version writes.
pub const FORMAT: u32 = 1;

/// Fields of other versions of Holdfast, kept unread.
pub type Unknown = BTreeMap<String, serde_json::Value>;

/// Every profile.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Profiles {
    version: u32,
    profiles: BTreeMap<ProfileName, Profile>,
    #[serde(flatten)]
    unknown: Unknown,
}

/// A place under a name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// Where.
    pub place: Place,
    /// What its last probe found.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "readable_or_none")]
    pub probe: Option<ProbeReport>,
    /// Fields of other versions.
    #[serde(flatten)]
    pub unknown: Unknown,
}

impl Profile {
    /// A place that was not probed yet.
    pub fn new(place: Place) -> Self {
        Self { place, probe: None, unknown: Unknown::new() }
    }
}

/// A probe can be made again: one of another version that cannot be read is left out instead of spoiling the file.
fn readable_or_none<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<ProbeReport>, D::Error> {
    let value = Option::<serde_json::Value>::deserialize(from)?;
    Ok(value.and_then(|value| serde_json::from_value(value).ok()))
}

impl Default for Profiles {
    fn default() -> Self {
        Self { version: FORMAT, profiles: BTreeMap::new(), unknown: Unknown::new() }
    }
}

impl Profiles {
    /// The profile of this name, if there is one.
    pub fn get(&self, name: &ProfileName) -> Option<&Profile> {
        self.profiles.get(name)
    }

    /// The profile of this name.
    ///
    /// # Errors
    /// `not_configured` when there is no profile at all, `no_profile` when there are others.
    pub fn expect(&self, name: &ProfileName) -> Result<&Profile> {
        self.get(name).ok_or_else(|| match self.profiles.is_empty() {
            true => AppError::new(
                ErrorKind::NotConfigured,
                ErrorCode::NotConfigured,
                "no place for copies is set up yet",
                "set one up on the first page, or with holdfast profile add NAME --store URL",
            ),
            false => self.unknown_name(name),
        })
    }

    fn unknown_name(&self, name: &ProfileName) -> AppError {
        let known: Vec<&str> = self.profiles.keys().map(ProfileName::as_str).collect();
        AppError::new(
            ErrorKind::NotConfigured,
            ErrorCode::NoProfile,
            format!("there is no profile “{name}”"),
            format!("known are {}", known.join(", ")),
        )
    }

    /// All profiles by name.
    pub fn iter(&self) -> impl Iterator<Item = (&ProfileName, &Profile)> {
        self.profiles.iter()
    }

    /// Says `profile_exists` when the name is taken.
    pub fn check_free(&self, name: &ProfileName) -> Result<()> {
        match self.profiles.contains_key(name) {
            false => Ok(()),
            true => Err(AppError::config(
                ErrorCode::ProfileExists,
                format!("there is a profile “{name}” already"),
                "choose another name, or remove that profile first; its copies stay where they are",
            )),
        }
    }

    /// Adds a profile; `profile_exists` when the name is taken.
    pub fn add(&mut self, name: ProfileName, profile: Profile) -> Result<()> {
        self.check_free(&name)?;
        self.profiles.insert(name, profile);
        Ok(())
    }

    /// Puts a profile in place of the one of this name. Fields of other versions stay.
    pub fn set(&mut self, name: ProfileName, mut profile: Profile) -> Option<Profile> {
        let before = self.profiles.remove(&name);
        if let Some(before) = &before {
            let kept = before.unknown.iter().map(|(k, v)| (k.clone(), v.clone()));
            profile.unknown.extend(kept.collect::<Vec<_>>());
        }
        self.profiles.insert(name, profile);
        before
    }

    /// Keeps what a probe found, if the profile is still there.
    pub fn set_probe(&mut self, name: &ProfileName, report: ProbeReport) {
        if let Some(profile) = self.profiles.get_mut(name) {
            profile.probe = Some(report);
        }
    }

    /// Takes a profile out. What lies in its place is not touched.
    pub fn remove(&mut self, name: &ProfileName) -> Result<Profile> {
        match self.profiles.remove(name) {
            Some(profile) => Ok(profile),
            None => Err(self.expect(name).map_or_else(|error| error, |_| AppError::internal("a profile came back"))),
        }
    }
}
