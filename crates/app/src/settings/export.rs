//! Settings, places, sets and prices in one file, to take them to another computer. Never a secret.

use std::{fs, path::Path};

use holdfast_backup::schedule::Pause;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::KeptSettings;
use crate::{
    App, AppError, ErrorCode, Result,
    config_file::Kept,
    dto::{
        sets::BackupSetDraft,
        settings::{Imported, Settings},
    },
    error::shown,
    keychain::SecretId,
    prices::Prices,
    profiles::{ProfileName, Profiles},
    sets::Sets,
};

/// The largest file that is read.
const MOST_BYTES: u64 = 16 << 20;

/// What is in the file.
#[derive(Debug, Serialize, Deserialize)]
struct Export {
    version: u32,
    exported: Timestamp,
    settings: KeptSettings,
    profiles: Profiles,
    sets: Sets,
    #[serde(default)]
    prices: Prices,
}

impl App {
    /// Writes settings, places, sets and prices into a file. No secret is in it.
    pub fn export_settings(&self, path: &Path) -> Result<()> {
        let export = Export {
            version: KeptSettings::FORMAT,
            exported: Timestamp::now(),
            settings: self.home.settings.load()?,
            profiles: self.home.profiles.load()?,
            sets: self.home.sets.load()?,
            prices: Prices::load(&self.home.paths.prices())?,
        };
        let text = serde_json::to_vec_pretty(&export).map_err(AppError::internal)?;
        fs::write(path, text).map_err(|e| AppError::io("writing the settings", path, &e))
    }

    /// Takes over what is in a file: settings and prices, and places and sets whose names are free here. Nothing is taken
    /// over when the file is not understood, and this computer keeps its own name.
    ///
    /// A set that is new here has copies of another computer at its place: it is paused until a person resumes it, and
    /// removes nothing there until that is turned on again.
    pub async fn import_settings(&self, path: &Path) -> Result<Imported> {
        let export = read(path)?;
        export.settings.settings.check()?;
        let mut left_out = self.add_places(&export.profiles)?;
        let (added, not_added) = self.add_sets(&export.sets, &left_out)?;
        left_out.extend(not_added);
        let settings: Settings = export.settings.settings;
        self.home.settings.update(|kept| {
            let device_name = std::mem::take(&mut kept.settings.device_name);
            kept.settings = Settings { device_name, ..settings };
            Ok(())
        })?;
        if export.prices != Prices::default() {
            self.home
                .update_prices(move |prices| {
                    *prices = export.prices;
                    Ok(())
                })
                .await?;
        }
        Ok(Imported { needs_secret: self.without_secret(&export.profiles).await?, paused: added, left_out })
    }

    /// Adds the places whose names are free, and gives those that are another place here.
    fn add_places(&self, places: &Profiles) -> Result<Vec<String>> {
        self.home.profiles.update(|all| {
            let mut left_out = Vec::new();
            for (name, profile) in places.iter() {
                match all.get(name) {
                    None => all.add(name.clone(), profile.clone())?,
                    Some(here) if here.place != profile.place => left_out.push(name.to_string()),
                    Some(_) => {}
                }
            }
            Ok(left_out)
        })
    }

    /// Adds the sets that are not here yet. Gives the names of those that were added, and of those that were not: their
    /// name or their part of a bucket is taken, or what has the name of their place is another place here.
    fn add_sets(&self, sets: &Sets, other_places: &[String]) -> Result<(Vec<String>, Vec<String>)> {
        let (mut added, mut left_out) = (Vec::new(), Vec::new());
        self.home.sets.update(|all| {
            for (id, set) in sets.by_name() {
                let name = set.draft.name.clone();
                if all.expect(id).is_ok() {
                    continue;
                }
                let draft = BackupSetDraft { delete_remote: false, ..set.draft.clone() };
                match !other_places.contains(&draft.profile) && all.put(id, draft, Timestamp::now()).is_ok() {
                    true => added.push((id.clone(), name)),
                    false => left_out.push(name),
                }
            }
            // Paused before they are there: nothing may run in between.
            let log = self.log()?;
            added.iter().try_for_each(|(id, _)| log.set_pause(Some(id), Some(Pause::UntilResumed)))
        })?;
        Ok((added.into_iter().map(|(_, name)| name).collect(), left_out))
    }

    async fn without_secret(&self, profiles: &Profiles) -> Result<Vec<String>> {
        let mut missing = Vec::new();
        for (name, profile) in profiles.iter() {
            if let Some(key) = profile.place.secret_name()
                && !self.has_secret(name, key).await
            {
                missing.push(name.to_string());
            }
        }
        Ok(missing)
    }

    /// A keychain that does not answer has none.
    async fn has_secret(&self, name: &ProfileName, key: &str) -> bool {
        matches!(self.home.secrets.get(&SecretId::new(name.as_str(), key)).await, Ok(Some(_)))
    }
}

fn read(path: &Path) -> Result<Export> {
    let failed = |e: std::io::Error| AppError::io("reading the settings", path, &e);
    let bad = |what: &str| {
        let path = shown(&path.display().to_string());
        let hint = "choose a file that was written by Export settings";
        AppError::config(ErrorCode::ConfigCorrupt, format!("{path} {what}"), hint)
    };
    if fs::metadata(path).map_err(failed)?.len() > MOST_BYTES {
        return Err(bad("is too large for settings"));
    }
    let export: Export =
        serde_json::from_slice(&fs::read(path).map_err(failed)?).map_err(|_| bad("holds no settings of Holdfast"))?;
    match export.version > KeptSettings::FORMAT {
        true => Err(AppError { code: ErrorCode::ConfigNewer, ..bad("was written by a newer Holdfast") }),
        false => Ok(export),
    }
}
