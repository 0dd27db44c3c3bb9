//! Completions and the manual page, made from the arguments themselves.

use std::io;

use clap::CommandFactory;
use clap_complete::Shell;
use holdfast_app::{AppError, Result};

use crate::{args::Cli, output::Exit};

pub fn completions(shell: Shell) -> Result<Exit> {
    clap_complete::generate(shell, &mut Cli::command(), "holdfast", &mut io::stdout());
    Ok(Exit::Done)
}

pub fn man() -> Result<Exit> {
    clap_mangen::Man::new(Cli::command()).render(&mut io::stdout()).map_err(AppError::internal)?;
    Ok(Exit::Done)
}
