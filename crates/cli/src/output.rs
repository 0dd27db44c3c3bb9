//! What is printed, and how the process ends.

use std::process::ExitCode;

use holdfast_app::{
    AppError, ErrorCode,
    dto::{config::Failure, log::RunResult, run::RunState},
};
use serde::Serialize;

use crate::words::shown;

/// How the process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0
    Done,
    /// 1
    Failed,
    /// 2
    Usage,
    /// 3
    Partial,
}

impl Exit {
    /// The number.
    pub fn code(self) -> ExitCode {
        ExitCode::from(match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Partial => 3,
        })
    }

    /// From how a run in the log ended.
    pub fn of_result(result: RunResult) -> Self {
        match result {
            RunResult::Complete | RunResult::Running => Self::Done,
            RunResult::Failed | RunResult::CutOff => Self::Failed,
            RunResult::Partial | RunResult::Cancelled | RunResult::Skipped => Self::Partial,
        }
    }

    /// From how a run ended; a run that was stopped did only a part.
    pub fn of(state: RunState) -> Self {
        match state {
            RunState::Complete => Self::Done,
            RunState::Partial | RunState::Cancelled => Self::Partial,
        }
    }
}

/// Prints text or JSON.
#[derive(Debug, Clone, Copy)]
pub struct Output {
    /// One JSON value on standard output, and nothing else there.
    pub json: bool,
}

impl Output {
    /// Text, or JSON.
    pub fn new(json: bool) -> Self {
        Self { json }
    }

    /// Prints a result: as JSON, or what `text` makes of it.
    pub fn show<T: Serialize>(&self, value: &T, text: impl FnOnce(&T) -> String) -> Result<(), AppError> {
        let line = match self.json {
            true => serde_json::to_string(value).map_err(AppError::internal)?,
            false => text(value),
        };
        if !line.is_empty() {
            print_line(&line);
        }
        Ok(())
    }

    /// Something for people only.
    pub fn say(&self, text: &str) {
        if !self.json {
            print_line(text);
        }
    }

    /// Prints an error and says how the process ends.
    pub fn fail(&self, error: &AppError) -> Exit {
        if self.json {
            #[derive(Serialize)]
            struct Failed<'a> {
                error: &'a AppError,
            }
            if let Ok(line) = serde_json::to_string(&Failed { error }) {
                print_line(&line);
            }
        }
        eprintln!("holdfast: {}", shown(&error.message));
        if !error.hint.is_empty() {
            eprintln!("  {}", shown(&error.hint));
        }
        if is_brake(error.code) {
            eprintln!("  --dry-run shows the list; --confirm-removal-of NUMBER agrees to exactly so many");
        }
        if is_usage(error.code) { Exit::Usage } else { Exit::Failed }
    }

    /// Prints each failure of a run.
    pub fn failures(&self, failures: &[Failure]) {
        if self.json {
            return;
        }
        for failure in failures {
            eprintln!("  {}: {}", shown(&failure.path), shown(&failure.reason));
            if !failure.hint.is_empty() {
                eprintln!("    {}", shown(&failure.hint));
            }
        }
    }
}

/// A closed pipe (`holdfast ls | head`) is no error.
fn print_line(line: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

/// Whether a run stopped before removing something.
fn is_brake(code: ErrorCode) -> bool {
    matches!(code, ErrorCode::BrakeEmpty | ErrorCode::BrakeVolume | ErrorCode::BrakeShare)
}

/// Whether the mistake is in what was typed.
fn is_usage(code: ErrorCode) -> bool {
    use ErrorCode as C;
    matches!(
        code,
        C::StoreUrlMalformed
            | C::StoreUrlScheme
            | C::UnknownParameter
            | C::RepeatedParameter
            | C::BadParameter
            | C::HalfAKey
            | C::BucketNameMissing
            | C::BucketNameBad
            | C::PlainHttp
            | C::FolderNotAbsolute
            | C::PrefixBad
            | C::KeyBad
            | C::BadPattern
            | C::ProfileNameBad
            | C::BadSchedule
            | C::SetBad
            | C::AgentConfig
            | C::RecordsInvalid
    )
}
