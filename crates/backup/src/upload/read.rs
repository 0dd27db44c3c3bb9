//! Reads a file while it holds still: facts before and after must agree, or what was read is thrown away.

use std::{
    collections::VecDeque,
    fs::File,
    io::{self, Read},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use holdfast_storage::body::fill_at;
use sha2::{Digest, Sha256};
use tokio_util::sync::CancellationToken;

use crate::{
    file_meta::{FileMeta, Nanos, nanos_of},
    name,
    report::FailureReason,
};

/// Threads that read and hash.
pub(super) const THREADS: usize = 2;
/// Bytes read at once while hashing a large file.
const CHUNK: usize = 256 << 10;
/// Chunks of a large file in memory.
const CHUNKS: usize = 8;

/// How long a file must have been left alone to be believed.
const FRESH: Duration = Duration::from_millis(30);

/// A file's content with the facts it had while it was read.
pub(super) struct Still {
    pub(super) content: Bytes,
    pub(super) meta: FileMeta,
    pub(super) sha256: [u8; 32],
}

/// A large file that was hashed; it stays open.
pub(super) struct Hashed {
    pub(super) file: Arc<File>,
    pub(super) meta: FileMeta,
    pub(super) sha256: [u8; 32],
    /// CRC-32C of each part of [`super::part_size`] bytes: what is sent later must be what was hashed.
    parts: Vec<u32>,
}

/// Bytes that were read, and how many.
type Chunk = (Arc<Vec<u8>>, usize);

fn reason(error: io::Error) -> FailureReason {
    match error.kind() {
        io::ErrorKind::NotFound => FailureReason::Vanished,
        _ => FailureReason::Io(error),
    }
}

/// Opens a regular file without following a link and without waiting on a fifo.
fn open(path: &Path) -> Result<(File, FileMeta), FailureReason> {
    let mut options = File::options();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK | libc::O_CLOEXEC);
    }
    let file = options.open(path).map_err(reason)?;
    let meta = file.metadata().map_err(reason)?;
    match meta.is_file() {
        true => Ok((file, FileMeta::of(&meta))),
        false => Err(FailureReason::Unstable),
    }
}

fn unchanged(file: &File, before: &FileMeta) -> Result<(), FailureReason> {
    let after = FileMeta::of(&file.metadata().map_err(reason)?);
    let settled = !is_fresh(&after, nanos_of(SystemTime::now()));
    if settled && after.same_as(before) { Ok(()) } else { Err(FailureReason::Unstable) }
}

/// Whether a file was written so shortly before `now` that another write could leave the same times behind: clocks of
/// file systems tick in milliseconds.
fn is_fresh(meta: &FileMeta, now: Nanos) -> bool {
    let written = if meta.ctime == 0 { meta.mtime } else { meta.ctime };
    now.abs_diff(written) < FRESH.as_nanos() as u64
}

/// Reads a file below `limit` bytes, or a link's target.
pub(super) fn read_small(path: &Path, is_link: bool, limit: u64) -> Result<Still, FailureReason> {
    let (content, meta) = if is_link { read_link(path)? } else { read_file(path, limit)? };
    let sha256 = Sha256::digest(&content).into();
    Ok(Still { content, meta, sha256 })
}

fn read_link(path: &Path) -> Result<(Bytes, FileMeta), FailureReason> {
    let meta = FileMeta::of(&std::fs::symlink_metadata(path).map_err(reason)?);
    let target = match std::fs::read_link(path) {
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => return Err(FailureReason::Unstable),
        other => other.map_err(reason)?,
    };
    Ok((Bytes::from(name::encode(target.as_os_str())), meta))
}

fn read_file(path: &Path, limit: u64) -> Result<(Bytes, FileMeta), FailureReason> {
    let (mut file, meta) = open(path)?;
    if meta.size >= limit {
        return Err(FailureReason::Unstable);
    }
    let mut content = vec![0; meta.size as usize];
    match file.read_exact(&mut content) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Err(FailureReason::Unstable),
        other => other.map_err(reason)?,
    }
    unchanged(&file, &meta)?;
    Ok((content.into(), meta))
}

