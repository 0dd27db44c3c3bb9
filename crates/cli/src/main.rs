//! The command line of Holdfast. It reads arguments, calls `holdfast-app`, and prints what came of it.

mod args;
mod commands;
mod output;
mod progress;
mod words;

use std::{io::IsTerminal, process::ExitCode};

use clap::Parser;
use tracing_subscriber::EnvFilter;

use args::{Cli, Command};
use output::{Exit, Output};

/// Requests are made of many small pieces: the system's allocator takes a fifth more processor time for a backup.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    holdfast_app::allocator::give_back_at_once();
    if let Some(outcome) = commands::history::of_a_hook(std::env::args_os()) {
        return outcome.unwrap_or_else(|error| Output::new(false).fail(&error)).code();
    }
    let cli = Cli::parse();
    begin_log(&cli.command);
    let output = Output::new(cli.json);
    if let Command::History(command) = &cli.command
        && let Some(outcome) = commands::history::run_at_once(command, &output)
    {
        return outcome.unwrap_or_else(|error| output.fail(&error)).code();
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let exit = match runtime {
        Ok(runtime) => {
            let exit = runtime.block_on(run(cli.command, &output));
            runtime.shutdown_background();
            exit
        }
        Err(error) => output.fail(&holdfast_app::AppError::internal(error)),
    };
    exit.code()
}

fn begin_log(command: &Command) {
    if let Command::Gateway(args) = command
        && let Some(form) = args.logs()
    {
        return commands::gateway::begin_log(form);
    }
    // What an agent could not do beside its runs is in no line of its output.
    let usual = if matches!(command, Command::Agent(_)) { "holdfast_app=warn,holdfast_backup=warn" } else { "off" };
    let filter = EnvFilter::try_from_env("HOLDFAST_LOG").unwrap_or_else(|_| EnvFilter::new(usual));
    let coloured = std::io::stderr().is_terminal();
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(coloured).init();
}

async fn run(command: Command, output: &Output) -> Exit {
    let outcome = match command {
        Command::Profile(command) => commands::profile::run(command, output).await,
        Command::Backup(args) => commands::backup::run(args, output).await,
        Command::Restore(args) => commands::restore::run(args, output).await,
        Command::Verify(args) => commands::verify::run(args, output).await,
        Command::Ls(args) => commands::objects::ls(args, output).await,
        Command::Put(args) => commands::objects::put(args, output).await,
        Command::Get(args) => commands::objects::get(args, output).await,
        Command::Rm(args) => commands::objects::rm(args, output).await,
        Command::Buckets(args) => commands::objects::buckets(args, output).await,
        Command::Uploads(args) => commands::objects::uploads(args, output).await,
        Command::Set(command) => commands::set::run(command, output).await,
        Command::Agent(args) => commands::agent::run(args, output).await,
        Command::Runs(args) => commands::runs::run(args, output).await,
        Command::Place(command) => commands::place::run(command, output).await,
        Command::Bucket(command) => commands::bucket::run(command, output).await,
        Command::Gateway(args) => commands::gateway::run(args, output).await,
        Command::Sync(command) => commands::sync::run(command, output).await,
        Command::History(command) => commands::history::run(command, output).await,
        Command::Records(command) => commands::records::run(command, output).await,
        Command::ConfigSet { key, value } => commands::sync::config_set(&key, &value, output),
        Command::ConfigGet { key } => commands::sync::config_get(key.as_deref(), output),
        Command::Demo(args) => commands::demo::run(args, output).await,
        Command::Completions { shell } => commands::manual::completions(shell, output),
        Command::Man => commands::manual::man(output),
    };
    match outcome {
        Ok(exit) => exit,
        Err(error) => output.fail(&error),
    }
}
