//! `settings.json`: what is neither a place's nor a set's.

mod export;

use holdfast_backup::schedule::{Began, Limits, Pause, QuietHours};
use jiff::{Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};

use crate::{
    AppError, ErrorCode, Result,
    config_file::{ConfigFile, Kept},
    dto::settings::{Bandwidth, BrakeSettings, NotificationSettings, Settings},
    profiles::Unknown,
    schedules::weekday_of,
    sets::SetPlan,
};

/// The settings as they are kept: fields of other versions stay.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeptSettings {
    version: u32,
    /// What this version knows.
    #[serde(default, deserialize_with = "over_defaults")]
    pub settings: Settings,
    #[serde(flatten)]
    unknown: Unknown,
}

/// Fields that an older version did not write have their defaults.
fn over_defaults<'de, D: serde::Deserializer<'de>>(from: D) -> std::result::Result<Settings, D::Error> {
    use serde::de::Error;
    let written = serde_json::Map::deserialize(from)?;
    let mut all = serde_json::to_value(Settings::default()).map_err(D::Error::custom)?;
    if let Some(fields) = all.as_object_mut() {
        fields.extend(written);
    }
    serde_json::from_value(all).map_err(D::Error::custom)
}

impl Default for KeptSettings {
    fn default() -> Self {
        Self { version: Self::FORMAT, settings: Settings::default(), unknown: Unknown::new() }
    }
}

impl Kept for KeptSettings {
    const FORMAT: u32 = 1;
}

/// `settings.json` in a folder.
pub type SettingsFile = ConfigFile<KeptSettings>;

impl Default for NotificationSettings {
    fn default() -> Self {
        Self { problems: true, first_success: true, digest: true }
    }
}

impl Default for BrakeSettings {
    fn default() -> Self {
        Self { files: 1000, percent: 50 }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            bandwidth: Bandwidth::default(),
            conditions: Default::default(),
            quiet_hours: None,
            notifications: NotificationSettings::default(),
            start_at_login: false,
            close_to_tray: true,
            theme: Default::default(),
            language: Default::default(),
            device_name: String::new(),
            brake: BrakeSettings::default(),
        }
    }
}

impl Settings {
    /// Says what is wrong with them.
    pub fn check(&self) -> Result<()> {
        self.quiet_hours.as_ref().map(|quiet| quiet.checked()).transpose()?;
        for row in &self.bandwidth.timetable {
            QuietHours::new(&row.from, &row.to)?;
        }
        match self.brake.percent {
            1..=100 => Ok(()),
            percent => Err(AppError::config(
                ErrorCode::SetBad,
                format!("{percent} percent is no share"),
                "choose 1 to 100 percent",
            )),
        }
    }

    /// Most bytes per second now; 0 for no limit.
    pub fn bytes_per_second(&self, now: Timestamp, tz: &TimeZone) -> u64 {
        let here = now.to_zoned(tz.clone());
        let (today, yesterday) = (weekday_of(here.weekday()), weekday_of(here.weekday().previous()));
        let fits = |row: &&crate::dto::settings::BandwidthHours| {
            let hours = QuietHours::new(&row.from, &row.to).ok();
            hours.and_then(|hours| hours.began(here.time())).is_some_and(|began| match began {
                Began::Today => row.days.contains(&today),
                Began::Yesterday => row.days.contains(&yesterday),
            })
        };
        let row = self.bandwidth.timetable.iter().find(fits);
        row.map_or(self.bandwidth.bytes_per_second, |row| row.bytes_per_second).unwrap_or(0)
    }

    /// What holds runs of a set back.
    pub fn limits(&self, plan: &SetPlan, pauses: Vec<Pause>) -> Limits {
        let quiet = self.quiet_hours.as_ref().and_then(|quiet| quiet.checked().ok());
        Limits {
            pauses,
            quiet: quiet.into_iter().chain(plan.quiet).collect(),
            conditions: plan.conditions.and(&self.conditions.to_core()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dto::{sets::Weekday, settings::BandwidthHours};

    #[test]
    fn the_first_row_of_the_timetable_that_fits_counts() {
        let row = |days: &[Weekday], from: &str, to: &str, limit| BandwidthHours {
            days: days.to_vec(),
            from: from.into(),
            to: to.into(),
            bytes_per_second: limit,
        };
        let settings = Settings {
            bandwidth: Bandwidth {
                bytes_per_second: Some(100),
                timetable: vec![
                    row(&[Weekday::Friday], "09:00", "17:00", Some(10)),
                    row(&[Weekday::Friday], "08:00", "18:00", None),
                ],
            },
            ..Settings::default()
        };
        settings.check().unwrap();
        for (now, want) in [
            ("2026-11-20T12:00:00Z", 10),
            ("2026-11-20T08:30:00Z", 0),
            ("2026-11-20T20:00:00Z", 100),
            ("2026-11-21T12:00:00Z", 100),
        ] {
            assert_eq!(settings.bytes_per_second(now.parse().unwrap(), &TimeZone::UTC), want, "{now}");
        }
    }

    #[test]
    fn the_morning_after_belongs_to_the_day_on_which_the_hours_began() {
        let friday = BandwidthHours {
            days: vec![Weekday::Friday],
            from: "22:00".into(),
            to: "09:00".into(),
            bytes_per_second: Some(10),
        };
        let bandwidth = Bandwidth { bytes_per_second: None, timetable: vec![friday] };
        let settings = Settings { bandwidth, ..Settings::default() };
        for (now, want) in [
            ("2026-11-20T08:00:00Z", 0),
            ("2026-11-20T21:59:59Z", 0),
            ("2026-11-20T22:00:00Z", 10),
            ("2026-11-21T08:59:59Z", 10),
            ("2026-11-21T09:00:00Z", 0),
            ("2026-11-21T22:00:00Z", 0),
        ] {
            assert_eq!(settings.bytes_per_second(now.parse().unwrap(), &TimeZone::UTC), want, "{now}");
        }
    }

    #[test]
    fn settings_are_kept_with_fields_of_other_versions() {
        let folder = tempfile::tempdir().unwrap();
        let file = SettingsFile::new(folder.path().join("settings.json"));
        assert_eq!(file.load().unwrap().settings, Settings::default());
        std::fs::write(file.path(), r#"{"version":1,"colour":"red","settings":{"device_name":"x"}}"#).unwrap();
        file.update(|kept| {
            kept.settings.start_at_login = true;
            Ok(())
        })
        .unwrap();
        let text = std::fs::read_to_string(file.path()).unwrap();
        assert!(text.contains("colour") && text.contains("\"device_name\": \"x\""), "{text}");
    }
}
