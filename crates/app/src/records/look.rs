//! Looking at what is unlocked: who and what somebody means, and how it is shown.

use std::collections::BTreeMap;

use holdfast_records::{
    Uuid, Vault,
    emergency::{Item, Person},
    model::{Attachment, Fields, Kind},
    versions::{Conflict, Merged, Record, Version, VersionId},
};
use serde_json::Value;

use super::{Unlocked, now, words::unknown};
use crate::{
    AppError, Result,
    dto::{
        records::{
            EmergencyItem, EmergencyPerson, EmergencySheet, FieldValue, RecordsAttachment, RecordsConflict,
            RecordsDifference, RecordsFound, RecordsMember, RecordsRecord, RecordsRow, RecordsVersion,
        },
        records_sharing::RecordsOf,
    },
};

impl Unlocked {
    /// Everybody of whom records are kept, by name: own ones, and those that others gave.
    pub fn members(&self) -> Vec<RecordsMember> {
        let own = self.vault.members().into_iter().map(|one| member_view(one.id, &one.profile, one.conflict, None));
        let given = self.shown_grants().into_iter().flat_map(|(member, shared)| {
            let known = shared.vault().map(Vault::members).unwrap_or_default();
            let known = known.into_iter().filter(move |one| one.id == member);
            known.map(move |one| member_view(one.id, &one.profile, one.conflict, Some(shared.view())))
        });
        let mut all: Vec<RecordsMember> = own.chain(given).collect();
        all.sort_by(|one, other| (&one.name, &one.id).cmp(&(&other.name, &other.id)));
        all
    }

    /// Ids and names of everybody.
    pub(super) fn everybody(&self) -> Vec<(Uuid, String)> {
        let id = |one: RecordsMember| Some((one.id.parse().ok()?, one.name));
        self.members().into_iter().filter_map(id).collect()
    }

    /// The member that a name, an id or the beginning of one stands for. An own one before what others gave.
    ///
    /// # Errors
    /// `records_unknown` when it is nobody's or more than one's.
    pub fn member(&self, text: &str) -> Result<Uuid> {
        let all = self.everybody();
        let same = |one: &&(Uuid, String)| one.1.eq_ignore_ascii_case(text.trim());
        let mut named: Vec<Uuid> = all.iter().filter(same).map(|one| one.0).collect();
        let own = |member: &Uuid| self.grant_of(*member).is_none();
        if named.iter().any(own) {
            named.retain(own);
        }
        let found = if named.is_empty() { begins(all.iter().map(|one| one.0), text) } else { named };
        only(&found, &format!("member “{text}”"))
    }

    /// The record that an id or the beginning of one stands for, and whose it is. Deleted ones count, too.
    ///
    /// # Errors
    /// `records_unknown` when there is none or more than one.
    pub fn record(&self, text: &str) -> Result<(Uuid, Uuid)> {
        let members: Vec<Uuid> = self.everybody().into_iter().map(|(member, _)| member).collect();
        let all =
            members.iter().flat_map(|member| self.of(*member).records(*member).map(|record| (record.id(), *member)));
        let whose: BTreeMap<Uuid, Uuid> = all.collect();
        let record = only(&begins(whose.keys().copied(), text), &format!("record “{text}”"))?;
        Ok((whose[&record], record))
    }

    /// A record as it is shown.
    pub fn show(&self, member: Uuid, record: Uuid) -> Result<RecordsRecord> {
        record_view(member, &self.of(member).record(member, record)?)
    }

    /// All versions of a record that are here, the newest first.
    pub fn versions(&self, member: Uuid, record: Uuid) -> Result<Vec<RecordsVersion>> {
        let record = self.of(member).record(member, record)?;
        let shown = record.shown().map(Version::id);
        Ok(record.versions().into_iter().map(|version| version_view(version, shown)).collect())
    }

