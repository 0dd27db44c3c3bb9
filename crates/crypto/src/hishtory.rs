//! The keys of a hishtory user, for its server and its bucket: HMAC-SHA256 and AES-256-GCM as hishtory has them.
//!
//! | what | how |
//! | --- | --- |
//! | user id, public | URL-safe base64 with padding of HMAC-SHA256(key: the secret, message: `user_id`) |
//! | key | HMAC-SHA256(key: the secret, message: `encryption_key`) |
//! | an entry | AES-256-GCM, a random nonce of 96 bits beside it, the user id's text as additional data |
//!
//! One key seals every entry of a user, so two nonces meet by chance after some four billion entries (SP 800-38D allows
//! 2³²). The format is hishtory's; nothing of ours is sealed this way.

use std::fmt;

use aws_lc_rs::hmac;
use base64::{Engine, prelude::BASE64_URL_SAFE};
use rand_core::CryptoRng;
use zeroize::{Zeroize, Zeroizing};

use crate::{
    Error, Result,
    cipher::{Cipher, KEY_BYTES, KeyBytes, NONCE_BYTES, random_bytes},
};

/// What hishtory calls the secret key: any text that is not empty. Wiped when dropped, never shown.
pub struct HishtorySecret(Zeroizing<String>);

impl HishtorySecret {
    /// Takes the text as it is: hishtory trims nothing.
    ///
    /// # Errors
    /// [`Error::EmptySecret`].
    pub fn new(text: Zeroizing<String>) -> Result<Self> {
        match text.is_empty() {
            true => Err(Error::EmptySecret),
            false => Ok(Self(text)),
        }
    }

    fn derive(&self, label: &str) -> KeyBytes {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.0.as_bytes());
        let mut bytes = Zeroizing::new([0; KEY_BYTES]);
        bytes.copy_from_slice(hmac::sign(&key, label.as_bytes()).as_ref());
        bytes
    }
}

impl fmt::Debug for HishtorySecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HishtorySecret(…)")
    }
}

/// An entry as hishtory's server and bucket hold it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HishtorySealed {
    /// Cipher text and tag.
    pub data: Vec<u8>,
    /// 12 bytes.
    pub nonce: Vec<u8>,
}

/// What comes from a hishtory secret. Sealing is done here, so that no key byte leaves.
pub struct HishtoryKeys {
    user_id: String,
    cipher: Cipher,
}

impl HishtoryKeys {
    /// Derives both.
    pub fn derive(secret: &HishtorySecret) -> Result<Self> {
        let mut id = secret.derive("user_id");
        let user_id = BASE64_URL_SAFE.encode(id.as_slice());
        id.zeroize();
        Ok(Self { user_id, cipher: Cipher::new(&secret.derive("encryption_key"))? })
    }

    /// Names the user at the server and in the bucket: 44 characters.
    pub fn user_id(&self) -> &str {
        &self.user_id
    }

    /// Seals an entry's JSON.
    pub fn seal(&self, plain: &[u8], random: &mut dyn CryptoRng) -> Result<HishtorySealed> {
        let nonce: [u8; NONCE_BYTES] = random_bytes(random);
        let data = self.cipher.seal(nonce, self.user_id.as_bytes(), plain)?;
        Ok(HishtorySealed { data, nonce: nonce.to_vec() })
    }

    /// An entry's JSON, or [`Error::Broken`].
    pub fn open(&self, sealed: &HishtorySealed) -> Result<Zeroizing<Vec<u8>>> {
        self.cipher.open(&sealed.nonce, self.user_id.as_bytes(), &sealed.data)
    }
}

