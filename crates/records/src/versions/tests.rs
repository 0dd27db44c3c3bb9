//! Records on several devices: whatever arrives in whatever order, all end with the same, and nothing is lost.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::model::{Fields, Kind};

const RECORD: Uuid = Uuid::from_u128(1);

/// A device with what it knows.
#[derive(Clone)]
struct Device {
    id: Uuid,
    clock: u64,
    records: BTreeMap<Uuid, Record>,
    written: Vec<Version>,
}

impl Device {
    fn new(id: u128) -> Self {
        Self { id: Uuid::from_u128(id), clock: 0, records: BTreeMap::new(), written: Vec::new() }
    }

    fn record(&self) -> Record {
        self.records.get(&RECORD).cloned().unwrap_or_else(|| Record::new(RECORD))
    }

    fn take(&mut self, version: Version) {
        self.clock = self.clock.max(version.node.clock);
        self.records.entry(version.record).or_insert_with(|| Record::new(version.record)).insert(version);
    }

    fn write(&mut self, draft: Draft) {
        let number = self.records.get(&draft.record).map_or(1, |record| record.lineage().next_number());
        let node = Node {
            id: VersionId { number, device: self.id },
            clock: self.clock + 1,
            parents: draft.parents,
            deleted: draft.deleted,
            time: 0,
        };
        let author = format!("device {}", self.id);
        let version =
            Version { format: FORMAT, record: draft.record, node, author, content: draft.content, later: draft.later };
        assert_eq!(Version::parse(&version.to_bytes().unwrap()).unwrap(), version);
        self.written.push(version.clone());
        self.take(version);
    }

    fn edit(&mut self, field: &str, value: i64) {
        let record = self.record();
        let fields = record.shown().map_or(Fields::default(), |shown| shown.content.fields.clone());
        let content = Content::new(Kind::Note, fields.with(field, value));
        let parents = record.parents_of_an_edit();
        self.write(Draft { record: RECORD, parents, deleted: false, content, later: BTreeMap::new() });
    }

    fn delete(&mut self) {
        let parents = self.record().all_heads();
        let content = Content::new(Kind::Note, Fields::default());
        self.write(Draft { record: RECORD, parents, deleted: true, content, later: BTreeMap::new() });
    }

    fn resolve(&mut self, resolution: &Resolution) -> Result<usize, Unresolved> {
        let drafts = resolve(&self.record(), resolution)?;
        let count = drafts.len();
        drafts.into_iter().for_each(|draft| self.write(draft));
        Ok(count)
    }

    fn shown(&self, field: &str) -> Option<i64> {
        self.record().current()?.content.fields.get(field)?.as_i64()
    }
}

fn exchange(one: &mut Device, two: &mut Device) {
    let (from_one, from_two) = (one.written.clone(), two.written.clone());
    from_one.into_iter().for_each(|version| two.take(version));
    from_two.into_iter().for_each(|version| one.take(version));
}

/// Two devices that edited one record apart, and then heard of each other.
fn apart() -> (Device, Device) {
    let (mut one, mut two) = (Device::new(1), Device::new(2));
    one.edit("a", 1);
    one.edit("b", 1);
    exchange(&mut one, &mut two);
    one.edit("a", 10);
    two.edit("a", 20);
    two.edit("b", 20);
    exchange(&mut one, &mut two);
    (one, two)
}

#[test]
fn an_edit_of_what_is_known_is_no_conflict() {
    let (mut one, mut two) = (Device::new(1), Device::new(2));
    one.edit("a", 1);
    exchange(&mut one, &mut two);
    two.edit("a", 2);
    exchange(&mut one, &mut two);
    assert_eq!((one.shown("a"), one.record().conflict()), (Some(2), None));
    assert_eq!(one.record(), two.record());
}

