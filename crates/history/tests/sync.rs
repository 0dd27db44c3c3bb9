//! Devices that share a history over one memory store.

use std::sync::Arc;

use holdfast_crypto::{UserKeys, UserSecret};
use holdfast_history::{
    Database, Ending, Entry, Origin, Query, Time, Uuid,
    backend::{JournalBackend, Offline, Reach},
    sync::{self, Pulled, When},
};
use holdfast_journal::{Creates, Journal, NewEntry, Settings, State};
use holdfast_storage::{
    ObjectStore,
    fault::{Fault, Faults, Rule},
    layer::Layered,
    memory::MemoryStore,
};
use rand::{SeedableRng, rngs::StdRng};

struct Device {
    number: u64,
    database: Database,
    backend: JournalBackend,
}

fn backend(store: Arc<dyn ObjectStore>, number: u64) -> JournalBackend {
    let keys = Arc::new(UserKeys::derive(&UserSecret::from_bytes([1; 32])).unwrap());
    let settings = Settings::new(format!("device {number}"), Creates::Honoured);
    let random = Box::new(StdRng::seed_from_u64(number));
    JournalBackend::new(Journal::open(State::in_memory().unwrap(), store, keys, settings, random, 0).unwrap())
}

impl Device {
    fn new(store: &Arc<MemoryStore>, number: u64) -> Self {
        Self { number, database: Database::in_memory().unwrap(), backend: backend(store.clone(), number) }
    }

    fn run(&mut self, number: u128, command: &str) -> Uuid {
        let entry = Entry {
            entry_id: Uuid::from_u128(u128::from(self.number) << 64 | number),
            command: command.into(),
            start_time: Time::from_seconds(number as i64),
            exit_code: Some(0),
            end_time: Some(Time::from_seconds(number as i64 + 1)),
            ..Entry::default()
        };
        self.database.record(std::slice::from_ref(&entry), Origin::Here).unwrap();
        entry.entry_id
    }

    async fn push(&mut self, now: Time) -> sync::Pushed {
        sync::push(&mut self.database, &mut self.backend, When::Now, now).await.unwrap()
    }

    async fn pull(&mut self, now: Time) -> Pulled {
        sync::pull(&mut self.database, &mut self.backend, Reach::Everything, now).await.unwrap()
    }

    fn commands(&self) -> Vec<String> {
        let mut found: Vec<String> =
            self.database.search(&Query::default()).unwrap().into_iter().map(|entry| entry.command).collect();
        found.reverse();
        found
    }
}

const NOW: Time = Time::UNKNOWN;

fn at(seconds: i64) -> Time {
    Time::from_seconds(seconds)
}

#[tokio::test]
async fn what_one_device_captures_the_other_finds() {
    let store = Arc::new(MemoryStore::new());
    let (mut a, mut b) = (Device::new(&store, 1), Device::new(&store, 2));
    a.run(1, "make");
    a.run(3, "make test");
    b.run(2, "git pull");
    assert_eq!(a.push(at(10)).await.entries, 2);
    assert_eq!(b.push(at(10)).await.entries, 1);
    assert_eq!(a.pull(at(11)).await.entries, 1);
    assert_eq!(b.pull(at(11)).await.entries, 2);
    assert_eq!(a.commands(), ["make", "git pull", "make test"]);
    assert_eq!(a.commands(), b.commands());
    assert_eq!((a.database.waiting().unwrap(), b.database.waiting().unwrap()), (0, 0));
    assert_eq!(a.push(at(12)).await, sync::Pushed::default(), "nothing is sent twice");
    assert_eq!(sync::last_sync(&a.database).unwrap(), Some(at(11)));
}

#[tokio::test]
async fn a_running_command_waits_for_its_end_and_is_sent_after_a_day() {
    let store = Arc::new(MemoryStore::new());
    let (mut a, mut b) = (Device::new(&store, 1), Device::new(&store, 2));
    let long = Entry { entry_id: Uuid::from_u128(1), command: "sleep".into(), start_time: at(100), ..Entry::default() };
    a.database.record(std::slice::from_ref(&long), Origin::Here).unwrap();
    assert_eq!(a.push(at(200)).await.entries, 0);
    let day = 24 * 3600;
    assert_eq!(a.push(at(101 + day)).await.entries, 1);
    b.pull(at(102 + day)).await;
    assert_eq!(b.database.entry(long.entry_id).unwrap().unwrap().exit_code, None);
    let ending = Ending { entry_id: long.entry_id, exit_code: 130, end_time: at(200 + day) };
    a.database.end(&ending, Origin::Here).unwrap();
    assert_eq!(a.push(at(201 + day)).await.endings, 1);
    b.pull(at(202 + day)).await;
    let found = b.database.entry(long.entry_id).unwrap().unwrap();
    assert_eq!((found.exit_code, found.end_time), (Some(130), Some(at(200 + day))));
    let mut c = Device::new(&store, 3);
    c.pull(at(203 + day)).await;
    assert_eq!(c.database.entry(long.entry_id).unwrap().unwrap(), found);
}

