//! Bash's history file: a command per line; or `#` and the seconds since 1970, and the lines of a command below it.

use std::path::Path;

use super::{Item, Owner, Sink, lines::Lines};
use crate::{Result, Time};

/// A command whose lines are being gathered.
struct Open {
    number: u64,
    time: Time,
    text: Vec<u8>,
}

pub(super) fn read(path: &Path, owner: &Owner, sink: Sink<'_>) -> Result<()> {
    let mut lines = Lines::open(path)?;
    let mut open: Option<Open> = None;
    while let Some(line) = lines.next()? {
        let Some(text) = line.text else {
            sink(Item::Damaged(line.number))?;
            continue;
        };
        match (stamp(&text), &mut open) {
            (Some(time), _) => {
                finish(open.take(), owner, sink)?;
                open = Some(Open { number: line.number, time, text: Vec::new() });
            }
            (None, Some(open)) => {
                if !open.text.is_empty() {
                    open.text.push(b'\n');
                }
                open.text.extend_from_slice(&text);
            }
            (None, None) => {
                finish(Some(Open { number: line.number, time: Time::UNKNOWN, text }), owner, sink)?;
            }
        }
    }
    finish(open, owner, sink)
}

fn finish(open: Option<Open>, owner: &Owner, sink: Sink<'_>) -> Result<()> {
    let Some(open) = open else { return Ok(()) };
    let mut entry = owner.entry("bash");
    entry.start_time = open.time;
    entry.set_command(open.text);
    sink(Item::Entry(open.number, Box::new(entry)))
}

/// The time in a line that holds nothing else.
pub(super) fn stamp(line: &[u8]) -> Option<Time> {
    let digits = line.strip_prefix(b"#")?;
    let is_number = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    is_number.then(|| str::from_utf8(digits).ok()?.parse().ok()).flatten().map(Time::from_seconds)
}
