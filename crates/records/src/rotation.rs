//! How a master secret takes the place of the one before, when a device is revoked. One object for each generation from the
//! second on: it is there whole or not at all, and whoever creates it first is followed by all.
//!
//! `keyring/{generation}.blob`, numbers big endian:
//!
//! ```text
//! offset  bytes
//!      0      4  "HFRR"
//!      4      1  format, 1
//!      5      1  zero
//!      6      2  generation that begins
//!      8      2  how many devices stay
//!     10      …  of each: device that is handed the keys 16, length 2, the keyring for it (`vault::device` of the cryptography)
//!      …      …  statement, sealed as a small value with the log key of the new secret alone
//! ```
//!
//! The statement authenticates everything before it and the object's key. Inside:
//!
//! ```text
//!      0      1  format, 1
//!      1     16  device that made it, as its log is named
//!     17     16  device that is revoked, as its log is named
//!     33      2  how many logs
//!     35  32 each  device 16, last segment that counts 8, number of its last entry 8
//!      …    152  the public key that begins
//!      …      …  `master-key.blob` that begins
//! ```

use holdfast_crypto::vault::{DeviceKeys, DevicePublic, PUBLIC_KEY_BYTES, Vault as Keyring};
use holdfast_journal::{Limit, Limits};
use rand_core::CryptoRng;
use uuid::Uuid;

use crate::{Result, layout::ObjectName};

const START: [u8; 6] = *b"HFRR\x01\x00";
const FORMAT: u8 = 1;
const LABEL: &[u8] = b"holdfast 1 records revocation ";

/// What a device that stays is told with the new secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Statement {
    pub(crate) by: Uuid,
    pub(crate) revoked: Uuid,
    /// How far logs count that were sealed with the secret before.
    pub(crate) limits: Limits,
    pub(crate) public_key: Vec<u8>,
    pub(crate) master_key: Vec<u8>,
}

/// The object as anybody can read it.
#[derive(Debug)]
pub(crate) struct Rotation<'a> {
    generation: u16,
    handed: Vec<(Uuid, &'a [u8])>,
    head: &'a [u8],
    sealed: &'a [u8],
}

/// What is wrong with the object.
fn wrong() -> crate::Error {
    holdfast_crypto::Error::UnknownFormat.into()
}

/// Under which name the keyring for a device is sealed.
fn handover_name(generation: u16, device: Uuid) -> String {
    format!("keyring/{generation}/{device}.blob")
}

fn context(generation: u16, head: &[u8]) -> Vec<u8> {
    [LABEL, ObjectName::Keyring { generation }.to_string().as_bytes(), b" ", head].concat()
}

/// Seals a keyring for those who stay.
pub(crate) fn seal(
    keyring: &Keyring,
    statement: &Statement,
    own: &DeviceKeys,
    stay: &[DevicePublic],
    random: &mut dyn CryptoRng,
) -> Result<Vec<u8>> {
    let generation = keyring.generation();
    let count = u16::try_from(stay.len()).map_err(|_| wrong())?;
    let mut bytes = [START.as_slice(), &generation.to_be_bytes(), &count.to_be_bytes()].concat();
    for public in stay {
        let device = Uuid::from_bytes(public.device());
        let handover = own.hand_over(keyring, public, &handover_name(generation, device), random)?;
        bytes.extend(device.as_bytes());
        bytes.extend(u16::try_from(handover.len()).map_err(|_| wrong())?.to_be_bytes());
        bytes.extend(handover);
    }
    let keys = keyring.log_keys_of(generation)?;
    let sealed = keys.seal_value(&context(generation, &bytes), &statement.to_bytes()?, random)?;
    bytes.extend(sealed);
    Ok(bytes)
}

impl<'a> Rotation<'a> {
    /// Reads what anybody can read.
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self> {
        let mut rest = bytes;
        if take::<6>(&mut rest)? != START {
            return Err(wrong());
        }
        let generation = u16::from_be_bytes(take(&mut rest)?);
        let count = u16::from_be_bytes(take(&mut rest)?);
        let mut handed = Vec::new();
        for _ in 0..count {
            let device = Uuid::from_bytes(take(&mut rest)?);
            let length = u16::from_be_bytes(take(&mut rest)?);
            let (handover, behind) = rest.split_at_checked(length.into()).ok_or_else(wrong)?;
            handed.push((device, handover));
            rest = behind;
        }
        Ok(Self { generation, handed, head: &bytes[..bytes.len() - rest.len()], sealed: rest })
    }

    /// The keyring that goes on from `known`, where it was handed to this device by one of `givers`. `None` when this
    /// device is not among those who stay.
    ///
    /// # Errors
    /// Those of the cryptography when nobody who is believed made it.
    pub(crate) fn take_over(
        &self,
        own: &DeviceKeys,
        known: &Keyring,
        givers: &[DevicePublic],
    ) -> Result<Option<(Keyring, DevicePublic)>> {
        let device = Uuid::from_bytes(own.public().device());
        let Some((_, handover)) = self.handed.iter().find(|(to, _)| *to == device) else { return Ok(None) };
        let name = handover_name(self.generation, device);
        let mut answer = Err(holdfast_crypto::Error::Signature);
        for giver in givers {
            answer = own.take_over(known, giver, &name, handover).map(|keyring| (keyring, *giver));
            if answer.is_ok() {
                break;
            }
        }
        let (keyring, giver) = answer?;
        match keyring.generation() == self.generation && known.generation() + 1 == self.generation {
            true => Ok(Some((keyring, giver))),
            false => Err(wrong()),
        }
    }

