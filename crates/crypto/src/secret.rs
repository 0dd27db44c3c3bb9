//! The one secret of a user, and the 24 words that a person writes down for it.

use std::fmt;

use bip39::{Language, Mnemonic};
use rand_core::CryptoRng;
use zeroize::{Zeroize, Zeroizing};

use crate::{Error, Result, words::parse_words};

/// Bytes of a secret.
pub const SECRET_BYTES: usize = 32;
/// Words that stand for a secret (BIP-39, English list: 256 bits and a checksum of 8).
pub const WORDS: usize = 24;

/// Everything of a user's is sealed with keys that come from this. Wiped when dropped, never shown, not serialisable.
pub struct UserSecret(Zeroizing<[u8; SECRET_BYTES]>);

impl UserSecret {
    /// A new secret out of the generator.
    pub fn generate(random: &mut dyn CryptoRng) -> Self {
        let mut bytes = Zeroizing::new([0; SECRET_BYTES]);
        random.fill_bytes(bytes.as_mut_slice());
        Self(bytes)
    }

    /// A secret whose bytes are kept elsewhere, such as in a keychain.
    pub fn from_bytes(mut bytes: [u8; SECRET_BYTES]) -> Self {
        let secret = Self(Zeroizing::new(bytes));
        bytes.zeroize();
        secret
    }

    /// The secret that the words stand for. Case and the kind of white space do not matter; order does.
    pub fn from_words(words: &str) -> Result<Self> {
        Ok(Self(parse_words::<WORDS, SECRET_BYTES>(words)?))
    }

    /// The 24 words, with one space between two. For the eyes of the user only.
    pub fn words(&self) -> Result<Zeroizing<String>> {
        let mnemonic = Mnemonic::from_entropy_in(Language::English, self.0.as_slice());
        let mnemonic = Zeroizing::new(mnemonic.map_err(|_| Error::WordChecksum)?);
        Ok(Zeroizing::new(mnemonic.to_string()))
    }

    /// The bytes, for the keychain.
    pub fn expose(&self) -> &[u8; SECRET_BYTES] {
        &self.0
    }
}

impl fmt::Debug for UserSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UserSecret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // BIP-39's own test vectors for 256 bits (github.com/trezor/python-mnemonic/blob/master/vectors.json).
    const ZEROS: &str = "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon \
        abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon art";
    const SEVENS: &str = "legal winner thank year wave sausage worth useful legal winner thank year wave sausage worth \
        useful legal winner thank year wave sausage worth title";

    #[test]
    fn words_are_those_of_bip_39() {
        for (byte, words) in [(0x00, ZEROS), (0x7f, SEVENS)] {
            let secret = UserSecret::from_bytes([byte; 32]);
            assert_eq!(*secret.words().unwrap(), words);
            assert_eq!(UserSecret::from_words(words).unwrap().expose(), &[byte; 32]);
            let untidy = format!("  {}\n", words.to_uppercase().replace(' ', "\t "));
            assert_eq!(UserSecret::from_words(&untidy).unwrap().expose(), &[byte; 32]);
        }
    }

    #[test]
    fn wrong_words_are_told_apart_and_not_repeated() {
        let unknown = ZEROS.replacen("abandon", "hunter2", 1);
        let swapped = SEVENS.replacen("legal winner", "winner legal", 1);
        for (words, error) in [
            ("", Error::WordCount { found: 0, expected: 24 }),
            ("abandon art", Error::WordCount { found: 2, expected: 24 }),
            (unknown.as_str(), Error::UnknownWord { place: 1 }),
            (swapped.as_str(), Error::WordChecksum),
        ] {
            let found = UserSecret::from_words(words).unwrap_err();
            assert_eq!(found, error);
            assert!(!format!("{found} {found:?}").contains("hunter2"));
        }
    }

    #[test]
    fn a_secret_does_not_show_itself() {
        assert_eq!(format!("{:?}", UserSecret::from_bytes([7; 32])), "UserSecret(…)");
    }
}
