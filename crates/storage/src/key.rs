//! Object keys: what S3 allows, checked once.

use std::{fmt, sync::Arc};

/// The longest key S3 accepts, in bytes of UTF-8 (AWS S3 user guide, "Creating object key names").
pub const MAX_KEY_BYTES: usize = 1024;

/// A key that S3 accepts: 1 to 1,024 bytes of UTF-8 without NUL. Cheap to clone.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(Arc<str>);

/// Why a text is not a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The key has no bytes at all.
    #[error("the key is empty")]
    Empty,
    /// The key has more than [`MAX_KEY_BYTES`] bytes.
    #[error("the key has {bytes} bytes, S3 allows {MAX_KEY_BYTES}")]
    TooLong {
        /// Its length in bytes of UTF-8.
        bytes: usize,
    },
    /// The key holds a NUL, which no provider stores reliably.
    #[error("the key holds a NUL character")]
    Nul,
}

impl Key {
    /// Checks `text` and keeps it as it is: nothing is trimmed, decoded or normalised.
    pub fn new(text: impl AsRef<str>) -> Result<Self, KeyError> {
        let text = text.as_ref();
        match text.len() {
            0 => Err(KeyError::Empty),
            bytes if bytes > MAX_KEY_BYTES => Err(KeyError::TooLong { bytes }),
            _ if text.contains('\0') => Err(KeyError::Nul),
            _ => Ok(Self(text.into())),
        }
    }

    /// The key as S3 sees it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl AsRef<str> for Key {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_what_s3_allows_and_nothing_else() {
        let long = "k".repeat(1024);
        for good in ["a", "a/b", "/a", "a//b", "../a", ".", " ", "é", "a\nb", long.as_str()] {
            assert_eq!(Key::new(good).unwrap().as_str(), good);
        }
        assert_eq!(Key::new(""), Err(KeyError::Empty));
        assert_eq!(Key::new("a\0b"), Err(KeyError::Nul));
        assert_eq!(Key::new("é".repeat(513)), Err(KeyError::TooLong { bytes: 1026 }));
    }
}
