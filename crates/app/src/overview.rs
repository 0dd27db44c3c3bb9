//! Sets, runs and devices as the front ends show and change them.

use holdfast_backup::{
    health::{self, Facts},
    schedule::{self, Pause, Schedule},
};
use jiff::{SignedDuration, Timestamp, ToSpan, tz::TimeZone};

use crate::{
    App, AppError, Result,
    devices::{self, DeviceStatus, SetStatus},
    disk,
    dto::{
        log::{RunDetail, RunFilter, RunPage, RunView},
        overview::{NextRun, Overview},
        sets::{BackupSetDraft, Health, PauseUntil, Schedule as ScheduleDto, ScheduleWords, SetActivity, SetView},
        settings::Settings,
    },
    notices::After,
    operations::{Session, new_operation_id},
    profiles::ProfileName,
    run_log::{Ended, Fact, Whose},
    sets::{KeptSet, SetPlan, pattern_of},
    standing::SetStanding,
    storage_tools::PlaceUse,
};

/// Days that a set's view shows.
const DAYS: u32 = 90;

/// Other devices hear of a run that changed nothing only so often.
const TELL_EVERY: SignedDuration = SignedDuration::from_hours(6);

/// What other devices tell is asked for so often where no run of this one does it.
pub(crate) const LISTEN_EVERY: SignedDuration = SignedDuration::from_hours(6);

fn text(at: Option<Timestamp>) -> Option<String> {
    at.map(|at| at.to_string())
}

impl App {
    /// Where a profile keeps things, for people; its name where it is not set up.
    pub fn place_words(&self, profile: &str) -> String {
        let found = || {
            let name = ProfileName::new(profile).ok()?;
            let profiles = self.home.profiles.load().ok()?;
            Some(crate::stores::title(&profiles.get(&name)?.place))
        };
        found().unwrap_or_else(|| format!("the place “{profile}”, which is not set up"))
    }

    /// Every set as it is now, by name.
    pub fn backup_sets_now(&self) -> Result<Vec<SetView>> {
        self.backup_sets(Timestamp::now(), &TimeZone::system())
    }

    /// One set as it is now.
    pub fn backup_set_now(&self, id: &str) -> Result<SetView> {
        self.backup_set(id, Timestamp::now(), &TimeZone::system())
    }

    /// Makes a set of a folder that is there now, or changes one. Gives its id.
    pub async fn save_backup_set_now(&self, id: Option<&str>, draft: BackupSetDraft) -> Result<String> {
        if id.is_none() {
            expect_folder(&draft).await?;
        }
        self.save_backup_set(id, draft, Timestamp::now())
    }

    /// A new set that does nothing by itself until a time from now on.
    pub async fn add_held_set_now(&self, draft: BackupSetDraft, hold: PauseUntil) -> Result<String> {
        expect_folder(&draft).await?;
        self.add_held_set(draft, hold, Timestamp::now(), &TimeZone::system())
    }

    /// Pauses a set, or with `None` all of them, from now on.
    pub fn pause_sets_now(&self, id: Option<&str>, until: PauseUntil) -> Result<()> {
        self.pause_sets(id, until, Timestamp::now(), &TimeZone::system())
    }

    /// Everything at a glance, now.
    pub fn overview_now(&self) -> Result<Overview> {
        self.overview(Timestamp::now(), &TimeZone::system())
    }

    /// What the log says of a set after one of its runs.
    pub fn after_run(&self, set: &str, run: &str) -> Result<After> {
        let log = self.log()?;
        let nothing_waits = log.failing(set)?.is_empty() && log.brake(set)?.is_none();
        Ok(After { is_first: log.is_first_complete(set, run)?, nothing_waits })
    }

    /// What the sets keep at which place.
    pub fn place_uses(&self) -> Result<Vec<PlaceUse>> {
        let (log, sets) = (self.log()?, self.home.sets.load()?);
        let used = |(id, set): (&String, &KeptSet)| {
            let stored_bytes = log.number_fact(id, Fact::StoredBytes)?;
            let BackupSetDraft { profile, name, storage_class, .. } = set.draft.clone();
            Ok(PlaceUse { profile, name, stored_bytes, storage_class })
        };
        sets.by_name().into_iter().map(used).collect()
    }

    /// The newest run of any set, in a few words; `None` before the first.
    pub fn last_result(&self) -> Result<Option<String>> {
        Ok(self.newest_run()?.map(|run| format!("{}: {}", run.set_name, crate::words::result(&run))))
    }

