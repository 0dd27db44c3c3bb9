//! What a set is to do now. Pure: times and facts are handed in.

use std::time::Duration;

use holdfast_backup::schedule::{self, Decision, Hold, Limits, Moment, Schedule, SystemFacts};
use jiff::{Timestamp, tz::TimeZone};

use crate::dto::log::{RunKind, RunTrigger};

/// The whole folder is looked at so often where it is watched.
pub const RESCAN_EVERY: Duration = Duration::from_secs(60 * 60);
/// The same where the system cannot watch it.
pub const RESCAN_UNWATCHED: Duration = Duration::from_secs(15 * 60);
/// A wall clock that is so far ahead of the time that passed was set, or the computer slept.
pub const WOKE_AFTER: Duration = Duration::from_secs(60);

/// Now, by both clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// On the wall.
    pub wall: Timestamp,
    /// Since the process began; does not jump.
    pub since_start: Duration,
}

/// What is known of a set.
#[derive(Debug, Clone)]
pub struct SetFacts {
    /// When it runs.
    pub schedule: Schedule,
    /// When its copies are read back.
    pub drill: Schedule,
    /// What holds it back.
    pub limits: Limits,
    /// When it was made.
    pub made: Timestamp,
    /// Whether changes are sent as they happen.
    pub watch: bool,
    /// Whether a run is under way.
    pub busy: bool,
    /// Whether anything is in the bucket.
    pub stored: bool,
    /// Planned runs up to this time were dealt with.
    pub handled: Option<Timestamp>,
    /// The same for drills.
    pub drill_handled: Option<Timestamp>,
    /// A look at the whole folder is wanted, and why.
    pub rescan: Option<RunTrigger>,
    /// When the whole folder was looked at last, since the process began.
    pub looked: Option<Duration>,
    /// How long such a look is believed.
    pub believed_for: Duration,
    /// When something that could not be done is tried again.
    pub retry_at: Option<Duration>,
    /// When the watch queue wants to be looked at; `None` when nothing waits.
    pub queue_at: Option<Duration>,
    /// After a failure nothing begins by itself before this, but for planned runs.
    pub not_before: Option<Duration>,
}

/// What a set is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Back up the whole folder.
    Whole {
        /// Why.
        trigger: RunTrigger,
    },
    /// Look at what waits in the queue and send what holds still.
    Round,
    /// Try again what could not be done.
    Retry,
    /// Read some copies back.
    Drill,
    /// Write down that a planned run did not happen.
    Skip {
        /// A backup or a drill.
        kind: RunKind,
        /// When it was planned.
        planned: Timestamp,
        /// Why not.
        hold: Hold,
        /// Planned times up to this one are dealt with.
        handled: Timestamp,
    },
}

/// Decides. At most one thing at a time: one run of a set at once.
pub fn decide(facts: &SetFacts, system: &SystemFacts, now: Now, tz: &TimeZone) -> Option<Action> {
    if facts.busy {
        return None;
    }
    let planned = facts.planned(now.wall, system, tz);
    match &planned {
        Decision::Due { missed, .. } => {
            let trigger = if *missed { RunTrigger::CatchUp } else { RunTrigger::Schedule };
            return Some(Action::Whole { trigger });
        }
        Decision::Skipped { .. } => return skip(RunKind::Backup, planned),
        _ => {}
    }
    let drill = facts.planned_drill(now.wall, system, tz);
    if matches!(drill, Decision::Skipped { .. }) && facts.stored {
        return skip(RunKind::Drill, drill);
    }
    if facts.limits.hold(now.wall, tz, system).is_some() || facts.not_before.is_some_and(|at| now.since_start < at) {
        return None;
    }
    facts.unplanned(now, matches!(drill, Decision::Due { .. }))
}

fn skip(kind: RunKind, decision: Decision) -> Option<Action> {
    match decision {
        Decision::Skipped { planned, hold, handled } => Some(Action::Skip { kind, planned, hold, handled }),
        _ => None,
    }
}

impl SetFacts {
    /// What the schedule says.
    pub fn planned(&self, now: Timestamp, system: &SystemFacts, tz: &TimeZone) -> Decision {
        let moment = Moment { now, tz, handled: self.handled, since: self.made };
        schedule::decide(&self.schedule, &self.limits, system, moment)
    }

    /// What the schedule of drills says.
    pub fn planned_drill(&self, now: Timestamp, system: &SystemFacts, tz: &TimeZone) -> Decision {
        let moment = Moment { now, tz, handled: self.drill_handled, since: self.made };
        schedule::decide(&self.drill, &self.limits, system, moment)
    }

