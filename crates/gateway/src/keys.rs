//! API keys: how they are made, and how a key that is shown is held against the hashes that are kept.
//!
//! A key has more than 190 random bits, so nobody can guess it from its hash, however fast the hash is; the slow hashes
//! made for passwords would only make each request slower. It refuses to keep or print a key.

use std::fmt;

use holdfast_storage::Secret;
use rand::{TryRngCore, rngs::OsRng};
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

/// Letters behind the prefix: 62 of them, so 40 letters are 238 bits.
const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/// Random letters of a new key.
const NEW_LETTERS: usize = 40;
/// Fewest and most letters behind the prefix that are accepted.
const ACCEPTED: std::ops::RangeInclusive<usize> = 32..=128;

/// The two kinds of keys. They work alike; the name says what a leaked one opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `sk_live_…`
    Live,
    /// `sk_test_…`
    Test,
}

impl Kind {
    fn prefix(self) -> &'static str {
        match self {
            Self::Live => "sk_live_",
            Self::Test => "sk_test_",
        }
    }
}

/// SHA-256 of a key.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyHash([u8; 32]);

/// Why a text is not a key or not the hash of one. Never holds the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyFault {
    /// It has another beginning.
    #[error("a key begins with sk_live_ or sk_test_")]
    Prefix,
    /// Too few or too many letters.
    #[error("a key has 32 to 128 letters and digits behind its prefix")]
    Length,
    /// Something else than letters and digits.
    #[error("a key has nothing but letters and digits behind its prefix")]
    Letters,
    /// Not `sha256:` and 64 hexadecimal digits.
    #[error("a key's hash is sha256: and 64 hexadecimal digits")]
    Hash,
}

/// Makes a key: `sk_live_` or `sk_test_` and 40 random letters.
///
/// # Errors
/// When the operating system gives no randomness.
pub fn generate(kind: Kind) -> Result<Secret, rand::rand_core::OsError> {
    let mut text = String::from(kind.prefix());
    let mut byte = [0];
    while text.len() < kind.prefix().len() + NEW_LETTERS {
        OsRng.try_fill_bytes(&mut byte)?;
        // 248 is the largest multiple of 62 in a byte: what is above would favour some letters.
        if byte[0] < 248 {
            text.push(char::from(LETTERS[usize::from(byte[0]) % LETTERS.len()]));
        }
    }
    Ok(Secret::new(text))
}

impl KeyHash {
    /// Hashes a key that has the form of one.
    pub fn of(key: &str) -> Result<Self, KeyFault> {
        let letters = [Kind::Live, Kind::Test].iter().find_map(|kind| key.strip_prefix(kind.prefix()));
        let letters = letters.ok_or(KeyFault::Prefix)?;
        if !ACCEPTED.contains(&letters.len()) {
            return Err(KeyFault::Length);
        }
        match letters.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            true => Ok(Self(Sha256::digest(key).into())),
            false => Err(KeyFault::Letters),
        }
    }

    /// Reads `sha256:` and 64 hexadecimal digits.
    pub fn parse(text: &str) -> Result<Self, KeyFault> {
        let digits = text.strip_prefix("sha256:").ok_or(KeyFault::Hash)?;
        let mut hash = [0; 32];
        hex::decode_to_slice(digits, &mut hash).map_err(|_| KeyFault::Hash)?;
        Ok(Self(hash))
    }

    /// Compares without telling by its time where the two differ.
    pub fn equals(&self, other: &Self) -> Choice {
        self.0.ct_eq(&other.0)
    }

    /// Whether it is one of `all`; looks at each of them.
    pub fn is_among(&self, all: &[Self]) -> bool {
        all.iter().fold(Choice::from(0), |found, one| found | self.equals(one)).into()
    }

    /// The first 16 hexadecimal digits: names a key in tokens, opens nothing.
    pub fn fingerprint(&self) -> String {
        hex::encode(&self.0[..8])
    }
}

impl fmt::Display for KeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256:{}", hex::encode(self.0))
    }
}

impl fmt::Debug for KeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyHash({}…)", self.fingerprint())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_key_is_long_random_and_has_its_prefix() {
        for (kind, prefix) in [(Kind::Live, "sk_live_"), (Kind::Test, "sk_test_")] {
            let (one, two) = (generate(kind).unwrap(), generate(kind).unwrap());
            assert!(one.expose().starts_with(prefix));
            assert_eq!(one.expose().len(), 48);
            assert_ne!(one.expose(), two.expose());
            assert!(KeyHash::of(one.expose()).is_ok());
        }
    }

    #[test]
    fn a_text_is_a_key_or_told_why_not() {
        let letters = "a".repeat(32);
        for (text, want) in [
            (format!("sk_live_{letters}"), None),
            (format!("sk_test_{}", "b".repeat(128)), None),
            (String::new(), Some(KeyFault::Prefix)),
            (format!("sk_prod_{letters}"), Some(KeyFault::Prefix)),
            (format!("SK_LIVE_{letters}"), Some(KeyFault::Prefix)),
            (format!("sk_live_{}", "a".repeat(31)), Some(KeyFault::Length)),
            (format!("sk_live_{}", "a".repeat(129)), Some(KeyFault::Length)),
            (format!("sk_live_{letters}\n"), Some(KeyFault::Letters)),
            (format!("sk_live_{letters}é"), Some(KeyFault::Letters)),
        ] {
            assert_eq!(KeyHash::of(&text).err(), want, "{text:?}");
        }
    }

    #[test]
    fn a_hash_is_printed_as_it_is_read_and_only_the_same_key_fits() {
        let (key, other) = (generate(Kind::Live).unwrap(), generate(Kind::Live).unwrap());
        let hash = KeyHash::of(key.expose()).unwrap();
        assert_eq!(KeyHash::parse(&hash.to_string()), Ok(hash));
        assert!(hash.is_among(&[KeyHash::of(other.expose()).unwrap(), hash]));
        assert!(!KeyHash::of(other.expose()).unwrap().is_among(&[hash]));
        for bad in ["", "sha256:", "sha256:zz", "md5:00", &hash.to_string()[..70]] {
            assert_eq!(KeyHash::parse(bad), Err(KeyFault::Hash), "{bad}");
        }
    }
}
