//! Settings that are not a place's or a set's.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::sets::{QuietHours, RunConditions, Weekday};

/// A bandwidth limit at some hours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct BandwidthHours {
    /// On these days.
    pub days: Vec<Weekday>,
    /// From this local time.
    pub from: String,
    /// To this one; it may be the next day's.
    pub to: String,
    /// Most bytes per second; `None` for no limit.
    pub bytes_per_second: Option<u64>,
}

/// Bandwidth.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, Type)]
pub struct Bandwidth {
    /// Most bytes per second outside of the timetable.
    pub bytes_per_second: Option<u64>,
    /// The first row that fits counts.
    pub timetable: Vec<BandwidthHours>,
}

/// What a person is told of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct NotificationSettings {
    /// What needs a person.
    pub problems: bool,
    /// The first complete run of a set.
    pub first_success: bool,
    /// One message instead of repeats.
    pub digest: bool,
}

/// How the window looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Theme {
    #[default]
    System,
    Light,
    Dark,
}

/// The language of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Language {
    #[default]
    En,
}

/// When a run stops and asks before it removes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct BrakeSettings {
    /// More objects than this.
    pub files: u64,
    /// Or more percent of all than this.
    pub percent: u32,
}

/// All settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct Settings {
    /// Bandwidth of all sets.
    pub bandwidth: Bandwidth,
    /// Power and network of all sets.
    pub conditions: RunConditions,
    /// Quiet hours of all sets.
    pub quiet_hours: Option<QuietHours>,
    /// Notifications.
    pub notifications: NotificationSettings,
    /// Whether Holdfast starts with the session.
    pub start_at_login: bool,
    /// Whether closing the window keeps Holdfast in the tray.
    pub close_to_tray: bool,
    /// How the window looks.
    pub theme: Theme,
    /// Its language.
    pub language: Language,
    /// What other devices call this one.
    pub device_name: String,
    /// The brake.
    pub brake: BrakeSettings,
}

/// What was taken over from a file of settings.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct Imported {
    /// Places that still need a secret, by name.
    pub needs_secret: Vec<String>,
    /// Sets that are new here, by name: they are paused, and remove nothing in the bucket.
    pub paused: Vec<String>,
    /// Places and sets that were left out, by name: something else has their name or their part of a bucket here.
    pub left_out: Vec<String>,
}