    fn unplanned(&self, now: Now, drill_due: bool) -> Option<Action> {
        let passed = |at: Option<Duration>| at.is_some_and(|at| at <= now.since_start);
        let stale = self.looked.map(|looked| looked + self.believed_for);
        if let Some(trigger) = self.rescan {
            return Some(Action::Whole { trigger });
        }
        if passed(self.retry_at) {
            return Some(Action::Retry);
        }
        if self.watch && passed(stale) {
            return Some(Action::Whole { trigger: RunTrigger::Watch });
        }
        if drill_due && self.stored {
            return Some(Action::Drill);
        }
        (self.watch && passed(self.queue_at)).then_some(Action::Round)
    }

    /// When it is worth asking again, from now on; at most `longest`.
    pub fn ask_again(&self, now: Now, system: &SystemFacts, tz: &TimeZone, longest: Duration) -> Duration {
        if self.busy {
            return longest;
        }
        let wall = |decision: Decision| match decision {
            Decision::Next { at } => Some(at),
            Decision::Waits { hold, .. } => hold.until,
            _ => None,
        };
        let planned = [self.planned(now.wall, system, tz), self.planned_drill(now.wall, system, tz)];
        let on_the_wall = planned.into_iter().filter_map(wall).map(|at| {
            let wait = at.duration_since(now.wall);
            Duration::try_from(wait).unwrap_or_default()
        });
        let held = self.limits.hold(now.wall, tz, system).is_some();
        let inside = [self.retry_at, self.queue_at.filter(|_| self.watch)];
        let inside = inside.into_iter().flatten().filter(|_| !held).map(|at| {
            let at = at.max(self.not_before.unwrap_or_default());
            at.saturating_sub(now.since_start)
        });
        on_the_wall.chain(inside).chain([longest]).min().unwrap_or(longest).min(longest)
    }
}

/// Whether the computer slept between two looks at the clocks (or its clock was set forward).
pub fn has_slept(before: Now, now: Now) -> bool {
    let on_the_wall = now.wall.duration_since(before.wall);
    let passed = now.since_start.saturating_sub(before.since_start);
    Duration::try_from(on_the_wall).is_ok_and(|wall| wall > passed + WOKE_AFTER)
}

#[cfg(test)]
mod tests {
    use holdfast_backup::schedule::{Because, Conditions, Pause};
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn now(seconds: u64) -> Now {
        let begin = at("2026-11-20T12:00:00Z");
        Now { wall: begin + jiff::SignedDuration::from_secs(seconds as i64), since_start: Duration::from_secs(seconds) }
    }

    fn facts() -> SetFacts {
        SetFacts {
            schedule: Schedule::Manual,
            drill: Schedule::Manual,
            limits: Limits::default(),
            made: at("2026-11-01T00:00:00Z"),
            watch: true,
            busy: false,
            stored: true,
            handled: None,
            drill_handled: None,
            rescan: None,
            looked: Some(Duration::ZERO),
            believed_for: RESCAN_EVERY,
            retry_at: None,
            queue_at: None,
            not_before: None,
        }
    }

    fn on(facts: &SetFacts, system: &SystemFacts) -> Option<Action> {
        decide(facts, system, now(100), &TimeZone::UTC)
    }

    #[test]
    fn one_thing_at_a_time_the_most_needed_first() {
        let daily = Schedule::daily("12:00").unwrap();
        let due = SetFacts { schedule: daily.clone(), handled: Some(at("2026-11-19T12:00:00Z")), ..facts() };
        let early = SetFacts { schedule: daily.clone(), handled: Some(at("2026-11-10T12:00:00Z")), ..facts() };
        let late = SetFacts { schedule: Schedule::daily("9:00").unwrap(), ..early.clone() };
        let weekly = Schedule::weekly(&[jiff::civil::Weekday::Monday], "9:00").unwrap();
        let second = Some(Duration::from_secs(1));
        let whole = |trigger| Some(Action::Whole { trigger });
        for (what, facts, want) in [
            ("nothing", facts(), None),
            ("a planned run", due.clone(), whole(RunTrigger::Schedule)),
            ("ten days off, back in time for one", early, whole(RunTrigger::CatchUp)),
            ("ten days off", late, whole(RunTrigger::CatchUp)),
            ("busy", SetFacts { busy: true, rescan: Some(RunTrigger::Start), ..due.clone() }, None),
            (
                "started",
                SetFacts { rescan: Some(RunTrigger::Start), queue_at: second, ..facts() },
                whole(RunTrigger::Start),
            ),
            ("a retry", SetFacts { retry_at: second, queue_at: second, ..facts() }, Some(Action::Retry)),
            ("a retry later", SetFacts { retry_at: Some(Duration::from_secs(101)), ..facts() }, None),
            ("a round", SetFacts { queue_at: second, ..facts() }, Some(Action::Round)),
            ("not watched", SetFacts { queue_at: second, watch: false, ..facts() }, None),
            (
                "the hour is over",
                SetFacts { believed_for: Duration::from_secs(100), queue_at: second, ..facts() },
                whole(RunTrigger::Watch),
            ),
            ("a drill", SetFacts { drill: weekly.clone(), queue_at: second, ..facts() }, Some(Action::Drill)),
            ("a drill of nothing", SetFacts { drill: weekly, stored: false, ..facts() }, None),
            (
                "after a failure",
                SetFacts { not_before: Some(Duration::from_secs(101)), queue_at: second, ..facts() },
                None,
            ),
            (
                "after a failure, but planned",
                SetFacts { not_before: Some(Duration::from_secs(101)), ..due },
                whole(RunTrigger::Schedule),
            ),
        ] {
            assert_eq!(on(&facts, &SystemFacts::default()), want, "{what}");
        }
    }

