//! The end of a device's log, signed with the device's own keys, and what it has seen of the ends of others. So that nobody
//! who serves an older state, or makes up a longer one, stays unnoticed by a device that knows the keys.
//!
//! `heads/{device}.blob`, numbers big endian:
//!
//! ```text
//! offset  bytes
//!      0      4  "HFRH"
//!      4      1  format, 1
//!      5      3  zero
//!      8     16  device, as its log is named
//!     24      8  last segment
//!     32      8  entries that the device made up to there
//!     40     32  hash of that segment
//!     72      2  how many others
//!     74  32 each  device 16, last segment 8, entries 8
//!    end     64  Ed25519 signature by the device's own keys of a label and everything before
//! ```

use holdfast_crypto::vault::{DeviceKeys, DevicePublic};
use uuid::Uuid;

use crate::Result;

const START: [u8; 8] = *b"HFRH\x01\x00\x00\x00";
const LABEL: &[u8] = b"holdfast 1 records log head ";
const SIGNATURE_BYTES: usize = 64;
/// The most others that one names.
pub(crate) const MAX_OTHERS: usize = 1_000;

/// How long a log was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Length {
    pub(crate) device: Uuid,
    pub(crate) sequence: u64,
    pub(crate) entries: u64,
}

/// The end of a log, and of others as far as its device has seen them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SignedHead {
    pub(crate) own: Length,
    pub(crate) hash: [u8; 32],
    pub(crate) others: Vec<Length>,
}

impl SignedHead {
    /// Its bytes, signed.
    pub(crate) fn sign(&self, keys: &DeviceKeys) -> Result<Vec<u8>> {
        let others = &self.others[..self.others.len().min(MAX_OTHERS)];
        let mut bytes = START.to_vec();
        put(&mut bytes, &self.own);
        bytes.extend(self.hash);
        bytes.extend((others.len() as u16).to_be_bytes());
        others.iter().for_each(|other| put(&mut bytes, other));
        Self::signed(&bytes, keys)
    }

    /// These bytes and their signature.
    pub(crate) fn signed(bytes: &[u8], keys: &DeviceKeys) -> Result<Vec<u8>> {
        let signature = keys.sign_log_head(&[LABEL, bytes].concat())?;
        Ok([bytes, &signature].concat())
    }

    /// What stands under a device's name, when the device with this key signed it.
    pub(crate) fn parse(bytes: &[u8], device: Uuid, key: &DevicePublic) -> Option<Self> {
        let (signed, signature) = bytes.split_last_chunk::<SIGNATURE_BYTES>()?;
        key.check_log_head(&[LABEL, signed].concat(), signature).ok()?;
        let rest = &mut { signed };
        let start = take::<8>(rest)?;
        let (own, hash) = (length(rest)?, take(rest)?);
        let count = u16::from_be_bytes(take(rest)?);
        let others = (0..count).map(|_| length(rest)).collect::<Option<Vec<_>>>()?;
        (start == START && own.device == device && rest.is_empty()).then_some(Self { own, hash, others })
    }
}

fn put(bytes: &mut Vec<u8>, length: &Length) {
    bytes.extend(length.device.as_bytes());
    bytes.extend(length.sequence.to_be_bytes());
    bytes.extend(length.entries.to_be_bytes());
}

fn length(rest: &mut &[u8]) -> Option<Length> {
    let device = Uuid::from_bytes(take(rest)?);
    Some(Length { device, sequence: u64::from_be_bytes(take(rest)?), entries: u64::from_be_bytes(take(rest)?) })
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (head, behind) = rest.split_first_chunk::<N>()?;
    *rest = behind;
    Some(*head)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::{SeedableRng, rngs::StdRng};

    use super::*;

    fn keys(seed: u64) -> DeviceKeys {
        DeviceKeys::generate([1; 16], &mut StdRng::seed_from_u64(seed)).unwrap()
    }

    fn head() -> SignedHead {
        let length = |device, sequence| Length { device: Uuid::from_u128(device), sequence, entries: sequence * 2 };
        SignedHead { own: length(1, 7), hash: [3; 32], others: vec![length(2, 5), length(3, 6)] }
    }

    #[test]
    fn a_head_is_believed_under_its_own_name_and_with_its_own_keys() {
        let bytes = head().sign(&keys(1)).unwrap();
        let (public, id) = (keys(1).public(), Uuid::from_u128(1));
        assert_eq!(SignedHead::parse(&bytes, id, &public), Some(head()));
        assert_eq!(SignedHead::parse(&bytes, Uuid::from_u128(2), &public), None);
        assert_eq!(SignedHead::parse(&bytes, id, &keys(2).public()), None);
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert_eq!(SignedHead::parse(&changed, id, &public), None, "byte {at}");
            assert_eq!(SignedHead::parse(&bytes[..at], id, &public), None, "cut at {at}");
        }
    }

    proptest! {
        #[test]
        fn no_signed_bytes_make_the_parser_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            for bytes in [bytes.clone(), [START.as_slice(), &bytes].concat()] {
                let signature = keys(1).sign_log_head(&[LABEL, &bytes].concat()).unwrap();
                let signed = [bytes.as_slice(), &signature].concat();
                let _ = SignedHead::parse(&signed, Uuid::nil(), &keys(1).public());
            }
        }
    }
}
