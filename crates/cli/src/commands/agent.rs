//! `holdfast agent`: looks after the sets without a window, or after the folders of a configuration file.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use clap::{Args, Subcommand, ValueEnum};
use holdfast_app::{
    App, AppError, Result,
    agent::{Agent, AgentEvents, AgentOptions, SystemClock},
    dto::{
        log::{RunKind, RunView},
        overview::ChangedWhat,
        run::ProgressEvent,
    },
    headless::{
        AgentConfig, AgentStatus, Headless, Running, WatchStatus,
        install::{Program, System, text, written_folders},
        keep_key, no_config,
    },
    system::ThisSystem,
};
use serde_json::json;

use super::{interrupted, profile::read_secret, runs};
use crate::{
    output::{Exit, Output},
    words,
};

/// `agent …`
#[derive(Debug, Args)]
pub struct AgentArgs {
    #[command(subcommand)]
    command: Option<AgentCommand>,
    /// Look after the folders that this file names, and nothing else. docs/gateway.md describes it.
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum AgentCommand {
    /// Show how the agent of a configuration file is: what waits, what was sent, what could not be sent.
    Status,
    /// Try a configuration file: the folders, the server, the key. Sends nothing.
    Check,
    /// Print what makes this system run the agent: a systemd unit, a launchd property list, a PowerShell script.
    Install {
        /// For which system; this one's by default.
        #[arg(long)]
        system: Option<SystemName>,
    },
    /// Put the gateway's key, read from standard input, into the keychain, for a file that names none.
    Key,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum SystemName {
    Systemd,
    Launchd,
    Windows,
}

/// Prints a line for each run.
struct Lines(Output);

impl AgentEvents for Lines {
    fn changed(&self, _: ChangedWhat) {}

    fn progress(&self, _: RunKind, _: ProgressEvent) {}

    fn ended(&self, run: &RunView) {
        let _unprintable = self.0.show(run, runs::line);
    }
}

pub async fn run(args: AgentArgs, output: &Output) -> Result<Exit> {
    match (args.command, args.config) {
        (None, None) => of_sets(output).await,
        (None, Some(config)) => of_file(&config, output).await,
        (Some(AgentCommand::Key), _) => {
            keep_key(read_secret()?).await?;
            output.show(&json!({ "kept": true }), |_| "The key is in the keychain.".into())?;
            Ok(Exit::Done)
        }
        (Some(_), None) => Err(no_config()),
        (Some(AgentCommand::Status), Some(config)) => status(&config, output),
        (Some(AgentCommand::Check), Some(config)) => check(&config, output).await,
        (Some(AgentCommand::Install { system }), Some(config)) => install(&config, system),
    }
}

async fn of_sets(output: &Output) -> Result<Exit> {
    let app = Arc::new(App::of_system()?);
    let sets = app.home.sets.load()?.by_name().len();
    let events = Arc::new(Lines(*output));
    let (system, clock) = (Arc::new(ThisSystem::default()), Arc::new(SystemClock::default()));
    let agent = Agent::start(app.clone(), AgentOptions { events, system, clock })?;
    output.show(&json!({ "ready": true, "sets": sets }), |_| {
        format!("Looking after {sets} {} until you press Ctrl-C.", if sets == 1 { "set" } else { "sets" })
    })?;
    interrupted().await;
    agent.stop().await;
    app.shut_down().await;
    Ok(Exit::Done)
}

async fn of_file(config: &Path, output: &Output) -> Result<Exit> {
    let config = AgentConfig::load(config)?;
    let folders = config.watches.len();
    let running = Running::start(Headless::new(config)?, Arc::new(Lines(*output))).await?;
    output.show(&json!({ "ready": true, "watches": folders }), |_| {
        format!("Looking after {folders} {} until stopped.", if folders == 1 { "folder" } else { "folders" })
    })?;
    interrupted().await;
    running.stop().await;
    Ok(Exit::Done)
}

fn status(config: &Path, output: &Output) -> Result<Exit> {
    let status = Headless::new(AgentConfig::load(config)?)?.status()?;
    output.show(&status, status_text)?;
    Ok(Exit::Done)
}

fn status_text(status: &AgentStatus) -> String {
    let running = if status.running { "The agent is running" } else { "The agent is not running" };
    let mut lines = vec![format!("{running}. Copies go to {}.", words::shown(&status.place))];
    lines.extend(status.watches.iter().flat_map(watch_lines));
    let today = &status.today;
    lines.push(format!(
        "Today ({}, UTC): {} sent, {}; {} waiting; {} failed.",
        today.date,
        words::files(today.files_sent),
        words::bytes(today.bytes_sent),
        words::count(today.queue_length),
        words::count(today.failures.len() as u64)
    ));
    let failure = |failure: &holdfast_app::headless::ReportedFailure| {
        format!("  {}: {}", words::shown(&failure.path), words::shown(&failure.reason))
    };
    lines.extend(today.failures.iter().map(failure));
    lines.join("\n")
}

fn watch_lines(watch: &WatchStatus) -> Vec<String> {
    let to = if watch.remote_prefix.is_empty() { "the top" } else { &watch.remote_prefix };
    let mut lines = vec![format!("{} → {}", words::shown(&watch.local_path), words::shown(to))];
    let mut kept = format!("  {} in the place, {}", words::files(watch.files), words::bytes(watch.bytes));
    if watch.removed_here > 0 {
        kept.push_str(&format!("; {} of them removed here since", words::count(watch.removed_here)));
    }
    lines.push(kept);
    if let (1.., Some(since)) = (watch.waiting, &watch.oldest_unsent) {
        lines.push(format!("  {} waiting, the first since {since}", words::files(watch.waiting)));
    }
    lines.push(match &watch.last_complete {
        Some(at) => format!("  last complete {at}"),
        None => "  never complete yet".into(),
    });
    lines.extend(watch.health.reasons.iter().map(|reason| format!("  {}", words::shown(&reason.words))));
    lines
}

async fn check(config: &Path, output: &Output) -> Result<Exit> {
    let headless = Headless::new(AgentConfig::load(config)?)?;
    let checked = headless.check().await;
    headless.app.shut_down().await;
    let checked = checked?;
    output.show(&checked, |checked| {
        let mut lines = vec![format!("Copies go to {}, which answers.", words::shown(&checked.place))];
        if let Some(client) = &checked.client {
            let may = client.permissions.join(", ");
            lines.push(format!("This key is of {} and may {may}.", words::shown(&client.name)));
        }
        lines.extend(checked.problems.iter().map(|problem| words::shown(problem)));
        lines.join("\n")
    })?;
    Ok(if checked.problems.is_empty() { Exit::Done } else { Exit::Failed })
}

fn install(config: &Path, system: Option<SystemName>) -> Result<Exit> {
    let checked = AgentConfig::load(config)?;
    let config = std::path::absolute(config).map_err(AppError::internal)?;
    let program = std::env::current_exe().map_err(AppError::internal)?;
    let system = match system {
        None => System::here(),
        Some(SystemName::Systemd) => System::Systemd,
        Some(SystemName::Launchd) => System::Launchd,
        Some(SystemName::Windows) => System::Windows,
    };
    print!("{}", text(system, Program { program: &program, config: &config }, &written_folders(&checked)));
    Ok(Exit::Done)
}
