//! Sealing of what records are made of. The only module here that talks to the cryptography of vaults.

use holdfast_crypto::vault::{Generation, MemberId, MemberKeys, Purpose, Vault as Keyring};
use rand_core::CryptoRng;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::{Result, layout::ObjectName, model::Attachment, versions::Version};

/// The keys of a member's records, of all generations that it has had.
pub(crate) fn member_keys(keyring: &Keyring, member: Uuid, generations: &[Generation]) -> Result<MemberKeys> {
    Ok(keyring.member(MemberId(member.into_bytes()), generations)?)
}

/// Why a blob cannot be used. Holds nothing of what is inside.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum Unusable {
    /// The seal.
    #[error("{0}")]
    Seal(holdfast_crypto::Error),
    /// What is inside is not what it should be.
    #[error("what is inside does not belong there")]
    Content,
}

fn purpose(name: &ObjectName) -> Purpose {
    match name {
        ObjectName::Profile { .. } => Purpose::Profile,
        ObjectName::AttachmentMetadata { .. } => Purpose::AttachmentMetadata,
        _ => Purpose::Record,
    }
}

/// Seals what will stand under a name.
pub(crate) fn seal(keys: &MemberKeys, name: &ObjectName, plain: &[u8], random: &mut dyn CryptoRng) -> Result<Vec<u8>> {
    Ok(keys.seal_blob(purpose(name), &name.to_string(), plain, random)?)
}

fn open(keys: &MemberKeys, name: &ObjectName, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Unusable> {
    keys.open_blob(purpose(name), &name.to_string(), sealed).map_err(Unusable::Seal)
}

/// Seals anew what a former key sealed; `None` when the current one did.
pub(crate) fn again(
    keys: &MemberKeys,
    name: &ObjectName,
    sealed: &[u8],
    random: &mut dyn CryptoRng,
) -> Result<Option<Vec<u8>>> {
    if keys.is_current(sealed)? {
        return Ok(None);
    }
    let plain = keys.open_blob(purpose(name), &name.to_string(), sealed)?;
    seal(keys, name, &plain, random).map(Some)
}

/// Seals a version, or a profile's view of one.
pub(crate) fn seal_version(
    keys: &MemberKeys,
    name: &ObjectName,
    version: &Version,
    random: &mut dyn CryptoRng,
) -> Result<Vec<u8>> {
    let plain = Zeroizing::new(version.to_bytes().map_err(|_| crate::Error::Json)?);
    seal(keys, name, &plain, random)
}

/// Opens the version that stands under a name, and refuses one that says it is another.
pub(crate) fn open_version(keys: &MemberKeys, name: &ObjectName, sealed: &[u8]) -> Result<Version, Unusable> {
    let plain = open(keys, name, sealed)?;
    let found = Version::parse(&plain).map_err(|_| Unusable::Content)?;
    match name {
        ObjectName::Version { record, version, .. } if found.record == *record && found.id() == *version => Ok(found),
        _ => Err(Unusable::Content),
    }
}

/// Whether this is the view of a member's profile.
pub(crate) fn is_profile(keys: &MemberKeys, member: Uuid, sealed: &[u8]) -> Result<(), Unusable> {
    let found = Version::parse(&open(keys, &ObjectName::Profile { member }, sealed)?).map_err(|_| Unusable::Content)?;
    if found.record == member { Ok(()) } else { Err(Unusable::Content) }
}

/// Whether this is what is told of an attachment: of the same content, whatever its file was called.
pub(crate) fn is_metadata(
    keys: &MemberKeys,
    member: Uuid,
    attachment: &Attachment,
    sealed: &[u8],
) -> Result<(), Unusable> {
    let plain = open(keys, &ObjectName::AttachmentMetadata { member, name: attachment.name }, sealed)?;
    let found: Attachment = serde_json::from_slice(&plain).map_err(|_| Unusable::Content)?;
    if (found.name, found.size) == (attachment.name, attachment.size) { Ok(()) } else { Err(Unusable::Content) }
}

/// Whether what stands under a name opens there.
pub(crate) fn opens(keys: &MemberKeys, name: &ObjectName, sealed: &[u8]) -> bool {
    open(keys, name, sealed).is_ok()
}

/// Seals what is told of an attachment.
pub(crate) fn seal_metadata(
    keys: &MemberKeys,
    member: Uuid,
    attachment: &Attachment,
    random: &mut dyn CryptoRng,
) -> Result<Vec<u8>> {
    let plain = Zeroizing::new(serde_json::to_vec(attachment).map_err(|_| crate::Error::Json)?);
    seal(keys, &ObjectName::AttachmentMetadata { member, name: attachment.name }, &plain, random)
}
