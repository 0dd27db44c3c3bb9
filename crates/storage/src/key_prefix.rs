//! A place inside a bucket: a path of names, checked once.

use std::fmt;

use crate::{Key, KeyError};

/// Names joined by `/`, without a leading or trailing one; empty for the whole bucket.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, PartialOrd, Ord)]
pub struct Prefix(String);

/// Why a text is not a prefix.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PrefixError {
    /// `.` or `..` as a name: many tools resolve them and would look elsewhere.
    #[error("the prefix {prefix:?} holds the name {name:?}")]
    Dots {
        /// The text given.
        prefix: String,
        /// `.` or `..`.
        name: &'static str,
    },
    /// Two slashes side by side.
    #[error("the prefix {prefix:?} holds an empty name")]
    EmptyName {
        /// The text given.
        prefix: String,
    },
    /// A backslash or control character, which would read differently elsewhere.
    #[error("the prefix {prefix:?} holds a backslash or a control character")]
    Character {
        /// The text given.
        prefix: String,
    },
    /// Longer than a key may be.
    #[error("the prefix is too long")]
    TooLong,
}

impl Prefix {
    /// Checks a prefix as a person types it; one leading and trailing `/` are taken off.
    pub fn parse(text: &str) -> Result<Self, PrefixError> {
        let prefix = || text.to_owned();
        let inner = text.strip_prefix('/').unwrap_or(text);
        let inner = inner.strip_suffix('/').unwrap_or(inner);
        if inner.is_empty() {
            return Ok(Self::default());
        }
        if inner.chars().any(|c| c.is_control() || c == '\\') {
            return Err(PrefixError::Character { prefix: prefix() });
        }
        for name in inner.split('/') {
            match name {
                "" => return Err(PrefixError::EmptyName { prefix: prefix() }),
                "." => return Err(PrefixError::Dots { prefix: prefix(), name: "." }),
                ".." => return Err(PrefixError::Dots { prefix: prefix(), name: ".." }),
                _ => {}
            }
        }
        match Key::new(inner) {
            Ok(_) => Ok(Self(inner.to_owned())),
            Err(_) => Err(PrefixError::TooLong),
        }
    }

    /// Without a trailing `/`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it names the whole bucket.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What every key below begins with: the prefix with its `/`, or nothing.
    pub fn dir(&self) -> String {
        match self.0.as_str() {
            "" => String::new(),
            path => format!("{path}/"),
        }
    }

    /// The key of a relative path below.
    pub fn key(&self, relative: &str) -> Result<Key, KeyError> {
        match self.0.as_str() {
            "" => Key::new(relative),
            path => Key::new(format!("{path}/{relative}")),
        }
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_a_clean_path() {
        for (text, want) in
            [("", ""), ("/", ""), ("a", "a"), ("a/", "a"), ("/a/b/", "a/b"), ("é x", "é x"), ("...", "...")]
        {
            assert_eq!(Prefix::parse(text).unwrap().as_str(), want, "{text:?}");
        }
        for bad in ["..", "a/../b", "./a", "a//b", "//a", "a\\b", "a\nb", &"x".repeat(1025)] {
            assert!(Prefix::parse(bad).is_err(), "{bad:?}");
        }
        assert_eq!(Prefix::parse("a").unwrap().key("b").unwrap().as_str(), "a/b");
        assert_eq!(Prefix::default().key("b").unwrap().as_str(), "b");
    }
}
