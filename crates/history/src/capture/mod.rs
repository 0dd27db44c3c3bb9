//! What shells tell: a command that begins, how it ended, and whether anything is to be kept at all. It asks no network
//! and no keychain, so that the process behind a hook is gone after some milliseconds.

mod ends;
mod facts;
mod pause;
mod redact;
mod scripts;
mod shapes;

use uuid::Uuid;

use crate::{Database, Ending, Entry, Origin, Result, Time, entry::MAX_COMMAND_BYTES};

pub use ends::{ends_file, seconds, take_ends};
pub(crate) use facts::count_redactions;
pub use facts::{own_patterns, redactions, set_own_patterns};
pub use pause::{Pause, pause, paused, resume};
pub use redact::{MARK, Redactor};
pub use scripts::{Keys, Shell};

/// What became of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Captured {
    /// It is kept, with so many secrets replaced.
    Kept {
        /// How many.
        redactions: usize,
    },
    /// It is empty or begins with a space.
    KeptOut,
    /// Capturing is paused.
    Paused,
}

/// Keeps a command that begins. `entry` has everything but the command, which may be any bytes.
pub fn start(database: &mut Database, mut entry: Entry, command: Vec<u8>, now: Time) -> Result<Captured> {
    let Some(line) = to_keep(&command) else {
        // Its end may be told before or after, and is not kept either.
        database.delete(&[entry.entry_id], Origin::Backend)?;
        return Ok(Captured::KeptOut);
    };
    if line.len() > MAX_COMMAND_BYTES {
        return Err(crate::Error::CommandTooLong { bytes: line.len(), limit: MAX_COMMAND_BYTES });
    }
    if paused(database, now)?.is_some() || pause::was_paused(database, entry.start_time)? {
        return Ok(Captured::Paused);
    }
    let mut line = line.to_vec();
    let redactor = Redactor::for_line(&line, &own_patterns(database)?).or_else(|_| Redactor::for_line(&line, &[]))?;
    let redactions = redactor.redact(&mut line);
    entry.set_command(line);
    database.record(&[entry], Origin::Here)?;
    count_redactions(database, redactions)?;
    Ok(Captured::Kept { redactions })
}

/// Keeps how a command ended. While capturing is paused, only ends of commands that were kept are.
pub fn end(database: &mut Database, id: Uuid, exit_code: i32, at: Time) -> Result<()> {
    if paused(database, at)?.is_some() && database.entry(id)?.is_none() {
        return Ok(());
    }
    // A clock that was set back makes no command end before it began.
    let end_time = database.entry(id)?.map_or(at, |entry| at.max(entry.start_time));
    database.end(&Ending { entry_id: id, exit_code, end_time }, Origin::Here)
}

/// The command without line ends behind it; nothing when it is empty or a space stands before it.
fn to_keep(command: &[u8]) -> Option<&[u8]> {
    let length = command.iter().rposition(|byte| !matches!(byte, b'\n' | b'\r')).map_or(0, |at| at + 1);
    let line = &command[..length];
    let begins_with_space = line.first().is_none_or(u8::is_ascii_whitespace);
    (!begins_with_space).then_some(line)
}

#[cfg(test)]
mod tests;