    /// The newest run of all.
    pub fn last_run_id(&self) -> Result<Option<String>> {
        Ok(self.newest_run()?.map(|run| run.id))
    }

    fn newest_run(&self) -> Result<Option<RunView>> {
        Ok(self.runs(&RunFilter { limit: 1, ..RunFilter::default() })?.runs.pop())
    }

    /// A schedule in words, with its next times from now on.
    pub fn schedule_words(schedule: &ScheduleDto) -> Result<ScheduleWords> {
        schedule.words(Timestamp::now(), &TimeZone::system())
    }

    /// Every set as it is, by name.
    pub fn backup_sets(&self, now: Timestamp, tz: &TimeZone) -> Result<Vec<SetView>> {
        let sets = self.home.sets.load()?;
        sets.by_name().into_iter().map(|(id, set)| self.set_view(id, set, now, tz)).collect()
    }

    /// One set as it is.
    pub fn backup_set(&self, id: &str, now: Timestamp, tz: &TimeZone) -> Result<SetView> {
        self.set_view(id, self.home.sets.load()?.expect(id)?, now, tz)
    }

    /// Makes a set, or changes one.
    pub fn save_backup_set(&self, id: Option<&str>, draft: BackupSetDraft, now: Timestamp) -> Result<String> {
        self.home.profiles.load()?.expect(&ProfileName::new(&draft.profile)?)?;
        let id = id.map_or_else(new_operation_id, str::to_owned);
        let made = self.home.sets.load()?.expect(&id).is_err();
        self.home.sets.update(|sets| sets.put(&id, draft, now))?;
        if made {
            // Its first planned run is the next one, not one of the past.
            self.log()?.set_time_fact(&id, Fact::Handled, now)?;
            self.log()?.set_time_fact(&id, Fact::DrillHandled, now)?;
        }
        Ok(id)
    }

    /// A new set that does nothing by itself until a time: its person looks at the plan first.
    pub fn add_held_set(
        &self,
        draft: BackupSetDraft,
        hold: PauseUntil,
        now: Timestamp,
        tz: &TimeZone,
    ) -> Result<String> {
        let (id, log) = (new_operation_id(), self.log()?);
        // Before the set is there: the agent may look at any moment.
        log.hold_unseen(&id, pause_of(hold, now, tz))?;
        self.save_backup_set(Some(&id), draft, now).or_else(|error| {
            log.forget_set(&id)?;
            Err(error)
        })
    }

    /// Forgets a set. Nothing in the bucket is removed; its runs stay in the log.
    pub fn remove_backup_set(&self, id: &str) -> Result<()> {
        self.home.sets.update(|sets| sets.remove(id))?;
        if let Some((operation, _)) = self.live.of(id).operation {
            self.running.cancel(&operation);
        }
        self.log()?.forget_set(id)?;
        let queue = self.home.paths.queue(id);
        for suffix in ["", "-wal", "-shm"] {
            let mut name = queue.clone().into_os_string();
            name.push(suffix);
            let _absent_or_left = std::fs::remove_file(name);
        }
        Ok(())
    }

    /// Leaves files out of a set from now on.
    pub fn exclude_from_set(&self, id: &str, paths: &[String]) -> Result<()> {
        self.home.sets.update(|sets| {
            let mut draft = sets.expect(id)?.draft.clone();
            draft.exclude_patterns.extend(paths.iter().map(|path| pattern_of(path)));
            sets.put(id, draft, Timestamp::now())
        })
    }

    /// Pauses a set, or with `None` all of them.
    pub fn pause_sets(&self, id: Option<&str>, until: PauseUntil, now: Timestamp, tz: &TimeZone) -> Result<()> {
        if let Some(id) = id {
            self.home.sets.load()?.expect(id)?;
        }
        self.log()?.set_pause(id, Some(pause_of(until, now, tz)))
    }

    /// Resumes a set, or with `None` all of them.
    pub fn resume_sets(&self, id: Option<&str>) -> Result<()> {
        let log = self.log()?;
        match id {
            Some(id) => log.set_pause(Some(id), None),
            None => {
                for (id, _) in self.home.sets.load()?.by_name() {
                    log.set_pause(Some(id), None)?;
                }
                log.set_pause(None, None)
            }
        }
    }

    /// A page of the run log.
    pub fn runs(&self, filter: &RunFilter) -> Result<RunPage> {
        self.log()?.page(filter)
    }

