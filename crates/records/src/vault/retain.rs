//! Old versions and when they go: the rule that a person set, what devices tell to have seen, a plan, and carrying it out.

use std::collections::{BTreeMap, BTreeSet};

use holdfast_journal::{HOUR, Millis};
use holdfast_storage::Key;
use uuid::Uuid;

use super::{Sent, Vault};
use crate::{
    Result,
    change::{Action, Change, MAX_SEEN, Subject, version_id_of},
    layout::ObjectName,
    local::{put_change, set_fact},
    retention::{Retention, SeenBy, removable},
    versions::{OpenRecord, VersionId},
};

/// How often a device tells what it has seen, where there is something new.
const TELL_EVERY: Millis = HOUR;
const TOLD: &str = "seen told";
/// Objects of one delete request.
const DELETE_AT_ONCE: usize = 1_000;

/// A version whose blob may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Removal {
    /// Whose record.
    pub member: Uuid,
    /// Which.
    pub record: Uuid,
    /// The version.
    pub version: VersionId,
}

/// What a retention would remove.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RetentionPlan {
    /// By member, record and version.
    pub removals: Vec<Removal>,
}

impl Vault {
    /// The rule for old versions; none keeps everything.
    pub fn retention(&self) -> Result<Option<Retention>> {
        self.local.retention()
    }

    /// Sets the rule for all devices. Nothing goes by this alone: what would go is planned and carried out for itself.
    pub fn set_retention(&mut self, retention: Option<Retention>, now: Millis) -> Result<()> {
        self.owners_work()?;
        let change = self.change(Action::Update, Subject::Retention { retention }, Uuid::nil(), now)?;
        self.local.transaction(|conn| put_change(conn, &change, now))
    }

    pub(super) fn change(&self, action: Action, subject: Subject, member: Uuid, now: Millis) -> Result<Change> {
        let (device, clock) = (self.journal.device(), self.local.next_clock()?);
        Ok(Change { member, device, clock, time: now, action, subject })
    }

    /// Lets others know which newer versions this device has, so that what they follow may go. Only where somebody set a
    /// rule: else nobody needs to know.
    pub(super) fn tell_seen(&mut self, now: Millis) -> Result<()> {
        let last = self.local.fact(TOLD)?.and_then(|text| text.parse::<Millis>().ok());
        let early = last.is_some_and(|last| (last..last.saturating_add(TELL_EVERY)).contains(&now));
        if early || self.retention()?.is_none() {
            return Ok(());
        }
        let own = self.journal.device();
        let told = self.local.seen()?.remove(&own).unwrap_or_default();
        let mut new = Vec::new();
        for (member, records) in &self.contents.members {
            for (record, node) in records.values().flat_map(|one| one.here().map(move |node| (one.id(), node))) {
                let change = version_id_of(record, *member, node.id.number, node.id.device);
                if node.id.device != own && !node.parents.is_empty() && !told.contains(&change) {
                    new.push(change);
                }
            }
        }
        for changes in new.chunks(MAX_SEEN) {
            let subject = Subject::Seen { changes: changes.to_vec() };
            let change = self.change(Action::Insert, subject, Uuid::nil(), now)?;
            self.local.transaction(|conn| put_change(conn, &change, now))?;
        }
        self.local.transaction(|conn| set_fact(conn, TOLD, &now.to_string()))
    }

    /// What would go now. Makes no request and changes nothing.
    pub fn plan_retention(&self, now: Millis) -> Result<RetentionPlan> {
        let Some(rule) = self.retention()? else { return Ok(RetentionPlan::default()) };
        let gone = self.local.removed()?;
        let told = self.local.seen()?;
        let devices = self.journal.status()?.devices.into_iter().filter(|device| device.retired.is_none());
        let devices: Vec<Uuid> = devices.map(|device| device.device).collect();
        let mut removals = Vec::new();
        for (member, records) in &self.contents.members {
            // Who was removed comes back by the profile of before.
            let needed = self.contents.is_removed(*member).then_some(*member);
            let several = |record: &&OpenRecord| record.lineage().nodes().nth(1).is_some();
            for record in records.values().filter(several).filter(|record| Some(record.id()) != needed) {
                let seen = self.seen_by(&devices, &told, *member, record);
                let of_record =
                    |(m, r, version): &(Uuid, Uuid, VersionId)| (m == member && *r == record.id()).then_some(*version);
                let first = (*member, record.id(), VersionId { number: 0, device: Uuid::nil() });
                let gone: BTreeSet<VersionId> = gone.range(first..).map_while(of_record).collect();
                let going = removable(record.lineage(), &gone, &seen, rule, now);
                removals.extend(going.into_iter().map(|version| Removal {
                    member: *member,
                    record: record.id(),
                    version,
                }));
            }
        }
        Ok(RetentionPlan { removals })
    }

    fn seen_by(
        &self,
        devices: &[Uuid],
        told: &BTreeMap<Uuid, BTreeSet<Uuid>>,
        member: Uuid,
        record: &OpenRecord,
    ) -> SeenBy {
        let own = self.journal.device();
        let sees = |device: Uuid, id: VersionId| match device == own {
            true => record.has(id),
            false => told
                .get(&device)
                .is_some_and(|told| told.contains(&version_id_of(record.id(), member, id.number, id.device))),
        };
        let of = |device: Uuid| {
            let all = record.lineage().nodes().map(|node| node.id);
            (device, all.filter(|id| sees(device, *id)).collect())
        };
        devices.iter().copied().map(of).collect()
    }

    /// Lets a plan be carried out with the next sending: the log is told first, then the blobs go. What the plan holds and
    /// may not go any more stays. Returns how many will go.
    pub fn carry_out_retention(&mut self, plan: &RetentionPlan, now: Millis) -> Result<usize> {
        let mut still: BTreeSet<Removal> = self.plan_retention(now)?.removals.into_iter().collect();
        still.retain(|one| plan.removals.contains(one));
        for Removal { member, record, version } in &still {
            let subject = Subject::Removal { record: *record, version: *version };
            let change = self.change(Action::Delete, subject, *member, now)?;
            self.local.transaction(|conn| put_change(conn, &change, now))?;
        }
        Ok(still.len())
    }

    /// Removes blobs of which the log tells, in the place and here.
    pub(super) async fn remove_told(&mut self, sent: &mut Sent) -> Result<()> {
        let mut told: Vec<(i64, Uuid, Uuid, VersionId, Key)> = Vec::new();
        for one in self.local.waiting_and_told()? {
            if let Subject::Removal { record, version } = one.change.subject {
                let member = one.change.member;
                let key = ObjectName::Version { member, record, version }.key()?;
                told.push((one.position, member, record, version, key));
            }
        }
        let store = self.store.clone();
        for some in told.chunks(DELETE_AT_ONCE) {
            let keys: Vec<Key> = some.iter().map(|(.., key)| key.clone()).collect();
            let answers = store.delete_many(&keys).await?;
            for ((position, member, record, version, _), answer) in some.iter().zip(answers) {
                // One that fails is asked for again with the next sending.
                if answer.is_ok() {
                    self.local.drop_blobs(&[(*member, *record, *version)])?;
                    self.reload(*member, *record)?;
                    self.local.sent(*position)?;
                    sent.removed += 1;
                }
            }
        }
        Ok(())
    }
}
