//! The operations under way, by id, so that any of them can be cancelled.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// Operations under way. Cheap to clone; all clones see the same.
#[derive(Debug, Clone, Default)]
pub struct Running {
    tokens: Arc<Mutex<HashMap<String, CancellationToken>>>,
    ended: Arc<Notify>,
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

    /// Waits until none is under way.
    pub async fn all_ended(&self) {
        loop {
            let one_more = self.ended.notified();
            if self.lock().is_empty() {
                return;
            }
            one_more.await;
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, CancellationToken>> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Underway {
    fn drop(&mut self) {
        self.running.lock().remove(&self.id);
        self.running.ended.notify_waiters();
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

    #[tokio::test(start_paused = true)]
    async fn all_have_ended_when_the_last_one_has() {
        let running = Running::default();
        running.all_ended().await;
        let (one, two) = (running.begin(None), running.begin(None));
        let waiting = tokio::spawn({
            let running = running.clone();
            async move { running.all_ended().await }
        });
        tokio::task::yield_now().await;
        drop(one);
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        drop(two);
        waiting.await.expect("it ends");
    }
}