    /// One run in full.
    pub fn run_detail(&self, id: &str) -> Result<RunDetail> {
        self.log()?.detail(id)
    }

    /// The settings; the device has the system's name until a person gives it another.
    pub fn settings(&self) -> Result<Settings> {
        let mut settings = self.home.settings.load()?.settings;
        if settings.device_name.is_empty() {
            settings.device_name = devices::system_name();
        }
        Ok(settings)
    }

    /// Keeps settings that make sense.
    pub fn save_settings(&self, settings: Settings) -> Result<()> {
        settings.check()?;
        self.home.settings.update(|kept| {
            kept.settings = settings;
            Ok(())
        })?;
        self.follow_bandwidth();
        Ok(())
    }

    /// Everything at a glance.
    pub fn overview(&self, now: Timestamp, tz: &TimeZone) -> Result<Overview> {
        let sets = self.backup_sets(now, tz)?;
        let log = self.log()?;
        let all_paused = self.all_paused(now)?;
        let devices = self.device_views(now)?;
        let (state, headline, detail) = crate::words::overview(&sets, &devices, all_paused.is_some());
        let next = sets.iter().filter_map(|set| Some((set.next_run.clone()?, set.draft.name.clone()))).min();
        let last_complete = sets.iter().filter_map(|set| set.last_complete.clone()).max();
        Ok(Overview {
            state,
            headline,
            detail,
            next_run: next.map(|(at, set_name)| NextRun { set_name, at }),
            next_drill: self.next_drill(now, tz)?,
            last_complete,
            months: log.months(Whose::All, now, tz)?,
            stored_bytes: sets.iter().map(|set| set.stored_bytes).sum(),
            devices,
            paused_until: all_paused.and_then(|hold| text(hold.until)),
            sets,
        })
    }

    fn limits(&self, pauses: Vec<Pause>) -> schedule::Limits {
        schedule::Limits { pauses, ..schedule::Limits::default() }
    }

    fn next_drill(&self, now: Timestamp, tz: &TimeZone) -> Result<Option<String>> {
        let sets = self.home.sets.load()?;
        let plans = sets.by_name().into_iter().filter_map(|(_, set)| SetPlan::of(&set.draft).ok());
        Ok(text(plans.filter_map(|plan| plan.drill.after(now, tz)).min()))
    }

    /// Until when everything is paused, where it is.
    pub(crate) fn all_paused(&self, now: Timestamp) -> Result<Option<schedule::Hold>> {
        let pause = self.log()?.pause(None)?;
        Ok(self.limits(pause.into_iter().collect()).paused(now))
    }

    pub(crate) fn device_views(&self, now: Timestamp) -> Result<Vec<crate::dto::overview::DeviceView>> {
        let told = self.log()?.devices()?;
        let heard = |(profile, _, status): &(String, String, String)| {
            let at = self.listened_at(profile).ok()??;
            Some(devices::Heard { status: serde_json::from_str(status).ok()?, at })
        };
        let told: Vec<devices::Heard> = told.iter().filter_map(heard).collect();
        Ok(devices::view(&told, &devices::device_id(&self.home.paths.data)?, now))
    }

    fn set_view(&self, id: &str, set: &KeptSet, now: Timestamp, tz: &TimeZone) -> Result<SetView> {
        let log = self.log()?;
        let SetStanding { name: _, id, health, activity, next_run, paused_until, last_complete, last_proven, live } =
            self.set_standing(id, set, now, tz)?;
        let automatic = SetPlan::of(&set.draft).is_ok_and(|plan| plan.is_automatic(&set.draft));
        let month = log.months(Whose::Set(&id), now, tz)?.pop();
        Ok(SetView {
            place: self.place_words(&set.draft.profile),
            health,
            days: log.days(&id, now, tz, DAYS, set.made, automatic)?,
            activity,
            operation_id: live.operation.map(|(operation, _)| operation),
            next_run: text(next_run),
            waits_because: live.waits_because,
            paused_until: text(paused_until),
            waiting_files: live.waiting,
            unstable_files: live.unstable,
            last_run: log.last_run(&id)?,
            last_complete: text(last_complete),
            last_proven: text(last_proven),
            stored_files: log.number_fact(&id, Fact::StoredFiles)?,
            stored_bytes: log.number_fact(&id, Fact::StoredBytes)?,
            cost_this_month_usd: month.map_or(0.0, |m| m.storage_usd + m.requests_usd + m.downloads_usd),
            draft: set.draft.clone(),
            id,
        })
    }