#[tokio::test]
async fn a_deletion_reaches_everybody_and_the_line_does_not_return() {
    let store = Arc::new(MemoryStore::new());
    let (mut a, mut b) = (Device::new(&store, 1), Device::new(&store, 2));
    let secret = a.run(1, "export TOKEN=abc");
    a.run(2, "make");
    a.push(at(10)).await;
    b.pull(at(11)).await;
    b.database.delete(&[secret], Origin::Here).unwrap();
    assert_eq!(b.push(at(12)).await.deletions, 1);
    assert_eq!(a.pull(at(13)).await.deletions, 1);
    assert_eq!(a.commands(), ["make"]);
    a.database.queue_everything().unwrap();
    a.push(at(14)).await;
    b.pull(at(15)).await;
    assert_eq!(b.commands(), ["make"]);
    let status = b.backend.journal().status().unwrap();
    assert_eq!(status.open_deletions, [], "both have acknowledged it");
}

#[tokio::test]
async fn without_its_database_a_device_has_the_same_history_after_a_pull() {
    let store = Arc::new(MemoryStore::new());
    let (mut a, mut b) = (Device::new(&store, 1), Device::new(&store, 2));
    for number in 0..2_500 {
        a.run(number, &format!("command {number}"));
    }
    let gone = b.run(5_000, "gone");
    a.push(at(10)).await;
    b.push(at(10)).await;
    b.pull(at(11)).await;
    b.database.delete(&[gone], Origin::Here).unwrap();
    b.push(at(12)).await;
    let before = b.commands();
    b.database = Database::in_memory().unwrap();
    b.pull(at(13)).await;
    assert_eq!(b.commands(), before);
    b.backend = backend(store.clone(), 7);
    b.database = Database::in_memory().unwrap();
    b.pull(at(14)).await;
    assert_eq!(b.commands(), before, "also as a new device");
}

#[tokio::test]
async fn a_retired_device_is_not_waited_for_and_its_entries_stay() {
    let store = Arc::new(MemoryStore::new());
    let (mut a, mut b) = (Device::new(&store, 1), Device::new(&store, 2));
    let id = b.run(1, "make");
    b.push(at(10)).await;
    a.run(2, "ls");
    a.push(at(10)).await;
    a.pull(at(11)).await;
    a.database.delete(&[id], Origin::Here).unwrap();
    a.push(at(12)).await;
    assert_eq!(a.backend.journal().status().unwrap().open_deletions.len(), 1, "b owes it");
    let lost = b.backend.journal().device();
    assert!(a.backend.journal_mut().retire(lost, 13_000).unwrap());
    assert!(!a.backend.journal_mut().retire(lost, 13_000).unwrap());
    a.push(at(13)).await;
    let status = a.backend.journal().status().unwrap();
    assert_eq!(status.open_deletions, []);
    assert_eq!(status.devices.iter().find(|device| device.device == lost).unwrap().retired, Some(13_000));
    let late = b.run(3, "still here");
    b.push(at(14)).await;
    a.pull(at(15)).await;
    assert!(a.database.entry(late).unwrap().is_some(), "what it still writes is read");
}

#[tokio::test]
async fn what_is_no_entry_is_counted_and_stops_nothing() {
    let store = Arc::new(MemoryStore::new());
    let (mut a, mut b) = (Device::new(&store, 1), Device::new(&store, 2));
    for (number, (kind, payload)) in
        [(1, "no json"), (2, "{}"), (9, "later"), (1, "{\"command\":1}")].into_iter().enumerate()
    {
        let id = Uuid::from_u128(number as u128 + 1);
        let entry = NewEntry { id, time: 0, kind, payload: payload.into() };
        a.backend.journal_mut().capture(entry, 0).unwrap();
    }
    a.run(1, "make");
    a.push(at(10)).await;
    let pulled = b.pull(at(11)).await;
    assert_eq!((pulled.entries, pulled.skipped), (1, 4));
}

#[tokio::test]
async fn offline_keeps_everything_in_the_queue() {
    let mut a = Device::new(&Arc::new(MemoryStore::new()), 1);
    a.run(1, "make");
    let mut offline = Offline::new(Uuid::nil());
    assert!(sync::push(&mut a.database, &mut offline, When::Now, NOW).await.is_err());
    assert!(sync::pull(&mut a.database, &mut offline, Reach::Usual, NOW).await.is_err());
    assert_eq!((a.database.count().unwrap(), a.database.waiting().unwrap()), (1, 1));
}

#[tokio::test]
async fn whichever_request_fails_the_next_exchange_makes_it_whole() {
    for fault in [Fault::Fail, Fault::LoseAnswer, Fault::CutBody] {
        for nth in 0..12 {
            let store = Arc::new(MemoryStore::new());
            let mut b = Device::new(&store, 2);
            b.run(9, "from b");
            b.push(at(1)).await;
            let faults = Faults::new(vec![Rule { kind: None, key_contains: None, after: nth, times: 1, fault }]);
            let mut a = Device::new(&store, 1);
            a.backend = backend(Layered::wrap(store.clone(), faults), 1);
            a.run(1, "make");
            let gone = a.run(2, "gone");
            for second in 10..14 {
                let _ = sync::push(&mut a.database, &mut a.backend, When::Now, at(second)).await;
                let _ = sync::pull(&mut a.database, &mut a.backend, Reach::Everything, at(second)).await;
                if second == 11 {
                    a.database.delete(&[gone], Origin::Here).unwrap();
                }
            }
            b.pull(at(20)).await;
            assert_eq!(a.commands(), ["make", "from b"], "{fault:?} at request {nth}");
            assert_eq!(b.commands(), a.commands(), "{fault:?} at request {nth}");
            assert_eq!(a.database.waiting().unwrap(), 0);
        }
    }
}
