//! Adding and changing: people, records, files, decisions.

use std::{
    io::Read,
    path::{Path, PathBuf},
};

use clap::{Args, Subcommand};
use holdfast_app::{
    App, AppError, ErrorCode, Result,
    dto::records::{RecordsFormer, RecordsMember, RecordsRemoved, RecordsSaved},
    records::{self, Decision, Entered, Unlocked, kind_of},
};
use serde_json::json;

use crate::{
    output::{Exit, Output},
    words,
};

/// The longest JSON that is read from standard input, bytes.
const MAX_JSON: u64 = 8 << 20;

/// `records members …`
#[derive(Debug, Subcommand)]
pub enum MembersCommand {
    /// Begin to keep records of somebody.
    Add(FieldArgs),
    /// Change what a profile says.
    Edit {
        /// Name or id.
        member: String,
        #[command(flatten)]
        fields: FieldArgs,
    },
    /// Remove somebody from all devices, with all records. Nothing is erased: everything stays in the place, encrypted, and
    /// `members bring-back` shows it again. Whoever was given these records still has what was written until now.
    Remove {
        /// Name or id.
        member: String,
    },
    /// List those who were removed.
    Removed,
    /// Bring back somebody who was removed, as before.
    BringBack {
        /// Name or id, as `members removed` shows them.
        member: String,
    },
}

/// What a record or a profile is to say.
#[derive(Debug, Args)]
pub struct FieldArgs {
    /// NAME=VALUE. `title` and `date` stand for what the kind calls them; a list's field may come again; an empty value takes
    /// a field away. A period is START/END, a quantity "5.4 mmol/l", a contact "name; number; who it is". Arguments stay
    /// in your shell's history: --stdin leaves nothing there.
    #[arg(value_name = "NAME=VALUE", value_parser = parse_field)]
    pub fields: Vec<(String, String)>,
    /// Read the fields from standard input, as a JSON object.
    #[arg(long)]
    pub stdin: bool,
}

/// `records add`
#[derive(Debug, Args)]
pub struct AddArgs {
    /// Whose: name or id.
    pub member: String,
    /// visit, medication, allergy, vaccination, result, note or document.
    pub kind: String,
    #[command(flatten)]
    pub fields: FieldArgs,
    /// Attach this file. May be given again.
    #[arg(long, value_name = "FILE")]
    pub attach: Vec<PathBuf>,
}

/// `records edit`
#[derive(Debug, Args)]
pub struct EditArgs {
    /// The record's id, or how it begins.
    pub record: String,
    #[command(flatten)]
    pub fields: FieldArgs,
    /// Attach this file. May be given again.
    #[arg(long, value_name = "FILE")]
    pub attach: Vec<PathBuf>,
    /// Take this file off the record: its title, or how its id begins. Older versions keep it. May be given again.
    #[arg(long, value_name = "FILE")]
    pub detach: Vec<String>,
}

/// `records resolve`
#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("how").required(true)))]
pub struct ResolveArgs {
    /// The record's id, or how it begins.
    pub record: String,
    /// Take this side as it is, and leave the others.
    #[arg(long, value_name = "VERSION", group = "how")]
    pub take: Option<String>,
    /// Take what each side changed.
    #[arg(long, group = "how")]
    pub merge: bool,
    /// Keep every side, each as a record of its own.
    #[arg(long, group = "how")]
    pub keep_both: bool,
    /// With --merge, for a field that both changed: FIELD=VERSION. May be given again.
    #[arg(long, value_name = "FIELD=VERSION", value_parser = parse_field, requires = "merge")]
    pub choose: Vec<(String, String)>,
}

fn parse_field(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write NAME=VALUE")?;
    Ok((name.trim().to_owned(), value.to_owned()))
}

impl FieldArgs {
    fn read(self) -> Result<Entered> {
        let json = self.stdin.then(read_json).transpose()?;
        Ok(Entered { lines: self.fields, json })
    }
}

fn read_json() -> Result<serde_json::Value> {
    // The parser's words would repeat what was typed.
    let wrong = || {
        AppError::config(
            ErrorCode::RecordsInvalid,
            "standard input is not JSON",
            "write {\"title\": \"…\"}; nothing was saved",
        )
    };
    let mut text = holdfast_app::history::Words::default();
    std::io::stdin().take(MAX_JSON).read_to_string(&mut text).map_err(|_| wrong())?;
    serde_json::from_str(&text).map_err(|_| wrong())
}

pub async fn members(app: &App, command: Option<MembersCommand>, output: &Output) -> Result<Exit> {
    match command {
        None => {
            let members = records::unlocked(app).await?.members();
            output.show(&members, |members| match members.is_empty() {
                true => "Nobody yet. holdfast records members add name=NAME begins.".into(),
                false => members.iter().map(member_line).collect::<Vec<_>>().join("\n"),
            })?;
            Ok(Exit::Done)
        }
        Some(MembersCommand::Add(fields)) => {
            let entered = fields.read()?;
            let mut open = records::unlocked(app).await?;
            let saved = open.add_member(&entered)?;
            tell(&saved, output)
        }
        Some(MembersCommand::Edit { member, fields }) => {
            let entered = fields.read()?;
            let mut open = records::unlocked(app).await?;
            let member = open.member(&member)?;
            let saved = open.edit(member, member, &entered, Vec::new(), &[])?;
            tell(&saved, output)
        }
        Some(MembersCommand::Remove { member }) => {
            let mut open = records::unlocked(app).await?;
            let member = open.member(&member)?;
            output.show(&open.remove_member(member)?, removed_words)?;
            Ok(Exit::Done)
        }
        Some(MembersCommand::Removed) => {
            output.show(&records::unlocked(app).await?.former_members()?, |former| match former.is_empty() {
                true => "Nobody was removed.".into(),
                false => former.iter().map(former_line).collect::<Vec<_>>().join("\n"),
            })?;
            Ok(Exit::Done)
        }
        Some(MembersCommand::BringBack { member }) => {
            let saved = records::unlocked(app).await?.bring_back_member(&member)?;
            output.show(&saved, |_| "Back, as before. `holdfast records sync` tells the other devices.".into())?;
            Ok(Exit::Done)
        }
    }
}

