//! Looking: somebody's page, one record, what a search finds, the emergency sheet.

use std::collections::{BTreeMap, BTreeSet};

use super::vault;
use crate::{
    App, Result,
    dto::{
        records::{EmergencySheet, RecordsFound, RecordsRecord, RecordsRow},
        records_page::{RecordsEntry, RecordsMemberPage, RecordsWhole},
    },
    records::{Unlocked, core::Uuid, kind_of},
};

/// The most records that are handed over at once.
const MOST: u32 = 500;
/// The most hits of a search.
const MOST_FOUND: u32 = 200;

/// Records `from`, `from + 1`, … of somebody, of one kind or of all.
pub async fn member(app: &App, id: &str, kind: Option<&str>, from: u32, count: u32) -> Result<RecordsMemberPage> {
    let kind = kind.map(kind_of).transpose()?;
    let open = vault(app).await?;
    let member = open.member(id)?;
    let unsent = unsent(&open)?;
    let all = open.timeline(member, None);
    let mut kinds = BTreeMap::new();
    for row in &all {
        *kinds.entry(row.kind.clone()).or_default() += 1;
    }
    let is_asked = |row: &&RecordsRow| kind.as_ref().is_none_or(|kind| row.kind == kind.as_str());
    let total = all.iter().filter(is_asked).count() as u64;
    let part = all.iter().filter(is_asked).skip(from as usize).take(count.min(MOST) as usize);
    let entry = |row: &RecordsRow| {
        let record = Uuid::parse_str(&row.id).map_err(|_| super::change::gone("this record"))?;
        Ok(entry(open.show(member, record)?, row.when.clone(), &unsent))
    };
    let entries = part.map(entry).collect::<Result<Vec<_>>>()?;
    let profile = open.show(member, member)?;
    let who = open.members().into_iter().find(|one| one.id == profile.id);
    let member_view = who.ok_or_else(|| super::change::gone("this person"))?;
    Ok(RecordsMemberPage { member: member_view, profile, entries, total, kinds, emergency: open.emergency(member) })
}

/// One record, also one that is deleted.
pub async fn record(app: &App, id: &str) -> Result<RecordsWhole> {
    let open = vault(app).await?;
    let (member, record) = open.record(id)?;
    let shown = open.show(member, record)?;
    let row = open.timeline(member, None).into_iter().find(|row| row.id == shown.id);
    let when = row.map_or_else(|| shown.time.clone(), |row| row.when);
    let versions = open.versions(member, record)?;
    Ok(RecordsWhole { entry: entry(shown, when, &unsent(&open)?), versions })
}

/// Records of everybody in which every word occurs.
pub async fn search(app: &App, query: &str) -> Result<RecordsFound> {
    Ok(vault(app).await?.search(query, None, MOST_FOUND as usize))
}

/// What somebody who helps a member must know at once.
pub async fn emergency(app: &App, member: &str) -> Result<EmergencySheet> {
    let open = vault(app).await?;
    let member = open.member(member)?;
    Ok(open.emergency(member))
}

/// Records and files that wait to be sent.
fn unsent(open: &Unlocked) -> Result<BTreeSet<String>> {
    Ok(open.waiting()?.into_iter().map(|one| one.id).collect())
}

fn entry(record: RecordsRecord, when: String, unsent: &BTreeSet<String>) -> RecordsEntry {
    let waiting = unsent.contains(&record.id) || record.attachments.iter().any(|one| unsent.contains(&one.id));
    RecordsEntry { record, when, waiting }
}
