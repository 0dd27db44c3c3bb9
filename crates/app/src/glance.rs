//! How everything is, in one sign and one line: what a tray icon can show. Pure.

use jiff::{Timestamp, tz::TimeZone};

use crate::{
    dto::{
        overview::{OperationView, Overview, OverviewState},
        run::ProgressEvent,
        sets::{HealthColour, SetActivity, SetView},
    },
    words::shell,
};

/// What the icon looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// All is well.
    Idle,
    /// A run is under way; how far it is.
    Working {
        /// 0 to 100.
        percent: u8,
    },
    /// A person paused everything.
    Paused,
    /// A person must decide something.
    NeedsYou,
    /// Something is not backed up.
    NotBackedUp,
}

/// A sign with its words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glance {
    /// The icon.
    pub sign: Sign,
    /// For people, one line.
    pub line: String,
}

/// What is known of the runs under way.
#[derive(Debug, Clone, Copy, Default)]
pub struct UnderWay<'a> {
    /// The last progress that was told.
    pub progress: Option<&'a ProgressEvent>,
    /// Every operation.
    pub operations: &'a [OperationView],
}

/// What to show now of an overview that was read before.
pub fn glance_now(overview: &Overview, under_way: UnderWay<'_>) -> Glance {
    glance(overview, under_way, Timestamp::now(), &TimeZone::system())
}

/// Whether an overview knows the run that progress tells of.
pub fn knows_run(overview: &Overview, progress: &ProgressEvent) -> bool {
    overview.sets.iter().any(|set| set.operation_id.as_deref() == Some(&progress.operation_id))
}

/// What to show. What needs a person outranks a run under way; nothing is called backed up before it is.
pub fn glance(overview: &Overview, under_way: UnderWay<'_>, now: Timestamp, tz: &TimeZone) -> Glance {
    let of = |colour| overview.sets.iter().find(|set| set.health.colour == colour).map(|set| &set.draft.name);
    let working = overview.sets.iter().find(|set| set.activity == SetActivity::Working);
    let next = overview.next_run.as_ref().map(|next| clock(&next.at, now, tz));
    let (sign, line) = if let Some(name) = of(HealthColour::Red) {
        (Sign::NotBackedUp, shell::not_backed_up(name))
    } else if let Some(name) = of(HealthColour::Amber) {
        (Sign::NeedsYou, shell::needs_you(name))
    } else if let Some(set) = working {
        at_work(set, under_way)
    } else if overview.state == OverviewState::Paused {
        let until = overview.paused_until.as_ref().map(|until| clock(until, now, tz));
        (Sign::Paused, shell::paused(until.as_deref()))
    } else if let Some(name) = of(HealthColour::None) {
        (Sign::Idle, shell::not_run_yet(name, next.as_deref()))
    } else if overview.sets.is_empty() {
        (Sign::Idle, shell::nothing_yet())
    } else {
        (Sign::Idle, shell::all_backed_up(next.as_deref()))
    };
    Glance { sign, line }
}

fn at_work(set: &SetView, UnderWay { progress, operations }: UnderWay<'_>) -> (Sign, String) {
    let name = &set.draft.name;
    let is_its = |id: &str| set.operation_id.as_deref() == Some(id);
    let event = progress.filter(|event| is_its(&event.operation_id) && event.bytes_total > 0);
    let percent = event.map_or(0, |event| (event.bytes_done.saturating_mul(100) / event.bytes_total).min(100) as u8);
    let line = match event {
        _ if operations.iter().any(|one| one.paused && is_its(&one.operation_id)) => shell::held(name, percent),
        Some(event) => shell::so_far(name, percent, event.seconds_left),
        None => shell::looking(name),
    };
    (Sign::Working { percent }, line)
}

