//! Sharing: people, grants, what others gave.

use std::io::{BufRead, IsTerminal};

use clap::{Args, Subcommand};
use holdfast_app::{
    App, AppError, ErrorCode, Result,
    dto::records_sharing::{
        RecordsGrant, RecordsGrantState, RecordsGrants, RecordsOf, RecordsPeople, RecordsPerson, RecordsRevoked,
    },
    records::{self, NewPerson, Unlocked, VaultPlace},
};
use serde_json::json;

use crate::{
    output::{Exit, Output},
    words,
};

/// The longest line of words that is read, bytes.
const MAX_WORDS: u64 = 4 << 10;

/// `records people …`
#[derive(Debug, Subcommand)]
pub enum PeopleCommand {
    /// Get to know somebody. They read twelve words from their own screen (`holdfast records people`) to you, over the
    /// telephone or across the table, and you type them: from the terminal or standard input.
    Add {
        /// Their id, which `holdfast records people` shows on their computer.
        user: String,
        /// What you call them.
        #[arg(long, value_name = "NAME")]
        name: String,
        #[command(flatten)]
        place: PlaceArgs,
    },
    /// Say how this computer gets to where somebody has their vault.
    Place {
        /// Name or id.
        person: String,
        #[command(flatten)]
        place: PlaceArgs,
    },
}

/// Where somebody's vault is.
#[derive(Debug, Args)]
pub struct PlaceArgs {
    /// The store URL of their vault, where it is not in the same place as yours. You need keys that may read there.
    #[arg(long, value_name = "URL", conflicts_with = "profile")]
    store: Option<String>,
    /// A profile made with `profile add`.
    #[arg(long, short, value_name = "NAME")]
    profile: Option<String>,
}

/// `records grant`
#[derive(Debug, Args)]
pub struct GrantArgs {
    /// Whose records: name or id.
    member: String,
    /// Who is to have them: name or id, as `people` shows them.
    person: String,
    /// They may write, too.
    #[arg(long)]
    write: bool,
    /// To the end of this day, such as 2027-12-31; for good without it.
    #[arg(long, value_name = "DATE")]
    until: Option<String>,
}

impl PlaceArgs {
    fn place(self) -> VaultPlace {
        match (self.store, self.profile) {
            (Some(url), _) => VaultPlace::Url { url, secret: None },
            (None, Some(name)) => VaultPlace::Profile(name),
            (None, None) => VaultPlace::AsSet,
        }
    }
}

pub async fn people(app: &App, command: Option<PeopleCommand>, output: &Output) -> Result<Exit> {
    let mut open = records::unlocked(app).await?;
    match command {
        None => output.show(&open.people()?, people_words)?,
        Some(PeopleCommand::Add { user, name, place }) => {
            let words = heard_words(&name)?;
            let known = open.add_person(NewPerson { user, name, place: place.place(), words }).await?;
            output.show(&known, |known| {
                let name = words::shown(&known.name);
                format!("{name} is known now: the words are the same. Give them records: holdfast records grant MEMBER {name:?}")
            })?;
        }
        Some(PeopleCommand::Place { person, place }) => {
            let known = open.set_person_place(&person, place.place()).await?;
            output.show(&known, |known| format!("{} is found there.", words::shown(&known.name)))?;
        }
    }
    Ok(Exit::Done)
}

/// Twelve words, as somebody reads them out. They are no secret.
fn heard_words(name: &str) -> Result<String> {
    if std::io::stdin().is_terminal() {
        eprintln!(
            "Let {} read the twelve words to you that `holdfast records people` shows on their own screen.",
            words::shown(name)
        );
        eprint!("The words: ");
    }
    let mut line = String::new();
    let read = std::io::Read::take(std::io::stdin().lock(), MAX_WORDS).read_line(&mut line);
    read.map_err(|_| {
        AppError::config(
            ErrorCode::RecordsWords,
            "the words could not be read",
            "give twelve words on standard input or at the terminal; nothing was kept",
        )
    })?;
    Ok(line)
}

