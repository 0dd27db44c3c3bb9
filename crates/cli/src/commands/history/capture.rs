//! `holdfast history start`, `end`, `pause` and `resume`: what the hooks of shells call. They open the database and
//! nothing else: no keychain, no network, no threads.

use std::{
    ffi::OsString,
    io::Read,
    path::{Path, PathBuf},
    time::Duration,
};

use clap::{Args, Parser};
use holdfast_app::{
    AppError, ErrorCode, Home, Result,
    history::{
        self,
        core::{
            Entry, Time, Uuid,
            capture::{self, Captured, Pause},
        },
    },
};
use serde_json::json;

use crate::{
    commands::sync,
    output::{Exit, Output},
};

/// Stops the capture of one shell when it is set, as in the scripts.
const OFF: &str = "HOLDFAST_HISTORY_OFF";
/// Holds the command line, as in fish's script. Like standard input, others cannot see it.
const LINE: &str = "HOLDFAST_HISTORY_LINE";
/// Asks for what goes wrong beside the answers.
const LOG: &str = "HOLDFAST_LOG";
/// Nobody waits for this process, so it does not take the processor from the shell, which has a command to run and perhaps
/// a prompt to draw: fish's prompt comes 2 ms earlier for it on two cores.
const LET_THE_SHELL_GO_ON: Duration = Duration::from_millis(20);
/// The most that is read of a command line, in bytes; a longer one is refused.
const MOST_BYTES: u64 = 16 << 20;

/// `history start`
#[derive(Debug, Args)]
pub struct StartArgs {
    /// The id of the command.
    #[arg(long)]
    id: Uuid,
    /// The same for all commands of one shell.
    #[arg(long)]
    session: String,
    /// The shell.
    #[arg(long)]
    shell: String,
    /// Where it runs; this process's folder by default.
    #[arg(long, value_name = "D")]
    cwd: Option<PathBuf>,
    /// When it began, in seconds since 1970 with a fraction; now by default.
    #[arg(long, value_name = "SECONDS", allow_hyphen_values = true)]
    at: Option<String>,
}

/// `history end`
#[derive(Debug, Args)]
pub struct EndArgs {
    /// The id of the command.
    #[arg(long)]
    id: Uuid,
    /// How it ended.
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    exit: i32,
    /// When it ended, in seconds since 1970 with a fraction; now by default.
    #[arg(long, value_name = "SECONDS", allow_hyphen_values = true)]
    at: Option<String>,
    /// How many milliseconds it ran, where the shell knows that better than when it ended.
    #[arg(long, value_name = "MS", conflicts_with = "at")]
    took: Option<u32>,
}

/// `history pause`
#[derive(Debug, Args)]
pub struct PauseArgs {
    /// For how long, such as 30m, 2h or 1d; until `history resume` without it.
    #[arg(value_parser = parse_span)]
    duration: Option<jiff::Span>,
}

/// What a hook of a shell asks for, before the command line as a whole is looked at: to build that takes longer than to
/// keep a line. Nothing for everything else, also for what does not fit, which is then explained as always.
pub fn of_a_hook(mut args: impl Iterator<Item = OsString>) -> Option<Result<Exit>> {
    let words = [args.next()?, args.next()?, args.next()?];
    if words[1] != "history" || words[2] != "start" || std::env::var_os(LOG).is_some() {
        return None;
    }
    let Hook { args } = Hook::try_parse_from(args).ok()?;
    Some(start(&args, &Output::new(false)))
}

/// `history start`, for itself.
#[derive(Parser)]
#[command(no_binary_name = true, disable_help_flag = true)]
struct Hook {
    #[command(flatten)]
    args: StartArgs,
}

/// Keeps a command that begins; its line is on standard input.
pub fn start(args: &StartArgs, output: &Output) -> Result<Exit> {
    let home = Home::of_system()?;
    let (start_time, folder) = (time(args.at.as_deref()), folder(args.cwd.clone()));
    let line = line()?;
    if is_off(std::env::var(OFF).ok().as_deref()) {
        return Ok(Exit::Done);
    }
    std::thread::sleep(LET_THE_SHELL_GO_ON);
    let owner = history::window::owner(&home)?;
    let entry = Entry {
        entry_id: args.id,
        device_id: owner.device_id,
        local_username: owner.local_username,
        hostname: owner.hostname,
        home_directory: owner.home_directory,
        current_working_directory: folder,
        start_time,
        shell: args.shell.clone(),
        session: args.session.clone(),
        ..Entry::default()
    };
    let mut database = history::database_of(&home.paths)?;
    database.leave_log()?;
    let captured = capture::start(&mut database, entry, line, history::now())?;
    let (kept, redactions) = match captured {
        Captured::Kept { redactions } => (true, redactions),
        Captured::KeptOut | Captured::Paused => (false, 0),
    };
    output.show(&json!({ "kept": kept, "redactions": redactions }), |_| String::new())?;
    if history::wants_company(&home)? {
        sync::begin_auto();
    }
    Ok(Exit::Done)
}