#[test]
fn a_conflict_shows_the_greatest_by_clock_and_names_each_field_that_differs() {
    let (one, two) = apart();
    assert_eq!(one.record(), two.record());
    assert_eq!((one.shown("a"), one.shown("b")), (Some(20), Some(20)));
    let conflict = one.record().conflict().unwrap();
    assert_eq!(conflict.sides.len(), 2);
    let fields: Vec<_> = conflict.fields.iter().map(|one| (one.field.as_str(), one.merged)).collect();
    assert_eq!(fields, [("a", Merged::Choose), ("b", Merged::Side(0))]);
    assert_eq!(conflict.fields[0].base, Some(1.into()));
    assert_eq!(conflict.to_choose().collect::<Vec<_>>(), ["a"]);
}

#[test]
fn taking_a_side_ends_the_conflict_and_doing_it_again_writes_nothing() {
    let (mut one, _) = apart();
    let other = one.record().conflict().unwrap().sides[1];
    assert_eq!(one.resolve(&Resolution::Take(other)), Ok(1));
    assert_eq!((one.shown("a"), one.record().conflict()), (Some(10), None));
    assert_eq!(one.resolve(&Resolution::Take(other)), Ok(0));
    assert_eq!(one.resolve(&Resolution::KeepBoth), Ok(0));
}

#[test]
fn a_merge_asks_for_what_both_changed_and_takes_the_rest() {
    let (mut one, _) = apart();
    let sides = one.record().conflict().unwrap().sides;
    let unchosen = Unresolved::Unchosen { field: "a".into() };
    assert_eq!(one.resolve(&Resolution::Merge(BTreeMap::new())), Err(unchosen));
    let stranger = VersionId { number: 9, device: Uuid::nil() };
    let choose = |choice| Resolution::Merge([("a".to_owned(), choice)].into());
    assert_eq!(one.resolve(&choose(Choice::Side(stranger))), Err(Unresolved::NotASide));
    assert_eq!(one.resolve(&Resolution::Take(stranger)), Err(Unresolved::NotASide));
    assert_eq!(one.clone().resolve(&choose(Choice::Value(7.into()))), Ok(1));
    assert_eq!(one.resolve(&choose(Choice::Side(sides[1]))), Ok(1));
    assert_eq!((one.shown("a"), one.shown("b"), one.record().conflict()), (Some(10), Some(20), None));
}

#[test]
fn keeping_both_makes_a_record_of_its_own_for_the_other_side() {
    let (mut one, mut two) = apart();
    assert_eq!(one.resolve(&Resolution::KeepBoth), Ok(2));
    assert_eq!((one.shown("a"), one.record().conflict()), (Some(20), None));
    let twins = |device: &Device| -> Vec<Record> {
        device.records.values().filter(|record| record.id != RECORD).cloned().collect()
    };
    assert_eq!(twins(&one)[0].current().unwrap().content.fields.get("a"), Some(&10.into()));
    // The other device decides the same before it hears of it: there is one twin, without a conflict.
    assert_eq!(two.resolve(&Resolution::KeepBoth), Ok(2));
    exchange(&mut one, &mut two);
    assert_eq!(one.records, two.records);
    assert_eq!(twins(&one).len(), 1);
    assert!(one.records.values().all(|record| record.conflict().is_none()));
}

#[test]
fn two_devices_that_resolve_at_once_end_with_the_same() {
    let sides = apart().0.record().conflict().unwrap().sides;
    let merge = Resolution::Merge([("a".to_owned(), Choice::Side(sides[0]))].into());
    for (mine, yours, agreed) in [
        (Resolution::Take(sides[0]), Resolution::Take(sides[0]), true),
        (merge.clone(), merge.clone(), true),
        (merge, Resolution::Take(sides[0]), true),
        (Resolution::Take(sides[0]), Resolution::Take(sides[1]), false),
    ] {
        let (mut one, mut two) = apart();
        one.resolve(&mine).unwrap();
        two.resolve(&yours).unwrap();
        exchange(&mut one, &mut two);
        assert_eq!(one.record(), two.record());
        assert_eq!(one.record().conflict().is_none(), agreed, "{mine:?} {yours:?}");
        one.edit("c", 1);
        exchange(&mut one, &mut two);
        assert_eq!(two.shown("c"), Some(1));
    }
}

