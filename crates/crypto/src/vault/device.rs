//! A device's own key pairs, random and kept in its keychain: it is handed the vault's new secrets, and signs the head of
//! its log.
//!
//! `keyring/{generation}/{device id}.blob`, by which a device that stays learns a new master secret (the records keep those
//! of one generation together in one object, and bind each to this name):
//!
//! ```text
//! offset  bytes
//!      0      4  "HFRK"
//!      4      1  format, 1
//!      5      1  suite, 1: as a grant's
//!      6      2  zero
//!      8     16  device that hands over (UUID)
//!     24     16  device that it is for (UUID)
//!     40     32  encapsulated key
//!     72      …  the keyring, sealed, and its tag of 16 bytes
//!    end     64  Ed25519 signature of everything before, by the device that hands over
//! ```
//!
//! HPKE's `info` is `holdfast 1 records keyring` and the object's key below the user's folder, its associated data bytes 0
//! to 40. A revoked device holds everything up to its revocation: it cannot open what comes after, and the signature keeps
//! it from making a keyring that others take, as long as they believe devices that were not revoked only.

use std::fmt;

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::{
    fields::Fields,
    keyring::Vault,
    pairs::{PUBLIC_BYTES, Pairs, PublicPairs, SIGNATURE_BYTES, Signed},
};
use crate::{
    Error, Result,
    cipher::{KEY_BYTES, random_bytes},
};

const START: &[u8; 8] = b"HFRK\x01\x01\x00\x00";
const HEADER_BYTES: usize = 40;
const INFO: &[u8] = b"holdfast 1 records keyring";
const FORMAT: u8 = 1;
/// Bytes of a device's own keys, for the keychain.
pub const DEVICE_KEYS_BYTES: usize = 1 + 16 + 2 * KEY_BYTES;
/// Bytes of a device's public keys.
pub const DEVICE_PUBLIC_BYTES: usize = 16 + PUBLIC_BYTES;

/// A device's own key pairs. Wiped when dropped, never shown; the bytes are for the keychain alone.
pub struct DeviceKeys {
    device: [u8; 16],
    secret: Zeroizing<[u8; 2 * KEY_BYTES]>,
    pairs: Pairs,
}

impl DeviceKeys {
    /// New pairs for the device with this id (UUID).
    pub fn generate(device: [u8; 16], random: &mut dyn CryptoRng) -> Result<Self> {
        Self::of(device, Zeroizing::new(random_bytes(random)))
    }

    fn of(device: [u8; 16], secret: Zeroizing<[u8; 2 * KEY_BYTES]>) -> Result<Self> {
        let (mut agreement, mut signing) = (Zeroizing::new([0; KEY_BYTES]), Zeroizing::new([0; KEY_BYTES]));
        agreement.copy_from_slice(&secret[..KEY_BYTES]);
        signing.copy_from_slice(&secret[KEY_BYTES..]);
        let pairs = Pairs::of(&agreement, &signing)?;
        Ok(Self { device, secret, pairs })
    }

    /// The bytes, for the keychain: format 1, device id 16, X25519 secret key 32, Ed25519 seed 32.
    pub fn to_bytes(&self) -> Zeroizing<[u8; DEVICE_KEYS_BYTES]> {
        let mut bytes = Zeroizing::new([0; DEVICE_KEYS_BYTES]);
        bytes[0] = FORMAT;
        bytes[1..17].copy_from_slice(&self.device);
        bytes[17..].copy_from_slice(self.secret.as_slice());
        bytes
    }

