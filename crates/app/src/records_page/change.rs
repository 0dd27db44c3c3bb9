//! Changing: saving what was entered, deleting, bringing back, deciding.

use serde_json::{Map, Value};

use super::vault;
use crate::{
    App, AppError, ErrorCode, Result,
    dto::{
        records::{FieldValue, RecordsAttachment, RecordsFormer, RecordsRemoved, RecordsSaved},
        records_page::{RecordsDecision, RecordsDraft},
    },
    records::{
        Decision, Entered,
        core::model::{Attachment, AttachmentName, Kind},
        kind_of,
    },
};

const PROFILE: &str = "profile";

/// Saves a member, a new record or a new version of one.
pub async fn save(app: &App, draft: RecordsDraft) -> Result<RecordsSaved> {
    let entered = Entered { lines: Vec::new(), json: Some(json_of(draft.fields)) };
    let mut open = vault(app).await?;
    let Some(member) = draft.member else { return open.add_member(&entered) };
    let member = open.member(&member)?;
    let add = draft.add.into_iter().map(attachment_of).collect::<Result<Vec<_>>>()?;
    match draft.record {
        Some(record) => {
            let (member, record) = open.record(&record)?;
            open.edit(member, record, &entered, add, &draft.without)
        }
        None if draft.kind == PROFILE => open.edit(member, member, &entered, add, &draft.without),
        None => {
            let kind: Kind = kind_of(&draft.kind)?;
            open.add(member, kind, &entered, add)
        }
    }
}

/// Deletes a record on all devices. Its versions stay.
pub async fn delete(app: &App, record: &str) -> Result<()> {
    let mut open = vault(app).await?;
    let (member, record) = open.record(record)?;
    open.delete(member, record).map(drop)
}

/// Removes a member on all devices. Everything of theirs stays in the place, and comes back with them.
pub async fn remove_member(app: &App, member: &str) -> Result<RecordsRemoved> {
    let mut open = vault(app).await?;
    let member = open.member(member)?;
    open.remove_member(member)
}

/// Members that were removed.
pub async fn former_members(app: &App) -> Result<Vec<RecordsFormer>> {
    vault(app).await?.former_members()
}

/// Brings back a member, as before.
pub async fn bring_back_member(app: &App, member: &str) -> Result<RecordsSaved> {
    vault(app).await?.bring_back_member(member)
}

/// Brings back what an older version says, as a new one.
pub async fn bring_back(app: &App, record: &str, version: &str) -> Result<RecordsSaved> {
    let mut open = vault(app).await?;
    let (member, record) = open.record(record)?;
    open.bring_back(member, record, version)
}

/// Carries out a decision. Empty when nothing is to be decided any more.
pub async fn resolve(app: &App, record: &str, decision: RecordsDecision) -> Result<Vec<RecordsSaved>> {
    let decision = match decision {
        RecordsDecision::Take { side } => Decision::Take(side),
        RecordsDecision::Merge { picks } => {
            Decision::Merge(picks.into_iter().map(|pick| (pick.field, pick.side)).collect())
        }
        RecordsDecision::KeepBoth => Decision::KeepBoth,
    };
    let mut open = vault(app).await?;
    let (member, record) = open.record(record)?;
    open.resolve(member, record, &decision)
}

fn json_of(fields: impl IntoIterator<Item = (String, Option<FieldValue>)>) -> Value {
    let value =
        |field: Option<FieldValue>| field.and_then(|field| serde_json::to_value(field).ok()).unwrap_or(Value::Null);
    Value::Object(fields.into_iter().map(|(name, field)| (name, value(field))).collect::<Map<_, _>>())
}

pub(super) fn attachment_of(view: RecordsAttachment) -> Result<Attachment> {
    let name: AttachmentName = view.id.parse().map_err(|_| gone("this file"))?;
    Ok(Attachment { name, title: view.title, content_type: view.content_type, size: view.size })
}

pub(super) fn gone(what: &str) -> AppError {
    AppError::config(ErrorCode::RecordsUnknown, format!("{what} is not there any more"), "look at the page again")
}
