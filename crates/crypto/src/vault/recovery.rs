//! The recovery code, and the keyring sealed under it. The code is random and not the master secret itself, so that it can
//! be changed.
//!
//! `master-key.blob`:
//!
//! ```text
//! offset  bytes
//!      0      4  "HFRM"
//!      4      1  format, 1
//!      5      1  derivation, 1: Argon2id (RFC 9106, version 0x13) of the code's 32 bytes, then AES-256-GCM
//!      6      2  zero
//!      8      4  memory in KiB, big endian
//!     12      4  passes, big endian
//!     16      4  lanes, big endian
//!     20     16  salt (random)
//!     36     12  nonce (random)
//!     48      …  keyring and its tag of 16 bytes
//! ```
//!
//! The seal authenticates `keys`, bytes 0 to 48 and the object's key. Parameters below the floor (64 MiB, 3 passes,
//! 1 lane) are refused, so that nobody can make a later sealing weak by putting a weak header in its place; above the
//! ceiling (1 GiB, 16 passes, 4 lanes) too, so that nobody can stop a recovery by making it endless.

use std::fmt;

use argon2::{Algorithm, Argon2, Block, Params, Version};
use rand_core::CryptoRng;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::{fields::Fields, keyring::Vault};
use crate::{
    Error, Result, UserSecret, WORDS,
    cipher::{Cipher, KEY_BYTES, KeyBytes, NONCE_BYTES, TAG_BYTES, random_bytes},
    envelope,
};

const START: &[u8; 8] = b"HFRM\x01\x01\x00\x00";
const SALT_BYTES: usize = 16;
const HEADER_BYTES: usize = 20 + SALT_BYTES + NONCE_BYTES;
/// Where `master-key.blob` stands, below the user's folder.
pub const MASTER_KEY: &str = "master-key.blob";
/// Words of a recovery code.
pub const RECOVERY_WORDS: usize = WORDS;

/// How costly it is to try a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Effort {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

impl Effort {
    /// The least that is accepted: 64 MiB, 3 passes, 1 lane (the second choice of RFC 9106, in one lane).
    pub const FLOOR: Self = Self { memory_kib: 64 << 10, passes: 3, lanes: 1 };
    /// The most that is accepted: 1 GiB, 16 passes, 4 lanes.
    pub const CEILING: Self = Self { memory_kib: 1 << 20, passes: 16, lanes: 4 };

    /// Memory in KiB, passes over it, lanes.
    ///
    /// # Errors
    /// [`Error::WeakEffort`] below [`Self::FLOOR`], [`Error::ExcessiveEffort`] above [`Self::CEILING`].
    pub fn new(memory_kib: u32, passes: u32, lanes: u32) -> Result<Self> {
        let (floor, ceiling) = (Self::FLOOR, Self::CEILING);
        if memory_kib < floor.memory_kib || passes < floor.passes || lanes < floor.lanes {
            return Err(Error::WeakEffort { memory_kib, passes, lanes });
        }
        if memory_kib > ceiling.memory_kib || passes > ceiling.passes || lanes > ceiling.lanes {
            return Err(Error::ExcessiveEffort { memory_kib, passes, lanes });
        }
        Ok(Self { memory_kib, passes, lanes })
    }

    /// The key for a code. The memory is wiped afterwards.
    fn key(self, code: &[u8; KEY_BYTES], salt: &[u8; SALT_BYTES]) -> Result<KeyBytes> {
        let params = Params::new(self.memory_kib, self.passes, self.lanes, Some(KEY_BYTES));
        let params = params.map_err(|_| Error::NotSealed)?;
        let count = params.block_count();
        let mut memory = Vec::new();
        memory.try_reserve_exact(count).map_err(|_| Error::NoMemory { kib: self.memory_kib })?;
        memory.resize(count, Block::new());
        let mut memory = Zeroizing::new(memory);
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let filled = argon2.hash_password_into_with_memory(code, salt, key.as_mut_slice(), memory.as_mut_slice());
        filled.map_err(|_| Error::NotSealed)?;
        Ok(key)
    }
}

/// Opens the vault where nothing else is left. For the eyes of the user only; wiped when dropped, never shown.
pub struct RecoveryCode(UserSecret);

impl RecoveryCode {
    /// A new code out of the generator.
    pub fn generate(random: &mut dyn CryptoRng) -> Self {
        Self(UserSecret::generate(random))
    }

    pub(super) fn of(bytes: [u8; KEY_BYTES]) -> Self {
        Self(UserSecret::from_bytes(bytes))
    }

