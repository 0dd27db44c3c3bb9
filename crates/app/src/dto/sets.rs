//! Backup sets as the page makes and shows them. Times are RFC 3339 in UTC unless said otherwise.

pub use holdfast_backup::health::{Code as HealthCode, Colour as HealthColour};
use serde::{Deserialize, Serialize};
use specta::Type;

use super::log::RunView;

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

/// When something happens by itself. Times of day are local, such as `18:00`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Schedule {
    /// Never.
    Manual,
    /// So long after the last time.
    Every {
        /// 5 to 10,080.
        minutes: u32,
    },
    /// Each day.
    Daily {
        /// When.
        at: String,
    },
    /// On some days of the week.
    Weekly {
        /// Which.
        days: Vec<Weekday>,
        /// When.
        at: String,
    },
    /// By a cron line of five fields.
    Cron {
        /// The line.
        expression: String,
    },
}

/// Hours in which nothing runs by itself; they may cross midnight.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct QuietHours {
    /// Begin, local time.
    pub from: String,
    /// End, local time.
    pub to: String,
}

/// Where and on what nothing runs by itself, as far as the system tells.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, Type)]
pub struct RunConditions {
    /// Not on battery.
    pub not_on_battery: bool,
    /// Not on a network that counts bytes.
    pub not_on_metered: bool,
    /// Not on these Wi-Fi networks.
    pub not_on_wifi: Vec<String>,
}

/// A backup set as a person makes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct BackupSetDraft {
    /// What a person calls it.
    pub name: String,
    /// The folder here, whole path.
    pub folder: String,
    /// Whose place.
    pub profile: String,
    /// Where in the place.
    pub prefix: String,
    /// Patterns as in `.gitignore`.
    pub exclude_patterns: Vec<String>,
    /// Whether hidden files take part.
    pub include_hidden: bool,
    /// Remove from the bucket what was deleted here.
    pub delete_remote: bool,
    /// Send changes as they happen.
    pub watch: bool,
    /// When it runs by itself.
    pub schedule: Schedule,
    /// When it does not.
    pub quiet_hours: Option<QuietHours>,
    /// Where it does not.
    pub conditions: RunConditions,
    /// Most bytes per second.
    pub bytes_per_second: Option<u64>,
    /// Storage class of new objects.
    pub storage_class: Option<String>,
    /// When copies are read back and compared.
    pub drill: Schedule,
    /// So many days without a complete backup are too many.
    pub quiet_after_days: u32,
    /// What is in the folder before the first run is left alone until it changes.
    #[serde(default)]
    pub leave_existing: bool,
}

impl BackupSetDraft {
    /// A set that runs only when it is asked to: everything that is not hidden, nothing removed, no drill, and three days
    /// without a complete backup are too many.
    pub fn by_hand(name: &str, folder: &str, profile: &str, prefix: &str) -> Self {
        Self {
            name: name.to_owned(),
            folder: folder.to_owned(),
            profile: profile.to_owned(),
            prefix: prefix.to_owned(),
            exclude_patterns: Vec::new(),
            include_hidden: false,
            delete_remote: false,
            watch: false,
            schedule: Schedule::Manual,
            quiet_hours: None,
            conditions: RunConditions::default(),
            bytes_per_second: None,
            storage_class: None,
            drill: Schedule::Manual,
            quiet_after_days: 3,
            leave_existing: false,
        }
    }
}

/// One thing that is said of a set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct HealthReason {
    /// For programs.
    pub code: HealthCode,
    /// What happened.
    pub words: String,
    /// What it means for the copies.
    pub means: String,
    /// What to do.
    pub hint: String,
    /// The run to look at.
    pub run_id: Option<String>,
}

/// How well a set is and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct Health {
    /// The worst of all reasons.
    pub colour: HealthColour,
    /// Since when.
    pub since: Option<String>,
    /// The worst first.
    pub reasons: Vec<HealthReason>,
}

impl Health {
    /// Of a set that nobody has looked after yet.
    pub fn unknown() -> Self {
        Self { colour: HealthColour::None, since: None, reasons: Vec::new() }
    }
}

/// How a day went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum DayOutcome {
    /// A run was complete.
    Complete,
    /// Runs left something out.
    Partial,
    /// A planned run failed or did not happen.
    Missed,
    /// The computer was off, or the set was paused.
    Off,
    /// Nothing was planned.
    Nothing,
}

/// How a day's drill went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum DayDrill {
    /// There was none.
    None,
    /// Everything was as it should be.
    Passed,
    /// Something was not.
    Failed,
}

/// One day of a set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct DayMark {
    /// Local date, `2026-11-20`.
    pub day: String,
    /// How it went.
    pub outcome: DayOutcome,
    /// Bytes sent.
    pub bytes: u64,
    /// The drill.
    pub drill: DayDrill,
    /// The run to look at.
    pub run_id: Option<String>,
}

/// What a set is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum SetActivity {
    /// Nothing.
    Idle,
    /// A run is under way.
    Working,
    /// A run is due and held back.
    Waiting,
    /// Paused by a person.
    Paused,
}

/// A backup set as it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct SetView {
    /// Its id.
    pub id: String,
    /// How it was made.
    pub draft: BackupSetDraft,
    /// Where, for people.
    pub place: String,
    /// How well it is.
    pub health: Health,
    /// 90 days, the oldest first.
    pub days: Vec<DayMark>,
    /// What it is doing.
    pub activity: SetActivity,
    /// The operation under way.
    pub operation_id: Option<String>,
    /// The next planned run.
    pub next_run: Option<String>,
    /// Why a run waits: "on battery".
    pub waits_because: Option<String>,
    /// Until when it is paused.
    pub paused_until: Option<String>,
    /// Paths that wait in the watch queue.
    pub waiting_files: u64,
    /// Files that never hold still.
    pub unstable_files: Vec<String>,
    /// The last run of any kind.
    pub last_run: Option<RunView>,
    /// When the last complete run ended.
    pub last_complete: Option<String>,
    /// When a drill last found everything as it should be.
    pub last_proven: Option<String>,
    /// Files in the bucket.
    pub stored_files: u64,
    /// Their bytes.
    pub stored_bytes: u64,
    /// What it cost this month by list prices, US dollars.
    pub cost_this_month_usd: f64,
}

/// A schedule in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ScheduleWords {
    /// "every day at 18:00".
    pub words: String,
    /// The next three times.
    pub next: Vec<String>,
}

/// Until when sets are paused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum PauseUntil {
    /// For an hour.
    Hour,
    /// Until tomorrow morning.
    Tomorrow,
    /// Until a person says so.
    ResumedByPerson,
}
