//! The header that every blob of a member begins with. Readable without a key, authenticated with it.
//!
//! ```text
//! offset  bytes
//!      0      4  "HFRB"
//!      4      1  format, 1
//!      5      1  cipher, 1: AES-256-GCM with a wrapped data key
//!      6      1  purpose
//!      7      1  zero
//!      8      8  key id of the member's key
//!     16      4  its generation: master 2, member 2 (big endian)
//! ```

use super::{fields::Fields, generation::Generation};
use crate::{Error, KeyId, Result};

const START: &[u8; 6] = b"HFRB\x01\x01";
/// Bytes of the header.
pub(super) const HEADER_BYTES: usize = 20;
/// An attachment's data: the only purpose that is a stream.
pub(super) const ATTACHMENT_DATA: u8 = 4;

/// What a blob is for. One of another purpose does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// A member's profile: 1 in the header.
    Profile,
    /// A version of a record: 2.
    Record,
    /// Type, name and size of an attachment: 3. Its data, 4, is a stream.
    AttachmentMetadata,
}

impl Purpose {
    pub(super) fn code(self) -> u8 {
        match self {
            Self::Profile => 1,
            Self::Record => 2,
            Self::AttachmentMetadata => 3,
        }
    }
}

/// What a header says. Believed only once the blob was opened.
pub(super) struct Header {
    pub(super) purpose: u8,
    pub(super) key: KeyId,
    pub(super) generation: Generation,
}

impl Header {
    pub(super) fn to_bytes(&self) -> [u8; HEADER_BYTES] {
        let mut bytes = [0; HEADER_BYTES];
        bytes[..6].copy_from_slice(START);
        bytes[6] = self.purpose;
        bytes[8..16].copy_from_slice(&self.key.0);
        bytes[16..20].copy_from_slice(&self.generation.to_bytes());
        bytes
    }

    /// The header, and everything behind it.
    pub(super) fn parse(blob: &[u8]) -> Result<(Self, &[u8])> {
        let mut fields = Fields::new(blob);
        fields.expect(START)?;
        let purpose = fields.byte()?;
        fields.expect(&[0])?;
        let (key, generation) = (KeyId(fields.array()?), Generation::from_bytes(fields.array()?)?);
        Ok((Self { purpose, key, generation }, fields.all_but(0)?))
    }

    /// The header of a blob that should have this purpose.
    pub(super) fn parse_for(purpose: u8, blob: &[u8]) -> Result<(Self, &[u8])> {
        let (header, rest) = Self::parse(blob)?;
        match header.purpose == purpose {
            true => Ok((header, rest)),
            false => Err(Error::OtherPurpose { found: header.purpose }),
        }
    }
}
