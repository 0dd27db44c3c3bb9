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
#[derive(Clone, Copy)]
pub struct KeyHash([u8; 32]);

impl PartialEq for KeyHash {
    fn eq(&self, other: &Self) -> bool {
        same(&self.0, &other.0).into()
    }
}

impl Eq for KeyHash {}

/// The one place where anything of a key is compared: digests of one length, all of their bytes, whatever they are.
fn same<const BYTES: usize>(one: &[u8; BYTES], two: &[u8; BYTES]) -> Choice {
    one.as_slice().ct_eq(two.as_slice())
}

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

    /// Whether it is one of `all`; looks at each of them.
    pub fn is_among(&self, all: &[Self]) -> bool {
        all.iter().fold(Choice::from(0), |found, one| found | same(&self.0, &one.0)).into()
    }

    /// The first 16 hexadecimal digits: names a key in tokens, opens nothing.
    pub fn fingerprint(&self) -> String {
        hex::encode(self.beginning())
    }

    /// Whether it is the key that a token names.
    pub fn has_fingerprint(&self, digits: &str) -> bool {
        let mut named = [0; 8];
        hex::decode_to_slice(digits, &mut named).is_ok() && same(&self.beginning(), &named).into()
    }

    fn beginning(&self) -> [u8; 8] {
        let mut beginning = [0; 8];
        beginning.copy_from_slice(&self.0[..8]);
        beginning
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

    #[test]
    fn a_fingerprint_names_its_key_and_no_other() {
        let (one, two) = (KeyHash([1; 32]), KeyHash([2; 32]));
        assert!(one.has_fingerprint(&one.fingerprint()));
        for other in [two.fingerprint(), String::new(), "0101".into(), "x".repeat(16), format!("{one}")] {
            assert!(!one.has_fingerprint(&other), "{other}");
        }
    }

    /// The text of every file of this crate, without its tests.
    fn sources() -> Vec<(String, String)> {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src");
        let files = ["", "/api", "/config", "/upload"].iter().flat_map(|below| {
            std::fs::read_dir(format!("{folder}{below}")).unwrap().map(|entry| entry.unwrap().path())
        });
        let files = files.filter(|path| path.extension().is_some_and(|ending| ending == "rs"));
        files
            .map(|path| {
                let text = std::fs::read_to_string(&path).unwrap();
                let text = text.split("#[cfg(test)]").next().unwrap_or_default().to_owned();
                (path.file_name().unwrap().to_string_lossy().into_owned(), text)
            })
            .collect()
    }

    #[test]
    fn keys_are_compared_as_digests_by_one_function_in_constant_time() {
        let sources = sources();
        assert!(sources.len() > 30, "only {} files were read", sources.len());
        let count = |word: &str| sources.iter().map(|(_, text)| text.matches(word).count()).sum::<usize>();
        assert_eq!(count("ct_eq("), 1, "one comparison");
        assert_eq!(size_of::<KeyHash>(), 32, "of digests, which have one length");
        let (_, own) = sources.iter().find(|(name, _)| name == "keys.rs").unwrap();
        let before = own.split("pub struct KeyHash").next().unwrap();
        let derived = before.rsplit("#[derive(").next().unwrap();
        assert!(!derived.contains("PartialEq") && !derived.contains("Hash)"), "the compiler's own would stop early");
        for (name, text) in &sources {
            for line in text.lines().filter(|line| line.contains("==") || line.contains("!=")) {
                let word = |word: &str| line.contains(word);
                assert!(!word("expose()") && !word("fingerprint()"), "{name}: {line}");
            }
        }
    }

    /// Reported, never asserted: machines are noisy. See it with `--nocapture`.
    #[test]
    fn how_long_almost_right_keys_take_is_reported() {
        let right = KeyHash([0x55; 32]);
        let wrong_at = |at: usize| {
            let mut bytes = [0x55; 32];
            bytes[at] = 0xaa;
            KeyHash(bytes)
        };
        let median = |shown: KeyHash| {
            let mut times: Vec<_> = (0..2001)
                .map(|_| {
                    let begin = std::time::Instant::now();
                    for _ in 0..50 {
                        std::hint::black_box(std::hint::black_box(shown).is_among(std::hint::black_box(&[right])));
                    }
                    begin.elapsed().as_nanos() / 50
                })
                .collect();
            times.sort_unstable();
            times[times.len() / 2]
        };
        let shown = [("the right one", right), ("wrong at the first byte", wrong_at(0)), ("at the last", wrong_at(31))];
        for (what, key) in shown {
            println!("{what}: {} ns", median(key));
        }
    }
}
