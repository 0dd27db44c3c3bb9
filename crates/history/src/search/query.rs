//! What is looked for.

use uuid::Uuid;

use crate::{Entry, Time};

/// A question. Every part that is given has to fit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Query {
    /// Parts of the command line, in any order.
    pub words: Vec<Word>,
    /// Started at or after.
    pub after: Option<Time>,
    /// Started before.
    pub before: Option<Time>,
    /// Run in this folder or below it.
    pub directory: Option<String>,
    /// Run on this computer.
    pub host: Option<String>,
    /// Run by this login name.
    pub user: Option<String>,
    /// Run in this shell's session.
    pub session: Option<String>,
    /// Captured by this device.
    pub device: Option<Uuid>,
    /// Ended with this code.
    pub exit: Option<i32>,
    /// Ended with another code than 0.
    pub failed: bool,
    /// Of equal command lines only the latest.
    pub unique: bool,
    /// At most so many, the latest; 0 is all.
    pub limit: usize,
}

/// A part of a command line. Upper and lower case are the same unless it holds an upper-case letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// As it was typed.
    pub text: String,
    /// Whether lines with it are left out.
    pub excluded: bool,
}

impl Query {
    /// Reads what a person types: words apart by spaces, `"several words"` as they are, `-word` for what must not be in
    /// it, and `host:`, `cwd:`, `user:`, `session:`, `exit:`, `after:`, `before:` (dates or times as RFC 3339 writes
    /// them, local without an offset) and `failed:yes`. What looks like one of these and is none is looked for as text.
    pub fn parse(text: &str, zone: &jiff::tz::TimeZone) -> Self {
        let mut query = Self::default();
        for token in tokens(text) {
            if token.quoted || !query.take_filter(&token.text, zone) {
                query.add_word(token);
            }
        }
        query
    }

    fn add_word(&mut self, token: Token) {
        let excluded = !token.quoted && token.text.len() > 1 && token.text.starts_with('-');
        let text = if excluded { token.text[1..].to_owned() } else { token.text };
        if !text.is_empty() {
            self.words.push(Word { text, excluded });
        }
    }

    fn take_filter(&mut self, token: &str, zone: &jiff::tz::TimeZone) -> bool {
        let Some((name, value)) = token.split_once(':').filter(|(_, value)| !value.is_empty()) else { return false };
        let text = || Some(value.to_owned());
        match name {
            "host" | "hostname" => self.host = text(),
            "cwd" => self.directory = text(),
            "user" => self.user = text(),
            "session" => self.session = text(),
            "exit" | "exit_code" => match value.parse() {
                Ok(code) => self.exit = Some(code),
                Err(_) => return false,
            },
            "failed" if matches!(value, "yes" | "true") => self.failed = true,
            "after" | "before" => match (read_time(value, zone), name) {
                (Some(time), "after") => self.after = Some(time),
                (Some(time), _) => self.before = Some(time),
                (None, _) => return false,
            },
            _ => return false,
        }
        true
    }

    /// Whether an entry is an answer; `unique` and `limit` are not asked here.
    pub fn fits(&self, entry: &Entry) -> bool {
        self.words.iter().all(|word| word.fits(&entry.command))
            && self.after.is_none_or(|after| entry.start_time >= after)
            && self.before.is_none_or(|before| entry.start_time < before)
            && self.directory.as_ref().is_none_or(|folder| is_in(&entry.current_working_directory, folder))
            && self.host.as_ref().is_none_or(|host| *host == entry.hostname)
            && self.user.as_ref().is_none_or(|user| *user == entry.local_username)
            && self.session.as_ref().is_none_or(|session| *session == entry.session)
            && self.device.is_none_or(|device| device == entry.device_id)
            && self.exit.is_none_or(|exit| entry.exit_code == Some(exit))
            && (!self.failed || entry.exit_code.is_some_and(|code| code != 0))
    }
}

