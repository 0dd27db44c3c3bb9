//! What a probe saw, as facts that are kept with a profile. No sentences here.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Result of a probe.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProbeReport {
    /// When it was made.
    pub tested_at: Timestamp,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// Requests sent, those of cleaning up included.
    pub requests: u64,
    /// What they cost by list price, in US dollars.
    pub cost_usd: f64,
    /// Median time of a small request, in milliseconds.
    pub latency_ms: u64,
    /// Whether what came back was what was sent.
    pub round_trip: RoundTrip,
    /// Whether content that differs from its signed SHA-256 is refused.
    pub payload_digest: Integrity,
    /// Whether content that differs from its `x-amz-checksum-sha256` is refused.
    pub checksum_header: Integrity,
    /// `If-None-Match: *`.
    pub conditional_create: Conditional,
    /// `If-Match`.
    pub conditional_replace: Conditional,
    /// Whether old versions are kept.
    pub versions: VersionsKept,
    /// Multipart uploads.
    pub multipart: Multipart,
    /// Object Lock.
    pub object_lock: Feature,
    /// Lifecycle rules.
    pub lifecycle: Lifecycle,
    /// Whether the storage class asked for was taken up; `None` when none was asked for.
    pub storage_class: Option<TakenUp>,
    /// Whether the encryption asked for was taken up; `None` when none was asked for.
    pub encryption: Option<TakenUp>,
    /// Server clock minus ours in seconds, where answers had a date.
    pub clock_skew_seconds: Option<i64>,
    /// Whether everything written is gone again.
    pub removed: bool,
    /// Keys that could not be removed.
    pub leftovers: Vec<String>,
    #[serde(skip)]
    pub(super) extra_requests: u64,
}

impl ProbeReport {
    pub(super) fn new(now: Timestamp) -> Self {
        Self {
            tested_at: now,
            duration_ms: 0,
            requests: 0,
            cost_usd: 0.0,
            latency_ms: 0,
            round_trip: RoundTrip::Whole,
            payload_digest: Integrity::Unknown,
            checksum_header: Integrity::Unknown,
            conditional_create: Conditional::Unknown,
            conditional_replace: Conditional::Unknown,
            versions: VersionsKept::Unknown,
            multipart: Multipart::Unknown,
            object_lock: Feature::Unknown,
            lifecycle: Lifecycle::Unknown,
            storage_class: None,
            encryption: None,
            clock_skew_seconds: None,
            removed: true,
            leftovers: Vec::new(),
            extra_requests: 0,
        }
    }
}

/// Whether an object came back as it was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoundTrip {
    /// In every respect.
    Whole,
    /// Its size, or the facts HEAD tells, differ.
    FactsDiffer,
    /// Its content differs.
    ContentDiffers,
    /// A range of it differs, or ranges are not served.
    RangeDiffers,
    /// A listing does not have it under its name.
    ListingDiffers,
}

/// What happens to content that does not fit its digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Integrity {
    /// It is refused and not stored.
    Verified,
    /// It is stored.
    Ignored,
    /// The digest itself is refused, also a right one.
    Rejected,
    /// Not found out.
    Unknown,
}

/// What happens to a write with a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Conditional {
    /// It is carried out when the condition holds and refused when not.
    Honoured,
    /// It is refused, also when the condition holds.
    Rejected,
    /// It overwrites although the condition does not hold.
    Ignored,
    /// Not found out.
    Unknown,
}

/// Whether a bucket keeps old versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VersionsKept {
    /// Every write makes one.
    On,
    /// Switched off again.
    Suspended,
    /// Never switched on, or not offered.
    Off,
    /// May not be asked.
    Unknown,
}

/// What multipart uploads can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Multipart {
    /// Begun, listed and given up.
    Works,
    /// Begun and given up, but not listed: what was left unfinished elsewhere cannot be seen.
    NotListed,
    /// Not offered.
    Unsupported,
    /// Not found out.
    Unknown,
}

/// A setting of the bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Feature {
    /// Switched on.
    On,
    /// Offered, but off.
    Off,
    /// Not offered.
    Unsupported,
    /// May not be asked.
    Unknown,
}

/// What rules of the bucket do to objects by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lifecycle {
    /// There are rules that are switched on.
    Rules {
        /// Objects are deleted by age or date.
        expires: bool,
        /// Objects move to an archive class, from where they cannot be read at once.
        archives: bool,
        /// Unfinished uploads are given up.
        ends_uploads: bool,
    },
    /// No rule.
    None,
    /// Not offered.
    Unsupported,
    /// May not be asked.
    Unknown,
}

/// Whether a write took up what it was asked to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TakenUp {
    /// Seen by HEAD.
    Taken,
    /// Accepted, but HEAD shows something else.
    Ignored {
        /// What HEAD shows.
        seen: Option<String>,
    },
    /// The write was refused.
    Refused,
}
