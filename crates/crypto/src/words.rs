//! Words for bytes and bytes for words, with the English list of BIP-39. Refuses words that have no or another checksum.

use bip39::{Language, Mnemonic};
use zeroize::{Zeroize, Zeroizing};

use crate::{Error, Result};

/// `N` bytes that `WORDS` words of BIP-39 stand for. Case and the kind of white space do not matter; order does.
pub(crate) fn parse_words<const WORDS: usize, const N: usize>(words: &str) -> Result<Zeroizing<[u8; N]>> {
    let words: Zeroizing<String> = Zeroizing::new(words.to_lowercase());
    let words: Vec<&str> = words.split_whitespace().collect();
    if words.len() != WORDS {
        return Err(Error::WordCount { found: words.len(), expected: WORDS });
    }
    let phrase = Zeroizing::new(words.join(" "));
    let mnemonic = Mnemonic::parse_in_normalized(Language::English, &phrase).map_err(|error| match error {
        bip39::Error::UnknownWord(index) => Error::UnknownWord { place: index + 1 },
        bip39::Error::BadWordCount(found) => Error::WordCount { found, expected: WORDS },
        _ => Error::WordChecksum,
    })?;
    let mnemonic = Zeroizing::new(mnemonic);
    let (mut entropy, length) = mnemonic.to_entropy_array();
    let bytes = <[u8; N]>::try_from(&entropy[..length]).map_err(|_| Error::WordChecksum);
    entropy.zeroize();
    Ok(Zeroizing::new(bytes?))
}

/// One word for each 11 bits, the last one filled up with zeros.
pub(crate) fn to_words(bytes: &[u8]) -> Zeroizing<String> {
    let list = Language::English.word_list();
    // Room for the longest words, so that no copy is left behind when the text grows.
    let mut words = Zeroizing::new(String::with_capacity(bytes.len() * 8));
    for start in (0..bytes.len() * 8).step_by(11) {
        if start > 0 {
            words.push(' ');
        }
        words.push_str(list[(start..start + 11).fold(0, |index, bit| (index << 1) | bit_of(bytes, bit))]);
    }
    words
}

fn bit_of(bytes: &[u8], bit: usize) -> usize {
    bytes.get(bit / 8).map_or(0, |byte| usize::from((byte >> (7 - bit % 8)) & 1))
}

/// The `N` bytes that [`to_words`] made words of.
///
/// # Errors
/// [`Error::WordCount`], [`Error::UnknownWord`], [`Error::WordChecksum`] where the last word is not filled up with zeros.
pub(crate) fn from_words<const N: usize>(words: &str) -> Result<Zeroizing<[u8; N]>> {
    let words = Zeroizing::new(words.to_lowercase());
    let (found, expected) = (words.split_whitespace().count(), (N * 8).div_ceil(11));
    if found != expected {
        return Err(Error::WordCount { found, expected });
    }
    let mut bytes = Zeroizing::new([0; N]);
    for (place, word) in words.split_whitespace().enumerate() {
        let index = Language::English.find_word(word).ok_or(Error::UnknownWord { place: place + 1 })?;
        for bit in (0..11).filter(|bit| (index >> (10 - bit)) & 1 == 1) {
            let at = place * 11 + bit;
            *bytes.get_mut(at / 8).ok_or(Error::WordChecksum)? |= 0x80 >> (at % 8);
        }
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_are_eleven_bits_each() {
        assert_eq!(*to_words(&[0, 0]), "abandon abandon");
        assert_eq!(*to_words(&[0xff; 11]), ["zoo"; 8].join(" "));
        assert_eq!(*to_words(&[0, 0x20]), "ability abandon");
        assert_eq!(*from_words::<2>(" ABILITY\nabandon ").unwrap(), [0, 0x20]);
        assert_eq!(from_words::<2>("ability zoo").unwrap_err(), Error::WordChecksum, "bits beyond the end");
        assert_eq!(from_words::<2>("ability hunter2").unwrap_err(), Error::UnknownWord { place: 2 });
        assert_eq!(from_words::<2>("ability").unwrap_err(), Error::WordCount { found: 1, expected: 2 });
    }

    proptest! {
        #[test]
        fn bytes_come_back(bytes: [u8; 32]) {
            prop_assert_eq!(*from_words::<32>(&to_words(&bytes)).unwrap(), bytes);
        }

        #[test]
        fn no_text_makes_it_panic(text: String) {
            let _ = from_words::<32>(&text);
            let _ = parse_words::<24, 32>(&text);
        }
    }
}
