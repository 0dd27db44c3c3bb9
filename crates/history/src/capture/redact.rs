//! Takes secrets out of command lines: what has a known shape, and what the user's own patterns find, is replaced inside
//! the line, and the rest of the line stays. It tells how many, never what.

use std::ops::Range;

use regex::bytes::{Regex, RegexBuilder, RegexSet, RegexSetBuilder};

use super::shapes::{FLAGS, SHAPES, Shape};
use crate::{Entry, Error, Result};

/// What stands in the place of a secret.
pub const MARK: &str = "[redacted]";

/// The most memory that one of the user's patterns may take when it is compiled, in bytes.
const PATTERN_BYTES: usize = 4 << 20;

/// Finds secrets in command lines. Making one takes some milliseconds, a usual line some microseconds.
#[derive(Debug)]
pub struct Redactor {
    /// Tells which patterns occur at all.
    any: RegexSet,
    each: Vec<Regex>,
}

impl Redactor {
    /// With the known shapes and the user's own patterns. A pattern's group `secret` is what is replaced; without such a
    /// group all that it matches is.
    pub fn new(own: &[String]) -> Result<Self> {
        Self::of(SHAPES, own)
    }

    /// For one line only: the known shapes of which it has no sign are left out, which saves their compilation.
    pub fn for_line(line: &[u8], own: &[String]) -> Result<Self> {
        let line = line.to_ascii_lowercase();
        Self::of(SHAPES.iter().filter(|shape| shape.may_be_in(&line)), own)
    }

    fn of<'a>(known: impl IntoIterator<Item = &'a Shape>, own: &[String]) -> Result<Self> {
        let known = known.into_iter().map(|shape| format!("{FLAGS}{}", shape.pattern));
        let patterns = known.chain(own.iter().cloned()).collect::<Vec<_>>();
        let each = patterns.iter().map(|pattern| compile(pattern)).collect::<Result<_>>()?;
        let size = 16 * PATTERN_BYTES;
        let any = RegexSetBuilder::new(&patterns).size_limit(size).build();
        Ok(Self { any: any.map_err(|error| bad("all together", &error))?, each })
    }

    /// Redacts a line of any bytes; how many secrets were replaced.
    pub fn redact(&self, line: &mut Vec<u8>) -> usize {
        let mut count = 0;
        loop {
            let secrets = self.find(line);
            if secrets.is_empty() {
                return count;
            }
            count += secrets.len();
            replace(line, &secrets);
        }
    }

    /// Redacts the command of an entry; how many secrets were replaced.
    pub fn redact_entry(&self, entry: &mut Entry) -> usize {
        let mut line = match &entry.command_bytes {
            Some(bytes) => bytes.clone(),
            None if !self.any.is_match(entry.command.as_bytes()) => return 0,
            None => entry.command.clone().into_bytes(),
        };
        let count = self.redact(&mut line);
        if count > 0 {
            entry.set_command(line);
        }
        count
    }

    /// Where secrets stand that are not marked yet, in order and apart from each other.
    fn find(&self, line: &[u8]) -> Vec<Range<usize>> {
        let which = self.any.matches(line);
        if !which.matched_any() {
            return Vec::new();
        }
        let marks = memchr::memmem::find_iter(line, MARK).map(|at| at..at + MARK.len()).collect::<Vec<_>>();
        let mut found = Vec::new();
        for pattern in which.iter().filter_map(|index| self.each.get(index)) {
            for captures in pattern.captures_iter(line) {
                let Some(secret) = captures.name("secret").or_else(|| captures.get(0)) else { continue };
                let range = without_quotes(line, secret.range());
                if is_secret(line, &range, &marks) {
                    found.push(range);
                }
            }
        }
        united(found, &marks)
    }
}

impl Default for Redactor {
    /// With the known shapes only.
    fn default() -> Self {
        Self::new(&[]).unwrap_or_else(|_| Self { any: RegexSet::empty(), each: Vec::new() })
    }
}

fn compile(pattern: &str) -> Result<Regex> {
    RegexBuilder::new(pattern).size_limit(PATTERN_BYTES).build().map_err(|error| bad(pattern, &error))
}

fn bad(pattern: &str, error: &regex::Error) -> Error {
    let reason = error.to_string().lines().last().unwrap_or_default().trim().to_owned();
    Error::BadPattern { pattern: pattern.to_owned(), reason }
}

fn without_quotes(line: &[u8], range: Range<usize>) -> Range<usize> {
    match line[range.clone()] {
        [b'\'', ref inside @ .., b'\''] if !inside.contains(&b'\'') => range.start + 1..range.end - 1,
        [b'"', ref inside @ .., b'"'] if !has_bare_quote(inside) => range.start + 1..range.end - 1,
        _ => range,
    }
}

fn has_bare_quote(inside: &[u8]) -> bool {
    let mut escaped = false;
    inside.iter().any(|byte| {
        let is_bare = !escaped && *byte == b'"';
        escaped = !escaped && *byte == b'\\';
        is_bare
    }) || escaped
}

/// A value that only names where the secret is (`$TOKEN`, `$(pass show x)`), another option, or a mark is none.
fn is_secret(line: &[u8], range: &Range<usize>, marks: &[Range<usize>]) -> bool {
    let text = &line[range.clone()];
    let is_literal = range.start > 0 && line[range.start - 1] == b'\'';
    // The value may end before the bracket of `$(`.
    let is_reference = !is_literal
        && match &line[range.start..] {
            [b'`', ..] => true,
            [b'$', next, ..] => next.is_ascii_alphabetic() || matches!(next, b'_' | b'{' | b'('),
            _ => false,
        };
    let is_option = text.first() == Some(&b'-') && line[..range.start].last().is_some_and(u8::is_ascii_whitespace);
    let is_place = text.starts_with(b"id=") || text.starts_with(b"file:") || text.starts_with(b"env:");
    let is_marked = marks.iter().any(|mark| mark.start <= range.start && range.end <= mark.end);
    !(text.is_empty() || is_reference || is_option || is_place || is_marked)
}

/// Puts together what overlaps, and takes in marks that are touched, so that no mark is ever cut in two.
fn united(mut found: Vec<Range<usize>>, marks: &[Range<usize>]) -> Vec<Range<usize>> {
    for range in &mut found {
        for mark in marks {
            if mark.start < range.end && range.start < mark.end {
                *range = range.start.min(mark.start)..range.end.max(mark.end);
            }
        }
    }
    found.sort_by_key(|range| range.start);
    let mut united: Vec<Range<usize>> = Vec::with_capacity(found.len());
    for range in found {
        match united.last_mut() {
            Some(last) if range.start < last.end => last.end = last.end.max(range.end),
            _ => united.push(range),
        }
    }
    united
}

fn replace(line: &mut Vec<u8>, secrets: &[Range<usize>]) {
    let mut out = Vec::with_capacity(line.len());
    let mut at = 0;
    for secret in secrets {
        out.extend_from_slice(&line[at..secret.start]);
        out.extend_from_slice(MARK.as_bytes());
        at = secret.end;
    }
    out.extend_from_slice(&line[at..]);
    *line = out;
}

#[cfg(test)]
mod tests;
