//! The operations under way, by id, so that any of them can be cancelled, paused and shown.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use holdfast_storage::layer::{Layer, Request};
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use crate::{
    AppError, ErrorCode, Result,
    dto::{log::RunKind, overview::OperationView},
    error::shown,
};

/// Operations under way. Cheap to clone; all clones see the same.
#[derive(Debug, Clone, Default)]
pub struct Running {
    all: Arc<Mutex<BTreeMap<String, Operation>>>,
    ended: Arc<Notify>,
}

#[derive(Debug)]
struct Operation {
    cancel: CancellationToken,
    gate: Arc<Gate>,
    told: Option<(RunKind, String, Option<String>)>,
}

/// Where the requests of an operation wait while it is paused.
#[derive(Debug)]
pub struct Gate {
    paused: watch::Sender<bool>,
}

/// An operation under way; it ends when this is dropped.
#[derive(Debug)]
pub struct Underway {
    running: Running,
    /// Its id.
    pub id: String,
    /// Stops it.
    pub cancel: CancellationToken,
    /// Holds its requests back while it is paused.
    pub gate: Arc<Gate>,
}

impl Default for Gate {
    fn default() -> Self {
        Self { paused: watch::Sender::new(false) }
    }
}

#[async_trait]
impl Layer for Gate {
    async fn before(&self, _: Request<'_>) -> holdfast_storage::Result<()> {
        let mut paused = self.paused.subscribe();
        let _open_or_gone = paused.wait_for(|paused| !paused).await;
        Ok(())
    }
}

impl Running {
    /// Begins an operation under this id, or a new one.
    pub fn begin(&self, id: Option<String>) -> Underway {
        let id = id.filter(|id| !id.is_empty()).unwrap_or_else(super::new_operation_id);
        let (cancel, gate) = (CancellationToken::new(), Arc::new(Gate::default()));
        let operation = Operation { cancel: cancel.clone(), gate: gate.clone(), told: None };
        self.lock().insert(id.clone(), operation);
        Underway { running: self.clone(), id, cancel, gate }
    }

    /// Asks an operation to stop. `false` when there is none of this id.
    pub fn cancel(&self, id: &str) -> bool {
        self.lock().get(id).map(|operation| operation.cancel.cancel()).is_some()
    }

    /// Asks all to stop.
    pub fn cancel_all(&self) {
        self.lock().values().for_each(|operation| operation.cancel.cancel());
    }

    /// Holds an operation's requests back, or lets them go on. What is on its way arrives.
    pub fn pause(&self, id: &str, paused: bool) -> Result<()> {
        match self.lock().get(id) {
            Some(operation) => {
                operation.gate.paused.send_replace(paused);
                Ok(())
            }
            None => Err(AppError::config(
                ErrorCode::NoOperation,
                format!("there is no operation “{}” any more", shown(id)),
                "it has ended; the run log says how",
            )),
        }
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

    /// Every operation that was given a title.
    pub fn list(&self) -> Vec<OperationView> {
        let all = self.lock();
        let told = all.iter().filter_map(|(id, operation)| Some((id, operation, operation.told.clone()?)));
        told.map(|(id, operation, (kind, title, set_id))| OperationView {
            operation_id: id.clone(),
            kind,
            title,
            set_id,
            paused: *operation.gate.paused.borrow(),
        })
        .collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Operation>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Underway {
    /// Does `work` until it is done or somebody asks to stop; what it had begun is dropped then.
    pub async fn or_cancelled<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        tokio::select! {
            done = work => done,
            () = self.cancel.cancelled() => Err(AppError::cancelled()),
        }
    }

    /// Gives it a title, so that people see it.
    pub fn titled(self, kind: RunKind, title: impl Into<String>, set_id: Option<String>) -> Self {
        if let Some(operation) = self.running.lock().get_mut(&self.id) {
            operation.told = Some((kind, title.into(), set_id));
        }
        self
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
    use std::time::Duration;

    use holdfast_storage::{ListRequest, layer::Layered, memory::MemoryStore};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_paused_operation_sends_nothing_until_it_goes_on() {
        let running = Running::default();
        let run = running.begin(None).titled(RunKind::Backup, "Documents", None);
        let store = Layered::wrap(Arc::new(MemoryStore::new()), run.gate.clone());
        running.pause(&run.id, true).unwrap();
        assert!(running.list()[0].paused);
        let request = ListRequest::default();
        assert!(tokio::time::timeout(Duration::from_secs(60), store.list(&request)).await.is_err());
        running.pause(&run.id, false).unwrap();
        store.list(&request).await.unwrap();
        let id = run.id.clone();
        drop(run);
        assert_eq!(running.pause(&id, true).unwrap_err().code, ErrorCode::NoOperation);
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
