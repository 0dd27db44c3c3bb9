//! Schedules and limits: from what a person wrote to what is checked, and into words.

use holdfast_backup::schedule::{self as core, BadSchedule, Because, Conditions, Hold, WEEK};
use jiff::{Timestamp, tz::TimeZone};

use crate::{
    AppError, ErrorCode, Result,
    dto::sets::{QuietHours, RunConditions, Schedule, ScheduleWords, Weekday},
    error::shown,
};

impl From<BadSchedule> for AppError {
    fn from(bad: BadSchedule) -> Self {
        let (message, hint) = match &bad {
            BadSchedule::Minutes(minutes) => (
                format!("a run every {minutes} minutes is not possible"),
                "choose 5 minutes to 7 days (10,080 minutes)".to_owned(),
            ),
            BadSchedule::Time(text) => {
                (format!("“{}” is no time of day", shown(text)), "write hours and minutes, such as 18:00".to_owned())
            }
            BadSchedule::NoDay => ("no day of the week was chosen".to_owned(), "choose at least one day".to_owned()),
            BadSchedule::Cron { expression, reason } => (
                format!("“{}” is not understood as a schedule: {}", shown(expression), shown(reason)),
                "write minute, hour, day, month and day of the week, such as 0 18 * * MON-FRI".to_owned(),
            ),
        };
        Self::config(ErrorCode::BadSchedule, message, hint)
    }
}

fn day(weekday: Weekday) -> jiff::civil::Weekday {
    WEEK[weekday as usize]
}

/// The day of the week of a moment.
pub(crate) fn weekday_of(day: jiff::civil::Weekday) -> Weekday {
    const ALL: [Weekday; 7] = [
        Weekday::Monday,
        Weekday::Tuesday,
        Weekday::Wednesday,
        Weekday::Thursday,
        Weekday::Friday,
        Weekday::Saturday,
        Weekday::Sunday,
    ];
    ALL[day.to_monday_zero_offset() as usize]
}

impl Schedule {
    /// Checks it.
    pub fn checked(&self) -> Result<core::Schedule> {
        Ok(match self {
            Self::Manual => core::Schedule::Manual,
            Self::Every { minutes } => core::Schedule::every(*minutes)?,
            Self::Daily { at } => core::Schedule::daily(at)?,
            Self::Weekly { days, at } => {
                let days: Vec<_> = days.iter().map(|weekday| day(*weekday)).collect();
                core::Schedule::weekly(&days, at)?
            }
            Self::Cron { expression } => core::Schedule::cron(expression)?,
        })
    }

    /// In words, and the next three times after `now`.
    pub fn words(&self, now: Timestamp, tz: &TimeZone) -> Result<ScheduleWords> {
        let checked = self.checked()?;
        let next = core::upcoming(&checked, now, tz, 3).iter().map(Timestamp::to_string).collect();
        let words = match (self, checked) {
            (Self::Manual, _) => "only when you ask".into(),
            (Self::Every { minutes }, _) => every(*minutes),
            (Self::Daily { at }, _) => format!("every day at {}", at.trim()),
            (Self::Weekly { days, at }, _) => format!("{} at {}", day_names(days), at.trim()),
            (Self::Cron { .. }, core::Schedule::Cron(cron)) => cron.describe(),
            (Self::Cron { expression }, _) => shown(expression),
        };
        Ok(ScheduleWords { words, next })
    }
}

fn every(minutes: u32) -> String {
    let say = |n: u32, one: &str| if n == 1 { format!("every {one}") } else { format!("every {n} {one}s") };
    match minutes {
        m if m % 1440 == 0 => say(m / 1440, "day"),
        m if m % 60 == 0 => say(m / 60, "hour"),
        m => say(m, "minute"),
    }
}

fn day_names(days: &[Weekday]) -> String {
    const NAMES: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
    let mut chosen: Vec<usize> = days.iter().map(|day| *day as usize).collect();
    chosen.sort_unstable();
    chosen.dedup();
    match chosen.as_slice() {
        [0, 1, 2, 3, 4, 5, 6] => "every day".into(),
        [0, 1, 2, 3, 4] => "Monday to Friday".into(),
        [5, 6] => "Saturday and Sunday".into(),
        [one] => format!("every {}", NAMES[*one]),
        several => {
            let (last, first) = several.split_last().unwrap_or((&0, &[]));
            let first: Vec<&str> = first.iter().map(|at| NAMES[*at]).collect();
            format!("{} and {}", first.join(", "), NAMES[*last])
        }
    }
}

impl QuietHours {
    /// Checks them.
    pub fn checked(&self) -> Result<core::QuietHours> {
        Ok(core::QuietHours::new(&self.from, &self.to)?)
    }
}

impl RunConditions {
    /// As the core has them.
    pub fn to_core(&self) -> Conditions {
        Conditions {
            not_on_battery: self.not_on_battery,
            not_on_metered: self.not_on_metered,
            not_on_wifi: self.not_on_wifi.clone(),
        }
    }
}

/// Why a run waits: "on battery", "quiet hours until 07:00".
pub fn hold_words(hold: &Hold, tz: &TimeZone) -> String {
    match (&hold.because, hold.until) {
        (Because::Paused, Some(until)) => {
            let until = until.to_zoned(tz.clone());
            format!("paused until {}", until.strftime("%A %H:%M"))
        }
        (Because::Paused, None) => "paused until you resume it".into(),
        (Because::QuietHours(end), _) => format!("quiet hours until {}", end.strftime("%H:%M")),
        (Because::OnBattery, _) => "on battery".into(),
        (Because::Metered, _) => "on a metered network".into(),
        (Because::Wifi(name), _) => format!("on the Wi-Fi “{}”", shown(name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schedule_is_said_in_words_with_its_next_times() {
        use Weekday::*;
        let now = "2026-11-20T12:00:00Z".parse().unwrap();
        for (schedule, words, next) in [
            (Schedule::Manual, "only when you ask", None),
            (Schedule::Every { minutes: 90 }, "every 90 minutes", Some("2026-11-20T13:30:00Z")),
            (Schedule::Every { minutes: 120 }, "every 2 hours", Some("2026-11-20T14:00:00Z")),
            (Schedule::Every { minutes: 60 }, "every hour", Some("2026-11-20T13:00:00Z")),
            (Schedule::Daily { at: "18:00".into() }, "every day at 18:00", Some("2026-11-20T18:00:00Z")),
            (
                Schedule::Weekly { days: vec![Friday, Monday], at: "9:00".into() },
                "Monday and Friday at 9:00",
                Some("2026-11-23T09:00:00Z"),
            ),
            (
                Schedule::Weekly { days: vec![Saturday, Sunday], at: "9:00".into() },
                "Saturday and Sunday at 9:00",
                Some("2026-11-21T09:00:00Z"),
            ),
        ] {
            let said = schedule.words(now, &TimeZone::UTC).unwrap();
            assert_eq!((said.words.as_str(), said.next.first().map(String::as_str)), (words, next));
            assert!(said.next.len() == 3 || next.is_none());
        }
        let cron = Schedule::Cron { expression: "0 18 * * 1-5".into() }.words(now, &TimeZone::UTC).unwrap();
        assert!(cron.words.contains("18:00"), "{cron:?}");
        let bad = Schedule::Daily { at: "25:00".into() }.words(now, &TimeZone::UTC).unwrap_err();
        assert_eq!(bad.code, ErrorCode::BadSchedule);
    }
}
