//! How everything stands from one minute to the next: a pause ends, a set is overdue, another device has gone quiet, and
//! nothing ran that would tell of it. It looks and says what changed and what a person is to hear; it shows nothing.

use std::{
    collections::BTreeSet,
    sync::{Mutex, MutexGuard, PoisonError},
};

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use crate::{
    App, AppError, Result,
    agent::Live,
    dto::{
        log::RunView,
        overview::DeviceView,
        sets::{Health, SetActivity},
    },
    notices::{Notice, Told},
    run_log::{ALL_SETS, Fact},
};

/// What of a set can change by time alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetStanding {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// How well it is.
    pub health: Health,
    /// What it does.
    pub activity: SetActivity,
    /// Its next planned run.
    pub next_run: Option<Timestamp>,
    /// Until when it is paused.
    pub paused_until: Option<Timestamp>,
    /// When its last complete run ended.
    pub last_complete: Option<Timestamp>,
    /// When a drill last found everything as it should be.
    pub last_proven: Option<Timestamp>,
    /// What it does right now.
    pub live: Live,
}

/// How everything stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Every set, by name.
    pub sets: Vec<SetStanding>,
    /// Every device of our places.
    pub devices: Vec<DeviceView>,
    /// Whether everything is paused.
    pub all_paused: bool,
    /// The day it is.
    pub day: Date,
}

/// What a look found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Whether anything stands otherwise than at the look before.
    pub changed: bool,
    /// What a person is to hear.
    pub notice: Option<Notice>,
}

/// Looks each minute, and remembers what it saw and told.
#[derive(Debug, Default)]
pub struct Lookout {
    seen: Mutex<Option<Standing>>,
    told: Mutex<Option<Told>>,
}

impl Standing {
    /// The same without words that only say how long ago something was.
    fn without_ages(mut self) -> Self {
        self.devices.iter_mut().for_each(|device| device.words.clear());
        self
    }
}

impl Lookout {
    /// Looks now.
    pub fn look_now(&self, app: &App) -> Result<Seen> {
        self.look(app, Timestamp::now(), &TimeZone::system())
    }

    /// Looks at how everything stands.
    pub fn look(&self, app: &App, now: Timestamp, tz: &TimeZone) -> Result<Seen> {
        let standing = app.standing(now, tz)?;
        let settings = app.settings()?.notifications;
        let notice = self.telling(app, |told| told.of_state(&standing, &settings, now))?;
        let standing = standing.without_ages();
        let before = lock(&self.seen).replace(standing.clone());
        Ok(Seen { changed: before.is_some_and(|before| before != standing), notice })
    }

    /// What to tell of a run that ended now.
    pub fn of_run_now(&self, app: &App, run: &RunView) -> Result<Option<Notice>> {
        let Some(set) = &run.set_id else { return Ok(None) };
        let (settings, after) = (app.settings()?.notifications, app.after_run(set, &run.id)?);
        self.telling(app, |told| told.of_run_now(run, after, &settings))
    }

    /// A person asked for this run where no window shows what comes of it.
    pub fn asked_unseen(&self, app: &App, run: &str) -> Result<()> {
        let heard = |told: &mut Told| {
            told.asked_unseen(run);
            None
        };
        self.telling(app, heard).map(drop)
    }

    /// What was told of other devices outlives this process.
    fn telling(&self, app: &App, tell: impl FnOnce(&mut Told) -> Option<Notice>) -> Result<Option<Notice>> {
        let mut told = lock(&self.told);
        let told = match &mut *told {
            Some(told) => told,
            none => none.insert(Told::knowing(app.quiet_told()?)),
        };
        let before = told.quiet().clone();
        let notice = tell(told);
        if *told.quiet() != before {
            app.set_quiet_told(told.quiet())?;
        }
        Ok(notice)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl App {
    /// How everything stands. A small part of the overview: cheap enough for each minute.
    pub fn standing(&self, now: Timestamp, tz: &TimeZone) -> Result<Standing> {
        let sets = self.home.sets.load()?;
        let sets = sets.by_name().into_iter().map(|(id, set)| self.set_standing(id, set, now, tz));
        Ok(Standing {
            sets: sets.collect::<Result<_>>()?,
            devices: self.device_views(now)?,
            all_paused: self.all_paused(now)?.is_some(),
            day: now.to_zoned(tz.clone()).date(),
        })
    }

    fn quiet_told(&self) -> Result<BTreeSet<String>> {
        let kept = self.log()?.fact(ALL_SETS, Fact::QuietTold)?;
        Ok(kept.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
    }

    fn set_quiet_told(&self, ids: &BTreeSet<String>) -> Result<()> {
        let text = serde_json::to_string(ids).map_err(AppError::internal)?;
        self.log()?.set_fact(ALL_SETS, Fact::QuietTold, Some(&text).filter(|_| !ids.is_empty()).map(String::as_str))
    }
}
