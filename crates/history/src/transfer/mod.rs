//! Histories of shells and of other tools brought in, and ours written out. A source is only ever read; what is brought
//! in twice, in any order, is one entry.

mod bash;
mod databases;
mod export;
mod fish;
mod found;
mod ids;
mod json_lines;
mod lines;
mod powershell;
mod sniff;
mod zsh;

use std::path::Path;

use uuid::Uuid;

use crate::{Database, Entry, Error, Origin, Recorded, Result, capture, entry::MAX_COMMAND_BYTES};

pub use export::export;
pub use found::{Found, Surroundings, usual_files};
pub use sniff::guess;

/// Entries that are recorded in one transaction.
const AT_ONCE: usize = 5_000;
/// Damaged places that are named; the others are only counted.
const MOST_NAMED: usize = 100;

/// What a file is said to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// Bash's history file, with times or without.
    Bash,
    /// Zsh's, plain or extended.
    Zsh,
    /// Fish's.
    Fish,
    /// That of PowerShell's PSReadLine.
    PowerShell,
    /// Atuin's database.
    Atuin,
    /// Hishtory's database.
    Hishtory,
    /// One entry of ours in each line, as [`export`] writes them.
    JsonLines,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Bash, Self::Zsh, Self::Fish, Self::PowerShell, Self::Atuin, Self::Hishtory, Self::JsonLines];

    /// Its name in options and ids.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bash => "bash",
            Self::Zsh => "zsh",
            Self::Fish => "fish",
            Self::PowerShell => "powershell",
            Self::Atuin => "atuin",
            Self::Hishtory => "hishtory",
            Self::JsonLines => "jsonl",
        }
    }

    /// What it is, in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Bash => "a bash history file",
            Self::Zsh => "a zsh history file",
            Self::Fish => "a fish history file",
            Self::PowerShell => "a PowerShell history file",
            Self::Atuin => "a database of atuin",
            Self::Hishtory => "a database of hishtory",
            Self::JsonLines => "a file of entries as JSON lines",
        }
    }
}

/// Whose files they are, for sources that do not say it themselves.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Owner {
    /// This device.
    pub device_id: Uuid,
    /// The login name.
    pub local_username: String,
    /// The computer's name.
    pub hostname: String,
    /// The home folder.
    pub home_directory: String,
}

/// What an import did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Imported {
    /// Entries that were read.
    pub read: u64,
    /// What became of them.
    pub recorded: Recorded,
    /// Secrets that were replaced.
    pub redactions: u64,
    /// Lines, or rows of a database, that could not be understood and were left out.
    pub damaged: u64,
    /// The numbers of the first hundred of them, counted from 1.
    pub damaged_at: Vec<u64>,
}

/// What a source holds, one after the other.
enum Item {
    /// The number of the line or row where it begins, from 1, and the entry.
    Entry(u64, Box<Entry>),
    /// The number of a line or row that could not be understood.
    Damaged(u64),
}

type Sink<'a> = &'a mut dyn FnMut(Item) -> Result<()>;

/// Brings a file in, some thousand entries at a time. A file that is not what it is said to be changes nothing.
pub fn import(database: &mut Database, format: Format, path: &Path, owner: &Owner) -> Result<Imported> {
    let redactor = capture::Redactor::new(&capture::own_patterns(database)?)?;
    database.expect_many()?;
    let mut imported = Imported::default();
    let mut batch = Vec::with_capacity(AT_ONCE);
    let mut numbers = ids::Occurrences::new(format);
    read(format, path, owner, &mut |item| {
        match item {
            Item::Damaged(number) => imported.add_damaged(number),
            Item::Entry(_, mut entry) => {
                imported.read += 1;
                imported.redactions += redactor.redact_entry(&mut entry) as u64;
                numbers.give_id(&mut entry);
                batch.push(*entry);
            }
        }
        if batch.len() >= AT_ONCE {
            imported.add(database.record(&batch, Origin::Here)?);
            batch.clear();
        }
        Ok(())
    })?;
    imported.add(database.record(&batch, Origin::Here)?);
    capture::count_redactions(database, imported.redactions as usize)?;
    Ok(imported)
}

/// How many entries a file holds, and how many damaged places; nothing is kept.
pub fn count(format: Format, path: &Path) -> Result<(u64, u64)> {
    let (mut entries, mut damaged) = (0, 0);
    read(format, path, &Owner::default(), &mut |item| {
        match item {
            Item::Entry(..) => entries += 1,
            Item::Damaged(_) => damaged += 1,
        }
        Ok(())
    })?;
    Ok((entries, damaged))
}

fn read(format: Format, path: &Path, owner: &Owner, sink: Sink<'_>) -> Result<()> {
    sniff::check(format, path)?;
    let mut sink = |item| match item {
        Item::Entry(number, entry) if entry.command.len() > MAX_COMMAND_BYTES => sink(Item::Damaged(number)),
        Item::Entry(_, entry) if entry.command.trim().is_empty() => Ok(()),
        item => sink(item),
    };
    match format {
        Format::Bash => bash::read(path, owner, &mut sink),
        Format::Zsh => zsh::read(path, owner, &mut sink),
        Format::Fish => fish::read(path, owner, &mut sink),
        Format::PowerShell => powershell::read(path, owner, &mut sink),
        Format::Atuin => databases::atuin::read(path, owner, &mut sink),
        Format::Hishtory => databases::hishtory::read(path, owner, &mut sink),
        Format::JsonLines => json_lines::read(path, &mut sink),
    }
}

impl Imported {
    fn add(&mut self, recorded: Recorded) {
        self.recorded.new += recorded.new;
        self.recorded.known += recorded.known;
        self.recorded.deleted += recorded.deleted;
    }

    fn add_damaged(&mut self, number: u64) {
        self.damaged += 1;
        if self.damaged_at.len() < MOST_NAMED {
            self.damaged_at.push(number);
        }
    }
}

impl Owner {
    /// An entry of this owner with nothing else in it.
    fn entry(&self, shell: &str) -> Entry {
        Entry {
            device_id: self.device_id,
            local_username: self.local_username.clone(),
            hostname: self.hostname.clone(),
            home_directory: self.home_directory.clone(),
            shell: shell.to_owned(),
            ..Entry::default()
        }
    }
}

fn file_error(path: &Path, source: std::io::Error) -> Error {
    Error::File { path: path.to_owned(), source }
}

#[cfg(test)]
mod tests;
