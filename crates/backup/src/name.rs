//! Names of files as parts of keys and back, byte for byte.
//!
//! A name that is valid UTF-8 is itself. Bytes that are not are written as rclone's S3 backend writes them: `‛` (U+201B)
//! and two hexadecimal digits; a `‛` that would read as such a quote is doubled. Symbolic links carry rclone's suffix.

use std::{
    ffi::{OsStr, OsString},
    path::PathBuf,
};

/// rclone's quote rune.
const QUOTE: char = '\u{201b}';

/// What rclone's `--links` appends to the key of a symbolic link; the object's content is the target.
pub const LINK_SUFFIX: &str = ".rclonelink";

/// The link suffix in the name of a file that is no link: its dot is quoted, so that it is not read as one.
const QUOTED_LINK_SUFFIX: &str = "\u{201b}2Erclonelink";

/// The name of a regular file as text for a key: as [`encode`], but never with the link suffix.
pub fn encode_file(name: &OsStr) -> String {
    let text = encode(name);
    match text.strip_suffix(LINK_SUFFIX) {
        Some(stem) => format!("{stem}{QUOTED_LINK_SUFFIX}"),
        None => text,
    }
}

/// The name of a symbolic link as text for a key.
pub fn encode_link(name: &OsStr) -> String {
    encode(name) + LINK_SUFFIX
}

/// A file name (or link target) as text for a key.
#[cfg(unix)]
pub fn encode(name: &OsStr) -> String {
    use std::os::unix::ffi::OsStrExt;
    let bytes = name.as_bytes();
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.contains(QUOTE) => text.to_owned(),
        _ => encode_bytes(bytes),
    }
}

/// A file name (or link target) as text for a key. Lone surrogates become U+FFFD.
#[cfg(windows)]
pub fn encode(name: &OsStr) -> String {
    name.to_string_lossy().into_owned()
}

fn encode_bytes(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() + 8);
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            if c == QUOTE {
                text.push(QUOTE);
            }
            text.push(c);
        }
        for byte in chunk.invalid() {
            text.push(QUOTE);
            text.push_str(&format!("{byte:02X}"));
        }
    }
    text
}

/// The name that [`encode`] made the text from.
pub fn decode(text: &str) -> OsString {
    if !text.contains(QUOTE) {
        return text.into();
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(QUOTE) {
        bytes.extend_from_slice(&rest.as_bytes()[..at]);
        let after = &rest[at + QUOTE.len_utf8()..];
        if let Some(behind) = after.strip_prefix(QUOTE) {
            bytes.extend_from_slice(QUOTE.encode_utf8(&mut [0; 4]).as_bytes());
            rest = behind;
        } else if let Some(byte) = after.get(..2).and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            bytes.push(byte);
            rest = &after[2..];
        } else {
            bytes.extend_from_slice(QUOTE.encode_utf8(&mut [0; 4]).as_bytes());
            rest = after;
        }
    }
    bytes.extend_from_slice(rest.as_bytes());
    from_bytes(bytes)
}

#[cfg(unix)]
fn from_bytes(bytes: Vec<u8>) -> OsString {
    std::os::unix::ffi::OsStringExt::from_vec(bytes)
}

#[cfg(windows)]
fn from_bytes(bytes: Vec<u8>) -> OsString {
    String::from_utf8_lossy(&bytes).into_owned().into()
}

/// Why the rest of a key cannot be a path below a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HostileName {
    /// `..` would climb out.
    #[error("it holds “..”")]
    ParentDir,
    /// `.`, an empty name, a leading or trailing slash.
    #[error("it holds an empty name or “.”")]
    EmptyName,
    /// A NUL, or on Windows a character or name the system reserves.
    #[error("it holds a name this system cannot have")]
    Reserved,
}

