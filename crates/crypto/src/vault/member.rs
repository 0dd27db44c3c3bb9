//! The keys of one member: what seals and opens the blobs of one person's records, and names the attachments.

use std::fmt;

use aws_lc_rs::hmac;
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::{
    generation::{Generation, MemberId},
    header::{Header, Purpose},
    keyring::log_keyring,
    label,
};
use crate::{
    Error, KeyId, Result, UserId, UserKeys,
    cipher::{Cipher, KEY_BYTES, KeyBytes},
    envelope,
};

/// What comes from a member's key of one generation.
pub(super) struct KeySet {
    pub(super) generation: Generation,
    pub(super) secret: KeyBytes,
    pub(super) id: KeyId,
    blobs: Cipher,
    pub(super) streams: Cipher,
    names: hmac::Key,
}

impl KeySet {
    fn derive(generation: Generation, secret: KeyBytes) -> Result<Self> {
        let key = |label: &[u8]| label::derive::<KEY_BYTES>(&secret, label, &[]);
        let cipher = |label: &[u8]| key(label).and_then(|key| Cipher::new(&key));
        Ok(Self {
            generation,
            id: KeyId(*label::derive::<8>(&secret, label::KEY_ID, &[])?),
            blobs: cipher(label::BLOBS)?,
            streams: cipher(label::STREAMS)?,
            names: hmac::Key::new(hmac::HMAC_SHA256, key(label::NAMES)?.as_slice()),
            secret,
        })
    }
}

/// A member's keys of all generations that are known here: the latest seals, all open. An owner has them from the
/// [`Vault`](super::Vault), somebody else from a [`Grant`](super::Grant).
///
/// A key of a former generation still opens, so somebody whose access ended can still make blobs of that generation: which
/// blobs belong to a record is told by the log, not by the seal.
pub struct MemberKeys {
    member: MemberId,
    /// By generation, ascending; never empty.
    sets: Vec<KeySet>,
}

impl MemberKeys {
    pub(super) fn of(member: MemberId, mut keys: Vec<(Generation, KeyBytes)>) -> Result<Self> {
        keys.sort_by_key(|(generation, _)| *generation);
        keys.dedup_by_key(|(generation, _)| *generation);
        let sets: Vec<KeySet> = keys.into_iter().map(|(at, key)| KeySet::derive(at, key)).collect::<Result<_>>()?;
        match sets.is_empty() {
            true => Err(Error::NoGeneration),
            false => Ok(Self { member, sets }),
        }
    }

    pub(super) fn sets(&self) -> &[KeySet] {
        &self.sets
    }

    pub(super) fn current(&self) -> Result<&KeySet> {
        self.sets.last().ok_or(Error::NoGeneration)
    }

    /// The set that a header names.
    pub(super) fn set_of(&self, header: &Header) -> Result<&KeySet> {
        let found = self.sets.iter().find(|set| set.generation == header.generation);
        let set = found.ok_or(Error::UnknownGeneration { found: header.generation })?;
        match set.id == header.key {
            true => Ok(set),
            false => Err(Error::OtherKey { found: hex::encode(header.key.0) }),
        }
    }

    /// Whose keys these are.
    pub fn member(&self) -> MemberId {
        self.member
    }

    /// All generations that open, ascending; the last one seals.
    pub fn generations(&self) -> impl Iterator<Item = Generation> {
        self.sets.iter().map(|set| set.generation)
    }

    /// Seals a profile, a version of a record or an attachment's metadata. `object_key` is where it will stand, below the
    /// user's folder.
    pub fn seal_blob(
        &self,
        purpose: Purpose,
        object_key: &str,
        plain: &[u8],
        random: &mut dyn CryptoRng,
    ) -> Result<Vec<u8>> {
        let set = self.current()?;
        let header = Header { purpose: purpose.code(), key: set.id, generation: set.generation };
        envelope::seal(&set.blobs, &header.to_bytes(), object_key, plain, random)
    }

    /// Opens a blob that was found under `object_key`.
    ///
    /// # Errors
    /// [`Error::UnknownGeneration`] when it was sealed with a key of this member that is not here (yet),
    /// [`Error::OtherKey`] with another member's key, [`Error::OtherPurpose`], and [`Error::Broken`] when it was changed or
    /// stands in another place.
    pub fn open_blob(&self, purpose: Purpose, object_key: &str, blob: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        let (header, rest) = Header::parse_for(purpose.code(), blob)?;
        envelope::open(&self.set_of(&header)?.blobs, &header.to_bytes(), object_key, rest)
    }

    /// Whether a blob or an attachment's beginning says that the key which seals now sealed it. When not, it is to be sealed
    /// again. What it says is believed only once it was opened.
    pub fn is_current(&self, blob: &[u8]) -> Result<bool> {
        Ok(Header::parse(blob)?.0.key == self.current()?.id)
    }

    /// Names an attachment by its content, with the key that seals now.
    pub fn namer(&self) -> Result<AttachmentNamer> {
        Ok(AttachmentNamer(hmac::Context::with_key(&self.current()?.names)))
    }

    /// Names an attachment as it was named with an earlier key, to find one that is there already.
    ///
    /// # Errors
    /// [`Error::UnknownGeneration`].
    pub fn namer_of(&self, generation: Generation) -> Result<AttachmentNamer> {
        let set = self.sets.iter().find(|set| set.generation == generation);
        let set = set.ok_or(Error::UnknownGeneration { found: generation })?;
        Ok(AttachmentNamer(hmac::Context::with_key(&set.names)))
    }

    /// The keys of the log that this member's owner and grantees share. `folder` is the log's own.
    pub fn log_keys(&self, folder: UserId) -> Result<UserKeys> {
        log_keyring(folder, self.sets.iter().map(|set| &set.secret))
    }
}

impl fmt::Debug for MemberKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemberKeys(…)")
    }
}

/// The name of an attachment: HMAC-SHA256 of its content. The same content has the same name for one member and generation,
/// and tells nobody else what it is. Shown as 64 characters of hex.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AttachmentName(pub [u8; 32]);

impl fmt::Display for AttachmentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

/// Takes content piece by piece and names it.
pub struct AttachmentNamer(pub(super) hmac::Context);

impl AttachmentNamer {
    /// The next piece. How content is cut into pieces makes no difference.
    pub fn update(&mut self, content: &[u8]) {
        self.0.update(content);
    }

    /// The name of all pieces.
    pub fn finish(self) -> AttachmentName {
        let mut name = [0; 32];
        name.copy_from_slice(self.0.sign().as_ref());
        AttachmentName(name)
    }
}

impl fmt::Debug for AttachmentNamer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AttachmentNamer(…)")
    }
}
