//! What the agent remembers of a set while it runs. It decides and does nothing by itself.

use std::time::Duration;

use holdfast_backup::watch::Waiting;

use super::{
    decide,
    retry::{self, Retry},
    watching::SetWatch,
    work::Done,
};
use crate::{Result, dto::log::RunTrigger};

/// So many failures in a row are tried again soon.
const FAILURES: u32 = 3;

/// What is remembered of a set.
#[derive(Debug, Default)]
pub(super) struct SetState {
    /// Its queue and watcher, where it is watched.
    pub watch: Option<SetWatch>,
    /// When a watch that does not work is begun again.
    pub watch_again: Option<Duration>,
    /// Its folder was found not to answer.
    pub silent: bool,
    /// A run is under way.
    pub busy: bool,
    /// A look at the whole folder is wanted.
    pub rescan: Option<RunTrigger>,
    /// When the whole folder was looked at last.
    pub looked: Option<Duration>,
    /// What is tried again.
    pub retry: Option<Retry>,
    /// When nothing may begin by itself before.
    pub not_before: Option<Duration>,
    failures: u32,
    trouble: Option<Duration>,
}

/// A run that ended.
pub(super) struct Ended {
    /// Of which set.
    pub set: String,
    /// What it was.
    pub what: Began,
    /// What came of it.
    pub outcome: Result<Done>,
}

/// What had begun.
pub(super) enum Began {
    /// A look at the whole folder, with the mark of the queue.
    Whole { mark: Option<i64> },
    /// Another attempt.
    Retry(Retry),
    /// What waited in the queue.
    Round(Vec<Waiting>),
    /// A drill.
    Drill,
    /// What a person asked for; of the whole folder with the mark of the queue.
    Ordered { whole_mark: Option<Option<i64>> },
}

impl SetState {
    /// After failures in a row the whole folder is looked at once an hour, not again and again.
    pub fn may_look_again(&self, now: Duration) -> bool {
        self.failures < FAILURES || self.looked.is_none_or(|looked| now >= looked + decide::RESCAN_EVERY)
    }

    /// The queue could not be read or written. What was heard may be lost with it: it is opened anew, which looks at the
    /// whole folder, at once the first time and then as often as a folder that cannot be watched.
    pub fn in_trouble(&mut self, now: Duration) {
        self.watch = None;
        let next = self.trouble.map(|before| before + decide::RESCAN_UNWATCHED);
        self.watch_again = Some(next.filter(|next| now < *next).unwrap_or(now));
        self.trouble = Some(now);
    }

    /// What follows from a run that ended.
    pub fn note(&mut self, what: &Began, done: Done, pauses: &[Duration], now: Duration) {
        let failed = done.error.is_some();
        let (before, whole) = match what {
            Began::Whole { .. } => (None, true),
            Began::Ordered { whole_mark } => (None, whole_mark.is_some()),
            Began::Retry(retry) => (Some(retry), retry.what == retry::What::Whole),
            Began::Round(_) => (None, false),
            Began::Drill => return,
        };
        if whole {
            // Also after a failure: the next look comes when its time has come, not in a loop.
            self.looked = Some(now);
        }
        if done.held {
            self.rescan = Some(RunTrigger::Watch);
        }
        self.failures = if failed { self.failures + 1 } else { 0 };
        self.not_before = failed.then(|| now + retry::back_off(self.failures));
        let may_help = done.error.as_ref().is_some_and(|error| error.retryable);
        let left = match failed {
            true if whole && may_help => retry::What::Whole,
            true => return,
            false => retry::What::Paths(done.left),
        };
        let next = retry::next(before, left, pauses, now);
        if whole || before.is_some() || next.is_some() {
            self.retry = next;
        }
    }
}
