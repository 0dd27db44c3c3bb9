//! `holdfast history patterns`: what else is a secret to this user.

use clap::Args;
use holdfast_app::{Home, Result, history::core::capture as core};
use serde_json::json;

use crate::{
    output::{Exit, Output},
    words,
};

/// `history patterns`
#[derive(Debug, Args)]
pub struct PatternsArgs {
    /// Replace what this regular expression finds; of an expression with a group named `secret`, only that group.
    #[arg(long, value_name = "REGEX", allow_hyphen_values = true)]
    add: Vec<String>,
    /// Take an expression back. What was replaced stays replaced.
    #[arg(long, value_name = "REGEX", allow_hyphen_values = true)]
    remove: Vec<String>,
}

/// Changes the patterns and lists them.
pub fn run(args: &PatternsArgs, output: &Output) -> Result<Exit> {
    let database = holdfast_app::history::database_of(&Home::of_system()?.paths)?;
    let mut patterns = core::own_patterns(&database)?;
    patterns.retain(|pattern| !args.remove.contains(pattern));
    for added in &args.add {
        if !patterns.contains(added) {
            patterns.push(added.clone());
        }
    }
    if !args.add.is_empty() || !args.remove.is_empty() {
        core::set_own_patterns(&database, &patterns)?;
    }
    let replaced = core::redactions(&database)?;
    output.show(&json!({ "patterns": patterns, "redactions": replaced }), |_| {
        let listed = patterns.iter().map(|pattern| words::shown(pattern));
        let count = format!(
            "{} of your own beside the known shapes; {} replaced on this computer so far",
            words::counted(patterns.len() as u64, "pattern", "patterns"),
            words::counted(replaced, "secret", "secrets")
        );
        listed.chain([count]).collect::<Vec<_>>().join("\n")
    })?;
    Ok(Exit::Done)
}
