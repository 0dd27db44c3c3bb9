//! Devices of one user over the memory store, step by step.

mod common;

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU32, Ordering},
};

use async_trait::async_trait;
use bytes::Bytes;
use common::{World, everyone, keys};
use holdfast_journal::{Captured, Creates, DAY, Error, Journal, MINUTE, NewEntry, Reach, State, Uuid, plan::Due};
use holdfast_storage::{
    Key, ObjectStore, RequestKind,
    fault::{Fault, Faults, Rule},
    layer::{Layer, Layered, Request},
    meter::Meter,
};
use rand::{SeedableRng, rngs::StdRng};

#[tokio::test]
async fn two_devices_exchange_sealed_entries() {
    for creates in [Creates::Honoured, Creates::NotHonoured] {
        let world = World::new();
        let (mut laptop, mut desk) = (world.device(1, creates), world.device(2, creates));
        let first = laptop.capture("ls -l", 10);
        let second = desk.capture("git push --force", 5);
        laptop.journal.flush(20).await.unwrap();
        desk.journal.flush(20).await.unwrap();
        assert_eq!(laptop.journal.pull(Reach::Everything, 30).await.unwrap().new_entries, 1);
        assert_eq!(desk.journal.pull(Reach::Everything, 30).await.unwrap().new_entries, 1);
        assert_eq!(laptop.ids(), [second, first]);
        assert_eq!(laptop.ids(), desk.ids());
        for (key, content) in world.objects().await {
            let content = String::from_utf8_lossy(&content);
            assert!(!content.contains("git push") && !content.contains("device 1"), "{key}");
        }
    }
}

#[tokio::test]
async fn a_poll_costs_one_get_for_each_peer() {
    let world = World::new();
    let meter = Meter::new();
    let store = Layered::wrap(world.store.clone(), meter.clone());
    let mut reader = world.device_over(store, State::in_memory().unwrap(), 9, Creates::Honoured);
    let mut writers: Vec<_> = (1..=3).map(|seed| world.device(seed, Creates::Honoured)).collect();
    for writer in &mut writers {
        writer.capture("ls", 0);
        writer.journal.flush(0).await.unwrap();
    }
    reader.journal.pull(Reach::Usual, 0).await.unwrap();
    let before = meter.tally();
    reader.journal.pull(Reach::Usual, MINUTE).await.unwrap();
    let after = meter.tally();
    assert_eq!(after.requests[&RequestKind::Get] - before.requests[&RequestKind::Get], 3);
    assert_eq!(after.total() - before.total(), 3);
}

#[tokio::test]
async fn a_segment_whose_answer_was_lost_is_no_second_segment() {
    for creates in [Creates::Honoured, Creates::NotHonoured] {
        let world = World::new();
        let lost = Rule::nth(RequestKind::Put, 1, Fault::LoseAnswer).on_key("/log/");
        let store = Layered::wrap(world.store.clone(), Faults::new(vec![lost]));
        let mut device = world.device_over(store, State::in_memory().unwrap(), 1, creates);
        device.capture("ls", 0);
        assert!(device.journal.flush(0).await.unwrap_err().is_retryable());
        let segment = world.segment(device.journal.device(), 1);
        let written = world.read(&segment).await.unwrap();
        device.capture("later", 1);
        assert_eq!(device.journal.flush(2).await.unwrap().new_device, None);
        assert_eq!(world.read(&segment).await.unwrap(), written);
        assert!(world.read(&world.segment(device.journal.device(), 2)).await.is_some());
        assert!(world.read(&world.segment(device.journal.device(), 3)).await.is_none());
    }
}

#[tokio::test]
async fn records_wait_five_minutes_or_for_a_hundred() {
    let mut device = World::new().device(1, Creates::Honoured);
    assert_eq!(device.journal.due(0).unwrap(), Due::Nothing);
    device.capture("first", 0);
    assert_eq!(device.journal.due(MINUTE).unwrap(), Due::At(5 * MINUTE));
    assert_eq!(device.journal.due(5 * MINUTE).unwrap(), Due::Now);
    for number in 0..99 {
        device.capture(&format!("command {number}"), MINUTE);
    }
    assert_eq!(device.journal.due(MINUTE).unwrap(), Due::Now);
    device.journal.flush(MINUTE).await.unwrap();
    assert_eq!(device.journal.due(DAY).unwrap(), Due::Nothing);
}

