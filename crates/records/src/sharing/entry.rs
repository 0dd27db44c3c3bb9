//! An entry of a member's log: a change, and who stands for it.
//!
//! ```text
//! offset  bytes
//!      0      1  format, 1
//!      1     80  public keys of the device that signs
//!     81     64  its user's signature of those
//!    145     64  the device's signature of label, owner 16, member 16, generation 4 and change
//!    209      …  the change
//! ```
//!
//! Whoever holds a member's keys can write into its log, readers and people whose access ended too. So readers go by the
//! signatures: the owner takes what people with the right to write signed, and says it again; all others take what the
//! owner said and what their own devices did. The entry's id follows from all its bytes, so that nobody can put another
//! entry in its place.

use holdfast_crypto::{
    sha256,
    vault::{DEVICE_PUBLIC_BYTES, DeviceKeys, DevicePublic, Generation, Identity, PublicIdentity},
};
use uuid::Uuid;

use crate::{Result, change::Change};

/// The kind of a journal entry that is a signed change.
pub(crate) const SIGNED_KIND: u16 = 2;
const FORMAT: u8 = 1;
const SIGNATURE_BYTES: usize = 64;
const LABEL: &[u8] = b"holdfast 1 records shared change";

/// Which log it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LogOf {
    pub(crate) owner: Uuid,
    pub(crate) member: Uuid,
    pub(crate) generation: Generation,
}

impl LogOf {
    fn signed(&self, change: &[u8]) -> Vec<u8> {
        let generation = self.generation.to_bytes();
        [LABEL, self.owner.as_bytes(), self.member.as_bytes(), &generation, change].concat()
    }

    /// The log's own folder, below the member's.
    pub(crate) fn folder(&self) -> String {
        format!("shared-{}-{}", self.generation.master(), self.generation.member())
    }

    /// Names the log on this computer.
    pub(crate) fn name(&self) -> String {
        format!("{}-{}", self.folder(), self.member)
    }
}

/// A change as it stands in a member's log.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) device: DevicePublic,
    vouch: [u8; SIGNATURE_BYTES],
    pub(crate) change: Change,
}

/// The bytes of an entry, signed by this device.
pub(crate) fn sign(log: LogOf, change: &Change, identity: &Identity, device: &DeviceKeys) -> Result<Vec<u8>> {
    let (public, bytes) = (device.public(), change.to_bytes());
    let (vouch, signature) = (identity.vouch_for(&public)?, device.sign_log_head(&log.signed(&bytes))?);
    Ok([&[FORMAT], public.to_bytes().as_slice(), &vouch, &signature, &bytes].concat())
}

/// The id under which the bytes stand.
pub(crate) fn id(bytes: &[u8]) -> Uuid {
    let mut id = [0; 16];
    id.copy_from_slice(&sha256(&[LABEL, bytes].concat())[..16]);
    uuid::Builder::from_custom_bytes(id).into_uuid()
}

impl Entry {
    /// Reads an entry whose device signed it for this log; whose device that is, is another question.
    pub(crate) fn parse(log: LogOf, entry: &holdfast_journal::Entry) -> Option<Self> {
        let bytes = entry.payload.as_ref();
        if entry.kind != SIGNED_KIND || entry.id != id(bytes) {
            return None;
        }
        let (format, rest) = bytes.split_first()?;
        let (device, rest) = rest.split_first_chunk::<DEVICE_PUBLIC_BYTES>()?;
        let (vouch, rest) = rest.split_first_chunk::<SIGNATURE_BYTES>()?;
        let (signature, change) = rest.split_first_chunk::<SIGNATURE_BYTES>()?;
        let device = DevicePublic::from_bytes(device).ok()?;
        device.check_log_head(&log.signed(change), signature).ok()?;
        let change = Change::parse(change).ok()?;
        let fits = *format == FORMAT && change.member == log.member;
        fits.then_some(Self { device, vouch: *vouch, change })
    }

    /// Whether the device is this user's.
    pub(crate) fn is_of(&self, user: &PublicIdentity) -> bool {
        user.check_device(&self.device, &self.vouch).is_ok()
    }
}
