//! Attachments: content of any length, sealed and opened chunk by chunk in constant memory, and any chunk for itself.
//!
//! ```text
//! offset  bytes
//!      0     20   header of a blob, purpose 4
//!     20     12   nonce of the wrapped data key (random)
//!     32     48   data key (random, used once), wrapped: 32 bytes and tag
//!     80      7   beginning of all nonces (random)
//!     87      …   chunks: 65,536 bytes and a tag of 16 each, the last one shorter where the content ends
//! ```
//!
//! The construction is STREAM (Hoang, Reyhanitabar, Rogaway, Vizár 2015): a chunk's nonce is the common beginning, its
//! index (4 bytes, big endian) and 1 for the last chunk or 0. Each chunk's seal authenticates `data`, the header and the
//! object's key below the user's folder. A stream that was cut, extended or put into another order does not open; what
//! was given out before that was noticed is true as far as it goes.

use std::fmt;

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::{
    chunks::{CHUNK_BYTES, PREFIX_BYTES, SEALED_CHUNK_BYTES, STREAM_START_BYTES, StreamLength},
    header::{ATTACHMENT_DATA, HEADER_BYTES, Header},
    member::MemberKeys,
};
use crate::{
    Error, Result,
    cipher::{Cipher, NONCE_BYTES, random_bytes},
    envelope,
};

/// One attachment's data key and what its chunks authenticate.
struct Chunks {
    data_key: Cipher,
    context: Vec<u8>,
    prefix: [u8; PREFIX_BYTES],
}

impl Chunks {
    fn nonce(&self, index: u64, last: bool) -> Result<[u8; NONCE_BYTES]> {
        let index = u32::try_from(index).map_err(|_| Error::NoChunk { index })?;
        let mut nonce = [0; NONCE_BYTES];
        nonce[..PREFIX_BYTES].copy_from_slice(&self.prefix);
        nonce[PREFIX_BYTES..11].copy_from_slice(&index.to_be_bytes());
        nonce[11] = last.into();
        Ok(nonce)
    }

    fn seal(&self, index: u64, last: bool, plain: &[u8]) -> Result<Vec<u8>> {
        self.data_key.seal(self.nonce(index, last)?, &self.context, plain)
    }

    fn open(&self, index: u64, last: bool, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        self.data_key.open(&self.nonce(index, last)?, &self.context, sealed)
    }
}

impl MemberKeys {
    /// Begins to seal an attachment's data, which will stand under `object_key`. Two calls never give the same bytes: what
    /// is sent again must be sealed again from the start or kept.
    pub fn seal_stream(&self, object_key: &str, random: &mut dyn CryptoRng) -> Result<StreamSealer> {
        let set = self.current()?;
        let header = Header { purpose: ATTACHMENT_DATA, key: set.id, generation: set.generation }.to_bytes();
        let (data_key, wrapped) = envelope::new_data_key(&set.streams, &header, object_key, random)?;
        let prefix: [u8; PREFIX_BYTES] = random_bytes(random);
        let start = [header.as_slice(), &wrapped, &prefix].concat();
        let chunks = Chunks { data_key, context: envelope::context(b"data", &header, object_key), prefix };
        Ok(StreamSealer { chunks, start, index: 0, plain: Zeroizing::new(Vec::with_capacity(CHUNK_BYTES)) })
    }

    /// Begins to open an attachment that was found under `object_key`, from its first [`STREAM_START_BYTES`] bytes (more
    /// may follow, and are not looked at).
    ///
    /// # Errors
    /// As [`Self::open_blob`].
    pub fn open_stream(&self, object_key: &str, start: &[u8]) -> Result<StreamOpener> {
        let (header, rest) = Header::parse_for(ATTACHMENT_DATA, start)?;
        let cut = Error::CutShort { bytes: start.len() };
        let rest = rest.get(..STREAM_START_BYTES - HEADER_BYTES).ok_or(cut)?;
        let (wrapped, found) = rest.split_at(envelope::WRAPPED_BYTES);
        let mut prefix = [0; PREFIX_BYTES];
        prefix.copy_from_slice(found);
        let set = self.set_of(&header)?;
        let header = header.to_bytes();
        let data_key = envelope::unwrap_data_key(&set.streams, &header, object_key, wrapped)?;
        Ok(StreamOpener {
            chunks: Chunks { data_key, context: envelope::context(b"data", &header, object_key), prefix },
        })
    }
}

/// Seals content piece by piece. It holds one chunk at most.
pub struct StreamSealer {
    chunks: Chunks,
    /// What stands in front, until it was given out.
    start: Vec<u8>,
    index: u64,
    plain: Zeroizing<Vec<u8>>,
}

