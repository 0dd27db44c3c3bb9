//! The loop of the agent: looks at sets and clocks, asks [`super::decide`], and begins what it says. Runs go on beside it.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use holdfast_backup::{lock::RunLock, schedule::SystemFacts};
use jiff::{Timestamp, tz::TimeZone};
use tokio::{
    sync::{Notify, mpsc},
    task::{JoinHandle, JoinSet},
};
use tokio_util::sync::CancellationToken;

use super::{
    decide::{self, Action, Now, SetFacts},
    listening::Listening,
    retry,
    set_state::{Began, Ended, SetState},
    watching::SetWatch,
    work::{self, Done, Order, What},
};
use crate::{
    App, AppError, ErrorCode, Result,
    bandwidth::KeptInTime,
    disk,
    dto::{
        log::{RunKind, RunTrigger, RunView},
        overview::ChangedWhat,
        run::ProgressEvent,
    },
    operations::{event_sink, new_operation_id},
    run_log::{Fact, NewRun},
    schedules::hold_words,
    sets::{KeptSet, SetPlan, Sets},
    settings::KeptSettings,
    system::SystemProbe,
};

/// The longest time between two looks.
const LONGEST: Duration = Duration::from_secs(30);
/// The shortest: events of a busy folder are taken in batches.
const SHORTEST: Duration = Duration::from_millis(250);
/// Runs of different sets at once.
const RUNS_AT_ONCE: usize = 4;
/// The run log is thinned so often.
const THIN_EVERY: Duration = Duration::from_secs(24 * 60 * 60);

/// Hears what the agent does. Called from its tasks: must return quickly.
pub trait AgentEvents: Send + Sync + 'static {
    /// Something that is shown changed.
    fn changed(&self, what: ChangedWhat);
    /// How far a run is.
    fn progress(&self, kind: RunKind, event: ProgressEvent);
    /// A run ended, or was skipped.
    fn ended(&self, run: &RunView);
}

/// Tells the time.
pub trait Clock: Send + Sync + std::fmt::Debug + 'static {
    /// Now.
    fn now(&self) -> Now;
    /// Where the person is.
    fn tz(&self) -> TimeZone;
}

/// The system's clocks.
#[derive(Debug)]
pub struct SystemClock(Instant);

impl Default for SystemClock {
    fn default() -> Self {
        Self(Instant::now())
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Now {
        Now { wall: Timestamp::now(), since_start: self.0.elapsed() }
    }

    fn tz(&self) -> TimeZone {
        TimeZone::system()
    }
}

/// What an agent is given.
pub struct AgentOptions {
    /// Hears what it does.
    pub events: Arc<dyn AgentEvents>,
    /// Tells of power and network.
    pub system: Arc<dyn SystemProbe>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
}

/// A running agent. One at a time for one person on one computer.
#[derive(Debug)]
pub struct Agent {
    orders: mpsc::Sender<(Order, String)>,
    wake: Arc<Notify>,
    stop: CancellationToken,
    task: tokio::sync::Mutex<Option<JoinHandle<()>>>,
}

impl Agent {
    /// Begins. Runs that were cut off are written down as such.
    ///
    /// # Errors
    /// `agent_running` when another agent of this person runs.
    pub fn start(app: Arc<App>, options: AgentOptions) -> Result<Self> {
        let lock = take_turn(&app)?;
        app.log()?.mark_cut_off(is_alive)?;
        let (wake, stop) = (Arc::new(Notify::new()), CancellationToken::new());
        let (orders, coming) = mpsc::channel(64);
        let bandwidth = app.bandwidth.keep_in_time();
        let actor = Actor {
            app,
            options,
            wake: wake.clone(),
            stop: stop.clone(),
            sets: BTreeMap::new(),
            runs: JoinSet::new(),
            last: None,
            thinned: None,
            bandwidth,
            listening: Listening::default(),
            _lock: lock,
        };
        let task = tokio::spawn(actor.run(coming));
        Ok(Self { orders, wake, stop, task: tokio::sync::Mutex::new(Some(task)) })
    }

    /// Begins a run that a person asked for. Gives its operation's id.
    pub async fn order(&self, order: Order) -> Result<String> {
        let id = new_operation_id();
        let sent = self.orders.send((order, id.clone())).await;
        sent.map_err(|_| AppError::cancelled())?;
        Ok(id)
    }

    /// Looks again at once: something was changed.
    pub fn look(&self) {
        self.wake.notify_one();
    }

