//! Sealing of a log's segments. It knows nothing of what is inside.
//!
//! ```text
//! offset  bytes
//!      0      4  "HFSG"
//!      4      1  format, 1
//!      5      1  cipher, 1: AES-256-GCM with a wrapped data key
//!      6      2  zero
//!      8      8  key id
//!     16     16  device id (UUID)
//!     32      8  sequence, big endian
//!     40     32  SHA-256 of the whole segment before this one; zeros in the first
//!     72     12  nonce of the wrapped data key (random)
//!     84     48  data key (random, used once), wrapped: 32 bytes and tag
//!    132     12  nonce of the body (random)
//!    144      …  body and its tag of 16 bytes
//! ```
//!
//! Both seals authenticate a purpose (`wrap` or `body`), bytes 0 to 72, and the object's key below the user's folder: a
//! segment moved to another place does not open.

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::{
    Error, Result, UserKeys,
    envelope::{self, ENVELOPE_BYTES},
    keys::KeyId,
};

const MAGIC: &[u8; 4] = b"HFSG";
const FORMAT: u8 = 1;
const CIPHER: u8 = 1;
/// Bytes of the plain, authenticated header.
pub const HEADER_BYTES: usize = 72;
/// Bytes that sealing adds to a body.
pub const OVERHEAD_BYTES: usize = HEADER_BYTES + ENVELOPE_BYTES;

/// What stands in front of a segment, readable without a key and authenticated with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentHeader {
    /// Who wrote it.
    pub device: [u8; 16],
    /// Its place in the device's log, 1 for the first.
    pub sequence: u64,
    /// SHA-256 of the segment before it, zeros in the first.
    pub previous: [u8; 32],
}

impl SegmentHeader {
    fn bytes(&self, key: KeyId) -> [u8; HEADER_BYTES] {
        let mut bytes = [0; HEADER_BYTES];
        bytes[..4].copy_from_slice(MAGIC);
        bytes[4] = FORMAT;
        bytes[5] = CIPHER;
        bytes[8..16].copy_from_slice(&key.0);
        bytes[16..32].copy_from_slice(&self.device);
        bytes[32..40].copy_from_slice(&self.sequence.to_be_bytes());
        bytes[40..72].copy_from_slice(&self.previous);
        bytes
    }

    /// Reads the header of a segment. What it says is believed only once the segment was opened.
    fn parse(segment: &[u8]) -> Result<(Self, KeyId)> {
        if segment.len() < OVERHEAD_BYTES {
            return Err(Error::CutShort { bytes: segment.len() });
        }
        if segment[..8] != [b'H', b'F', b'S', b'G', FORMAT, CIPHER, 0, 0] {
            return Err(Error::UnknownFormat);
        }
        let mut header = Self { device: [0; 16], sequence: 0, previous: [0; 32] };
        let (mut key, mut sequence) = ([0; 8], [0; 8]);
        key.copy_from_slice(&segment[8..16]);
        header.device.copy_from_slice(&segment[16..32]);
        sequence.copy_from_slice(&segment[32..40]);
        header.sequence = u64::from_be_bytes(sequence);
        header.previous.copy_from_slice(&segment[40..72]);
        Ok((header, KeyId(key)))
    }
}

impl UserKeys {
    /// Seals `body` with a data key of its own, wrapped with the current key. `object_key` is where it will stand, below
    /// the user's folder.
    pub fn seal_segment(
        &self,
        object_key: &str,
        header: &SegmentHeader,
        body: &[u8],
        random: &mut dyn CryptoRng,
    ) -> Result<Vec<u8>> {
        let header = header.bytes(self.key_id());
        envelope::seal(&self.current.wrapping, &header, object_key, body, random)
    }

    /// Checks and opens a segment that was found under `object_key`, sealed with the current key or a former one.
    pub fn open_segment(&self, object_key: &str, segment: &[u8]) -> Result<(SegmentHeader, Zeroizing<Vec<u8>>)> {
        let (header, key) = SegmentHeader::parse(segment)?;
        let set = self.with_id(key).ok_or_else(|| Error::OtherKey { found: hex::encode(key.0) })?;
        let (plain_header, rest) = segment.split_at(HEADER_BYTES);
        Ok((header, envelope::open(&set.wrapping, plain_header, object_key, rest)?))
    }