    /// A member's timeline, of one kind or of all.
    pub fn timeline(&self, member: Uuid, kind: Option<&Kind>) -> Vec<RecordsRow> {
        let row = |row: holdfast_records::timeline::Row| RecordsRow {
            id: row.record.to_string(),
            member: member.to_string(),
            kind: row.kind.to_string(),
            title: row.title,
            when: moment(row.when),
            attachments: row.attachments as u64,
            conflict: row.conflict,
        };
        self.of(member).timeline(member, kind).into_iter().map(row).collect()
    }

    /// Records in which every word occurs, of one member or of everybody.
    pub fn search(&self, query: &str, member: Option<Uuid>, limit: usize) -> RecordsFound {
        let given = self.shown_grants().into_iter().filter_map(|(_, shared)| shared.vault());
        let (mut hits, mut total) = (Vec::new(), 0);
        for vault in std::iter::once(&self.vault).chain(given) {
            let found = vault.search(query, member, limit);
            total += found.total;
            hits.extend(found.hits);
        }
        hits.sort_by_key(|hit| std::cmp::Reverse(hit.when));
        hits.truncate(limit);
        let row = |hit: &holdfast_records::search::Hit| {
            let record = self.of(hit.member).open_record(hit.member, hit.record)?;
            let shown = record.current()?;
            Some(RecordsRow {
                id: hit.record.to_string(),
                member: hit.member.to_string(),
                kind: shown.content.kind.to_string(),
                title: shown.content.fields.title(&shown.content.kind).to_owned(),
                when: moment(hit.when),
                attachments: shown.content.attachments.len() as u64,
                conflict: record.in_conflict(),
            })
        };
        RecordsFound { rows: hits.iter().filter_map(row).collect(), total: total as u64 }
    }

    /// What somebody who helps a member must know at once.
    pub fn emergency(&self, member: Uuid) -> EmergencySheet {
        let sheet = self.of(member).emergency_sheet(member, now());
        let person = |person: Person| EmergencyPerson {
            name: person.name,
            telecom: person.telecom,
            relationship: person.relationship,
        };
        let item = |item: Item| EmergencyItem {
            record: item.record.to_string(),
            title: item.title,
            details: item.details,
            high: item.high,
            conflict: item.conflict,
        };
        EmergencySheet {
            name: sheet.name,
            birth_date: sheet.birth_date,
            blood_group: sheet.blood_group,
            conditions: sheet.conditions,
            allergies: sheet.allergies.into_iter().map(item).collect(),
            medication: sheet.medication.into_iter().map(item).collect(),
            contacts: sheet.contacts.into_iter().map(person).collect(),
            doctor: sheet.doctor.map(person),
            insurer: sheet.insurer,
            insurance_number: sheet.insurance_number,
            profile_conflict: sheet.profile_conflict,
        }
    }
}

/// The version of a record that its whole name, or its number where that is enough, stands for.
pub(super) fn version_of(vault: &Vault, member: Uuid, record: Uuid, text: &str) -> Result<VersionId> {
    let all: Vec<VersionId> = vault.record(member, record)?.versions().into_iter().map(Version::id).collect();
    let (number, device) = text.split_once('.').unwrap_or((text, ""));
    let fits = |id: &&VersionId| id.number.to_string() == number && id.device.to_string().starts_with(device);
    let found: Vec<VersionId> = all.iter().filter(fits).copied().collect();
    only(&found, &format!("version “{text}” of this record"))
}

/// A version's name.
pub(super) fn version_name(id: VersionId) -> String {
    format!("{}.{}", id.number, id.device)
}

pub(super) fn begins(all: impl Iterator<Item = Uuid>, text: &str) -> Vec<Uuid> {
    let text = text.trim().to_ascii_lowercase();
    all.filter(|id| text.len() >= 4 && id.to_string().starts_with(&text)).collect()
}

pub(super) fn only<T: Copy>(found: &[T], what: &str) -> Result<T> {
    match found {
        [one] => Ok(*one),
        [] => Err(unknown(&format!("there is no {what}"))),
        _ => Err(unknown(&format!("there is more than one {what}"))),
    }
}

