//! What every front end says when something failed: a code, what happened, what to do, and whether trying again helps.
//!
//! Libraries report facts; here they become words. No message and no hint ever holds a secret.

mod backup_words;
mod codes;
mod context;
mod failure_words;
mod storage_words;
mod url_words;

use std::{fmt, io, path::Path};

use serde::{Deserialize, Serialize};

pub(crate) use backup_words::count;
pub use codes::{ErrorCode, ErrorKind};
pub use context::{Context, Doing, PlaceNames};
pub use failure_words::failure;
pub(crate) use storage_words::CREDENTIAL_CHOICES;

/// Shorthand for results of this crate.
pub type Result<T, E = AppError> = std::result::Result<T, E>;

/// A failed operation as people and programs see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub struct AppError {
    /// The coarse kind.
    pub kind: ErrorKind,
    /// The exact situation.
    pub code: ErrorCode,
    /// What happened, beginning in lower case.
    pub message: String,
    /// What to do.
    pub hint: String,
    /// Whether the same may succeed later without anybody changing anything.
    pub retryable: bool,
}

impl AppError {
    /// An error that stays until somebody acts.
    pub fn new(kind: ErrorKind, code: ErrorCode, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { kind, code, message: message.into(), hint: hint.into(), retryable: false }
    }

    /// The same, but trying again may help.
    pub fn retryable(mut self, retryable: bool) -> Self {
        self.retryable = retryable;
        self
    }

    /// Something wrong with the configuration.
    pub fn config(code: ErrorCode, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::new(ErrorKind::ConfigError, code, message, hint)
    }

    /// A mistake of Holdfast's own.
    pub fn internal(what: impl fmt::Display) -> Self {
        let message = format!("something in Holdfast went wrong: {what}");
        Self::new(ErrorKind::SdkError, ErrorCode::Internal, message, "please report this; nothing was lost")
    }

    /// A file or folder of ours that could not be read or written. `doing` reads like "writing the settings".
    pub fn io(doing: &str, path: &Path, error: &io::Error) -> Self {
        let path = path.display();
        let (code, hint) = match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                (ErrorCode::DiskFull, format!("make room on the disk of {path} and try again"))
            }
            io::ErrorKind::PermissionDenied => {
                (ErrorCode::LocalIo, format!("give your user the right to read and write {path}"))
            }
            io::ErrorKind::ReadOnlyFilesystem => {
                (ErrorCode::LocalIo, format!("{path} is on a disk that cannot be written; choose another folder"))
            }
            _ => (ErrorCode::LocalIo, format!("check that {path} is there and its disk is connected")),
        };
        Self::config(code, format!("{doing} failed at {path}: {}", reason(error)), hint)
    }
}

impl fmt::Display for AppError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for AppError {}

/// The system's reason in plain words, without its number.
pub(crate) fn reason(error: &io::Error) -> String {
    use io::ErrorKind as K;
    match error.kind() {
        K::NotFound => "it is not there".into(),
        K::PermissionDenied => "not allowed".into(),
        K::StorageFull => "the disk is full".into(),
        K::QuotaExceeded => "your share of the disk is used up".into(),
        K::ReadOnlyFilesystem => "the disk cannot be written".into(),
        K::IsADirectory => "it is a folder".into(),
        K::NotADirectory => "it is not a folder".into(),
        K::TimedOut => "no answer in time".into(),
        _ => {
            let text = error.to_string();
            let plain = text.split(" (os error").next().unwrap_or(&text);
            shown(plain)
        }
    }
}

/// A name from outside, made fit for one line of a terminal.
pub(crate) fn shown(text: &str) -> String {
    printable(text.chars().take(300))
}

/// A path from outside in whole, so that it can be found again, without what a terminal takes for orders.
pub(crate) fn whole_path(path: &str) -> String {
    printable(path.chars())
}

fn printable(text: impl Iterator<Item = char>) -> String {
    let mut line = String::new();
    for c in text {
        match c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') {
            true => line.extend(c.escape_default()),
            false => line.push(c),
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_name_cannot_move_the_cursor_or_turn_the_line_round() {
        assert_eq!(shown("a\u{1b}[2Jb\n\u{202e}c"), "a\\u{1b}[2Jb\\n\\u{202e}c");
    }

    #[test]
    fn a_system_reason_loses_its_number() {
        let error = io::Error::from_raw_os_error(5);
        assert!(!reason(&error).contains("os error"), "{}", reason(&error));
    }
}
