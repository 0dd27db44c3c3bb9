//! The one thread that changes a store: it takes what waits, publishes it together, and answers when it is durable.
//!
//! A batch is: note the keys (committed), then in one exclusive transaction check conditions, rename, sync the changed
//! folders, change the rows, drop the notes, note the next batch's keys, commit. Killed anywhere in between, the notes
//! say which keys must be compared with their files when the folder is opened next. The transaction is the arbiter
//! between processes; the thread is the one between tasks.

use std::{path::PathBuf, sync::Arc};

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::{
    index, layout::remove_file, owner::OwnerLock, place::Places, settle::Cause, shared::Shared, stage::Staged,
};
use crate::{DeleteOptions, Deleted, ETag, Error, Key, Result, Versioning, Written};

/// How many operations share a commit at most.
const BATCH: usize = 256;
/// How many may wait.
pub(crate) const QUEUE: usize = 1024;

/// Conditions of a write.
#[derive(Debug, Clone, Default)]
pub(crate) struct Conditions {
    pub if_absent: bool,
    pub if_match: Option<ETag>,
}

/// One change of the store.
#[derive(Debug)]
pub(crate) enum Change {
    /// Publish staged content.
    Put { key: Key, staged: Staged, conditions: Conditions },
    /// Remove, with a marker at hand in case versions are kept.
    Delete { key: Key, options: DeleteOptions, marker: Option<Staged> },
    /// Compare a key with its files; `location` is where a file was seen.
    Settle { key: String, location: Option<String> },
    /// Switch the keeping of versions.
    Versioning(Versioning),
}

impl Change {
    pub(crate) fn key(&self) -> &str {
        match self {
            Self::Put { key, .. } | Self::Delete { key, .. } => key.as_str(),
            Self::Settle { key, .. } => key,
            Self::Versioning(_) => "",
        }
    }
}

/// What a change led to.
#[derive(Debug)]
pub(crate) enum Outcome {
    Written(Written),
    Deleted(Deleted),
    Done,
}

/// A change and who waits for it.
#[derive(Debug)]
pub(crate) struct Op {
    pub change: Change,
    pub reply: oneshot::Sender<Result<Outcome>>,
}

impl Op {
    pub fn new(change: Change) -> (Self, oneshot::Receiver<Result<Outcome>>) {
        let (reply, answer) = oneshot::channel();
        (Self { change, reply }, answer)
    }
}

/// The state of the writing thread.
pub(crate) struct Writer {
    pub(super) shared: Arc<Shared>,
    pub(super) db: Connection,
    pub(super) places: Places,
    pub(super) versioning: Versioning,
    /// Files to be removed once the commit is done.
    pub(super) doomed: Vec<PathBuf>,
    ops: mpsc::Receiver<Op>,
    /// A commit failed after files were moved: the noted keys must be compared before anything else.
    unsettled: bool,
    lock: OwnerLock,
}

impl Writer {
    pub fn new(shared: Arc<Shared>, db: Connection, ops: mpsc::Receiver<Op>, lock: OwnerLock) -> Self {
        let versioning = shared.versioning();
        let (places, doomed) = (Places::default(), Vec::new());
        Self { shared, db, places, versioning, doomed, ops, unsettled: false, lock }
    }

    /// Works until every sender is gone.
    pub fn run(mut self) {
        let (mut batch, mut noted) = (Vec::new(), false);
        loop {
            if batch.is_empty() {
                noted = false;
                match self.ops.blocking_recv() {
                    Some(op) => batch.push(op),
                    None => break,
                }
                self.drain(&mut batch);
            }
            (batch, noted) = self.commit(batch, noted);
        }
        if let Err(error) = self.db.execute_batch("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA optimize;") {
            tracing::debug!(%error, "the folder's index was not tidied on closing");
        }
        if self.lock.relies()
            && let Err(error) = index::sync(&self.shared.layout)
        {
            tracing::warn!(%error, "the folder's index is not durable: it is rebuilt if the computer goes off");
            self.lock.stay();
        }
    }

    fn drain(&mut self, batch: &mut Vec<Op>) {
        while batch.len() < BATCH {
            match self.ops.try_recv() {
                Ok(op) => batch.push(op),
                Err(_) => return,
            }
        }
    }

