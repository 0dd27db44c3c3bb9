//! Grants: a member's keys for another user, sealed to that user's public key and signed by the owner.
//!
//! `access-grants/{grant id}.blob`:
//!
//! ```text
//! offset  bytes
//!      0      4  "HFRG"
//!      4      1  format, 1
//!      5      1  suite, 1: HPKE in base mode, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM; Ed25519
//!      6      2  number of the owner's master secret whose identity signed, big endian
//!      8     16  owner's user id
//!     24     32  encapsulated key
//!     56      …  sealed content and its tag of 16 bytes
//!    end     64  Ed25519 signature of everything before
//! ```
//!
//! HPKE's `info` is `holdfast 1 records grant` and the object's key below the owner's folder, its associated data bytes 0 to
//! 24; the signature covers the object's key as well. It does not say whom it is for. Inside:
//!
//! ```text
//!      0      1  format, 1
//!      1     16  member id
//!     17      1  rights, 1: read, 2: read and write
//!     18      8  when it ends, ms since 1970, signed, big endian; the greatest number: never
//!     26     16  owner's user id
//!     42      2  how many keys, big endian
//!     44  36 each  generation 4, key 32
//!      …      2  length of the place, big endian
//!      …      …  where the owner's folder is, text
//! ```
//!
//! The end and the rights are what both sides keep to: who holds the keys can open and seal with them whatever they say.

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::{
    fields::Fields,
    generation::{Generation, MemberId},
    identity::{Identity, PublicIdentity},
    member::MemberKeys,
    pairs::{SIGNATURE_BYTES, Signed},
};
use crate::{Error, Result, UserId, cipher::KEY_BYTES};

const START: &[u8; 6] = b"HFRG\x01\x01";
const HEADER_BYTES: usize = 24;
const INFO: &[u8] = b"holdfast 1 records grant";
const CONTENT_FORMAT: u8 = 1;
const NEVER: i64 = i64::MAX;
/// The longest place, in bytes.
pub const MAX_PLACE_BYTES: usize = 4096;

/// What somebody may do with a member's records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rights {
    /// Read only.
    Read,
    /// Read and write.
    ReadWrite,
}

impl Rights {
    fn code(self) -> u8 {
        match self {
            Self::Read => 1,
            Self::ReadWrite => 2,
        }
    }

    fn of(code: u8) -> Result<Self> {
        match code {
            1 => Ok(Self::Read),
            2 => Ok(Self::ReadWrite),
            _ => Err(Error::UnknownFormat),
        }
    }
}

/// What a grant allows, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantTerms {
    /// What may be done.
    pub rights: Rights,
    /// When it ends, in milliseconds since 1970; `None` for never.
    pub ends: Option<i64>,
    /// Where the owner's folder is, such as a store URL without credentials. At most [`MAX_PLACE_BYTES`] bytes.
    pub place: String,
}

impl GrantTerms {
    /// Whether it is over at this time, in milliseconds since 1970.
    pub fn is_over(&self, now: i64) -> bool {
        self.ends.is_some_and(|ends| now >= ends)
    }
}

/// A grant that was opened.
#[derive(Debug)]
pub struct Grant {
    /// Who gave it.
    pub owner: UserId,
    /// What it allows.
    pub terms: GrantTerms,
    /// The member's keys.
    pub keys: MemberKeys,
}

impl Identity {
    /// Gives somebody all of a member's keys. `object_key` is where the grant will stand, below the owner's folder.
    ///
    /// # Errors
    /// [`Error::TooLong`] for the place, [`Error::NotSealed`] when the other's key is none.
    pub fn grant(
        &self,
        keys: &MemberKeys,
        terms: &GrantTerms,
        to: &PublicIdentity,
        object_key: &str,
        random: &mut dyn CryptoRng,
    ) -> Result<Vec<u8>> {
        let header = header(self.generation(), &self.user);
        let content = content(&self.user, keys, terms)?;
        let sealed = to.pairs.seal_to(&info(object_key), &header, &content, random)?;
        let signed = [header.as_slice(), &sealed].concat();
        let signature = self.pairs.sign(Signed::Grant, object_key, &signed)?;
        Ok([signed.as_slice(), &signature].concat())
    }

    /// Checks and opens a grant that was found under `object_key` in the folder of `from`. Whether it is over is not
    /// looked at.
    ///
    /// # Errors
    /// [`Error::OtherUser`] and [`Error::OtherIdentity`] when another identity made it, [`Error::Signature`] when it
    /// was changed or moved, [`Error::NotForUs`] when it is for somebody else or for another of this user's identities.
    pub fn open_grant(&self, from: &PublicIdentity, object_key: &str, blob: &[u8]) -> Result<Grant> {
        let mut fields = Fields::new(blob);
        fields.expect(START)?;
        let (generation, owner) = (fields.u16()?, fields.array::<16>()?);
        let sealed = fields.all_but(SIGNATURE_BYTES)?;
        let signature: [u8; SIGNATURE_BYTES] = fields.array()?;
        if owner != from.user {
            return Err(Error::OtherUser { found: hex::encode(owner) });
        }
        if generation != from.generation {
            return Err(Error::OtherIdentity { found: generation });
        }
        let signed = &blob[..blob.len() - SIGNATURE_BYTES];
        from.pairs.verify(Signed::Grant, object_key, signed, &signature)?;
        let content = self.pairs.open(&info(object_key), &blob[..HEADER_BYTES], sealed)?;
        let (inside, grant) = parse_content(&content)?;
        match inside == owner {
            true => Ok(grant),
            false => Err(Error::OtherUser { found: hex::encode(inside) }),
        }
    }
}

