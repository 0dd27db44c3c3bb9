//! `holdfast sync …`, `holdfast config-set`, `holdfast config-get`

use std::io::{IsTerminal, Read};

use clap::{Args, Subcommand, ValueEnum};
use holdfast_app::{
    App, AppError, ErrorCode, Result,
    dto::history::{HistoryJoined, HistoryStatus, HistorySynced},
    history::{
        self, Join, JoinPlace, KEYS,
        core::{
            Time,
            backend::Reach,
            sync::{Pulled, Pushed, When},
        },
    },
};
use serde_json::json;

use crate::{
    output::{Exit, Output},
    words,
};

/// The longest line of words that is read from standard input, bytes.
const MAX_WORDS: u64 = 4096;

/// `sync …`
#[derive(Debug, Subcommand)]
pub enum SyncCommand {
    /// Share the history of this computer: choose the place, make or take the secret, send and fetch everything.
    Init(InitArgs),
    /// Say whether all is in step.
    Status {
        /// Also list devices and problems.
        #[arg(long, visible_alias = "detailed")]
        verbose: bool,
        /// Only when everything of all devices was last read.
        #[arg(long, conflicts_with = "verbose")]
        last_sync: bool,
    },
    /// Send what waits, now.
    Push {
        /// Compare everything and send what the place does not have.
        #[arg(long)]
        force: bool,
        /// Print nothing when all went well.
        #[arg(long, short)]
        quiet: bool,
    },
    /// Fetch what other devices wrote.
    Pull {
        /// Look at everything again: new devices, parts that could not be read.
        #[arg(long)]
        force: bool,
        /// Print nothing when all went well.
        #[arg(long, short)]
        quiet: bool,
    },
    /// Forget how far this computer is in step. No entry goes.
    Reset {
        /// Also take the secret out of the keychain.
        #[arg(long)]
        forget_secret: bool,
        /// Do it.
        #[arg(long)]
        yes: bool,
    },
    /// Keep in step while somebody types; the shell hooks begin it.
    #[command(hide = true)]
    Auto,
}

/// What keeps devices in step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Backend {
    /// A bucket or a folder.
    S3,
    /// A hishtory server.
    Http,
    /// This computer only.
    Offline,
}

/// `sync init …`
#[derive(Debug, Args)]
pub struct InitArgs {
    /// s3://bucket/prefix?region=…&endpoint=…&access_key=…&secret_key=…, gateway://…, or file:///folder.
    #[arg(long, value_name = "URL", conflicts_with_all = ["profile", "server"])]
    store: Option<String>,
    /// A profile made with `profile add`.
    #[arg(long, short, value_name = "NAME", conflicts_with = "server")]
    profile: Option<String>,
    /// What keeps devices in step.
    #[arg(long, value_enum)]
    backend: Option<Backend>,
    /// The address of a hishtory server.
    #[arg(long, value_name = "URL")]
    server: Option<String>,
    /// Read the 24 words of another device from standard input.
    #[arg(long)]
    secret_stdin: bool,
    /// Begin a new history, even where others keep theirs.
    #[arg(long)]
    first_device: bool,
}

pub async fn run(command: SyncCommand, output: &Output) -> Result<Exit> {
    let app = App::of_system()?;
    let outcome = match command {
        SyncCommand::Init(args) => init(&app, args, output).await,
        SyncCommand::Status { verbose, last_sync } => status(&app, verbose, last_sync, output).await,
        SyncCommand::Push { force, quiet } => push(&app, force, quiet, output).await,
        SyncCommand::Pull { force, quiet } => pull(&app, force, quiet, output).await,
        SyncCommand::Reset { forget_secret, yes } => reset(&app, forget_secret, yes, output).await,
        SyncCommand::Auto => history::auto(&app).await.map(|()| Exit::Done),
    };
    app.shut_down().await;
    outcome
}

async fn init(app: &App, args: InitArgs, output: &Output) -> Result<Exit> {
    let words = args.secret_stdin.then(read_words).transpose()?;
    let place = match (args.store, args.profile, args.backend) {
        (None, None, Some(Backend::Offline)) => JoinPlace::Offline,
        (None, None, backend) if args.server.is_some() || backend == Some(Backend::Http) => {
            JoinPlace::Http { server: args.server }
        }
        (Some(url), _, _) => JoinPlace::Url { url, secret: None },
        (_, Some(name), _) => JoinPlace::Profile(name),
        (None, None, _) => JoinPlace::AsSet,
    };
    let joined = history::join(app, Join { place, words, first_device: args.first_device }).await?;
    output.show(&joined, joined_words)?;
    Ok(Exit::Done)
}

