//! What can be wrong with keys and sealed data, as facts without secrets.

use crate::vault::Generation;

/// Shorthand for results of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A failed operation. No variant holds a secret, a key or plain content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// There are more or fewer words than there must be.
    #[error("the secret has {found} words, it needs {expected}")]
    WordCount {
        /// How many there are.
        found: usize,
        /// How many there must be.
        expected: usize,
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
    /// A blob of another kind: a profile where a record should be, or the other way round.
    #[error("sealed for another purpose ({found})")]
    OtherPurpose {
        /// The purpose that its header names.
        found: u8,
    },
    /// Sealed with a key of a generation that is not known here, or not yet.
    #[error("sealed with generation {found} of the key, which is not here")]
    UnknownGeneration {
        /// The generation that it names.
        found: Generation,
    },
    /// No generation at all, one that counts from zero, or one whose master secret is not here.
    #[error("there is no such generation of the key")]
    NoGeneration,
    /// Made by or for another user.
    #[error("it belongs to another user ({found})")]
    OtherUser {
        /// The user id it names, in hex.
        found: String,
    },
    /// Signed with keys of another of the user's master secrets.
    #[error("it was signed with the user's identity {found}, not with the one that is known")]
    OtherIdentity {
        /// The number of the master secret.
        found: u16,
    },
    /// Made by or for another device.
    #[error("it belongs to another device ({found})")]
    OtherDevice {
        /// The device id it names, in hex.
        found: String,
    },
    /// A keyring that does not begin with the secrets that are known.
    #[error("the keyring does not continue the one that is known")]
    NotContinued,
    /// The public keys are not those whose fingerprint was compared.
    #[error("the public keys have another fingerprint")]
    OtherFingerprint,
    /// The signature does not fit: it was changed, moved, or made by somebody else.
    #[error("the signature does not fit")]
    Signature,
    /// Sealed to somebody else's public key, or changed.
    #[error("it is not sealed to this key, or was changed")]
    NotForUs,
    /// Longer than the format holds.
    #[error("{bytes} bytes are more than {limit}")]
    TooLong {
        /// How long it is.
        bytes: u64,
        /// The longest.
        limit: u64,
    },
    /// A chunk that the attachment does not have.
    #[error("there is no chunk {index}")]
    NoChunk {
        /// Its index, 0 for the first.
        index: u64,
    },
    /// A `master-key.blob` whose code is cheaper to guess than is accepted: it was put there by somebody else.
    #[error("its protection is too weak: {memory_kib} KiB, {passes} passes, {lanes} lanes")]
    WeakEffort {
        /// Memory.
        memory_kib: u32,
        /// Passes over the memory.
        passes: u32,
        /// Lanes.
        lanes: u32,
    },
    /// A `master-key.blob` that would take more memory or time than is accepted.
    #[error("its protection is too costly: {memory_kib} KiB, {passes} passes, {lanes} lanes")]
    ExcessiveEffort {
        /// Memory.
        memory_kib: u32,
        /// Passes over the memory.
        passes: u32,
        /// Lanes.
        lanes: u32,
    },
    /// This computer has not the memory that opening takes.
    #[error("{kib} KiB of memory are needed and not there")]
    NoMemory {
        /// How much is needed.
        kib: u32,
    },
    /// The recovery code is another one, or what it should open was changed.
    #[error("the recovery code does not open it")]
    WrongCode,
    /// A split that cannot be made.
    #[error("{needed} of {count} shares cannot be: 2 to 16, and no more needed than made")]
    ShareNumbers {
        /// How many should be needed.
        needed: u8,
        /// How many should be made.
        count: u8,
    },
    /// Fewer shares than are needed.
    #[error("{found} shares, {needed} are needed")]
    TooFewShares {
        /// How many there are.
        found: usize,
        /// How many are needed.
        needed: u8,
    },
    /// Shares of two sets.
    #[error("share {number} belongs to another set than the first one")]
    MixedShares {
        /// The number of the first one that does not belong.
        number: u8,
    },
    /// One share twice.
    #[error("share {number} is there twice")]
    SameShare {
        /// Its number.
        number: u8,
    },
    /// Shares that give no recovery code: one was made up or copied wrongly beyond what its checksum notices.
    #[error("the shares give no recovery code")]
    WrongShares,
}
