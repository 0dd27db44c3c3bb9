//! Single runs of sets: carried out, written into the log, and told to other devices.

use std::{path::PathBuf, sync::Arc, time::Duration};

use holdfast_backup::{
    drill::{self, Sample},
    index::Index,
    name,
    plan::Brake as PlanBrake,
    progress::Tracker,
    report::{BackupReport, State},
    set::{BackupSet, Prepared},
};
use jiff::{Timestamp, tz::TimeZone};

use super::{drill_outcome, suspects::Suspects};
use crate::{
    App, AppError, PlaceRef, Result,
    dto::{
        log::{RunKind, RunResult, RunTrigger, RunView},
        plan::PlanView,
        run::SyncResult,
    },
    error::{self, Doing, count},
    operations::{ProgressSink, Session, Speed, Underway},
    run_log::{Brake, Ended, Fact, NewRun, Scope},
    sets::KeptSet,
};

/// How often, and how long apart, a run that began by itself looks whether a folder is free again.
const BUSY_LOOKS: u32 = 120;
const BUSY_PAUSE: Duration = Duration::from_millis(500);

/// What is to be done.
#[derive(Debug, Clone)]
pub enum What {
    /// Back up the whole folder.
    Whole {
        /// A person saw that so many objects would be removed and agreed.
        confirm_removal_of: Option<u64>,
    },
    /// Back up these relative paths.
    Paths(Vec<PathBuf>),
    /// Read some copies back, chosen by this seed.
    Drill {
        /// Another seed chooses others.
        seed: u64,
    },
}

/// A run to be carried out.
#[derive(Debug, Clone)]
pub struct Order {
    /// Of which set.
    pub set: String,
    /// Why.
    pub trigger: RunTrigger,
    /// What.
    pub what: What,
}

/// What came of a run.
#[derive(Debug, Default)]
pub struct Done {
    /// How it is in the log; `None` when there was nothing to do and nothing was written down.
    pub run: Option<RunView>,
    /// Why it failed as a whole.
    pub error: Option<AppError>,
    /// Files that may be done by trying again.
    pub left: Vec<PathBuf>,
    /// Whether removals were left for a look at the whole folder.
    pub held: bool,
}

/// A seed by chance, for a drill that somebody asks for.
pub fn any_seed() -> u64 {
    rand::random()
}

/// Shows what a run of a set would do. Sends nothing (one listing when the index is lost).
pub async fn preview(app: &App, id: &str, run: &Underway, sink: &ProgressSink) -> Result<PlanView> {
    let set = app.home.sets.load()?.expect(id)?.clone();
    let work = Work { app, id, set, trigger: RunTrigger::Person, run };
    let tracker = Tracker::new();
    let planned = async {
        let session = work.open().await?;
        let (_, prepared) = work.prepare(&session, &tracker, None, None).await?;
        Ok(PlanView::of_backup(&prepared.plan, &session.prices, &session.doing(Doing::Upload)))
    };
    tracker.watch(&**sink, planned).await
}

impl What {
    /// Files as the run log names them.
    pub fn of_named(paths: &[String]) -> Self {
        Self::Paths(paths.iter().map(|path| local_path(path)).collect())
    }

    /// Its kind.
    pub fn kind(&self) -> RunKind {
        match self {
            Self::Drill { .. } => RunKind::Drill,
            _ => RunKind::Backup,
        }
    }
}

/// A run under way.
struct Work<'a> {
    app: &'a App,
    id: &'a str,
    set: KeptSet,
    trigger: RunTrigger,
    run: &'a Underway,
}

/// Carries out a run. Whatever comes of it is in the log.
///
/// # Errors
/// Only what kept it from being begun: no such set, another run of it is under way, the log cannot be written.
pub async fn carry_out(app: &App, order: Order, run: Underway, sink: &ProgressSink) -> Result<Done> {
    let set = app.home.sets.load()?.expect(&order.set)?.clone();
    let kind = order.what.kind();
    let turn = app.live.take_turn(&order.set, &run.id, kind)?;
    let run = run.titled(kind, set.draft.name.clone(), Some(order.set.clone()));
    let work = Work { app, id: &order.set, set, trigger: order.trigger, run: &run };
    let tracker = Tracker::new();
    let outcome = tracker.watch(&**sink, work.go(order.what, &tracker)).await;
    drop(turn);
    outcome
}

