//! The scripts that `holdfast history init` prints. Each stands beside this file as what it is.
//!
//! A script makes one id per shell and counts its commands, so that every command has an id without a process being asked
//! for it: the id's last eight digits are the count, and with a count of zero it is the session's.

use std::path::Path;

/// The shells that are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shell {
    /// From 4.4 on.
    Bash,
    /// From 5 on.
    Zsh,
    /// From 3.1 on.
    Fish,
    /// With PSReadLine.
    PowerShell,
}

/// Whether Ctrl-R is bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keys {
    /// To the full-screen search.
    Bound,
    /// As the shell has it.
    Unbound,
}

impl Shell {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Zsh, Self::Bash, Self::Fish, Self::PowerShell];

    /// Its name in entries.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bash => "bash",
            Self::Zsh => "zsh",
            Self::Fish => "fish",
            Self::PowerShell => "powershell",
        }
    }

    /// The line that its start-up file needs. `program` is a name that the shell finds, or the whole path of the program.
    pub fn start_up_line(self, program: &Path) -> String {
        let name = program.to_string_lossy();
        let is_plain = name.chars().all(|c| c.is_ascii_alphanumeric() || "-._/".contains(c));
        let called = match self {
            _ if is_plain => name.into_owned(),
            Self::PowerShell => format!("& {}", self.quoted(&name)),
            _ => self.quoted(&name),
        };
        match self {
            Self::Bash | Self::Zsh => format!("eval \"$({called} history init {})\"", self.as_str()),
            Self::Fish => format!("{called} history init fish | source"),
            Self::PowerShell => format!("{called} history init powershell | Out-String | Invoke-Expression"),
        }
    }

    /// The script that its start-up file runs. It calls `program`, which is a name that the shell finds or a whole path;
    /// `ends` is the file to which it appends how commands ended.
    pub fn script(self, keys: Keys, ends: &Path, program: &Path) -> String {
        let (hooks, search) = match self {
            Self::Bash => (include_str!("hooks.bash"), include_str!("search.bash")),
            Self::Zsh => (include_str!("hooks.zsh"), include_str!("search.zsh")),
            Self::Fish => (include_str!("hooks.fish"), include_str!("search.fish")),
            Self::PowerShell => (include_str!("hooks.ps1"), include_str!("search.ps1")),
        };
        let script = match keys {
            Keys::Bound => format!("{hooks}\n{search}"),
            Keys::Unbound => hooks.to_owned(),
        };
        let quoted = |path: &Path| self.quoted(&path.to_string_lossy());
        script.replace("@ENDS@", &quoted(ends)).replace("@HOLDFAST@", &quoted(program))
    }

    /// The text as one word of the shell.
    fn quoted(self, text: &str) -> String {
        match self {
            Self::Bash | Self::Zsh => format!("'{}'", text.replace('\'', r"'\''")),
            Self::Fish => format!("'{}'", text.replace('\\', r"\\").replace('\'', r"\'")),
            Self::PowerShell => format!("'{}'", text.replace('\'', "''")),
        }
    }
}
