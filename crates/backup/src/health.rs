//! How well a set is, by rules that a person can read. Pure: facts of the run log and the time are handed in; words are
//! made elsewhere.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use specta::Type;

/// A set whose copies were not proven for so long is told so.
pub const PROVEN_WITHIN: SignedDuration = SignedDuration::from_hours(24 * 30);

/// A new set has so long until its first drill.
const FIRST_PROOF: SignedDuration = SignedDuration::from_hours(24 * 14);

/// The worst of all reasons, or how it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Type)]
#[serde(rename = "HealthColour", rename_all = "snake_case")]
pub enum Colour {
    /// Well.
    Green,
    /// Nothing can be said yet.
    None,
    /// Worth a look.
    Amber,
    /// A person must act.
    Red,
    /// A person paused it.
    Paused,
}

/// What may be said of a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename = "HealthCode", rename_all = "snake_case")]
pub enum Code {
    /// It never ran.
    NoRunYet,
    /// For too long no run was complete.
    NoCompleteBackup,
    /// The last run left something out.
    LastRunInPart,
    /// The last run failed.
    LastRunFailed,
    /// Removals wait for a person.
    Brake,
    /// Its copies were never read back, or not for long.
    NeverProven,
    /// A drill found copies that are not what was sent.
    DrillFailed,
    /// Files never hold still.
    UnstableFiles,
    /// A planned run did not happen.
    Missed,
    /// The folder is not there.
    FolderMissing,
    /// The place does not answer.
    PlaceUnreachable,
    /// A person paused it.
    Paused,
    /// What it says cannot be carried out: it never runs like that.
    NotUnderstood,
    /// Copies that a drill found wrong were sent anew, and nobody has read them back since.
    SentAnew,
}

/// One thing to be said, with what it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// What.
    pub code: Code,
    /// How bad.
    pub colour: Colour,
    /// Since when, where that is known.
    pub since: Option<Timestamp>,
    /// Files, objects or days it speaks of.
    pub count: u64,
    /// The run to look at.
    pub run: Option<String>,
}

/// How well a set is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// The worst of the reasons.
    pub colour: Colour,
    /// Since when.
    pub since: Option<Timestamp>,
    /// The worst first.
    pub reasons: Vec<Reason>,
}

/// How the last finished run went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Everything was confirmed.
    Complete,
    /// Something was left out.
    Partial,
    /// It failed as a whole.
    Failed(Cause),
    /// It waits for a person, which is told as that.
    Waits,
}

/// Why a run failed, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The folder is not there.
    FolderMissing,
    /// The place does not answer.
    Unreachable,
    /// Anything else.
    Other,
}

/// The last run that came to an end by itself. One that was stopped or killed says nothing of how the set is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastRun {
    /// Its id.
    pub id: String,
    /// When it ended.
    pub ended: Timestamp,
    /// How.
    pub outcome: Outcome,
    /// Files it could not do.
    pub failures: u64,
}

/// The last drill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastDrill {
    /// Its id.
    pub id: String,
    /// When it ended.
    pub ended: Timestamp,
    /// Copies that are not what was sent.
    pub wrong: u64,
    /// Whether a backup sent all of them anew since.
    pub sent_anew: bool,
}

/// What is known of a set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Now.
    pub now: Timestamp,
    /// When the set was made.
    pub made: Timestamp,
    /// Until when it is paused; `Some(None)`: until a person says so.
    pub paused: Option<Option<Timestamp>>,
    /// So many days without a complete run are too many.
    pub quiet_after_days: u32,
    /// The last run that came to an end by itself.
    pub last_run: Option<LastRun>,
    /// When the last complete run ended.
    pub last_complete: Option<Timestamp>,
    /// Objects whose removal waits for a person, and the run that asked.
    pub brake: Option<(u64, String)>,
    /// Whether drills are planned.
    pub drills: bool,
    /// The last drill.
    pub last_drill: Option<LastDrill>,
    /// When a drill last found everything as it should be.
    pub last_proven: Option<Timestamp>,
    /// Files that never hold still.
    pub unstable: u64,
    /// A planned run that did not happen and was not made up for: when, and its entry in the log.
    pub missed: Option<(Timestamp, String)>,
}

/// Judges.
pub fn judge(facts: &Facts) -> Health {
    let mut reasons: Vec<Reason> = [
        facts.folder_or_place(),
        facts.no_complete(),
        facts.brake(),
        facts.drill_failed(),
        facts.last_run(),
        facts.missed(),
        facts.unstable(),
        facts.unproven(),
    ]
    .into_iter()
    .flatten()
    .collect();
    reasons.sort_by_key(|reason| std::cmp::Reverse(reason.colour));
    if let Some(until) = facts.paused {
        let paused = reason(Code::Paused, Colour::Paused, until);
        reasons.insert(0, paused);
    }
    let worst = reasons.first();
    let colour = worst.map_or(Colour::Green, |reason| reason.colour);
    let since = worst.map_or(facts.last_complete, |reason| reason.since);
    Health { colour, since, reasons }
}

