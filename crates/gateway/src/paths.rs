//! Remote paths: what a client may name below its own folder. A path that is not clean is refused, never mended.

use std::fmt;

use holdfast_storage::Key;

/// The longest path in bytes of UTF-8; with the client's folder before it, a key has at most as many.
pub const MAX_BYTES: usize = 1024;

/// A relative path of clean names joined by `/`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RemotePath(String);

/// Why a text is not a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PathFault {
    /// No byte at all.
    #[error("the path is empty")]
    Empty,
    /// More than [`MAX_BYTES`].
    #[error("the path has more than {MAX_BYTES} bytes")]
    TooLong,
    /// `/` at the beginning, or a drive.
    #[error("the path is absolute")]
    Absolute,
    /// `.` or `..` as a name.
    #[error("the path holds . or .. as a name")]
    Dots,
    /// Two slashes side by side, or one at the end.
    #[error("the path holds an empty name")]
    EmptyName,
    /// A backslash, which other systems read as a slash.
    #[error("the path holds a backslash")]
    Backslash,
    /// A control character, or one that changes the direction of what is read.
    #[error("the path holds a control character")]
    Control,
    /// The folder and the path together are longer than a key may be.
    #[error("the path is too long for the client's folder")]
    TooLongHere,
}

impl RemotePath {
    /// Checks a path as it came, decoded once.
    pub fn parse(text: &str) -> Result<Self, PathFault> {
        if text.is_empty() {
            return Err(PathFault::Empty);
        }
        check(text)?;
        match text.split('/').any(str::is_empty) {
            true => Err(PathFault::EmptyName),
            false => Ok(Self(text.to_owned())),
        }
    }

    /// The path.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As the key below a client's folder, `folder` being the length of that folder's prefix in bytes.
    pub fn key(&self, folder: usize) -> Result<Key, PathFault> {
        match folder + self.0.len() <= MAX_BYTES {
            true => Key::new(&self.0).map_err(|_| PathFault::TooLong),
            false => Err(PathFault::TooLongHere),
        }
    }

    /// Whether it is `above` or below it.
    pub fn is_within(&self, above: &str) -> bool {
        is_within(&self.0, above)
    }
}

/// Checks the beginning of paths as a listing asks for it: as a path, but it may be empty, and its last name may be
/// unfinished or empty.
pub fn check_prefix(text: &str) -> Result<(), PathFault> {
    check(text)?;
    let mut names = text.split('/');
    names.next_back();
    match names.any(str::is_empty) {
        true => Err(PathFault::EmptyName),
        false => Ok(()),
    }
}

/// Whether `path` is `above` or below it. An empty `above` is above everything.
pub fn is_within(path: &str, above: &str) -> bool {
    let rest = path.strip_prefix(above);
    above.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn check(text: &str) -> Result<(), PathFault> {
    let first = text.split('/').next().unwrap_or_default().as_bytes();
    let drive = matches!(first, [letter, b':'] if letter.is_ascii_alphabetic());
    match () {
        () if text.len() > MAX_BYTES => Err(PathFault::TooLong),
        () if text.contains('\\') => Err(PathFault::Backslash),
        () if text.chars().any(is_control) => Err(PathFault::Control),
        () if text.starts_with('/') || drive => Err(PathFault::Absolute),
        () if text.split('/').any(|name| matches!(name, "." | "..")) => Err(PathFault::Dots),
        () => Ok(()),
    }
}

/// Controls, what XML cannot carry, and the marks that turn the direction of a text round and make one name look like another.
fn is_control(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{fffe}' | '\u{ffff}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
}

impl fmt::Display for RemotePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn hostile_paths_are_refused_and_odd_ones_are_kept_as_they_are() {
        use PathFault::*;
        let (long, longer) = ("x".repeat(1024), "x".repeat(1025));
        for good in
            ["a", "a/b.txt", "...", "..a", "a..", ".hidden", "é/日本", "a b", "a+b", "50%", "%2e%2e", "a:b", &long]
        {
            assert_eq!(RemotePath::parse(good).unwrap().as_str(), good);
        }
        for (bad, why) in [
            ("", Empty),
            ("/", Absolute),
            ("/etc/passwd", Absolute),
            ("//host/share", Absolute),
            ("C:/x", Absolute),
            ("c:", Absolute),
            (".", Dots),
            ("..", Dots),
            ("../x", Dots),
            ("a/..", Dots),
            ("a/../b", Dots),
            ("a/./b", Dots),
            ("a//b", EmptyName),
            ("a/", EmptyName),
            ("a\\b", Backslash),
            ("..\\x", Backslash),
            ("a\0b", Control),
            ("a\nb", Control),
            ("a\u{7f}", Control),
            ("a\u{85}", Control),
            ("a\u{202e}b", Control),
            ("a\u{ffff}", Control),
            (&longer, TooLong),
        ] {
            assert_eq!(RemotePath::parse(bad), Err(why), "{bad:?}");
        }
        assert_eq!(RemotePath::parse(&long).unwrap().key(1), Err(TooLongHere));
    }

    #[test]
    fn a_listing_may_ask_for_the_beginning_of_a_path() {
        for good in ["", "a", "a/", "a/b", "a/b/"] {
            assert_eq!(check_prefix(good), Ok(()), "{good}");
        }
        for bad in ["/", "/a", "..", "../", "a/../", "a//", "a//b", "a\\", "a\0"] {
            assert!(check_prefix(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn within_ends_at_a_slash() {
        assert!(is_within("photos", "photos") && is_within("photos/a", "photos") && is_within("x", ""));
        assert!(!is_within("photos2/a", "photos") && !is_within("photo", "photos"));
    }

    proptest! {
        #[test]
        fn a_path_that_is_taken_never_leaves_its_folder(text in "[a./\\\\%:\u{0}-\u{2}é ]{0,24}") {
            if let Ok(path) = RemotePath::parse(&text) {
                let mut depth = 0_i32;
                for name in path.as_str().split('/') {
                    depth += match name { ".." => -1, "." | "" => 0, _ => 1 };
                    prop_assert!(depth > 0);
                }
                prop_assert_eq!(path.as_str(), &text);
                prop_assert!(!text.contains('\\') && !text.chars().any(char::is_control));
            }
        }
    }
}
