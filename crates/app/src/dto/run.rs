//! Options of runs, their progress and their results, as the commands promise them.

use std::collections::BTreeMap;

use holdfast_backup::{
    progress::{Phase, Snapshot},
    report::{BackupReport, Notice, RestoreReport, State},
};
use holdfast_storage::{Listed, price::PriceList};
use serde::{Deserialize, Serialize};
use specta::Type;

use super::config::Failure;
use crate::error::{self, Context};

/// Options of a backup. Everything may be left out.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, Type)]
#[serde(default)]
pub struct SyncOptions {
    /// Only look and plan; the result counts what would be done.
    pub dry_run: bool,
    /// Remove from the bucket what was deleted here.
    pub delete_remote: bool,
    /// Patterns as in `.gitignore`.
    pub exclude_patterns: Vec<String>,
    /// Whether hidden files take part.
    pub include_hidden: bool,
    /// A person saw that so many objects would be removed and agreed.
    pub confirm_removal_of: Option<u64>,
    /// A run that would remove more than so many percent of the known files stops and asks; 50 when it is not said.
    pub brake_share_percent: Option<f64>,
    /// A run that would remove more than so many files stops and asks; any number when it is not said.
    pub brake_files: Option<u64>,
}

/// Options of a restore. Everything may be left out.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, Type)]
#[serde(default)]
pub struct RestoreOptions {
    /// Only look and plan; the result counts what would be done.
    pub dry_run: bool,
    /// Replace files that differ.
    pub overwrite_existing: bool,
    /// Patterns as in `.gitignore`.
    pub exclude_patterns: Vec<String>,
    /// Keep files that differ and put the restored ones beside them.
    pub keep_both: bool,
    /// Only these, as they are listed: files, or folders with a trailing `/`.
    pub keys: Option<Vec<String>>,
    /// As the bucket was at this moment (RFC 3339) instead of as it is. Only where it keeps versions.
    pub as_of: Option<String>,
    /// Versions chosen one by one; alone, or beside `keys`. Only where the bucket keeps versions.
    pub versions: Option<Vec<ChosenVersion>>,
}

/// One version of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ChosenVersion {
    /// Key, as it is listed.
    pub key: String,
    /// The version's id.
    pub version_id: String,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// Everything planned was confirmed.
    Complete,
    /// Some items could not be done; they are in the failures.
    Partial,
    /// Stopped; running again goes on.
    Cancelled,
}

impl From<State> for RunState {
    fn from(state: State) -> Self {
        match state {
            State::Complete => Self::Complete,
            State::Partial => Self::Partial,
            State::Cancelled => Self::Cancelled,
        }
    }
}

/// What a backup did (or, dry, would do).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct SyncResult {
    /// The run.
    pub operation_id: String,
    /// Sent and confirmed.
    pub files_uploaded: u64,
    /// Removed from the bucket.
    pub files_deleted: u64,
    /// Left as they were: unchanged.
    pub files_skipped: u64,
    /// Copied inside the bucket.
    pub files_copied: u64,
    /// Bytes of content sent.
    pub bytes_transferred: u64,
    /// How long it took.
    pub duration_ms: u64,
    /// One line per failure: path and reason.
    pub errors: Vec<String>,
    /// What could not be done.
    pub failures: Vec<Failure>,
    /// Requests by S3's names.
    pub requests: BTreeMap<String, u64>,
    /// What that costs by list prices.
    pub cost_usd: f64,
    /// What the place did otherwise than asked, in sentences.
    pub notices: Vec<String>,
    /// How it ended.
    pub state: RunState,
}

/// What a restore did (or, dry, would do).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct RestoreResult {
    /// The run.
    pub operation_id: String,
    /// Written, checked and in place.
    pub files_downloaded: u64,
    /// Left as they are here.
    pub files_skipped: u64,
    /// Of those written: objects without a recorded digest, whose size alone could be checked.
    pub files_unproven: u64,
    /// Bytes of content received.
    pub bytes_transferred: u64,
    /// How long it took.
    pub duration_ms: u64,
    /// One line per failure: path and reason.
    pub errors: Vec<String>,
    /// What could not be done.
    pub failures: Vec<Failure>,
    /// Requests by S3's names.
    pub requests: BTreeMap<String, u64>,
    /// What that costs by list prices.
    pub cost_usd: f64,
    /// How it ended.
    pub state: RunState,
}

