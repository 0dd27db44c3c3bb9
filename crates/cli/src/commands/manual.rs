//! Completions and the manual page, made from the arguments themselves.

use std::io::{self, Write};

use clap::CommandFactory;
use clap_complete::Shell;
use holdfast_app::{AppError, Result};

use crate::{args::Cli, output::Exit};

pub fn completions(shell: Shell) -> Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "holdfast", &mut script);
    print(&script)
}

pub fn man() -> Result<Exit> {
    let mut page = Vec::new();
    clap_mangen::Man::new(Cli::command()).render(&mut page).map_err(AppError::internal)?;
    print(&page)
}

/// A reader that closes the pipe early is no error.
fn print(text: &[u8]) -> Result<Exit> {
    match io::stdout().write_all(text) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(AppError::internal(error)),
        _ => Ok(Exit::Done),
    }
}