    /// Stops: runs are cancelled and written down.
    pub async fn stop(&self) {
        self.stop.cancel();
        if let Some(task) = self.task.lock().await.take() {
            let _ended = task.await;
        }
    }
}

/// Takes the lock that one agent at a time holds.
pub(crate) fn take_turn(app: &App) -> Result<RunLock> {
    RunLock::take(&app.home.paths.agent_lock()).map_err(|error| match error {
        holdfast_backup::Error::Busy => AppError::config(
            ErrorCode::AgentRunning,
            "another Holdfast on this computer looks after the sets already",
            "close it first, or let it do the work",
        ),
        other => other.into(),
    })
}

/// Whether a process is there.
fn is_alive(process: u32) -> bool {
    #[cfg(unix)]
    {
        let id = i32::try_from(process).ok().and_then(rustix::process::Pid::from_raw);
        process != std::process::id() && id.is_some_and(|id| rustix::process::test_kill_process(id).is_ok())
    }
    #[cfg(not(unix))]
    {
        let _ = process;
        false
    }
}

struct Actor {
    app: Arc<App>,
    options: AgentOptions,
    wake: Arc<Notify>,
    stop: CancellationToken,
    sets: BTreeMap<String, SetState>,
    runs: JoinSet<Ended>,
    last: Option<Now>,
    thinned: Option<Duration>,
    bandwidth: KeptInTime,
    listening: Listening,
    _lock: RunLock,
}

impl Actor {
    async fn run(mut self, mut orders: mpsc::Receiver<(Order, String)>) {
        let mut wait = Duration::ZERO;
        loop {
            tokio::select! {
                () = self.stop.cancelled() => break,
                () = tokio::time::sleep(wait) => {}
                () = self.wake.notified() => tokio::time::sleep(SHORTEST.min(wait)).await,
                Some((order, id)) = orders.recv() => self.obey(order, id),
                Some(Ok(ended)) = self.runs.join_next() => self.ended(ended).await,
            }
            wait = match self.look().await {
                Ok(wait) => wait.max(SHORTEST),
                Err(error) => {
                    tracing::error!(%error, "the agent could not look");
                    LONGEST
                }
            };
        }
        self.app.running.cancel_all();
        self.listening.end();
        while let Some(ended) = self.runs.join_next().await {
            if let Ok(ended) = ended {
                self.ended(ended).await;
            }
        }
    }

    /// One look at everything. Says when to look again.
    async fn look(&mut self) -> Result<Duration> {
        let now = self.options.clock.now();
        if self.last.is_some_and(|before| decide::has_slept(before, now)) {
            self.sets
                .values_mut()
                .filter(|set| set.watch.is_some())
                .for_each(|set| set.rescan = Some(RunTrigger::CatchUp));
        }
        self.last = Some(now);
        self.thin(now);
        let sets = self.app.home.sets.load()?;
        let settings = self.app.home.settings.load()?;
        self.bandwidth.follow(&settings.settings, now.wall, &self.options.clock.tz());
        self.keep_only(&sets);
        if let Err(error) = self.listening.look(&self.app, &self.options.events, &sets, now) {
            tracing::warn!(%error, "what other devices tell could not be asked for");
        }
        let plans = self.plans(&sets);
        let network = plans.iter().any(|(_, _, plan)| wants_network(&settings, plan));
        let system = self.options.system.facts(network).await;
        let mut wait = LONGEST;
        for (id, set, plan) in &plans {
            wait = wait.min(self.look_at(id, set, plan, &settings, &system, now).await);
        }
        Ok(wait)
    }

    /// The sets that can be carried out. What is wrong with another one is shown as its health; it is watched no more.
    fn plans(&mut self, sets: &Sets) -> Vec<(String, KeptSet, SetPlan)> {
        let mut plans = Vec::new();
        for (id, set) in sets.by_name() {
            match SetPlan::of(&set.draft) {
                Ok(plan) => plans.push((id.clone(), set.clone(), plan)),
                Err(wrong) => {
                    tracing::debug!(set = id, error = %wrong, "the set cannot be carried out");
                    if let Some(state) = self.sets.get_mut(id) {
                        (state.watch, state.watch_again, state.rescan) = (None, None, None);
                    }
                }
            }
        }
        plans
    }

    /// One look at a set. What goes wrong with it keeps no other set from being looked at.
    async fn look_at(
        &mut self,
        id: &str,
        set: &KeptSet,
        plan: &SetPlan,
        settings: &KeptSettings,
        system: &SystemFacts,
        now: Now,
    ) -> Duration {
        if let Err(error) = self.watch(id, set, plan, now).await {
            self.in_trouble(id, &error);
        }
        let looked = match self.facts(id, set, plan, settings) {
            Ok(facts) => self.act(id, set, facts, system, now).await,
            Err(error) => Err(error),
        };
        looked.unwrap_or_else(|error| {
            self.in_trouble(id, &error);
            LONGEST
        })
    }

