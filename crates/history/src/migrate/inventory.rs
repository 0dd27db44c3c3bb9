//! What both sides hold, and what is to be done about the difference. [`plan`] is pure.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use crate::{BackendKind, Database, Entry, Result, backend::http::carried};

/// What one side holds of an entry: enough to compare it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// SHA-256 of all but its end.
    pub content: [u8; 32],
    /// SHA-256 of its end; none where it has none.
    pub end: Option<[u8; 32]>,
}

/// All entries of one side, by id.
pub type Inventory = BTreeMap<Uuid, Held>;

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// The target lacks them.
    pub send: Vec<Uuid>,
    /// The target lacks their ends.
    pub end: Vec<Uuid>,
    /// They were deleted here and stand there.
    pub delete: Vec<Uuid>,
    /// Both have them, with different content. Entries do not change, so this is reported and left.
    pub differing: Vec<Uuid>,
}

/// Compares both sides. `deleted` are ids that were deleted here.
pub fn plan(here: &Inventory, there: &Inventory, deleted: &BTreeSet<Uuid>) -> Plan {
    let mut plan = Plan::default();
    for (id, held) in here {
        match there.get(id) {
            None => plan.send.push(*id),
            Some(other) if other.content != held.content => plan.differing.push(*id),
            Some(other) if other.end == held.end => {}
            Some(other) if other.end.is_none() => plan.end.push(*id),
            Some(_) => plan.differing.push(*id),
        }
    }
    plan.delete = deleted.iter().filter(|id| there.contains_key(id)).copied().collect();
    plan
}

/// What a database holds, as far as a backend can carry it.
pub(super) fn inventory(database: &Database, kind: BackendKind) -> Result<Inventory> {
    let mut inventory = Inventory::new();
    database.for_each(|entry| {
        let entry = if kind == BackendKind::Http { carried(&entry) } else { entry };
        inventory.insert(entry.entry_id, held(entry)?);
        Ok(true)
    })?;
    Ok(inventory)
}

pub(super) fn held(mut entry: Entry) -> Result<Held> {
    let end = match entry.ending() {
        Some(ending) => Some(holdfast_crypto::sha256(&serde_json::to_vec(&ending)?)),
        None => None,
    };
    (entry.end_time, entry.exit_code) = (None, None);
    Ok(Held { content: holdfast_crypto::sha256(&serde_json::to_vec(&entry)?), end })
}

pub(super) fn deleted_ids(database: &Database) -> Result<BTreeSet<Uuid>> {
    ids(database, "SELECT id FROM deleted")
}

pub(super) fn known_ids(database: &Database) -> Result<BTreeSet<Uuid>> {
    ids(database, "SELECT id FROM entries UNION ALL SELECT id FROM deleted")
}

fn ids(database: &Database, sql: &str) -> Result<BTreeSet<Uuid>> {
    let mut find = database.conn.prepare_cached(sql)?;
    let rows = find.query_map([], |row| Ok(Uuid::from_bytes(row.get(0)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_sends_what_is_missing_and_ends_what_has_no_end_there() {
        let id = Uuid::from_u128;
        let held = |content: u8, end: Option<u8>| Held { content: [content; 32], end: end.map(|end| [end; 32]) };
        let here = Inventory::from([
            (id(1), held(1, Some(1))),
            (id(2), held(2, Some(2))),
            (id(3), held(3, Some(3))),
            (id(4), held(4, None)),
            (id(5), held(5, Some(5))),
        ]);
        let there = Inventory::from([
            (id(2), held(2, Some(2))),
            (id(3), held(3, None)),
            (id(4), held(9, None)),
            (id(5), held(5, Some(9))),
            (id(6), held(6, None)),
            (id(7), held(7, None)),
        ]);
        let deleted = BTreeSet::from([id(7), id(8)]);
        let expected = Plan { send: vec![id(1)], end: vec![id(3)], delete: vec![id(7)], differing: vec![id(4), id(5)] };
        assert_eq!(plan(&here, &there, &deleted), expected);
        assert_eq!(plan(&here, &here, &BTreeSet::new()), Plan::default());
    }
}