fn reason(code: Code, colour: Colour, since: Option<Timestamp>) -> Reason {
    Reason { code, colour, since, count: 0, run: None }
}

impl Facts {
    fn is_overdue(&self) -> bool {
        let limit = SignedDuration::from_hours(24 * i64::from(self.quiet_after_days.max(1)));
        self.now.duration_since(self.last_complete.unwrap_or(self.made)) >= limit
    }

    fn no_complete(&self) -> Option<Reason> {
        match (&self.last_run, self.last_complete) {
            (None, None) if !self.is_overdue() => Some(reason(Code::NoRunYet, Colour::None, None)),
            _ if self.is_overdue() => {
                let since = self.last_complete.unwrap_or(self.made);
                let days = self.now.duration_since(since).as_hours().max(0) as u64 / 24;
                Some(Reason { count: days, ..reason(Code::NoCompleteBackup, Colour::Red, Some(since)) })
            }
            _ => None,
        }
    }

    fn folder_or_place(&self) -> Option<Reason> {
        let last = self.last_run.as_ref()?;
        let (code, colour) = match last.outcome {
            Outcome::Failed(Cause::FolderMissing) => (Code::FolderMissing, Colour::Red),
            Outcome::Failed(Cause::Unreachable) => (Code::PlaceUnreachable, Colour::Amber),
            _ => return None,
        };
        Some(Reason { run: Some(last.id.clone()), ..reason(code, colour, Some(last.ended)) })
    }

    fn last_run(&self) -> Option<Reason> {
        let last = self.last_run.as_ref()?;
        let (code, colour) = match last.outcome {
            // A run is in part for the removals that wait; that is said already.
            Outcome::Partial if self.brake.is_some() && last.failures == 0 => return None,
            Outcome::Partial => (Code::LastRunInPart, Colour::Amber),
            Outcome::Failed(Cause::Other) => (Code::LastRunFailed, Colour::Red),
            _ => return None,
        };
        let run = Some(last.id.clone());
        Some(Reason { count: last.failures, run, ..reason(code, colour, Some(last.ended)) })
    }

    fn brake(&self) -> Option<Reason> {
        let (removals, run) = self.brake.clone()?;
        Some(Reason { count: removals, run: Some(run), ..reason(Code::Brake, Colour::Red, None) })
    }

    fn drill_failed(&self) -> Option<Reason> {
        let drill = self.last_drill.as_ref().filter(|drill| drill.wrong > 0)?;
        let run = Some(drill.id.clone());
        let (code, colour) = match drill.sent_anew {
            true => (Code::SentAnew, Colour::Amber),
            false => (Code::DrillFailed, Colour::Red),
        };
        Some(Reason { count: drill.wrong, run, ..reason(code, colour, Some(drill.ended)) })
    }

    fn unproven(&self) -> Option<Reason> {
        self.last_complete.filter(|_| self.drills)?;
        let (since, patience) = match self.last_proven {
            Some(proven) => (proven, PROVEN_WITHIN),
            None => (self.made, FIRST_PROOF),
        };
        let old = self.now.duration_since(since);
        let days = old.as_hours().max(0) as u64 / 24;
        let told = Reason { count: days, ..reason(Code::NeverProven, Colour::Amber, Some(since)) };
        (old >= patience).then_some(told)
    }

    fn unstable(&self) -> Option<Reason> {
        let told = Reason { count: self.unstable, ..reason(Code::UnstableFiles, Colour::Amber, None) };
        (self.unstable > 0).then_some(told)
    }

    fn missed(&self) -> Option<Reason> {
        let (at, run) = self.missed.clone()?;
        Some(Reason { run: Some(run), ..reason(Code::Missed, Colour::Amber, Some(at)) })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(n: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000).unwrap() + SignedDuration::from_hours(24 * n)
    }

    fn facts() -> Facts {
        Facts {
            now: day(10),
            made: day(0),
            paused: None,
            quiet_after_days: 3,
            last_run: Some(run(Outcome::Complete, 0)),
            last_complete: Some(day(9)),
            brake: None,
            drills: true,
            last_drill: None,
            last_proven: Some(day(8)),
            unstable: 0,
            missed: None,
        }
    }

    fn run(outcome: Outcome, failures: u64) -> LastRun {
        LastRun { id: "r".into(), ended: day(9), outcome, failures }
    }

