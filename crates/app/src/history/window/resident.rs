//! What stays in memory between two questions: a connection, the index, and the answers to the last question.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use holdfast_history::{Database, Entry, Index, Query};

use crate::{App, AppError, Result, dto::history_page::HistoryAsk, history};

/// So long after the last question the memory is given back.
const KEPT: Duration = Duration::from_secs(5 * 60);

/// The history of this computer as the page looks at it. Empty until the first question.
#[derive(Default)]
pub struct Resident {
    open: Arc<Mutex<Open>>,
    problem: Mutex<Option<AppError>>,
}

impl std::fmt::Debug for Resident {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Resident").finish_non_exhaustive()
    }
}

#[derive(Default)]
pub(super) struct Open {
    database: Option<Database>,
    index: Loading,
    version: i64,
    answered: Option<(HistoryAsk, Arc<[u32]>)>,
    asked: Option<Instant>,
}

#[derive(Default)]
enum Loading {
    #[default]
    NotBegun,
    Begun,
    Done(Box<Index>),
}

/// Places in the index.
pub(super) enum Answers {
    All(Arc<[u32]>),
    /// The index is being loaded.
    NotYet,
}

impl Resident {
    /// Looks at the open history on a thread that may wait. The first look begins to load the index.
    pub(super) async fn look<T: Send + 'static>(
        &self,
        app: &App,
        work: impl FnOnce(&mut Looking<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (open, home) = (self.open.clone(), app.home.paths.clone());
        let done = tokio::task::spawn_blocking(move || {
            let mut held = lock(&open);
            held.asked = Some(Instant::now());
            let database = match held.database.take() {
                Some(database) => database,
                None => history::database_of(&home)?,
            };
            if matches!(held.index, Loading::NotBegun) {
                held.index = Loading::Begun;
                let (open, home) = (open.clone(), home.clone());
                std::thread::spawn(move || load(&open, &home));
            }
            let outcome = work(&mut Looking { open: &mut held, database: &database });
            held.database = Some(database);
            outcome
        });
        done.await.map_err(AppError::internal)?
    }

    /// Gives the memory back when nobody asked for a while.
    pub(super) fn rest(&self) {
        let mut open = lock(&self.open);
        if open.asked.is_some_and(|asked| asked.elapsed() > KEPT) {
            *open = Open::default();
        }
    }

    /// Why the last exchange in the background failed.
    pub(super) fn problem(&self) -> Option<AppError> {
        lock(&self.problem).clone()
    }

    pub(super) fn set_problem(&self, problem: Option<AppError>) {
        *lock(&self.problem) = problem;
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Loads with a connection of its own, so that questions are answered meanwhile.
fn load(open: &Mutex<Open>, paths: &crate::paths::Paths) {
    let loaded = history::database_of(paths).and_then(|database| Ok(Index::load(&database)?));
    let mut open = lock(open);
    open.index = match loaded {
        // Nobody waits for it any more.
        Ok(_) if matches!(open.index, Loading::NotBegun) => Loading::NotBegun,
        Ok(index) => Loading::Done(Box::new(index)),
        Err(_) => Loading::NotBegun,
    };
    (open.version, open.answered) = (-1, None);
}

/// The open history, for one question.
pub(super) struct Looking<'a> {
    open: &'a mut Open,
    database: &'a Database,
}

impl<'a> Looking<'a> {
    pub(super) fn database(&self) -> &'a Database {
        self.database
    }

    /// The index with everything that came since; none while it is loaded.
    pub(super) fn index(&mut self) -> Result<Option<&Index>> {
        let Loading::Done(index) = &mut self.open.index else { return Ok(None) };
        let version = self.database.version()?;
        if version != self.open.version {
            index.refresh(self.database)?;
            index.forget_deleted(self.database)?;
            (self.open.version, self.open.answered) = (version, None);
        }
        Ok(Some(index))
    }

    /// The answers; those to the last question are kept until the history changes.
    pub(super) fn answers(&mut self, ask: &HistoryAsk, queries: &[Query]) -> Result<Answers> {
        if self.index()?.is_none() {
            return Ok(Answers::NotYet);
        }
        if let Some((asked, places)) = &self.open.answered
            && asked == ask
        {
            return Ok(Answers::All(places.clone()));
        }
        let Loading::Done(index) = &self.open.index else { return Ok(Answers::NotYet) };
        let places: Arc<[u32]> = index.answers(self.database, queries)?.into();
        self.open.answered = Some((ask.clone(), places.clone()));
        Ok(Answers::All(places))
    }

    pub(super) fn read(&self, places: &[u32]) -> Result<Vec<Entry>> {
        match &self.open.index {
            Loading::Done(index) => Ok(index.read(self.database, places)?),
            Loading::NotBegun | Loading::Begun => Ok(Vec::new()),
        }
    }

    /// How many entries there are.
    pub(super) fn total(&mut self) -> Result<u64> {
        match self.index()? {
            Some(index) => Ok(index.len() as u64),
            None => Ok(self.database.count()?),
        }
    }
}
