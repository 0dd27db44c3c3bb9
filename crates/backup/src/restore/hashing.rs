//! The SHA-256 of a file whose parts arrive in any order: it grows as the beginning of the file becomes whole, so that
//! nearly nothing is left to do when the last part is there.

use std::{
    collections::BTreeMap,
    fs::File,
    io,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use holdfast_storage::body::fill_at;
use sha2::{Digest, Sha256};

/// Bytes read back at once: they stay in the processor's cache until they are hashed.
const READ_BACK: usize = 256 << 10;

/// A digest in the making, shared by everything that writes the file.
#[derive(Debug)]
pub(crate) struct OrderedHash {
    file: Arc<File>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    at: u64,
    waiting: BTreeMap<u64, u64>,
    hasher: Option<Sha256>,
}

impl OrderedHash {
    pub(crate) fn new(file: Arc<File>) -> Self {
        let state = State { hasher: Some(Sha256::new()), ..State::default() };
        Self { file, state: Mutex::new(state) }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that `len` bytes from `at` on are in the file, and hashes what can be hashed unless somebody else is at it.
    /// Blocks while it hashes.
    pub(crate) fn wrote(&self, at: u64, len: u64, piece: &[Bytes]) -> io::Result<()> {
        let mut state = self.lock();
        state.waiting.insert(at, at + len);
        let Some(mut hasher) = state.hasher.take() else { return Ok(()) };
        let mut in_memory = (state.at == at).then_some(piece);
        while let Some((start, end)) = state.next() {
            drop(state);
            let hashed = match in_memory.take() {
                Some(piece) => {
                    piece.iter().for_each(|chunk| hasher.update(chunk));
                    Ok(())
                }
                None => self.read_back(&mut hasher, start, end),
            };
            state = self.lock();
            state.at = end;
            if let Err(error) = hashed {
                state.hasher = Some(hasher);
                return Err(error);
            }
        }
        state.hasher = Some(hasher);
        Ok(())
    }

    /// Notes that bytes are in the file from an earlier run; they are hashed when their turn comes.
    pub(crate) fn found(&self, at: u64, len: u64) {
        self.lock().waiting.insert(at, at + len);
    }

    fn read_back(&self, hasher: &mut Sha256, mut at: u64, end: u64) -> io::Result<()> {
        let mut buffer = vec![0; READ_BACK.min((end - at) as usize)];
        while at < end {
            let some = buffer.len().min((end - at) as usize);
            fill_at(&self.file, at, &mut buffer[..some])?;
            hasher.update(&buffer[..some]);
            at += some as u64;
        }
        Ok(())
    }

    /// The digest of the first `size` bytes once they were all noted; `None` before. Call it when nobody writes any more.
    pub(crate) fn finish(&self, size: u64) -> io::Result<Option<[u8; 32]>> {
        let mut state = self.lock();
        let Some(mut hasher) = state.hasher.take() else { return Ok(None) };
        while let Some((start, end)) = state.next() {
            self.read_back(&mut hasher, start, end)?;
            state.at = end;
        }
        Ok((state.at == size).then(|| hasher.finalize().into()))
    }
}

impl State {
    /// The part that comes next, when it is there.
    fn next(&mut self) -> Option<(u64, u64)> {
        let end = self.waiting.remove(&self.at)?;
        Some((self.at, end))
    }
}

#[cfg(test)]
mod tests {
    use super::{super::fetch::PIECE, *};

    #[test]
    fn parts_in_any_order_give_the_digest_of_the_whole() {
        let content: Vec<u8> = (0..3 * PIECE + 17).map(|i| (i * 31 % 251) as u8).collect();
        let parts = [(PIECE, 2 * PIECE), (0, PIECE), (3 * PIECE, 3 * PIECE + 17), (2 * PIECE, 3 * PIECE)];
        for turn in 0..parts.len() {
            let file = tempfile::tempfile().unwrap();
            super::super::dir::write_all_at(&file, &content, 0).unwrap();
            let hash = OrderedHash::new(Arc::new(file));
            assert_eq!(hash.state.lock().unwrap().at, 0);
            for at in 0..parts.len() {
                let (start, end) = parts[(at + turn) % parts.len()];
                let piece = Bytes::copy_from_slice(&content[start..end]);
                hash.wrote(start as u64, (end - start) as u64, &[piece]).unwrap();
            }
            assert_eq!(hash.finish(content.len() as u64).unwrap(), Some(Sha256::digest(&content).into()));
        }
        let empty = OrderedHash::new(Arc::new(tempfile::tempfile().unwrap()));
        assert_eq!(empty.finish(1).unwrap(), None);
    }
}
