//! How a key becomes the name of a file: as it is wherever any disk can hold it, else escaped so that it stays readable.
//!
//! It only computes names; it touches no disk. The result never begins with `/`, never holds `.` or `..` as a segment
//! and never names the private folder, so it cannot leave the root.
//!
//! | in the key | in the name |
//! | --- | --- |
//! | control characters, `< > : " \ \| ? *`, a dot or space at a segment's end | `%` and two upper-case hex digits per byte |
//! | `%` before two hex digits or one of `_ = ~ #` | `%25` |
//! | an empty segment (`//`, leading or trailing `/`) | `%_` |
//! | Windows device names (`CON`, `nul.txt`), `.holdfast` as first segment | the first character as `%XX` |
//! | a segment over 255 bytes, or more than [`MAX_PATH_BYTES`] in all | `%#/ab/tail%#` and 32 hex digits of the key's SHA-256 |
//! | a folder whose name is taken by a file | name and `%=` |
//! | a file whose name is taken by a folder or, where the disk folds names, by a twin | name, `%~` and 8 hex digits |

use sha2::{Digest, Sha256};

use super::layout::PRIVATE;

/// Longest escaped path below the root, in bytes; leaves room for the root within the system's 4,096.
pub(crate) const MAX_PATH_BYTES: usize = 2048;
/// Longest segment most file systems take, in bytes.
const MAX_SEGMENT_BYTES: usize = 255;
/// Room that a mark may take behind a segment.
const MARK_BYTES: usize = 10;
const READABLE_TAIL_BYTES: usize = 100;
const FOLDER_MARK: &str = "%=";
const FILE_MARK: &str = "%~";
const HASH_MARK: &str = "%#";
const EMPTY: &str = "%_";

/// What the name of a file says about its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Guess {
    /// The key.
    Key(String),
    /// Only the key's hash: the record beside the file knows the rest.
    Hash(String),
}

/// The first 16 bytes of the key's SHA-256 in hex.
pub(crate) fn key_hash(key: &str) -> String {
    hex::encode(&Sha256::digest(key.as_bytes())[..16])
}

/// The name a key has when nothing is in its way.
pub(crate) fn natural(key: &str) -> String {
    let segments: Vec<String> = key.split('/').enumerate().map(|(at, segment)| escape(segment, at == 0)).collect();
    let name = segments.join("/");
    let fits = |segment: &String| segment.len() + MARK_BYTES <= MAX_SEGMENT_BYTES;
    match name.len() <= MAX_PATH_BYTES && segments.iter().all(fits) {
        true => name,
        false => hashed(key, segments.last().map_or("", String::as_str)),
    }
}

fn hashed(key: &str, last: &str) -> String {
    let hash = key_hash(key);
    let mut cut = last.len().min(READABLE_TAIL_BYTES);
    while !last.is_char_boundary(cut) {
        cut -= 1;
    }
    format!("{HASH_MARK}/{}/{}{HASH_MARK}{hash}", &hash[..2], &last[..cut])
}

/// The name of a file whose natural one is taken.
pub(crate) fn other_file(natural: &str, key: &str) -> String {
    format!("{natural}{FILE_MARK}{}", &key_hash(key)[..8])
}

/// The name of a folder whose natural one is taken.
pub(crate) fn other_folder(natural: &str) -> String {
    format!("{natural}{FOLDER_MARK}")
}

/// Which key a file of this name (relative, with `/`) holds.
pub(crate) fn guess(name: &str) -> Guess {
    if name.starts_with(&format!("{HASH_MARK}/"))
        && let Some((_, hash)) = name.rsplit_once(HASH_MARK)
        && hash.len() == 32
    {
        return Guess::Hash(hash.to_owned());
    }
    let plain = unmarked(name);
    let key: String = plain.split('/').map(unescape).collect::<Vec<_>>().join("/");
    match natural(&key) == plain {
        true => Guess::Key(key),
        false => Guess::Key(name.to_owned()),
    }
}

fn unmarked(name: &str) -> String {
    let mut segments: Vec<&str> = name.split('/').collect();
    let last = segments.len() - 1;
    for folder in &mut segments[..last] {
        *folder = folder.strip_suffix(FOLDER_MARK).unwrap_or(folder);
    }
    if let Some((stem, hash)) = segments[last].rsplit_once(FILE_MARK)
        && hash.len() == 8
        && hash.bytes().all(|b| b.is_ascii_hexdigit())
    {
        segments[last] = stem;
    }
    segments.join("/")
}

fn escape(segment: &str, first: bool) -> String {
    if segment.is_empty() {
        return EMPTY.to_owned();
    }
    let reserved = is_device(segment) || (first && segment.eq_ignore_ascii_case(PRIVATE));
    let mut name = String::with_capacity(segment.len() + 8);
    let mut rest = segment;
    while let Some(c) = rest.chars().next() {
        let ends = rest.len() == c.len_utf8();
        let begins = rest.len() == segment.len();
        rest = &rest[c.len_utf8()..];
        match c {
            '%' if is_mark(rest) => name.push_str("%25"),
            _ if must_escape(c) || (ends && (c == '.' || c == ' ')) || (begins && reserved) => push_hex(&mut name, c),
            _ => name.push(c),
        }
    }
    name
}

