//! `holdfast history init SHELL`

use clap::{Args, ValueEnum};
use holdfast_app::{
    Home, Result,
    history::{
        self,
        core::capture::{Keys, Shell},
    },
};

use crate::output::{Exit, Output};

/// `history init`
#[derive(Debug, Args)]
pub struct InitArgs {
    /// Which shell.
    shell: ShellName,
    /// Leave Ctrl-R as it is.
    #[arg(long)]
    no_ctrl_r: bool,
}

/// The shells that have hooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ShellName {
    Bash,
    Zsh,
    Fish,
    #[value(alias = "pwsh")]
    Powershell,
}

impl From<ShellName> for Shell {
    fn from(name: ShellName) -> Self {
        match name {
            ShellName::Bash => Self::Bash,
            ShellName::Zsh => Self::Zsh,
            ShellName::Fish => Self::Fish,
            ShellName::Powershell => Self::PowerShell,
        }
    }
}

/// Prints the script.
pub fn run(args: &InitArgs, output: &Output) -> Result<Exit> {
    let keys = if args.no_ctrl_r { Keys::Unbound } else { Keys::Bound };
    let ends = history::ends_file(&Home::of_system()?.paths)?;
    let program = history::command_line().unwrap_or_else(|| history::COMMAND_LINE.into());
    let script = Shell::from(args.shell).script(keys, &ends, &program);
    output.show(&script, |script| script.trim_end().to_owned())?;
    Ok(Exit::Done)
}
