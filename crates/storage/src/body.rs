//! Bytes on their way into and out of a store.

use std::{
    fs::File,
    io,
    sync::{Arc, OnceLock},
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use futures::{Stream, StreamExt, TryStreamExt, stream::BoxStream};

use crate::{Checksum, Error, Key, Result, error::Unreachable};

/// Content as it arrives, in order. An `Err` ends it: what came before must not be taken for the whole.
pub type ByteStream = BoxStream<'static, Result<Bytes>>;

/// How many bytes of a file are read at once when it is streamed.
const FILE_CHUNK: usize = 1 << 20;

/// Content to be written.
pub struct Body {
    content: Content,
    /// SHA-256 of exactly these bytes, when the caller knows it already: it signs the payload without a second pass.
    pub sha256: Option<[u8; 32]>,
    /// A checksum that is known once the last byte has passed; a store keeps it like that of the write's options.
    pub late_checksum: Option<LateChecksum>,
}

/// A checksum that arrives behind the content (as a trailer). Ask for it when the content's stream has ended.
#[derive(Debug, Clone, Default)]
pub struct LateChecksum(Arc<OnceLock<Checksum>>);

impl LateChecksum {
    /// Makes the checksum known. Only the first call counts.
    pub fn set(&self, checksum: Checksum) {
        let _ = self.0.set(checksum);
    }

    /// The checksum, once it is known.
    pub fn get(&self) -> Option<Checksum> {
        self.0.get().cloned()
    }
}

/// Where the bytes come from.
pub enum Content {
    /// In memory; can be sent again.
    Bytes(Bytes),
    /// `len` bytes of an open file from `offset`, read by position; can be sent again.
    FileRange {
        /// The open file.
        file: Arc<File>,
        /// First byte.
        offset: u64,
        /// Number of bytes.
        len: u64,
    },
    /// Arrives once and cannot be sent again. An error in the stream must leave nothing behind.
    Stream {
        /// The content.
        stream: ByteStream,
        /// Its length in bytes where the sender announced one.
        len: Option<u64>,
    },
}

impl Body {
    /// Content in memory.
    pub fn bytes(bytes: impl Into<Bytes>) -> Self {
        Content::Bytes(bytes.into()).into()
    }

    /// Part of an open file.
    pub fn file_range(file: Arc<File>, offset: u64, len: u64) -> Self {
        Content::FileRange { file, offset, len }.into()
    }

    /// Content that arrives once.
    pub fn stream(stream: ByteStream, len: Option<u64>) -> Self {
        Content::Stream { stream, len }.into()
    }

    /// Says that the SHA-256 of the content is known to be `digest`.
    pub fn with_sha256(mut self, digest: [u8; 32]) -> Self {
        self.sha256 = Some(digest);
        self
    }

    /// Says that a checksum will be known when the content has passed.
    pub fn with_late_checksum(mut self, late: LateChecksum) -> Self {
        self.late_checksum = Some(late);
        self
    }

    /// Length in bytes, unless the content is a stream of unknown length.
    pub fn len(&self) -> Option<u64> {
        match &self.content {
            Content::Bytes(bytes) => Some(bytes.len() as u64),
            Content::FileRange { len, .. } => Some(*len),
            Content::Stream { len, .. } => *len,
        }
    }

    /// Whether the content is known to hold no byte.
    pub fn is_empty(&self) -> bool {
        self.len() == Some(0)
    }

    /// Gives up the content.
    pub fn into_content(self) -> Content {
        self.content
    }

    /// The content as a stream, whatever it was.
    pub fn into_stream(self) -> ByteStream {
        match self.content {
            Content::Bytes(bytes) => futures::stream::once(async move { Ok(bytes) }).boxed(),
            Content::FileRange { file, offset, len } => stream_file(file, offset, len),
            Content::Stream { stream, .. } => stream,
        }
    }

    /// The whole content in memory. Meant for small objects and for the memory store.
    pub async fn collect(self) -> Result<Bytes> {
        match self.content {
            Content::Bytes(bytes) => Ok(bytes),
            _ => collect(self.into_stream()).await,
        }
    }
}

impl From<Content> for Body {
    fn from(content: Content) -> Self {
        Self { content, sha256: None, late_checksum: None }
    }
}

/// Reads a stream to its end into memory.
pub async fn collect(mut stream: ByteStream) -> Result<Bytes> {
    let Some(first) = stream.try_next().await? else { return Ok(Bytes::new()) };
    let Some(second) = stream.try_next().await? else { return Ok(first) };
    let mut whole = BytesMut::from(first);
    whole.extend_from_slice(&second);
    while let Some(chunk) = stream.try_next().await? {
        whole.extend_from_slice(&chunk);
    }
    Ok(whole.freeze())
}

/// A download that brings nothing for so long is broken.
const STALL: Duration = Duration::from_secs(60);

/// Passes on exactly `expected` bytes; ends with an error when fewer or more come, or nothing for too long.
pub(crate) fn exactly<E: Send + 'static>(
    key: Key,
    body: impl Stream<Item = Result<Bytes, E>> + Send + Unpin + 'static,
    expected: u64,
) -> ByteStream {
    futures::stream::try_unfold((body, 0u64, key), move |(mut body, got, key)| async move {
        match tokio::time::timeout(STALL, body.next()).await {
            Err(_) => Err(Error::Unreachable(Unreachable::Timeout)),
            Ok(None) if got == expected => Ok(None),
            Ok(None | Some(Err(_))) => Err(Error::Truncated { key, expected, got }),
            Ok(Some(Ok(chunk))) => {
                let got = got + chunk.len() as u64;
                match got > expected {
                    true => Err(Error::Truncated { key, expected, got }),
                    false => Ok(Some((chunk, (body, got, key)))),
                }
            }
        }
    })
    .boxed()
}

fn stream_file(file: Arc<File>, offset: u64, len: u64) -> ByteStream {
    futures::stream::try_unfold((file, offset, len), |(file, offset, left)| async move {
        if left == 0 {
            return Ok(None);
        }
        let want = left.min(FILE_CHUNK as u64) as usize;
        let reader = file.clone();
        let chunk = tokio::task::spawn_blocking(move || read_exact_at(&reader, offset, want))
            .await
            .map_err(|e| Error::io("reading a file", io::Error::other(e)))?
            .map_err(|e| Error::io("reading a file", e))?;
        Ok(Some((chunk, (file, offset + want as u64, left - want as u64))))
    })
    .boxed()
}

/// Reads exactly `len` bytes from `offset` without moving the file's cursor.
pub fn read_exact_at(file: &File, offset: u64, len: usize) -> io::Result<Bytes> {
    let mut buffer = vec![0; len];
    fill_at(file, offset, &mut buffer)?;
    Ok(buffer.into())
}

/// Fills `buffer` from `offset` on without moving the file's cursor on Unix.
pub fn fill_at(file: &File, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
    #[cfg(unix)]
    std::os::unix::fs::FileExt::read_exact_at(file, buffer, offset)?;
    #[cfg(windows)]
    {
        use std::os::windows::fs::FileExt;
        let mut filled = 0;
        while filled < buffer.len() {
            match file.seek_read(&mut buffer[filled..], offset + filled as u64)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                n => filled += n,
            }
        }
    }
    Ok(())
}
