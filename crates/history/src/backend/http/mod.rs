//! hishtory's server: the backend `http`, so that its users can come over and fleets can be mixed.
//!
//! The server keeps a queue of sealed entries for each device and forgets an entry after five reads. It has no cursor and
//! no place in an order, so three things hold less here than over a bucket:
//!
//! - **Reading is kept before it is read again.** An answer goes into the database whole, in one transaction; pages and
//!   their cursors are made from there, so asking for a page again gives the same. What the server counts as read and
//!   whose answer never arrived is asked for again; such a read is not repeated at once, and after three of them in a row
//!   everything that the server still has is read (`bootstrap`, which counts nothing). *Not idempotent*: an entry that is
//!   read five times by other programs under this device id, or that the server dropped while all answers were lost.
//! - **The server is no copy.** It holds what devices have not read, and what they read lately. Without its database a
//!   device registers anew and gets everything only when another device answers its dump request.
//! - **An end that comes after its entry** is sent as the entry once more. Ours fill it in; hishtory's clients keep the
//!   entry without its end.
//!
//! It carries no shell, session or exact bytes ([`carried`]). Repeating a submit makes the server hold an entry twice;
//! its readers take it once.

mod client;
mod dump;
mod state;
pub(crate) mod wire;

use std::{fmt, time::Duration};

use async_trait::async_trait;
use holdfast_crypto::{HishtoryKeys, HishtorySecret};
use rand_core::CryptoRng;
use serde::de::{DeserializeSeed, SeqAccess, Visitor};
use uuid::Uuid;

use self::{
    client::{Caller, Repeat},
    state::{Known, State},
    wire::{DeletionRequest, Lenient, Messages, Opened, SealedEntry, Submitted},
};
use super::{BackendKind, Cursor, DeletionPage, Page, Reach, SyncBackend};
use crate::{Database, Ending, Entry, Result, Time};

pub use wire::carried;

/// Entries in one request, at most: what hishtory's own client sends at once.
const PART_ENTRIES: usize = 500;
/// Bytes of commands in one request, at most, unless a single one is longer.
const PART_BYTES: usize = 4 << 20;
/// Entries or deletions of a page.
const PAGE: usize = 2_000;
/// Entries that are deleted by one request, at most.
const DELETED_AT_ONCE: usize = 255;
/// Reads without an answer after which everything is read: two fewer than the server forgives.
const AT_RISK: u32 = 3;

/// Where the server is, and how patient to be with it.
#[derive(Debug, Clone)]
pub struct HttpSettings {
    /// Its address: `https://host[:port][/path]`. Without a scheme it is https, and http on this computer.
    pub server: String,
    /// Whether plain http may go to another machine.
    pub allow_http: bool,
    /// How long one answer may take to begin, or to go on.
    pub timeout: Duration,
    /// Attempts in all, at least 1.
    pub attempts: u32,
    /// The id under which this device captures.
    pub device: Uuid,
}

impl HttpSettings {
    /// 30 seconds and five attempts.
    pub fn new(server: impl Into<String>, device: Uuid) -> Self {
        Self { server: server.into(), allow_http: false, timeout: Duration::from_secs(30), attempts: 5, device }
    }
}

/// History at a hishtory server.
pub struct HttpBackend {
    caller: Caller,
    keys: HishtoryKeys,
    state: State,
    random: Box<dyn CryptoRng + Send>,
    device: Uuid,
    /// The page of deletions before this one said that there are more.
    in_deletions: bool,
}

impl fmt::Debug for HttpBackend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpBackend").field("caller", &self.caller).field("keys", &self.keys).finish_non_exhaustive()
    }
}

impl HttpBackend {
    /// Checks the address, sends nothing. `database` is another opening of the one into which the pages go: entries
    /// for devices that ask for all of them are read there, and it remembers what must outlive the program.
    pub fn new(
        settings: HttpSettings,
        secret: &HishtorySecret,
        database: Database,
        random: Box<dyn CryptoRng + Send>,
    ) -> Result<Self> {
        let (device, keys) = (settings.device, HishtoryKeys::derive(secret)?);
        let state = State::over(database, device)?;
        Ok(Self { caller: Caller::new(settings)?, keys, state, random, device, in_deletions: false })
    }

    /// Who this is at the server. Public.
    pub fn user_id(&self) -> &str {
        self.keys.user_id()
    }

    fn who(&self) -> String {
        format!("{} {} {}", self.caller.server(), self.keys.user_id(), self.device)
    }

    /// GET or POST with the parameters that most calls have.
    async fn get(&mut self, call: &str, more: &[(&str, &str)], repeat: Repeat) -> Result<Vec<u8>> {
        let device = self.device.to_string();
        let mut query = vec![("user_id", self.keys.user_id()), ("device_id", device.as_str())];
        query.extend(more);
        self.caller.get(call, &query, repeat).await
    }

