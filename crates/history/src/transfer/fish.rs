//! Fish's history file. It looks like YAML and is none: `- cmd: ` and the command, below it `  when: ` and the seconds
//! since 1970, and `  paths:` with a list. Escaped are only the line end (`\n`) and the backslash.

use std::path::Path;

use super::{
    Item, Owner, Sink,
    lines::{Lines, without_return},
};
use crate::{Entry, Result, Time};

const COMMAND: &[u8] = b"- cmd:";

pub(super) fn read(path: &Path, owner: &Owner, sink: Sink<'_>) -> Result<()> {
    let mut lines = Lines::open(path)?;
    let mut open: Option<(u64, Entry)> = None;
    while let Some(line) = lines.next()? {
        let Some(text) = line.text.map(without_return) else {
            sink(Item::Damaged(line.number))?;
            continue;
        };
        if let Some(command) = text.strip_prefix(COMMAND) {
            finish(open.take(), sink)?;
            let mut entry = owner.entry("fish");
            entry.start_time = Time::UNKNOWN;
            entry.set_command(unescaped(command.strip_prefix(b" ").unwrap_or(command)));
            open = Some((line.number, entry));
        } else if !detail(&text, open.as_mut()) {
            sink(Item::Damaged(line.number))?;
        }
    }
    finish(open, sink)
}

/// Takes a line below a command; whether it is one.
fn detail(text: &[u8], open: Option<&mut (u64, Entry)>) -> bool {
    let Some((_, entry)) = open else { return text.trim_ascii().is_empty() };
    let Some(when) = text.strip_prefix(b"  when:") else {
        return text.trim_ascii().is_empty() || text.starts_with(b"  paths:") || text.starts_with(b"    - ");
    };
    match str::from_utf8(when).ok().and_then(|when| when.trim().parse().ok()) {
        Some(seconds) => entry.start_time = Time::from_seconds(seconds),
        None => return false,
    }
    true
}

fn finish(open: Option<(u64, Entry)>, sink: Sink<'_>) -> Result<()> {
    open.map_or(Ok(()), |(number, entry)| sink(Item::Entry(number, Box::new(entry))))
}

fn unescaped(command: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(command.len());
    let mut rest = command;
    while let Some((byte, after)) = rest.split_first() {
        let (plain, length) = match (byte, after.first()) {
            (b'\\', Some(b'n')) => (b'\n', 2),
            (b'\\', Some(b'\\')) => (b'\\', 2),
            _ => (*byte, 1),
        };
        out.push(plain);
        rest = &rest[length..];
    }
    out
}