    /// Which key a segment says it was sealed with, in the order in which the keys followed each other: 1 for the first
    /// one, [`Self::generation`] for the one that seals. `None` for none of them. Believed only once it was opened.
    pub fn generation_of(&self, segment: &[u8]) -> Option<usize> {
        let (_, key) = SegmentHeader::parse(segment).ok()?;
        self.position(key)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::{SeedableRng, rngs::StdRng};

    use super::*;
    use crate::UserSecret;

    const KEY: &str = "log/device/1";

    fn keys(byte: u8) -> UserKeys {
        UserKeys::derive(&UserSecret::from_bytes([byte; 32])).unwrap()
    }

    fn header() -> SegmentHeader {
        SegmentHeader { device: [3; 16], sequence: 7, previous: [9; 32] }
    }

    fn sealed(body: &[u8], seed: u64) -> Vec<u8> {
        keys(1).seal_segment(KEY, &header(), body, &mut StdRng::seed_from_u64(seed)).unwrap()
    }

    #[test]
    fn what_was_sealed_opens_under_its_own_key_only() {
        let segment = sealed(b"body", 1);
        assert_eq!(segment.len(), OVERHEAD_BYTES + 4);
        let (found, body) = keys(1).open_segment(KEY, &segment).unwrap();
        assert_eq!((found, body.as_slice()), (header(), b"body".as_slice()));
        assert_eq!(keys(1).open_segment("log/device/2", &segment).unwrap_err(), Error::Broken);
        assert!(matches!(keys(2).open_segment(KEY, &segment).unwrap_err(), Error::OtherKey { .. }));
    }

    #[test]
    fn a_segment_says_which_of_the_keys_sealed_it() {
        let secret = |byte| UserSecret::from_bytes([byte; 32]);
        let name = keys(1).user_id().clone();
        let ring = UserKeys::keyring(name.clone(), &secret(3), &[secret(1), secret(2)]).unwrap();
        for (byte, generation) in [(1, Some(1)), (2, Some(2)), (3, Some(3)), (4, None)] {
            let one = UserKeys::keyring(name.clone(), &secret(byte), &[]).unwrap();
            let segment = one.seal_segment(KEY, &header(), b"body", &mut StdRng::seed_from_u64(1)).unwrap();
            assert_eq!(ring.generation_of(&segment), generation);
        }
        assert_eq!((ring.generation(), ring.generation_of(b"none")), (3, None));
    }

    #[test]
    fn each_segment_has_a_key_and_nonces_of_its_own() {
        let mut random = StdRng::seed_from_u64(1);
        let mut one = || keys(1).seal_segment(KEY, &header(), b"same", &mut random).unwrap();
        let (first, second) = (one(), one());
        for range in [72..84, 84..132, 132..144, 144..first.len()] {
            assert_ne!(first[range.clone()], second[range]);
        }
    }

    #[test]
    fn a_keyring_opens_what_a_former_key_sealed_and_seals_with_the_current_one() {
        let secret = |byte| UserSecret::from_bytes([byte; 32]);
        let ring = UserKeys::keyring(keys(1).user_id().clone(), &secret(2), &[secret(1)]).unwrap();
        let mut random = StdRng::seed_from_u64(1);
        assert_eq!(ring.open_segment(KEY, &sealed(b"body", 1)).unwrap().1.as_slice(), b"body");
        let new = ring.seal_segment(KEY, &header(), b"later", &mut random).unwrap();
        assert_eq!(keys(2).open_segment(KEY, &new).unwrap().1.as_slice(), b"later");
        let found = hex::encode(keys(2).key_id().0);
        assert_eq!(keys(1).open_segment(KEY, &new).unwrap_err(), Error::OtherKey { found });
        // A header that names another key of the same ring.
        let mut renamed = new;
        renamed[8..16].copy_from_slice(&keys(1).key_id().0);
        assert_eq!(ring.open_segment(KEY, &renamed).unwrap_err(), Error::Broken);
    }

    #[test]
    fn what_is_no_segment_is_told_apart() {
        let segment = sealed(b"body", 1);
        assert_eq!(keys(1).open_segment(KEY, b"").unwrap_err(), Error::CutShort { bytes: 0 });
        assert_eq!(keys(1).open_segment(KEY, &[0; 500]).unwrap_err(), Error::UnknownFormat);
        assert_eq!(keys(1).open_segment(KEY, &segment[..segment.len() - 1]).unwrap_err(), Error::Broken);
        let mut later = segment;
        later[4] = 2;
        assert_eq!(keys(1).open_segment(KEY, &later).unwrap_err(), Error::UnknownFormat);
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        let segment = sealed(b"git push", 1);
        for bit in 0..segment.len() * 8 {
            let mut damaged = segment.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert!(keys(1).open_segment(KEY, &damaged).is_err(), "bit {bit}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn any_body_comes_back_and_any_change_is_noticed(
            body in proptest::collection::vec(any::<u8>(), 0..2000),
            seed: u64, at: prop::sample::Index, change in 1u8..,
            cut: prop::sample::Index,
        ) {
            let segment = sealed(&body, seed);
            let (_, opened) = keys(1).open_segment(KEY, &segment).unwrap();
            prop_assert_eq!(opened.as_slice(), body.as_slice());
            let mut damaged = segment.clone();
            let at = at.index(damaged.len());
            damaged[at] ^= change;
            prop_assert!(keys(1).open_segment(KEY, &damaged).is_err());
            prop_assert!(keys(1).open_segment(KEY, &segment[..cut.index(segment.len())]).is_err());
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            prop_assert!(keys(1).open_segment(KEY, &bytes).is_err());
        }
    }
}