    fn in_trouble(&mut self, id: &str, error: &AppError) {
        let now = self.options.clock.now().since_start;
        tracing::error!(set = id, %error, "the set could not be looked at as it should be");
        self.sets.entry(id.to_owned()).or_default().in_trouble(now);
    }

    fn thin(&mut self, now: Now) {
        if self.thinned.is_none_or(|at| now.since_start >= at + THIN_EVERY) {
            self.thinned = Some(now.since_start);
            if let Err(error) = self.app.log().and_then(|log| log.thin(now.wall)) {
                tracing::warn!(%error, "the run log could not be thinned");
            }
        }
    }

    fn keep_only(&mut self, sets: &Sets) {
        let is_set = |id: &str| sets.expect(id).is_ok();
        self.sets.retain(|id, state| is_set(id) || state.busy);
        self.app.live.keep(is_set);
    }

    /// Begins, renews or ends the watching of a set, and takes in what was heard.
    async fn watch(&mut self, id: &str, set: &KeptSet, plan: &SetPlan, now: Now) -> Result<()> {
        let (queue, wake) = (self.app.home.paths.queue(id), self.wake.clone());
        let state = self.sets.entry(id.to_owned()).or_default();
        let is_first = state.watch.is_none() && state.watch_again.is_none();
        if !set.draft.watch {
            (state.watch, state.watch_again, state.rescan) = (None, None, None);
            return Ok(());
        }
        let Ok(identity) = disk::identity(Path::new(&set.draft.folder)).await else {
            if !std::mem::replace(&mut state.silent, true) {
                tracing::warn!(set = id, "the folder does not answer");
                // A look at the whole folder says what is wrong. Watching begins anew when it answers.
                state.rescan = state.rescan.or(Some(RunTrigger::Watch));
                (state.watch, state.watch_again) = (None, Some(now.since_start));
            }
            return Ok(());
        };
        state.silent = false;
        let stale = state.watch.as_ref().is_some_and(|watch| !watch.is_current(&set.draft, identity));
        let deaf = state.watch.as_ref().is_none_or(|watch| !watch.is_watching());
        let again = deaf && state.watch_again.is_none_or(|at| now.since_start >= at);
        if (stale || again) && !state.busy {
            let why = if is_first { RunTrigger::Start } else { RunTrigger::Watch };
            if stale || is_first {
                state.rescan = Some(state.rescan.unwrap_or(why));
            }
            state.watch = None;
            state.watch_again = Some(now.since_start + decide::RESCAN_UNWATCHED);
            let (draft, filter) = (set.draft.clone(), plan.filter.clone());
            let begin = move || SetWatch::begin(&queue, &draft, identity, filter, wake);
            state.watch = Some(disk::on_disk(Path::new(&set.draft.folder), begin).await?);
        }
        state.watch.as_ref().map_or(Ok(()), SetWatch::take_in)
    }

    fn facts(&self, id: &str, set: &KeptSet, plan: &SetPlan, settings: &KeptSettings) -> Result<SetFacts> {
        let log = self.app.log()?;
        let state = &self.sets[id];
        let pauses = [log.pause(Some(id))?, log.pause(None)?].into_iter().flatten().collect();
        let (mut queue_at, mut rescan) = (None, state.rescan);
        if let Some(watch) = &state.watch {
            let queue = watch.queue();
            queue_at = queue.next_look()?;
            rescan = rescan.or(queue.rescan_wanted()?.map(|_| RunTrigger::Watch));
        }
        rescan = rescan.filter(|_| state.may_look_again(self.options.clock.now().since_start));
        let watches = state.watch.as_ref().is_some_and(SetWatch::is_watching);
        Ok(SetFacts {
            schedule: plan.schedule.clone(),
            drill: plan.drill.clone(),
            limits: settings.settings.limits(plan, pauses),
            made: set.made,
            watch: set.draft.watch,
            busy: state.busy || self.app.live.of(id).operation.is_some(),
            stored: log.number_fact(id, Fact::StoredFiles)? > 0,
            handled: log.time_fact(id, Fact::Handled)?,
            drill_handled: log.time_fact(id, Fact::DrillHandled)?,
            rescan,
            looked: state.looked,
            believed_for: if watches { decide::RESCAN_EVERY } else { decide::RESCAN_UNWATCHED },
            retry_at: state.retry.as_ref().map(|retry| retry.at),
            queue_at,
            not_before: state.not_before,
        })
    }