fn lines(failures: &[Failure]) -> Vec<String> {
    failures.iter().map(|failure| format!("{}: {}", failure.path, failure.reason)).collect()
}

impl SyncResult {
    /// From a report.
    pub fn of(id: &str, report: &BackupReport, duration_ms: u64, prices: &PriceList, context: &Context) -> Self {
        let failures: Vec<_> = report.failures.iter().map(|f| error::failure(f, context)).collect();
        Self {
            operation_id: id.to_owned(),
            files_uploaded: report.uploaded,
            files_deleted: report.deleted,
            files_skipped: report.unchanged,
            files_copied: report.copied,
            bytes_transferred: report.bytes,
            duration_ms,
            errors: lines(&failures),
            failures,
            requests: report.tally.by_action(),
            cost_usd: prices.total(&report.tally),
            notices: report.notices.iter().map(notice).collect(),
            state: report.state.into(),
        }
    }
}

fn notice(notice: &Notice) -> String {
    match notice {
        Notice::StorageClassIgnored { asked, got } => {
            let got = got.as_deref().unwrap_or("STANDARD");
            format!("The place was asked for the storage class {asked} and uses {got}.")
        }
        Notice::EncryptionIgnored => "The place was asked to encrypt and did not.".into(),
        Notice::EncryptedOtherwise => "The place encrypts, but not with the key it was asked to use.".into(),
    }
}

impl RestoreResult {
    /// From a report.
    pub fn of(id: &str, report: &RestoreReport, duration_ms: u64, prices: &PriceList, context: &Context) -> Self {
        let failures: Vec<_> = report.failures.iter().map(|f| error::failure(f, context)).collect();
        Self {
            operation_id: id.to_owned(),
            files_downloaded: report.restored,
            files_skipped: report.skipped,
            files_unproven: report.unproven,
            bytes_transferred: report.bytes,
            duration_ms,
            errors: lines(&failures),
            failures,
            requests: report.tally.by_action(),
            cost_usd: prices.total(&report.tally),
            state: report.state.into(),
        }
    }
}

/// Doing what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum ProgressPhase {
    /// Looking.
    Scanning,
    /// Comparing.
    Planning,
    /// Moving content.
    Transferring,
    /// Tidying.
    Finishing,
}

/// How far a run is: the payload of `s3:upload-progress` and `s3:download-progress`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct ProgressEvent {
    /// The run.
    pub operation_id: String,
    /// Doing what.
    pub phase: ProgressPhase,
    /// The file that has been under way longest.
    pub file_name: String,
    /// Bytes of that file moved.
    pub bytes_transferred: u64,
    /// Its size.
    pub total_bytes: u64,
    /// Of that file, 0 to 100.
    pub percentage: f64,
    /// Files of the whole run that are confirmed.
    pub files_done: u64,
    /// Files of the whole run; while scanning: seen.
    pub files_total: u64,
    /// Bytes of the whole run moved.
    pub bytes_done: u64,
    /// Bytes of the whole run.
    pub bytes_total: u64,
    /// Speed.
    pub bytes_per_second: f64,
    /// Time left at that speed.
    pub seconds_left: Option<f64>,
    /// At most four files under way.
    pub current: Vec<CurrentFile>,
}

/// A file under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct CurrentFile {
    /// Relative path.
    pub path: String,
    /// Bytes moved.
    pub bytes_done: u64,
    /// Its size.
    pub bytes_total: u64,
    /// It is read here; nothing of it is on its way yet.
    pub reading: bool,
}