/// A relative path in key form as a local relative path. Never absolute, never climbing.
pub fn to_relative_path(relative: &str) -> Result<PathBuf, HostileName> {
    let mut path = PathBuf::new();
    for part in relative.split('/') {
        let name = decode(part);
        match part {
            "" | "." => return Err(HostileName::EmptyName),
            ".." => return Err(HostileName::ParentDir),
            _ if is_reserved(&name) => return Err(HostileName::Reserved),
            _ => path.push(name),
        }
    }
    Ok(path)
}

#[cfg(unix)]
fn is_reserved(name: &OsStr) -> bool {
    use std::os::unix::ffi::OsStrExt;
    let bytes = name.as_bytes();
    bytes.contains(&0) || bytes.contains(&b'/') || bytes == b".." || bytes == b"."
}

#[cfg(windows)]
fn is_reserved(name: &OsStr) -> bool {
    let text = name.to_string_lossy();
    let stem = text.split('.').next().unwrap_or_default().to_ascii_uppercase();
    let device = matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL")
        || (stem.len() == 4
            && (stem.starts_with("COM") || stem.starts_with("LPT"))
            && stem.as_bytes()[3].is_ascii_digit());
    device
        || text.ends_with(['.', ' '])
        || text.chars().any(|c| c.is_control() || matches!(c, '<' | '>' | ':' | '"' | '|' | '?' | '*' | '\\' | '/'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[cfg(unix)]
    #[test]
    fn names_are_written_as_rclone_writes_them() {
        use std::os::unix::ffi::OsStrExt;
        for (bytes, text) in [
            (&b"plain.txt"[..], "plain.txt"),
            ("é ü".as_bytes(), "é ü"),
            (b"bad\xff.bin", "bad‛FF.bin"),
            (b"\xc3(", "‛C3("),
            ("a‛b".as_bytes(), "a‛‛b"),
            ("‛FF".as_bytes(), "‛‛FF"),
        ] {
            assert_eq!(encode(OsStr::from_bytes(bytes)), text);
            assert_eq!(decode(text).as_bytes(), bytes);
        }
    }

    #[test]
    fn a_file_that_is_named_like_a_link_stays_a_file() {
        let name = OsStr::new("notes.rclonelink");
        assert_eq!(encode_file(name), "notes‛2Erclonelink");
        assert_eq!(decode(&encode_file(name)), name);
        assert_eq!(encode_link(OsStr::new("a")), "a.rclonelink");
        assert_eq!(encode_file(OsStr::new("a.txt")), "a.txt");
    }

    #[cfg(unix)]
    #[test]
    fn a_hostile_key_names_no_path() {
        for (key, want) in [
            ("a/../b", HostileName::ParentDir),
            ("..", HostileName::ParentDir),
            ("/etc/passwd", HostileName::EmptyName),
            ("a//b", HostileName::EmptyName),
            ("a/", HostileName::EmptyName),
            ("./a", HostileName::EmptyName),
            ("", HostileName::EmptyName),
            ("‛2E‛2E/a", HostileName::Reserved),
            ("a‛2F..", HostileName::Reserved),
            ("a‛00", HostileName::Reserved),
        ] {
            assert_eq!(to_relative_path(key), Err(want), "{key}");
        }
        assert_eq!(to_relative_path("a/b c/…").unwrap(), PathBuf::from("a/b c/…"));
    }

    #[cfg(unix)]
    proptest! {
        #[test]
        fn every_name_survives(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            use std::os::unix::ffi::{OsStrExt, OsStringExt};
            let name = OsString::from_vec(bytes.clone());
            let text = encode(&name);
            let decoded = decode(&text);
            prop_assert_eq!(decoded.as_bytes(), bytes.as_slice());
        }

        #[test]
        fn no_key_leads_outside(key in "[a./‛2EF\\\\]{0,20}") {
            if let Ok(path) = to_relative_path(&key) {
                prop_assert!(path.components().all(|c| matches!(c, std::path::Component::Normal(_))));
            }
        }
    }
}