fn people_words(people: &RecordsPeople) -> String {
    let mut lines = vec![
        format!("Your id     {}", people.user_id),
        format!("Your words  {}", people.words),
        format!("Your place  {}", words::shown(&people.location)),
        "Read the words to whoever adds you; they add you by your id.".into(),
    ];
    let person = |one: &RecordsPerson| {
        let place = if one.place.is_empty() { "where yours are" } else { &one.place };
        format!("{}  {} · {}", &one.user_id[..8], words::shown(&one.name), words::shown(place))
    };
    lines.extend((!people.people.is_empty()).then(String::new));
    lines.extend(people.people.iter().map(person));
    lines.join("\n")
}

/// Exchanges, so that what was decided takes effect; why it does not yet.
async fn send(open: &mut Unlocked) -> Option<String> {
    match open.sync(true).await {
        Err(error) => Some(error.message),
        Ok(synced) => synced.failures.into_iter().chain(synced.shared).next(),
    }
}

fn unsent_words(unsent: &Option<String>) -> Option<String> {
    let why = unsent.as_ref()?;
    Some(format!("! It is not (all) sent yet, `holdfast records sync` does it: {}", words::shown(why)))
}

pub async fn grant(app: &App, args: GrantArgs, output: &Output) -> Result<Exit> {
    let mut open = records::unlocked(app).await?;
    let (member, person) = (open.member(&args.member)?, open.person(&args.person)?);
    let given = open.grant(member, &person, args.write, args.until.as_deref())?;
    let unsent = send(&mut open).await;
    let own = open.people()?.user_id;
    output.show(&json!({ "grant": given, "unsent": unsent }), |_| {
        let mut lines = vec![
            grant_words(&given, "to"),
            format!(
                "{} takes it with:  holdfast records accept {}  (they must have added you: holdfast records people add {own})",
                words::shown(&given.person),
                &own[..8],
            ),
        ];
        lines.extend(unsent_words(&unsent));
        lines.join("\n")
    })?;
    Ok(if unsent.is_none() { Exit::Done } else { Exit::Partial })
}

pub async fn grants(app: &App, output: &Output) -> Result<Exit> {
    let open = records::unlocked(app).await?;
    output.show(&open.grants(), grants_words)?;
    Ok(Exit::Done)
}

fn grants_words(grants: &RecordsGrants) -> String {
    let given = grants.given.iter().map(|grant| grant_words(grant, "to"));
    let lines: Vec<String> = given.chain(grants.accepted.iter().map(|grant| grant_words(grant, "from"))).collect();
    if lines.is_empty() { "Nothing is shared.".into() } else { lines.join("\n") }
}

fn grant_words(grant: &RecordsGrant, direction: &str) -> String {
    let name = grant.member_name.as_deref().unwrap_or("(not fetched yet)");
    let rights = match grant.write {
        Some(true) => " · read and write",
        Some(false) => " · read",
        None => "",
    };
    let until = grant.until.as_deref().and_then(last_day).map(|day| format!(" · until {day}")).unwrap_or_default();
    let state = match grant.state {
        RecordsGrantState::Holds => "",
        RecordsGrantState::Over => " · its time is over",
        RecordsGrantState::Ended => " · ended",
        RecordsGrantState::Closed => " · not opened here yet",
    };
    let problem = grant.problem.as_ref().map(|why| format!("\n! {}", words::shown(why))).unwrap_or_default();
    let (name, person) = (words::shown(name), words::shown(&grant.person));
    format!("{}  {name} {direction} {person}{rights}{until}{state}{problem}", &grant.id[..8])
}