    #[test]
    fn each_rule_can_be_read() {
        use Code as C;
        use Colour::{Amber, Green, Paused, Red};
        let failed = |cause| Some(run(Outcome::Failed(cause), 0));
        let drill = |wrong| Some(LastDrill { id: "d".into(), ended: day(9), wrong, sent_anew: false });
        let mended = drill(1).map(|drill| LastDrill { sent_anew: true, ..drill });
        let cases: Vec<(&str, Facts, Colour, Vec<C>)> = vec![
            ("all is well", facts(), Green, vec![]),
            (
                "new",
                Facts { last_run: None, last_complete: None, now: day(1), ..facts() },
                Colour::None,
                vec![C::NoRunYet],
            ),
            (
                "made three days ago and never run",
                Facts { last_run: None, last_complete: None, now: day(3), ..facts() },
                Red,
                vec![C::NoCompleteBackup],
            ),
            ("three days without", Facts { last_complete: Some(day(7)), ..facts() }, Red, vec![C::NoCompleteBackup]),
            ("almost three days", Facts { last_complete: Some(day(8)), ..facts() }, Green, vec![]),
            ("in part", Facts { last_run: Some(run(Outcome::Partial, 2)), ..facts() }, Amber, vec![C::LastRunInPart]),
            ("failed", Facts { last_run: failed(Cause::Other), ..facts() }, Red, vec![C::LastRunFailed]),
            ("no folder", Facts { last_run: failed(Cause::FolderMissing), ..facts() }, Red, vec![C::FolderMissing]),
            ("no place", Facts { last_run: failed(Cause::Unreachable), ..facts() }, Amber, vec![C::PlaceUnreachable]),
            (
                "the brake at the first run",
                Facts {
                    brake: Some((9, "r".into())),
                    last_run: Some(run(Outcome::Waits, 0)),
                    last_complete: None,
                    now: day(1),
                    ..facts()
                },
                Red,
                vec![C::Brake],
            ),
            (
                "stopped before it was ever complete",
                Facts { last_run: None, last_complete: None, now: day(2), ..facts() },
                Colour::None,
                vec![C::NoRunYet],
            ),
            (
                "the brake",
                Facts { brake: Some((9, "r".into())), last_run: Some(run(Outcome::Partial, 0)), ..facts() },
                Red,
                vec![C::Brake],
            ),
            ("a failed drill", Facts { last_drill: drill(1), ..facts() }, Red, vec![C::DrillFailed]),
            ("a failed drill, and copied again", Facts { last_drill: mended, ..facts() }, Amber, vec![C::SentAnew]),
            ("a good drill", Facts { last_drill: drill(0), ..facts() }, Green, vec![]),
            (
                "never proven",
                Facts { last_proven: None, now: day(14), last_complete: Some(day(13)), ..facts() },
                Amber,
                vec![C::NeverProven],
            ),
            (
                "no drills wanted",
                Facts { last_proven: None, now: day(14), last_complete: Some(day(13)), drills: false, ..facts() },
                Green,
                vec![],
            ),
            ("unstable", Facts { unstable: 3, ..facts() }, Amber, vec![C::UnstableFiles]),
            ("missed", Facts { missed: Some((day(9), "s".into())), ..facts() }, Amber, vec![C::Missed]),
            (
                "two things, the worse first",
                Facts { unstable: 3, last_drill: drill(1), ..facts() },
                Red,
                vec![C::DrillFailed, C::UnstableFiles],
            ),
            (
                "paused, and what was wrong stays in sight",
                Facts { paused: Some(None), unstable: 1, ..facts() },
                Paused,
                vec![C::Paused, C::UnstableFiles],
            ),
        ];
        for (name, facts, colour, codes) in cases {
            let health = judge(&facts);
            let found: Vec<Code> = health.reasons.iter().map(|reason| reason.code).collect();
            assert_eq!((health.colour, found), (colour, codes), "{name}");
        }
    }

    proptest! {
        #[test]
        fn green_is_only_said_of_a_set_that_has_a_fresh_complete_run(
            complete in proptest::option::of(0i64..20),
            failures in 0u64..3,
            wrong in 0u64..3,
        ) {
            let outcome = if failures > 0 { Outcome::Partial } else { Outcome::Complete };
            let facts = Facts {
                now: day(20),
                last_complete: complete.map(day),
                last_run: complete.map(|_| run(outcome, failures)),
                last_drill: Some(LastDrill { id: "d".into(), ended: day(9), wrong, sent_anew: false }),
                last_proven: Some(day(19)),
                ..facts()
            };
            if judge(&facts).colour == Colour::Green {
                let complete = complete.expect("a complete run");
                prop_assert!(20 - complete < 3);
                prop_assert_eq!((failures, wrong), (0, 0));
            }
        }
    }
}
