//! `holdfast history find …`

use std::time::Duration;

use clap::Args;
use holdfast_app::{
    App, AppError, ErrorCode, Result,
    history::{
        self,
        core::{Entry, Query, Time, Uuid, backend::Reach},
    },
};

use super::sync;
use crate::{
    output::{Exit, Output},
    words,
};

/// Other devices are asked first when that was so long ago, in microseconds.
const ASK_AFTER: i64 = 60 * 1_000_000;
/// A search waits no longer for their answer.
const PATIENCE: Duration = Duration::from_secs(3);

/// What to look for.
#[derive(Debug, Clone, Default, Args)]
pub struct FindArgs {
    /// Words in the command; "several words" as they are, and behind --, -word for what must not be in it.
    #[arg(value_name = "QUERY")]
    query: Vec<String>,
    /// Started at or after this date or time.
    #[arg(long, value_name = "T", value_parser = sync::read_time)]
    after: Option<Time>,
    /// Started before this date or time.
    #[arg(long, value_name = "T", value_parser = sync::read_time)]
    before: Option<Time>,
    /// Run in this folder or below it.
    #[arg(long, value_name = "D")]
    cwd: Option<String>,
    /// Run on this computer.
    #[arg(long, value_name = "H")]
    host: Option<String>,
    /// Ended with this code.
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    exit: Option<i32>,
    /// Ended with another code than 0.
    #[arg(long)]
    failed: bool,
    /// Of equal commands only the latest.
    #[arg(long)]
    unique: bool,
    /// At most so many, the latest.
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Do not ask other devices first.
    #[arg(long)]
    offline: bool,
}

impl FindArgs {
    /// The question; `limit` where none was given.
    pub fn query(&self, limit: usize) -> Query {
        let text = self.query.join(" ");
        let mut query = Query::parse(&text, &jiff::tz::TimeZone::system());
        query.after = self.after.or(query.after);
        query.before = self.before.or(query.before);
        query.directory = self.cwd.as_deref().map(absolute).or(query.directory);
        query.host = self.host.clone().or(query.host);
        query.exit = self.exit.or(query.exit);
        query.failed |= self.failed;
        query.unique = self.unique;
        query.limit = self.limit.unwrap_or(limit);
        query
    }

    /// A question without any part fits everything.
    pub fn refuse_empty(&self) -> Result<()> {
        match self.query(0) == (Query { unique: self.unique, ..Query::default() }) {
            true => Err(AppError::config(
                ErrorCode::BadParameter,
                "nothing was named to look for",
                "give words of the command, a filter such as --before, or --id",
            )),
            false => Ok(()),
        }
    }
}

/// A folder as the shell knew it; the home folder's short form is understood.
fn absolute(folder: &str) -> String {
    std::path::absolute(folder).map_or_else(|_| folder.to_owned(), |path| path.display().to_string())
}

pub async fn run(app: &App, args: FindArgs, output: &Output) -> Result<Exit> {
    if !args.offline {
        ask_others(app, output).await?;
    }
    let mut found = history::find(app, &args.query(50))?;
    found.reverse();
    output.show(&found, |found| lines(found, true))?;
    Ok(Exit::Done)
}

/// What could not be asked is said and stops no search.
async fn ask_others(app: &App, output: &Output) -> Result<()> {
    let last = history::last_sync(app)?;
    let age = history::now().as_micros() - last.map_or(0, Time::as_micros);
    if !history::is_shared(&app.home)? || (0..ASK_AFTER).contains(&age) {
        return Ok(());
    }
    let failed = match tokio::time::timeout(PATIENCE, history::pull(app, Reach::Usual)).await {
        Ok(Ok(_)) => return Ok(()),
        Ok(Err(error)) => error.message,
        Err(_) => "no answer in time".into(),
    };
    if !output.json {
        eprintln!("other devices were not asked: {}", words::shown(&failed));
    }
    Ok(())
}

/// One entry by its id.
pub fn by_id(app: &App, id: &str) -> Result<Vec<Entry>> {
    let bad = || AppError::config(ErrorCode::BadParameter, "that is no id of an entry", "`find --json` shows ids");
    let id = Uuid::parse_str(id).map_err(|_| bad())?;
    Ok(app.history()?.database.entry(id)?.into_iter().collect())
}

/// Entries as people read them, one in a line.
pub fn lines(found: &[Entry], hosts: bool) -> String {
    let several = hosts && found.iter().any(|entry| entry.hostname != found[0].hostname);
    found.iter().map(|entry| line(entry, several)).collect::<Vec<_>>().join("\n")
}

fn line(entry: &Entry, with_host: bool) -> String {
    let time = match entry.start_time {
        Time::UNKNOWN => " ".repeat(16),
        time => time.timestamp().to_zoned(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d %H:%M").to_string(),
    };
    let end = match (entry.exit_code, entry.end_time) {
        (Some(0), _) => String::new(),
        (Some(code), _) => format!("exit {code}"),
        (None, _) => "?".into(),
    };
    let host = if with_host { format!("{:12} ", words::shown(&entry.hostname)) } else { String::new() };
    format!("{time}  {host}{end:8} {}", words::shown(&entry.command))
}