/// Hashes a whole file, notes what its parts look like, and keeps it open for sending; `pulse` counts what was read.
/// `None` when cancelled.
pub(super) fn hash_large(
    path: &Path,
    cancel: &CancellationToken,
    pulse: &AtomicU64,
) -> Result<Option<Hashed>, FailureReason> {
    let (file, meta) = open(path)?;
    let (parts, sha256) = std::thread::scope(|scope| {
        let (chunks, to_hash) = sync_channel(CHUNKS / 2);
        let sha256 = scope.spawn(move || sha256_of(&to_hash));
        let parts = read_whole(&file, meta.size, cancel, pulse, &chunks);
        drop(chunks);
        (parts, sha256.join())
    });
    let Some(parts) = parts? else { return Ok(None) };
    let sha256 = sha256.map_err(|_| FailureReason::Io(io::Error::other("hashing a file stopped")))?;
    unchanged(&file, &meta)?;
    Ok(Some(Hashed { file: Arc::new(file), meta, sha256, parts }))
}

/// Reads `size` bytes, hands on every chunk, and returns the CRC of each part.
fn read_whole(
    mut file: &File,
    size: u64,
    cancel: &CancellationToken,
    pulse: &AtomicU64,
    chunks: &SyncSender<Chunk>,
) -> Result<Option<Vec<u32>>, FailureReason> {
    let step = super::part_size(size);
    let (mut parts, mut used) = (Vec::new(), VecDeque::<Arc<Vec<u8>>>::new());
    let mut at = 0;
    while at < size {
        if cancel.is_cancelled() {
            return Ok(None);
        }
        let spare = if used.len() < CHUNKS { None } else { used.pop_front().and_then(|old| Arc::try_unwrap(old).ok()) };
        let mut buffer = spare.unwrap_or_else(|| vec![0; CHUNK]);
        if at % step == 0 {
            parts.push(0);
        }
        let want = (size - at).min(step - at % step).min(CHUNK as u64) as usize;
        let len = match file.read(&mut buffer[..want]).map_err(reason)? {
            0 => return Err(FailureReason::Unstable),
            len => len,
        };
        if let Some(crc) = parts.last_mut() {
            *crc = crc32c::crc32c_append(*crc, &buffer[..len]);
        }
        let buffer = Arc::new(buffer);
        let _ends_with_us = chunks.send((buffer.clone(), len));
        used.push_back(buffer);
        at += len as u64;
        pulse.store(at, Ordering::Relaxed);
    }
    Ok(Some(parts))
}

fn sha256_of(chunks: &Receiver<Chunk>) -> [u8; 32] {
    let mut digest = Sha256::new();
    for (buffer, len) in chunks {
        digest.update(&buffer[..len]);
    }
    digest.finalize().into()
}

impl Hashed {
    /// Whether the file is still what was hashed.
    pub(super) fn is_still(&self) -> bool {
        unchanged(&self.file, &self.meta).is_ok()
    }

    /// Reads a part again and returns its digest. A part that is not what was hashed is unstable: writing through a
    /// memory map need not change a file's times.
    pub(super) fn read_part(&self, index: usize, offset: u64, room: &mut [u8]) -> Result<[u8; 32], FailureReason> {
        let (mut tally, mut at) = (Tally::default(), offset);
        for piece in room.chunks_mut(CHUNK) {
            tally.read(&self.file, at, piece)?;
            at += piece.len() as u64;
        }
        tally.digest(self.parts.get(index))
    }

    /// As [`Self::read_part`], for a part that is too large to keep.
    pub(super) fn digest_part(&self, index: usize, offset: u64, len: u64) -> Result<[u8; 32], FailureReason> {
        let (mut tally, mut scratch, end) = (Tally::default(), vec![0; CHUNK], offset + len);
        for at in (offset..end).step_by(CHUNK) {
            let piece = (end - at).min(CHUNK as u64) as usize;
            tally.read(&self.file, at, &mut scratch[..piece])?;
        }
        tally.digest(self.parts.get(index))
    }
}