fn header(generation: u16, user: &[u8; 16]) -> [u8; HEADER_BYTES] {
    let mut header = [0; HEADER_BYTES];
    header[..6].copy_from_slice(START);
    header[6..8].copy_from_slice(&generation.to_be_bytes());
    header[8..].copy_from_slice(user);
    header
}

fn info(object_key: &str) -> Vec<u8> {
    [INFO, object_key.as_bytes()].concat()
}

pub(super) fn content(user: &[u8; 16], keys: &MemberKeys, terms: &GrantTerms) -> Result<Zeroizing<Vec<u8>>> {
    let (place, sets) = (terms.place.as_bytes(), keys.sets());
    if place.len() > MAX_PLACE_BYTES {
        return Err(Error::TooLong { bytes: place.len() as u64, limit: MAX_PLACE_BYTES as u64 });
    }
    let count = u16::try_from(sets.len()).map_err(|_| Error::NoGeneration)?;
    let mut bytes = Zeroizing::new(Vec::with_capacity(46 + 36 * sets.len() + place.len()));
    bytes.push(CONTENT_FORMAT);
    bytes.extend_from_slice(&keys.member().0);
    bytes.push(terms.rights.code());
    bytes.extend_from_slice(&terms.ends.unwrap_or(NEVER).to_be_bytes());
    bytes.extend_from_slice(user);
    bytes.extend_from_slice(&count.to_be_bytes());
    for set in sets {
        bytes.extend_from_slice(&set.generation.to_bytes());
        bytes.extend_from_slice(set.secret.as_slice());
    }
    bytes.extend_from_slice(&(place.len() as u16).to_be_bytes());
    bytes.extend_from_slice(place);
    Ok(bytes)
}

/// The owner's user id that stands inside, and the grant.
pub(super) fn parse_content(content: &[u8]) -> Result<([u8; 16], Grant)> {
    let mut fields = Fields::new(content);
    fields.expect(&[CONTENT_FORMAT])?;
    let (member, rights) = (MemberId(fields.array()?), Rights::of(fields.byte()?)?);
    let ends = Some(fields.i64()?).filter(|ends| *ends != NEVER);
    let (owner, count) = (fields.array()?, fields.u16()?);
    let key = |fields: &mut Fields<'_>| -> Result<_> {
        Ok((Generation::from_bytes(fields.array()?)?, Zeroizing::new(fields.array::<KEY_BYTES>()?)))
    };
    let keys = (0..count).map(|_| key(&mut fields)).collect::<Result<Vec<_>>>()?;
    let length = usize::from(fields.u16()?);
    let place = std::str::from_utf8(fields.bytes(length)?).map_err(|_| Error::UnknownFormat)?.to_owned();
    fields.end()?;
    if !keys.is_sorted_by(|(before, _), (after, _)| before < after) {
        return Err(Error::UnknownFormat);
    }
    let keys = MemberKeys::of(member, keys)?;
    Ok((owner, Grant { owner: UserId::of_bytes(&owner), terms: GrantTerms { rights, ends, place }, keys }))
}

#[cfg(test)]
mod tests {
    use rand::{SeedableRng, rngs::StdRng};

    use super::*;
    use crate::vault::{UnconfirmedIdentity, Vault};

    #[test]
    fn an_owner_cannot_speak_for_somebody_else_inside_a_grant() {
        let mut random = StdRng::seed_from_u64(1);
        let owner = Vault::create(&mut random).unwrap();
        let identity = owner.identity().unwrap();
        let blob = identity.public_key_blob().unwrap();
        let public = UnconfirmedIdentity::parse(&blob).unwrap().confirm(&identity.fingerprint()).unwrap();
        let keys = owner.member(MemberId([1; 16]), &[Generation::FIRST]).unwrap();
        let terms = GrantTerms { rights: Rights::Read, ends: None, place: String::new() };
        let (header, content) = (header(1, &identity.user), content(&[9; 16], &keys, &terms).unwrap());
        let sealed = public.pairs.seal_to(&info("key"), &header, &content, &mut random).unwrap();
        let signed = [header.as_slice(), &sealed].concat();
        let signature = identity.pairs.sign(Signed::Grant, "key", &signed).unwrap();
        let lie = [signed.as_slice(), &signature].concat();
        let error = identity.open_grant(&public, "key", &lie).unwrap_err();
        assert_eq!(error, Error::OtherUser { found: hex::encode([9; 16]) });
    }
}
