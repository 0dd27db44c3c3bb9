//! What is remembered of each set between runs, and what other devices tell.

use holdfast_backup::schedule::Pause;
use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::{RunLog, failed};
use crate::{AppError, Result, agent::Suspects};

/// Something that is remembered of a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fact {
    /// Planned runs up to this time were dealt with.
    Handled,
    /// Planned drills up to this time were dealt with.
    DrillHandled,
    /// When the last complete run ended.
    Complete,
    /// When a drill last found everything as it should be.
    Proven,
    /// Until when it is paused, or `until_resumed`.
    Paused,
    /// Its pause is that of a new set whose plan nobody has seen.
    Unseen,
    /// Removals that wait for a person.
    Brake,
    /// Files in the bucket.
    StoredFiles,
    /// Their bytes.
    StoredBytes,
    /// When this device last told of itself.
    Told,
    /// Other devices that were told to have gone quiet.
    QuietTold,
    /// Whether the last look at the whole folder left files out.
    InPart,
    /// What the last drill found wrong.
    Suspects,
}

impl Fact {
    fn name(self) -> &'static str {
        match self {
            Self::Handled => "handled",
            Self::DrillHandled => "drill_handled",
            Self::Complete => "complete",
            Self::Proven => "proven",
            Self::Paused => "paused",
            Self::Unseen => "unseen",
            Self::Brake => "brake",
            Self::StoredFiles => "stored_files",
            Self::StoredBytes => "stored_bytes",
            Self::Told => "told",
            Self::QuietTold => "quiet_told",
            Self::InPart => "in_part",
            Self::Suspects => "suspects",
        }
    }
}

/// Removals that wait for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brake {
    /// Objects that would be removed.
    pub removals: u64,
    /// The run that asked.
    pub run_id: String,
}

/// Stands for all sets in the place of a set's id.
pub(crate) const ALL_SETS: &str = "";

const UNTIL_RESUMED: &str = "until_resumed";

impl RunLog {
    /// A fact of a set.
    pub fn fact(&self, set: &str, fact: Fact) -> Result<Option<String>> {
        let conn = self.lock();
        let mut find =
            conn.prepare_cached("SELECT value FROM facts WHERE set_id = ?1 AND name = ?2").map_err(failed)?;
        find.query_row([set, fact.name()], |row| row.get(0)).optional().map_err(failed)
    }

    /// Remembers a fact, or forgets it.
    pub fn set_fact(&self, set: &str, fact: Fact, value: Option<&str>) -> Result<()> {
        let conn = self.lock();
        match value {
            Some(value) => conn.execute("INSERT OR REPLACE INTO facts VALUES(?1, ?2, ?3)", [set, fact.name(), value]),
            None => conn.execute("DELETE FROM facts WHERE set_id = ?1 AND name = ?2", [set, fact.name()]),
        }
        .map(drop)
        .map_err(failed)
    }

    /// A fact that is a time.
    pub fn time_fact(&self, set: &str, fact: Fact) -> Result<Option<Timestamp>> {
        Ok(self.fact(set, fact)?.and_then(|text| text.parse().ok()))
    }

    /// Remembers a time.
    pub fn set_time_fact(&self, set: &str, fact: Fact, at: Timestamp) -> Result<()> {
        self.set_fact(set, fact, Some(&at.to_string()))
    }

    /// A fact that is a number; 0 when it is not known.
    pub fn number_fact(&self, set: &str, fact: Fact) -> Result<u64> {
        Ok(self.fact(set, fact)?.and_then(|text| text.parse().ok()).unwrap_or(0))
    }

    /// The pause of a set, or with `None` of all sets.
    pub fn pause(&self, set: Option<&str>) -> Result<Option<Pause>> {
        let text = self.fact(set.unwrap_or(ALL_SETS), Fact::Paused)?;
        Ok(text.and_then(|text| match text.as_str() {
            UNTIL_RESUMED => Some(Pause::UntilResumed),
            time => time.parse().ok().map(Pause::Until),
        }))
    }