fn removed_words(removed: &RecordsRemoved) -> String {
    let name = words::shown(&removed.name);
    let mut lines = vec![format!(
        "{name} is removed, with {}. Your other devices show it no more after their next sync.",
        words::counted(removed.records, "record", "records"),
    )];
    lines.push(format!(
        "Nothing is erased: all of it stays in the place, encrypted. `holdfast records members bring-back {}` shows it again.",
        &removed.member[..8],
    ));
    if !removed.shared_with.is_empty() {
        let people = removed.shared_with.iter().map(|person| words::shown(person)).collect::<Vec<_>>().join(", ");
        lines.push(format!(
            "! {people} can still read what was written until now, and may have kept it. `holdfast records grants` shows what \
             you gave, `holdfast records revoke` ends it."
        ));
    }
    lines.join("\n")
}

fn former_line(former: &RecordsFormer) -> String {
    let name = if former.name.is_empty() { "(no profile is left)".into() } else { words::shown(&former.name) };
    let by = if former.by.is_empty() { String::new() } else { format!(" by {}", words::shown(&former.by)) };
    let records = words::counted(former.records, "record", "records");
    format!("{}  {name} · {records} · removed {}{by}", &former.id[..8], former.removed)
}

fn member_line(member: &RecordsMember) -> String {
    let conflict = if member.conflict { " · edited on two devices" } else { "" };
    let of = member.of.as_ref().map(|of| format!(" · {}", super::sharing::of_words(of))).unwrap_or_default();
    format!("{}  {}{of}{conflict}", &member.id[..8], words::shown(&member.name))
}

pub async fn add(app: &App, args: AddArgs, output: &Output) -> Result<Exit> {
    let kind = kind_of(&args.kind)?;
    let entered = args.fields.read()?;
    let mut open = records::unlocked(app).await?;
    let member = open.member(&args.member)?;
    let attached = attached(&mut open, member, &args.attach)?;
    let saved = open.add(member, kind, &entered, attached)?;
    tell(&saved, output)
}

pub async fn edit(app: &App, args: EditArgs, output: &Output) -> Result<Exit> {
    let entered = args.fields.read()?;
    let mut open = records::unlocked(app).await?;
    let (member, record) = open.record(&args.record)?;
    let attached = attached(&mut open, member, &args.attach)?;
    let saved = open.edit(member, record, &entered, attached, &args.detach)?;
    tell(&saved, output)
}

pub async fn attach(app: &App, record: &str, files: &[PathBuf], output: &Output) -> Result<Exit> {
    let mut open = records::unlocked(app).await?;
    let (member, record) = open.record(record)?;
    let attached = attached(&mut open, member, files)?;
    let saved = open.edit(member, record, &Entered::default(), attached, &[])?;
    tell(&saved, output)
}

fn attached(
    open: &mut Unlocked,
    member: records::core::Uuid,
    files: &[PathBuf],
) -> Result<Vec<records::core::model::Attachment>> {
    files.iter().map(|file: &PathBuf| open.attach_file(member, Path::new(file))).collect()
}

pub async fn delete(app: &App, record: &str, output: &Output) -> Result<Exit> {
    let mut open = records::unlocked(app).await?;
    let (member, record) = open.record(record)?;
    let deleted = open.delete(member, record)?;
    output.show(&json!({ "deleted": deleted.is_some(), "saved": deleted }), |_| match deleted {
        Some(_) => "Deleted. `holdfast records versions` still shows it, and brings it back.".into(),
        None => "It is deleted already.".into(),
    })?;
    Ok(Exit::Done)
}

pub async fn bring_back(app: &App, record: &str, version: &str, output: &Output) -> Result<Exit> {
    let mut open = records::unlocked(app).await?;
    let (member, record) = open.record(record)?;
    let saved = open.bring_back(member, record, version)?;
    tell(&saved, output)
}

pub async fn resolve(app: &App, args: ResolveArgs, output: &Output) -> Result<Exit> {
    let decision = match args.take {
        Some(side) => Decision::Take(side),
        None if args.keep_both => Decision::KeepBoth,
        None => Decision::Merge(args.choose),
    };
    let mut open = records::unlocked(app).await?;
    let (member, record) = open.record(&args.record)?;
    let saved = open.resolve(member, record, &decision)?;
    output.show(&saved, |saved| match saved.is_empty() {
        true => "Nothing is to be decided there.".into(),
        false => "Decided. `holdfast records sync` tells the other devices.".into(),
    })?;
    Ok(Exit::Done)
}

fn tell(saved: &RecordsSaved, output: &Output) -> Result<Exit> {
    output.show(saved, |saved| format!("Kept as {}, encrypted. `holdfast records sync` sends it.", saved.record))?;
    Ok(Exit::Done)
}