impl Word {
    /// Text that has to be in the line.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), excluded: false }
    }

    /// Whether a line has it, or has it not where it is excluded.
    pub fn fits(&self, line: &str) -> bool {
        let found = match self.is_exact() {
            true => line.contains(&self.text),
            false => line.to_lowercase().contains(&self.text),
        };
        found != self.excluded
    }

    /// Whether case counts.
    pub(crate) fn is_exact(&self) -> bool {
        self.text.chars().any(char::is_uppercase)
    }
}

/// Whether `path` is `folder` or below it.
pub(crate) fn is_in(path: &str, folder: &str) -> bool {
    let folder = folder.trim_end_matches('/');
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// A time or date as RFC 3339 has it; without an offset in `zone`, a date is its beginning.
pub fn read_time(text: &str, zone: &jiff::tz::TimeZone) -> Option<Time> {
    if let Ok(timestamp) = text.parse::<jiff::Timestamp>() {
        return Some(timestamp.into());
    }
    let local = text
        .parse::<jiff::civil::DateTime>()
        .or_else(|_| text.parse::<jiff::civil::Date>().map(|date| date.to_datetime(jiff::civil::Time::midnight())))
        .ok()?;
    Some(local.to_zoned(zone.clone()).ok()?.timestamp().into())
}

struct Token {
    text: String,
    quoted: bool,
}

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (token, quoted, after) = match rest.strip_prefix('"').and_then(|inner| inner.split_once('"')) {
            Some((inner, after)) => (inner, true, after),
            None => {
                let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
                (&rest[..end], false, &rest[end..])
            }
        };
        if !token.is_empty() {
            tokens.push(Token { text: token.to_owned(), quoted });
        }
        rest = after.trim_start();
    }
    tokens
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;
    use proptest::prelude::*;

    use super::*;

    fn parse(text: &str) -> Query {
        Query::parse(text, &TimeZone::UTC)
    }

    #[test]
    fn typed_text_becomes_a_question() {
        assert_eq!(parse("git  push").words, [Word::new("git"), Word::new("push")]);
        assert_eq!(parse("\"git push\" -f").words, [Word::new("git push"), Word { text: "f".into(), excluded: true }]);
        assert_eq!(parse("\"-f\" -").words, [Word::new("-f"), Word::new("-")]);
        assert_eq!(parse("\"open").words, [Word::new("\"open")]);
        let query = parse("host:mill cwd:/srv exit:2 failed:yes make");
        assert_eq!(
            (query.host.as_deref(), query.directory.as_deref(), query.exit),
            (Some("mill"), Some("/srv"), Some(2))
        );
        assert!(query.failed);
        assert_eq!(query.words, [Word::new("make")]);
        assert_eq!(parse("after:2026-11-21").after, Some(Time::from_seconds(1_795_219_200)));
        assert_eq!(parse("before:2026-11-21T01:00").before, Some(Time::from_seconds(1_795_222_800)));
    }

    #[test]
    fn what_only_looks_like_a_filter_is_text() {
        for text in ["http://x", "exit:soon", "after:noon", "host:", "failed:no", "a:b"] {
            assert_eq!(parse(text), Query { words: vec![Word::new(text)], ..Query::default() }, "{text}");
        }
    }

    #[test]
    fn case_counts_when_it_is_typed() {
        assert!(Word::new("make").fits("MAKE it"));
        assert!(!Word::new("Make").fits("make it"));
        assert!(Word::new("über").fits("ÜBER"));
    }

    #[test]
    fn a_folder_is_itself_and_what_is_below() {
        for (path, folder, expected) in
            [("/a/b", "/a", true), ("/a", "/a/", true), ("/ab", "/a", false), ("/a", "/", true), ("", "/a", false)]
        {
            assert_eq!(is_in(path, folder), expected, "{path} in {folder}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_question(text in ".*") {
            parse(&text);
        }
    }
}
