//! What a user is known by to others: two public keys, and twelve words to compare by voice.
//!
//! `public-key.blob`:
//!
//! ```text
//! offset  bytes
//!      0      4  "HFRP"
//!      4      1  format, 1
//!      5      1  suite, 1: X25519 and Ed25519
//!      6      2  number of the master secret it comes from, big endian
//!      8     16  user id
//!     24     32  X25519 public key
//!     56     32  Ed25519 public key
//!     88     64  Ed25519 signature of bytes 0 to 88 with that key
//! ```
//!
//! The signature tells only that whoever made it holds the keys. Whose they are is told by the [`Fingerprint`]: the first
//! 16 bytes of SHA-256 over `holdfast 1 records fingerprint` and bytes 0 to 88, as BIP-39 words. A new master secret has
//! new keys and another fingerprint, to be compared again.

use std::fmt;

use bip39::{Language, Mnemonic};

use super::{
    fields::Fields,
    label,
    pairs::{PUBLIC_BYTES, Pairs, PublicPairs, SIGNATURE_BYTES, Signed},
};
use crate::{Error, Result, UserId, cipher::KeyBytes, sha256, words::parse_words};

const START: &[u8; 6] = b"HFRP\x01\x01";
const SIGNED_BYTES: usize = 24 + PUBLIC_BYTES;
/// Bytes of a `public-key.blob`.
pub const PUBLIC_KEY_BYTES: usize = SIGNED_BYTES + SIGNATURE_BYTES;
/// Words of a fingerprint.
pub const FINGERPRINT_WORDS: usize = 12;
const FINGERPRINT_LABEL: &[u8] = b"holdfast 1 records fingerprint";
/// Where `public-key.blob` stands, below the user's folder.
pub const PUBLIC_KEY: &str = "public-key.blob";

/// A user's own key pairs. Sealing and signing are done here, so that no key byte leaves.
pub struct Identity {
    pub(super) user: [u8; 16],
    generation: u16,
    pub(super) pairs: Pairs,
}

impl Identity {
    pub(super) fn derive(user: [u8; 16], generation: u16, master: &KeyBytes) -> Result<Self> {
        let agreement = label::derive(master, label::AGREEMENT, &[])?;
        let signing = label::derive(master, label::SIGNING, &[])?;
        Ok(Self { user, generation, pairs: Pairs::of(&agreement, &signing)? })
    }

    pub(super) fn generation(&self) -> u16 {
        self.generation
    }

    fn signed(&self) -> [u8; SIGNED_BYTES] {
        let mut bytes = [0; SIGNED_BYTES];
        bytes[..6].copy_from_slice(START);
        bytes[6..8].copy_from_slice(&self.generation.to_be_bytes());
        bytes[8..24].copy_from_slice(&self.user);
        bytes[24..].copy_from_slice(&self.pairs.public().to_bytes());
        bytes
    }

    /// The content of `public-key.blob`.
    pub fn public_key_blob(&self) -> Result<Vec<u8>> {
        let signed = self.signed();
        let signature = self.pairs.sign(Signed::PublicKey, PUBLIC_KEY, &signed)?;
        Ok([signed.as_slice(), &signature].concat())
    }

    /// The words to read to somebody who wants to share, or to whom something is shared.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.signed())
    }

    /// Says that a device is this user's, for those who share a log with it.
    pub fn vouch_for(&self, device: &super::DevicePublic) -> Result<[u8; SIGNATURE_BYTES]> {
        self.pairs.sign(Signed::Device, "", &device.to_bytes())
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity(…)")
    }
}

/// A `public-key.blob` that fits together, of a user who nobody has vouched for. Only [`Self::confirm`] makes it usable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnconfirmedIdentity {
    public: PublicIdentity,
    fingerprint: Fingerprint,
}

impl UnconfirmedIdentity {
    /// Reads a `public-key.blob` and checks its signature.
    ///
    /// # Errors
    /// [`Error::CutShort`], [`Error::UnknownFormat`], [`Error::NoGeneration`], [`Error::Signature`].
    pub fn parse(blob: &[u8]) -> Result<Self> {
        let mut fields = Fields::new(blob);
        fields.expect(START)?;
        let generation = fields.u16()?;
        let (user, pairs) = (fields.array()?, PublicPairs::read(&mut fields)?);
        let signature: [u8; SIGNATURE_BYTES] = fields.array()?;
        fields.end()?;
        if generation == 0 {
            return Err(Error::NoGeneration);
        }
        let signed = &blob[..SIGNED_BYTES];
        pairs.verify(Signed::PublicKey, PUBLIC_KEY, signed, &signature)?;
        let public = PublicIdentity { user, generation, pairs };
        Ok(Self { public, fingerprint: Fingerprint::of(signed) })
    }

    /// The words that belong to it. Shown, they must be compared with what the other person reads from the own screen.
    pub fn fingerprint(&self) -> &Fingerprint {
        &self.fingerprint
    }

    /// Accepts it where a person has compared the words, now or when the fingerprint was kept.
    ///
    /// # Errors
    /// [`Error::OtherFingerprint`].
    pub fn confirm(self, known: &Fingerprint) -> Result<PublicIdentity> {
        match self.fingerprint == *known {
            true => Ok(self.public),
            false => Err(Error::OtherFingerprint),
        }
    }
}

/// Somebody whose fingerprint was compared: grants are made for them and taken from them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicIdentity {
    pub(super) user: [u8; 16],
    pub(super) generation: u16,
    pub(super) pairs: PublicPairs,
}

impl PublicIdentity {
    /// Names the user's folder.
    pub fn user_id(&self) -> UserId {
        UserId::of_bytes(&self.user)
    }

    /// The number of the master secret these keys come from.
    pub fn generation(&self) -> u16 {
        self.generation
    }

    /// Checks that this user said that the device is theirs.
    ///
    /// # Errors
    /// [`Error::Signature`].
    pub fn check_device(&self, device: &super::DevicePublic, signature: &[u8]) -> Result<()> {
        self.pairs.verify(Signed::Device, "", &device.to_bytes(), signature)
    }
}

/// Names public keys in a form that people can compare. Public, and worth keeping: what was compared once need not be
/// compared again until it changes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 16]);

impl Fingerprint {
    fn of(signed: &[u8]) -> Self {
        let digest = sha256(&[FINGERPRINT_LABEL, signed].concat());
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        Self(bytes)
    }

    /// Twelve words (BIP-39, English list), with one space between two.
    pub fn words(&self) -> Result<String> {
        let words = Mnemonic::from_entropy_in(Language::English, &self.0).map_err(|_| Error::WordChecksum)?;
        Ok(words.to_string())
    }

    /// A fingerprint from its words. Case and the kind of white space do not matter; order does.
    ///
    /// # Errors
    /// [`Error::WordCount`], [`Error::UnknownWord`], [`Error::WordChecksum`].
    pub fn from_words(words: &str) -> Result<Self> {
        Ok(Self(*parse_words::<FINGERPRINT_WORDS, 16>(words)?))
    }
}
