//! What a member's page shows: one row for each record, the newest first.

use holdfast_journal::Millis;
use uuid::Uuid;

use crate::{
    model::Kind,
    search::when,
    versions::{OpenRecord, Version, VersionId},
};

/// A record on the timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Which.
    pub record: Uuid,
    /// The version that is shown.
    pub version: VersionId,
    /// What it is about.
    pub kind: Kind,
    /// What a person calls it.
    pub title: String,
    /// When it was: by its fields, else when it was written.
    pub when: Millis,
    /// How many files are attached.
    pub attachments: usize,
    /// Whether it was edited on two devices.
    pub conflict: bool,
}

/// The rows of all records that are not deleted; of one kind, or of all but the profile.
pub fn timeline<'a>(records: impl IntoIterator<Item = &'a OpenRecord>, kind: Option<&Kind>) -> Vec<Row> {
    let wanted = |shown: &Version| match kind {
        Some(kind) => shown.content.kind == *kind,
        None => shown.content.kind != Kind::Profile,
    };
    let row = |record: &OpenRecord| record.current().filter(|shown| wanted(shown)).map(|shown| row(record, shown));
    let mut rows: Vec<Row> = records.into_iter().filter_map(row).collect();
    rows.sort_by(|one, other| other.when.cmp(&one.when).then_with(|| one.record.cmp(&other.record)));
    rows
}

fn row(record: &OpenRecord, shown: &Version) -> Row {
    Row {
        record: record.id(),
        version: shown.id(),
        kind: shown.content.kind.clone(),
        title: shown.content.fields.title(&shown.content.kind).to_owned(),
        when: when(shown),
        attachments: shown.content.attachments.len(),
        conflict: record.in_conflict(),
    }
}
