//! Resolving: from a conflict and a decision to versions to be written. Two devices that decide the same at once write
//! versions that say the same, which is no conflict; deciding once more finds nothing to do.

use std::collections::BTreeMap;

use holdfast_crypto::sha256;
use serde_json::Value;
use uuid::Uuid;

use super::{Conflict, Draft, Merged, Record, Version, VersionId, merged_attachments};

/// What a person decided.
#[derive(Debug, Clone, PartialEq)]
pub enum Resolution {
    /// This side, as it is.
    Take(VersionId),
    /// Field by field; the choices are for fields that sides changed to different values.
    Merge(BTreeMap<String, Choice>),
    /// Each side becomes a record of its own.
    KeepBoth,
}

/// What becomes of one field.
#[derive(Debug, Clone, PartialEq)]
pub enum Choice {
    /// The value of this side.
    Side(VersionId),
    /// Another value; `Null` for none.
    Value(Value),
}

/// Why a decision cannot be carried out. Nothing is written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unresolved {
    /// The version is not a side of the conflict any more: something arrived meanwhile.
    #[error("the version is no side of this conflict")]
    NotASide,
    /// A field needs a choice.
    #[error("{field} was changed on two devices and needs a choice")]
    Unchosen {
        /// The field.
        field: String,
    },
}

/// The versions that carry out a decision; none where there is no conflict.
pub fn resolve(record: &Record, resolution: &Resolution) -> Result<Vec<Draft>, Unresolved> {
    let Some(conflict) = record.conflict() else { return Ok(Vec::new()) };
    match resolution {
        Resolution::Take(id) => {
            let taken = conflict.sides.contains(id).then(|| record.version(*id)).flatten();
            Ok(vec![draft(record, taken.ok_or(Unresolved::NotASide)?)])
        }
        Resolution::Merge(choices) => merge(record, &conflict, choices).map(|draft| vec![draft]),
        Resolution::KeepBoth => Ok(keep_both(record, &conflict)),
    }
}

/// A version that says what `version` says and takes the place of all heads.
fn draft(record: &Record, version: &Version) -> Draft {
    Draft {
        record: record.id,
        parents: record.all_heads(),
        deleted: version.node.deleted,
        content: version.content.clone(),
        later: version.later.clone(),
    }
}

/// An edit wins over a deletion: nothing that somebody wrote meanwhile is lost.
fn merge(record: &Record, conflict: &Conflict, choices: &BTreeMap<String, Choice>) -> Result<Draft, Unresolved> {
    let keeping: Vec<&Version> = conflict.keeping().iter().filter_map(|id| record.version(*id)).collect();
    let first = keeping.first().ok_or(Unresolved::NotASide)?;
    let mut merged = draft(record, first);
    for difference in &conflict.fields {
        let value = match (choices.get(&difference.field), difference.merged) {
            (Some(Choice::Value(value)), _) => Some(value.clone()),
            (Some(Choice::Side(id)), _) => {
                let side = keeping.iter().find(|side| side.id() == *id).ok_or(Unresolved::NotASide)?;
                side.content.fields.get(&difference.field).cloned()
            }
            (None, Merged::Side(at)) => difference.sides[at].clone(),
            (None, Merged::Choose) => return Err(Unresolved::Unchosen { field: difference.field.clone() }),
        };
        merged.content.fields.set(&difference.field, value.unwrap_or(Value::Null));
    }
    let base = conflict.base.and_then(|id| record.version(id)).map(|base| base.content.attachments.as_slice());
    let sides: Vec<_> = keeping.iter().map(|side| side.content.attachments.as_slice()).collect();
    merged.content.attachments = merged_attachments(base, &sides);
    for (name, value) in keeping.iter().flat_map(|side| &side.later) {
        merged.later.entry(name.clone()).or_insert_with(|| value.clone());
    }
    Ok(merged)
}

/// The record goes on with the first side that keeps it; every other such side becomes a new record.
fn keep_both(record: &Record, conflict: &Conflict) -> Vec<Draft> {
    let keeping: Vec<&Version> = conflict.keeping().iter().filter_map(|id| record.version(*id)).collect();
    let Some((first, others)) = keeping.split_first() else { return Vec::new() };
    let others = others.iter().map(|side| Draft {
        record: twin(record.id, side.id()),
        parents: Vec::new(),
        ..draft(record, side)
    });
    // The copies come first: a stop between the two leaves the conflict as it is, and nothing is lost.
    others.chain([draft(record, first)]).collect()
}

/// The id of the record that a side becomes: the same on every device.
fn twin(record: Uuid, side: VersionId) -> Uuid {
    let text = [
        b"holdfast 1 records keep both".as_slice(),
        record.as_bytes(),
        &side.number.to_be_bytes(),
        side.device.as_bytes(),
    ];
    let mut id = [0; 16];
    id.copy_from_slice(&sha256(&text.concat())[..16]);
    uuid::Builder::from_custom_bytes(id).into_uuid()
}
