//! `sets.json`: the backup sets. It holds no secret; a set that cannot be carried out is not kept.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use holdfast_backup::{
    filter::Filter,
    own,
    schedule::{Conditions, QuietHours, Schedule},
};
use holdfast_storage::Prefix;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    AppError, ErrorCode, Result,
    config_file::{ConfigFile, Kept},
    dto::{run::SyncOptions, sets::BackupSetDraft},
    error::shown,
    operations::BackupRequest,
    profiles::{ProfileName, Unknown},
};

/// A set as it is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeptSet {
    /// When it was made.
    pub made: Timestamp,
    /// How.
    pub draft: BackupSetDraft,
    #[serde(flatten)]
    unknown: Unknown,
}

/// Every set by id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sets {
    version: u32,
    sets: BTreeMap<String, KeptSet>,
    #[serde(flatten)]
    unknown: Unknown,
}

impl Default for Sets {
    fn default() -> Self {
        Self { version: Self::FORMAT, sets: BTreeMap::new(), unknown: Unknown::new() }
    }
}

impl Kept for Sets {
    const FORMAT: u32 = 1;
}

/// `sets.json` in a folder.
pub type SetsFile = ConfigFile<Sets>;

/// A set, checked: everything it says can be carried out.
#[derive(Debug, Clone)]
pub struct SetPlan {
    /// The folder.
    pub folder: PathBuf,
    /// Whose place.
    pub profile: ProfileName,
    /// Where in the place.
    pub prefix: Prefix,
    /// What takes part.
    pub filter: Filter,
    /// When it runs.
    pub schedule: Schedule,
    /// When its copies are read back.
    pub drill: Schedule,
    /// When it does not run.
    pub quiet: Option<QuietHours>,
    /// Where it does not run.
    pub conditions: Conditions,
}

fn bad(message: impl Into<String>, hint: impl Into<String>) -> AppError {
    AppError::config(ErrorCode::SetBad, message, hint)
}

impl SetPlan {
    /// Checks a draft. Asks neither the disk nor the place.
    pub fn of(draft: &BackupSetDraft) -> Result<Self> {
        if draft.name.trim().is_empty() || draft.name.chars().count() > 100 || draft.name.chars().any(char::is_control)
        {
            return Err(bad("a set needs a name", "write a name of up to 100 characters"));
        }
        if !(1..=365).contains(&draft.quiet_after_days) {
            return Err(bad("a set must be looked after within a year", "choose 1 to 365 days"));
        }
        let folder = PathBuf::from(&draft.folder);
        if !folder.is_absolute() {
            return Err(AppError::config(
                ErrorCode::FolderNotAbsolute,
                format!("“{}” is not a whole path", shown(&draft.folder)),
                "write the folder from the root, such as /home/you/Documents",
            ));
        }
        let prefix = Prefix::parse(&draft.prefix)?;
        if own::is_own(&format!("{}/", prefix.as_str())) || prefix.as_str() == ".holdfast" {
            return Err(bad("Holdfast keeps something of its own there", "choose another folder for the copies"));
        }
        Ok(Self {
            folder,
            profile: ProfileName::new(&draft.profile)?,
            prefix,
            filter: Filter::new(&draft.exclude_patterns, draft.include_hidden)?,
            schedule: draft.schedule.checked()?,
            drill: draft.drill.checked()?,
            quiet: draft.quiet_hours.as_ref().map(|quiet| quiet.checked()).transpose()?,
            conditions: draft.conditions.to_core(),
        })
    }

    /// Whether it ever runs by itself.
    pub fn is_automatic(&self, draft: &BackupSetDraft) -> bool {
        draft.watch || !matches!(self.schedule, Schedule::Manual)
    }
}

impl KeptSet {
    /// A new one.
    pub fn new(draft: BackupSetDraft, made: Timestamp) -> Self {
        Self { made, draft, unknown: Unknown::new() }
    }

    /// A run of it.
    pub fn request(&self, confirm_removal_of: Option<u64>) -> BackupRequest {
        let draft = &self.draft;
        BackupRequest {
            folder: Path::new(&draft.folder).to_owned(),
            prefix: draft.prefix.clone(),
            options: SyncOptions {
                dry_run: false,
                delete_remote: draft.delete_remote,
                exclude_patterns: draft.exclude_patterns.clone(),
                include_hidden: draft.include_hidden,
                confirm_removal_of,
                brake_share_percent: None,
                brake_files: None,
            },
        }
    }
}

impl Sets {
    /// Every set, by name.
    pub fn by_name(&self) -> Vec<(&String, &KeptSet)> {
        let mut all: Vec<_> = self.sets.iter().collect();
        all.sort_by_key(|(_, set)| set.draft.name.to_lowercase());
        all
    }

    /// The set of this id.
    pub fn expect(&self, id: &str) -> Result<&KeptSet> {
        self.sets.get(id).ok_or_else(|| no_set(id))
    }

    /// The id of the set of this id or name.
    pub fn find(&self, text: &str) -> Result<String> {
        let named = || self.sets.iter().find(|(_, set)| set.draft.name == text).map(|(id, _)| id);
        let id = self.sets.get_key_value(text).map(|(id, _)| id).or_else(named);
        id.cloned().ok_or_else(|| no_set(text))
    }