    /// How a set stands: what can change by time alone, without its days and costs.
    pub(crate) fn set_standing(&self, id: &str, set: &KeptSet, now: Timestamp, tz: &TimeZone) -> Result<SetStanding> {
        let log = self.log()?;
        let live = self.live.of(id);
        let plan = match SetPlan::of(&set.draft) {
            Ok(plan) => plan,
            Err(wrong) => return self.standing_of_bad(id, set, &wrong),
        };
        let pauses = [log.pause(Some(id))?, log.pause(None)?].into_iter().flatten().collect();
        let paused = self.limits(pauses).paused(now);
        let facts = self.health_facts(id, set, &plan, now, paused.as_ref().map(|hold| hold.until))?;
        let activity = match (&live.operation, &paused, &live.waits_because) {
            (Some(_), ..) => SetActivity::Working,
            (_, Some(_), _) => SetActivity::Paused,
            (_, _, Some(_)) => SetActivity::Waiting,
            _ => SetActivity::Idle,
        };
        Ok(SetStanding {
            id: id.to_owned(),
            name: set.draft.name.clone(),
            health: Health::from(&health::judge(&facts)),
            activity,
            next_run: live.next_run.or_else(|| next_run(&plan, log.time_fact(id, Fact::Handled).ok()?, now, tz)),
            paused_until: paused.and_then(|hold| hold.until),
            last_complete: facts.last_complete,
            last_proven: facts.last_proven,
            live,
        })
    }

    /// A set that cannot be carried out, by what is wrong with it. It keeps no other set from being looked at.
    fn standing_of_bad(&self, id: &str, set: &KeptSet, wrong: &AppError) -> Result<SetStanding> {
        let (log, live) = (self.log()?, self.live.of(id));
        Ok(SetStanding {
            id: id.to_owned(),
            name: set.draft.name.clone(),
            health: crate::words::not_understood(wrong),
            activity: if live.operation.is_some() { SetActivity::Working } else { SetActivity::Idle },
            next_run: None,
            paused_until: None,
            last_complete: log.time_fact(id, Fact::Complete)?,
            last_proven: log.time_fact(id, Fact::Proven)?,
            live,
        })
    }

    fn health_facts(
        &self,
        id: &str,
        set: &KeptSet,
        plan: &SetPlan,
        now: Timestamp,
        paused: Option<Option<Timestamp>>,
    ) -> Result<Facts> {
        let log = self.log()?;
        let judged = log.judged(id)?;
        Ok(Facts {
            now,
            made: set.made,
            paused,
            quiet_after_days: set.draft.quiet_after_days,
            last_run: judged.last_run,
            last_complete: log.time_fact(id, Fact::Complete)?,
            brake: log.brake(id)?.map(|brake| (brake.removals, brake.run_id)),
            drills: !matches!(plan.drill, Schedule::Manual),
            last_drill: judged.last_drill,
            last_proven: log.time_fact(id, Fact::Proven)?,
            unstable: self.live.of(id).unstable.len() as u64,
            missed: judged.missed,
        })
    }

    /// Tells other devices how this one's sets at a place are, and listens to what they tell. Once per run; after a run
    /// that changed nothing, only when nothing was told for six hours.
    pub(crate) async fn tell_devices(&self, session: &Session, id: &str, set: &KeptSet, ended: &Ended) -> Result<()> {
        let log = self.log()?;
        let now = ended.at;
        let changed = ended.files + ended.copied + ended.removed > 0;
        let told = log.time_fact(id, Fact::Told)?;
        if !changed && told.is_some_and(|told| now.duration_since(told) < TELL_EVERY) {
            return Ok(());
        }
        let profile = &set.draft.profile;
        let status = self.device_status(profile, now, (id, ended))?;
        devices::tell(session, &status).await?;
        log.set_time_fact(id, Fact::Told, now)?;
        self.listen_to_devices(session, profile, now).await
    }

    /// Reads what all devices of a place tell, and keeps it.
    pub(crate) async fn listen_to_devices(&self, session: &Session, profile: &str, now: Timestamp) -> Result<()> {
        let all = devices::listen(session).await?;
        let log = self.log()?;
        for status in &all {
            log.put_device(profile, &status.id, &serde_json::to_string(status).map_err(AppError::internal)?)?;
        }
        log.set_time_fact(&listened(profile), Fact::Told, now)?;
        let ids: Vec<String> = all.into_iter().map(|status| status.id).collect();
        log.keep_devices(profile, &ids)
    }

