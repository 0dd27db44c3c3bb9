//! Operations that are no set's in the log: a folder that is backed up or brought back once.

use jiff::Timestamp;

use super::{Ended, NewRun, Scope};
use crate::{
    App, Result,
    dto::{
        log::{RunKind, RunResult, RunTrigger},
        run::{RestoreResult, RunState, SyncResult, VerifyResult},
    },
    operations::{Session, Underway},
};

/// What a log entry takes from a result.
pub trait Logged {
    /// How it ended.
    fn ended(&self, at: Timestamp) -> Ended;
}

fn result_of(state: RunState) -> RunResult {
    match state {
        RunState::Complete => RunResult::Complete,
        RunState::Partial => RunResult::Partial,
        RunState::Cancelled => RunResult::Cancelled,
    }
}

impl Logged for SyncResult {
    fn ended(&self, at: Timestamp) -> Ended {
        Ended {
            files: self.files_uploaded,
            planned: self.files_uploaded + self.files_copied + self.failures.len() as u64,
            removed: self.files_deleted,
            copied: self.files_copied,
            bytes: self.bytes_transferred,
            requests: self.requests.clone(),
            cost: self.cost_usd,
            failures: self.failures.clone(),
            notices: self.notices.clone(),
            ..Ended::bare(at, result_of(self.state))
        }
    }
}

impl Logged for VerifyResult {
    fn ended(&self, at: Timestamp) -> Ended {
        Ended {
            files: self.proven + self.unproven,
            planned: self.checked,
            bytes: self.bytes_transferred,
            requests: self.requests.clone(),
            cost: self.cost_usd,
            failures: self.failures.clone(),
            ..Ended::bare(at, result_of(self.state))
        }
    }
}

impl Logged for RestoreResult {
    fn ended(&self, at: Timestamp) -> Ended {
        Ended {
            files: self.files_downloaded,
            planned: self.files_downloaded + self.failures.len() as u64,
            bytes: self.bytes_transferred,
            requests: self.requests.clone(),
            cost: self.cost_usd,
            failures: self.failures.clone(),
            ..Ended::bare(at, result_of(self.state))
        }
    }
}

impl App {
    /// Carries out an operation on `folder` and writes it into the log. A log that cannot be written stops nothing.
    pub async fn logged<T: Logged>(
        &self,
        kind: RunKind,
        session: &Session,
        run: &Underway,
        folder: &str,
        work: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        let began = self.begin_operation(kind, session, run, folder);
        let outcome = work.await;
        let at = Timestamp::now();
        let ended = match &outcome {
            Ok(result) => result.ended(at),
            Err(error) => Ended::failed(at, error),
        };
        let written = began.and_then(|()| self.log()?.end(&run.id, &ended, Scope::Paths(&[])));
        if let Err(error) = written {
            tracing::warn!(%error, "the run log could not be written");
        }
        outcome
    }

    fn begin_operation(&self, kind: RunKind, session: &Session, run: &Underway, folder: &str) -> Result<()> {
        self.log()?.begin(&NewRun {
            id: run.id.clone(),
            set: None,
            kind,
            trigger: RunTrigger::Person,
            place: session.location.clone(),
            folder: Some(folder.to_owned()),
            whole: true,
            started: Timestamp::now(),
        })
    }
}