    /// Adds or replaces a set.
    ///
    /// # Errors
    /// `set_bad` when it cannot be carried out, or when it would share its name or its place with another.
    pub fn put(&mut self, id: &str, draft: BackupSetDraft, now: Timestamp) -> Result<()> {
        let plan = SetPlan::of(&draft)?;
        for (_, other) in self.sets.iter().filter(|(other, _)| *other != id) {
            if other.draft.name == draft.name {
                return Err(bad(format!("there is a set “{}” already", shown(&draft.name)), "choose another name"));
            }
            // One that cannot be carried out keeps nothing anywhere.
            let theirs = Prefix::parse(&other.draft.prefix);
            let shares = theirs.is_ok_and(|theirs| overlap(&plan.prefix, &theirs));
            if other.draft.profile == draft.profile && shares {
                return Err(bad(
                    format!("the set “{}” keeps its copies in the same folder there", shown(&other.draft.name)),
                    "choose another folder for the copies: two sets in one would remove each other's copies",
                ));
            }
        }
        match self.sets.get_mut(id) {
            Some(set) => set.draft = draft,
            None => drop(self.sets.insert(id.to_owned(), KeptSet::new(draft, now))),
        }
        Ok(())
    }

    /// Forgets a set. Nothing in the bucket is removed.
    pub fn remove(&mut self, id: &str) -> Result<KeptSet> {
        self.sets.remove(id).ok_or_else(|| no_set(id))
    }
}

fn overlap(one: &Prefix, other: &Prefix) -> bool {
    one.dir().starts_with(&other.dir()) || other.dir().starts_with(&one.dir())
}

fn no_set(id: &str) -> AppError {
    AppError::config(ErrorCode::NoSet, format!("there is no set “{}”", shown(id)), "holdfast set list names them all")
}

/// A pattern that leaves out exactly this relative path.
pub fn pattern_of(path: &str) -> String {
    let mut pattern = String::from("/");
    for c in path.trim_start_matches('/').chars() {
        if matches!(c, '\\' | '*' | '?' | '[' | ']' | '{' | '}' | ' ') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dto::sets::Schedule as ScheduleDto;

    pub(crate) fn draft(name: &str, prefix: &str) -> BackupSetDraft {
        BackupSetDraft { watch: true, ..BackupSetDraft::by_hand(name, "/home/me", "default", prefix) }
    }

    #[test]
    fn a_set_that_cannot_be_carried_out_is_refused() {
        let good = draft("a", "a");
        assert!(SetPlan::of(&good).is_ok());
        for (bad, code) in [
            (BackupSetDraft { name: " ".into(), ..good.clone() }, ErrorCode::SetBad),
            (BackupSetDraft { folder: "home".into(), ..good.clone() }, ErrorCode::FolderNotAbsolute),
            (BackupSetDraft { prefix: "a/../b".into(), ..good.clone() }, ErrorCode::PrefixBad),
            (BackupSetDraft { prefix: ".holdfast".into(), ..good.clone() }, ErrorCode::SetBad),
            (BackupSetDraft { prefix: ".holdfast/devices".into(), ..good.clone() }, ErrorCode::SetBad),
            (BackupSetDraft { exclude_patterns: vec!["a[".into()], ..good.clone() }, ErrorCode::BadPattern),
            (BackupSetDraft { profile: "a b".into(), ..good.clone() }, ErrorCode::ProfileNameBad),
            (BackupSetDraft { schedule: ScheduleDto::Every { minutes: 1 }, ..good.clone() }, ErrorCode::BadSchedule),
            (BackupSetDraft { quiet_after_days: 0, ..good.clone() }, ErrorCode::SetBad),
        ] {
            assert_eq!(SetPlan::of(&bad).unwrap_err().code, code, "{bad:?}");
        }
    }

    #[test]
    fn two_sets_never_share_a_name_or_a_place() {
        let now = Timestamp::UNIX_EPOCH;
        let mut sets = Sets::default();
        sets.put("1", draft("a", "docs"), now).unwrap();
        for (name, prefix) in [("a", "other"), ("b", "docs"), ("b", "docs/deeper"), ("b", "")] {
            assert_eq!(sets.put("2", draft(name, prefix), now).unwrap_err().code, ErrorCode::SetBad, "{name} {prefix}");
        }
        sets.put("2", draft("b", "docs2"), now).unwrap();
        sets.put("3", BackupSetDraft { profile: "else".into(), ..draft("c", "docs") }, now).unwrap();
        sets.put("1", draft("a", "docs"), now).unwrap();
        assert_eq!((sets.find("b").unwrap(), sets.find("3").unwrap()), ("2".into(), "3".into()));
        assert_eq!(sets.find("nobody").unwrap_err().code, ErrorCode::NoSet);
    }

    #[test]
    fn a_path_that_is_left_out_leaves_out_nothing_else() {
        for (path, other) in [("a/b*.txt", "a/bc.txt"), ("x [1].bin", "x 1.bin"), ("d/{a,b}", "d/a"), ("#a", "b/#a")] {
            let filter = Filter::only(&[pattern_of(path)]).unwrap();
            assert!(filter.excluded(path, false), "{path}");
            assert!(!filter.excluded(other, false), "{other}");
        }
    }
}