fn joined_words(joined: &HistoryJoined) -> String {
    if joined.backend == "offline" {
        return "History stays on this computer.".into();
    }
    let mut lines = vec![format!("History is kept in {}.", joined.location)];
    if joined.new_secret {
        lines.push(
            "A secret was made and is in your keychain. Without it nobody can read this history, you neither:\n  \
             holdfast history key show    prints its 24 words; write them down now"
                .into(),
        );
    }
    let others = joined.devices.saturating_sub(1);
    lines.push(format!(
        "{} came from {}; {} sent.",
        words::counted(joined.received, "entry", "entries"),
        words::counted(others, "other device", "other devices"),
        words::counted(joined.sent, "entry was", "entries were"),
    ));
    lines.join("\n")
}

/// Reads a secret from standard input, so that it is in no command line.
pub fn read_words() -> Result<holdfast_app::history::Words> {
    let mut text = holdfast_app::history::Words::default();
    let read = std::io::stdin().take(MAX_WORDS).read_to_string(&mut text);
    read.map_err(|_| AppError::config(ErrorCode::HistorySecretBad, "the words could not be read", "give 24 words"))?;
    Ok(text)
}

async fn push(app: &App, force: bool, quiet: bool, output: &Output) -> Result<Exit> {
    if force {
        history::queue_everything(app)?;
    }
    let (pushed, connected) = history::push(app, When::Now).await?;
    report(&connected.synced(Pulled::default(), pushed), &connected.location, quiet, output)
}

async fn pull(app: &App, force: bool, quiet: bool, output: &Output) -> Result<Exit> {
    let reach = if force { Reach::Everything } else { Reach::Usual };
    let (pulled, connected) = history::pull(app, reach).await?;
    report(&connected.synced(pulled, Pushed::default()), &connected.location, quiet, output)
}

fn report(synced: &HistorySynced, location: &str, quiet: bool, output: &Output) -> Result<Exit> {
    let whole = synced.failures.is_empty() && synced.skipped == 0;
    if !quiet || !whole {
        output.show(synced, |synced| synced_words(synced, location))?;
    }
    Ok(if whole { Exit::Done } else { Exit::Partial })
}

fn synced_words(synced: &HistorySynced, location: &str) -> String {
    let parts: Vec<String> = [
        (synced.sent, "entry sent", "entries sent"),
        (synced.sent_deletions, "deletion sent", "deletions sent"),
        (synced.received, "new entry", "new entries"),
        (synced.received_deletions, "entry deleted by another device", "entries deleted by other devices"),
        (synced.skipped, "entry that cannot be read", "entries that cannot be read"),
    ]
    .into_iter()
    .filter(|(count, ..)| *count > 0)
    .map(|(count, one, many)| words::counted(count, one, many))
    .collect();
    let what = if parts.is_empty() { "nothing new".into() } else { parts.join(", ") };
    let requests = words::counted(synced.requests, "request", "requests");
    let mut lines = vec![format!("{location}: {what} ({requests}, {})", words::usd(synced.cost_usd))];
    lines.extend(
        synced.failures.iter().map(|failure| format!("  failed, and is asked for again: {}", words::shown(failure))),
    );
    lines.join("\n")
}

async fn status(app: &App, verbose: bool, last_sync: bool, output: &Output) -> Result<Exit> {
    let status = history::status(app, false).await?;
    if last_sync {
        let value = json!({ "last_sync": status.last_sync });
        output.show(&value, |_| status.last_sync.as_deref().map_or("never".into(), local_time))?;
        return Ok(Exit::Done);
    }
    output.show(&status, |status| status_words(status, verbose))?;
    Ok(if status.problems.is_empty() { Exit::Done } else { Exit::Partial })
}