    /// Does what is to be done for a set and says when to ask again.
    async fn act(
        &mut self,
        id: &str,
        set: &KeptSet,
        mut facts: SetFacts,
        system: &SystemFacts,
        now: Now,
    ) -> Result<Duration> {
        let tz = self.options.clock.tz();
        let room = self.runs.len() < RUNS_AT_ONCE;
        let action = decide::decide(&facts, system, now, &tz).filter(|_| room);
        let did = action.is_some();
        match action {
            Some(Action::Skip { kind, planned, hold, handled }) => {
                let fact = if kind == RunKind::Drill { Fact::DrillHandled } else { Fact::Handled };
                self.app.log()?.set_time_fact(id, fact, handled)?;
                self.skipped(id, set, kind, planned, &hold_words(&hold, &tz))?;
            }
            Some(Action::Round) => self.round(id, set, now).await?,
            Some(other) => {
                self.note_handled(id, &other, now)?;
                self.begin(id, other)?;
            }
            None => {}
        }
        facts.busy = self.sets[id].busy;
        self.show(id, &facts, system, now, &tz)?;
        Ok(if did && !facts.busy { Duration::ZERO } else { facts.ask_again(now, system, &tz, LONGEST) })
    }

    /// Any whole run stands for planned ones that were due.
    fn note_handled(&self, id: &str, action: &Action, now: Now) -> Result<()> {
        let log = self.app.log()?;
        match action {
            Action::Whole { .. } => log.set_time_fact(id, Fact::Handled, now.wall),
            Action::Drill => log.set_time_fact(id, Fact::DrillHandled, now.wall),
            _ => Ok(()),
        }
    }

    fn skipped(&self, id: &str, set: &KeptSet, kind: RunKind, planned: Timestamp, why: &str) -> Result<()> {
        let log = self.app.log()?;
        let run = NewRun {
            id: new_operation_id(),
            set: Some((id.to_owned(), set.draft.name.clone())),
            kind,
            trigger: RunTrigger::Schedule,
            place: self.app.place_words(&set.draft.profile),
            folder: Some(set.draft.folder.clone()),
            whole: true,
            started: planned,
        };
        log.skipped(&run, why)?;
        self.options.events.ended(&log.run(&run.id)?);
        self.changed();
        Ok(())
    }

    fn begin(&mut self, id: &str, action: Action) -> Result<()> {
        let state = self.sets.get_mut(id).ok_or_else(AppError::cancelled)?;
        // Without a mark the queue asks for another look; the run itself does not wait for that.
        let mark = state.watch.as_ref().and_then(|watch| watch.queue().rescan_mark().ok());
        let (what, trigger, began) = match action {
            Action::Whole { trigger } => {
                state.rescan = None;
                (What::Whole { confirm_removal_of: None }, trigger, Began::Whole { mark })
            }
            Action::Drill => (What::Drill { seed: work::any_seed() }, RunTrigger::Schedule, Began::Drill),
            _ => {
                let Some(retry) = state.retry.take() else { return Ok(()) };
                let what = match &retry.what {
                    retry::What::Whole => What::Whole { confirm_removal_of: None },
                    retry::What::Paths(paths) => What::Paths(paths.clone()),
                };
                (what, RunTrigger::Retry, Began::Retry(retry))
            }
        };
        self.spawn(Order { set: id.to_owned(), trigger, what }, new_operation_id(), began);
        Ok(())
    }

    /// Looks at the queue; what held still is sent.
    async fn round(&mut self, id: &str, set: &KeptSet, now: Now) -> Result<()> {
        let Some(settle) =
            self.sets.get(id).and_then(|state| state.watch.as_ref()).map(|watch| watch.settle(self.app.tuning.rules))
        else {
            return Ok(());
        };
        let settled = disk::on_disk(Path::new(&set.draft.folder), move || settle(now.since_start)).await?;
        if settled.paths.is_empty() {
            return Ok(());
        }
        let paths = settled.paths.iter().map(|waiting| waiting.path.clone()).collect();
        let order = Order { set: id.to_owned(), trigger: RunTrigger::Watch, what: What::Paths(paths) };
        self.spawn(order, new_operation_id(), Began::Round(settled.paths));
        Ok(())
    }

