//! The operations under way, by id, so that any of them can be cancelled.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use tokio_util::sync::CancellationToken;

/// Operations under way. Cheap to clone; all clones see the same.
#[derive(Debug, Clone, Default)]
pub struct Running {
    tokens: Arc<Mutex<HashMap<String, CancellationToken>>>,
}

/// An operation under way; it ends when this is dropped.
#[derive(Debug)]
pub struct Underway {
    running: Running,
    /// Its id.
    pub id: String,
    /// Stops it.
    pub cancel: CancellationToken,
}

impl Running {
    /// Begins an operation under this id, or a new one.
    pub fn begin(&self, id: Option<String>) -> Underway {
        let id = id.filter(|id| !id.is_empty()).unwrap_or_else(super::new_operation_id);
        let cancel = CancellationToken::new();
        self.lock().insert(id.clone(), cancel.clone());
        Underway { running: self.clone(), id, cancel }
    }

    /// Asks an operation to stop. `false` when there is none of this id.
    pub fn cancel(&self, id: &str) -> bool {
        self.lock().get(id).map(CancellationToken::cancel).is_some()
    }

    /// Asks all to stop.
    pub fn cancel_all(&self) {
        self.lock().values().for_each(CancellationToken::cancel);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, CancellationToken>> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Underway {
    fn drop(&mut self) {
        self.running.lock().remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_can_be_cancelled_while_it_lasts() {
        let running = Running::default();
        let one = running.begin(Some("one".into()));
        assert!(running.cancel("one") && one.cancel.is_cancelled());
        drop(one);
        assert!(!running.cancel("one"));
        assert!(!running.begin(None).id.is_empty());
    }
}
