//! `holdfast history …`

mod capture;
mod find;
mod init;
mod migrate;
mod patterns;
mod search;
mod transfer;

use clap::{Args, Subcommand};
use holdfast_app::{
    App, AppError, ErrorCode, Result,
    dto::history::{HistoryDevice, HistoryVerified},
    history::{self, core::sync::When},
};
use serde_json::json;

use super::sync;
use crate::{
    output::{Exit, Output},
    words,
};

pub use capture::of_a_hook;
pub use find::FindArgs;

/// `history …`
#[derive(Debug, Subcommand)]
pub enum HistoryCommand {
    /// Find commands that were run, on any device.
    Find(FindArgs),
    /// Delete entries on all devices.
    Delete(DeleteArgs),
    /// The devices that share this history.
    Devices {
        /// What to do; lists them without it.
        #[command(subcommand)]
        command: Option<DevicesCommand>,
    },
    /// The secret that opens this history.
    #[command(subcommand)]
    Key(KeyCommand),
    /// Say how history is kept.
    Status {
        /// Also ask the bucket what lies there, and say what it costs.
        #[arg(long)]
        storage: bool,
    },
    /// Read everything in the bucket, open it, and compare it with what is here.
    Verify,
    /// Move to another backend; both sides are compared, and what is missing is sent again when this is run again.
    MigrateBackend(migrate::MigrateArgs),
    /// Print the script that keeps what is typed in a shell, for its start-up file.
    Init(init::InitArgs),
    /// Keep a command that begins; its line is on standard input. The scripts call it.
    #[command(hide = true)]
    Start(capture::StartArgs),
    /// Keep how a command ended. The scripts call it.
    #[command(hide = true)]
    End(capture::EndArgs),
    /// Keep no commands for a while.
    Pause(capture::PauseArgs),
    /// Keep commands again.
    Resume,
    /// List, add and remove patterns of your own for secrets that are replaced inside lines.
    Patterns(patterns::PatternsArgs),
    /// Choose a command on the full screen and print it. Ctrl-R calls it.
    Search(search::SearchArgs),
    /// Bring in the history of a shell or another tool; without options, show which there are.
    Import(transfer::ImportArgs),
    /// Write all entries to a file, one as JSON in each line.
    Export(transfer::ExportArgs),
}

/// `history delete …`
#[derive(Debug, Args)]
pub struct DeleteArgs {
    /// What to look for, as for `find`.
    #[command(flatten)]
    find: FindArgs,
    /// One entry, by its id.
    #[arg(long, value_name = "ID")]
    id: Option<String>,
    /// Do not ask.
    #[arg(long)]
    yes: bool,
}

/// `history devices …`
#[derive(Debug, Subcommand)]
pub enum DevicesCommand {
    /// List them.
    List,
    /// Give this device another name.
    Rename {
        /// The new name.
        name: String,
    },
    /// Wait for a device no more: lost, sold, or set up anew. What it wrote stays.
    Revoke {
        /// Its name or id.
        device: String,
    },
}

/// `history key …`
#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// Print the 24 words, to write down or for the next device.
    Show,
}

/// Runs what needs neither network nor threads, so that hooks of shells are gone after some milliseconds; nothing for
/// the other commands.
pub fn run_at_once(command: &HistoryCommand, output: &Output) -> Option<Result<Exit>> {
    Some(match command {
        HistoryCommand::Init(args) => init::run(args, output),
        HistoryCommand::Start(args) => capture::start(args, output),
        HistoryCommand::End(args) => capture::end(args),
        HistoryCommand::Pause(args) => capture::pause(args, output),
        HistoryCommand::Resume => capture::resume(output),
        HistoryCommand::Patterns(args) => patterns::run(args, output),
        HistoryCommand::Search(args) => search::run(args),
        HistoryCommand::Import(args) => transfer::import(args, output),
        HistoryCommand::Export(args) => transfer::export(args, output),
        _ => return None,
    })
}

pub async fn run(command: HistoryCommand, output: &Output) -> Result<Exit> {
    if let Some(outcome) = run_at_once(&command, output) {
        return outcome;
    }
    let app = App::of_system()?;
    let outcome = match command {
        HistoryCommand::Find(args) => find::run(&app, args, output).await,
        HistoryCommand::Delete(args) => delete(&app, args, output).await,
        HistoryCommand::Devices { command } => devices(&app, command, output).await,
        HistoryCommand::Key(KeyCommand::Show) => key_show(&app, output).await,
        HistoryCommand::Status { storage } => {
            let status = history::status(&app, storage).await?;
            output.show(&status, |status| sync::status_words(status, true))?;
            Ok(Exit::Done)
        }
        HistoryCommand::Verify => verify(&app, output).await,
        HistoryCommand::MigrateBackend(args) => migrate::run(&app, args, output).await,
        _ => Ok(Exit::Done),
    };
    app.shut_down().await;
    outcome
}