    /// What [`Self::to_bytes`] made.
    ///
    /// # Errors
    /// [`Error::CutShort`], [`Error::UnknownFormat`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let mut fields = Fields::new(bytes);
        fields.expect(&[FORMAT])?;
        let (device, secret) = (fields.array()?, Zeroizing::new(fields.array()?));
        fields.end()?;
        Self::of(device, secret)
    }

    /// The public half, for the log.
    pub fn public(&self) -> DevicePublic {
        DevicePublic { device: self.device, pairs: self.pairs.public() }
    }

    /// Signs the head of this device's log.
    pub fn sign_log_head(&self, head: &[u8]) -> Result<[u8; SIGNATURE_BYTES]> {
        self.pairs.sign(Signed::LogHead, "", &[self.device.as_slice(), head].concat())
    }

    /// Seals the keyring for another device of the same user. `object_key` is where it will stand, below the user's folder.
    pub fn hand_over(
        &self,
        vault: &Vault,
        to: &DevicePublic,
        object_key: &str,
        random: &mut dyn CryptoRng,
    ) -> Result<Vec<u8>> {
        let header = [START.as_slice(), &self.device, &to.device].concat();
        let sealed = to.pairs.seal_to(&info(object_key), &header, &vault.to_bytes(), random)?;
        let signed = [header.as_slice(), &sealed].concat();
        let signature = self.pairs.sign(Signed::Handover, object_key, &signed)?;
        Ok([signed.as_slice(), &signature].concat())
    }

    /// Checks and opens a keyring that was found under `object_key`. `from` must be a device that is known and was not
    /// revoked; `known` is the vault as this device has it, of which the result is a continuation.
    ///
    /// # Errors
    /// [`Error::OtherDevice`], [`Error::Signature`], [`Error::NotForUs`], and [`Error::NotContinued`] when what is inside
    /// does not begin with the secrets that are known.
    pub fn take_over(&self, known: &Vault, from: &DevicePublic, object_key: &str, blob: &[u8]) -> Result<Vault> {
        let mut fields = Fields::new(blob);
        fields.expect(START)?;
        for expected in [from.device, self.device] {
            let found: [u8; 16] = fields.array()?;
            if found != expected {
                return Err(Error::OtherDevice { found: hex::encode(found) });
            }
        }
        let sealed = fields.all_but(SIGNATURE_BYTES)?;
        let signature: [u8; SIGNATURE_BYTES] = fields.array()?;
        let signed = &blob[..blob.len() - SIGNATURE_BYTES];
        from.pairs.verify(Signed::Handover, object_key, signed, &signature)?;
        let vault = Vault::from_bytes(&self.pairs.open(&info(object_key), &blob[..HEADER_BYTES], sealed)?)?;
        match vault.continues(known) {
            true => Ok(vault),
            false => Err(Error::NotContinued),
        }
    }
}

fn info(object_key: &str) -> Vec<u8> {
    [INFO, object_key.as_bytes()].concat()
}

impl fmt::Debug for DeviceKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeviceKeys(…)")
    }
}

/// A device's public keys, as its log's sealed entries name them. Believed because the log is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DevicePublic {
    device: [u8; 16],
    pairs: PublicPairs,
}

impl DevicePublic {
    /// The device's id (UUID).
    pub fn device(&self) -> [u8; 16] {
        self.device
    }

    /// Device id 16, X25519 32, Ed25519 32.
    pub fn to_bytes(&self) -> [u8; DEVICE_PUBLIC_BYTES] {
        let mut bytes = [0; DEVICE_PUBLIC_BYTES];
        bytes[..16].copy_from_slice(&self.device);
        bytes[16..].copy_from_slice(&self.pairs.to_bytes());
        bytes
    }

    /// What [`Self::to_bytes`] made.
    ///
    /// # Errors
    /// [`Error::CutShort`], [`Error::UnknownFormat`] when there is more.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let mut fields = Fields::new(bytes);
        let public = Self { device: fields.array()?, pairs: PublicPairs::read(&mut fields)? };
        fields.end()?;
        Ok(public)
    }

    /// Checks that the device signed this head of its log.
    ///
    /// # Errors
    /// [`Error::Signature`].
    pub fn check_log_head(&self, head: &[u8], signature: &[u8]) -> Result<()> {
        self.pairs.verify(Signed::LogHead, "", &[self.device.as_slice(), head].concat(), signature)
    }
}
