//! Whether a file can be what it is said to be, from its first lines. It is asked before anything is recorded.

use std::{fs::File, io::Read, path::Path};

use super::{Format, bash, databases, file_error, json_lines, zsh};
use crate::{Error, Result};

/// How much is looked at.
const FIRST_BYTES: u64 = 64 << 10;
const SQLITE: &[u8] = b"SQLite format 3\0";

/// What the beginning of a file looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Look {
    Empty,
    Sqlite,
    Binary,
    JsonLines,
    Fish,
    ZshExtended,
    BashWithTimes,
    /// Text that may be the history of any shell.
    Lines,
}

/// Refuses a file that cannot be `format`.
pub(super) fn check(format: Format, path: &Path) -> Result<()> {
    let look = look(&beginning(path)?);
    let refused = |reason: &str| {
        let reason = reason.to_owned();
        Err(Error::NotThatFormat { path: path.to_owned(), expected: format.words(), reason })
    };
    let is_database = matches!(format, Format::Atuin | Format::Hishtory);
    match (format, look) {
        (_, Look::Sqlite) if is_database => databases::check(format, path),
        (_, Look::Empty) if !is_database => Ok(()),
        (_, _) if is_database => refused("it is no SQLite database"),
        (_, Look::Sqlite) => refused("it is an SQLite database"),
        (_, Look::Binary) => refused("it is no text"),
        (Format::Fish, Look::Fish) | (Format::JsonLines, Look::JsonLines) => Ok(()),
        (Format::Fish, _) => refused("it does not begin with a line “- cmd: …”"),
        (Format::JsonLines, _) => refused("none of its first lines is an entry"),
        (_, Look::Fish) => refused("it looks like the history of fish"),
        (_, Look::JsonLines) => refused("it looks like entries as JSON lines"),
        (Format::Bash | Format::PowerShell, Look::ZshExtended) => refused("it looks like the history of zsh"),
        (Format::Zsh | Format::PowerShell, Look::BashWithTimes) => refused("it looks like the history of bash"),
        _ => Ok(()),
    }
}

/// What a file seems to be; nothing where its lines may be those of several shells. Its name decides between those.
pub fn guess(path: &Path) -> Result<Option<Format>> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    Ok(match look(&beginning(path)?) {
        Look::Sqlite => [Format::Atuin, Format::Hishtory].into_iter().find(|one| databases::check(*one, path).is_ok()),
        Look::JsonLines => Some(Format::JsonLines),
        Look::Fish => Some(Format::Fish),
        Look::ZshExtended => Some(Format::Zsh),
        Look::BashWithTimes => Some(Format::Bash),
        Look::Binary => None,
        Look::Empty | Look::Lines if name.contains("bash") => Some(Format::Bash),
        Look::Empty | Look::Lines if name.contains("zsh") || name == ".histfile" => Some(Format::Zsh),
        Look::Empty | Look::Lines if name.contains("consolehost") => Some(Format::PowerShell),
        Look::Empty | Look::Lines => None,
    })
}

fn beginning(path: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|error| file_error(path, error))?;
    file.take(FIRST_BYTES).read_to_end(&mut bytes).map_err(|error| file_error(path, error))?;
    Ok(bytes)
}

fn look(beginning: &[u8]) -> Look {
    if beginning.starts_with(SQLITE) {
        return Look::Sqlite;
    }
    if is_binary(beginning) {
        return Look::Binary;
    }
    let lines = beginning.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()).take(100);
    let lines = lines.collect::<Vec<_>>();
    let Some(first) = lines.first() else { return Look::Empty };
    // The last line may be cut where looking ended.
    let is_object = |line: &&[u8]| line.starts_with(b"{\"") && (lines.len() == 1 || json_lines::parse(line).is_some());
    let many = |is: &dyn Fn(&[u8]) -> bool| lines.iter().filter(|line| is(line)).count() * 4 >= lines.len();
    match () {
        () if lines.iter().any(is_object) => Look::JsonLines,
        () if first.starts_with(b"- cmd:") => Look::Fish,
        () if zsh::parts(first).0.is_some() && many(&|line| zsh::parts(line).0.is_some()) => Look::ZshExtended,
        () if bash::stamp(first).is_some() => Look::BashWithTimes,
        () => Look::Lines,
    }
}

/// A history that was damaged by a crash may hold some zero bytes; a program, picture or archive holds many strange ones.
fn is_binary(bytes: &[u8]) -> bool {
    let strange = bytes.iter().filter(|byte| **byte < 32 && !matches!(**byte, b'\t' | b'\n' | b'\r' | 0x1b)).count();
    strange * 10 > bytes.len()
}
