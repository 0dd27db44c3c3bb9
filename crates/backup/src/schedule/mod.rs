//! When a set runs by itself: pure decisions from a handed-in time, time zone and facts. Asks no clock and starts nothing.

mod calendar;
mod limits;

use jiff::{SignedDuration, Timestamp, tz::TimeZone};

pub use calendar::{BadSchedule, MINUTES, Schedule, WEEK};
pub use limits::{Because, Began, Conditions, Hold, Limits, Pause, QuietHours, SystemFacts};

/// A run that starts so much later than planned is one that was missed: the computer was off or asleep.
pub const MISSED_AFTER: SignedDuration = SignedDuration::from_mins(5);

/// A run that was held back so long is given up as soon as the next one is planned.
const GIVEN_UP_AFTER: SignedDuration = SignedDuration::from_hours(20);

/// What is known about one schedule.
#[derive(Debug, Clone, Copy)]
pub struct Moment<'a> {
    /// Now.
    pub now: Timestamp,
    /// Where the person is.
    pub tz: &'a TimeZone,
    /// Planned times up to this one were dealt with; `None`: never any.
    pub handled: Option<Timestamp>,
    /// Since when there is this schedule.
    pub since: Timestamp,
}

/// What is to be done now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Nothing by itself, ever.
    Never,
    /// The next run is planned for then.
    Next {
        /// When.
        at: Timestamp,
    },
    /// A run is due now. However many were missed, it is one.
    Due {
        /// When it was planned.
        planned: Timestamp,
        /// Whether its time passed unused.
        missed: bool,
    },
    /// A run is due and held back.
    Waits {
        /// When it was planned.
        planned: Timestamp,
        /// By what.
        hold: Hold,
    },
    /// A run was held back until the next one came: it is written down as skipped.
    Skipped {
        /// When it was planned.
        planned: Timestamp,
        /// By what it was held back.
        hold: Hold,
        /// Planned times up to this one are dealt with.
        handled: Timestamp,
    },
}

/// Decides about a schedule. Pure.
///
/// A clock that was set back does not stop it: what was dealt with in a future that is gone counts as now.
pub fn decide(schedule: &Schedule, limits: &Limits, system: &SystemFacts, moment: Moment<'_>) -> Decision {
    let from = moment.handled.unwrap_or(moment.since).min(moment.now);
    let Some(planned) = schedule.after(from, moment.tz) else { return Decision::Never };
    if planned > moment.now {
        return Decision::Next { at: planned };
    }
    match limits.hold(moment.now, moment.tz, system) {
        None => Decision::Due { planned, missed: moment.now.duration_since(planned) > MISSED_AFTER },
        Some(hold) => held_back(schedule, planned, hold, moment),
    }
}

fn held_back(schedule: &Schedule, planned: Timestamp, hold: Hold, moment: Moment<'_>) -> Decision {
    let patience = planned.saturating_add(GIVEN_UP_AFTER).unwrap_or(Timestamp::MAX);
    let next = schedule.after(planned, moment.tz).unwrap_or(Timestamp::MAX);
    let given_up = next.max(patience);
    if given_up > moment.now {
        return Decision::Waits { planned, hold };
    }
    let recent = moment.now.saturating_sub(GIVEN_UP_AFTER).unwrap_or(Timestamp::MIN);
    let handled = given_up.max(recent).saturating_sub(SignedDuration::from_nanos(1)).unwrap_or(given_up);
    Decision::Skipped { planned, hold, handled }
}