#[test]
fn an_edit_wins_over_a_deletion_in_a_merge_and_both_deleting_is_no_conflict() {
    let (mut one, mut two) = (Device::new(1), Device::new(2));
    one.edit("a", 1);
    exchange(&mut one, &mut two);
    let (mut three, mut four) = (one.clone(), two.clone());
    one.edit("a", 2);
    two.delete();
    exchange(&mut one, &mut two);
    let conflict = one.record().conflict().unwrap();
    assert_eq!((conflict.deleting.len(), conflict.fields.len()), (1, 0));
    assert_eq!(one.resolve(&Resolution::Merge(BTreeMap::new())), Ok(1));
    assert_eq!((one.shown("a"), one.record().is_deleted()), (Some(2), false));
    three.delete();
    four.delete();
    exchange(&mut three, &mut four);
    assert_eq!((three.record().conflict(), three.record().is_deleted()), (None, true));
    assert!(three.record().current().is_none());
}

#[test]
fn a_deletion_that_the_log_tells_of_hides_the_record_before_its_blob_is_there() {
    let mut one = Device::new(1);
    one.edit("a", 1);
    let mut other = one.record();
    one.delete();
    other.insert_node(one.written[1].node.clone());
    assert!(other.is_deleted() && other.current().is_none());
}

#[derive(Debug, Clone)]
enum Step {
    Edit(usize, u8, i64),
    Delete(usize),
    Resolve(usize, u8),
    Deliver(usize, usize, usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (0..3_usize, 0..3_u8, 0..4_i64).prop_map(|(device, field, value)| Step::Edit(device, field, value)),
        1 => (0..3_usize).prop_map(Step::Delete),
        2 => (0..3_usize, 0..4_u8).prop_map(|(device, how)| Step::Resolve(device, how)),
        4 => (0..3_usize, 0..3_usize, any::<usize>()).prop_map(|(from, to, upto)| Step::Deliver(from, to, upto)),
    ];
    proptest::collection::vec(step, 1..40)
}

fn carry_out(devices: &mut [Device], step: &Step) {
    match *step {
        Step::Edit(at, field, value) => devices[at].edit(["a", "b", "c"][usize::from(field)], value),
        Step::Delete(at) => devices[at].delete(),
        Step::Resolve(at, how) => {
            let Some(conflict) = devices[at].record().conflict() else { return };
            let first = conflict.sides[0];
            let choices = conflict.to_choose().map(|field| (field.to_owned(), Choice::Value(5.into()))).collect();
            let resolution = match how {
                0 => Resolution::Take(first),
                1 => Resolution::Take(conflict.sides[1]),
                2 => Resolution::Merge(choices),
                _ => Resolution::KeepBoth,
            };
            devices[at].resolve(&resolution).unwrap();
            assert_eq!(devices[at].record().conflict(), None, "resolved is resolved");
        }
        Step::Deliver(from, to, upto) => {
            // A log is read from its beginning, so a device never knows a version without those before it in that log.
            let written = devices[from].written.clone();
            let count = upto % (written.len() + 1);
            written.into_iter().take(count).for_each(|version| devices[to].take(version));
        }
    }
}

proptest! {
    #[test]
    fn devices_that_heard_of_everything_show_the_same_and_nothing_is_lost(steps in steps()) {
        let mut devices = [Device::new(1), Device::new(2), Device::new(3)];
        steps.iter().for_each(|step| carry_out(&mut devices, step));
        let all: Vec<Version> = devices.iter().flat_map(|device| device.written.clone()).collect();
        let mut backwards = Device::new(4);
        all.iter().rev().for_each(|version| backwards.take(version.clone()));
        for device in &mut devices {
            all.iter().for_each(|version| device.take(version.clone()));
            prop_assert_eq!(&device.records, &backwards.records);
        }
        let names: BTreeSet<(Uuid, VersionId)> = all.iter().map(|version| (version.record, version.id())).collect();
        prop_assert_eq!(names.len(), all.len(), "no two versions have one name");
        for record in backwards.records.values() {
            let behind: BTreeSet<VersionId> =
                record.all_heads().into_iter().flat_map(|head| record.lineage().ancestors(head)).collect();
            prop_assert_eq!(behind.len(), record.versions().len());
        }
    }
}
