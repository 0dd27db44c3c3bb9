//! Where Holdfast keeps its own files: the platform's folders, or those that two variables name (tests, portable use).

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use crate::{AppError, ErrorCode, Result};

/// Names the folder for settings in place of the platform's.
pub const CONFIG_VARIABLE: &str = "HOLDFAST_CONFIG_DIR";
/// Names the folder for data in place of the platform's.
pub const DATA_VARIABLE: &str = "HOLDFAST_DATA_DIR";

/// Holdfast's folders. Nothing is made until something is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// Settings: `profiles.json`.
    pub config: PathBuf,
    /// Indexes and what else can be rebuilt but should not be lost.
    pub data: PathBuf,
    /// Locks and logs.
    pub state: PathBuf,
    /// Where "this computer" keeps copies unless another folder is chosen.
    pub local_place: PathBuf,
}

impl Paths {
    /// This system's, with the process's environment.
    pub fn of_system() -> Result<Self> {
        Self::with_variables(|name| std::env::var_os(name))
    }

    /// This system's, with variables handed in.
    pub fn with_variables(variable: impl Fn(&str) -> Option<OsString>) -> Result<Self> {
        let given = |name: &str| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let config = match given(CONFIG_VARIABLE) {
            Some(folder) => absolute(CONFIG_VARIABLE, folder)?,
            None => ours(dirs::config_dir(), CONFIG_VARIABLE)?,
        };
        match given(DATA_VARIABLE) {
            Some(folder) => Ok(Self::below(config, absolute(DATA_VARIABLE, folder)?)),
            None => {
                let data = ours(dirs::data_local_dir(), DATA_VARIABLE)?;
                let state = dirs::state_dir().map_or_else(|| data.join("state"), |dir| dir.join("holdfast"));
                let home = dirs::home_dir().ok_or_else(|| no_folder(DATA_VARIABLE))?;
                Ok(Self { config, data, state, local_place: home.join("Holdfast") })
            }
        }
    }

    /// Everything but the settings below one folder.
    pub fn below(config: impl Into<PathBuf>, data: impl Into<PathBuf>) -> Self {
        let data = data.into();
        Self { config: config.into(), state: data.join("state"), local_place: data.join("Holdfast"), data }
    }

    /// The file with all profiles.
    pub fn profiles(&self) -> PathBuf {
        self.config.join("profiles.json")
    }

    /// The file with a person's own prices.
    pub fn prices(&self) -> PathBuf {
        self.config.join("prices.json")
    }

    /// The file with all backup sets.
    pub fn sets(&self) -> PathBuf {
        self.config.join("sets.json")
    }

    /// The file with all other settings.
    pub fn settings(&self) -> PathBuf {
        self.config.join("settings.json")
    }

    /// What the window's page remembers.
    pub fn page_memory(&self) -> PathBuf {
        self.data.join("window.json")
    }

    /// The run log.
    pub fn run_log(&self) -> PathBuf {
        self.data.join("runs.db")
    }

    /// The watch queue of a set.
    pub fn queue(&self, set: &str) -> PathBuf {
        self.data.join("watch").join(format!("{set}.db"))
    }

    /// The file with the settings of shell history.
    pub fn history_settings(&self) -> PathBuf {
        self.config.join("history.json")
    }

    /// The folder of shell history: its database, and the state of its logs.
    pub fn history(&self) -> PathBuf {
        self.data.join("history")
    }

    /// Which vault of family records this computer has.
    pub fn records_settings(&self) -> PathBuf {
        self.config.join("records.json")
    }

    /// Family records of this computer, sealed.
    pub fn records(&self) -> PathBuf {
        self.data.join("records")
    }

    /// The folder of index databases.
    pub fn indexes(&self) -> PathBuf {
        self.data.join("indexes")
    }

    /// Held by the agent while it runs.
    pub fn agent_lock(&self) -> PathBuf {
        self.locks().join("agent.lock")
    }

    /// Held by the agent of a configuration file while it runs, for others to see: to look at a lock is to take it for a
    /// moment, and no agent may fail to start for that.
    pub fn agent_seen(&self) -> PathBuf {
        self.locks().join("agent.seen")
    }

    /// The folder of run locks.
    pub fn locks(&self) -> PathBuf {
        self.state.join("locks")
    }
}

fn ours(folder: Option<PathBuf>, variable: &'static str) -> Result<PathBuf> {
    folder.map(|folder| folder.join("holdfast")).ok_or_else(|| no_folder(variable))
}

fn no_folder(variable: &str) -> AppError {
    AppError::config(
        ErrorCode::LocalIo,
        "this system has no home folder for Holdfast's own files",
        format!("set HOME, or name a folder in {variable}"),
    )
}

fn absolute(variable: &str, folder: PathBuf) -> Result<PathBuf> {
    match folder.is_absolute() {
        true => Ok(folder),
        false => Err(AppError::config(
            ErrorCode::FolderNotAbsolute,
            format!("{variable} is not a whole path: {}", folder.display()),
            "write the folder from the root",
        )),
    }
}

/// A path as people write it: `~` for the home folder.
pub fn with_tilde(path: &Path) -> String {
    let below = dirs::home_dir().and_then(|home| path.strip_prefix(home).ok().map(Path::to_owned));
    match below {
        Some(rest) if rest.as_os_str().is_empty() => "~".into(),
        Some(rest) => format!("~/{}", rest.display()),
        None => path.display().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_variables_move_everything() {
        let paths =
            Paths::with_variables(|name| Some(if name == CONFIG_VARIABLE { "/c" } else { "/d" }.into())).unwrap();
        assert_eq!(paths, Paths::below("/c", "/d"));
        assert_eq!(paths.profiles(), Path::new("/c/profiles.json"));
        for folder in [&paths.data, &paths.state, &paths.local_place, &paths.indexes(), &paths.locks()] {
            assert!(folder.starts_with("/d"), "{}", folder.display());
        }
    }

    #[test]
    fn a_relative_folder_is_refused() {
        let error = Paths::with_variables(|_| Some("here".into())).unwrap_err();
        assert_eq!(error.code, ErrorCode::FolderNotAbsolute);
    }

    #[test]
    fn an_empty_variable_counts_as_none() {
        let (some, none) = (Paths::with_variables(|_| Some("".into())), Paths::with_variables(|_| None));
        assert_eq!(some, none);
    }
}
