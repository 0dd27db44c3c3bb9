//! What each server of the table does otherwise than S3, as the conformance suite asks for it.
//!
//! The table (`servers/servers.json`) says what the product reacts to. What only the suite asks for is here, seen from
//! the pinned versions. Every lack has its reason, which stands beside the test that is left out.

use holdfast_storage::conformance::{Need, Need as N};
use serde::Deserialize;

/// The columns of the table.
#[derive(Debug, Clone, Deserialize)]
pub struct Table {
    /// `If-None-Match: *` on a write.
    pub conditional_create: Condition,
    /// `If-Match` on a write.
    pub conditional_replace: Condition,
    /// `If-Match` on a delete.
    pub conditional_delete: Condition,
    /// A wrong `x-amz-checksum-sha256`.
    pub checksums: Checksums,
    /// Keeps versions.
    pub versioning: bool,
    /// Locks objects.
    pub object_lock: bool,
    /// Has lifecycle rules.
    pub lifecycle: bool,
    /// Takes every key that S3 allows.
    pub any_key: bool,
    /// Refuses a wrong secret.
    pub signatures: bool,
    /// Refuses a wrong region.
    pub region_checked: bool,
}

/// What a server does with a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// Holds it.
    Honoured,
    /// Does it anyway.
    Ignored,
    /// Refuses the request whether the condition holds or not.
    Rejected,
}

/// What a server does with a checksum header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Checksums {
    /// Refuses a wrong one.
    Verified,
    /// Takes it.
    Ignored,
}

impl Table {
    /// The embedded bucket does everything; only the region is any.
    pub fn embedded() -> Self {
        Self {
            conditional_create: Condition::Honoured,
            conditional_replace: Condition::Honoured,
            conditional_delete: Condition::Honoured,
            checksums: Checksums::Verified,
            versioning: true,
            object_lock: false,
            lifecycle: false,
            any_key: true,
            signatures: true,
            region_checked: false,
        }
    }

    fn lacks(&self) -> Vec<(Need, &'static str)> {
        let rows = [
            (self.conditional_create != Condition::Honoured, N::CreateIfAbsent, "no If-None-Match on writes"),
            (self.conditional_replace != Condition::Honoured, N::ReplaceIfMatch, "no If-Match on writes"),
            (self.conditional_delete != Condition::Honoured, N::DeleteIfMatch, "no If-Match on deletes"),
            (self.checksums != Checksums::Verified, N::Checksums, "takes a wrong checksum"),
            (!self.versioning, N::Versions, "keeps no versions"),
            (!self.any_key, N::OddKeys, "does not take every key"),
            (!self.any_key, N::NestedKeys, "does not take every key"),
            (!self.any_key, N::ControlKeys, "does not take every key"),
            (true, N::UnknownLength, "S3 wants the length first"),
        ];
        rows.into_iter().filter(|(lacks, ..)| *lacks).map(|(_, need, why)| (need, why)).collect()
    }
}

/// Everything `server` lacks, with the reason.
pub fn lacks(server: &str, table: &Table) -> Vec<(Need, &'static str)> {
    let mut all = table.lacks();
    all.extend(BEYOND_THE_TABLE.iter().filter(|(name, ..)| *name == server).map(|(_, need, why)| (*need, *why)));
    all
}

const BEYOND_THE_TABLE: &[(&str, Need, &str)] = &[
    ("minio", N::CompleteConditions, "ignores If-Match on completions"),
    ("minio", N::PartOrder, "takes a part named twice"),
    ("minio", N::UploadListing, "lists unfinished uploads only by their whole key"),
    ("versitygw", N::WholeBodies, "keeps half of an unsigned body"),
    ("garage", N::CompleteConditions, "ignores conditions of completions"),
    ("garage", N::PartSizes, "takes small parts"),
    ("ceph", N::CompleteConditions, "ignores conditions of completions"),
    ("ceph", N::CopyIfMatch, "ignores conditions of copies"),
    ("ceph", N::PartChoice, "wants every part that was sent"),
    ("ceph", N::PartOrder, "takes parts in any order"),
    ("ceph", N::AbortedUploads, "says 500 to the completion of an aborted upload"),
];
