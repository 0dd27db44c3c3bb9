//! What holds a run back: a pause, quiet hours, battery, network. What the system does not tell holds nothing back.

use jiff::{Timestamp, ToSpan, civil::Time, tz::TimeZone};

use super::calendar::{BadSchedule, on, time_of_day};

/// Hours in which nothing runs by itself; they may cross midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuietHours {
    from: Time,
    to: Time,
}

/// On which day hours began that may cross midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Began {
    /// On this day.
    Today,
    /// On the day before.
    Yesterday,
}

impl QuietHours {
    /// From one time of day (`22:00`) to another (`07:00`). Two equal times are no quiet hours.
    pub fn new(from: &str, to: &str) -> Result<Self, BadSchedule> {
        let (begin, end) = (time_of_day(from)?, time_of_day(to)?);
        if begin == end { Err(BadSchedule::Time(to.to_owned())) } else { Ok(Self { from: begin, to: end }) }
    }

    /// Whether a time of day lies within.
    pub fn contain(&self, time: Time) -> bool {
        match self.from < self.to {
            true => self.from <= time && time < self.to,
            false => self.from <= time || time < self.to,
        }
    }

    /// Whether a time of day lies within, and on which day they began then: the morning after belongs to the day before.
    pub fn began(&self, time: Time) -> Option<Began> {
        match (self.contain(time), self.from < self.to || self.from <= time) {
            (false, _) => None,
            (true, true) => Some(Began::Today),
            (true, false) => Some(Began::Yesterday),
        }
    }

    /// When they end, if they hold now.
    pub fn until(&self, now: Timestamp, tz: &TimeZone) -> Option<(Time, Timestamp)> {
        let here = now.to_zoned(tz.clone());
        if !self.contain(here.time()) {
            return None;
        }
        let tomorrow = here.date().checked_add(1.day()).ok()?;
        let end = [here.date(), tomorrow].into_iter().filter_map(|day| on(day, self.to, tz)).find(|end| *end > now)?;
        Some((self.to, end))
    }
}

/// Where and on what a run may happen.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Conditions {
    /// Not on battery.
    pub not_on_battery: bool,
    /// Not on a network that counts bytes.
    pub not_on_metered: bool,
    /// Not on these Wi-Fi networks, by name.
    pub not_on_wifi: Vec<String>,
}

impl Conditions {
    /// What holds back in either.
    pub fn and(&self, other: &Self) -> Self {
        Self {
            not_on_battery: self.not_on_battery || other.not_on_battery,
            not_on_metered: self.not_on_metered || other.not_on_metered,
            not_on_wifi: self.not_on_wifi.iter().chain(&other.not_on_wifi).cloned().collect(),
        }
    }
}

/// What the system tells; `None` where it does not.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SystemFacts {
    /// Whether it runs on battery.
    pub on_battery: Option<bool>,
    /// Whether the network counts bytes.
    pub metered: Option<bool>,
    /// Name of the Wi-Fi network.
    pub wifi: Option<String>,
}

/// A person's wish that nothing runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pause {
    /// Until then.
    Until(Timestamp),
    /// Until the person says so.
    UntilResumed,
}

impl Pause {
    fn holds(self, now: Timestamp) -> bool {
        match self {
            Self::Until(end) => now < end,
            Self::UntilResumed => true,
        }
    }

    fn end(self) -> Option<Timestamp> {
        match self {
            Self::Until(end) => Some(end),
            Self::UntilResumed => None,
        }
    }
}

/// Everything that may hold a run back.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Limits {
    /// A pause of this set, and one of all sets.
    pub pauses: Vec<Pause>,
    /// Quiet hours of this set, and of all sets.
    pub quiet: Vec<QuietHours>,
    /// Power and network.
    pub conditions: Conditions,
}

/// Why a run is held back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Because {
    /// A person paused it.
    Paused,
    /// Quiet hours until this time of day.
    QuietHours(Time),
    /// The computer runs on battery.
    OnBattery,
    /// The network counts bytes.
    Metered,
    /// On a Wi-Fi network that was ruled out.
    Wifi(String),
}

/// A run is held back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// Why.
    pub because: Because,
    /// Until when, where that is known.
    pub until: Option<Timestamp>,
}

impl Limits {
    /// What holds a run back now, the strongest first.
    pub fn hold(&self, now: Timestamp, tz: &TimeZone, system: &SystemFacts) -> Option<Hold> {
        self.paused(now).or_else(|| self.quiet_now(now, tz)).or_else(|| self.ruled_out(system))
    }

