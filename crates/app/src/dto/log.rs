//! The run log as the page shows it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use specta::Type;

/// What a run was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum RunKind {
    /// Folder to bucket.
    Backup,
    /// Bucket to folder.
    Restore,
    /// A check.
    Verify,
    /// Some copies read back and compared.
    Drill,
}

/// Why a run began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum RunTrigger {
    /// A person asked.
    Person,
    /// It was planned.
    Schedule,
    /// Files changed, or the folder was looked at again.
    Watch,
    /// It was planned while the computer was off or asleep.
    CatchUp,
    /// Something could not be done before.
    Retry,
    /// Holdfast was started.
    Start,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum RunResult {
    /// Not yet.
    Running,
    /// Everything was confirmed.
    Complete,
    /// Something was left out.
    Partial,
    /// It failed as a whole.
    Failed,
    /// A person stopped it.
    Cancelled,
    /// It was planned and did not happen.
    Skipped,
    /// Holdfast ended in the middle: killed, crashed, power lost.
    CutOff,
}

/// One run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct RunView {
    /// Its id.
    pub id: String,
    /// The set, if it was one's.
    pub set_id: Option<String>,
    /// Its name then.
    pub set_name: String,
    /// What it was.
    pub kind: RunKind,
    /// Why it began.
    pub trigger: RunTrigger,
    /// Where in S3, for people.
    pub place: String,
    /// The folder on this computer: what was backed up or compared, or where a restore put the files. Not known of old runs.
    pub folder: Option<String>,
    /// Begin.
    pub started: String,
    /// End.
    pub ended: Option<String>,
    /// How it ended.
    pub result: RunResult,
    /// Why it was skipped or failed.
    pub why: Option<String>,
    /// Files sent, fetched or compared.
    pub files: u64,
    /// Files that were planned.
    pub files_planned: u64,
    /// Objects removed.
    pub removed: u64,
    /// Files copied inside the bucket.
    pub copied: u64,
    /// Bytes of content moved.
    pub bytes: u64,
    /// Requests sent.
    pub requests: u64,
    /// What they cost by list prices, US dollars.
    pub cost_usd: f64,
    /// Files that could not be done.
    pub failures: u64,
}

/// A file that a run could not do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RunFailure {
    /// Relative path.
    pub path: String,
    /// Why.
    pub reason: String,
    /// What to do.
    pub hint: String,
    /// Whether trying again may help by itself.
    pub retryable: bool,
    /// Runs in a row that could not do it.
    pub times: u64,
}

/// Everything about a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct RunDetail {
    /// The run.
    pub run: RunView,
    /// Requests by S3's names.
    pub requests: BTreeMap<String, u64>,
    /// What it could not do.
    pub failures: Vec<RunFailure>,
    /// What the place did otherwise than asked.
    pub notices: Vec<String>,
    /// What it means for the copies.
    pub means: String,
    /// What to do.
    pub hint: String,
}

/// Which results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum RunChoice {
    /// All.
    #[default]
    All,
    /// Those a person should look at.
    NeedsYou,
    /// In part.
    Partial,
    /// Failed or cut off.
    Failed,
    /// Skipped.
    Skipped,
}

/// Which runs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, Type)]
pub struct RunFilter {
    /// Of one set.
    pub set_id: Option<String>,
    /// Of one kind.
    pub kind: Option<RunKind>,
    /// How they ended.
    pub result: RunChoice,
    /// Only runs that began before: the cursor, `started` of the last row.
    pub before: Option<String>,
    /// At most so many.
    pub limit: u32,
}

/// A page of the run log, the newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct RunPage {
    /// The runs.
    pub runs: Vec<RunView>,
    /// Runs a person should look at, of all.
    pub needs_you: u64,
    /// Whether there are older ones.
    pub more: bool,
}
