//! Is the place what it was? Each device signs the end of its log, and says what it has seen of the others'. A place that
//! serves less than was seen is named; what is known here stays as it is.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use holdfast_journal::Head;
use holdfast_storage::ListRequest;
use uuid::Uuid;

use super::{Pulled, Vault};
use crate::{
    Result,
    heads::{Length, SignedHead},
    layout::{ObjectName, heads_prefix},
    local::set_fact,
    objects,
};

/// Hash of what was placed.
const PLACED: &str = "head placed";
/// What that told of, to tell without counting whether there is something new.
const PLACED_AT: &str = "head placed at";

/// A log of which the place serves less than was seen of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetBack {
    /// Whose log.
    pub device: Uuid,
    /// The device's name, where it is known.
    pub name: Option<String>,
    /// The last segment that was seen or signed.
    pub seen: u64,
    /// The last segment that the place stands for now.
    pub served: u64,
    /// Entries of the device that are missing in the place.
    pub missing: u64,
}

/// Heads as the place served them before its logs were read.
pub(super) type Served = BTreeMap<Uuid, Bytes>;

impl Vault {
    /// Reads the signed ends of all logs: a LIST, and one GET for each device.
    pub(super) async fn read_heads(&mut self) -> Result<Served> {
        let store = self.store.clone();
        let mut request = ListRequest { prefix: heads_prefix().into(), ..ListRequest::default() };
        let mut served = Served::new();
        loop {
            let page = store.list(&request).await?;
            for object in &page.objects {
                if let Some(ObjectName::Head { device }) = ObjectName::parse(object.key.as_str()) {
                    served.extend(self.read_head(device).await?.map(|blob| (device, blob)));
                }
            }
            request.continuation = page.continuation;
            if request.continuation.is_none() {
                return Ok(served);
            }
        }
    }

    async fn read_head(&mut self, device: Uuid) -> Result<Option<Bytes>> {
        let store = self.store.clone();
        objects::read(&*store, &ObjectName::Head { device }.key()?).await
    }

    /// Devices whose ends may be there, without those that were revoked: what they say does not count.
    fn signing_devices(&self) -> Result<BTreeSet<Uuid>> {
        let mut all: BTreeSet<Uuid> = self.journal.status()?.devices.iter().map(|one| one.device).collect();
        all.extend(self.local.heads()?.into_iter().map(|seen| seen.device));
        all.retain(|device| !self.sharing.devices.is_revoked(*device));
        Ok(all)
    }

    fn believed_head(&self, device: Uuid, blob: &[u8]) -> Option<SignedHead> {
        SignedHead::parse(blob, device, &self.sharing.devices.key(device)?)
    }

    /// Compares what was served before the logs were read with what was seen ever, here and by others, and with what the
    /// logs brought.
    pub(super) async fn compare_heads(&mut self, mut served: Served, pulled: &mut Pulled) -> Result<()> {
        let own = served.get(&self.journal.device()).map(|blob| hex::encode(holdfast_crypto::sha256(blob)));
        if own != self.local.fact(PLACED)? {
            self.local.transaction(|conn| set_fact(conn, PLACED_AT, ""))?;
        }
        let (devices, seen) = (self.signing_devices()?, self.seen_lengths(&served)?);
        let read: BTreeMap<Uuid, Head> = self.heads_read()?;
        for device in devices {
            let expected = seen.get(&device).map_or(0, |seen| seen.sequence);
            let shorter = |head: &Option<SignedHead>| head.as_ref().map_or(0, |head| head.own.sequence) < expected;
            let mut head = served.get(&device).and_then(|blob| self.believed_head(device, blob));
            if shorter(&head) {
                // Somebody may have seen what was written after it was read here.
                served.extend(self.read_head(device).await?.map(|blob| (device, blob)));
                head = served.get(&device).and_then(|blob| self.believed_head(device, blob));
            }
            let back = match (seen.get(&device), &head) {
                (Some(seen), head) if shorter(head) => Some(set_back(seen, head.as_ref())),
                (_, Some(head)) if pulled.log_failures.is_empty() => {
                    unserved(head, read.get(&device), self.first_unread(device)?)
                }
                _ => None,
            };
            if let Some(back) = back {
                self.name_set_back(device, back, pulled)?;
            }
            if let Some(head) = head {
                self.local.see_head(head.own)?;
            }
        }
        Ok(())
    }