/// The time of day, with the weekday when it is not within a day.
fn clock(at: &str, now: Timestamp, tz: &TimeZone) -> String {
    let Ok(at) = at.parse::<Timestamp>() else { return at.to_owned() };
    let soon = at.duration_since(now).as_hours() < 20;
    at.to_zoned(tz.clone()).strftime(if soon { "%H:%M" } else { "%a %H:%M" }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dto::{
        log::RunKind,
        overview::NextRun,
        run::ProgressPhase,
        sets::{BackupSetDraft, Health},
    };

    fn set(name: &str, colour: HealthColour, activity: SetActivity) -> SetView {
        let draft = BackupSetDraft { watch: true, ..BackupSetDraft::by_hand(name, "/home/mara", "default", "") };
        SetView {
            id: name.into(),
            draft,
            place: String::new(),
            health: Health { colour, since: None, reasons: Vec::new() },
            days: Vec::new(),
            activity,
            operation_id: Some("run".into()),
            next_run: None,
            waits_because: None,
            paused_until: None,
            waiting_files: 0,
            unstable_files: Vec::new(),
            last_run: None,
            last_complete: None,
            last_proven: None,
            stored_files: 0,
            stored_bytes: 0,
            cost_this_month_usd: 0.0,
        }
    }

    fn overview(sets: Vec<SetView>) -> Overview {
        Overview {
            state: OverviewState::Fine,
            headline: String::new(),
            detail: String::new(),
            sets,
            next_run: Some(NextRun { set_name: "Photos".into(), at: "2026-11-20T14:40:00Z".into() }),
            next_drill: None,
            last_complete: None,
            months: Vec::new(),
            stored_bytes: 0,
            devices: Vec::new(),
            paused_until: None,
        }
    }

    fn seen(overview: &Overview, progress: Option<&ProgressEvent>) -> (Sign, String) {
        seen_with(overview, UnderWay { progress, operations: &[] })
    }

    fn seen_with(overview: &Overview, under_way: UnderWay<'_>) -> (Sign, String) {
        let Glance { sign, line } =
            glance(overview, under_way, "2026-11-20T14:08:00Z".parse().unwrap(), &TimeZone::UTC);
        (sign, line)
    }

    #[test]
    fn the_worst_comes_first_and_nothing_is_called_backed_up_before_it_is() {
        use HealthColour as C;
        use SetActivity::{Idle, Working};
        let table = [
            (vec![], Sign::Idle, "Nothing is backed up yet"),
            (vec![set("Photos", C::None, Idle)], Sign::Idle, "Photos has no complete backup yet, next 14:40"),
            (vec![set("Photos", C::Green, Idle)], Sign::Idle, "All backed up, next 14:40"),
            (vec![set("Photos", C::Green, Working)], Sign::Working { percent: 0 }, "Photos, looking at files"),
            (vec![set("Photos", C::Green, Working), set("Studio", C::Amber, Idle)], Sign::NeedsYou, "Studio needs you"),
            (
                vec![set("Studio", C::Amber, Idle), set("Photos", C::Red, Working)],
                Sign::NotBackedUp,
                "Photos is not backed up",
            ),
        ];
        for (sets, sign, line) in table {
            assert_eq!(seen(&overview(sets), None), (sign, line.to_owned()));
        }
    }

    #[test]
    fn a_run_under_way_shows_how_far_it_is() {
        let event = ProgressEvent {
            operation_id: "run".into(),
            phase: ProgressPhase::Transferring,
            file_name: String::new(),
            bytes_transferred: 0,
            total_bytes: 0,
            percentage: 0.0,
            files_done: 1,
            files_total: 2,
            bytes_done: 63,
            bytes_total: 100,
            bytes_per_second: 1.0,
            seconds_left: Some(200.0),
            current: Vec::new(),
        };
        let working = overview(vec![set("Photos", HealthColour::Green, SetActivity::Working)]);
        let want = (Sign::Working { percent: 63 }, "Photos, 63%, about 3 min left".to_owned());
        assert_eq!(seen(&working, Some(&event)), want);
        let held = OperationView {
            operation_id: "run".into(),
            kind: RunKind::Backup,
            title: "Photos".into(),
            set_id: None,
            paused: true,
        };
        let paused = UnderWay { progress: Some(&event), operations: std::slice::from_ref(&held) };
        assert_eq!(seen_with(&working, paused).1, "Photos, paused at 63%", "no time is left while nothing goes on");
        assert!(knows_run(&working, &event));
        let other = ProgressEvent { operation_id: "another".into(), ..event };
        assert!(!knows_run(&working, &other), "the overview is older than the run and is read anew");
        assert_eq!(seen(&working, Some(&other)).1, "Photos, looking at files");
    }

    #[test]
    fn a_pause_says_until_when() {
        let paused = |until: Option<&str>| Overview {
            state: OverviewState::Paused,
            paused_until: until.map(str::to_owned),
            ..overview(vec![set("Photos", HealthColour::Paused, SetActivity::Paused)])
        };
        assert_eq!(seen(&paused(Some("2026-11-20T15:08:00Z")), None), (Sign::Paused, "Paused until 15:08".into()));
        assert_eq!(seen(&paused(Some("2026-11-21T06:00:00Z")), None).1, "Paused until 06:00");
        assert_eq!(seen(&paused(Some("2026-11-23T06:00:00Z")), None).1, "Paused until Mon 06:00");
        assert_eq!(seen(&paused(None), None).1, "Paused");
    }
}
