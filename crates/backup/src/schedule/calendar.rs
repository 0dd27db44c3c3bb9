//! Planned times: every so many minutes, daily, weekly, or by a cron line. Times of day are those of the person's clock.
//!
//! A time that a change of the clock leaves out is moved forward by what was left out; one that comes twice is taken the
//! first time.

use std::str::FromStr;

use croner::{
    Cron,
    parser::{CronParser, Seconds, Year},
};
use jiff::{
    SignedDuration, Timestamp, ToSpan,
    civil::{Date, Time, Weekday},
    tz::TimeZone,
};

/// Fewest and most minutes between two runs.
pub const MINUTES: std::ops::RangeInclusive<u32> = 5..=10_080;

/// The days in order.
pub const WEEK: [Weekday; 7] = [
    Weekday::Monday,
    Weekday::Tuesday,
    Weekday::Wednesday,
    Weekday::Thursday,
    Weekday::Friday,
    Weekday::Saturday,
    Weekday::Sunday,
];

/// When a set runs by itself.
#[derive(Debug, Clone)]
pub enum Schedule {
    /// Never.
    Manual,
    /// So long after the last run.
    Every {
        /// [`MINUTES`].
        minutes: u32,
    },
    /// Each day.
    Daily {
        /// When.
        at: Time,
    },
    /// On some days of the week.
    Weekly {
        /// At least one.
        days: Vec<Weekday>,
        /// When.
        at: Time,
    },
    /// By a cron line of five fields.
    Cron(Box<Cron>),
}

