//! `holdfast records …`

mod code;
mod devices;
mod edit;
mod secret;
mod sharing;
mod show;
mod whole;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use holdfast_app::{
    App, Result,
    records::{self, SetBacks},
};
use serde_json::json;

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
        /// Only what the devices that are known wrote next: for a timer that runs each minute. While the records are locked
        /// it does nothing, says so, and ends as if all were well.
        #[arg(long)]
        quick: bool,
        /// You know that the place was set back, and why: it is not named again as long as no more is missing.
        #[arg(long, conflicts_with = "quick")]
        accept_set_back: bool,
    },
    /// Show the words of your public key and whom you know; add somebody by the words that they read to you.
    People {
        #[command(subcommand)]
        command: Option<sharing::PeopleCommand>,
    },
    /// Give a person's records to somebody whose words you compared: to read, or to write, too.
    Grant(sharing::GrantArgs),
    /// Show what you gave, and what others gave you.
    Grants,
    /// Accept what somebody gave you: their records stand among yours from then on.
    Accept {
        /// Who gave it: name or id, as `people` shows them.
        person: String,
        /// Only this one.
        #[arg(long, value_name = "ID")]
        grant: Option<String>,
    },
    /// End what you gave, and say what the other may have kept. What is written from then on opens with another key.
    Revoke {
        /// The grant's id, or how it begins.
        grant: String,
    },
    /// Seal again what a person had before you revoked somebody: the bucket then has nothing that their keys open. Reads and
    /// writes all of it; what they kept stays with them.
    Reseal {
        /// Whose: name or id.
        member: String,
    },
    /// Let go of what somebody gave you; what is here of it goes.
    LetGo {
        /// The grant's id, or how it begins.
        grant: String,
    },
    /// Show the computers of this vault, or revoke one that is lost.
    Devices {
        #[command(subcommand)]
        command: Option<devices::DevicesCommand>,
    },
    /// Say how the vault stands, and what was not sent yet.
    Status,
    /// Read everything in the bucket back and check it; name what is damaged; complete what a stop left behind.
    Verify {
        /// Write again what the bucket lost and this computer has: records, not files.
        #[arg(long)]
        put_back: bool,
    },
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
        RecordsCommand::Sync { quick, accept_set_back } => sync(app, !quick, accept_set_back, output).await,
        RecordsCommand::People { command } => sharing::people(app, command, output).await,
        RecordsCommand::Grant(args) => sharing::grant(app, args, output).await,
        RecordsCommand::Grants => sharing::grants(app, output).await,
        RecordsCommand::Accept { person, grant } => sharing::accept(app, &person, grant.as_deref(), output).await,
        RecordsCommand::Revoke { grant } => sharing::revoke(app, &grant, output).await,
        RecordsCommand::Reseal { member } => sharing::reseal(app, &member, output).await,
        RecordsCommand::LetGo { grant } => sharing::let_go(app, &grant, output).await,
        RecordsCommand::Devices { command } => devices::run(app, command, output).await,
        RecordsCommand::Status => show::status(app, output).await,
        RecordsCommand::Verify { put_back } => whole::verify(app, put_back, output).await,
        RecordsCommand::Export { folder, over } => whole::export(app, &folder, over, output).await,
        RecordsCommand::Import { member, folder } => whole::import(app, &member, &folder, output).await,
        RecordsCommand::RecoveryCode(command) => code::run(app, command, output).await,
    }
}

async fn sync(app: &App, everything: bool, accept_set_back: bool, output: &Output) -> Result<Exit> {
    // Whoever locked them does not want to hear of it from a timer. Nothing of the log is read or sealed without its keys.
    if !everything && records::is_locked(app)? {
        output.show(&json!({ "locked": true }), |_| "locked: nothing was sent or fetched".to_owned())?;
        return Ok(Exit::Done);
    }
    let mut open = records::unlocked(app).await?;
    let synced = match accept_set_back {
        true => open.sync_knowing(SetBacks::Known).await?,
        false => open.sync(everything).await?,
    };
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
        lines.extend(synced.failures.iter().chain(&synced.shared).map(|line| format!("! {}", words::shown(line))));
        lines.extend(devices::set_back_words(&synced.set_back, accept_set_back));
        lines.join("\n")
    })?;
    let nothing_wrong = synced.failures.is_empty() && synced.shared.is_empty() && synced.waiting == 0;
    Ok(if nothing_wrong && (synced.set_back.is_empty() || accept_set_back) { Exit::Done } else { Exit::Partial })
}