impl ProgressEvent {
    /// From the core's snapshot.
    pub fn of(id: &str, snapshot: &Snapshot) -> Self {
        let (file_name, done, size) =
            snapshot.current.first().map(|f| (f.path.clone(), f.done, f.size)).unwrap_or_default();
        let current = snapshot.current.iter();
        Self {
            operation_id: id.to_owned(),
            phase: match snapshot.phase {
                Phase::Scanning => ProgressPhase::Scanning,
                Phase::Planning => ProgressPhase::Planning,
                Phase::Transferring => ProgressPhase::Transferring,
                Phase::Finishing => ProgressPhase::Finishing,
            },
            file_name,
            bytes_transferred: done,
            total_bytes: size,
            percentage: if size > 0 { done as f64 * 100.0 / size as f64 } else { 0.0 },
            files_done: snapshot.files_done,
            files_total: snapshot.files_total,
            bytes_done: snapshot.bytes_done,
            bytes_total: snapshot.bytes_total,
            bytes_per_second: snapshot.bytes_per_second,
            seconds_left: snapshot.seconds_left,
            current: current
                .map(|f| CurrentFile {
                    path: f.path.clone(),
                    bytes_done: f.done,
                    bytes_total: f.size,
                    reading: f.reading,
                })
                .collect(),
        }
    }
}

/// A file that was sent by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct UploadResult {
    /// Always true; a failure is an error.
    pub success: bool,
    /// Its size.
    pub bytes_uploaded: u64,
    /// The object's entity tag.
    pub e_tag: String,
    /// How long it took.
    pub duration_ms: u64,
}

/// An object that was fetched by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct DownloadResult {
    /// Always true; a failure is an error.
    pub success: bool,
    /// Its size.
    pub bytes_downloaded: u64,
    /// How long it took.
    pub duration_ms: u64,
}

/// One object of a listing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct S3ObjectView {
    /// Key, below the profile's own prefix.
    pub key: String,
    /// Bytes.
    pub size: u64,
    /// RFC 3339.
    pub last_modified: Option<String>,
    /// Entity tag.
    pub e_tag: Option<String>,
    /// Storage class where it is told.
    pub storage_class: Option<String>,
}

impl From<Listed> for S3ObjectView {
    fn from(row: Listed) -> Self {
        Self {
            key: row.key.to_string(),
            size: row.size,
            last_modified: row.last_modified.map(|t| t.to_string()),
            e_tag: row.etag.map(|tag| tag.as_str().to_owned()),
            storage_class: row.storage_class,
        }
    }
}

/// A page of a listing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ObjectPage {
    /// Objects.
    pub objects: Vec<S3ObjectView>,
    /// Folders, with a trailing `/`.
    pub prefixes: Vec<String>,
    /// Hand it in for the next page.
    pub continuation: Option<String>,
}

/// An upload that was begun and not finished.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct UnfinishedUpload {
    /// What it was going to be.
    pub key: String,
    /// When it began, RFC 3339.
    pub started: Option<String>,
    /// Bytes it keeps.
    pub bytes: u64,
}

/// What cut off runs have left in a place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct UnfinishedUploads {
    /// Each of them.
    pub uploads: Vec<UnfinishedUpload>,
    /// What all of them cost there in a month, US dollars, at the person's own prices where there are some.
    pub monthly_usd: f64,
    /// The place for people.
    pub location: String,
}

/// A folder that is often backed up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SuggestedFolder {
    /// Full path.
    pub path: String,
    /// Name people know.
    pub name: String,
}

/// How much a check looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum CheckDepth {
    /// The listing against what was recorded. No content is read.
    #[default]
    Quick,
    /// A share of the objects is read back; the others as in a quick check.
    Sample,
    /// Every object is read back.
    Full,
}

/// Options of a check. Everything may be left out.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, Type)]
#[serde(default)]
pub struct VerifyOptions {
    /// How much is looked at.
    pub depth: CheckDepth,
    /// Of a sample: so many percent, above 0 and up to 100; 5 when it is not said.
    pub sample_percent: Option<f64>,
}

/// What a check found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct VerifyResult {
    /// The run.
    pub operation_id: String,
    /// How much was looked at.
    pub mode: CheckDepth,
    /// Objects that are as they were backed up, by the listing or by their content.
    pub checked: u64,
    /// Of these, objects whose whole content was read and agreed.
    pub proven: u64,
    /// Objects without a recorded digest.
    pub unproven: u64,
    /// Objects the index does not know.
    pub extra: u64,
    /// Bytes read.
    pub bytes_transferred: u64,
    /// How long it took.
    pub duration_ms: u64,
    /// What is missing or not as recorded.
    pub failures: Vec<Failure>,
    /// Requests by S3's names.
    pub requests: BTreeMap<String, u64>,
    /// What that costs by list prices.
    pub cost_usd: f64,
    /// How it ended.
    pub state: RunState,
}