    fn obey(&mut self, order: Order, operation: String) {
        let state = self.sets.entry(order.set.clone()).or_default();
        let whole = matches!(order.what, What::Whole { .. });
        if whole {
            // It looks at everything: no other look is wanted after it.
            state.rescan = None;
        }
        let mark = state.watch.as_ref().and_then(|watch| watch.queue().rescan_mark().ok());
        self.spawn(order, operation, Began::Ordered { whole_mark: whole.then_some(mark) });
    }

    fn spawn(&mut self, order: Order, operation: String, what: Began) {
        let set = order.set.clone();
        self.sets.entry(set.clone()).or_default().busy = true;
        let (app, events, kind) = (self.app.clone(), self.options.events.clone(), order.what.kind());
        let run = app.running.begin(Some(operation));
        if self.stop.is_cancelled() {
            run.cancel.cancel();
        }
        self.runs.spawn(async move {
            let sink = event_sink(&run.id, move |progress| events.progress(kind, progress));
            let outcome = work::carry_out(&app, order, run, &sink).await;
            Ended { set, what, outcome }
        });
        self.changed();
    }

    async fn ended(&mut self, ended: Ended) {
        let now = self.options.clock.now().since_start;
        let Ended { set, what, outcome } = ended;
        let failed = |error: AppError| Done { error: Some(error), ..Done::default() };
        let done = outcome.unwrap_or_else(failed);
        if let Some(run) = &done.run {
            self.options.events.ended(run);
        }
        if let Some(error) = &done.error {
            tracing::info!(code = ?error.code, "a run ended with an error");
        }
        self.settle_queue(&set, &what, &done).await;
        if let Some(state) = self.sets.get_mut(&set) {
            state.busy = false;
            state.note(&what, done, &self.app.tuning.retry_pauses, now);
        }
        self.changed();
    }

    /// What was looked at leaves the queue. Nothing leaves it when the run failed or was stopped.
    async fn settle_queue(&mut self, set: &str, what: &Began, done: &Done) {
        let Some(watch) = self.sets.get(set).and_then(|state| state.watch.as_ref()) else { return };
        use crate::dto::log::RunResult::{Complete, Partial};
        let finished =
            done.error.is_none() && done.run.as_ref().is_none_or(|run| matches!(run.result, Complete | Partial));
        let outcome = match what {
            Began::Round(sent) if finished => {
                let (sent, take_out) = (sent.clone(), watch.done());
                disk::on_disk(watch.folder(), move || take_out(sent)).await
            }
            Began::Whole { mark: Some(mark) } | Began::Ordered { whole_mark: Some(Some(mark)) } if finished => {
                watch.queue().rescanned(*mark).map_err(Into::into)
            }
            _ => Ok(()),
        };
        if let Err(error) = outcome {
            self.in_trouble(set, &error);
        }
    }

    /// What is shown of a set.
    fn show(&self, id: &str, facts: &SetFacts, system: &SystemFacts, now: Now, tz: &TimeZone) -> Result<()> {
        use holdfast_backup::schedule::Decision;
        let decision = facts.planned(now.wall, system, tz);
        let next_run = match &decision {
            Decision::Next { at } => Some(*at),
            Decision::Due { planned, .. } | Decision::Waits { planned, .. } => Some(*planned),
            _ => None,
        };
        let wants = matches!(decision, Decision::Waits { .. })
            || facts.rescan.is_some()
            || facts.retry_at.is_some()
            || facts.queue_at.is_some();
        let hold = facts.limits.hold(now.wall, tz, system).filter(|_| wants);
        let watch = self.sets[id].watch.as_ref();
        let (waiting, unstable) = match watch {
            Some(watch) => {
                let queue = watch.queue();
                (queue.len()?, queue.unstable()?)
            }
            None => (0, Vec::new()),
        };
        let changed = self.app.live.update(id, |live| {
            live.next_run = next_run;
            live.waits_because = hold.map(|hold| hold_words(&hold, tz));
            live.waiting = waiting;
            live.unstable = unstable.iter().map(|path| path.display().to_string()).collect();
        });
        if changed {
            self.options.events.changed(ChangedWhat::Sets);
        }
        Ok(())
    }

    fn changed(&self) {
        for what in [ChangedWhat::Sets, ChangedWhat::Runs, ChangedWhat::Overview, ChangedWhat::Operations] {
            self.options.events.changed(what);
        }
    }
}

fn wants_network(settings: &KeptSettings, plan: &SetPlan) -> bool {
    let all = plan.conditions.and(&settings.settings.conditions.to_core());
    all.not_on_metered || !all.not_on_wifi.is_empty()
}