    #[test]
    fn what_holds_a_set_back_holds_everything_back() {
        let second = Some(Duration::from_secs(1));
        let conditions = Conditions { not_on_battery: true, ..Conditions::default() };
        let limits = Limits { conditions, ..Limits::default() };
        let system = SystemFacts { on_battery: Some(true), ..SystemFacts::default() };
        let schedule = Schedule::daily("12:00").unwrap();
        let handled = Some(at("2026-11-19T12:00:00Z"));
        let held = SetFacts {
            limits,
            schedule,
            handled,
            queue_at: second,
            retry_at: second,
            rescan: Some(RunTrigger::Start),
            ..facts()
        };
        assert_eq!(on(&held, &system), None);
        assert!(matches!(on(&held, &SystemFacts::default()), Some(Action::Whole { trigger: RunTrigger::Schedule })));
        let long = SetFacts { handled: Some(at("2026-11-18T11:00:00Z")), ..held };
        let Some(Action::Skip { kind: RunKind::Backup, planned, hold, handled }) = on(&long, &system) else {
            panic!("it is written down")
        };
        assert_eq!((planned, hold.because), (at("2026-11-18T12:00:00Z"), Because::OnBattery));
        assert_eq!(on(&SetFacts { handled: Some(handled), ..long }, &system), None, "it is written down once");
    }

    #[test]
    fn a_sleep_is_a_jump_of_the_wall_clock() {
        let before = now(100);
        assert!(!has_slept(before, now(10_000)));
        let woken = Now { wall: now(10_000).wall, since_start: Duration::from_secs(130) };
        assert!(has_slept(before, woken));
        let set_back = Now { wall: now(0).wall, since_start: Duration::from_secs(130) };
        assert!(!has_slept(before, set_back));
    }

    proptest! {
        /// Whoever asks again when told never misses a thing by more than that, and is never told to ask in a loop while
        /// something holds the set back.
        #[test]
        fn asking_again_when_told_is_soon_enough(
            queue in proptest::option::of(0u64..400),
            retry in proptest::option::of(0u64..400),
            not_before in proptest::option::of(0u64..400),
            paused: bool,
        ) {
            let seconds = |at: Option<u64>| at.map(Duration::from_secs);
            let pauses = if paused { vec![Pause::UntilResumed] } else { vec![] };
            let limits = Limits { pauses, ..Limits::default() };
            let facts = SetFacts {
                queue_at: seconds(queue), retry_at: seconds(retry), not_before: seconds(not_before), limits, ..facts()
            };
            let (system, longest) = (SystemFacts::default(), Duration::from_secs(1000));
            let wait = facts.ask_again(now(100), &system, &TimeZone::UTC, longest);
            match decide(&facts, &system, now(100), &TimeZone::UTC) {
                Some(_) => prop_assert_eq!(wait, Duration::ZERO),
                None => {
                    prop_assert!(wait > Duration::ZERO);
                    let before = now(100 + wait.as_secs().saturating_sub(1));
                    prop_assert_eq!(decide(&facts, &system, before, &TimeZone::UTC), None);
                    let there = now(100 + wait.as_secs());
                    let something = queue.or(retry).is_some() && !paused;
                    prop_assert_eq!(decide(&facts, &system, there, &TimeZone::UTC).is_some(), something);
                }
            }
        }
    }
}
