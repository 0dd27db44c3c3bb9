//! What comes from a user's secrets: the public names, and the keys that stay inside. One secret is current and seals;
//! former ones only open.

use std::fmt;

use rand_core::CryptoRng;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::{
    Error, Result, UserSecret,
    cipher::{Cipher, KeyBytes, NONCE_BYTES, derive, random_bytes},
};

const SALT: &[u8] = b"holdfast";

/// Names a user's folder without telling anything of the secret: 32 characters of hex, or a name that was given.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UserId(String);

impl UserId {
    /// A folder that was named before: 1 to 64 of `a` to `z`, `0` to `9` and `-`.
    ///
    /// # Errors
    /// [`Error::UnfitName`].
    pub fn named(name: &str) -> Result<Self> {
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        match (1..=64).contains(&name.len()) && name.bytes().all(fits) {
            true => Ok(Self(name.to_owned())),
            false => Err(Error::UnfitName),
        }
    }

    pub(crate) fn of_bytes(bytes: &[u8; 16]) -> Self {
        Self(hex::encode(bytes))
    }

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

/// What comes from one secret.
pub(crate) struct KeySet {
    id: KeyId,
    check: KeyCheck,
    pub(crate) wrapping: Cipher,
    values: Cipher,
}

impl KeySet {
    fn derive(secret: &UserSecret) -> Result<Self> {
        let secret = secret.expose();
        let key = |label: &[u8]| -> Result<Cipher> {
            let bytes: KeyBytes = derive(SALT, secret, label)?;
            Cipher::new(&bytes)
        };
        Ok(Self {
            id: KeyId(*derive::<8>(SALT, secret, b"holdfast 1 key id")?),
            check: KeyCheck(hex::encode(derive::<16>(SALT, secret, b"holdfast 1 key check")?.as_slice())),
            wrapping: key(b"holdfast 1 segment keys")?,
            values: key(b"holdfast 1 small values")?,
        })
    }
}

/// The keys of a user: one set that seals and opens, former ones that only open. Sealing is done here, so that no key byte
/// leaves.
pub struct UserKeys {
    user_id: UserId,
    pub(crate) current: KeySet,
    former: Vec<KeySet>,
}

impl UserKeys {
    /// The keys of a user who has one secret, which names the user as well.
    pub fn derive(secret: &UserSecret) -> Result<Self> {
        let id = derive::<16>(SALT, secret.expose(), b"holdfast 1 user id")?;
        Self::keyring(UserId::of_bytes(&id), secret, &[])
    }

    /// The keys of a user whose name stays while secrets change.
    pub fn keyring(user_id: UserId, current: &UserSecret, former: &[UserSecret]) -> Result<Self> {
        let former = former.iter().map(KeySet::derive).collect::<Result<_>>()?;
        Ok(Self { user_id, current: KeySet::derive(current)?, former })
    }

    fn sets(&self) -> impl Iterator<Item = &KeySet> {
        std::iter::once(&self.current).chain(&self.former)
    }

    pub(crate) fn with_id(&self, id: KeyId) -> Option<&KeySet> {
        self.sets().find(|set| set.id == id)
    }

    /// From 1 for the first key.
    pub(crate) fn position(&self, id: KeyId) -> Option<usize> {
        let found = self.former.iter().chain([&self.current]).position(|set| set.id == id)?;
        Some(found + 1)
    }

    /// The number of the key that seals, from 1.
    pub fn generation(&self) -> usize {
        self.former.len() + 1
    }

    /// Who this is.
    pub fn user_id(&self) -> &UserId {
        &self.user_id
    }

    /// Which key wraps data keys from now on.
    pub fn key_id(&self) -> KeyId {
        self.current.id
    }

    /// What to keep beside data to recognise a wrong secret: that of the current one.
    pub fn check(&self) -> &KeyCheck {
        &self.current.check
    }

    /// Whether a check value that was kept is that of the current secret or of a former one.
    pub fn fits(&self, kept: &str) -> bool {
        let fits = |set: &KeySet| bool::from(set.check.0.as_bytes().ct_eq(kept.as_bytes()));
        self.sets().fold(false, |found, set| found | fits(set))
    }

    /// Seals a short value: 12 bytes of nonce, cipher text, tag. `context` is authenticated and not stored.
    pub fn seal_value(&self, context: &[u8], plain: &[u8], random: &mut dyn CryptoRng) -> Result<Vec<u8>> {
        let nonce: [u8; NONCE_BYTES] = random_bytes(random);
        let mut sealed = nonce.to_vec();
        sealed.extend(self.current.values.seal(nonce, context, plain)?);
        Ok(sealed)
    }

    /// Opens what [`Self::seal_value`] made with the same context. A value names no key: all are tried.
    pub fn open_value(&self, context: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        let (nonce, sealed) = sealed.split_at_checked(NONCE_BYTES).ok_or(Error::CutShort { bytes: sealed.len() })?;
        self.sets().find_map(|set| set.values.open(nonce, context, sealed).ok()).ok_or(Error::Broken)
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
    fn a_keyring_keeps_its_name_seals_with_the_current_key_and_opens_with_all() {
        let secret = |byte| UserSecret::from_bytes([byte; 32]);
        let name = UserId::named("anna").unwrap();
        let ring = UserKeys::keyring(name.clone(), &secret(3), &[secret(1), secret(2)]).unwrap();
        assert_eq!((ring.user_id(), ring.key_id(), ring.check()), (&name, keys(3).key_id(), keys(3).check()));
        let mut random = StdRng::seed_from_u64(1);
        for (byte, fits) in [(1, true), (2, true), (3, true), (4, false)] {
            assert_eq!(ring.fits(keys(byte).check().as_str()), fits);
            let sealed = keys(byte).seal_value(b"a", b"laptop", &mut random).unwrap();
            assert_eq!(ring.open_value(b"a", &sealed).is_ok(), fits);
        }
        let sealed = ring.seal_value(b"a", b"laptop", &mut random).unwrap();
        assert!(keys(3).open_value(b"a", &sealed).is_ok());
        assert_eq!(keys(1).open_value(b"a", &sealed).unwrap_err(), Error::Broken);
    }

    #[test]
    fn a_name_is_one_plain_folder() {
        for name in ["anna", "054e4f57c990479ca66cc121004e0ea1", "0e37df36-f698-11e6-8dd4-cb9ced3df976"] {
            assert_eq!(UserId::named(name).unwrap().as_str(), name);
        }
        for name in ["", "a/b", "..", "Anna", "ä", "a b", &"a".repeat(65)] {
            assert_eq!(UserId::named(name).unwrap_err(), Error::UnfitName);
        }
    }

    #[test]
    fn keys_do_not_show_themselves() {
        assert_eq!(
            format!("{:?}", keys(1)),
            format!("UserKeys {{ user_id: UserId({:?}), .. }}", keys(1).user_id().as_str())
        );
    }
}
