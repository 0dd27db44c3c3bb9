//! The recovery code in shares for relatives: any `needed` of them give it back, fewer tell nothing of it.
//!
//! A share is 33 words of the BIP-39 list, which stand for 45 bytes:
//!
//! ```text
//! offset  bytes
//!      0      1  format, 1
//!      1      3  set (random): shares of two splits do not mix
//!      4      1  how many are needed
//!      5      1  number of the share, from 1
//!      6     36  Shamir's share over GF(2⁸) of the code's 32 bytes and the first 4 of SHA-256 over
//!                `holdfast 1 records code` and them
//!     42      3  the first 3 bytes of SHA-256 over `holdfast 1 records share` and bytes 0 to 42
//! ```
//!
//! The checksum of the code is shared with it, so that a share which was made up is noticed; what stands in the open says
//! nothing of the code.

use std::fmt;

use rand_core::CryptoRng;
use vsss_rs::Gf256;
use zeroize::Zeroizing;

use super::{fields::Fields, recovery::RecoveryCode};
use crate::{
    Error, Result,
    cipher::{KEY_BYTES, random_bytes},
    handed::Handed,
    sha256, words,
};

const FORMAT: u8 = 1;
const SHARED_BYTES: usize = KEY_BYTES + 4;
const CHECKED_BYTES: usize = 6 + SHARED_BYTES;
const SHARE_BYTES: usize = CHECKED_BYTES + 3;
/// Words of a share.
pub const SHARE_WORDS: usize = (SHARE_BYTES * 8).div_ceil(11);
/// The most shares of one code.
pub const MAX_SHARES: u8 = 16;
const CODE_LABEL: &[u8] = b"holdfast 1 records code";
const SHARE_LABEL: &[u8] = b"holdfast 1 records share";

/// One share of a recovery code. Wiped when dropped, never shown; its words are for one relative.
pub struct Share {
    set: [u8; 3],
    needed: u8,
    number: u8,
    value: Zeroizing<[u8; SHARED_BYTES]>,
}

impl Share {
    /// Which of the set it is, from 1.
    pub fn number(&self) -> u8 {
        self.number
    }

    /// How many of its set give the code.
    pub fn needed(&self) -> u8 {
        self.needed
    }

    /// Names the set it belongs to: 6 characters of hex. Public.
    pub fn set(&self) -> String {
        hex::encode(self.set)
    }

    /// The 33 words, with one space between two.
    pub fn words(&self) -> Zeroizing<String> {
        let mut bytes = Zeroizing::new([0; SHARE_BYTES]);
        bytes[0] = FORMAT;
        bytes[1..4].copy_from_slice(&self.set);
        bytes[4] = self.needed;
        bytes[5] = self.number;
        bytes[6..CHECKED_BYTES].copy_from_slice(self.value.as_slice());
        let sum = checksum::<3>(SHARE_LABEL, &bytes[..CHECKED_BYTES]);
        bytes[CHECKED_BYTES..].copy_from_slice(&sum);
        words::to_words(bytes.as_slice())
    }

    /// The share that the words stand for. Case and the kind of white space do not matter; order does.
    ///
    /// # Errors
    /// [`Error::WordCount`], [`Error::UnknownWord`], [`Error::WordChecksum`], [`Error::UnknownFormat`].
    pub fn from_words(words: &str) -> Result<Self> {
        let bytes = words::from_words::<SHARE_BYTES>(words)?;
        let (checked, sum) = bytes.split_at(CHECKED_BYTES);
        if checksum::<3>(SHARE_LABEL, checked) != *sum {
            return Err(Error::WordChecksum);
        }
        let mut fields = Fields::new(checked);
        fields.expect(&[FORMAT])?;
        let (set, needed, number) = (fields.array()?, fields.byte()?, fields.byte()?);
        let share = Self { set, needed, number, value: Zeroizing::new(fields.array()?) };
        match (2..=MAX_SHARES).contains(&needed) && (1..=MAX_SHARES).contains(&number) {
            true => Ok(share),
            false => Err(Error::UnknownFormat),
        }
    }
}

impl fmt::Debug for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Share").field("set", &self.set()).field("number", &self.number).finish_non_exhaustive()
    }
}

impl RecoveryCode {
    /// Splits the code into `count` shares, of which any `needed` give it back. Each call makes a set of its own.
    ///
    /// # Errors
    /// [`Error::ShareNumbers`] unless 2 ≤ `needed` ≤ `count` ≤ [`MAX_SHARES`].
    pub fn split(&self, needed: u8, count: u8, random: &mut dyn CryptoRng) -> Result<Vec<Share>> {
        let wrong = Error::ShareNumbers { needed, count };
        if needed < 2 || needed > count || count > MAX_SHARES {
            return Err(wrong);
        }
        let set = random_bytes(random);
        let mut shared = Zeroizing::new([0; SHARED_BYTES]);
        shared[..KEY_BYTES].copy_from_slice(self.expose());
        shared[KEY_BYTES..].copy_from_slice(&checksum::<4>(CODE_LABEL, self.expose()));
        let split = Gf256::split_bytes(needed.into(), count.into(), shared.as_slice(), Handed(random));
        let split: Zeroizing<Vec<Vec<u8>>> = Zeroizing::new(split.map_err(|_| wrong)?);
        split.iter().map(|share| Share::of(set, needed, share)).collect()
    }

    /// The code out of shares, in any order. More than are needed may be given.
    ///
    /// # Errors
    /// [`Error::TooFewShares`], [`Error::MixedShares`], [`Error::SameShare`], and [`Error::WrongShares`] when they fit
    /// together but give no code: one of them was made up.
    pub fn combine(shares: &[Share]) -> Result<Self> {
        let first = shares.first().ok_or(Error::TooFewShares { found: 0, needed: 2 })?;
        for (index, share) in shares.iter().enumerate() {
            if share.set != first.set || share.needed != first.needed {
                return Err(Error::MixedShares { number: share.number });
            }
            if shares[..index].iter().any(|other| other.number == share.number) {
                return Err(Error::SameShare { number: share.number });
            }
        }
        if shares.len() < first.needed.into() {
            return Err(Error::TooFewShares { found: shares.len(), needed: first.needed });
        }
        let raw = shares.iter().map(|share| [&[share.number], share.value.as_slice()].concat());
        let raw: Zeroizing<Vec<Vec<u8>>> = Zeroizing::new(raw.collect());
        let shared = Zeroizing::new(Gf256::combine_bytes(&*raw).map_err(|_| Error::WrongShares)?);
        let (code, sum) = shared.split_at_checked(KEY_BYTES).ok_or(Error::WrongShares)?;
        match checksum::<4>(CODE_LABEL, code) == *sum {
            true => Ok(Self::of(code.try_into().map_err(|_| Error::WrongShares)?)),
            false => Err(Error::WrongShares),
        }
    }
}

impl Share {
    fn of(set: [u8; 3], needed: u8, raw: &[u8]) -> Result<Self> {
        let (number, value) = raw.split_first().ok_or(Error::WrongShares)?;
        let value = Zeroizing::new(value.try_into().map_err(|_| Error::WrongShares)?);
        Ok(Self { set, needed, number: *number, value })
    }
}

fn checksum<const N: usize>(label: &[u8], bytes: &[u8]) -> [u8; N] {
    let digest = sha256(&Zeroizing::new([label, bytes].concat()));
    let mut sum = [0; N];
    sum.copy_from_slice(&digest[..N]);
    sum
}
