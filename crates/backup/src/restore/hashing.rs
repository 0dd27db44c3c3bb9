//! The SHA-256 of a file whose parts arrive in any order: one thread follows the beginning of the file as it becomes whole,
//! so that nobody who writes waits for it and nearly nothing is left to do when the last part is there.

use std::{
    collections::BTreeMap,
    fs::File,
    io,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use holdfast_storage::body::fill_at;
use sha2::{Digest, Sha256};

use super::fetch::PIECE;

/// Bytes read back at once: they stay in the processor's cache until they are hashed.
const READ_BACK: usize = 256 << 10;

/// What may wait in memory for its turn, bytes. The rest is read back from the file, which the system has in memory still.
pub(crate) const WAITING_ROOM: usize = 4 * PIECE;

/// A digest in the making, shared by everything that writes the file and the one that follows.
#[derive(Debug)]
pub(crate) struct OrderedHash {
    file: Arc<File>,
    state: Mutex<State>,
    news: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Up to here it was hashed, or is being hashed.
    at: u64,
    waiting: BTreeMap<u64, Part>,
    /// Bytes of content in `waiting`.
    held: usize,
    ending: Ending,
}

/// Bytes that are in the file.
#[derive(Debug)]
struct Part {
    end: u64,
    /// The bytes themselves where there was room for them.
    held: Option<Vec<Bytes>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Ending {
    #[default]
    MoreMayCome,
    AllIsThere,
    GivenUp,
}

impl OrderedHash {
    pub(crate) fn new(file: Arc<File>) -> Self {
        Self { file, state: Mutex::default(), news: Condvar::new() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that `piece` is in the file from `at` on, and keeps it when its turn comes soon.
    pub(crate) fn wrote(&self, at: u64, piece: Vec<Bytes>) {
        let len: usize = piece.iter().map(Bytes::len).sum();
        let mut state = self.lock();
        let soon = at.saturating_sub(state.at) < WAITING_ROOM as u64 && state.held + len <= WAITING_ROOM;
        state.held += if soon { len } else { 0 };
        state.waiting.insert(at, Part { end: at + len as u64, held: soon.then_some(piece) });
        self.news.notify_one();
    }

    /// Notes that bytes are in the file from an earlier run.
    pub(crate) fn found(&self, at: u64, len: u64) {
        self.lock().waiting.insert(at, Part { end: at + len, held: None });
        self.news.notify_one();
    }

    /// Says that nobody writes any more: what is there is the whole.
    pub(crate) fn all_is_there(&self) {
        self.end(Ending::AllIsThere);
    }

    /// Says that nobody wants the digest any more.
    pub(crate) fn give_up(&self) {
        self.end(Ending::GivenUp);
    }

    fn end(&self, ending: Ending) {
        self.lock().ending = ending;
        self.news.notify_one();
    }

    /// Hashes what is noted, in order, until everything is there: the digest of the first `size` bytes, or `None` when some
    /// of them were never noted or nobody wants it any more. Blocks.
    pub(crate) fn follow(&self, size: u64) -> io::Result<Option<[u8; 32]>> {
        let mut hasher = Sha256::new();
        while let Some((start, part)) = self.next() {
            match part.held {
                Some(piece) => piece.iter().for_each(|chunk| hasher.update(chunk)),
                None => self.read_back(&mut hasher, start, part.end)?,
            }
        }
        let state = self.lock();
        let whole = state.at == size && state.ending != Ending::GivenUp;
        Ok(whole.then(|| hasher.finalize().into()))
    }

    /// The part whose turn it is; waits for it while it may still come.
    fn next(&self) -> Option<(u64, Part)> {
        let mut state = self.lock();
        loop {
            if state.ending == Ending::GivenUp {
                return None;
            }
            if let Some(next) = state.take() {
                return Some(next);
            }
            if state.ending == Ending::AllIsThere {
                return None;
            }
            state = self.news.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn read_back(&self, hasher: &mut Sha256, mut at: u64, end: u64) -> io::Result<()> {
        let mut buffer = vec![0; READ_BACK.min((end - at) as usize)];
        while at < end && self.lock().ending != Ending::GivenUp {
            let some = buffer.len().min((end - at) as usize);
            fill_at(&self.file, at, &mut buffer[..some])?;
            hasher.update(&buffer[..some]);
            at += some as u64;
        }
        Ok(())
    }
}

impl State {
    /// The part that comes next, when it is there.
    fn take(&mut self) -> Option<(u64, Part)> {
        let (start, part) = self.waiting.remove_entry(&self.at)?;
        self.at = part.end;
        self.held -= part.held.iter().flatten().map(Bytes::len).sum::<usize>();
        Some((start, part))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content() -> (Vec<u8>, Arc<File>) {
        let content: Vec<u8> = (0..7 * PIECE + 17).map(|i| (i * 31 % 251) as u8).collect();
        let file = tempfile::tempfile().unwrap();
        super::super::dir::write_all_at(&file, &content, 0).unwrap();
        (content, Arc::new(file))
    }

    fn note(hash: &OrderedHash, content: &[u8], start: usize) {
        let end = (start + PIECE).min(content.len());
        hash.wrote(start as u64, vec![Bytes::copy_from_slice(&content[start..end])]);
    }

    #[test]
    fn parts_in_any_order_give_the_digest_of_the_whole() {
        let (content, file) = content();
        let starts: Vec<usize> = (0..content.len()).step_by(PIECE).collect();
        for turn in 0..starts.len() {
            for backwards in [false, true] {
                let hash = Arc::new(OrderedHash::new(file.clone()));
                let (following, size) = (hash.clone(), content.len() as u64);
                let follower = std::thread::spawn(move || following.follow(size));
                for at in 0..starts.len() {
                    let at = if backwards { starts.len() - 1 - at } else { at };
                    note(&hash, &content, starts[(at + turn) % starts.len()]);
                }
                hash.all_is_there();
                let digest = follower.join().unwrap().unwrap();
                assert_eq!(digest, Some(Sha256::digest(&content).into()), "{turn} {backwards}");
                assert_eq!(hash.lock().held, 0);
            }
        }
    }

    #[test]
    fn what_waits_in_memory_is_bounded_and_found_parts_are_read_from_the_file() {
        let (content, file) = content();
        let hash = OrderedHash::new(file);
        for start in (PIECE..content.len()).step_by(PIECE) {
            note(&hash, &content, start);
            assert!(hash.lock().held <= WAITING_ROOM);
        }
        assert!(hash.lock().held > 0);
        hash.found(0, PIECE as u64);
        hash.all_is_there();
        assert_eq!(hash.follow(content.len() as u64).unwrap(), Some(Sha256::digest(&content).into()));
    }

    #[test]
    fn a_gap_or_a_run_that_is_given_up_gives_no_digest() {
        let (content, file) = content();
        let size = content.len() as u64;
        let gap = OrderedHash::new(file.clone());
        note(&gap, &content, PIECE);
        gap.all_is_there();
        assert_eq!(gap.follow(size).unwrap(), None);
        let given_up = OrderedHash::new(file);
        given_up.found(0, size);
        given_up.give_up();
        assert_eq!(given_up.follow(size).unwrap(), None);
    }
}
