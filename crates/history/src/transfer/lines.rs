//! A text file line by line, as bytes, with no line held that is longer than a command may be.

use std::{
    fs::File,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
};

use super::file_error;
use crate::{Result, entry::MAX_COMMAND_BYTES};

/// The longest line that is read, in bytes: a command with every byte escaped, and what stands before it.
const LONGEST: usize = 2 * MAX_COMMAND_BYTES + 1024;

/// Reads lines.
pub(super) struct Lines {
    path: PathBuf,
    reader: BufReader<File>,
    number: u64,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// From 1.
    pub number: u64,
    /// Without its end; nothing when it cannot be a line of text: too long, or with zero bytes.
    pub text: Option<Vec<u8>>,
}

impl Lines {
    pub fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(|error| file_error(path, error))?;
        Ok(Self { path: path.to_owned(), reader: BufReader::with_capacity(1 << 16, file), number: 0 })
    }

    /// The next line; nothing at the end of the file.
    pub fn next(&mut self) -> Result<Option<Line>> {
        let mut text = Vec::new();
        let mut is_whole = true;
        loop {
            let part = self.reader.fill_buf().map_err(|error| file_error(&self.path, error))?;
            if part.is_empty() && text.is_empty() && is_whole {
                return Ok(None);
            }
            let end = memchr::memchr(b'\n', part);
            let length = end.unwrap_or(part.len());
            is_whole &= text.len() + length <= LONGEST;
            if is_whole {
                text.extend_from_slice(&part[..length]);
            } else {
                text = Vec::new();
            }
            let is_last = part.is_empty() || end.is_some();
            self.reader.consume(length + usize::from(end.is_some()));
            if is_last {
                break;
            }
        }
        self.number += 1;
        let is_text = is_whole && memchr::memchr(0, &text).is_none();
        Ok(Some(Line { number: self.number, text: is_text.then_some(text) }))
    }
}

/// Takes a carriage return from the end of a line that another system wrote.
pub(super) fn without_return(mut text: Vec<u8>) -> Vec<u8> {
    if text.last() == Some(&b'\r') {
        text.pop();
    }
    text
}