    /// When the devices of a place were listened to.
    pub(crate) fn listened_at(&self, profile: &str) -> Result<Option<Timestamp>> {
        self.log()?.time_fact(&listened(profile), Fact::Told)
    }

    /// `just_ended` is not in the log yet.
    fn device_status(&self, profile: &str, now: Timestamp, just_ended: (&str, &Ended)) -> Result<DeviceStatus> {
        let (log, sets) = (self.log()?, self.home.sets.load()?);
        let mut told = Vec::new();
        for (id, set) in sets.by_name().into_iter().filter(|(_, set)| set.draft.profile == profile) {
            let complete = just_ended.0 == id && just_ended.1.result == crate::dto::log::RunResult::Complete;
            let last = if complete { Some(now) } else { log.time_fact(id, Fact::Complete)? };
            let automatic = SetPlan::of(&set.draft).is_ok_and(|plan| plan.is_automatic(&set.draft));
            told.push(SetStatus {
                name: set.draft.name.clone(),
                last_complete: last,
                quiet_after_days: automatic.then_some(set.draft.quiet_after_days),
            });
        }
        let id = devices::device_id(&self.home.paths.data)?;
        Ok(DeviceStatus { version: 1, id, name: self.settings()?.device_name, written: now, sets: told })
    }
}

/// Under what the time is remembered at which the devices of a place were listened to.
fn listened(profile: &str) -> String {
    format!("place:{profile}")
}

/// Where no agent runs in this process, the schedule alone says when.
fn next_run(plan: &SetPlan, handled: Option<Timestamp>, now: Timestamp, tz: &TimeZone) -> Option<Timestamp> {
    plan.schedule.after(handled.unwrap_or(now).min(now), tz)
}

/// What a person names for the first time must be there; later its disk may be away.
async fn expect_folder(draft: &BackupSetDraft) -> Result<()> {
    let folder = SetPlan::of(draft)?.folder;
    let owned = folder.clone();
    disk::on_disk(&folder, move || holdfast_backup::scan::check_root(&owned).map_err(AppError::from)).await
}

fn pause_of(until: PauseUntil, now: Timestamp, tz: &TimeZone) -> Pause {
    match until {
        PauseUntil::Hour => Pause::Until(now + SignedDuration::from_hours(1)),
        PauseUntil::Tomorrow => Pause::Until(tomorrow(now, tz)),
        PauseUntil::ResumedByPerson => Pause::UntilResumed,
    }
}

/// Tomorrow at six in the morning.
pub(crate) fn tomorrow(now: Timestamp, tz: &TimeZone) -> Timestamp {
    let here = now.to_zoned(tz.clone());
    let day = here.date().checked_add(1.day()).unwrap_or(here.date());
    day.at(6, 0, 0, 0).to_zoned(tz.clone()).map_or(now, |at| at.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tomorrow_is_at_six_on_the_clock_on_the_wall() {
        for (zone, now, want) in [
            ("UTC", "2026-11-20T17:59:00Z", "2026-11-21T06:00:00Z"),
            ("UTC", "2026-11-20T23:59:59Z", "2026-11-21T06:00:00Z"),
            // After midnight the day is another one.
            ("UTC", "2026-11-21T00:30:00Z", "2026-11-22T06:00:00Z"),
            ("UTC", "2026-12-31T12:00:00Z", "2027-01-01T06:00:00Z"),
            // The same moment is Friday evening in one zone and Saturday morning in another.
            ("America/Los_Angeles", "2026-11-21T02:00:00Z", "2026-11-21T14:00:00Z"),
            ("Pacific/Auckland", "2026-11-20T12:00:00Z", "2026-11-21T17:00:00Z"),
            // The night is an hour shorter, and an hour longer.
            ("Europe/Berlin", "2026-03-28T20:00:00Z", "2026-03-29T04:00:00Z"),
            ("Europe/Berlin", "2026-10-24T20:00:00Z", "2026-10-25T05:00:00Z"),
        ] {
            let at = |text: &str| text.parse::<Timestamp>().unwrap();
            assert_eq!(tomorrow(at(now), &TimeZone::get(zone).unwrap()), at(want), "{now} in {zone}");
        }
    }
}