#[tokio::test]
async fn a_deleted_entry_is_gone_everywhere_acknowledged_and_written_out_of_its_log() {
    let world = World::new();
    let (mut owner, mut other) = (world.device(1, Creates::Honoured), world.device(2, Creates::Honoured));
    let (secret, stays) = (owner.capture("export PASSWORD=hunter2", 1), owner.capture("ls", 2));
    everyone(&mut [&mut owner, &mut other], 10).await;
    assert!(other.journal.delete(secret, 20).unwrap().is_some());
    assert_eq!(other.journal.delete(secret, 20).unwrap(), None);
    other.journal.flush(20).await.unwrap();
    assert_eq!(owner.journal.pull(Reach::Usual, 30).await.unwrap().new_deletions, 1);
    assert_eq!(owner.ids(), [stays]);
    let missing =
        |device: &common::Device| device.journal.status().unwrap().open_deletions.pop().map(|one| one.missing);
    assert_eq!(missing(&other), Some(vec![owner.journal.device()]));
    everyone(&mut [&mut owner, &mut other], 40).await;
    assert_eq!((missing(&owner), missing(&other)), (None, None));

    let first = world.segment(owner.journal.device(), 1);
    assert!(world.read(&first).await.is_some());
    assert_eq!(owner.journal.maintain_now(45).await.unwrap().folds, 1);
    owner.journal.maintain_now(40 + 29 * DAY).await.unwrap();
    assert!(world.read(&first).await.is_some(), "readers that are behind still find it");
    owner.journal.maintain_now(50 + 30 * DAY).await.unwrap();
    assert!(world.read(&first).await.is_none());

    let again = NewEntry { id: secret, time: 1, kind: 1, payload: Bytes::from_static(b"again") };
    assert_eq!(owner.journal.capture(again, 60).unwrap(), Captured::Deleted);
    let mut fresh = world.device(3, Creates::Honoured);
    fresh.journal.pull(Reach::Usual, 0).await.unwrap();
    assert_eq!(fresh.ids(), [stays]);
}

#[tokio::test]
async fn readers_that_are_behind_and_ahead_of_a_fold_get_the_same_once() {
    let world = World::new();
    let mut settings = world.settings(1, Creates::Honoured);
    settings.fold.fan = 4;
    let mut writer = world.device_with(world.store.clone(), State::in_memory().unwrap(), 1, settings);
    let (mut ahead, mut behind) = (world.device(2, Creates::Honoured), world.device(3, Creates::Honoured));
    let mut expected = Vec::new();
    for number in 0..10 {
        expected.push(writer.capture(&format!("command {number}"), number));
        writer.journal.flush(number).await.unwrap();
        ahead.journal.pull(Reach::Usual, number).await.unwrap();
        if number == 1 {
            behind.journal.pull(Reach::Usual, number).await.unwrap();
        }
        writer.journal.maintain(number).await.unwrap();
    }
    let removed = writer.journal.maintain_now(31 * DAY).await.unwrap().removed;
    assert_eq!(removed, 8, "two folds of four");
    assert_eq!(ahead.journal.pull(Reach::Usual, 32 * DAY).await.unwrap().new_entries, 0);
    assert_eq!(behind.journal.pull(Reach::Usual, 32 * DAY).await.unwrap().new_entries, 8);
    for reader in [&ahead, &behind] {
        assert_eq!(reader.ids(), expected);
        let status = reader.journal.status().unwrap();
        assert!(status.unread.is_empty() && status.problems.is_empty(), "{status:?}");
    }
}

