//! What Holdfast does, the same for every front end: runs with an id, progress, cancellation and a result in numbers.

mod backup;
mod objects;
mod restore;
mod running;
mod session;
mod uploads;
mod verify;

use std::{sync::Arc, time::Instant};

use holdfast_backup::progress::{Progress, Snapshot};

pub use backup::BackupRequest;
pub use holdfast_backup::filter::Filter;
pub use restore::RestoreRequest;
pub use running::{Gate, Running, Underway};
pub use session::{Session, Speed};
pub use verify::{VerifyMode, VerifyRequest};

use crate::dto::run::ProgressEvent;

/// Where progress goes: a window's events, a terminal's bar.
pub type ProgressSink = Arc<dyn Progress>;

/// A new id for a run: sortable by time.
pub fn new_operation_id() -> String {
    uuid::Uuid::now_v7().to_string()
}

/// Turns snapshots into events with the run's id, and hands them to `emit`.
pub fn event_sink(id: &str, emit: impl Fn(ProgressEvent) + Send + Sync + 'static) -> ProgressSink {
    Arc::new(EventSink { id: id.to_owned(), emit })
}

struct EventSink<F> {
    id: String,
    emit: F,
}

impl<F: Fn(ProgressEvent) + Send + Sync + 'static> Progress for EventSink<F> {
    fn report(&self, snapshot: &Snapshot) {
        (self.emit)(ProgressEvent::of(&self.id, snapshot));
    }
}

fn elapsed_ms(since: Instant) -> u64 {
    since.elapsed().as_millis() as u64
}