    /// What it says to those who have the new secret.
    pub(crate) fn statement(&self, keyring: &Keyring) -> Result<Statement> {
        let keys = keyring.log_keys_of(self.generation)?;
        Statement::parse(&keys.open_value(&context(self.generation, self.head), self.sealed)?)
    }
}

impl Statement {
    pub(crate) fn to_bytes(&self) -> Result<Vec<u8>> {
        let count = u16::try_from(self.limits.len()).map_err(|_| wrong())?;
        let mut bytes = vec![FORMAT];
        bytes.extend(self.by.as_bytes());
        bytes.extend(self.revoked.as_bytes());
        bytes.extend(count.to_be_bytes());
        for (device, limit) in &self.limits {
            bytes.extend(device.as_bytes());
            bytes.extend(limit.sequence.to_be_bytes());
            bytes.extend(limit.number.to_be_bytes());
        }
        bytes.extend(&self.public_key);
        bytes.extend(&self.master_key);
        Ok(bytes)
    }

    pub(crate) fn parse(bytes: &[u8]) -> Result<Self> {
        let mut rest = bytes;
        if take::<1>(&mut rest)? != [FORMAT] {
            return Err(wrong());
        }
        let (by, revoked) = (Uuid::from_bytes(take(&mut rest)?), Uuid::from_bytes(take(&mut rest)?));
        let count = u16::from_be_bytes(take(&mut rest)?);
        let mut limits = Limits::new();
        for _ in 0..count {
            let device = Uuid::from_bytes(take(&mut rest)?);
            let (sequence, number) = (u64::from_be_bytes(take(&mut rest)?), u64::from_be_bytes(take(&mut rest)?));
            limits.insert(device, Limit { sequence, number });
        }
        let public_key = take::<PUBLIC_KEY_BYTES>(&mut rest)?.to_vec();
        Ok(Self { by, revoked, limits, public_key, master_key: rest.to_vec() })
    }
}

fn take<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N]> {
    let (head, behind) = rest.split_first_chunk::<N>().ok_or_else(wrong)?;
    *rest = behind;
    Ok(*head)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::{SeedableRng, rngs::StdRng};

    use super::*;

    struct World {
        old: Keyring,
        new: Keyring,
        devices: Vec<DeviceKeys>,
        statement: Statement,
        blob: Vec<u8>,
    }

    /// Device 0 revokes device 2; device 1 stays.
    fn world() -> World {
        let mut random = StdRng::seed_from_u64(1);
        let old = Keyring::create(&mut random).unwrap();
        let new = old.rotated(&mut random).unwrap();
        let devices: Vec<DeviceKeys> =
            (0..3).map(|byte| DeviceKeys::generate([byte; 16], &mut random).unwrap()).collect();
        let statement = Statement {
            by: Uuid::from_bytes([0; 16]),
            revoked: Uuid::from_bytes([2; 16]),
            limits: [(Uuid::from_bytes([2; 16]), Limit { sequence: 5, number: 9 })].into(),
            public_key: new.identity().unwrap().public_key_blob().unwrap(),
            master_key: b"sealed".to_vec(),
        };
        let stay = [devices[0].public(), devices[1].public()];
        let blob = seal(&new, &statement, &devices[0], &stay, &mut random).unwrap();
        World { old, new, devices, statement, blob }
    }

    #[test]
    fn who_stays_takes_the_keyring_over_and_reads_the_statement() {
        let World { old, new, devices, statement, blob } = world();
        let rotation = Rotation::parse(&blob).unwrap();
        let givers = [devices[2].public(), devices[0].public()];
        for device in &devices[..2] {
            let (taken, giver) = rotation.take_over(device, &old, &givers).unwrap().unwrap();
            assert_eq!((taken.to_bytes(), giver), (new.to_bytes(), devices[0].public()));
            assert_eq!(rotation.statement(&taken).unwrap(), statement);
        }
    }

    #[test]
    fn who_is_revoked_gets_nothing_and_nobody_believes_a_device_that_is_not_believed() {
        let World { old, devices, blob, .. } = world();
        let rotation = Rotation::parse(&blob).unwrap();
        let all: Vec<DevicePublic> = devices.iter().map(DeviceKeys::public).collect();
        assert!(rotation.take_over(&devices[2], &old, &all).unwrap().is_none());
        assert!(rotation.take_over(&devices[1], &old, &all[1..]).is_err());
        let guessed = old.rotated(&mut StdRng::seed_from_u64(9)).unwrap();
        assert!(rotation.statement(&guessed).is_err());
    }

    #[test]
    fn a_statement_is_believed_whole_and_only_from_who_has_the_new_secret() {
        let World { old, new, devices, statement, blob } = world();
        for at in 0..blob.len() {
            let mut changed = blob.clone();
            changed[at] ^= 1;
            let read = Rotation::parse(&changed).and_then(|rotation| rotation.statement(&new));
            assert!(read.is_err(), "byte {at}");
        }
        // Sealed with the secret before, by a device that has no other.
        let mut random = StdRng::seed_from_u64(3);
        let keys = old.log_keys().unwrap();
        let head = [START.as_slice(), &[0, 2, 0, 0]].concat();
        let lie = keys.seal_value(&context(2, &head), &statement.to_bytes().unwrap(), &mut random).unwrap();
        assert!(Rotation::parse(&[head, lie].concat()).unwrap().statement(&new).is_err());
        drop(devices);
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_parsers_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            for bytes in [bytes.clone(), [START.as_slice(), &bytes].concat(), [&[FORMAT], bytes.as_slice()].concat()] {
                let _ = Rotation::parse(&bytes);
                if let Ok(statement) = Statement::parse(&bytes) {
                    let again = Statement::parse(&statement.to_bytes().unwrap());
                    prop_assert_eq!(again.unwrap(), statement);
                }
            }
        }
    }
}
