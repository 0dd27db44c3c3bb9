//! The history file of PSReadLine: a command per line, a backtick at the end of each line of it but the last. No times.

use std::path::Path;

use super::{
    Item, Owner, Sink,
    lines::{Lines, without_return},
};
use crate::{Result, Time};

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

pub(super) fn read(path: &Path, owner: &Owner, sink: Sink<'_>) -> Result<()> {
    let mut lines = Lines::open(path)?;
    let mut open: Option<(u64, Vec<u8>)> = None;
    while let Some(line) = lines.next()? {
        let Some(mut text) = line.text.map(without_return) else {
            sink(Item::Damaged(line.number))?;
            continue;
        };
        if line.number == 1 && text.starts_with(BYTE_ORDER_MARK) {
            text.drain(..BYTE_ORDER_MARK.len());
        }
        let goes_on = text.last() == Some(&b'`');
        if goes_on {
            *text.last_mut().unwrap_or(&mut 0) = b'\n';
        }
        let (number, mut command) = open.take().unwrap_or((line.number, Vec::new()));
        command.extend_from_slice(&text);
        match goes_on {
            true => open = Some((number, command)),
            false => finish(number, command, owner, sink)?,
        }
    }
    open.map_or(Ok(()), |(number, command)| finish(number, command, owner, sink))
}

fn finish(number: u64, mut command: Vec<u8>, owner: &Owner, sink: Sink<'_>) -> Result<()> {
    while command.last() == Some(&b'\n') {
        command.pop();
    }
    let mut entry = owner.entry("powershell");
    entry.start_time = Time::UNKNOWN;
    entry.set_command(command);
    sink(Item::Entry(number, Box::new(entry)))
}
