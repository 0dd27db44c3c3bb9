//! Everything at a glance, and what the window is told.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::{log::RunKind, sets::SetView};

/// What a month cost by list prices.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct MonthCost {
    /// `2026-11`, local.
    pub month: String,
    /// Bytes kept at its end.
    pub stored_bytes: u64,
    /// For keeping them, US dollars.
    pub storage_usd: f64,
    /// For requests of backups, US dollars.
    pub requests_usd: f64,
    /// For restores, checks and drills, US dollars.
    pub downloads_usd: f64,
    /// Whether the month is not over.
    pub expected: bool,
}

/// Who costs something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Payer {
    /// A set.
    Set,
    /// A set that was taken off the list; its copies are still kept.
    RemovedSet,
    /// What no set asked for: folders backed up by hand, restores, checks.
    ByHand,
}

/// What one set costs by month.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct SetCost {
    /// Who costs it.
    pub payer: Payer,
    /// The set; `None` for what no set asked for.
    pub set_id: Option<String>,
    /// Its name; empty for what no set asked for.
    pub name: String,
    /// Where it keeps its copies, for people; empty where that is not known any more.
    pub place: String,
    /// In which storage class, for people; `None` where it is the standard one.
    pub storage_class: Option<String>,
    /// Twelve months, the oldest first.
    pub months: Vec<MonthCost>,
}

/// A set as its device tells of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct DeviceSet {
    /// Its name.
    pub name: String,
    /// When its last complete run ended.
    pub last_complete: Option<String>,
    /// Whether that is too long ago.
    pub quiet: bool,
}

/// A device that keeps copies in one of our places.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct DeviceView {
    /// Its id.
    pub id: String,
    /// What its person calls it.
    pub name: String,
    /// Whether it is this one.
    pub this_device: bool,
    /// When it last told of itself.
    pub last_seen: String,
    /// Whether it has gone quiet.
    pub quiet: bool,
    /// For people.
    pub words: String,
    /// Its sets.
    pub sets: Vec<DeviceSet>,
}

/// How everything is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum OverviewState {
    /// No set yet.
    Empty,
    /// All is well.
    Fine,
    /// A run is under way.
    Working,
    /// Something is worth a look.
    Attention,
    /// A person must act.
    Failed,
    /// Everything is paused.
    Paused,
}

/// The next planned run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct NextRun {
    /// Of which set.
    pub set_name: String,
    /// When.
    pub at: String,
}

/// Everything at a glance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct Overview {
    /// How everything is.
    pub state: OverviewState,
    /// In a few words.
    pub headline: String,
    /// In a sentence.
    pub detail: String,
    /// Every set.
    pub sets: Vec<SetView>,
    /// The next planned run.
    pub next_run: Option<NextRun>,
    /// The next planned drill.
    pub next_drill: Option<String>,
    /// When the last complete run of any set ended.
    pub last_complete: Option<String>,
    /// Twelve months, the oldest first.
    pub months: Vec<MonthCost>,
    /// Bytes kept.
    pub stored_bytes: u64,
    /// Every device of our places.
    pub devices: Vec<DeviceView>,
    /// Until when everything is paused.
    pub paused_until: Option<String>,
}

/// An operation under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct OperationView {
    /// Its id.
    pub operation_id: String,
    /// What it is.
    pub kind: RunKind,
    /// For people.
    pub title: String,
    /// The set, if it is one's.
    pub set_id: Option<String>,
    /// Whether a person paused it.
    pub paused: bool,
}

/// What changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum ChangedWhat {
    Sets,
    Runs,
    Overview,
    Settings,
    Operations,
    History,
    Records,
}

/// The payload of `holdfast:changed`: the page asks again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ChangedEvent {
    /// What.
    pub what: ChangedWhat,
}

/// A page that the window is asked to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum OpenPage {
    Run,
    Set,
    Overview,
    Restore,
}

/// The payload of `holdfast:open`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct OpenEvent {
    /// Which page.
    pub page: OpenPage,
    /// Of which run or set.
    pub id: Option<String>,
}