    /// Opens every entry of an answer that is a list; how many were none.
    fn open_all(&self, answer: &[u8]) -> Result<(Vec<Opened>, u64)> {
        let (mut opened, mut skipped) = (Vec::new(), 0);
        let mut each = |sealed: Option<SealedEntry>| {
            match sealed.and_then(|sealed| wire::open(&sealed, &self.keys)) {
                Some(one) => opened.push(one),
                None => skipped += 1,
            };
        };
        let mut reader = serde_json::Deserializer::from_slice(answer);
        Members(&mut each).deserialize(&mut reader).map_err(|_| self.caller.foreign())?;
        Ok((opened, skipped))
    }

    fn seal_all(&mut self, entries: &[Entry]) -> Result<Vec<SealedEntry>> {
        let mut sealed = Vec::with_capacity(entries.len());
        for entry in entries {
            let original = self.state.original(entry.entry_id)?;
            sealed.push(wire::seal(entry, original.as_ref(), &self.keys, &mut *self.random)?);
        }
        Ok(sealed)
    }

    /// Reads everything the server has of this user; it counts nothing as read.
    async fn read_everything(&mut self, known: Known) -> Result<u64> {
        let answer = self.get("bootstrap", &[], Repeat::Safe).await?;
        let (opened, skipped) = self.open_all(&answer)?;
        self.state.receive(&opened, known)?;
        Ok(skipped)
    }

    /// Reads what the server has for this device and counts as read.
    async fn read_queue(&mut self) -> Result<u64> {
        let at_risk = self.state.reads_at_risk()?;
        let recovered = if at_risk >= AT_RISK { self.read_everything(Known::Skip).await? } else { 0 };
        self.state.set_reads_at_risk(self.state.reads_at_risk()? + 1)?;
        let answer = self.get("query", &[("queryReason", "holdfast")], Repeat::Unsent).await?;
        let (opened, skipped) = self.open_all(&answer)?;
        self.state.receive(&opened, Known::Skip)?;
        Ok(recovered + skipped)
    }

    fn page(&self, cursor: &Cursor, skipped: u64) -> Result<Page> {
        let (entries, end) = self.state.inbox(position(cursor), PAGE)?;
        let more = entries.len() == PAGE;
        Ok(Page { entries, skipped, cursor: Cursor(end.to_string()), more, ..Page::default() })
    }

    /// The entries that deletion requests mean, as far as they are known here.
    fn meant(&self, requests: Vec<Lenient<DeletionRequest>>) -> Result<Vec<Uuid>> {
        let requests = requests.into_iter().filter_map(|one| one.0).filter(|one| one.user_id == self.keys.user_id());
        let mut ids = Vec::new();
        for message in requests.flat_map(|request| request.messages.message_ids) {
            match wire::end_named(&message) {
                Some(end) => ids.extend(self.state.ended_at(&message.device_id, &end)?),
                None if message.entry_id.is_empty() => {}
                None => ids.push(wire::uuid_of(&message.entry_id)),
            }
        }
        Ok(ids)
    }

    async fn submit_part(&mut self, entries: &[Entry]) -> Result<()> {
        let sealed = self.seal_all(entries)?;
        let device = self.device.to_string();
        let answer = self.caller.post("submit", &[("source_device_id", &device)], &sealed).await?;
        let answer: Submitted = serde_json::from_slice(&answer).map_err(|_| self.caller.foreign())?;
        let deleted = self.meant(answer.deletion_requests)?;
        let asking = answer.dump_requests.into_iter().filter_map(|one| one.0).map(|one| one.requesting_device_id);
        self.state.hear(&deleted, &asking.filter(|asking| *asking != device).collect::<Vec<_>>())
    }
}

#[async_trait]
impl SyncBackend for HttpBackend {
    fn kind(&self) -> BackendKind {
        BackendKind::Http
    }

    fn device_id(&self) -> Uuid {
        self.device
    }

    async fn ping(&mut self) -> Result<()> {
        match self.caller.get("ping", &[], Repeat::Safe).await?.as_slice() {
            b"OK" => Ok(()),
            _ => Err(self.caller.foreign()),
        }
    }

    /// Once: the server would send everything twice to a device that is registered twice. Where the answer was lost it
    /// is not known whether it is, and the next call registers it again; what then comes twice is taken once.
    async fn register_device(&mut self, _: Time) -> Result<()> {
        let who = self.who();
        if self.state.is_registered(&who)? {
            return Ok(());
        }
        self.get("register", &[], Repeat::Unsent).await?;
        self.state.set_registered(&who)
    }

    async fn submit_entries(&mut self, entries: &[Entry], _: Time) -> Result<()> {
        self.state.note_device(entries)?;
        for part in parts(entries) {
            self.submit_part(part).await?;
        }
        Ok(())
    }

