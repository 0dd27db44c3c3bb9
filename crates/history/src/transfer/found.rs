//! Where histories usually are.

use std::path::{Path, PathBuf};

use super::Format;

/// What tells where to look: the home folder and the environment.
pub struct Surroundings<'a> {
    /// The home folder.
    pub home: &'a Path,
    /// The value of an environment variable.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
}

/// A history that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// What it should be by its place.
    pub format: Format,
    /// The file.
    pub path: PathBuf,
}

/// The histories of shells and other tools that are at their usual places.
pub fn usual_files(around: &Surroundings<'_>) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    for (format, path) in candidates(around) {
        if path.is_file() && !found.iter().any(|one| one.path == path) {
            found.push(Found { format, path });
        }
    }
    found
}

fn candidates(around: &Surroundings<'_>) -> Vec<(Format, PathBuf)> {
    let home = around.home;
    let folder = |name: &str, usual: &str| match (around.variable)(name).filter(|value| !value.is_empty()) {
        Some(value) => PathBuf::from(value),
        None => home.join(usual),
    };
    let data = folder("XDG_DATA_HOME", ".local/share");
    let mut all = vec![
        (Format::Bash, home.join(".bash_history")),
        (Format::Zsh, folder("ZDOTDIR", "").join(".zsh_history")),
        (Format::Zsh, home.join(".zsh_history")),
        (Format::Zsh, home.join(".zhistory")),
        (Format::Zsh, home.join(".histfile")),
        (Format::Fish, data.join("fish/fish_history")),
        (Format::PowerShell, data.join("powershell/PSReadLine/ConsoleHost_history.txt")),
        (Format::Atuin, data.join("atuin/history.db")),
        (Format::Hishtory, home.join(".hishtory/.hishtory.db")),
    ];
    if let Some(roaming) = (around.variable)("APPDATA") {
        let below = "Microsoft/Windows/PowerShell/PSReadLine/ConsoleHost_history.txt";
        all.push((Format::PowerShell, Path::new(&roaming).join(below)));
    }
    if let Some(path) = (around.variable)("ATUIN_DB_PATH") {
        all.push((Format::Atuin, path.into()));
    }
    all
}
