//! Beside the agent: keeps the ledger, makes room, and reports.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::{Duration, Instant},
};

use holdfast_backup::{index::Index, lock::RunLock};
use jiff::Timestamp;
use tokio::{sync::mpsc, task::JoinHandle, time::MissedTickBehavior};
use tokio_util::sync::CancellationToken;

use super::{Headless, Ledger, ledger::Place, report::Reporter};
use crate::{
    Result,
    agent::{self, Agent, AgentEvents, AgentOptions, SystemClock},
    dto::{
        log::{RunKind, RunResult, RunView},
        overview::ChangedWhat,
        run::ProgressEvent,
    },
    system::ThisSystem,
};

/// A report is looked at so often; it is sent only when it says something new.
const REPORT_EVERY: Duration = Duration::from_secs(10 * 60);

/// Room is made in a folder so often at most.
const CLEAN_EVERY: Duration = Duration::from_secs(60 * 60);

/// Where a run was under way, room is made so much later.
const TRY_AGAIN: Duration = Duration::from_secs(5);

/// An agent without a window, at work.
#[derive(Debug)]
pub struct Running {
    headless: Arc<Headless>,
    agent: Agent,
    keeper: JoinHandle<()>,
    stop: mpsc::UnboundedSender<Told>,
    _seen: RunLock,
}

/// What the keeper is told.
#[derive(Debug)]
enum Told {
    /// A backup of this set ended.
    Ended(String),
    /// Finish.
    Stop,
}

/// Passes on what the agent does, and tells the keeper.
struct Events {
    outer: Arc<dyn AgentEvents>,
    keeper: mpsc::UnboundedSender<Told>,
}

impl AgentEvents for Events {
    fn changed(&self, what: ChangedWhat) {
        self.outer.changed(what);
    }

    fn progress(&self, kind: RunKind, event: ProgressEvent) {
        self.outer.progress(kind, event);
    }

    fn ended(&self, run: &RunView) {
        // A run that failed as a whole may have sent files, too.
        let ran = run.result != RunResult::Skipped;
        if let (RunKind::Backup, true, Some(set)) = (run.kind, ran, &run.set_id) {
            let _gone = self.keeper.send(Told::Ended(set.clone()));
        }
        self.outer.ended(run);
    }
}

impl Running {
    /// Begins to watch, send and report.
    ///
    /// # Errors
    /// `agent_running` when another agent has the same database.
    pub async fn start(headless: Headless, events: Arc<dyn AgentEvents>) -> Result<Self> {
        // The agent that runs looks at what is set up: another start must not change it.
        drop(agent::take_turn(&headless.app)?);
        headless.set_up().await?;
        let ledger = Ledger::open(&headless.database)?;
        let reporter = headless.gateway().await?.map(Reporter::new);
        let headless = Arc::new(headless);
        let (keeper, told) = mpsc::unbounded_channel();
        let events = Arc::new(Events { outer: events, keeper: keeper.clone() });
        let (system, clock) = (Arc::new(ThisSystem::default()), Arc::new(SystemClock::default()));
        let agent = Agent::start(headless.app.clone(), AgentOptions { events, system, clock })?;
        let seen = RunLock::wait(&headless.app.home.paths.agent_seen())?;
        let work = Keeper {
            headless: headless.clone(),
            ledger: Arc::new(ledger),
            reporter,
            cleaned: BTreeMap::new(),
            crowded: BTreeSet::new(),
        };
        let task = tokio::spawn(work.run(told));
        Ok(Self { headless, agent, keeper: task, stop: keeper, _seen: seen })
    }

    /// Stops: runs end, what waits stays in the queue, and the day is reported.
    pub async fn stop(self) {
        self.agent.stop().await;
        let _gone = self.stop.send(Told::Stop);
        let _ended = self.keeper.await;
        self.headless.app.shut_down().await;
    }
}

struct Keeper {
    headless: Arc<Headless>,
    ledger: Arc<Ledger>,
    reporter: Option<Reporter>,
    cleaned: BTreeMap<String, Instant>,
    /// Folders in which room is to be made.
    crowded: BTreeSet<String>,
}

impl Keeper {
    async fn run(mut self, mut told: mpsc::UnboundedReceiver<Told>) {
        let mut report = tokio::time::interval(REPORT_EVERY);
        report.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let done = tokio::select! {
                next = told.recv() => match next {
                    Some(Told::Ended(set)) => self.take_over(&set).await,
                    Some(Told::Stop) | None => break,
                },
                _ = report.tick() => self.report().await,
                () = tokio::time::sleep(TRY_AGAIN), if !self.crowded.is_empty() => self.make_room().await,
            };
            if let Err(error) = done {
                tracing::warn!(%error, "beside the backups something could not be done");
            }
        }
        if let Err(error) = self.report().await {
            tracing::info!(%error, "the day could not be reported; the next start tells it");
        }
    }

    async fn take_over(&mut self, id: &str) -> Result<()> {
        let Some((_, watch)) = self.headless.watches.iter().find(|(ours, _)| ours == id) else { return Ok(()) };
        let session = self.headless.app.session(Some(super::PROFILE)).await?;
        let request = self.headless.app.home.sets.load()?.expect(id)?.request(None);
        let set = request.set(&session, &CancellationToken::new()).await?;
        let (ledger, watch, id_here) = (self.ledger.clone(), watch.clone(), id.to_owned());
        let now = Timestamp::now();
        let index = set.index_path().to_owned();
        if !index.exists() {
            return Ok(());
        }
        let write = move || {
            let place = Place { watch: &id_here, folder: &watch.local_path, prefix: &watch.remote_prefix };
            ledger.take_over(place, &Index::open(&index)?.0, now.as_second())
        };
        tokio::task::spawn_blocking(write).await.map_err(crate::AppError::internal)??;
        if self.cleaned.get(id).is_some_and(|at| at.elapsed() < CLEAN_EVERY) {
            return Ok(());
        }
        self.crowded.insert(id.to_owned());
        self.make_room().await
    }

    /// Where a run is under way it is tried again soon.
    async fn make_room(&mut self) -> Result<()> {
        for id in std::mem::take(&mut self.crowded) {
            match self.headless.clean_up(&id, &self.ledger, Timestamp::now()).await? {
                true => drop(self.cleaned.insert(id, Instant::now())),
                false => drop(self.crowded.insert(id)),
            }
        }
        Ok(())
    }

    async fn report(&mut self) -> Result<()> {
        match &mut self.reporter {
            Some(reporter) => reporter.tell(&self.headless, &self.ledger, Timestamp::now()).await,
            None => Ok(()),
        }
    }
}