    /// Pauses or resumes a set, or with `None` all sets.
    pub fn set_pause(&self, set: Option<&str>, pause: Option<Pause>) -> Result<()> {
        let text = pause.map(|pause| match pause {
            Pause::Until(end) => end.to_string(),
            Pause::UntilResumed => UNTIL_RESUMED.to_owned(),
        });
        let set = set.unwrap_or(ALL_SETS);
        self.set_fact(set, Fact::Unseen, None)?;
        self.set_fact(set, Fact::Paused, text.as_deref())
    }

    /// Pauses a new set until a person has seen its plan and begun its first run, or until the pause ends.
    pub fn hold_unseen(&self, set: &str, pause: Pause) -> Result<()> {
        self.set_pause(Some(set), Some(pause))?;
        self.set_fact(set, Fact::Unseen, Some(""))
    }

    /// A person has seen the plan of a set: ends the pause that waited for that, and no other.
    pub fn plan_was_seen(&self, set: &str) -> Result<()> {
        match self.fact(set, Fact::Unseen)? {
            Some(_) => self.set_pause(Some(set), None),
            None => Ok(()),
        }
    }

    /// Removals of a set that wait for a person.
    pub fn brake(&self, set: &str) -> Result<Option<Brake>> {
        let text = self.fact(set, Fact::Brake)?;
        Ok(text.and_then(|text| {
            let (removals, run_id) = text.split_once(' ')?;
            Some(Brake { removals: removals.parse().ok()?, run_id: run_id.to_owned() })
        }))
    }

    /// Notes or lifts the brake of a set.
    pub fn set_brake(&self, set: &str, brake: Option<&Brake>) -> Result<()> {
        let text = brake.map(|brake| format!("{} {}", brake.removals, brake.run_id));
        self.set_fact(set, Fact::Brake, text.as_deref())
    }

    /// What the last drill of a set found wrong; nothing where it found nothing.
    pub(crate) fn suspects(&self, set: &str) -> Result<Suspects> {
        let text = self.fact(set, Fact::Suspects)?;
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
    }

    /// Remembers what a drill found wrong.
    pub(crate) fn set_suspects(&self, set: &str, suspects: &Suspects) -> Result<()> {
        let text = serde_json::to_string(suspects).map_err(AppError::internal)?;
        self.set_fact(set, Fact::Suspects, (!suspects.all.is_empty()).then_some(text.as_str()))
    }

    /// Forgets what was remembered of a set. Its runs stay.
    pub fn forget_set(&self, set: &str) -> Result<()> {
        let conn = self.lock();
        for table in ["facts", "failing"] {
            conn.execute(&format!("DELETE FROM {table} WHERE set_id = ?1"), [set]).map_err(failed)?;
        }
        Ok(())
    }

    /// What a device told at a place, as it was read last.
    pub fn put_device(&self, profile: &str, id: &str, status: &str) -> Result<()> {
        let sql = "INSERT OR REPLACE INTO devices VALUES(?1, ?2, ?3)";
        self.lock().execute(sql, params![profile, id, status]).map(drop).map_err(failed)
    }

    /// Keeps only these devices of a place.
    pub fn keep_devices(&self, profile: &str, ids: &[String]) -> Result<()> {
        for (_, id, _) in self.devices()?.iter().filter(|(of, id, _)| of == profile && !ids.contains(id)) {
            let sql = "DELETE FROM devices WHERE profile = ?1 AND id = ?2";
            self.lock().execute(sql, [profile, id]).map_err(failed)?;
        }
        Ok(())
    }

    /// Every device: place, id, what it told.
    pub fn devices(&self) -> Result<Vec<(String, String, String)>> {
        let conn = self.lock();
        let mut find = conn.prepare("SELECT profile, id, status FROM devices ORDER BY id, profile").map_err(failed)?;
        let rows = find.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).map_err(failed)?;
        rows.collect::<rusqlite::Result<_>>().map_err(failed)
    }
}