pub(super) fn member_view(id: Uuid, profile: &Fields, conflict: bool, of: Option<RecordsOf>) -> RecordsMember {
    let name = profile.text("name").to_owned();
    RecordsMember { id: id.to_string(), name, profile: fields_view(profile), conflict, of }
}

pub(super) fn record_view(member: Uuid, record: &Record) -> Result<RecordsRecord> {
    let shown = record.shown().ok_or_else(|| unknown(&format!("record {} is not here yet", record.id)))?;
    Ok(RecordsRecord {
        id: record.id.to_string(),
        member: member.to_string(),
        kind: shown.content.kind.to_string(),
        title: shown.content.fields.title(&shown.content.kind).to_owned(),
        deleted: record.is_deleted(),
        fields: fields_view(&shown.content.fields),
        attachments: shown.content.attachments.iter().map(attachment_view).collect(),
        version: version_name(shown.id()),
        time: moment(shown.node.time),
        author: shown.author.clone(),
        conflict: record.conflict().map(|conflict| conflict_view(&conflict)),
    })
}

pub(super) fn version_view(version: &Version, shown: Option<VersionId>) -> RecordsVersion {
    RecordsVersion {
        id: version_name(version.id()),
        number: version.id().number,
        device: version.id().device.to_string(),
        time: moment(version.node.time),
        author: version.author.clone(),
        deleted: version.node.deleted,
        parents: version.node.parents.iter().copied().map(version_name).collect(),
        fields: fields_view(&version.content.fields),
        attachments: version.content.attachments.iter().map(attachment_view).collect(),
        shown: shown == Some(version.id()),
    }
}

pub(super) fn attachment_view(attachment: &Attachment) -> RecordsAttachment {
    RecordsAttachment {
        id: attachment.name.to_string(),
        title: attachment.title.clone(),
        content_type: attachment.content_type.clone(),
        size: attachment.size,
    }
}

fn conflict_view(conflict: &Conflict) -> RecordsConflict {
    let names = |ids: &[VersionId]| ids.iter().copied().map(version_name).collect();
    let difference = |one: &holdfast_records::versions::Difference| RecordsDifference {
        field: one.field.clone(),
        base: one.base.as_ref().and_then(value_view),
        sides: one.sides.iter().map(|side| side.as_ref().and_then(value_view)).collect(),
        merged: match one.merged {
            Merged::Side(side) => Some(side as u32),
            Merged::Choose => None,
        },
    };
    RecordsConflict {
        sides: names(&conflict.sides),
        deleting: names(&conflict.deleting),
        keeping: names(&conflict.keeping()),
        fields: conflict.fields.iter().map(difference).collect(),
        attachments_differ: conflict.attachments_differ,
    }
}

fn fields_view(fields: &Fields) -> BTreeMap<String, FieldValue> {
    fields.iter().filter_map(|(name, value)| Some((name.to_owned(), value_view(value)?))).collect()
}

fn value_view(value: &Value) -> Option<FieldValue> {
    Some(match value {
        Value::Null => return None,
        Value::Bool(on) => FieldValue::Switch(*on),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => FieldValue::Whole(whole),
            None => FieldValue::Fraction(number.as_f64()?),
        },
        Value::String(text) => FieldValue::Text(text.clone()),
        Value::Array(all) => FieldValue::List(all.iter().filter_map(value_view).collect()),
        Value::Object(parts) => {
            FieldValue::Parts(parts.iter().filter_map(|(name, part)| Some((name.clone(), value_view(part)?))).collect())
        }
    })
}

/// A moment as text.
pub(super) fn moment(at: holdfast_journal::Millis) -> String {
    jiff::Timestamp::from_millisecond(at).map(|time| time.to_string()).unwrap_or_default()
}

/// Fields out of JSON, which must be an object.
pub(super) fn fields_of(value: Value) -> Result<Fields> {
    serde_json::from_value(value).map_err(|_| {
        AppError::config(
            crate::ErrorCode::RecordsInvalid,
            "the fields are not a JSON object",
            "write {\"title\": \"…\"}; nothing was saved",
        )
    })
}