impl StreamSealer {
    /// Takes the next piece of the content and appends to `out` what is ready. How content is cut into pieces makes no
    /// difference.
    ///
    /// # Errors
    /// [`Error::NoChunk`] beyond [`MAX_STREAM_BYTES`](super::MAX_STREAM_BYTES).
    pub fn push(&mut self, mut content: &[u8], out: &mut Vec<u8>) -> Result<()> {
        out.append(&mut self.start);
        while !content.is_empty() {
            if self.plain.len() == CHUNK_BYTES {
                self.seal(false, out)?;
            }
            let (taken, rest) = content.split_at(content.len().min(CHUNK_BYTES - self.plain.len()));
            self.plain.extend_from_slice(taken);
            content = rest;
        }
        Ok(())
    }

    /// Appends the last chunk.
    pub fn finish(mut self, out: &mut Vec<u8>) -> Result<()> {
        out.append(&mut self.start);
        self.seal(true, out)
    }

    fn seal(&mut self, last: bool, out: &mut Vec<u8>) -> Result<()> {
        out.extend(self.chunks.seal(self.index, last, &self.plain)?);
        self.index += 1;
        self.plain.clear();
        Ok(())
    }
}

/// Opens single chunks of one attachment, in any order.
pub struct StreamOpener {
    chunks: Chunks,
}

impl StreamOpener {
    /// The content of one chunk of an object of this length. `sealed` is what stands at
    /// [`StreamLength::sealed_chunk`].
    ///
    /// # Errors
    /// [`Error::Broken`] when it was changed, is another chunk, or the object has not its true length (the last chunk tells
    /// that); [`Error::NoChunk`].
    pub fn chunk(&self, length: StreamLength, index: u64, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        let place = length.sealed_chunk(index)?;
        match place.end - place.start == sealed.len() as u64 {
            true => self.chunks.open(index, index + 1 == length.chunks(), sealed),
            false => Err(Error::CutShort { bytes: sealed.len() }),
        }
    }

    /// Reads all chunks from the first one on.
    pub fn whole(self) -> StreamReader {
        StreamReader { chunks: self.chunks, index: 0, sealed: Vec::with_capacity(SEALED_CHUNK_BYTES), broken: false }
    }
}

/// Opens an attachment piece by piece, from first chunk to last. It holds one chunk at most.
pub struct StreamReader {
    chunks: Chunks,
    index: u64,
    sealed: Vec<u8>,
    /// After an error nothing more is given out.
    broken: bool,
}

impl StreamReader {
    /// Takes the next piece of what stands behind the first [`STREAM_START_BYTES`] bytes, and appends to `out` the content
    /// that was found true. Whether it is all is known only when [`Self::finish`] says so.
    ///
    /// # Errors
    /// [`Error::Broken`].
    pub fn push(&mut self, mut sealed: &[u8], out: &mut Vec<u8>) -> Result<()> {
        while !sealed.is_empty() {
            if self.sealed.len() == SEALED_CHUNK_BYTES {
                self.open(false, out)?;
            }
            let (taken, rest) = sealed.split_at(sealed.len().min(SEALED_CHUNK_BYTES - self.sealed.len()));
            self.sealed.extend_from_slice(taken);
            sealed = rest;
        }
        Ok(())
    }

    /// Appends the content of the last chunk. Without an error, all of the content was there.
    ///
    /// # Errors
    /// [`Error::Broken`] when the stream was cut, extended or changed.
    pub fn finish(mut self, out: &mut Vec<u8>) -> Result<()> {
        let before = out.len();
        self.open(true, out)?;
        match out.len() == before && self.index > 1 {
            true => Err(Error::Broken), // only empty content has an empty chunk
            false => Ok(()),
        }
    }

    fn open(&mut self, last: bool, out: &mut Vec<u8>) -> Result<()> {
        let opened = match self.broken {
            true => Err(Error::Broken),
            false => self.chunks.open(self.index, last, &self.sealed),
        };
        self.broken = opened.is_err();
        out.extend_from_slice(&opened?);
        self.index += 1;
        self.sealed.clear();
        Ok(())
    }
}

macro_rules! shows_nothing {
    ($($name:ident),*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    )*};
}

shows_nothing!(StreamSealer, StreamOpener, StreamReader);

#[cfg(test)]
mod tests {
    use rand::{SeedableRng, rngs::StdRng};

    use super::*;
    use crate::vault::{Generation, MemberId, Vault};

    #[test]
    fn content_that_ends_with_a_chunk_has_no_empty_chunk_behind_it() {
        // Only who holds the key can make such a stream; one content has one length all the same.
        let mut random = StdRng::seed_from_u64(1);
        let keys = Vault::create(&mut random).unwrap().member(MemberId([1; 16]), &[Generation::FIRST]).unwrap();
        let mut sealer = keys.seal_stream("key", &mut random).unwrap();
        let (mut sealed, mut content) = (Vec::new(), Vec::new());
        sealer.push(&[7; CHUNK_BYTES], &mut sealed).unwrap();
        sealer.seal(false, &mut sealed).unwrap();
        sealer.finish(&mut sealed).unwrap();
        let (start, rest) = sealed.split_at(STREAM_START_BYTES);
        let mut reader = keys.open_stream("key", start).unwrap().whole();
        reader.push(rest, &mut content).unwrap();
        assert_eq!(reader.finish(&mut content), Err(Error::Broken));
    }
}