/// The next `count` planned times after now.
pub fn upcoming(schedule: &Schedule, now: Timestamp, tz: &TimeZone, count: usize) -> Vec<Timestamp> {
    std::iter::successors(schedule.after(now, tz), |last| schedule.after(*last, tz)).take(count).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn berlin() -> TimeZone {
        TimeZone::get("Europe/Berlin").unwrap()
    }

    fn limits() -> Limits {
        Limits::default()
    }

    fn at(now: &str, handled: Option<&str>, tz: &TimeZone, schedule: &Schedule, limits: &Limits) -> Decision {
        let since = time("2026-01-01T00:00:00Z");
        let moment = Moment { now: time(now), tz, handled: handled.map(time), since };
        let facts = SystemFacts { on_battery: Some(true), ..SystemFacts::default() };
        decide(schedule, limits, &facts, moment)
    }

    #[test]
    fn a_run_is_due_once_however_many_were_missed() {
        let daily = Schedule::daily("18:00").unwrap();
        let utc = TimeZone::UTC;
        let decided = |now, handled| at(now, Some(handled), &utc, &daily, &limits());
        let yesterday = "2026-03-01T18:00:00Z";
        let planned = time("2026-03-02T18:00:00Z");
        assert_eq!(decided("2026-03-02T17:59:59Z", yesterday), Decision::Next { at: planned });
        assert_eq!(decided("2026-03-02T18:00:00Z", yesterday), Decision::Due { planned, missed: false });
        assert_eq!(decided("2026-03-09T09:00:00Z", yesterday), Decision::Due { planned, missed: true });
        let next = time("2026-03-09T18:00:00Z");
        assert_eq!(decided("2026-03-09T09:00:01Z", "2026-03-09T09:00:00Z"), Decision::Next { at: next });
    }

    #[test]
    fn a_clock_set_back_stops_no_schedule() {
        let hourly = Schedule::every(60).unwrap();
        let decided = at("2026-03-02T10:00:00Z", Some("2030-01-01T00:00:00Z"), &TimeZone::UTC, &hourly, &limits());
        assert_eq!(decided, Decision::Next { at: time("2026-03-02T11:00:00Z") });
    }

    #[test]
    fn a_run_that_is_held_back_waits_and_is_given_up_when_the_next_comes() {
        let limits =
            Limits { conditions: Conditions { not_on_battery: true, ..Conditions::default() }, ..Limits::default() };
        let daily = Schedule::daily("18:00").unwrap();
        let decided = |now, handled| at(now, Some(handled), &TimeZone::UTC, &daily, &limits);
        let hold = Hold { because: Because::OnBattery, until: None };
        let planned = time("2026-03-02T18:00:00Z");
        let before = "2026-03-01T18:00:00Z";
        assert_eq!(decided("2026-03-03T17:00:00Z", before), Decision::Waits { planned, hold: hold.clone() });
        let Decision::Skipped { planned: gone, handled, .. } = decided("2026-03-03T18:00:00Z", before) else {
            panic!("it is given up")
        };
        assert_eq!(gone, planned);
        let later = decided("2026-03-03T18:00:00Z", &handled.to_string());
        assert_eq!(later, Decision::Waits { planned: time("2026-03-03T18:00:00Z"), hold });
    }

    #[test]
    fn after_weeks_without_power_one_run_is_given_up_not_twenty() {
        let limits =
            Limits { conditions: Conditions { not_on_battery: true, ..Conditions::default() }, ..Limits::default() };
        let hourly = Schedule::every(60).unwrap();
        let now = "2026-03-30T12:00:00Z";
        let decided = |handled: &str| at(now, Some(handled), &TimeZone::UTC, &hourly, &limits);
        let Decision::Skipped { handled, .. } = decided("2026-03-01T00:00:00Z") else { panic!("it is given up") };
        assert!(matches!(decided(&handled.to_string()), Decision::Waits { .. }));
    }

    #[test]
    fn a_manual_set_never_runs_by_itself() {
        assert_eq!(at("2026-03-02T10:00:00Z", None, &berlin(), &Schedule::Manual, &limits()), Decision::Never);
    }

    fn any_schedule() -> impl Strategy<Value = Schedule> {
        prop_oneof![
            (5u32..=10_080).prop_map(|minutes| Schedule::every(minutes).unwrap()),
            (0u8..24, 0u8..60).prop_map(|(h, m)| Schedule::daily(&format!("{h:02}:{m:02}")).unwrap()),
            (0u8..24, 0u8..60, proptest::sample::subsequence(calendar::WEEK.to_vec(), 1..7))
                .prop_map(|(h, m, days)| Schedule::weekly(&days, &format!("{h:02}:{m:02}")).unwrap()),
            (0u8..24, 0u8..60).prop_map(|(h, m)| Schedule::cron(&format!("{m} {h} * * *")).unwrap()),
        ]
    }

    proptest! {
        /// Ticks at any moments, also backwards: after a run nothing is due again before the next planned time, and no
        /// planned time passes without a run or a later one that stands for it.
        #[test]
        fn no_tick_order_loses_or_doubles_a_run(
            schedule in any_schedule(),
            steps in proptest::collection::vec(-5_000i64..200_000, 1..60),
        ) {
            let tz = berlin();
            let mut now = time("2026-03-20T00:00:00Z");
            let since = now;
            let mut handled = None;
            for step in steps {
                now += SignedDuration::from_secs(step);
                let decide_now = |handled| decide(
                    &schedule, &Limits::default(), &SystemFacts::default(), Moment { now, tz: &tz, handled, since });
                match decide_now(handled) {
                    Decision::Due { planned, .. } => {
                        prop_assert!(planned <= now);
                        handled = Some(now);
                        prop_assert!(matches!(decide_now(handled), Decision::Next { .. }), "it is not due twice");
                    }
                    Decision::Next { at } => {
                        prop_assert!(at > now);
                        let longest = SignedDuration::from_hours(24 * 8);
                        prop_assert!(at.duration_since(now) <= longest, "{at} is too far from {now}");
                    }
                    other => prop_assert!(false, "{other:?}"),
                }
            }
        }

        /// The next planned time lies after, and nothing lies between.
        #[test]
        fn planned_times_follow_one_another(schedule in any_schedule(), begin in 1_700_000_000i64..1_900_000_000) {
            let tz = berlin();
            let from = Timestamp::from_second(begin).unwrap();
            let next = schedule.after(from, &tz).unwrap();
            prop_assert!(next > from);
            if !matches!(schedule, Schedule::Every { .. }) {
                let just_before = next - SignedDuration::from_nanos(1);
                prop_assert_eq!(schedule.after(just_before, &tz), Some(next));
                prop_assert_eq!(schedule.after(from.min(just_before), &tz), Some(next));
            }
        }
    }
}