    /// Sends the entries once more, with their ends.
    async fn submit_endings(&mut self, endings: &[Ending], now: Time) -> Result<()> {
        let mut entries = Vec::new();
        for ending in endings {
            entries.extend(self.state.database().entry(ending.entry_id)?);
        }
        self.submit_entries(&entries, now).await
    }

    /// Nothing waits here but answers to devices that asked for everything.
    async fn flush(&mut self, _: bool, _: Time) -> Result<()> {
        self.answer_dumps().await
    }

    async fn query_entries(&mut self, cursor: &Cursor, look: Option<Reach>, _: Time) -> Result<Page> {
        let Some(reach) = look else { return self.page(cursor, 0) };
        self.state.forget_inbox()?;
        let mut skipped = self.read_queue().await?;
        if reach == Reach::Everything {
            skipped += self.read_everything(Known::Skip).await?;
        }
        self.page(cursor, skipped)
    }

    async fn bootstrap(&mut self, _: Time) -> Result<Page> {
        let skipped = self.read_everything(Known::Keep).await?;
        self.page(&Cursor::default(), skipped)
    }

    async fn add_deletion_request(&mut self, entries: &[Uuid], now: Time) -> Result<()> {
        for part in entries.chunks(DELETED_AT_ONCE) {
            let mut message_ids = Vec::with_capacity(part.len());
            for id in part {
                message_ids.push(wire::message(*id, self.state.original(*id)?.as_ref(), self.device));
            }
            let request = DeletionRequest {
                user_id: self.keys.user_id().to_owned(),
                destination_device_id: String::new(),
                send_time: wire::written_now(now),
                messages: Messages { message_ids },
                read_count: 0,
            };
            self.caller.post("add-deletion-request", &[], &request).await?;
        }
        Ok(())
    }

    async fn get_deletion_requests(&mut self, cursor: &Cursor, _: Time) -> Result<DeletionPage> {
        if !self.in_deletions {
            let answer = self.get("get-deletion-requests", &[], Repeat::Safe).await?;
            let requests: Option<Vec<Lenient<DeletionRequest>>> =
                serde_json::from_slice(&answer).map_err(|_| self.caller.foreign())?;
            let deleted = self.meant(requests.unwrap_or_default())?;
            self.state.hear(&deleted, &[])?;
        }
        let (deleted, end) = self.state.deletions(position(cursor), PAGE)?;
        self.in_deletions = deleted.len() == PAGE;
        Ok(DeletionPage { deleted, cursor: Cursor(end.to_string()), more: self.in_deletions })
    }

    async fn uninstall(&mut self, _: Time) -> Result<()> {
        let device = self.device.to_string();
        let query = [("user_id", self.keys.user_id()), ("device_id", device.as_str())];
        self.caller.post("uninstall", &query, &[(); 0]).await?;
        self.state.set_registered("")
    }
}

fn position(cursor: &Cursor) -> i64 {
    cursor.0.parse().unwrap_or(0)
}

/// Cuts entries into requests of a size that a server takes well.
fn parts(mut entries: &[Entry]) -> impl Iterator<Item = &[Entry]> {
    std::iter::from_fn(move || {
        let mut bytes = 0;
        let fits = |entry: &&Entry| {
            bytes += entry.command.len();
            bytes <= PART_BYTES
        };
        let count = entries.iter().take(PART_ENTRIES).take_while(fits).count().max(1).min(entries.len());
        let (part, rest) = entries.split_at(count);
        entries = rest;
        (!part.is_empty()).then_some(part)
    })
}

/// Reads a list member by member, so that one that is not as it should be stops no other, and never all at once. `null`
/// is an empty list.
struct Members<'a, F>(&'a mut F);

impl<'de, F: FnMut(Option<SealedEntry>)> DeserializeSeed<'de> for Members<'_, F> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, F: FnMut(Option<SealedEntry>)> Visitor<'de> for Members<'_, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of entries")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while let Some(Lenient(sealed)) = members.next_element()? {
            (self.0)(sealed);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_has_at_most_so_many_entries_and_bytes_and_at_least_one() {
        let of = |length: usize| Entry { command: "x".repeat(length), ..Entry::default() };
        let lengths = |entries: &[Entry]| parts(entries).map(<[Entry]>::len).collect::<Vec<_>>();
        assert_eq!(lengths(&[]), [0; 0]);
        assert_eq!(lengths(&vec![of(1); 1_001]), [500, 500, 1]);
        assert_eq!(lengths(&[of(PART_BYTES + 1), of(1), of(PART_BYTES), of(2)]), [1, 1, 1, 1]);
        assert_eq!(lengths(&[of(PART_BYTES - 1), of(1), of(1)]), [2, 1]);
    }
}
