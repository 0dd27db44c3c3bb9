//! Settings, places and sets in one file, to take them to another computer. Never a secret.

use std::{fs, path::Path};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::KeptSettings;
use crate::{
    App, AppError, ErrorCode, Result,
    config_file::Kept,
    dto::settings::Settings,
    error::shown,
    keychain::SecretId,
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
}

impl App {
    /// Writes settings, places and sets into a file. No secret is in it.
    pub fn export_settings(&self, path: &Path) -> Result<()> {
        let export = Export {
            version: KeptSettings::FORMAT,
            exported: Timestamp::now(),
            settings: self.home.settings.load()?,
            profiles: self.home.profiles.load()?,
            sets: self.home.sets.load()?,
        };
        let text = serde_json::to_vec_pretty(&export).map_err(AppError::internal)?;
        fs::write(path, text).map_err(|e| AppError::io("writing the settings", path, &e))
    }

    /// Takes over what is in a file: settings, and places and sets whose names are free here. Gives the places that still
    /// need a secret. Nothing is taken over when the file is not understood.
    pub async fn import_settings(&self, path: &Path) -> Result<Vec<String>> {
        let export = read(path)?;
        export.settings.settings.check()?;
        let settings: Settings = export.settings.settings;
        self.home.profiles.update(|all| {
            for (name, profile) in
                export.profiles.iter().filter(|(name, _)| all.check_free(name).is_ok()).collect::<Vec<_>>()
            {
                all.add(name.clone(), profile.clone())?;
            }
            Ok(())
        })?;
        self.home.sets.update(|all| {
            for (id, set) in
                export.sets.by_name().into_iter().filter(|(id, _)| all.expect(id).is_err()).collect::<Vec<_>>()
            {
                // A set that would share its name or its place with one here stays out.
                let _kept_out = all.put(id, set.draft.clone(), Timestamp::now());
            }
            Ok(())
        })?;
        self.home.settings.update(|kept| {
            kept.settings = settings;
            Ok(())
        })?;
        self.without_secret(&export.profiles).await
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