/// Both digests of what is read, while it is still in the processor's cache.
#[derive(Default)]
struct Tally {
    sha256: Sha256,
    crc: u32,
}

impl Tally {
    fn read(&mut self, file: &File, at: u64, piece: &mut [u8]) -> Result<(), FailureReason> {
        fill_at(file, at, piece).map_err(|_| FailureReason::Unstable)?;
        self.crc = crc32c::crc32c_append(self.crc, piece);
        self.sha256.update(piece);
        Ok(())
    }

    fn digest(self, expected: Option<&u32>) -> Result<[u8; 32], FailureReason> {
        if expected == Some(&self.crc) { Ok(self.sha256.finalize().into()) } else { Err(FailureReason::Unstable) }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_file_that_changes_is_not_taken() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        std::fs::write(&path, "content").unwrap();
        assert!(matches!(read_small(&path, false, 100), Err(FailureReason::Unstable)), "it was written just now");
        std::thread::sleep(FRESH);
        let still = read_small(&path, false, 100).unwrap();
        assert_eq!(&still.content[..], b"content");
        let hashed = hash_large(&path, &CancellationToken::new(), &AtomicU64::new(0)).unwrap().unwrap();
        assert_eq!(hashed.sha256, still.sha256);
        assert!(hashed.is_still());
        assert_eq!(hashed.read_part(0, 0, &mut [0; 7]).unwrap(), still.sha256);
        File::options().append(true).open(&path).unwrap().write_all(b"!").unwrap();
        assert!(!hashed.is_still());
        assert!(matches!(read_small(&path, false, 8), Err(FailureReason::Unstable)), "it grew past the limit");
    }

    #[test]
    fn every_part_has_its_digest() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        let step = super::super::part_size(1) as usize;
        for size in [0, 1, step - 1, step, step + 1, 2 * step + CHUNK + 7] {
            let content: Vec<u8> = (0..size).map(|i| (i * 31 % 251) as u8).collect();
            std::fs::write(&path, &content).unwrap();
            std::thread::sleep(FRESH);
            let hashed = hash_large(&path, &CancellationToken::new(), &AtomicU64::new(0)).unwrap().unwrap();
            assert_eq!(hashed.sha256, <[u8; 32]>::from(Sha256::digest(&content)), "{size}");
            for (index, part) in content.chunks(step).enumerate() {
                let (offset, want) = ((index * step) as u64, <[u8; 32]>::from(Sha256::digest(part)));
                let mut room = vec![0; part.len()];
                assert_eq!(hashed.read_part(index, offset, &mut room).unwrap(), want, "{size}");
                assert_eq!(room, part, "{size}");
                assert_eq!(hashed.digest_part(index, offset, part.len() as u64).unwrap(), want, "{size}");
            }
        }
        let cancelled = CancellationToken::new();
        cancelled.cancel();
        assert!(hash_large(&path, &cancelled, &AtomicU64::new(0)).unwrap().is_none());
    }

    #[test]
    fn a_part_that_is_not_what_was_hashed_is_not_sent() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        std::fs::write(&path, "content").unwrap();
        std::thread::sleep(FRESH);
        let hashed = hash_large(&path, &CancellationToken::new(), &AtomicU64::new(0)).unwrap().unwrap();
        std::fs::write(&path, "CONTENT").unwrap();
        assert!(matches!(hashed.read_part(0, 0, &mut [0; 7]), Err(FailureReason::Unstable)));
        assert!(matches!(hashed.digest_part(0, 0, 7), Err(FailureReason::Unstable)));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_or_fifo_in_the_place_of_a_file_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("link");
        std::os::unix::fs::symlink("/etc/passwd", &link).unwrap();
        assert!(read_small(&link, false, 1 << 20).is_err());
        assert_eq!(&read_small(&link, true, 1 << 20).unwrap().content[..], b"/etc/passwd");
        let fifo = folder.path().join("fifo");
        rustix::fs::mknodat(rustix::fs::CWD, &fifo, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
        assert!(read_small(&fifo, false, 1 << 20).is_err());
        assert!(matches!(read_small(&folder.path().join("none"), false, 9), Err(FailureReason::Vanished)));
    }
}