#[tokio::test]
async fn a_cloned_disk_takes_a_new_id_and_keeps_all_its_entries() {
    for creates in [Creates::Honoured, Creates::NotHonoured] {
        let world = World::new();
        let mut original = world.device(1, creates);
        original.capture("before", 1);
        original.journal.flush(1).await.unwrap();
        let mut state = original.journal.into_state();
        let copy = state.copy().unwrap();
        let mut original = world.device_over(world.store.clone(), state, 11, creates);
        let mut clone = world.device_over(world.store.clone(), copy, 12, creates);
        assert_eq!(original.journal.device(), clone.journal.device());
        original.capture("of the original", 2);
        clone.capture("of the clone", 3);
        original.journal.flush(5).await.unwrap();
        assert_eq!(clone.journal.flush(5).await.unwrap().new_device, Some(clone.journal.device()));
        assert_ne!(original.journal.device(), clone.journal.device());
        everyone(&mut [&mut original, &mut clone], 10).await;
        assert_eq!(original.ids().len(), 3);
        assert_eq!(original.ids(), clone.ids());
    }
}

#[tokio::test]
async fn a_copy_that_wakes_after_its_twin_has_tidied_up_is_noticed() {
    let world = World::new();
    let mut settings = world.settings(1, Creates::Honoured);
    settings.fold.fan = 2;
    let mut original = world.device_with(world.store.clone(), State::in_memory().unwrap(), 1, settings);
    original.journal.register(0).await.unwrap();
    let mut state = original.journal.into_state();
    let copy = state.copy().unwrap();
    let mut original = world.device_over(world.store.clone(), state, 2, Creates::Honoured);
    for number in 0..40 {
        original.capture(&format!("command {number}"), number);
        original.journal.flush(number).await.unwrap();
    }
    original.journal.maintain_now(50).await.unwrap();
    original.journal.maintain_now(40 * DAY).await.unwrap();
    assert!(world.read(&world.segment(original.journal.device(), 1)).await.is_none());
    let mut clone = world.device_over(world.store.clone(), copy, 3, Creates::Honoured);
    clone.capture("of the clone", 3);
    assert!(clone.journal.flush(5).await.unwrap().new_device.is_some());
    everyone(&mut [&mut original, &mut clone], 41 * DAY).await;
    assert_eq!(original.ids().len(), 41);
    assert_eq!(original.ids(), clone.ids());
}

/// Answers once that a segment is not there: the answer of a moment ago, in which a copy fell asleep.
#[derive(Debug)]
struct OldAnswer(Mutex<Option<Key>>);

#[async_trait]
impl Layer for OldAnswer {
    async fn before(&self, request: Request<'_>) -> holdfast_storage::Result<()> {
        let mut hidden = self.0.lock().unwrap();
        match hidden.take_if(|key| request.kind == RequestKind::Get && request.key == Some(key)) {
            Some(key) => Err(holdfast_storage::Error::NotFound { key }),
            None => Ok(()),
        }
    }
}

#[tokio::test]
async fn where_creates_are_not_honoured_nothing_is_lost_when_a_copy_writes_over_a_segment() {
    let world = World::new();
    let mut original = world.device(1, Creates::NotHonoured);
    original.capture("before", 1);
    original.journal.flush(1).await.unwrap();
    let second = world.segment(original.journal.device(), 2);
    let mut state = original.journal.into_state();
    let copy = state.copy().unwrap();
    let mut original = world.device_over(world.store.clone(), state, 11, Creates::NotHonoured);
    let store = Layered::wrap(world.store.clone(), Arc::new(OldAnswer(Mutex::new(Some(second.clone())))));
    let mut clone = world.device_over(store, copy, 12, Creates::NotHonoured);
    let mut reader = world.device(3, Creates::NotHonoured);
    original.capture("of the original", 2);
    clone.capture("of the clone", 3);
    original.journal.flush(5).await.unwrap();
    let written = world.read(&second).await.unwrap();
    reader.journal.pull(Reach::Usual, 5).await.unwrap();
    clone.journal.flush(6).await.unwrap();
    assert_ne!(world.read(&second).await.unwrap(), written, "the copy wrote over it");
    assert!(original.journal.pull(Reach::Usual, 7).await.unwrap().new_device.is_some());
    original.journal.flush(7).await.unwrap();
    reader.journal.pull(Reach::Everything, 8).await.unwrap();
    clone.journal.pull(Reach::Everything, 8).await.unwrap();
    original.journal.pull(Reach::Everything, 8).await.unwrap();
    assert_eq!(reader.ids().len(), 3);
    assert_eq!((original.ids(), clone.ids()), (reader.ids(), reader.ids()));
}