    fn name_set_back(&self, device: Uuid, back: Back, pulled: &mut Pulled) -> Result<()> {
        let Back { seen, served, missing } = back;
        if self.accepted_at(device)? < seen {
            let name = self.journal.status()?.devices.into_iter().find(|one| one.device == device);
            pulled.set_back.push(SetBack { device, name: name.and_then(|one| one.name), seen, served, missing });
        }
        Ok(())
    }

    /// How long each log was at most, as far as this device has seen it or another one has and says so.
    fn seen_lengths(&self, served: &Served) -> Result<BTreeMap<Uuid, Length>> {
        let mut seen: BTreeMap<Uuid, Length> = BTreeMap::new();
        let said = served.iter().filter_map(|(device, blob)| self.believed_head(*device, blob));
        let said: Vec<Length> = said.flat_map(|head| head.others).collect();
        for length in self.local.heads()?.into_iter().chain(said) {
            let known = seen.entry(length.device).or_insert(length);
            if known.sequence < length.sequence {
                *known = length;
            }
        }
        Ok(seen)
    }

    fn heads_read(&self) -> Result<BTreeMap<Uuid, Head>> {
        let all = self.journal.heads_read()?.into_iter().chain([self.journal.head()?]);
        Ok(all.map(|head| (head.device, head)).collect())
    }

    fn first_unread(&self, device: Uuid) -> Result<Option<u64>> {
        let unread = self.journal.status()?.unread;
        Ok(unread.into_iter().filter(|one| one.device == device).map(|one| one.sequence).min())
    }

    fn accepted_at(&self, device: Uuid) -> Result<u64> {
        Ok(self.local.fact(&accepted(device))?.and_then(|text| text.parse().ok()).unwrap_or(0))
    }

    /// A person knows of it: it is not named again, here, as long as no more is missing.
    pub fn accept_set_back(&mut self, known: &SetBack) -> Result<()> {
        self.local.transaction(|conn| set_fact(conn, &accepted(known.device), &known.seen.to_string()))
    }

    /// Signs the end of the own log and what was seen of others', where that is not what the place has.
    pub(super) async fn place_head(&mut self) -> Result<()> {
        let (Some(keys), true) = (self.device_keys.clone(), self.is_own()) else { return Ok(()) };
        let mut seen = self.local.heads()?;
        seen.retain(|one| one.device != self.journal.device() && !self.sharing.devices.is_revoked(one.device));
        let at = format!("{} {} {}", self.journal.device(), self.journal.sequence()?, sum(&seen));
        if self.local.fact(PLACED_AT)?.as_ref() == Some(&at) {
            return Ok(());
        }
        let Head { device, sequence, hash: Some(hash), entries } = self.journal.head()? else { return Ok(()) };
        let own = Length { device, sequence, entries };
        let blob = SignedHead { own, hash, others: seen }.sign(&keys)?;
        let store = self.store.clone();
        objects::replace(&*store, &ObjectName::Head { device }.key()?, &blob).await?;
        self.local.see_head(own)?;
        let placed = hex::encode(holdfast_crypto::sha256(&blob));
        self.local.transaction(|conn| {
            set_fact(conn, PLACED, &placed)?;
            set_fact(conn, PLACED_AT, &at)
        })
    }
}

/// Grows with everything that is seen.
fn sum(seen: &[Length]) -> u64 {
    seen.iter().map(|one| one.sequence).fold(0, u64::wrapping_add)
}

fn accepted(device: Uuid) -> String {
    format!("set back accepted {device}")
}

/// Last segment that was seen or signed, last one that the place stands for, entries that are missing.
struct Back {
    seen: u64,
    served: u64,
    missing: u64,
}

/// A log whose signed end is not as far as was seen.
fn set_back(seen: &Length, head: Option<&SignedHead>) -> Back {
    let (served, entries) = head.map_or((0, 0), |head| (head.own.sequence, head.own.entries));
    Back { seen: seen.sequence, served, missing: seen.entries.saturating_sub(entries) }
}

/// What was signed and did not come.
fn unserved(head: &SignedHead, read: Option<&Head>, unread: Option<u64>) -> Option<Back> {
    let signed = head.own.sequence;
    let (came, entries) = read.map_or((0, 0), |read| (read.sequence, read.entries));
    let other = read.is_some_and(|read| read.sequence == signed && read.hash.is_some_and(|hash| hash != head.hash));
    let gap = unread.filter(|at| *at <= signed).or(other.then_some(signed));
    let served = gap.map_or(came, |at| came.min(at.saturating_sub(1)));
    let missing = head.own.entries.saturating_sub(entries).max(1);
    (served < signed).then_some(Back { seen: signed, served, missing })
}