/// A status as people read it.
pub fn status_words(status: &HistoryStatus, verbose: bool) -> String {
    let entries = words::counted(status.entries, "entry", "entries");
    if status.backend == "offline" {
        return format!(
            "{entries} on this computer only.\n`holdfast sync init --store URL` shares them with your other devices."
        );
    }
    let mut lines = vec![
        format!("{entries} here, kept in {}", status.location),
        match status.waiting {
            0 => "everything is sent".into(),
            count => format!("{} to be sent", words::counted(count, "waits", "wait")),
        },
        format!("all devices last read: {}", status.last_sync.as_deref().map_or("never".into(), local_time)),
        words::counted(status.devices.len() as u64, "device", "devices"),
    ];
    if verbose {
        lines.extend(status.devices.iter().map(|device| format!("  {}", super::history::device_words(device))));
        lines.extend(status.user_id.iter().map(|id| format!("user {id}")));
    }
    if let Some(storage) = &status.storage {
        lines.push(format!(
            "in the bucket: {}, {}, about {} a month",
            words::counted(storage.objects, "object", "objects"),
            words::bytes(storage.bytes),
            words::usd(storage.month_usd)
        ));
    }
    lines.extend(status.problems.iter().map(|problem| format!("! {}", words::shown(&problem.words))));
    lines.join("\n")
}

/// An RFC 3339 time as a person here reads it.
pub fn local_time(text: &str) -> String {
    match text.parse::<jiff::Timestamp>() {
        Ok(time) => time.to_zoned(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S").to_string(),
        Err(_) => text.to_owned(),
    }
}

async fn reset(app: &App, forget_secret: bool, yes: bool, output: &Output) -> Result<Exit> {
    let (entries, waiting) = history::before_reset(app).await?;
    let mut what = format!(
        "This computer forgets how far it is in step. Its {} stay, {} of them not sent yet; what is in the bucket \
         stays. The next exchange reads everything anew, and this computer appears as a new device.",
        words::counted(entries, "entry", "entries"),
        words::count(waiting),
    );
    if forget_secret {
        what.push_str(
            "\nThe secret goes out of the keychain: without its 24 words, written down or on another device, nobody \
             can read what is in the bucket.",
        );
    }
    if !yes {
        output.say(&what);
        return Err(AppError::config(ErrorCode::Cancelled, "nothing was forgotten", "add --yes to do it"));
    }
    history::reset(app, forget_secret).await?;
    output.show(&json!({ "reset": true, "forgot_secret": forget_secret }), |_| format!("{what}\nDone."))?;
    Ok(Exit::Done)
}

/// `config-set KEY VALUE`
pub fn config_set(key: &str, value: &str, output: &Output) -> Result<Exit> {
    let app = App::of_system()?;
    app.home.history.update(|kept| kept.settings.set(key, value))?;
    output.show(&json!({ "key": key, "value": value }), |_| String::new())?;
    Ok(Exit::Done)
}

/// `config-get [KEY]`
pub fn config_get(key: Option<&str>, output: &Output) -> Result<Exit> {
    let settings = App::of_system()?.home.history.load()?.settings;
    match key {
        Some(key) => {
            let value = settings.get(key)?;
            output.show(&json!({ "key": key, "value": value }), |_| value.clone().unwrap_or_default())?;
        }
        None => {
            let mut all = serde_json::Map::new();
            let mut lines = Vec::new();
            for (key, meaning) in KEYS {
                let value = settings.get(key)?;
                lines.push(format!("{key:15} {:24}  {meaning}", value.as_deref().unwrap_or("-")));
                all.insert((*key).to_owned(), json!(value));
            }
            output.show(&all, |_| lines.join("\n"))?;
        }
    }
    Ok(Exit::Done)
}

/// Begins to keep this computer in step, in a process of its own that outlives this one. Says nothing of failures: the
/// next command tries again.
pub fn begin_auto() {
    use std::process::{Command, Stdio};
    let Ok(program) = std::env::current_exe() else { return };
    let mut command = Command::new(program);
    command.args(["sync", "auto"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    drop(command.spawn());
}

/// Asks a person on a terminal; without one the answer is no.
pub fn agreed(question: &str) -> bool {
    if !std::io::stdin().is_terminal() {
        return false;
    }
    eprint!("{question} [y/N] ");
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).is_ok() && matches!(answer.trim(), "y" | "Y" | "yes")
}

/// Reads a time that was typed: RFC 3339, local without an offset, or a date.
pub fn read_time(text: &str) -> Result<Time, String> {
    holdfast_app::history::core::read_time(text, &jiff::tz::TimeZone::system())
        .ok_or_else(|| "write a date or time such as 2026-11-20 or 2026-11-20T18:00".into())
}
