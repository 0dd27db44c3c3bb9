//! The keyring of a user: a name and all master secrets. Everything else of a vault comes from it.
//!
//! Kept in the keychain and sealed in `master-key.blob` as:
//!
//! ```text
//! offset  bytes
//!      0      1  format, 1
//!      1     16  user id
//!     17      2  how many master secrets, big endian
//!     19   32 each  the secrets, generation 1 first
//! ```

use std::fmt;

use rand_core::CryptoRng;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::{
    fields::Fields,
    generation::{Generation, MemberId},
    identity::Identity,
    label,
    member::MemberKeys,
};
use crate::{
    Error, Result, UserId, UserKeys, UserSecret,
    cipher::{KEY_BYTES, KeyBytes, random_bytes},
};

const FORMAT: u8 = 1;
/// Format, user id and count.
const BEFORE_MASTERS: usize = 1 + 16 + 2;

/// All that a user's devices share. Wiped when dropped, never shown; its bytes are for the keychain alone.
pub struct Vault {
    user: [u8; 16],
    user_id: UserId,
    /// Generation 1 first; never empty.
    masters: Vec<KeyBytes>,
}

impl Vault {
    /// A new vault with one master secret, which gives it its name for good.
    pub fn create(random: &mut dyn CryptoRng) -> Result<Self> {
        Self::from_first(Zeroizing::new(random_bytes(random)))
    }

    pub(super) fn from_first(master: KeyBytes) -> Result<Self> {
        Self::of(vec![master])
    }

    fn of(masters: Vec<KeyBytes>) -> Result<Self> {
        let first = masters.first().ok_or(Error::NoGeneration)?;
        let user = *label::derive::<16>(first, label::USER_ID, &[])?;
        Ok(Self { user, user_id: UserId::of_bytes(&user), masters })
    }

    /// The same vault with one more master secret, which seals from now on. Who holds the former ones alone learns nothing
    /// of it.
    ///
    /// # Errors
    /// [`Error::NoGeneration`] when all numbers are used up.
    pub fn rotated(&self, random: &mut dyn CryptoRng) -> Result<Self> {
        if self.masters.len() == usize::from(u16::MAX) {
            return Err(Error::NoGeneration);
        }
        let mut masters = self.masters.clone();
        masters.push(Zeroizing::new(random_bytes(random)));
        Self::of(masters)
    }

    /// The bytes, for the keychain.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(BEFORE_MASTERS + KEY_BYTES * self.masters.len()));
        bytes.push(FORMAT);
        bytes.extend_from_slice(&self.user);
        bytes.extend_from_slice(&self.generation().to_be_bytes());
        for master in &self.masters {
            bytes.extend_from_slice(master.as_slice());
        }
        bytes
    }

    /// What [`Self::to_bytes`] made.
    ///
    /// # Errors
    /// [`Error::CutShort`], [`Error::UnknownFormat`], [`Error::NoGeneration`] without a secret, and [`Error::OtherUser`]
    /// when the name is not that of the first secret.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let mut fields = Fields::new(bytes);
        fields.expect(&[FORMAT])?;
        let user: [u8; 16] = fields.array()?;
        let count = fields.u16()?;
        let masters = (0..count).map(|_| Ok(Zeroizing::new(fields.array()?))).collect::<Result<_>>()?;
        fields.end()?;
        let vault = Self::of(masters)?;
        match vault.user == user {
            true => Ok(vault),
            false => Err(Error::OtherUser { found: hex::encode(user) }),
        }
    }

    /// Whether a keyring can have so many bytes.
    pub(super) fn is_length(bytes: usize) -> bool {
        let masters = bytes.checked_sub(BEFORE_MASTERS);
        masters.is_some_and(|masters| masters > 0 && masters % KEY_BYTES == 0)
    }

    /// Whether this is `known`, or what `known` became by new master secrets.
    pub(super) fn continues(&self, known: &Self) -> bool {
        let same = |(ours, theirs): (&KeyBytes, &KeyBytes)| bool::from(ours.as_slice().ct_eq(theirs.as_slice()));
        self.masters.len() >= known.masters.len() && self.masters.iter().zip(&known.masters).all(same)
    }

    /// Names the user's folder.
    pub fn user_id(&self) -> &UserId {
        &self.user_id
    }

    /// The number of the master secret that seals, from 1.
    pub fn generation(&self) -> u16 {
        // `rotated` and `from_bytes` keep the count within u16.
        u16::try_from(self.masters.len()).unwrap_or(u16::MAX)
    }

    pub(super) fn master(&self, generation: u16) -> Result<&KeyBytes> {
        let index = usize::from(generation).checked_sub(1).ok_or(Error::NoGeneration)?;
        self.masters.get(index).ok_or(Error::NoGeneration)
    }

    /// The keys of the user's own log: the current master secret's seals, all open.
    pub fn log_keys(&self) -> Result<UserKeys> {
        log_keyring(self.user_id.clone(), &self.masters)
    }

    /// As [`Self::log_keys`], of one generation alone: what these open was sealed by somebody who holds that very secret.
    ///
    /// # Errors
    /// [`Error::NoGeneration`].
    pub fn log_keys_of(&self, generation: u16) -> Result<UserKeys> {
        log_keyring(self.user_id.clone(), [self.master(generation)?])
    }

    /// A member's keys: all `generations` that the member has had, in any order. The greatest seals.
    ///
    /// # Errors
    /// [`Error::NoGeneration`] for none, or one of a master secret that is not here.
    pub fn member(&self, member: MemberId, generations: &[Generation]) -> Result<MemberKeys> {
        let key = |generation: &Generation| -> Result<(Generation, KeyBytes)> {
            let master = self.master(generation.master())?;
            let what = [member.0.as_slice(), &generation.to_bytes()].concat();
            Ok((*generation, label::derive(master, label::MEMBER_KEY, &what)?))
        };
        MemberKeys::of(member, generations.iter().map(key).collect::<Result<_>>()?)
    }

    /// What the user is known by to others, with the current master secret.
    pub fn identity(&self) -> Result<Identity> {
        self.identity_of(self.generation())
    }

    /// What the user was known by with an earlier master secret: opens grants that were made then.
    ///
    /// # Errors
    /// [`Error::NoGeneration`].
    pub fn identity_of(&self, generation: u16) -> Result<Identity> {
        Identity::derive(self.user, generation, self.master(generation)?)
    }
}

/// The keys of a log, from secrets of which the last is the current one.
pub(super) fn log_keyring<'a>(folder: UserId, secrets: impl IntoIterator<Item = &'a KeyBytes>) -> Result<UserKeys> {
    let derived = secrets.into_iter().map(|secret| label::derive::<KEY_BYTES>(secret, label::LOG, &[]));
    let mut secrets = derived.map(|key| Ok(UserSecret::from_bytes(*key?))).collect::<Result<Vec<_>>>()?;
    let current = secrets.pop().ok_or(Error::NoGeneration)?;
    UserKeys::keyring(folder, &current, &secrets)
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault(…)")
    }
}