/// Why something is no schedule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadSchedule {
    /// Not within [`MINUTES`].
    #[error("{0} minutes are too few or too many")]
    Minutes(u32),
    /// Not a time such as `18:00`.
    #[error("{0:?} is no time of day")]
    Time(String),
    /// No day of the week.
    #[error("no day was chosen")]
    NoDay,
    /// Not a cron line.
    #[error("{expression:?} is no cron line: {reason}")]
    Cron {
        /// As it was written.
        expression: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// `18:00` or `7:05`.
pub(super) fn time_of_day(text: &str) -> Result<Time, BadSchedule> {
    let bad = || BadSchedule::Time(text.to_owned());
    let (hour, minute) = text.trim().split_once(':').ok_or_else(bad)?;
    let number = |part: &str, most: usize| {
        let plain = (1..=2).contains(&part.len()) && part.len() <= most && part.bytes().all(|b| b.is_ascii_digit());
        if plain { i8::from_str(part).map_err(|_| bad()) } else { Err(bad()) }
    };
    if minute.len() != 2 {
        return Err(bad());
    }
    Time::new(number(hour, 2)?, number(minute, 2)?, 0, 0).map_err(|_| bad())
}

impl Schedule {
    /// Every so many minutes.
    pub fn every(minutes: u32) -> Result<Self, BadSchedule> {
        if MINUTES.contains(&minutes) { Ok(Self::Every { minutes }) } else { Err(BadSchedule::Minutes(minutes)) }
    }

    /// Each day at a time such as `18:00`.
    pub fn daily(at: &str) -> Result<Self, BadSchedule> {
        Ok(Self::Daily { at: time_of_day(at)? })
    }

    /// On these days at a time.
    pub fn weekly(days: &[Weekday], at: &str) -> Result<Self, BadSchedule> {
        let mut days = days.to_vec();
        days.sort_by_key(|day| day.to_monday_zero_offset());
        days.dedup();
        if days.is_empty() { Err(BadSchedule::NoDay) } else { Ok(Self::Weekly { days, at: time_of_day(at)? }) }
    }

    /// By a cron line: minute, hour, day of the month, month, day of the week.
    pub fn cron(expression: &str) -> Result<Self, BadSchedule> {
        let bad = |reason: String| BadSchedule::Cron { expression: expression.to_owned(), reason };
        let cron = parse_cron(expression).ok_or_else(|| bad(wrong_part(expression)))?;
        let begin = Timestamp::UNIX_EPOCH.to_zoned(TimeZone::UTC);
        match cron.find_next_occurrence(&begin, false) {
            Ok(_) => Ok(Self::Cron(Box::new(cron))),
            Err(_) => Err(bad("it never comes".into())),
        }
    }

    /// The first planned time after `from`.
    pub fn after(&self, from: Timestamp, tz: &TimeZone) -> Option<Timestamp> {
        match self {
            Self::Manual => None,
            Self::Every { minutes } => from.checked_add(SignedDuration::from_mins(i64::from(*minutes))).ok(),
            Self::Daily { at } => day_after(from, tz, *at, |_| true),
            Self::Weekly { days, at } => day_after(from, tz, *at, |day| days.contains(&day.weekday())),
            Self::Cron(cron) => {
                let next = cron.find_next_occurrence(&from.to_zoned(tz.clone()), false).ok()?;
                Some(next.timestamp()).filter(|next| *next > from)
            }
        }
    }
}

fn day_after(from: Timestamp, tz: &TimeZone, at: Time, fits: impl Fn(Date) -> bool) -> Option<Timestamp> {
    let yesterday = from.to_zoned(tz.clone()).date().checked_sub(1.day()).ok()?;
    let days = std::iter::successors(Some(yesterday), |day| day.checked_add(1.day()).ok());
    let times = days.take(16).filter(|day| fits(*day)).filter_map(|day| on(day, at, tz));
    times.into_iter().find(|time| *time > from)
}

/// A time of the person's clock on a day.
pub(super) fn on(day: Date, at: Time, tz: &TimeZone) -> Option<Timestamp> {
    let zoned = tz.to_ambiguous_zoned(day.to_datetime(at)).compatible().ok()?;
    Some(zoned.timestamp())
}

fn parse_cron(expression: &str) -> Option<Cron> {
    CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build().parse(expression).ok()
}

/// Why a cron line is none, in words of ours: the library speaks to programmers.
fn wrong_part(expression: &str) -> String {
    const PARTS: [&str; 5] = ["minute", "hour", "day of the month", "month", "day of the week"];
    let parts: Vec<&str> = expression.split_whitespace().collect();
    if parts.len() != PARTS.len() {
        return format!("it has {} parts and not five", parts.len());
    }
    let alone =
        |at: usize| (0..PARTS.len()).map(|n| if n == at { parts[n] } else { "*" }).collect::<Vec<_>>().join(" ");
    let wrong = (0..PARTS.len()).find(|at| parse_cron(&alone(*at)).is_none());
    wrong.map_or_else(|| "its parts do not fit together".into(), |at| format!("“{}” is no {}", parts[at], PARTS[at]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn planned_times_are_those_of_the_clock_on_the_wall() {
        let (berlin, utc) = (TimeZone::get("Europe/Berlin").unwrap(), TimeZone::UTC);
        let workdays = [Weekday::Friday, Weekday::Monday];
        for (schedule, tz, from, want) in [
            (Schedule::every(90).unwrap(), &utc, "2026-06-01T10:00:00Z", "2026-06-01T11:30:00Z"),
            (Schedule::daily("18:00").unwrap(), &berlin, "2026-06-01T10:00:00Z", "2026-06-01T16:00:00Z"),
            (Schedule::daily("18:00").unwrap(), &berlin, "2026-06-01T16:00:00Z", "2026-06-02T16:00:00Z"),
            (Schedule::daily("0:05").unwrap(), &berlin, "2026-06-01T10:00:00Z", "2026-06-01T22:05:00Z"),
            // In Berlin 02:00 to 03:00 is left out on 29 March 2026 and comes twice on 25 October 2026.
            (Schedule::daily("02:30").unwrap(), &berlin, "2026-03-28T12:00:00Z", "2026-03-29T01:30:00Z"),
            (Schedule::daily("02:30").unwrap(), &berlin, "2026-03-29T01:30:00Z", "2026-03-30T00:30:00Z"),
            (Schedule::daily("02:30").unwrap(), &berlin, "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z"),
            (Schedule::daily("02:30").unwrap(), &berlin, "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"),
            (Schedule::weekly(&workdays, "09:00").unwrap(), &utc, "2026-06-02T00:00:00Z", "2026-06-05T09:00:00Z"),
            (Schedule::weekly(&workdays, "09:00").unwrap(), &utc, "2026-06-05T09:00:00Z", "2026-06-08T09:00:00Z"),
            (Schedule::cron("30 2 * * *").unwrap(), &berlin, "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z"),
            (Schedule::cron("30 2 * * *").unwrap(), &berlin, "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"),
            (Schedule::cron("0 12 * * MON").unwrap(), &utc, "2026-06-02T00:00:00Z", "2026-06-08T12:00:00Z"),
            (Schedule::cron("0 0 29 2 *").unwrap(), &utc, "2026-06-02T00:00:00Z", "2028-02-29T00:00:00Z"),
        ] {
            assert_eq!(schedule.after(time(from), tz), Some(time(want)), "{schedule:?} after {from}");
        }
    }

    #[test]
    fn a_cron_line_in_the_hour_that_is_left_out_still_runs_that_day() {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        let next = Schedule::cron("30 2 * * *").unwrap().after(time("2026-03-28T12:00:00Z"), &berlin).unwrap();
        assert!((time("2026-03-29T01:00:00Z")..=time("2026-03-29T01:30:00Z")).contains(&next), "{next}");
    }

    #[test]
    fn what_is_no_schedule_is_refused() {
        for bad in ["", "18", "24:00", "18:60", "1800", "18:0", "-1:00", "18:00:00", "aa:bb", "+1:00"] {
            assert_eq!(Schedule::daily(bad).unwrap_err(), BadSchedule::Time(bad.into()));
        }
        assert_eq!(Schedule::every(4).unwrap_err(), BadSchedule::Minutes(4));
        assert_eq!(Schedule::every(10_081).unwrap_err(), BadSchedule::Minutes(10_081));
        assert_eq!(Schedule::weekly(&[], "18:00").unwrap_err(), BadSchedule::NoDay);
        for bad in ["", "* * * *", "* * * * * *", "61 * * * *", "0 0 31 2 *", "every day", "@reboot"] {
            assert!(matches!(Schedule::cron(bad), Err(BadSchedule::Cron { .. })), "{bad}");
        }
    }

    #[test]
    fn the_part_of_a_cron_line_that_is_wrong_is_named() {
        let table = [
            ("* * * *", "it has 4 parts and not five"),
            ("61 * * * *", "“61” is no minute"),
            ("0 25 * * *", "“25” is no hour"),
            ("0 18 * * MOO", "“MOO” is no day of the week"),
            ("0 0 31 2 *", "it never comes"),
        ];
        for (line, why) in table {
            let Err(BadSchedule::Cron { reason, .. }) = Schedule::cron(line) else { panic!("{line} is accepted") };
            assert_eq!(reason, why, "{line}");
        }
    }
}