    pub(super) fn expose(&self) -> &[u8; KEY_BYTES] {
        self.0.expose()
    }

    /// The code that the words stand for. Case and the kind of white space do not matter; order does.
    ///
    /// # Errors
    /// [`Error::WordCount`], [`Error::UnknownWord`], [`Error::WordChecksum`].
    pub fn from_words(words: &str) -> Result<Self> {
        Ok(Self(UserSecret::from_words(words)?))
    }

    /// The 24 words (BIP-39, English list), with one space between two.
    pub fn words(&self) -> Result<Zeroizing<String>> {
        self.0.words()
    }

    /// Whether somebody typed this very code.
    pub fn is(&self, typed: &Self) -> bool {
        self.expose().as_slice().ct_eq(typed.expose().as_slice()).into()
    }

    /// The content of `master-key.blob`. Takes as much memory and time as `effort` says: not for an async task.
    pub fn seal(&self, vault: &Vault, effort: Effort, random: &mut dyn CryptoRng) -> Result<Vec<u8>> {
        let header = MasterKeyHeader { effort, salt: random_bytes(random), nonce: random_bytes(random) };
        let key = effort.key(self.expose(), &header.salt)?;
        let plain = header.to_bytes();
        let sealed = Cipher::new(&key)?.seal(header.nonce, &context(&plain), &vault.to_bytes())?;
        Ok([plain.as_slice(), &sealed].concat())
    }

    /// Whether these bytes can be a `master-key.blob` at all, by their header and their length. Costs nothing, and needs no
    /// code; that one opens them it does not say.
    ///
    /// # Errors
    /// [`Error::UnknownFormat`], [`Error::CutShort`], [`Error::WeakEffort`], [`Error::ExcessiveEffort`].
    pub fn look_at(blob: &[u8]) -> Result<()> {
        let (_, sealed) = MasterKeyHeader::parse(blob)?;
        match Vault::is_length(sealed.len().saturating_sub(TAG_BYTES)) {
            true => Ok(()),
            false => Err(Error::CutShort { bytes: blob.len() }),
        }
    }

    /// Opens `master-key.blob`. Takes as much memory and time as its header says: not for an async task.
    ///
    /// # Errors
    /// [`Error::WeakEffort`], [`Error::ExcessiveEffort`], [`Error::NoMemory`], and [`Error::WrongCode`] when the code is
    /// another one or the blob was changed, which cannot be told apart.
    pub fn open(&self, blob: &[u8]) -> Result<Vault> {
        let (header, sealed) = MasterKeyHeader::parse(blob)?;
        let key = header.effort.key(self.expose(), &header.salt)?;
        let opened = Cipher::new(&key)?.open(&header.nonce, &context(&header.to_bytes()), sealed);
        Vault::from_bytes(&opened.map_err(|_| Error::WrongCode)?)
    }
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCode(…)")
    }
}

pub(super) struct MasterKeyHeader {
    effort: Effort,
    salt: [u8; SALT_BYTES],
    nonce: [u8; NONCE_BYTES],
}

impl MasterKeyHeader {
    pub(super) fn to_bytes(&self) -> [u8; HEADER_BYTES] {
        let mut bytes = [0; HEADER_BYTES];
        bytes[..8].copy_from_slice(START);
        bytes[8..12].copy_from_slice(&self.effort.memory_kib.to_be_bytes());
        bytes[12..16].copy_from_slice(&self.effort.passes.to_be_bytes());
        bytes[16..20].copy_from_slice(&self.effort.lanes.to_be_bytes());
        bytes[20..36].copy_from_slice(&self.salt);
        bytes[36..].copy_from_slice(&self.nonce);
        bytes
    }

    /// The header, and the sealed keyring. Nothing costly is done for bytes that cannot be a `master-key.blob`.
    pub(super) fn parse(blob: &[u8]) -> Result<(Self, &[u8])> {
        let mut fields = Fields::new(blob);
        fields.expect(START)?;
        let effort = Effort::new(fields.u32()?, fields.u32()?, fields.u32()?)?;
        let header = Self { effort, salt: fields.array()?, nonce: fields.array()? };
        let sealed = fields.all_but(0)?;
        match sealed.len() > TAG_BYTES {
            true => Ok((header, sealed)),
            false => Err(Error::CutShort { bytes: blob.len() }),
        }
    }
}

fn context(header: &[u8]) -> Vec<u8> {
    envelope::context(b"keys", header, MASTER_KEY)
}