/// Writes over a segment between its PUT and the GET that reads it back.
#[derive(Debug)]
struct Overwriter(World, Key, AtomicU32);

#[async_trait]
impl Layer for Overwriter {
    async fn before(&self, request: Request<'_>) -> holdfast_storage::Result<()> {
        let asked = request.kind == RequestKind::Get && request.key == Some(&self.1);
        if asked && self.2.fetch_add(1, Ordering::Relaxed) == 1 {
            self.0.write(&self.1, "of another").await;
        }
        Ok(())
    }
}

#[tokio::test]
async fn where_creates_are_not_honoured_what_was_written_is_read_back() {
    let world = World::new();
    let registered = world.device(1, Creates::NotHonoured);
    let first = world.segment(registered.journal.device(), 1);
    let overwriter = Overwriter(world.clone(), first, AtomicU32::new(0));
    let store = Layered::wrap(world.store.clone(), Arc::new(overwriter));
    let mut device = world.device_over(store, registered.journal.into_state(), 2, Creates::NotHonoured);
    device.capture("ls", 1);
    assert_eq!(device.journal.flush(2).await.unwrap().new_device, Some(device.journal.device()));
    let mut reader = world.device(3, Creates::NotHonoured);
    reader.journal.pull(Reach::Usual, 3).await.unwrap();
    assert_eq!(reader.ids(), device.ids());
}

#[tokio::test]
async fn a_wrong_secret_is_recognised_at_once_and_changes_nothing() {
    let world = World::new();
    let mut device = world.device(1, Creates::Honoured);
    device.journal.flush(0).await.unwrap();
    let before = world.objects().await;
    let open = |state: State| {
        let random = Box::new(StdRng::seed_from_u64(5));
        Journal::open(state, world.store.clone(), keys(2), world.settings(1, Creates::Honoured), random, 0)
    };
    let refused = open(device.journal.into_state()).unwrap_err();
    assert!(matches!(&refused, Error::WrongSecret { expected } if expected == world.keys.user_id().as_str()));
    let mut joined = open(State::in_memory().unwrap()).unwrap();
    assert!(matches!(joined.expect_others().await, Err(Error::NobodyHere { .. })));
    assert_eq!(world.objects().await, before);
    let mut right = world.device(3, Creates::Honoured);
    right.journal.expect_others().await.unwrap();
}

#[tokio::test]
async fn the_state_is_derived_and_outlives_the_program() {
    let (world, folder) = (World::new(), tempfile::tempdir().unwrap());
    let path = folder.path().join("journal.db");
    let mut other = world.device(1, Creates::Honoured);
    let mut device = world.device_over(world.store.clone(), State::open(&path).unwrap(), 2, Creates::Honoured);
    other.capture("of the other", 5);
    let unsent = device.capture("not sent yet", 6);
    let id = device.journal.device();
    drop(device);
    let mut device = world.device_over(world.store.clone(), State::open(&path).unwrap(), 3, Creates::Honoured);
    assert_eq!((device.journal.device(), device.ids()), (id, vec![unsent]));
    everyone(&mut [&mut other, &mut device], 10).await;
    let before = device.journal.entries().unwrap();
    drop(device);
    std::fs::remove_file(&path).unwrap();
    for rest in ["journal.db-wal", "journal.db-shm"] {
        let _ = std::fs::remove_file(folder.path().join(rest));
    }
    let mut device = world.device_over(world.store.clone(), State::open(&path).unwrap(), 4, Creates::Honoured);
    device.journal.pull(Reach::Usual, 20).await.unwrap();
    assert_eq!(device.journal.entries().unwrap(), before);
    assert_ne!(device.journal.device(), id);
}