/// The command: in a variable where a shell cannot pipe it, else on standard input.
fn line() -> Result<Vec<u8>> {
    if let Some(line) = std::env::var_os(LINE) {
        return Ok(line.into_encoded_bytes());
    }
    let mut line = Vec::new();
    let read = std::io::stdin().lock().take(MOST_BYTES).read_to_end(&mut line);
    read.map_err(|error| AppError::io("reading the command", Path::new("standard input"), &error))?;
    Ok(line)
}

/// Keeps how a command ended.
pub fn end(args: &EndArgs) -> Result<Exit> {
    let home = Home::of_system()?;
    let mut database = history::database_of(&home.paths)?;
    let began = database.entry(args.id)?.map(|entry| entry.start_time.as_micros());
    let at = match (began, args.took) {
        (Some(began), Some(took)) => Time::from_micros(began.saturating_add(i64::from(took) * 1_000)),
        _ => time(args.at.as_deref()),
    };
    capture::end(&mut database, args.id, args.exit, at)?;
    if history::wants_company(&home)? {
        sync::begin_auto();
    }
    Ok(Exit::Done)
}

/// Stops the capture in all shells of this computer.
pub fn pause(args: &PauseArgs, output: &Output) -> Result<Exit> {
    let database = history::database_of(&Home::of_system()?.paths)?;
    let until = args.duration.map(|span| jiff::Zoned::now().checked_add(span)).transpose();
    let until = until.map_err(|error| bad_duration(&error))?;
    let pause = until.as_ref().map_or(Pause::UntilResumed, |until| Pause::Until(until.timestamp().into()));
    capture::pause(&database, pause, history::now())?;
    let text = until.as_ref().map(|until| until.strftime("%Y-%m-%d %H:%M").to_string());
    output.show(&json!({ "paused": true, "until": until.map(|until| until.timestamp()) }), |_| match text {
        Some(until) => format!("No command is kept until {until}."),
        None => "No command is kept until `holdfast history resume`.".into(),
    })?;
    Ok(Exit::Done)
}

/// Goes on capturing.
pub fn resume(output: &Output) -> Result<Exit> {
    capture::resume(&history::database_of(&Home::of_system()?.paths)?, history::now())?;
    output.show(&json!({ "paused": false }), |_| "Commands are kept again.".into())?;
    Ok(Exit::Done)
}

/// The folder as the shell knows it: by the name it was entered with, where that is the same folder.
pub fn folder(given: Option<PathBuf>) -> String {
    let real = std::env::current_dir().unwrap_or_default();
    let named = std::env::var_os("PWD").map(PathBuf::from).filter(|path| path.is_absolute());
    let same =
        |path: &PathBuf| path.canonicalize().is_ok_and(|path| real.canonicalize().is_ok_and(|real| path == real));
    given.or_else(|| named.filter(same)).unwrap_or(real).to_string_lossy().into_owned()
}

fn is_off(value: Option<&str>) -> bool {
    !matches!(value, None | Some("" | "0"))
}

/// Seconds since 1970 as shells write them; now where it is none.
fn time(text: Option<&str>) -> Time {
    text.and_then(capture::seconds).unwrap_or_else(history::now)
}

fn parse_span(text: &str) -> Result<jiff::Span, String> {
    match text.parse::<jiff::Span>() {
        Ok(span) if span.is_positive() => Ok(span),
        _ => Err("write how long, such as 30m, 2h or 1d".into()),
    }
}

fn bad_duration(error: &jiff::Error) -> AppError {
    AppError::config(ErrorCode::BadParameter, format!("that is too long: {error}"), "write how long, such as 2h")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_has_a_length() {
        for text in ["30m", "2h", "1d", "1 hour 5 minutes"] {
            assert!(parse_span(text).is_ok(), "{text}");
        }
        for text in ["", "soon", "-1h", "0s"] {
            assert!(parse_span(text).is_err(), "{text}");
        }
    }

    #[test]
    fn only_a_whole_line_of_a_hook_is_taken_before_the_others() {
        let parsed = |line: &str| Hook::try_parse_from(line.split(' ')).is_ok();
        let id = "01a20010-c3ec-7c3d-8677-f17100000001";
        assert!(parsed(&format!("--id {id} --session s --shell fish --at -1.5")));
        for line in
            ["", "--help", "--id x --session s --shell fish", &format!("--id {id} --session s --shell fish --json")]
        {
            assert!(!parsed(line), "{line}");
        }
        for line in ["holdfast", "holdfast history", "holdfast history end --id 1", "holdfast history start --help"] {
            assert!(of_a_hook(line.split(' ').map(OsString::from)).is_none(), "{line}");
        }
    }

    #[test]
    fn a_variable_that_says_nothing_stops_nothing() {
        assert_eq!([None, Some(""), Some("0"), Some("1"), Some("yes")].map(is_off), [false, false, false, true, true]);
    }
}
