//! A segment's body: records, framed, packed and sealed. Refuses bodies that unpack to more than [`MAX_BODY_BYTES`].

use std::io::Read;

use holdfast_crypto::{SegmentHeader, UserKeys, sha256};
use rand_core::CryptoRng;
use uuid::Uuid;

use crate::{Result, keys_of_objects::sealed_key, record::Record};

/// The largest body, unpacked.
pub const MAX_BODY_BYTES: usize = 64 << 20;
/// The largest record that is captured.
pub const MAX_RECORD_BYTES: usize = 16 << 20;
/// zstd's own default: more costs time and saves little on short texts.
const COMPRESSION_LEVEL: i32 = 3;

/// Where a segment stands in its log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Whose log.
    pub device: Uuid,
    /// 1 for the first.
    pub sequence: u64,
    /// Hash of the segment before, zeros for the first.
    pub previous: [u8; 32],
}

/// A segment that was opened.
#[derive(Debug)]
pub struct Opened {
    /// Hash of the whole object.
    pub hash: [u8; 32],
    /// What it says of the segment before it.
    pub previous: [u8; 32],
    /// What could be read.
    pub records: Vec<Record>,
    /// How many records could not be read.
    pub skipped: u64,
}

/// Why a segment cannot be read at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// The seal.
    #[error(transparent)]
    Seal(#[from] holdfast_crypto::Error),
    /// Sealed for another place in the log.
    #[error("it belongs elsewhere in the log")]
    Misplaced,
    /// Sealed well and packed badly, or too large.
    #[error("its content cannot be unpacked")]
    Packing,
}

/// How hard records are pressed together. What reads them need not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Packing {
    /// As is usual.
    #[default]
    Usual,
    /// Hardly at all: the least work.
    Least,
}

impl Packing {
    fn level(self) -> i32 {
        match self {
            Self::Usual => COMPRESSION_LEVEL,
            Self::Least => *zstd::compression_level_range().start(),
        }
    }
}

/// Packs and seals encoded records.
pub fn seal<'a>(
    keys: &UserKeys,
    place: &Place,
    records: impl IntoIterator<Item = &'a [u8]>,
    packing: Packing,
    random: &mut dyn CryptoRng,
) -> Result<Vec<u8>> {
    let mut body = Vec::new();
    for record in records {
        body.extend((record.len() as u32).to_be_bytes());
        body.extend(record);
    }
    let packed = zstd::bulk::compress(&body, packing.level())?;
    let header =
        SegmentHeader { device: place.device.into_bytes(), sequence: place.sequence, previous: place.previous };
    Ok(keys.seal_segment(&sealed_key(place.device, place.sequence), &header, &packed, random)?)
}

/// Opens the segment that was found in `device`'s log under `sequence`.
pub fn open(keys: &UserKeys, device: Uuid, sequence: u64, segment: &[u8]) -> Result<Opened, Unreadable> {
    let (header, packed) = keys.open_segment(&sealed_key(device, sequence), segment)?;
    if header.device != *device.as_bytes() || header.sequence != sequence {
        return Err(Unreadable::Misplaced);
    }
    let body = unpack(&packed).ok_or(Unreadable::Packing)?;
    let (records, skipped) = parse(&body);
    Ok(Opened { hash: sha256(segment), previous: header.previous, records, skipped })
}

fn unpack(packed: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    let decoder = zstd::stream::read::Decoder::new(packed).ok()?;
    decoder.take(MAX_BODY_BYTES as u64 + 1).read_to_end(&mut body).ok()?;
    (body.len() <= MAX_BODY_BYTES).then_some(body)
}

/// What can be read. A length that leads beyond the end counts as one record that cannot.
fn parse(mut body: &[u8]) -> (Vec<Record>, u64) {
    let (mut records, mut skipped) = (Vec::new(), 0);
    while !body.is_empty() {
        let framed = body
            .split_first_chunk::<4>()
            .and_then(|(length, rest)| rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?));
        let Some((record, rest)) = framed else { return (records, skipped + 1) };
        match Record::parse(record) {
            Ok(record) => records.push(record),
            Err(_) => skipped += 1,
        }
        body = rest;
    }
    (records, skipped)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use holdfast_crypto::UserSecret;
    use rand::{SeedableRng, rngs::StdRng};

    use super::*;
    use crate::record::Content;

    fn keys() -> UserKeys {
        UserKeys::derive(&UserSecret::from_bytes([1; 32])).unwrap()
    }

    fn place(sequence: u64) -> Place {
        Place { device: Uuid::from_u128(7), sequence, previous: [0; 32] }
    }

    fn record(number: u64) -> Record {
        let content = Content::Entry { kind: 1, payload: Bytes::from_static(b"ls -l") };
        Record { id: Uuid::from_u128(number.into()), time: 0, origin: Uuid::from_u128(7), number, content }
    }

    #[test]
    fn a_record_that_cannot_be_read_hides_no_other() {
        let (one, two) = (record(1).to_bytes(), record(2).to_bytes());
        let body: [&[u8]; 4] = [&one, b"?", &[], &two];
        let sealed = seal(&keys(), &place(1), body, Packing::Usual, &mut StdRng::seed_from_u64(1)).unwrap();
        let opened = open(&keys(), place(1).device, 1, &sealed).unwrap();
        assert_eq!((opened.records, opened.skipped), (vec![record(1), record(2)], 2));
        assert_eq!(parse(&[0, 0, 0, 9, 1]), (vec![], 1));
    }

    #[test]
    fn a_segment_opens_in_its_own_place_only() {
        let sealed = seal(&keys(), &place(1), [], Packing::Least, &mut StdRng::seed_from_u64(1)).unwrap();
        assert!(open(&keys(), place(1).device, 1, &sealed).is_ok());
        assert!(open(&keys(), place(1).device, 2, &sealed).is_err());
        assert!(open(&keys(), Uuid::from_u128(8), 1, &sealed).is_err());
    }

    #[test]
    fn a_body_that_is_not_packed_well_is_told() {
        let keys = keys();
        let header = SegmentHeader { device: place(1).device.into_bytes(), sequence: 1, previous: [0; 32] };
        let key = sealed_key(place(1).device, 1);
        let zeros = zstd::bulk::compress(&vec![0; MAX_BODY_BYTES + 1], 1).unwrap();
        for body in [b"not zstd".as_slice(), &zeros] {
            let sealed = keys.seal_segment(&key, &header, body, &mut StdRng::seed_from_u64(1)).unwrap();
            assert_eq!(open(&keys, place(1).device, 1, &sealed).unwrap_err(), Unreadable::Packing);
        }
    }
}