fn must_escape(c: char) -> bool {
    c.is_control() || matches!(c, '<' | '>' | ':' | '"' | '\\' | '|' | '?' | '*')
}

fn is_mark(rest: &str) -> bool {
    match rest.as_bytes() {
        [b'_' | b'=' | b'~' | b'#', ..] => true,
        [a, b, ..] => a.is_ascii_hexdigit() && b.is_ascii_hexdigit(),
        _ => false,
    }
}

fn push_hex(name: &mut String, c: char) {
    for byte in c.encode_utf8(&mut [0; 4]).bytes() {
        name.push_str(&format!("%{byte:02X}"));
    }
}

fn is_device(segment: &str) -> bool {
    let stem = segment.split('.').next().unwrap_or(segment).trim_end();
    let upper = stem.to_ascii_uppercase();
    let numbered =
        |name: &str| upper.strip_prefix(name).is_some_and(|n| n.chars().count() == 1 && "0123456789¹²³".contains(n));
    matches!(upper.as_str(), "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$") || numbered("COM") || numbered("LPT")
}

fn unescape(name: &str) -> String {
    if name == EMPTY {
        return String::new();
    }
    let mut bytes = Vec::with_capacity(name.len());
    let mut rest = name.as_bytes();
    while let [byte, tail @ ..] = rest {
        match (byte, tail) {
            (b'%', [a, b, after @ ..]) if is_upper_hex(*a) && is_upper_hex(*b) => {
                bytes.push(hex_value(*a) << 4 | hex_value(*b));
                rest = after;
            }
            _ => {
                bytes.push(*byte);
                rest = tail;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| name.to_owned())
}

fn is_upper_hex(byte: u8) -> bool {
    byte.is_ascii_digit() || (b'A'..=b'F').contains(&byte)
}

fn hex_value(byte: u8) -> u8 {
    if byte.is_ascii_digit() { byte - b'0' } else { byte - b'A' + 10 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_natural_where_they_can_be_and_readable_where_they_cannot() {
        let table = [
            ("photos/a.jpg", "photos/a.jpg"),
            ("Familie Müller/100% sure.txt", "Familie Müller/100% sure.txt"),
            ("photos/", "photos/%_"),
            ("/etc/passwd", "%_/etc/passwd"),
            ("a//b", "a/%_/b"),
            ("../x", ".%2E/x"),
            (".", "%2E"),
            ("..", ".%2E"),
            ("a/./b", "a/%2E/b"),
            ("12:30?.txt", "12%3A30%3F.txt"),
            ("back\\slash", "back%5Cslash"),
            ("line\nbreak", "line%0Abreak"),
            ("dot.", "dot%2E"),
            ("space ", "space%20"),
            ("con", "%63on"),
            ("a/NUL.txt", "a/%4EUL.txt"),
            ("console", "console"),
            (".holdfast/index.db", "%2Eholdfast/index.db"),
            (".Holdfast", "%2EHoldfast"),
            ("a/.holdfast", "a/.holdfast"),
            ("a%2Fb", "a%252Fb"),
            ("%_", "%25_"),
            ("a%=/b", "a%25=/b"),
        ];
        for (key, name) in table {
            assert_eq!(natural(key), name, "{key:?}");
            assert_eq!(guess(name), Guess::Key(key.to_owned()), "{name:?}");
        }
    }

    #[test]
    fn marks_are_taken_off_again() {
        assert_eq!(guess(&other_file("a/b", "a/b")), Guess::Key("a/b".into()));
        assert_eq!(guess(&format!("{}/b", other_folder("a"))), Guess::Key("a/b".into()));
        let long = format!("x/{}.jpg", "é".repeat(300));
        assert_eq!(guess(&natural(&long)), Guess::Hash(key_hash(&long)));
        assert_eq!(guess("12:30"), Guess::Key("12:30".into()));
    }

    proptest! {
        #[test]
        fn no_key_leaves_the_root_and_every_short_name_leads_back(key in "[a-z/.%_=~#: \\u{1}\\u{e9}A-F0-9]{1,60}") {
            let name = natural(&key);
            prop_assert!(!name.starts_with('/'));
            for segment in name.split('/') {
                prop_assert!(!segment.is_empty() && segment != "." && segment != ".." && segment.len() <= 255);
            }
            prop_assert!(!name.starts_with(PRIVATE) || name.starts_with(".holdfast%") || name.len() > PRIVATE.len());
            prop_assert_eq!(guess(&name), Guess::Key(key));
        }
    }
}
