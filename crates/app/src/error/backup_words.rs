//! Words for operations that could not be done at all.

use holdfast_backup::{
    Error,
    plan::{Brake, BrakeReason},
};

use super::{AppError, Context, ErrorCode as Code, ErrorKind as Kind, reason, shown};

impl From<Error> for AppError {
    fn from(error: Error) -> Self {
        Self::from_backup(&error, &Context::default())
    }
}

impl AppError {
    /// Says why an operation could not be done.
    pub fn from_backup(error: &Error, context: &Context) -> Self {
        match error {
            Error::Storage(error) => Self::from_storage(error, context),
            Error::FolderMissing { folder } => Self::config(
                Code::FolderMissing,
                format!("the folder {} does not exist", shown(&folder.display().to_string())),
                "check the path; if it is on another disk or a NAS, connect it first",
            ),
            Error::NotAFolder { folder } => Self::config(
                Code::FolderIsAFile,
                format!("{} is a file, not a folder", shown(&folder.display().to_string())),
                "choose the folder it is in, or send the single file with put",
            ),
            Error::FolderUnreadable { folder, source } => Self::config(
                Code::FolderUnreadable,
                format!("the folder {} cannot be read: {}", shown(&folder.display().to_string()), reason(source)),
                match source.kind() {
                    std::io::ErrorKind::TimedOut => {
                        "connect the disk, or the computer it is on; the next run goes on from here"
                    }
                    _ => "give your user the right to read it, or choose another folder",
                },
            ),
            Error::BadPattern { pattern, reason } => Self::config(
                Code::BadPattern,
                format!("the pattern “{}” is not understood: {}", shown(pattern), shown(reason)),
                "patterns are as in .gitignore: * for anything within a name, ** for folders, [ab] for one of these",
            ),
            Error::Busy => Self::config(
                Code::Busy,
                "another run of this folder is under way",
                "wait until it has ended, or stop it first",
            )
            .retryable(true),
            Error::Brake { brake } => brake_words(brake),
            Error::NoSpace { needed, available } => Self::new(
                Kind::DownloadFailed,
                Code::NoSpace,
                format!("{} are needed, {} are free; nothing was written", bytes(*needed), bytes(*available)),
                "make room, choose another disk, or restore less",
            ),
            Error::NothingThere { prefix } => Self::new(
                Kind::DownloadFailed,
                Code::NothingThere,
                format!("there is nothing to restore below “{}”", shown(prefix)),
                "check the prefix with ls; large and small letters differ",
            ),
            Error::NoVersions => Self::new(
                Kind::DownloadFailed,
                Code::NoVersions,
                format!("{} does not keep old versions", context.place.the_bucket()),
                "only what is there now can be brought back; switch versions on to keep older states from now on",
            ),
            Error::Io { doing, source } => local(doing, source, context),
            Error::Index(why) => index(why),
            Error::TooManyFiles => Self::config(
                Code::TooManyFiles,
                "there are too many files for one run",
                "back up the folders inside it one by one",
            ),
            Error::Cancelled => Self::cancelled(),
        }
    }
}

fn local(doing: &'static str, source: &std::io::Error, context: &Context) -> AppError {
    let source = std::io::Error::new(source.kind(), source.to_string());
    AppError::from_storage(&holdfast_storage::Error::io(doing, source), context)
}

fn index(why: &rusqlite::Error) -> AppError {
    match why.sqlite_error_code() {
        Some(rusqlite::ErrorCode::DiskFull) => AppError::config(
            Code::DiskFull,
            "the index could not be written: the disk is full",
            "make room on the disk and run again; it goes on where it stopped",
        ),
        _ => AppError::config(
            Code::IndexDamaged,
            format!("the index could not be used: {}", shown(&why.to_string())),
            "run again: a damaged index is moved aside and rebuilt from the bucket; no copy is lost",
        ),
    }
}

fn brake_words(brake: &Brake) -> AppError {
    let Brake { removals, of, .. } = brake;
    let would = format!("this run would remove {} of {} files", count(*removals), count(*of));
    let (code, why, hint) = match brake.reason {
        BrakeReason::EmptySource => (
            Code::BrakeEmpty,
            "the folder here is empty",
            "is a disk not connected? If it is really empty, confirm the number",
        ),
        BrakeReason::OtherVolume => (
            Code::BrakeVolume,
            "the folder is on another disk than at the last run",
            "connect the disk of the last run; if you moved the folder, confirm the number",
        ),
        BrakeReason::TooMany => (
            Code::BrakeShare,
            "that is more than a run may remove without asking",
            "look at the list first; if it is right, confirm the number",
        ),
    };
    AppError::new(Kind::UploadFailed, code, format!("{would}: {why}. Nothing was removed"), hint)
}

/// With a comma between thousands.
pub(crate) fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Bytes as people say them: decimal units, one decimal below ten.
pub(crate) fn bytes(n: u64) -> String {
    const UNITS: [&str; 5] = ["bytes", "kB", "MB", "GB", "TB"];
    let (mut value, mut unit) = (n as f64, 0);
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    match unit > 0 && value < 9.95 {
        true => format!("{value:.1} {}", UNITS[unit]),
        false => format!("{value:.0} {}", UNITS[unit]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_people_write_them() {
        for (n, text) in [(0, "0"), (999, "999"), (2114, "2,114"), (1_000_000, "1,000,000")] {
            assert_eq!(count(n), text);
        }
        for (n, text) in
            [(0, "0 bytes"), (999, "999 bytes"), (1500, "1.5 kB"), (999_600, "1.0 MB"), (48_200_000, "48 MB")]
        {
            assert_eq!(bytes(n), text);
        }
    }
}
