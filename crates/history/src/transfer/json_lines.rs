//! Our own form: one [`Entry`] as JSON in each line.

use std::path::Path;

use super::{Item, Sink, lines::Lines};
use crate::{Entry, Result};

pub(super) fn read(path: &Path, sink: Sink<'_>) -> Result<()> {
    let mut lines = Lines::open(path)?;
    while let Some(line) = lines.next()? {
        let text = line.text.unwrap_or_default();
        match parse(&text) {
            Some(entry) => sink(Item::Entry(line.number, Box::new(entry)))?,
            None if text.trim_ascii().is_empty() && !text.is_empty() => {}
            None => sink(Item::Damaged(line.number))?,
        }
    }
    Ok(())
}

/// An entry; what was written as text and as bytes must be the same command, and the bytes count.
pub(super) fn parse(line: &[u8]) -> Option<Entry> {
    let mut entry = serde_json::from_slice::<Entry>(line).ok()?;
    if let Some(bytes) = entry.command_bytes.take() {
        entry.set_command(bytes);
    }
    Some(entry)
}