    /// The pause that holds longest.
    pub fn paused(&self, now: Timestamp) -> Option<Hold> {
        let holding = self.pauses.iter().filter(|pause| pause.holds(now));
        let longest = holding.max_by_key(|pause| pause.end().unwrap_or(Timestamp::MAX))?;
        Some(Hold { because: Because::Paused, until: longest.end() })
    }

    fn quiet_now(&self, now: Timestamp, tz: &TimeZone) -> Option<Hold> {
        let ends = self.quiet.iter().filter_map(|quiet| quiet.until(now, tz));
        let (at, end) = ends.max_by_key(|(_, end)| *end)?;
        Some(Hold { because: Because::QuietHours(at), until: Some(end) })
    }

    fn ruled_out(&self, system: &SystemFacts) -> Option<Hold> {
        let rules = &self.conditions;
        let wifi = system.wifi.as_ref().filter(|name| rules.not_on_wifi.contains(name));
        let because = if rules.not_on_battery && system.on_battery == Some(true) {
            Because::OnBattery
        } else if rules.not_on_metered && system.metered == Some(true) {
            Because::Metered
        } else {
            Because::Wifi(wifi?.clone())
        };
        Some(Hold { because, until: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn quiet_hours_cross_midnight_and_changes_of_the_clock() {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        let night = QuietHours::new("22:00", "07:00").unwrap();
        let noon = QuietHours::new("12:00", "13:30").unwrap();
        let early = QuietHours::new("01:00", "02:30").unwrap();
        for (quiet, now, end) in [
            (night, "2026-06-01T19:59:59Z", None),
            (night, "2026-06-01T20:00:00Z", Some("2026-06-02T05:00:00Z")),
            (night, "2026-06-02T04:59:59Z", Some("2026-06-02T05:00:00Z")),
            (night, "2026-06-02T05:00:00Z", None),
            (noon, "2026-06-02T10:00:00Z", Some("2026-06-02T11:30:00Z")),
            (noon, "2026-06-02T11:30:00Z", None),
            (night, "2026-03-28T22:00:00Z", Some("2026-03-29T05:00:00Z")),
            (night, "2026-10-24T21:00:00Z", Some("2026-10-25T06:00:00Z")),
            (early, "2026-03-29T00:30:00Z", Some("2026-03-29T01:30:00Z")),
        ] {
            assert_eq!(quiet.until(time(now), &berlin).map(|(_, end)| end), end.map(time), "{quiet:?} at {now}");
        }
        assert!(QuietHours::new("07:00", "07:00").is_err());
    }

    #[test]
    fn only_what_the_system_tells_holds_a_run_back() {
        let rules = Conditions { not_on_battery: true, not_on_metered: true, not_on_wifi: vec!["train".into()] };
        let limits = Limits { conditions: rules, ..Limits::default() };
        let held = |facts: SystemFacts| limits.hold(Timestamp::UNIX_EPOCH, &TimeZone::UTC, &facts).map(|h| h.because);
        assert_eq!(held(SystemFacts::default()), None);
        let battery = SystemFacts { on_battery: Some(true), metered: Some(true), wifi: Some("train".into()) };
        assert_eq!(held(battery.clone()), Some(Because::OnBattery));
        assert_eq!(held(SystemFacts { on_battery: None, ..battery.clone() }), Some(Because::Metered));
        assert_eq!(
            held(SystemFacts { on_battery: Some(false), metered: Some(false), ..battery }),
            Some(Because::Wifi("train".into()))
        );
        let home = SystemFacts { wifi: Some("home".into()), ..SystemFacts::default() };
        assert_eq!(held(home), None);
    }

    #[test]
    fn a_pause_ends_by_itself_or_by_a_person() {
        let limits = |pauses: &[Pause]| Limits { pauses: pauses.to_vec(), ..Limits::default() };
        let (now, later) = (time("2026-06-01T10:00:00Z"), time("2026-06-01T11:00:00Z"));
        let hour = limits(&[Pause::Until(later)]);
        assert_eq!(hour.paused(now), Some(Hold { because: Because::Paused, until: Some(later) }));
        assert_eq!(hour.paused(later), None);
        let both = limits(&[Pause::Until(later), Pause::UntilResumed]);
        assert_eq!(both.paused(now), Some(Hold { because: Because::Paused, until: None }));
    }
}
