//! `holdfast history search`: the full-screen search behind Ctrl-R. What is on the edit line comes on standard input, the
//! line that was chosen goes to standard output below `run` or `edit`; everything is drawn on the terminal itself.

mod draw;
mod finder;
mod screen;
mod state;

use std::{
    io::{IsTerminal, Read, Write},
    path::Path,
    time::Duration,
};

use clap::Args;
use holdfast_app::{AppError, ErrorCode, Home, Result, devices, history};
use ratatui::crossterm::event;

use super::capture;
use crate::{commands::sync, output::Exit};
use finder::{Answer, Finder};
use screen::Screen;
use state::{Ask, Chosen, Event, Here, State};

/// How long one look at the keyboard waits before answers of the search are looked at.
const LOOK: Duration = Duration::from_millis(15);
/// The most that is taken from the edit line, in bytes.
const MOST_BYTES: u64 = 64 << 10;

/// `history search`
#[derive(Debug, Args)]
pub struct SearchArgs {
    /// The shell that asks.
    #[arg(long)]
    #[allow(
        dead_code,
        reason = "part of the contract with the scripts: a shell may need an answer of its own some day"
    )]
    shell: Option<String>,
    /// The session of that shell, for the filter "this session".
    #[arg(long)]
    session: Option<String>,
    /// What to begin with, where nothing comes on standard input.
    query: Vec<String>,
}

/// Searches until a line is chosen or the search is left.
pub fn run(args: &SearchArgs) -> Result<Exit> {
    let home = Home::of_system()?;
    let text = first_text(args)?;
    let here = Here {
        host: devices::system_name(),
        directory: capture::folder(None),
        session: args.session.clone().filter(|session| !session.is_empty()),
    };
    if history::wants_company(&home)? {
        sync::begin_auto();
    }
    let mut finder = Finder::start(history::database_of(&home.paths)?, history::database_of(&home.paths)?);
    let mut state = State::new(text, here, std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()));
    let mut screen = Screen::open().map_err(no_terminal)?;
    let outcome = until_chosen(&mut screen, &mut state, &mut finder);
    drop(screen);
    match outcome? {
        Some(chosen) => {
            print(&chosen);
            Ok(Exit::Done)
        }
        None => Ok(Exit::Failed),
    }
}

fn until_chosen(screen: &mut Screen, state: &mut State, finder: &mut Finder) -> Result<Option<Chosen>> {
    finder.ask(state.question());
    loop {
        state.now = holdfast_app::history::now();
        screen.draw(|frame| draw::draw(state, frame)).map_err(no_terminal)?;
        let Some(happened) = next_event(finder)? else { continue };
        match state.update(happened) {
            Ask::Nothing => {}
            Ask::Find(question) => finder.ask(question),
            Ask::CountSame(line) => finder.count_same(line),
            Ask::Delete(ids) => finder.delete(ids),
            Ask::Leave => return Ok(None),
            Ask::Choose(chosen) => return Ok(Some(chosen)),
        }
    }
}

/// The next thing that happened; nothing when it is time to draw anew.
fn next_event(finder: &Finder) -> Result<Option<Event>> {
    loop {
        if let Some(answer) = finder.answer() {
            return Ok(Some(match answer {
                Answer::Found { number, rows } => Event::Found { number, rows },
                Answer::Same(ids) => Event::Same(ids),
                Answer::Deleted => Event::Deleted,
                Answer::Failed(error) => return Err(error.into()),
            }));
        }
        if event::poll(LOOK).map_err(no_terminal)? {
            return Ok(match event::read().map_err(no_terminal)? {
                event::Event::Key(key) if key.kind != event::KeyEventKind::Release => Some(Event::Key(key)),
                event::Event::Paste(text) => Some(Event::Paste(text)),
                _ => None,
            });
        }
    }
}

fn first_text(args: &SearchArgs) -> Result<String> {
    let mut input = std::io::stdin().lock();
    if input.is_terminal() || !args.query.is_empty() {
        return Ok(args.query.join(" "));
    }
    let mut bytes = Vec::new();
    let read = input.by_ref().take(MOST_BYTES).read_to_end(&mut bytes);
    read.map_err(|error| AppError::io("reading what to look for", Path::new("standard input"), &error))?;
    Ok(String::from_utf8_lossy(&bytes).trim_end_matches(['\n', '\r']).to_owned())
}

fn print(chosen: &Chosen) {
    let mut out = std::io::stdout().lock();
    let word: &[u8] = if chosen.run { b"run\n" } else { b"edit\n" };
    let _ = [word, &chosen.line, b"\n"].into_iter().try_for_each(|part| out.write_all(part));
}

fn no_terminal(error: std::io::Error) -> AppError {
    AppError::config(
        ErrorCode::LocalIo,
        format!("the search cannot draw on this terminal: {error}"),
        "run it in a terminal; `holdfast history find` needs none",
    )
}
