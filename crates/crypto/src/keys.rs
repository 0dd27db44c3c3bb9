//! What comes from a user's secret: the public names, and the keys that stay inside.

use std::fmt;

use rand_core::CryptoRng;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::{
    Error, Result, UserSecret,
    cipher::{Cipher, KeyBytes, NONCE_BYTES, derive, random_bytes},
};

const SALT: &[u8] = b"holdfast";

/// Names a user without telling anything of the secret: 32 characters of hex.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UserId(String);

impl UserId {
    /// The id as keys have it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Names the key that wraps data keys. Public.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyId(pub(crate) [u8; 8]);

/// Equal for equal secrets. Public: it can be kept beside the data to recognise a wrong secret at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyCheck(String);

impl KeyCheck {
    /// 32 characters of hex.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The keys of a user. Sealing is done here, so that no key byte leaves.
pub struct UserKeys {
    user_id: UserId,
    key_id: KeyId,
    check: KeyCheck,
    pub(crate) wrapping: Cipher,
    values: Cipher,
}

impl UserKeys {
    /// Derives all keys of a user.
    pub fn derive(secret: &UserSecret) -> Result<Self> {
        let secret = secret.expose();
        let key = |label: &[u8]| -> Result<Cipher> {
            let bytes: KeyBytes = derive(SALT, secret, label)?;
            Cipher::new(&bytes)
        };
        Ok(Self {
            user_id: UserId(hex::encode(derive::<16>(SALT, secret, b"holdfast 1 user id")?.as_slice())),
            key_id: KeyId(*derive::<8>(SALT, secret, b"holdfast 1 key id")?),
            check: KeyCheck(hex::encode(derive::<16>(SALT, secret, b"holdfast 1 key check")?.as_slice())),
            wrapping: key(b"holdfast 1 segment keys")?,
            values: key(b"holdfast 1 small values")?,
        })
    }

    /// Who this is.
    pub fn user_id(&self) -> &UserId {
        &self.user_id
    }

    /// Which key wraps data keys.
    pub fn key_id(&self) -> KeyId {
        self.key_id
    }

    /// What to keep beside data to recognise a wrong secret.
    pub fn check(&self) -> &KeyCheck {
        &self.check
    }

    /// Whether a check value that was kept is that of this secret.
    pub fn fits(&self, kept: &str) -> bool {
        self.check.0.as_bytes().ct_eq(kept.as_bytes()).into()
    }

    /// Seals a short value: 12 bytes of nonce, cipher text, tag. `context` is authenticated and not stored.
    pub fn seal_value(&self, context: &[u8], plain: &[u8], random: &mut dyn CryptoRng) -> Result<Vec<u8>> {
        let nonce: [u8; NONCE_BYTES] = random_bytes(random);
        let mut sealed = nonce.to_vec();
        sealed.extend(self.values.seal(nonce, context, plain)?);
        Ok(sealed)
    }

    /// Opens what [`Self::seal_value`] made with the same context.
    pub fn open_value(&self, context: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        let (nonce, sealed) = sealed.split_at_checked(NONCE_BYTES).ok_or(Error::CutShort { bytes: sealed.len() })?;
        self.values.open(nonce, context, sealed)
    }
}

impl fmt::Debug for UserKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserKeys").field("user_id", &self.user_id).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use rand::{SeedableRng, rngs::StdRng};

    use super::*;

    fn keys(byte: u8) -> UserKeys {
        UserKeys::derive(&UserSecret::from_bytes([byte; 32])).unwrap()
    }

    #[test]
    fn equal_secrets_are_one_user_and_another_is_told_at_once() {
        assert_eq!(keys(1).user_id(), keys(1).user_id());
        assert_ne!(keys(1).user_id(), keys(2).user_id());
        assert!(keys(1).fits(keys(1).check().as_str()));
        for wrong in [keys(2).check().as_str(), "", "0"] {
            assert!(!keys(1).fits(wrong));
        }
    }

    #[test]
    fn names_and_keys_of_a_secret_never_change() {
        // Computed with another HKDF (Python's hmac): a change here makes every log unreadable.
        let keys = keys(0);
        assert_eq!(keys.user_id().as_str(), "054e4f57c990479ca66cc121004e0ea1");
        assert_eq!(hex::encode(keys.key_id().0), "1cb15c020788d99a");
        assert_eq!(keys.check().as_str(), "00cc27790b15cdc58c0edafc5dd79990");
    }

    #[test]
    fn a_value_opens_only_with_its_key_and_context() {
        let mut random = StdRng::seed_from_u64(1);
        let sealed = keys(1).seal_value(b"a", b"laptop", &mut random).unwrap();
        assert_eq!(keys(1).open_value(b"a", &sealed).unwrap().as_slice(), b"laptop");
        assert_eq!(keys(1).open_value(b"b", &sealed).unwrap_err(), Error::Broken);
        assert_eq!(keys(2).open_value(b"a", &sealed).unwrap_err(), Error::Broken);
        assert_eq!(keys(1).open_value(b"a", &sealed[..5]).unwrap_err(), Error::CutShort { bytes: 5 });
    }

    #[test]
    fn keys_do_not_show_themselves() {
        assert_eq!(
            format!("{:?}", keys(1)),
            format!("UserKeys {{ user_id: UserId({:?}), .. }}", keys(1).user_id().as_str())
        );
    }
}