impl Work<'_> {
    async fn go(&self, what: What, tracker: &Arc<Tracker>) -> Result<Done> {
        match what {
            What::Whole { confirm_removal_of } => {
                if self.trigger == RunTrigger::Person {
                    self.app.log()?.plan_was_seen(self.id)?;
                }
                self.begin(RunKind::Backup, true)?;
                let ended = self.whole(confirm_removal_of, tracker).await;
                self.settle(ended, Scope::Whole)
            }
            What::Paths(paths) => self.paths(paths, tracker).await,
            What::Drill { seed } => {
                self.begin(RunKind::Drill, true)?;
                let ended = self.drill(seed, tracker).await.map(|ended| (ended, Done::default()));
                self.settle(ended, Scope::Paths(&[]))
            }
        }
    }

    fn begin(&self, kind: RunKind, whole: bool) -> Result<()> {
        self.app.log()?.begin(&NewRun {
            id: self.run.id.clone(),
            set: Some((self.id.to_owned(), self.set.draft.name.clone())),
            kind,
            trigger: self.trigger,
            place: self.app.place_words(&self.set.draft.profile),
            folder: Some(self.set.draft.folder.clone()),
            whole,
            started: Timestamp::now(),
        })
    }

    fn settle(&self, outcome: Result<(Ended, Done)>, scope: Scope<'_>) -> Result<Done> {
        let (ended, mut done) = match outcome {
            Ok(outcome) => outcome,
            Err(error) => {
                let ended = Ended::failed(Timestamp::now(), &error);
                (ended, Done { error: Some(error), ..Done::default() })
            }
        };
        let log = self.app.log()?;
        log.end(&self.run.id, &ended, scope)?;
        self.follow_suspects(&ended, scope)?;
        self.remember(&ended, scope)?;
        done.run = Some(log.run(&self.run.id)?);
        Ok(done)
    }

    /// What became of the copies that the last drill found wrong, or that this one did.
    fn follow_suspects(&self, ended: &Ended, scope: Scope<'_>) -> Result<()> {
        let log = self.app.log()?;
        let mut suspects = log.suspects(self.id)?;
        match (log.run(&self.run.id)?.kind, ended.result) {
            (RunKind::Drill, RunResult::Partial) => {
                suspects = Suspects::found(ended.failures.iter().map(|failure| failure.path.clone()));
            }
            (RunKind::Drill, RunResult::Complete) => suspects = Suspects::default(),
            (RunKind::Backup, RunResult::Complete | RunResult::Partial) => {
                suspects.after_backup(scope, &ended.failures.iter().map(|failure| failure.path.as_str()).collect());
            }
            _ => return Ok(()),
        }
        log.set_suspects(self.id, &suspects)
    }

    /// When the set was last complete: after a whole run, or when the last file that was left is done.
    fn remember(&self, ended: &Ended, scope: Scope<'_>) -> Result<()> {
        let log = self.app.log()?;
        let whole = matches!(scope, Scope::Whole);
        match ended.result {
            RunResult::Partial if whole => return log.set_fact(self.id, Fact::InPart, Some("yes")),
            RunResult::Complete => {}
            _ => return Ok(()),
        }
        let is_rest = || -> Result<bool> {
            let was_in_part = log.fact(self.id, Fact::InPart)?.is_some();
            Ok(was_in_part && log.failing(self.id)?.is_empty() && log.brake(self.id)?.is_none())
        };
        if log.run(&self.run.id)?.kind == RunKind::Backup && (whole || is_rest()?) {
            log.set_fact(self.id, Fact::InPart, None)?;
            log.set_time_fact(self.id, Fact::Complete, ended.at)?;
        }
        Ok(())
    }

    async fn open(&self) -> Result<Session> {
        let bytes_per_second = self.set.draft.bytes_per_second.unwrap_or(0);
        let place = PlaceRef::Profile(Some(self.set.draft.profile.clone()));
        let opening = self.app.open(&place, Speed { bytes_per_second, jobs: self.app.tuning.jobs });
        match self.run.cancel.run_until_cancelled(opening).await {
            Some(session) => Ok(session?.in_class(self.set.draft.storage_class.as_deref())),
            None => Err(AppError::cancelled()),
        }
    }

    async fn prepare(
        &self,
        session: &Session,
        tracker: &Arc<Tracker>,
        confirm: Option<u64>,
        paths: Option<Vec<PathBuf>>,
    ) -> Result<(BackupSet, Prepared)> {
        let mut request = self.set.request(confirm);
        let brake = self.app.home.settings.load()?.settings.brake;
        request.options.brake_share_percent = Some(brake.percent.into());
        request.options.brake_files = Some(brake.files);
        let (set, mut options) = (request.set(session, &self.run.cancel).await?, request.options(session)?);
        options.leave_existing = self.set.draft.leave_existing;
        let cx = session.upload_context(tracker, self.run);
        let mut looks = if self.trigger == RunTrigger::Person { 0 } else { BUSY_LOOKS };
        let prepared = loop {
            let prepared = match &paths {
                None => set.prepare(&cx, &options, &self.run.id).await,
                Some(paths) => set.prepare_paths(&cx, &options, &self.run.id, paths.clone()).await,
            };
            match prepared {
                // Somebody looks at the plan of the folder: a run that began by itself has time.
                Err(holdfast_backup::Error::Busy) if looks > 0 && !self.run.cancel.is_cancelled() => {
                    looks -= 1;
                    tokio::time::sleep(BUSY_PAUSE).await;
                }
                other => break other,
            }
        };
        let prepared = prepared.map_err(|e| AppError::from_backup(&e, &session.doing(Doing::Upload)))?;
        Ok((set, prepared))
    }

    async fn whole(&self, confirm: Option<u64>, tracker: &Arc<Tracker>) -> Result<(Ended, Done)> {
        let session = self.open().await?;
        let (set, mut prepared) = self.prepare(&session, tracker, confirm, None).await?;
        let log = self.app.log()?;
        let asks = |brake: PlanBrake| Brake { removals: brake.removals, run_id: self.run.id.clone() };
        log.set_brake(self.id, prepared.plan.brake.map(asks).as_ref())?;
        if self.trigger != RunTrigger::Person {
            // A person is asked once; until then everything else goes on.
            prepared.hold_removals();
        }
        let held = prepared.held;
        let mut ended = self.run_plan(&session, prepared, tracker).await?;
        if let (0, Some(brake)) = (ended.1.left.len(), held) {
            ended.0.result = if ended.0.result == RunResult::Complete { RunResult::Partial } else { ended.0.result };
            ended.0.why = Some(format!("{} removals wait for you", count(brake.removals)));
        }
        self.note_stored(&session, set).await?;
        self.tell(&session, &ended.0).await;
        Ok(ended)
    }

    async fn paths(&self, paths: Vec<PathBuf>, tracker: &Arc<Tracker>) -> Result<Done> {
        let names = key_names(&paths);
        let planned = async {
            let session = self.open().await?;
            let (set, prepared) = self.prepare(&session, tracker, None, Some(paths)).await?;
            Ok((session, set, prepared))
        };
        let (session, set, prepared) = match planned.await {
            Ok(planned) => planned,
            Err(error) => {
                self.begin(RunKind::Backup, false)?;
                return self.settle(Err(error), Scope::Paths(&names));
            }
        };
        let held = prepared.held.is_some();
        if prepared.plan.is_empty() && prepared.plan.observed.failures.is_empty() {
            return Ok(Done { held, ..Done::default() });
        }
        self.begin(RunKind::Backup, false)?;
        let ended = self.run_plan(&session, prepared, tracker).await;
        self.note_stored(&session, set).await?;
        let done = self.settle(ended, Scope::Paths(&names))?;
        Ok(Done { held, ..done })
    }

    async fn run_plan(&self, session: &Session, prepared: Prepared, tracker: &Arc<Tracker>) -> Result<(Ended, Done)> {
        let context = session.doing(Doing::Upload);
        let planned = prepared.plan.to_send().files;
        let report = prepared.run(session.upload_context(tracker, self.run)).await;
        let report = report.map_err(|e| AppError::from_backup(&e, &context))?;
        let left = report.failures.iter().filter(|failure| failure.reason.is_retryable());
        let left = left.map(|failure| local_path(&failure.path)).collect();
        let ended = backup_ended(&report, planned, session, &self.run.id);
        Ok((ended, Done { left, ..Done::default() }))
    }

    async fn note_stored(&self, session: &Session, set: BackupSet) -> Result<()> {
        let stored = tokio::task::spawn_blocking(move || set.stored()).await.map_err(AppError::internal)??;
        let (files, bytes) = stored.unwrap_or_default();
        let usd = session.prices.month(bytes);
        self.app.log()?.note_stored(self.id, Timestamp::now(), &TimeZone::system(), files, bytes, usd)
    }

    /// Other devices are told when something changed, or when they have heard nothing for long. It is no part of the
    /// backup: when it fails, the run is none the worse.
    async fn tell(&self, session: &Session, ended: &Ended) {
        if let Err(error) = self.app.tell_devices(session, self.id, &self.set, ended).await {
            tracing::warn!(code = ?error.code, "other devices could not be told");
        }
    }

    async fn drill(&self, seed: u64, tracker: &Arc<Tracker>) -> Result<Ended> {
        let session = self.open().await?;
        let request = self.set.request(None);
        let set = request.set(&session, &self.run.cancel).await?;
        let prefix = holdfast_storage::Prefix::parse(&self.set.draft.prefix)?;
        let path = set.index_path().to_owned();
        let sample = Sample::usual(seed);
        let first = self.app.log()?.suspects(self.id)?.all;
        let choose = move || match path.exists() {
            true => drill::choose(&Index::open(&path)?.0, &sample, &first),
            false => Ok(Vec::new()),
        };
        let candidates = tokio::task::spawn_blocking(choose).await.map_err(AppError::internal)??;
        let cx = session.verify_context(tracker, self.run, 8);
        let report = drill::run(&cx, &prefix, candidates, sample, &std::env::temp_dir()).await;
        let report = report.map_err(|e| AppError::from_backup(&e, &session.doing(Doing::Download)))?;
        let lost: Vec<String> = report.wrong.iter().map(|failure| failure.path.clone()).collect();
        if !lost.is_empty() {
            // The next backup sends them anew.
            set.forget(&lost)?;
        }
        let ended = drill_outcome::ended(&report, &session);
        if ended.result == RunResult::Complete && report.proven > 0 {
            self.app.log()?.set_time_fact(self.id, Fact::Proven, ended.at)?;
        }
        Ok(ended)
    }
}

fn result_of(state: State) -> RunResult {
    match state {
        State::Complete => RunResult::Complete,
        State::Partial => RunResult::Partial,
        State::Cancelled => RunResult::Cancelled,
    }
}

fn backup_ended(report: &BackupReport, planned: u64, session: &Session, id: &str) -> Ended {
    let told = SyncResult::of(id, report, 0, &session.prices, &session.doing(Doing::Upload));
    Ended {
        files: report.uploaded,
        planned,
        removed: report.deleted,
        copied: report.copied,
        bytes: report.bytes,
        requests: told.requests,
        cost: told.cost_usd,
        failures: told.failures,
        notices: told.notices,
        ..Ended::bare(Timestamp::now(), result_of(report.state))
    }
}

/// The local path of a file that failed, relative to the folder.
fn local_path(path: &str) -> PathBuf {
    PathBuf::from(name::decode(path.strip_suffix(name::LINK_SUFFIX).unwrap_or(path)))
}

/// How the log names these files.
fn key_names(paths: &[PathBuf]) -> Vec<String> {
    let both = |path: &PathBuf| [name::encode_file(path.as_os_str()), name::encode_link(path.as_os_str())];
    paths.iter().flat_map(both).map(|name| error::shown(&name)).collect()
}
