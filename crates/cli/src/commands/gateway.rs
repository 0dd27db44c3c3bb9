//! `holdfast gateway`: the server that holds a bucket's keys for machines that may not.

use std::{
    io::IsTerminal,
    path::{Path, PathBuf},
};

use clap::{Args, Subcommand};
use holdfast_app::{AppError, ErrorCode, Result};
use holdfast_gateway::{
    Config, ConfigError, Running, StartError,
    keys::{KeyHash, Kind, generate},
};
use serde_json::json;
use tracing_subscriber::EnvFilter;

use super::interrupted;
use crate::output::{Exit, Output};

/// `gateway …`
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct GatewayArgs {
    /// The configuration, YAML.
    #[arg(long, value_name = "FILE", required = true)]
    config: Option<PathBuf>,
    /// How the log on standard error looks.
    #[arg(long, value_parser = ["text", "json"], default_value = "text")]
    log: String,
    #[command(subcommand)]
    command: Option<GatewayCommand>,
}

/// `gateway check`, `gateway key`
#[derive(Debug, Subcommand)]
pub enum GatewayCommand {
    /// Check a configuration and the files it names, and start nothing.
    Check {
        /// The configuration, YAML.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },
    /// Keys of clients.
    #[command(subcommand)]
    Key(KeyCommand),
}

/// `gateway key …`
#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// Make a key. It is shown once; the configuration needs only its hash.
    New {
        /// The client's name.
        name: String,
        /// A key that says of itself that it is for tests.
        #[arg(long)]
        test: bool,
    },
}

impl GatewayArgs {
    /// Whether the gateway is to run, and with it its log.
    pub fn logs(&self) -> Option<&str> {
        self.command.is_none().then_some(&self.log)
    }
}

/// Begins the log of a gateway. `HOLDFAST_LOG` says how much; requests and what goes wrong by default.
pub fn begin_log(form: &str) {
    let filter =
        EnvFilter::try_from_env("HOLDFAST_LOG").unwrap_or_else(|_| EnvFilter::new("holdfast_gateway=info,warn"));
    let colours = std::io::stderr().is_terminal();
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colours).with_writer(std::io::stderr);
    match form {
        "json" => log.json().flatten_event(true).init(),
        _ => log.init(),
    }
}

pub async fn run(args: GatewayArgs, output: &Output) -> Result<Exit> {
    match (args.command, args.config) {
        (Some(GatewayCommand::Key(KeyCommand::New { name, test })), _) => new_key(&name, test, output),
        (Some(GatewayCommand::Check { config }), _) => check(&config, output).await,
        (None, Some(config)) => serve(&config, output).await,
        (None, None) => Err(AppError::internal("the configuration was not asked for")),
    }
}

fn bad_config(error: ConfigError) -> AppError {
    let hint = "correct the file and check it with holdfast gateway check";
    AppError::config(ErrorCode::BadParameter, error.to_string(), hint)
}

fn new_key(name: &str, test: bool, output: &Output) -> Result<Exit> {
    let kind = if test { Kind::Test } else { Kind::Live };
    let key = generate(kind).map_err(AppError::internal)?;
    let hash = KeyHash::of(key.expose()).map_err(AppError::internal)?.to_string();
    output.show(&json!({ "name": name, "api_key": key.expose(), "api_key_hash": hash }), |_| {
        format!(
            "The key of {name}, for the client alone; it is not shown again:\n  {}\n\
             For the gateway's configuration:\n  - name: {name}\n    api_key_hash: {hash}",
            key.expose()
        )
    })?;
    Ok(Exit::Done)
}

async fn check(path: &Path, output: &Output) -> Result<Exit> {
    let config = Config::load(path).map_err(bad_config)?;
    holdfast_gateway::check(&config).await.map_err(bad_config)?;
    output.show(&json!({ "clients": config.clients.len() }), |_| {
        format!("{} is good: {} clients.", path.display(), config.clients.len())
    })?;
    Ok(Exit::Done)
}

async fn serve(path: &Path, output: &Output) -> Result<Exit> {
    let config = Config::load(path).map_err(bad_config)?;
    let running = holdfast_gateway::start(&config).await.map_err(|error| match error {
        StartError::Config(error) => bad_config(error),
        bind @ StartError::Bind { .. } => {
            AppError::config(ErrorCode::LocalIo, bind.to_string(), "choose another server.port or end what has it")
        }
    })?;
    let scheme = if config.server.tls.enabled { "https" } else { "http" };
    let address = format!("{scheme}://{}", running.address());
    output.show(&json!({ "ready": true, "address": address }), |_| {
        format!("The gateway answers at {address} until you press Ctrl-C.")
    })?;
    let reloading = reload_when_told(path, &running);
    tokio::select! {
        () = interrupted() => {}
        () = reloading => {}
    }
    running.shut_down().await;
    Ok(Exit::Done)
}

/// Reads the configuration again at each SIGHUP. A file that is not good changes nothing.
#[cfg(unix)]
async fn reload_when_told(path: &Path, running: &Running) {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut hangup) = signal(SignalKind::hangup()) else { return std::future::pending().await };
    while hangup.recv().await.is_some() {
        if let Err(error) = Config::load(path).and_then(|config| running.reload(&config)) {
            tracing::error!(%error, "the configuration was not taken over");
            eprintln!("holdfast: the configuration was not taken over: {error}");
        }
    }
    std::future::pending().await
}

#[cfg(not(unix))]
async fn reload_when_told(_: &Path, _: &Running) {
    std::future::pending().await
}