    /// Carries out a batch. Returns the next one, and whether its keys are noted already.
    fn commit(&mut self, batch: Vec<Op>, noted: bool) -> (Vec<Op>, bool) {
        if let Err(error) = self.shared.check_open().and_then(|()| self.begin(&batch, noted)) {
            self.roll_back();
            answer_all(batch.into_iter().map(|op| op.reply), &error);
            return (Vec::new(), false);
        }
        let answers: Vec<_> = batch.into_iter().map(|op| (self.apply(op.change), op.reply)).collect();
        let mut next = Vec::new();
        self.drain(&mut next);
        match self.end(&next) {
            Ok(()) => {
                self.remove_doomed();
                for (answer, reply) in answers {
                    let _ = reply.send(answer);
                }
                (next, true)
            }
            Err(error) => {
                self.unsettled = true;
                self.roll_back();
                answer_all(answers.into_iter().map(|(_, reply)| reply), &error);
                (next, false)
            }
        }
    }

    fn begin(&mut self, batch: &[Op], noted: bool) -> Result<()> {
        if !noted {
            self.db.execute_batch("BEGIN IMMEDIATE")?;
            self.note(batch)?;
            self.db.execute_batch("COMMIT")?;
        }
        self.db.execute_batch("BEGIN IMMEDIATE")?;
        self.versioning = self.shared.layout.versioning()?;
        self.shared.remember_versioning(self.versioning);
        if self.unsettled {
            let owner = self.shared.owner.clone();
            for (_, key) in index::intents(&self.db)?.into_iter().filter(|(by, _)| *by == owner) {
                self.settle(&key, None, Cause::Crash)?;
            }
            self.unsettled = false;
        }
        Ok(())
    }

    fn note(&self, batch: &[Op]) -> Result<()> {
        let keys = batch.iter().map(|op| op.change.key()).filter(|key| !key.is_empty());
        keys.into_iter().try_for_each(|key| index::announce(&self.db, &self.shared.owner, key))
    }

    fn end(&mut self, next: &[Op]) -> Result<()> {
        self.places.sync().map_err(|e| self.shared.layout.failed("making changed folders durable", e))?;
        index::settle(&self.db, &self.shared.owner)?;
        self.note(next)?;
        Ok(self.db.execute_batch("COMMIT")?)
    }

    fn roll_back(&mut self) {
        self.doomed.clear();
        if !self.db.is_autocommit()
            && let Err(error) = self.db.execute_batch("ROLLBACK")
        {
            tracing::error!(%error, "a failed change of the folder's index was not rolled back");
        }
    }

    fn remove_doomed(&mut self) {
        for path in self.doomed.drain(..) {
            if let Err(error) = remove_file(&path) {
                tracing::debug!(%error, "a record that nothing needs any more stayed behind");
            }
        }
    }

    fn apply(&mut self, change: Change) -> Result<Outcome> {
        let key = change.key().to_owned();
        let answer = match change {
            Change::Put { key, staged, conditions } => self.put(&key, staged, &conditions).map(Outcome::Written),
            Change::Delete { key, options, marker } => self.delete(&key, &options, marker).map(Outcome::Deleted),
            Change::Settle { key, location } => {
                self.settle(&key, location.as_deref(), Cause::Hand).map(|()| Outcome::Done)
            }
            Change::Versioning(versioning) => self.switch_versioning(versioning).map(|()| Outcome::Done),
        };
        if let Err(error @ (Error::Io { .. } | Error::Index(_))) = &answer {
            self.shared.note_damage(error);
            if let Err(error) = self.settle(&key, None, Cause::Crash) {
                tracing::error!(%error, "a key could not be compared with its files after a failed change");
            }
        }
        answer
    }

    fn switch_versioning(&mut self, versioning: Versioning) -> Result<()> {
        if versioning == Versioning::Off && self.versioning != Versioning::Off {
            return Err(Error::NotSupported { action: "PutBucketVersioning (Off)" });
        }
        self.shared.layout.set_versioning(versioning)?;
        self.shared.remember_versioning(versioning);
        self.versioning = versioning;
        Ok(())
    }
}

fn answer_all(replies: impl Iterator<Item = oneshot::Sender<Result<Outcome>>>, error: &Error) {
    for reply in replies {
        let _ = reply.send(Err(error.clone()));
    }
}