/// The last day before a moment, by this computer's time zone.
fn last_day(until: &str) -> Option<jiff::civil::Date> {
    let ends: jiff::Timestamp = until.parse().ok()?;
    let last = jiff::Timestamp::from_millisecond(ends.as_millisecond() - 1).ok()?;
    Some(last.to_zoned(jiff::tz::TimeZone::system()).date())
}

/// Whose a member is.
pub fn of_words(of: &RecordsOf) -> String {
    let how = match (of.ended, of.write) {
        (true, _) => "sharing has ended: what is here was fetched before",
        (false, true) => "read and write",
        (false, false) => "read",
    };
    format!("of {}, {how}", words::shown(&of.person))
}

pub async fn accept(app: &App, person: &str, grant: Option<&str>, output: &Output) -> Result<Exit> {
    let mut open = records::unlocked(app).await?;
    let person = open.person(person)?;
    let taken = open.accept(&person, grant).await?;
    let unsent = send(&mut open).await;
    let ids: Vec<String> = taken.into_iter().map(|one| one.id).collect();
    let accepted: Vec<RecordsGrant> = open.grants().accepted.into_iter().filter(|one| ids.contains(&one.id)).collect();
    output.show(&json!({ "accepted": accepted, "unsent": unsent }), |_| {
        let lines = accepted.iter().map(|grant| grant_words(grant, "from")).chain(unsent_words(&unsent));
        lines.collect::<Vec<_>>().join("\n")
    })?;
    Ok(if unsent.is_none() { Exit::Done } else { Exit::Partial })
}

pub async fn revoke(app: &App, grant: &str, output: &Output) -> Result<Exit> {
    let mut open = records::unlocked(app).await?;
    // What the other wrote until now counts as far as it is here.
    let before = send(&mut open).await;
    let revoked = open.revoke(grant)?;
    let unsent = send(&mut open).await.or(before);
    let revoked = RecordsRevoked { unsent, ..revoked };
    output.show(&revoked, revoked_words)?;
    Ok(if revoked.unsent.is_none() { Exit::Done } else { Exit::Partial })
}

fn revoked_words(revoked: &RecordsRevoked) -> String {
    let (person, name) = (words::shown(&revoked.person), words::shown(&revoked.member_name));
    let mut lines = vec![
        format!("{person} gets nothing more of {name}: what is written from now on is sealed with another key."),
        format!(
            "What they could read until now they may have kept, and nothing takes it back: {} in {}, {}.",
            words::counted(revoked.records, "record", "records"),
            words::counted(revoked.versions, "version", "versions"),
            words::files(revoked.attachments),
        ),
    ];
    lines.extend(unsent_words(&revoked.unsent));
    lines.join("\n")
}

pub async fn let_go(app: &App, grant: &str, output: &Output) -> Result<Exit> {
    let mut open = records::unlocked(app).await?;
    let gone = open.let_go(grant).await?;
    let unsent = send(&mut open).await;
    output.show(&json!({ "grant": gone, "unsent": unsent }), |_| {
        let what = words::shown(gone.member_name.as_deref().unwrap_or("the grant"));
        let head = format!("{what} of {} is not here any more.", words::shown(&gone.person));
        std::iter::once(head).chain(unsent_words(&unsent)).collect::<Vec<_>>().join("\n")
    })?;
    Ok(if unsent.is_none() { Exit::Done } else { Exit::Partial })
}

pub async fn reseal(app: &App, member: &str, output: &Output) -> Result<Exit> {
    let mut open = records::unlocked(app).await?;
    let member = open.member(member)?;
    let done = open.reseal(member).await?;
    output.show(&done, |done| {
        let versions = words::counted(done.versions, "version", "versions");
        let mut lines =
            vec![format!("{versions} and {} are sealed with the key of now.", words::files(done.attachments))];
        lines.extend(done.failures.iter().map(|line| format!("! {}", words::shown(line))));
        lines.join("\n")
    })?;
    Ok(if done.failures.is_empty() { Exit::Done } else { Exit::Partial })
}
