//! Which records changed since this process looked last. The tables note it by themselves with every write, so that no way
//! of writing can forget it.

use std::collections::BTreeSet;

use rusqlite::{Connection, Transaction, TransactionBehavior};
use uuid::Uuid;

use super::{FORMAT, Local, TOUCHED, uuid};
use crate::Result;

/// Adds to a database of format 1 what format 2 has, once also when several processes try.
pub(super) fn begin(conn: &Connection) -> Result<()> {
    let transaction = Transaction::new_unchecked(conn, TransactionBehavior::Immediate)?;
    if transaction.pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0))? == 1 {
        transaction.execute_batch(&format!("{TOUCHED} PRAGMA user_version = {FORMAT};"))?;
    }
    Ok(transaction.commit()?)
}

/// The number of the last change; 0 while there was none.
pub(super) fn last(conn: &Connection) -> Result<i64> {
    let mut find = conn.prepare_cached("SELECT coalesce(max(sequence), 0) FROM touched")?;
    Ok(find.query_row([], |row| row.get(0))?)
}

impl Local {
    /// Records of which another process wrote or dropped a version since this was asked last, as member and record; `None`
    /// when there were too many to be noted.
    pub(crate) fn take_touched(&mut self) -> Result<Option<BTreeSet<(Uuid, Uuid)>>> {
        let transaction = self.conn.transaction()?;
        let known = self.touched;
        let mut find = transaction.prepare_cached("SELECT coalesce(min(sequence), 1) FROM touched")?;
        let first: i64 = find.query_row([], |row| row.get(0))?;
        let mut find = transaction.prepare_cached("SELECT member, record FROM touched WHERE sequence > ?1")?;
        let touched = find.query_map([known], |row| Ok((uuid(row, 0)?, uuid(row, 1)?)))?;
        let touched = touched.collect::<Result<BTreeSet<_>, _>>()?;
        self.touched = last(&transaction)?;
        Ok((first <= known + 1).then_some(touched))
    }
}
