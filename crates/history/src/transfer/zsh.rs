//! Zsh's history file: a command per line, a backslash before each line end inside it; with EXTENDED_HISTORY `: `, the
//! seconds since 1970, `:`, how many seconds it ran, and `;` before it. Bytes from 0x80 on are written as zsh has them in
//! memory: some as 0x83 and the byte with its sixth bit turned.

use std::path::Path;

use super::{Item, Owner, Sink, lines::Lines};
use crate::{Result, Time};

const META: u8 = 0x83;

pub(super) fn read(path: &Path, owner: &Owner, sink: Sink<'_>) -> Result<()> {
    let mut lines = Lines::open(path)?;
    while let Some(first) = lines.next()? {
        let Some(mut text) = first.text else {
            sink(Item::Damaged(first.number))?;
            continue;
        };
        while text.last() == Some(&b'\\') {
            let Some(next) = lines.next()? else { break };
            text.pop();
            text.push(b'\n');
            match next.text {
                Some(more) => text.extend_from_slice(&more),
                None => sink(Item::Damaged(next.number))?,
            }
        }
        let (time, seconds, command) = parts(&text);
        let mut entry = owner.entry("zsh");
        entry.start_time = time.unwrap_or(Time::UNKNOWN);
        entry.end_time = time.zip(seconds).map(|(time, seconds)| {
            Time::from_micros(time.as_micros().saturating_add(seconds.saturating_mul(1_000_000)))
        });
        entry.set_command(plain(without_guard(command)));
        sink(Item::Entry(first.number, Box::new(entry)))?;
    }
    Ok(())
}

/// When it began, how many seconds it ran, and the command; only the command in a plain line.
pub(super) fn parts(line: &[u8]) -> (Option<Time>, Option<i64>, &[u8]) {
    extended(line).map_or((None, None, line), |(time, seconds, command)| (Some(time), Some(seconds), command))
}

fn extended(line: &[u8]) -> Option<(Time, i64, &[u8])> {
    let rest = line.strip_prefix(b": ")?;
    let semicolon = rest.iter().take(44).position(|byte| *byte == b';')?;
    let (time, seconds) = str::from_utf8(&rest[..semicolon]).ok()?.split_once(':')?;
    let number = |text: &str| text.trim().parse::<i64>().ok();
    Some((Time::from_seconds(number(time)?), number(seconds)?.max(0), &rest[semicolon + 1..]))
}

/// Behind a command that ends with a backslash zsh writes one space, so that it does not go on.
fn without_guard(command: &[u8]) -> &[u8] {
    let shorter = command.strip_suffix(b" ").unwrap_or(command);
    let bare = shorter.iter().rposition(|byte| *byte != b' ').map(|at| shorter[at]);
    if bare == Some(b'\\') { shorter } else { command }
}

/// The bytes as they were typed.
fn plain(command: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(command.len());
    let mut bytes = command.iter();
    while let Some(byte) = bytes.next() {
        match (byte, bytes.as_slice().first()) {
            (&META, Some(next)) => {
                out.push(next ^ 32);
                bytes.next();
            }
            _ => out.push(*byte),
        }
    }
    out
}
