//! One record of a log: bytes to value and back. Unknown types and short records are errors of that record alone.

use bytes::Bytes;
use uuid::Uuid;

use crate::clock::Millis;

/// Bytes before what belongs to a type alone.
const COMMON_BYTES: usize = 1 + 16 + 8 + 16 + 8;

/// What others keep in the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Unique: two entries with one id are one entry.
    pub id: Uuid,
    /// When it happened, by the clock of its device.
    pub time: Millis,
    /// The device that captured it (its id at that time).
    pub origin: Uuid,
    /// Ascending for the entries of a device.
    pub number: u64,
    /// What the payload is, for whom it belongs to.
    pub kind: u16,
    /// Opaque bytes.
    pub payload: Bytes,
}

/// A record of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its own id.
    pub id: Uuid,
    /// When it was made.
    pub time: Millis,
    /// Who made it.
    pub origin: Uuid,
    /// Ascending for the records of a device.
    pub number: u64,
    /// What it says.
    pub content: Content,
}

/// What a record says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Something to keep.
    Entry {
        /// See [`Entry::kind`].
        kind: u16,
        /// See [`Entry::payload`].
        payload: Bytes,
    },
    /// An entry is to be forgotten, now and when it turns up again.
    Deletion {
        /// The entry.
        target: Uuid,
    },
    /// The record's origin has carried out a deletion.
    Acknowledgement {
        /// The deletion's id.
        deletion: Uuid,
    },
    /// A device is not waited for any more: lost, sold, or said goodbye. What it wrote stays.
    Retirement {
        /// The device.
        device: Uuid,
    },
    /// The segment takes the place of these.
    Fold {
        /// Sequences of the same log, all smaller than the segment's own.
        covers: Vec<u64>,
    },
}

/// Why bytes are not a record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// Fewer or more bytes than its type has.
    #[error("a record of {bytes} bytes is not of the length of its type")]
    Length {
        /// How many there are.
        bytes: usize,
    },
    /// A type of a later version.
    #[error("records of type {found} are not known")]
    Type {
        /// The type.
        found: u8,
    },
}

impl Record {
    /// The bytes of the record.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(COMMON_BYTES + 16);
        bytes.push(match self.content {
            Content::Entry { .. } => 1,
            Content::Deletion { .. } => 2,
            Content::Acknowledgement { .. } => 3,
            Content::Fold { .. } => 4,
            Content::Retirement { .. } => 5,
        });
        bytes.extend(self.id.as_bytes());
        bytes.extend(self.time.to_be_bytes());
        bytes.extend(self.origin.as_bytes());
        bytes.extend(self.number.to_be_bytes());
        match &self.content {
            Content::Entry { kind, payload } => {
                bytes.extend(kind.to_be_bytes());
                bytes.extend(payload);
            }
            Content::Deletion { target: id }
            | Content::Acknowledgement { deletion: id }
            | Content::Retirement { device: id } => bytes.extend(id.as_bytes()),
            Content::Fold { covers } => covers.iter().for_each(|sequence| bytes.extend(sequence.to_be_bytes())),
        }
        bytes
    }

    /// Reads a record.
    pub fn parse(bytes: &[u8]) -> Result<Self, RecordError> {
        let mut reader = Reader { rest: bytes, all: bytes.len() };
        let [kind] = reader.take()?;
        let id = Uuid::from_bytes(reader.take()?);
        let time = i64::from_be_bytes(reader.take()?);
        let origin = Uuid::from_bytes(reader.take()?);
        let number = u64::from_be_bytes(reader.take()?);
        let content = match kind {
            1 => {
                let kind = u16::from_be_bytes(reader.take()?);
                Content::Entry { kind, payload: Bytes::copy_from_slice(std::mem::take(&mut reader.rest)) }
            }
            2 => Content::Deletion { target: Uuid::from_bytes(reader.take()?) },
            3 => Content::Acknowledgement { deletion: Uuid::from_bytes(reader.take()?) },
            4 => Content::Fold { covers: reader.sequences()? },
            5 => Content::Retirement { device: Uuid::from_bytes(reader.take()?) },
            found => return Err(RecordError::Type { found }),
        };
        match reader.rest.is_empty() && number <= i64::MAX as u64 {
            true => Ok(Self { id, time, origin, number, content }),
            false => Err(RecordError::Length { bytes: bytes.len() }),
        }
    }

    /// The entry, when it is one.
    pub fn into_entry(self) -> Option<Entry> {
        let Self { id, time, origin, number, content } = self;
        match content {
            Content::Entry { kind, payload } => Some(Entry { id, time, origin, number, kind, payload }),
            _ => None,
        }
    }
}

impl From<Entry> for Record {
    fn from(entry: Entry) -> Self {
        let Entry { id, time, origin, number, kind, payload } = entry;
        Self { id, time, origin, number, content: Content::Entry { kind, payload } }
    }
}

struct Reader<'a> {
    rest: &'a [u8],
    all: usize,
}

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], RecordError> {
        let (head, rest) = self.rest.split_first_chunk::<N>().ok_or(RecordError::Length { bytes: self.all })?;
        self.rest = rest;
        Ok(*head)
    }

    fn sequences(&mut self) -> Result<Vec<u64>, RecordError> {
        let mut all = Vec::new();
        while !self.rest.is_empty() {
            all.push(u64::from_be_bytes(self.take()?));
        }
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn record(content: Content) -> Record {
        Record { id: Uuid::from_u128(1), time: -5, origin: Uuid::from_u128(2), number: 3, content }
    }

    #[test]
    fn every_record_comes_back_and_none_is_longer_or_shorter_than_its_type() {
        for content in [
            Content::Entry { kind: 7, payload: Bytes::from_static(b"\xff\0ls") },
            Content::Entry { kind: 0, payload: Bytes::new() },
            Content::Deletion { target: Uuid::from_u128(9) },
            Content::Acknowledgement { deletion: Uuid::from_u128(9) },
            Content::Retirement { device: Uuid::from_u128(9) },
            Content::Fold { covers: vec![1, 2, u64::MAX] },
        ] {
            let record = record(content);
            let bytes = record.to_bytes();
            assert_eq!(Record::parse(&bytes).unwrap(), record);
            assert!(Record::parse(&bytes[..COMMON_BYTES - 1]).is_err());
            if !matches!(record.content, Content::Entry { .. }) {
                assert!(Record::parse(&[bytes.as_slice(), &[0]].concat()).is_err());
            }
        }
    }

    #[test]
    fn a_type_of_a_later_version_is_named() {
        let mut bytes = record(Content::Fold { covers: vec![] }).to_bytes();
        bytes[0] = 6;
        assert_eq!(Record::parse(&bytes), Err(RecordError::Type { found: 6 }));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
            let _ = Record::parse(&bytes);
        }
    }
}
