//! Room for parts of large files that is used again: making it anew costs the system more than filling it. What lies idle
//! here and the content that is under way are never more together than a run may hold.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use super::{MEMORY, lock};

/// The idle rooms of a run.
#[derive(Debug, Default)]
pub(super) struct Rooms {
    idle: Mutex<Vec<Vec<u8>>>,
    /// Bytes of them.
    bytes: AtomicUsize,
}

/// A room in use. It goes back when it is dropped.
#[derive(Debug)]
pub(super) struct Room {
    pub(super) bytes: Vec<u8>,
    home: Arc<Rooms>,
}

impl Rooms {
    /// A room of `len` bytes. The caller holds a permit for as many.
    pub(super) fn take(self: &Arc<Self>, len: usize) -> Room {
        let mut bytes = lock(&self.idle).pop().unwrap_or_default();
        self.bytes.fetch_sub(bytes.capacity(), Ordering::Relaxed);
        bytes.resize(len, 0);
        Room { bytes, home: self.clone() }
    }

    /// Gives up idle rooms until they fit into what is `free` of the memory of a run, bytes. To be called when memory was
    /// taken for something else.
    pub(super) fn shrink_to(&self, free: u64) {
        while self.bytes.load(Ordering::Relaxed) as u64 > free {
            let Some(room) = lock(&self.idle).pop() else { return };
            self.bytes.fetch_sub(room.capacity(), Ordering::Relaxed);
        }
    }

    fn give_back(&self, room: Vec<u8>) {
        let after = self.bytes.fetch_add(room.capacity(), Ordering::Relaxed) + room.capacity();
        match after as u64 <= MEMORY {
            true => lock(&self.idle).push(room),
            false => drop(self.bytes.fetch_sub(room.capacity(), Ordering::Relaxed)),
        }
    }
}

impl AsRef<[u8]> for Room {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        self.home.give_back(std::mem::take(&mut self.bytes));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PART: usize = 8 << 20;

    fn idle(rooms: &Rooms) -> u64 {
        let counted = rooms.bytes.load(Ordering::Relaxed);
        assert_eq!(counted, lock(&rooms.idle).iter().map(Vec::capacity).sum::<usize>());
        counted as u64
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        /// Steps: a part begins, the oldest part ends, a small file of so many MiB begins, the oldest small file ends.
        #[test]
        fn idle_rooms_and_content_are_never_more_than_the_memory(steps in prop::collection::vec((0..4u8, 1..16u64), 0..200)) {
            let rooms = Arc::<Rooms>::default();
            let (mut parts, mut files) = (Vec::<Room>::new(), Vec::<u64>::new());
            for (step, mebibytes) in steps {
                let used = |parts: &[Room], files: &[u64]| (parts.len() * PART) as u64 + files.iter().sum::<u64>();
                let free = MEMORY - used(&parts, &files);
                match step {
                    0 if free >= PART as u64 => {
                        parts.push(rooms.take(PART));
                        rooms.shrink_to(free - PART as u64);
                    }
                    1 if !parts.is_empty() => drop(parts.remove(0)),
                    2 if free >= mebibytes << 20 => {
                        files.push(mebibytes << 20);
                        rooms.shrink_to(free - (mebibytes << 20));
                    }
                    3 if !files.is_empty() => drop(files.remove(0)),
                    _ => {}
                }
                prop_assert!(used(&parts, &files) + idle(&rooms) <= MEMORY);
            }
        }
    }

    #[test]
    fn a_room_is_used_again() {
        let rooms = Arc::<Rooms>::default();
        let first = rooms.take(PART).bytes.as_ptr();
        assert_eq!(rooms.take(PART - 1).bytes.as_ptr(), first);
        assert_eq!(rooms.take(PART).as_ref().len(), PART);
        assert_eq!(idle(&rooms), PART as u64);
    }
}
