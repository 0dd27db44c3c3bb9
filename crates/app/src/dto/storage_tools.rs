//! What the page shows of a bucket's settings, versions and archives.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::{config::Failure, run::RunState};

/// A storage class that a place offers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct StorageClassView {
    /// As S3 spells it.
    pub id: String,
    /// As people know it.
    pub name: String,
    /// A gigabyte kept for a month; `None` where it is not known.
    pub usd_per_gb_month: Option<f64>,
    /// What it is good for, and what to mind.
    pub words: String,
    /// Whether files must be brought back before they can be read.
    pub archived: bool,
}

/// Whether a bucket keeps old versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum VersioningView {
    /// Every write makes one.
    On,
    /// Switched off again; old ones stay.
    Suspended,
    /// Never switched on.
    Off,
    /// Not offered, or may not be asked.
    Unknown,
}

/// Holdfast's own rules of a bucket.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, Type)]
pub struct LifecycleForm {
    /// Unfinished uploads are given up after so many days.
    pub abort_uploads_after_days: Option<u32>,
    /// Files move to another class.
    pub transition: Option<TransitionForm>,
    /// Old versions are removed so many days after they were replaced or deleted.
    pub expire_old_versions_after_days: Option<u32>,
}

/// When files move, and where to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct TransitionForm {
    /// So many days after they were stored.
    pub after_days: u32,
    /// The class.
    pub storage_class: String,
}

/// What would be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct LifecyclePreview {
    /// All rules of the bucket as they would be, as the AWS command line takes them.
    pub json: String,
    /// Rules of others that stay as they are, in words.
    pub keeps: Vec<String>,
    /// What Holdfast's rules do, and what to mind.
    pub words: Vec<String>,
}

/// How new files are locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum ObjectLockMode {
    /// Not at all.
    None,
    /// Whoever has a special right may remove them.
    Governance,
    /// Nobody may remove them before their time.
    Compliance,
}

/// Object Lock of a bucket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ObjectLockView {
    /// Whether the bucket can lock files.
    pub available: bool,
    /// How new files are locked by themselves.
    pub mode: ObjectLockMode,
    /// For so many days.
    pub days: Option<u32>,
    /// What that means.
    pub words: String,
}

/// One version of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct VersionView {
    /// Key, below the profile's own prefix.
    pub key: String,
    /// Its id.
    pub version_id: String,
    /// Bytes.
    pub size: u64,
    /// When it was stored, RFC 3339; empty where the server does not tell.
    pub last_modified: String,
    /// Whether it is the newest.
    pub is_latest: bool,
    /// Whether it only says "deleted".
    pub is_delete_marker: bool,
    /// Storage class where it is told.
    pub storage_class: Option<String>,
}

/// A page of versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct VersionsPage {
    /// By key, the newest first; with a date one per file that was there.
    pub versions: Vec<VersionView>,
    /// Hand it in for the next page.
    pub continuation: Option<String>,
}

/// A file that is in an archive, or may be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ThawFile {
    /// Key, below the profile's own prefix.
    pub key: String,
    /// The version that is meant; the newest when none is said.
    pub version_id: Option<String>,
}

/// How much of a selection a listing shows in a storage class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ClassShare {
    /// The class.
    pub storage_class: String,
    /// Files.
    pub files: u64,
    /// Their bytes together.
    pub bytes: u64,
}

/// What bringing files back from an archive takes. Nothing was asked for yet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct ThawOffer {
    /// Files in question.
    pub files: u64,
    /// So many of them were looked at; what follows is known of these.
    pub looked_at: u64,
    /// In an archive, and not asked for.
    pub archived: u64,
    /// On their way back.
    pub on_way: u64,
    /// Readable for some time.
    pub ready: u64,
    /// What bringing back those that are in an archive costs by list price; at most this, where not all were looked at.
    /// `None` where the place's prices of it are not known.
    pub usd: Option<f64>,
    /// How long it takes, in words.
    pub words: String,
}

/// What became of asking for files.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct ThawResult {
    /// How it ended.
    pub state: RunState,
    /// Asked for now.
    pub asked: u64,
    /// On their way already; left alone.
    pub on_way: u64,
    /// Readable already; they stay so from now on for the days that were said.
    pub ready: u64,
    /// In no archive; left alone.
    pub not_archived: u64,
    /// What those that were asked for cost by list price, where it is known.
    pub usd: Option<f64>,
    /// Files that could not be asked for.
    pub failures: Vec<Failure>,
}

/// The rights that Holdfast needs, and no others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct PolicyView {
    /// As IAM takes it; empty where the place has no such rights.
    pub iam_json: String,
    /// As Terraform takes it; empty likewise.
    pub terraform: String,
    /// What it allows, and what it does not.
    pub words: String,
}
