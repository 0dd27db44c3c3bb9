//! Secrets that are typed: from standard input, or from the terminal without being shown.

use std::io::{IsTerminal, Read};

use crossterm::{
    event::{Event, KeyCode, KeyEventKind, KeyModifiers, read},
    terminal::{disable_raw_mode, enable_raw_mode},
};
use holdfast_app::{AppError, ErrorCode, Result, history::Words};

/// The longest text that is read, bytes: sixteen shares.
const MAX_TEXT: u64 = 16 << 10;

/// The words of a recovery code, or shares of it with one on each line.
pub fn words(question: &str) -> Result<Words> {
    if std::io::stdin().is_terminal() {
        return hidden_line(question);
    }
    let mut text = Words::default();
    std::io::stdin().take(MAX_TEXT).read_to_string(&mut text).map_err(|_| unreadable())?;
    Ok(text)
}

/// Puts the terminal back whatever happens.
struct Raw;

impl Raw {
    fn begin() -> Result<Self> {
        enable_raw_mode().map_err(|_| unreadable())?;
        Ok(Self)
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        let _ = disable_raw_mode();
        eprintln!();
    }
}

/// Grows by itself only before anything is typed: a copy that was left behind would not be wiped.
const ROOM: usize = 4096;

fn hidden_line(question: &str) -> Result<Words> {
    eprint!("{question} (nothing is shown): ");
    let _raw = Raw::begin()?;
    let mut line = Words::new(String::with_capacity(ROOM));
    loop {
        let Event::Key(key) = read().map_err(|_| unreadable())? else { continue };
        if key.kind == KeyEventKind::Release {
            continue;
        }
        match key.code {
            KeyCode::Enter => return Ok(line),
            KeyCode::Char('c' | 'd') if key.modifiers.contains(KeyModifiers::CONTROL) => {
                return Err(AppError::config(ErrorCode::Cancelled, "nothing was typed", "nothing was changed"));
            }
            KeyCode::Char(typed) if line.len() + typed.len_utf8() <= ROOM => line.push(typed),
            KeyCode::Backspace => drop(line.pop()),
            _ => {}
        }
    }
}

fn unreadable() -> AppError {
    AppError::config(
        ErrorCode::RecordsCode,
        "the words could not be read",
        "give 24 words on standard input or at the terminal; nothing was changed",
    )
}