#[tokio::test]
async fn two_pulls_at_once_over_one_state_give_what_one_gives() {
    let (world, folder) = (World::new(), tempfile::tempdir().unwrap());
    let mut other = world.device(1, Creates::Honoured);
    for number in 0..5 {
        other.capture(&format!("command {number}"), number);
        other.journal.flush(number).await.unwrap();
    }
    let path = folder.path().join("journal.db");
    let mut one = world.device_over(world.store.clone(), State::open(&path).unwrap(), 2, Creates::Honoured);
    let mut two = world.device_over(world.store.clone(), State::open(&path).unwrap(), 3, Creates::Honoured);
    assert_eq!(one.journal.device(), two.journal.device());
    let (first, second) = futures::join!(one.journal.pull(Reach::Usual, 9), two.journal.pull(Reach::Usual, 9));
    first.unwrap();
    second.unwrap();
    assert_eq!(one.ids(), other.ids());
    assert_eq!(two.ids(), other.ids());
}

#[tokio::test]
async fn entries_of_any_size_content_and_time_come_back() {
    let world = World::new();
    let (mut writer, mut reader) = (world.device(1, Creates::Honoured), world.device(2, Creates::Honoured));
    let payloads = [Bytes::new(), Bytes::from_static(b"\xff\xfe\0"), vec![b'x'; 1 << 20].into()];
    for (number, (payload, time)) in payloads.iter().zip([0, 253_402_300_799_000, i64::MIN]).enumerate() {
        let entry = NewEntry { id: Uuid::from_u128(number as u128), time, kind: 9, payload: payload.clone() };
        assert_eq!(writer.journal.capture(entry.clone(), 0).unwrap(), Captured::New);
        assert_eq!(writer.journal.capture(entry, 0).unwrap(), Captured::Known);
    }
    let large = NewEntry { id: Uuid::from_u128(99), time: 0, kind: 9, payload: vec![0; (16 << 20) + 1].into() };
    assert!(matches!(writer.journal.capture(large, 0), Err(Error::EntryTooLarge { .. })));
    everyone(&mut [&mut writer, &mut reader], 0).await;
    assert_eq!(reader.journal.entries().unwrap(), writer.journal.entries().unwrap());
    assert_eq!(reader.journal.entries().unwrap().len(), 3);
}

#[tokio::test]
async fn a_peer_that_cannot_be_reached_stops_no_other() {
    let world = World::new();
    let (mut one, mut two) = (world.device(1, Creates::Honoured), world.device(2, Creates::Honoured));
    one.capture("of one", 1);
    let expected = two.capture("of two", 2);
    one.journal.flush(0).await.unwrap();
    two.journal.flush(0).await.unwrap();
    let refused = Rule::every(RequestKind::Get, Fault::Deny).on_key(&format!("log/{}", one.journal.device()));
    let faults = Faults::new(vec![refused]);
    let store = Layered::wrap(world.store.clone(), faults.clone());
    let mut reader = world.device_over(store, State::in_memory().unwrap(), 3, Creates::Honoured);
    let pulled = reader.journal.pull(Reach::Usual, 0).await.unwrap();
    assert_eq!((pulled.new_entries, pulled.failures[0].device), (1, Some(one.journal.device())));
    assert_eq!(reader.ids(), [expected]);
    faults.clear();
    reader.journal.pull(Reach::Usual, 1).await.unwrap();
    assert_eq!(reader.ids().len(), 2);
}

#[test]
fn what_a_journal_does_can_be_done_on_any_thread() {
    fn is_send<T: Send>(_: &T) {}
    let store: Arc<dyn ObjectStore> = World::new().store;
    let mut device = World::new().device_over(store, State::in_memory().unwrap(), 1, Creates::Honoured);
    is_send(&device.journal.sync(Reach::Usual, 0));
}
