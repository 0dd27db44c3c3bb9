//! What the log says of sharing: who is known, what was given to whom, what was accepted.

use holdfast_crypto::vault::{
    DEVICE_PUBLIC_BYTES, DevicePublic, Generation, MAX_PLACE_BYTES, PUBLIC_KEY_BYTES, Rights, UnconfirmedIdentity,
};
use holdfast_journal::Millis;
use uuid::Uuid;

use super::{NotAChange, Reader};

const NEVER: Millis = Millis::MAX;

/// Something given to another user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GrantChange {
    /// The grant.
    pub grant: Uuid,
    /// Whom it is for, the bytes of the user id.
    pub user: Uuid,
    /// What may be done.
    pub rights: Rights,
    /// When it ends; `None` for never.
    pub ends: Option<Millis>,
    /// Of an insert or update the latest key that is handed over; of a delete the key that begins.
    pub generation: Generation,
}

impl GrantChange {
    pub(super) fn put(&self, bytes: &mut Vec<u8>) {
        bytes.extend(self.grant.as_bytes());
        bytes.extend(self.user.as_bytes());
        bytes.push(match self.rights {
            Rights::Read => 1,
            Rights::ReadWrite => 2,
        });
        bytes.extend(self.ends.unwrap_or(NEVER).to_be_bytes());
        bytes.extend(self.generation.to_bytes());
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, NotAChange> {
        let (grant, user) = (reader.uuid()?, reader.uuid()?);
        let rights = match reader.take()? {
            [1] => Rights::Read,
            [2] => Rights::ReadWrite,
            _ => return Err(NotAChange::Unknown),
        };
        let ends = Some(i64::from_be_bytes(reader.take()?)).filter(|ends| *ends != NEVER);
        let generation = Generation::from_bytes(reader.take()?).map_err(|_| NotAChange::Contradiction)?;
        Ok(Self { grant, user, rights, ends, generation })
    }
}

/// Somebody whose fingerprint was compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonChange {
    /// Their `public-key.blob`, whose fingerprint was compared.
    pub public_key: Vec<u8>,
    /// What this user calls them.
    pub name: String,
    /// Where their folder is, as a hint without credentials.
    pub place: String,
}

impl PersonChange {
    pub(super) fn fits(&self) -> bool {
        UnconfirmedIdentity::parse(&self.public_key).is_ok() && self.name.len() <= MAX_PLACE_BYTES
    }

    pub(super) fn put(&self, bytes: &mut Vec<u8>) {
        bytes.extend(&self.public_key);
        bytes.extend((self.name.len() as u16).to_be_bytes());
        bytes.extend(self.name.as_bytes());
        bytes.extend(self.place.as_bytes());
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, NotAChange> {
        let public_key = reader.take::<PUBLIC_KEY_BYTES>()?.to_vec();
        let length = u16::from_be_bytes(reader.take()?);
        Ok(Self { public_key, name: reader.text_of(length.into())?, place: reader.text()? })
    }
}

/// A grant of another user that was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcceptedChange {
    /// The grant.
    pub grant: Uuid,
    /// Who gave it, the bytes of the user id.
    pub owner: Uuid,
    /// Where the owner's folder is, as a hint without credentials.
    pub place: String,
}

impl AcceptedChange {
    pub(super) fn put(&self, bytes: &mut Vec<u8>) {
        bytes.extend(self.grant.as_bytes());
        bytes.extend(self.owner.as_bytes());
        bytes.extend(self.place.as_bytes());
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, NotAChange> {
        Ok(Self { grant: reader.uuid()?, owner: reader.uuid()?, place: reader.text()? })
    }
}

/// The public keys of an own device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceChange {
    /// The keys; the id in them is the one that the device had when it made them.
    pub public: DevicePublic,
}

impl DeviceChange {
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, NotAChange> {
        let bytes = reader.take::<DEVICE_PUBLIC_BYTES>()?;
        Ok(Self { public: DevicePublic::from_bytes(&bytes).map_err(|_| NotAChange::Contradiction)? })
    }
}