async fn delete(app: &App, args: DeleteArgs, output: &Output) -> Result<Exit> {
    let found = match &args.id {
        Some(id) => find::by_id(app, id)?,
        None => {
            args.find.refuse_empty()?;
            history::find(app, &args.find.query(0))?
        }
    };
    if found.is_empty() {
        return Err(AppError::config(
            ErrorCode::NothingThere,
            "no entry fits",
            "`holdfast history find` shows what is there",
        ));
    }
    let what = words::counted(found.len() as u64, "entry", "entries");
    if !args.yes {
        output.say(&find::lines(&found, false));
        if output.json || !sync::agreed(&format!("Delete {what} on all devices?")) {
            return Err(AppError::config(
                ErrorCode::Cancelled,
                "nothing was deleted",
                "add --yes to delete without being asked",
            ));
        }
    }
    let ids: Vec<_> = found.iter().map(|entry| entry.entry_id).collect();
    let deleted = history::delete(app, &ids)?;
    let sent = match history::push(app, When::Now).await {
        Ok(_) => true,
        Err(error) if error.code == ErrorCode::HistoryNotSetUp => true,
        Err(error) => {
            output.say(&format!("the other devices were not told yet: {}", words::shown(&error.message)));
            false
        }
    };
    output.show(&json!({ "deleted": deleted, "sent": sent }), |_| {
        format!("{} deleted; other devices follow when they next look", words::counted(deleted, "entry", "entries"))
    })?;
    Ok(if sent { Exit::Done } else { Exit::Partial })
}

async fn devices(app: &App, command: Option<DevicesCommand>, output: &Output) -> Result<Exit> {
    match command.unwrap_or(DevicesCommand::List) {
        DevicesCommand::List => {
            let listed = history::devices(app).await?;
            output.show(&listed, |listed| match listed.is_empty() {
                true => "History stays on this computer.".into(),
                false => listed.iter().map(device_words).collect::<Vec<_>>().join("\n"),
            })?;
        }
        DevicesCommand::Rename { name } => {
            history::rename(app, &name).await?;
            output.show(&json!({ "name": name }), |_| format!("This device is “{}” now.", words::shown(&name)))?;
        }
        DevicesCommand::Revoke { device } => {
            let device = history::retire(app, &device).await?;
            output.show(&device, |device| {
                format!(
                    "{} is not waited for any more. What it wrote stays.\nIf somebody else may have it: its keychain \
                     holds the secret and perhaps the bucket's keys. Take the bucket's keys away at your provider; what \
                     was written before stays readable to whoever has the 24 words.",
                    words::shown(device.name.as_deref().unwrap_or(&device.id))
                )
            })?;
        }
    }
    Ok(Exit::Done)
}

/// A device in one line.
pub fn device_words(device: &HistoryDevice) -> String {
    let mut parts = vec![format!("{:20} {}", words::shown(device.name.as_deref().unwrap_or("(no name)")), device.id)];
    parts.extend(device.this_device.then(|| "this one".into()));
    parts.extend(device.last_seen.as_deref().map(|seen| format!("last seen {}", sync::local_time(seen))));
    parts.extend((device.owes_deletions > 0).then(|| {
        format!("has not carried out {} yet", words::counted(device.owes_deletions, "deletion", "deletions"))
    }));
    parts.extend(
        (device.skipped > 0).then(|| format!("{} cannot be read", words::counted(device.skipped, "entry", "entries"))),
    );
    parts.extend(device.retired.as_deref().map(|since| format!("revoked {}", sync::local_time(since))));
    parts.join(" · ")
}

async fn key_show(app: &App, output: &Output) -> Result<Exit> {
    let secret = history::key_words(&app.home).await?;
    if output.json {
        output.show(&json!({ "words": secret.as_str() }), |_| String::new())?;
        return Ok(Exit::Done);
    }
    output.say("Whoever has these words can read this history. Write them down, tell nobody.\n");
    let rows: Vec<String> = secret
        .split(' ')
        .enumerate()
        .collect::<Vec<_>>()
        .chunks(6)
        .map(|row| {
            row.iter().map(|(at, word)| format!("{:2} {word:10}", at + 1)).collect::<String>().trim_end().to_owned()
        })
        .collect();
    output.say(&rows.join("\n"));
    output.say("\nOn the next device:  holdfast sync init --store URL --secret-stdin");
    Ok(Exit::Done)
}

async fn verify(app: &App, output: &Output) -> Result<Exit> {
    let verified = history::verify(app).await?;
    output.show(&verified, verified_words)?;
    Ok(if verified.all_well { Exit::Done } else { Exit::Partial })
}

fn verified_words(verified: &HistoryVerified) -> String {
    let mut lines = vec![format!("{} in the bucket opened", words::counted(verified.entries, "entry", "entries"))];
    for (count, what) in [
        (verified.missing_here, "not here yet: `holdfast sync pull`"),
        (verified.missing_there, "here and not in the bucket: `holdfast sync push --force` sends them"),
        (verified.different, "not the same here and there"),
    ] {
        lines.extend((count > 0).then(|| format!("! {} {what}", words::counted(count, "entry is", "entries are"))));
    }
    lines.extend(verified.unread.iter().chain(&verified.failures).map(|line| format!("! {}", words::shown(line))));
    if verified.all_well {
        lines.push("All of it is the same here.".into());
    }
    lines.join("\n")
}