impl fmt::Debug for HishtoryKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HishtoryKeys").field("user_id", &self.user_id).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use rand::{SeedableRng, rngs::StdRng};

    use super::*;

    fn secret(text: &str) -> HishtorySecret {
        HishtorySecret::new(Zeroizing::new(text.to_owned())).unwrap()
    }

    fn keys(text: &str) -> HishtoryKeys {
        HishtoryKeys::derive(&secret(text)).unwrap()
    }

    /// Printed by hishtory's own `data.UserId`, `data.EncryptionKey` and `data.Encrypt` (version 335) for "echo hello".
    const VECTORS: [(&str, &str, &str, &str, &str); 3] = [
        (
            "my secret",
            "8dAJiuUMfPZe8K7eClvDgbQwB8UYmciwwwpVnm6S44Q=",
            "1b495fea98541edea13e747931dd8e032f8bff14850ba06d48b31a70797aff06",
            "c15da541fd4c666f0f5ec328",
            "d78e90125d46f06ba5e4ab6b98eef9f1cf5ef7d0bff6ae54e844",
        ),
        (
            "8cd2e7d6-5a3a-4b3c-9a51-6f9a4d2f0c11",
            "B9-pQhiUICTuvLXo-A8_gPcZkDgsXiid-_m7VLsnDhY=",
            "90a438fddf5aa64b6879bc8cdae43f41c2605d5859ffe696f72772237fe3910b",
            "482da1e4af6d3c69018a7815",
            "9aa9c774734dfaed89f97bca6f4cd150b9c7ea1b502416355bb7",
        ),
        (
            "ключ 🔑",
            "_CEWyKiEi12Vq2TPJuFHUBZYdd6UpiC3_QkLUKs3b_0=",
            "662b33d41e27f406d73df228e06c4d9019a97fc60a4bdc44e10a482ad54a7131",
            "640679ddb35700dd4f289258",
            "3fdda797a24d35adcfe881ae88831ff1ff4a69f47905e8517af3",
        ),
    ];

    #[test]
    fn ids_keys_and_sealed_data_are_those_of_hishtory() {
        for (text, user_id, key, nonce, data) in VECTORS {
            let keys = keys(text);
            assert_eq!(keys.user_id(), user_id);
            assert_eq!(hex::encode(secret(text).derive("encryption_key").as_slice()), key);
            let sealed = HishtorySealed { data: hex::decode(data).unwrap(), nonce: hex::decode(nonce).unwrap() };
            assert_eq!(keys.open(&sealed).unwrap().as_slice(), b"echo hello");
            let nonce: [u8; NONCE_BYTES] = sealed.nonce.as_slice().try_into().unwrap();
            assert_eq!(keys.cipher.seal(nonce, user_id.as_bytes(), b"echo hello").unwrap(), sealed.data);
        }
    }

    #[test]
    fn what_was_changed_or_is_another_users_does_not_open() {
        let mut random = StdRng::seed_from_u64(1);
        let sealed = keys("a").seal(b"ls", &mut random).unwrap();
        assert_eq!(keys("a").open(&sealed).unwrap().as_slice(), b"ls");
        assert_ne!(keys("a").seal(b"ls", &mut random).unwrap(), sealed);
        assert_eq!(keys("b").open(&sealed).unwrap_err(), Error::Broken);
        for bit in 0..sealed.data.len() * 8 {
            let mut damaged = sealed.clone();
            damaged.data[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(keys("a").open(&damaged).unwrap_err(), Error::Broken, "bit {bit}");
        }
        for nonce in [vec![], vec![0; 11], vec![0; 13]] {
            let damaged = HishtorySealed { nonce, ..sealed.clone() };
            assert_eq!(keys("a").open(&damaged).unwrap_err(), Error::Broken);
        }
    }

    #[test]
    fn an_empty_secret_is_refused_and_none_shows_itself() {
        assert_eq!(HishtorySecret::new(Zeroizing::default()).unwrap_err(), Error::EmptySecret);
        let shown = format!("{:?} {:?}", secret("hunter2"), keys("hunter2"));
        assert!(
            !shown.contains("hunter2")
                && !shown.contains(&hex::encode(secret("hunter2").derive("encryption_key").as_slice()))
        );
    }
}
