//! What can be wrong with keys and sealed data, as facts without secrets.

/// Shorthand for results of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A failed operation. No variant holds a secret, a key or plain content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The recovery words are not 24.
    #[error("the secret has {found} words, it needs {}", crate::WORDS)]
    WordCount {
        /// How many there are.
        found: usize,
    },
    /// A word is not in the list; it is named by its place, not repeated.
    #[error("word {place} of the secret is not in the list of words")]
    UnknownWord {
        /// 1 for the first.
        place: usize,
    },
    /// All words are known, but the checksum does not fit: a word is wrong or two changed places.
    #[error("the words of the secret do not fit together")]
    WordChecksum,
    /// A hishtory secret without a character.
    #[error("the secret is empty")]
    EmptySecret,
    /// A name that is no folder's: 1 to 64 of `a` to `z`, `0` to `9` and `-`.
    #[error("a name has 1 to 64 of a-z, 0-9 and -")]
    UnfitName,
    /// The data was sealed with another user's key.
    #[error("sealed with another key ({found})")]
    OtherKey {
        /// The key id it names, in hex.
        found: String,
    },
    /// A later format, or not a segment at all.
    #[error("not a segment of a known format")]
    UnknownFormat,
    /// Fewer bytes than a segment has at least.
    #[error("cut short: {bytes} bytes")]
    CutShort {
        /// How many there are.
        bytes: usize,
    },
    /// The seal does not fit: a bit was changed, or the object stands under a key that is not its own.
    #[error("the seal does not fit: the data was changed or is not in its place")]
    Broken,
    /// Longer than AES-GCM seals at once, or the cipher refused.
    #[error("the data could not be sealed")]
    NotSealed,
}
