//! Logs after somebody lost a key: a segment that a former key sealed counts as far as was known when the key was left, in
//! whichever log it stands, for whoever held the key can write any log with it. What a device knows beyond that it tells
//! again with the current key, so that all end with the same.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use crate::{
    Journal, Millis, Result,
    record::{Content, Record},
    state::{entries, set_fact},
};

/// How far a device's log counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Limit {
    /// The last segment.
    pub sequence: u64,
    /// The greatest number of an entry that the device made up to there.
    pub number: u64,
}

/// How far logs count, by device; a device that is not named counts for nothing.
pub type Limits = BTreeMap<Uuid, Limit>;

impl Journal {
    /// How far all logs are known here: what counts when a key is left now.
    pub fn limits(&self) -> Result<Limits> {
        let mut limits = Limits::new();
        limits.insert(self.device, Limit { sequence: self.state.end()?.sequence, number: 0 });
        let mut unread: BTreeSet<Uuid> = BTreeSet::new();
        for peer in self.state.peers()? {
            limits.insert(peer.device, Limit { sequence: peer.cursor, number: 0 });
            // What is known of such a log came in another way: its entries are told again, all of them.
            if peer.cursor == 0 || peer.cursor < peer.reached {
                unread.insert(peer.device);
            }
        }
        let mut waits: BTreeSet<Uuid> = BTreeSet::new();
        self.state.for_each_waiting(|record| waits.extend([record.id]))?;
        self.state.for_each_entry(|entry| {
            let counts = !waits.contains(&entry.id) && !unread.contains(&entry.origin);
            if let Some(limit) = limits.get_mut(&entry.origin).filter(|_| counts) {
                limit.number = limit.number.max(entry.number);
            }
            true
        })?;
        Ok(limits)
    }

    /// Whether a segment was sealed with a former key behind what counts of it.
    pub(crate) fn is_beyond(&self, device: Uuid, sequence: u64, segment: &[u8]) -> bool {
        let Some(generation) = self.keys.generation_of(segment) else { return false };
        let table = self.settings.former.get(generation - 1).filter(|_| generation < self.keys.generation());
        table.is_some_and(|limits| sequence > limits.get(&device).copied().unwrap_or_default().sequence)
    }

    /// Lets everything wait again that is known here and lies beyond the limits, to be sealed with the current key. Once
    /// for each `note`.
    pub fn tell_again(&mut self, limits: &Limits, note: &str, now: Millis) -> Result<()> {
        if self.state.fact(note)?.is_some() {
            return Ok(());
        }
        let limit = |device: Uuid| limits.get(&device).copied().unwrap_or_default();
        let mut own = self.state.own_stored(None)?;
        own.retain(|one| one.sequence > limit(self.device).sequence);
        let mut again = self.records_of(&own)?;
        self.state.for_each_entry(|entry| {
            if entry.number > limit(entry.origin).number {
                let content = Content::Entry { kind: entry.kind, payload: entry.payload };
                let (id, time, origin, number) = (entry.id, entry.time, entry.origin, entry.number);
                again.push(Record { id, time, origin, number, content });
            }
            true
        })?;
        let mut waits: BTreeSet<Uuid> = BTreeSet::new();
        self.state.for_each_waiting(|record| waits.extend([record.id]))?;
        self.state.transaction(|conn| {
            for record in again {
                if waits.insert(record.id) && !entries::is_deleted(conn, record.id)? {
                    entries::wait(conn, record.id, &record.to_bytes(), now)?;
                }
            }
            set_fact(conn, note, "1")
        })
    }

    /// Sends the segment that is on its way, if there is one, with the key that sealed it: before another key begins.
    pub async fn send_outgoing(&mut self, now: Millis) -> Result<()> {
        match self.flush_outgoing(now).await {
            Err(crate::Error::Cloned { .. }) => self.renew(now).await.map(drop),
            other => other,
        }
    }
}
