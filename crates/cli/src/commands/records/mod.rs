//! `holdfast records …`

mod code;
mod edit;
mod secret;
mod show;
mod whole;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use holdfast_app::{App, Result, records};

use crate::{
    output::{Exit, Output},
    words,
};

/// `records …`
#[derive(Debug, Subcommand)]
pub enum RecordsCommand {
    /// Begin a vault. Its recovery code is shown once, and has to be typed back.
    Init {
        #[command(flatten)]
        begin: BeginArgs,
        /// Begin a second vault where somebody keeps one already.
        #[arg(long)]
        another: bool,
    },
    /// Open a vault on this computer with its recovery code, from standard input or the terminal. One that was only locked
    /// opens without it.
    Unlock {
        #[command(flatten)]
        begin: BeginArgs,
        /// Only the vault of this user, where there are many.
        #[arg(long, value_name = "ID")]
        user: Option<String>,
    },
    /// Close the vault on this computer, for the window and every command; `unlock` opens it again.
    Lock {
        /// Take the key out of this computer's keychain, too: only the recovery code opens the vault here again.
        #[arg(long)]
        forget: bool,
        /// Close nothing now: let a window close it that nobody used for so many minutes; 0 for never.
        #[arg(long, value_name = "MINUTES", conflicts_with = "forget")]
        idle: Option<u32>,
    },
    /// List the people of whom records are kept, add one, or change a profile.
    Members {
        #[command(subcommand)]
        command: Option<edit::MembersCommand>,
    },
    /// Add a record: visit, medication, allergy, vaccination, result, note or document.
    Add(edit::AddArgs),
    /// Show a record.
    Show {
        /// Its id, or how it begins.
        record: String,
    },
    /// Change a record: a new version, the old one stays.
    Edit(edit::EditArgs),
    /// Delete a record on all devices. Its versions stay and can be brought back.
    Delete {
        /// Its id, or how it begins.
        record: String,
    },
    /// Show all versions of a record, or bring one back.
    Versions {
        /// Its id, or how it begins.
        record: String,
        /// Make this version the newest again.
        #[arg(long, value_name = "VERSION")]
        bring_back: Option<String>,
    },
    /// Decide what a record says that was edited on two devices.
    Resolve(edit::ResolveArgs),
    /// Attach a file to a record. The same file is kept once for each person.
    Attach {
        /// The record's id, or how it begins.
        record: String,
        /// The file. May be given again.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Write a record's file to this computer, unencrypted, or to standard output.
    Get {
        /// The record's id, or how it begins.
        record: String,
        /// Which, where it has more than one: its title, or how its id begins.
        #[arg(long, value_name = "FILE")]
        file: Option<String>,
        /// Where to write it; a file that is there stays. Standard output without it.
        #[arg(long, short, value_name = "PATH")]
        output: Option<PathBuf>,
    },
    /// Find records by words in titles, texts and file names.
    Search {
        /// The words; all of them must fit.
        words: Vec<String>,
        /// Only this person's.
        #[arg(long, value_name = "NAME")]
        member: Option<String>,
        /// At most so many.
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// List a person's records, the newest first.
    Timeline {
        /// Name or id.
        member: String,
        /// Only of this kind.
        #[arg(long)]
        kind: Option<String>,
    },
    /// Print what somebody who helps a person must know at once.
    Emergency {
        /// Name or id.
        member: String,
    },
    /// Send what was done here and fetch what others did.
    Sync {
        /// Only what the devices that are known wrote next: for a timer that runs each minute.
        #[arg(long)]
        quick: bool,
    },
    /// Say how the vault stands, and what was not sent yet.
    Status,
    /// Read everything in the bucket back and check it; name what is damaged; complete what a stop left behind.
    Verify,
    /// Write everything to a folder, decrypted: JSON and files.
    Export {
        /// The folder.
        folder: PathBuf,
        /// Write beside what is in the folder; what an earlier export wrote is replaced.
        #[arg(long)]
        over: bool,
    },
    /// Add each file of a folder as a document. Can be repeated: the same content is not added twice.
    Import {
        /// Whose: name or id.
        member: String,
        /// The folder.
        folder: PathBuf,
    },
    /// The recovery code: check that you have it, make another one, split it for relatives.
    #[command(subcommand)]
    RecoveryCode(code::CodeCommand),
}

/// How a computer begins.
#[derive(Debug, Args)]
pub struct BeginArgs {
    /// s3://bucket/prefix?region=…&endpoint=…&access_key=…&secret_key=…, gateway://…, or file:///folder.
    #[arg(long, value_name = "URL", conflicts_with_all = ["profile", "this_computer"])]
    store: Option<String>,
    /// A profile made with `profile add`.
    #[arg(long, short, value_name = "NAME", conflicts_with = "this_computer")]
    profile: Option<String>,
    /// A bucket on this computer.
    #[arg(long)]
    this_computer: bool,
    /// Who writes on this computer; stands, encrypted, in what is written.
    #[arg(long, value_name = "NAME")]
    author: Option<String>,
    /// Print the keyring for HOLDFAST_RECORDS_KEYRING and keep it in no keychain: for a computer that has none.
    #[arg(long)]
    print_keyring: bool,
}

impl BeginArgs {
    fn order(self) -> records::Begin {
        let place = match (self.store, self.profile, self.this_computer) {
            (Some(url), _, _) => records::VaultPlace::Url { url, secret: None },
            (_, Some(name), _) => records::VaultPlace::Profile(name),
            (_, _, true) => records::VaultPlace::ThisComputer,
            _ => records::VaultPlace::AsSet,
        };
        let keyring = if self.print_keyring { records::KeepKeyring::Shown } else { records::KeepKeyring::InKeychain };
        records::Begin { place, author: self.author, keyring }
    }
}

pub async fn run(command: RecordsCommand, output: &Output) -> Result<Exit> {
    let app = App::of_system()?;
    let outcome = tell(&app, command, output).await;
    app.shut_down().await;
    outcome
}

async fn tell(app: &App, command: RecordsCommand, output: &Output) -> Result<Exit> {
    match command {
        RecordsCommand::Init { begin, another } => code::init(app, begin.order(), another, output).await,
        RecordsCommand::Unlock { begin, user } => code::unlock(app, begin.order(), user.as_deref(), output).await,
        RecordsCommand::Lock { forget, idle } => code::lock(app, forget, idle, output).await,
        RecordsCommand::Members { command } => edit::members(app, command, output).await,
        RecordsCommand::Add(args) => edit::add(app, args, output).await,
        RecordsCommand::Edit(args) => edit::edit(app, args, output).await,
        RecordsCommand::Delete { record } => edit::delete(app, &record, output).await,
        RecordsCommand::Resolve(args) => edit::resolve(app, args, output).await,
        RecordsCommand::Attach { record, files } => edit::attach(app, &record, &files, output).await,
        RecordsCommand::Versions { record, bring_back: Some(version) } => {
            edit::bring_back(app, &record, &version, output).await
        }
        RecordsCommand::Versions { record, bring_back: None } => show::versions(app, &record, output).await,
        RecordsCommand::Show { record } => show::record(app, &record, output).await,
        RecordsCommand::Get { record, file, output: to } => {
            show::get(app, &record, file.as_deref(), to.as_deref(), output).await
        }
        RecordsCommand::Search { words, member, limit } => {
            show::search(app, &words.join(" "), member.as_deref(), limit, output).await
        }
        RecordsCommand::Timeline { member, kind } => show::timeline(app, &member, kind.as_deref(), output).await,
        RecordsCommand::Emergency { member } => show::emergency(app, &member, output).await,
        RecordsCommand::Sync { quick } => sync(app, !quick, output).await,
        RecordsCommand::Status => show::status(app, output).await,
        RecordsCommand::Verify => whole::verify(app, output).await,
        RecordsCommand::Export { folder, over } => whole::export(app, &folder, over, output).await,
        RecordsCommand::Import { member, folder } => whole::import(app, &member, &folder, output).await,
        RecordsCommand::RecoveryCode(command) => code::run(app, command, output).await,
    }
}

async fn sync(app: &App, everything: bool, output: &Output) -> Result<Exit> {
    let synced = records::unlocked(app).await?.sync(everything).await?;
    output.show(&synced, |synced| {
        let mut lines = vec![format!(
            "{} sent, {} sent, {} received; {}, {}",
            words::counted(synced.sent, "version", "versions"),
            words::counted(synced.sent_attachments, "file", "files"),
            words::counted(synced.received, "version", "versions"),
            words::counted(synced.requests, "request", "requests"),
            words::usd(synced.cost_usd),
        )];
        lines.extend((synced.waiting > 0).then(|| format!("{} not sent yet", words::count(synced.waiting))));
        lines.extend(synced.failures.iter().map(|line| format!("! {}", words::shown(line))));
        lines.join("\n")
    })?;
    Ok(if synced.failures.is_empty() && synced.waiting == 0 { Exit::Done } else { Exit::Partial })
}
