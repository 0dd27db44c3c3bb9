//! Where the chunks of an attachment stand: lengths and places, plain and sealed. Pure arithmetic, no keys.

use std::ops::Range;

use super::header::HEADER_BYTES;
use crate::{Error, Result, cipher::TAG_BYTES, envelope::WRAPPED_BYTES};

/// Plain bytes of every chunk but the last.
pub const CHUNK_BYTES: usize = 64 << 10;
/// Bytes of the nonces' common beginning.
pub(super) const PREFIX_BYTES: usize = 7;
/// Bytes in front of the first chunk.
pub const STREAM_START_BYTES: usize = HEADER_BYTES + WRAPPED_BYTES + PREFIX_BYTES;
/// Bytes of every sealed chunk but the last.
pub const SEALED_CHUNK_BYTES: usize = CHUNK_BYTES + TAG_BYTES;
/// The longest content: as many chunks as the counter of 32 bits names.
pub const MAX_STREAM_BYTES: u64 = CHUNK * (1 << 32);

const CHUNK: u64 = CHUNK_BYTES as u64;
const SEALED_CHUNK: u64 = SEALED_CHUNK_BYTES as u64;
const START: u64 = STREAM_START_BYTES as u64;
const TAG: u64 = TAG_BYTES as u64;

/// How long an attachment is, plain and sealed. Empty content has one chunk, all other content no empty one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamLength {
    plain: u64,
}

/// The chunks that hold a range of the content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChunkSpan {
    /// Indices of the chunks, 0 for the first.
    pub chunks: Range<u64>,
    /// Bytes of the sealed object that hold them.
    pub sealed: Range<u64>,
    /// Plain bytes of the first chunk that stand before the range.
    pub skip: usize,
}

impl StreamLength {
    /// Of content of so many bytes.
    ///
    /// # Errors
    /// [`Error::TooLong`] beyond [`MAX_STREAM_BYTES`].
    pub fn of_plain(plain: u64) -> Result<Self> {
        match plain <= MAX_STREAM_BYTES {
            true => Ok(Self { plain }),
            false => Err(Error::TooLong { bytes: plain, limit: MAX_STREAM_BYTES }),
        }
    }

    /// Of an object of so many bytes. The last chunk tells whether the length is true.
    ///
    /// # Errors
    /// [`Error::CutShort`] when no attachment has this length, [`Error::TooLong`].
    pub fn of_sealed(sealed: u64) -> Result<Self> {
        let cut = || Error::CutShort { bytes: usize::try_from(sealed).unwrap_or(usize::MAX) };
        let body = sealed.checked_sub(START).filter(|body| *body >= TAG).ok_or_else(cut)?;
        let chunks = body.div_ceil(SEALED_CHUNK);
        let last = body - (chunks - 1) * SEALED_CHUNK;
        let least = if chunks == 1 { TAG } else { TAG + 1 };
        match last >= least {
            true => Self::of_plain(body - chunks * TAG),
            false => Err(cut()),
        }
    }

    /// Bytes of the content.
    pub fn plain(self) -> u64 {
        self.plain
    }

    /// Bytes of the object.
    pub fn sealed(self) -> u64 {
        START + self.plain + self.chunks() * TAG
    }

    /// How many chunks there are: at least 1.
    pub fn chunks(self) -> u64 {
        self.plain.div_ceil(CHUNK).max(1)
    }

    /// Where a chunk stands in the object.
    ///
    /// # Errors
    /// [`Error::NoChunk`].
    pub fn sealed_chunk(self, index: u64) -> Result<Range<u64>> {
        match index < self.chunks() {
            true => {
                let start = START + index * SEALED_CHUNK;
                Ok(start..(start + SEALED_CHUNK).min(self.sealed()))
            }
            false => Err(Error::NoChunk { index }),
        }
    }

    /// The chunks that hold these bytes of the content; what lies beyond its end is left out. `None` when nothing is left.
    pub fn span(self, plain: Range<u64>) -> Option<ChunkSpan> {
        let end = plain.end.min(self.plain);
        if plain.start >= end {
            return None;
        }
        let chunks = plain.start / CHUNK..end.div_ceil(CHUNK);
        let sealed = START + chunks.start * SEALED_CHUNK..(START + chunks.end * SEALED_CHUNK).min(self.sealed());
        Some(ChunkSpan { chunks, sealed, skip: (plain.start % CHUNK) as usize })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lengths_are_those_of_the_format() {
        for (plain, chunks, sealed) in [
            (0, 1, 87 + 16),
            (1, 1, 87 + 17),
            (65_536, 1, 87 + 65_552),
            (65_537, 2, 87 + 65_552 + 17),
            (131_072, 2, 87 + 2 * 65_552),
            (MAX_STREAM_BYTES, 1 << 32, 87 + MAX_STREAM_BYTES + (16 << 32)),
        ] {
            let length = StreamLength::of_plain(plain).unwrap();
            assert_eq!((length.chunks(), length.sealed()), (chunks, sealed), "{plain}");
            assert_eq!(StreamLength::of_sealed(sealed), Ok(length));
        }
        let limit = MAX_STREAM_BYTES;
        assert_eq!(StreamLength::of_plain(limit + 1), Err(Error::TooLong { bytes: limit + 1, limit }));
        assert!(matches!(StreamLength::of_sealed(u64::MAX), Err(Error::TooLong { .. } | Error::CutShort { .. })));
    }

    #[test]
    fn lengths_that_no_attachment_has_are_told() {
        let one = 87 + 65_552;
        for sealed in [0, 86, 87, 102, one + 1, one + 16] {
            assert_eq!(StreamLength::of_sealed(sealed), Err(Error::CutShort { bytes: sealed as usize }), "{sealed}");
        }
    }

    #[test]
    fn a_range_is_held_by_as_few_chunks_as_possible() {
        let length = StreamLength::of_plain(200_000).unwrap();
        for (range, chunks, skip) in [
            (0..1, 0..1, 0),
            (65_535..65_536, 0..1, 65_535),
            (65_536..65_537, 1..2, 0),
            (65_535..131_073, 0..3, 65_535),
            (199_999..u64::MAX, 3..4, 3_391),
        ] {
            let span = length.span(range).unwrap();
            assert_eq!((span.chunks.clone(), span.skip), (chunks, skip));
            assert_eq!(span.sealed.start, length.sealed_chunk(span.chunks.start).unwrap().start);
            assert_eq!(span.sealed.end, length.sealed_chunk(span.chunks.end - 1).unwrap().end);
        }
        assert_eq!((length.span(5..5), length.span(200_000..200_001)), (None, None));
        assert_eq!(length.sealed_chunk(4), Err(Error::NoChunk { index: 4 }));
    }

    proptest! {
        #[test]
        fn plain_and_sealed_lengths_lead_to_each_other(plain in 0..=MAX_STREAM_BYTES) {
            let length = StreamLength::of_plain(plain).unwrap();
            prop_assert_eq!(StreamLength::of_sealed(length.sealed()), Ok(length));
            prop_assert_eq!(length.sealed_chunk(length.chunks() - 1).unwrap().end, length.sealed());
        }

        #[test]
        fn no_length_makes_it_panic(sealed: u64) {
            if let Ok(length) = StreamLength::of_sealed(sealed) {
                prop_assert_eq!(length.sealed(), sealed);
            }
        }
    }
}
