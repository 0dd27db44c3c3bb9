//! What sets are doing right now, for everybody in this process who shows it.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::{AppError, Result, dto::log::RunKind};

/// What a set is doing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Live {
    /// The run under way.
    pub operation: Option<(String, RunKind)>,
    /// Why it waits.
    pub waits_because: Option<String>,
    /// The next planned run.
    pub next_run: Option<jiff::Timestamp>,
    /// Paths in the watch queue.
    pub waiting: u64,
    /// Files that never hold still.
    pub unstable: Vec<String>,
}

/// All sets. Cheap to clone; all clones see the same.
#[derive(Debug, Clone, Default)]
pub struct LiveSets {
    all: Arc<Mutex<BTreeMap<String, Live>>>,
}

/// A run of a set; it ends when this is dropped.
#[derive(Debug)]
pub struct Turn {
    sets: LiveSets,
    set: String,
}

impl LiveSets {
    /// What a set is doing.
    pub fn of(&self, set: &str) -> Live {
        self.lock().get(set).cloned().unwrap_or_default()
    }

    /// Begins a run of a set. One at a time.
    pub fn take_turn(&self, set: &str, operation: &str, kind: RunKind) -> Result<Turn> {
        let mut all = self.lock();
        let live = all.entry(set.to_owned()).or_default();
        if live.operation.is_some() {
            return Err(AppError::from(holdfast_backup::Error::Busy));
        }
        live.operation = Some((operation.to_owned(), kind));
        Ok(Turn { sets: self.clone(), set: set.to_owned() })
    }

    /// Changes what is shown of a set. Says whether it was otherwise before.
    pub fn update(&self, set: &str, change: impl FnOnce(&mut Live)) -> bool {
        let mut all = self.lock();
        let live = all.entry(set.to_owned()).or_default();
        let before = live.clone();
        change(live);
        *live != before
    }

    /// Forgets sets that are no more.
    pub fn keep(&self, is_set: impl Fn(&str) -> bool) {
        self.lock().retain(|set, live| is_set(set) || live.operation.is_some());
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Live>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.sets.update(&self.set, |live| live.operation = None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorCode;

    #[test]
    fn a_set_has_one_run_at_a_time() {
        let sets = LiveSets::default();
        let turn = sets.take_turn("a", "1", RunKind::Backup).unwrap();
        assert_eq!(sets.take_turn("a", "2", RunKind::Drill).unwrap_err().code, ErrorCode::Busy);
        let other = sets.take_turn("b", "3", RunKind::Backup).unwrap();
        drop(turn);
        sets.take_turn("a", "2", RunKind::Drill).unwrap();
        drop(other);
    }
}
