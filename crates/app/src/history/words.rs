//! What went wrong with history, in words.

use holdfast_history::Error;
use holdfast_journal::Error as JournalError;

use crate::{
    AppError, ErrorCode as Code, ErrorKind,
    error::{Context, shown},
};

impl From<Error> for AppError {
    fn from(error: Error) -> Self {
        say(error, &Context::default())
    }
}

/// Says what history reported while it worked with a place.
pub(super) fn say(error: Error, context: &Context) -> AppError {
    let retryable = error.is_retryable();
    let said = match error {
        Error::Journal(error) => journal(error, context),
        Error::LaterFormat { .. } => AppError::config(
            Code::ConfigNewer,
            format!("the history on this computer was written by a newer Holdfast: {error}"),
            "update Holdfast on this computer; the history was left as it is",
        ),
        Error::Damaged { ref path, .. } => AppError::config(
            Code::HistoryDamaged,
            shown(&error.to_string()),
            format!(
                "move {} away: the next `holdfast sync pull` brings back everything that was sent",
                shown(&path.display().to_string())
            ),
        ),
        Error::CommandTooLong { .. } => AppError::config(
            Code::HistoryTooLong,
            error.to_string(),
            "the command ran and everything else is kept; only this line is not",
        ),
        Error::NotThatFormat { .. } => AppError::config(
            Code::HistoryImport,
            shown(&error.to_string()),
            "nothing was imported; name the kind of file with --from, or another file with --file",
        ),
        Error::BadPattern { .. } => AppError::config(
            Code::BadPattern,
            shown(&error.to_string()),
            "write a regular expression; a group named `secret` in it says which part is replaced",
        ),
        Error::File { path, source } => AppError::io("reading or writing the history", &path, &source),
        Error::Server { .. } => AppError::new(
            ErrorKind::SdkError,
            Code::HistoryServer,
            shown(&error.to_string()),
            "check the address of the server with `holdfast config-get server`; nothing was lost",
        ),
        Error::Storage(error) => AppError::from_storage(&error, context),
        Error::Incomplete { .. } => AppError::new(
            ErrorKind::SdkError,
            Code::HistoryServer,
            shown(&error.to_string()),
            "nothing was lost; the next exchange goes on from there",
        ),
        Error::Offline => AppError::config(
            Code::HistoryNotSetUp,
            "history is kept on this computer only",
            "`holdfast sync init --store URL` gives it a place that all your devices share",
        ),
        Error::Crypto(_) | Error::Json(_) => AppError::internal(error),
        Error::Database(error) => database(&error),
    };
    AppError { retryable, ..said }
}

fn journal(error: JournalError, context: &Context) -> AppError {
    match error {
        JournalError::Store(error) => AppError::from_storage(&error, context),
        JournalError::WrongSecret { expected } => AppError::config(
            Code::HistorySecretBad,
            format!("the history on this computer belongs to another secret (user {expected})"),
            "nothing was changed; give the words of that history, or begin anew with `holdfast sync reset`",
        ),
        JournalError::NobodyHere { user } => AppError::config(
            Code::HistoryNobody,
            format!("no device with this secret (user {user}) keeps its history here"),
            "a word or the place may be another one; for the first device of a history add --first-device",
        ),
        JournalError::EntryTooLarge { .. } => {
            AppError::config(Code::HistoryTooLong, error.to_string(), "everything else is kept; only this line is not")
        }
        JournalError::Cloned { .. } => AppError::config(
            Code::WriteConflict,
            error.to_string(),
            "run the same again: this computer takes an id of its own, nothing is lost",
        ),
        JournalError::LaterState { .. } => {
            AppError::config(Code::ConfigNewer, error.to_string(), "update Holdfast on this computer")
        }
        JournalError::State(error) => database(&error),
        other => AppError::internal(other),
    }
}

fn disk_full() -> AppError {
    AppError::config(
        Code::DiskFull,
        "the disk of the history is full",
        "make room and try again; what was kept before is whole",
    )
}

fn database(error: &rusqlite::Error) -> AppError {
    use rusqlite::{ErrorCode as Sqlite, ffi::SQLITE_IOERR_SHMSIZE};
    let no_room_to_share = error.sqlite_error().is_some_and(|error| error.extended_code == SQLITE_IOERR_SHMSIZE);
    match error.sqlite_error_code() {
        _ if no_room_to_share => disk_full(),
        Some(Sqlite::DiskFull) => disk_full(),
        Some(Sqlite::DatabaseBusy | Sqlite::DatabaseLocked) => AppError::config(
            Code::Busy,
            "the history is in use by another program for longer than ten seconds",
            "try again; nothing was lost",
        ),
        Some(Sqlite::DatabaseCorrupt | Sqlite::NotADatabase) => AppError::config(
            Code::HistoryDamaged,
            "the history on this computer is damaged",
            "`holdfast sync reset` and `holdfast sync pull` bring back everything that was sent",
        ),
        Some(Sqlite::ReadOnly | Sqlite::CannotOpen | Sqlite::PermissionDenied) => AppError::config(
            Code::LocalIo,
            format!("the history on this computer cannot be opened: {error}"),
            "give your user the right to read and write it",
        ),
        Some(Sqlite::SystemIoFailure) => AppError::config(
            Code::LocalIo,
            format!("the history on this computer cannot be read or written: {error}"),
            "check that its disk works and has room; what was kept before is whole",
        ),
        _ => AppError::internal(error),
    }
}
