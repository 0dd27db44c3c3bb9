//! Completions and the manual page, made from the arguments themselves.

use std::io::{self, Write};

use clap::CommandFactory;
use clap_complete::Shell;
use holdfast_app::{AppError, Result};
use serde_json::json;

use crate::{
    args::Cli,
    output::{Exit, Output},
};

pub fn completions(shell: Shell, output: &Output) -> Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "holdfast", &mut script);
    print("script", &script, output)
}

pub fn man(output: &Output) -> Result<Exit> {
    let mut page = Vec::new();
    clap_mangen::Man::new(Cli::command()).render(&mut page).map_err(AppError::internal)?;
    print("page", &page, output)
}

/// The text as it is, or as one field. A reader that closes the pipe early is no error.
fn print(name: &str, text: &[u8], output: &Output) -> Result<Exit> {
    if output.json {
        output.show(&json!({ name: String::from_utf8_lossy(text) }), |_| String::new())?;
        return Ok(Exit::Done);
    }
    match io::stdout().write_all(text) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(AppError::internal(error)),
        _ => Ok(Exit::Done),
    }
}
