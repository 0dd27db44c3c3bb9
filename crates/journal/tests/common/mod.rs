//! A user with several devices over one memory store.

#![allow(dead_code)]

use std::sync::Arc;

use bytes::Bytes;
use futures::TryStreamExt;
use holdfast_crypto::{UserKeys, UserSecret};
use holdfast_journal::{Creates, Journal, Millis, NewEntry, Reach, Settings, State, Uuid};
use holdfast_storage::{Body, Key, ListRequest, ObjectStore, ReadOptions, WriteOptions, memory::MemoryStore};
use rand::{SeedableRng, rngs::StdRng};

#[derive(Debug, Clone)]
pub struct World {
    pub store: Arc<MemoryStore>,
    pub keys: Arc<UserKeys>,
}

pub struct Device {
    pub journal: Journal,
    captured: u128,
}

pub fn keys(byte: u8) -> Arc<UserKeys> {
    Arc::new(UserKeys::derive(&UserSecret::from_bytes([byte; 32])).unwrap())
}

impl World {
    pub fn new() -> Self {
        Self { store: Arc::new(MemoryStore::new()), keys: keys(1) }
    }

    pub fn settings(&self, seed: u64, creates: Creates) -> Settings {
        Settings::new(format!("device {seed}"), creates)
    }

    pub fn device(&self, seed: u64, creates: Creates) -> Device {
        self.device_over(self.store.clone(), State::in_memory().unwrap(), seed, creates)
    }

    pub fn device_over(&self, store: Arc<dyn ObjectStore>, state: State, seed: u64, creates: Creates) -> Device {
        self.device_with(store, state, seed, self.settings(seed, creates))
    }

    pub fn device_with(&self, store: Arc<dyn ObjectStore>, state: State, seed: u64, settings: Settings) -> Device {
        let random = Box::new(StdRng::seed_from_u64(seed));
        Device {
            journal: Journal::open(state, store, self.keys.clone(), settings, random, 0).unwrap(),
            captured: u128::from(seed) << 64,
        }
    }

    pub async fn objects(&self) -> Vec<(String, Bytes)> {
        let mut all = Vec::new();
        for object in self.store.list(&ListRequest::default()).await.unwrap().objects {
            let got = self.store.get(&object.key, &ReadOptions::default()).await.unwrap();
            let chunks: Vec<Bytes> = got.body.try_collect().await.unwrap();
            all.push((object.key.to_string(), chunks.concat().into()));
        }
        all
    }

    pub fn segment(&self, device: Uuid, sequence: u64) -> Key {
        Key::new(format!("{}/log/{device}/{sequence:020}", self.keys.user_id())).unwrap()
    }

    pub fn device_file(&self, device: Uuid) -> Key {
        Key::new(format!("{}/devices/{device}.json", self.keys.user_id())).unwrap()
    }

    pub async fn write(&self, key: &Key, content: impl Into<Bytes>) {
        self.store.put(key, Body::bytes(content), &WriteOptions::default()).await.unwrap();
    }

    pub async fn read(&self, key: &Key) -> Option<Bytes> {
        let got = self.store.get(key, &ReadOptions::default()).await.ok()?;
        let chunks: Vec<Bytes> = got.body.try_collect().await.unwrap();
        Some(chunks.concat().into())
    }
}

impl Device {
    pub fn capture(&mut self, text: &str, time: Millis) -> Uuid {
        let payload = Bytes::copy_from_slice(text.as_bytes());
        self.captured += 1;
        let id = Uuid::from_u128(self.captured);
        self.journal.capture(NewEntry { id, time, kind: 1, payload }, time).unwrap();
        id
    }

    pub fn ids(&self) -> Vec<Uuid> {
        self.journal.entries().unwrap().into_iter().map(|entry| entry.id).collect()
    }
}

/// Twice around: everyone reads, sends and tidies up.
pub async fn everyone(devices: &mut [&mut Device], now: Millis) {
    for _ in 0..2 {
        for device in devices.iter_mut() {
            device.journal.pull(Reach::Everything, now).await.unwrap();
            device.journal.flush(now).await.unwrap();
            device.journal.maintain(now).await.unwrap();
        }
    }
    for device in devices.iter_mut() {
        device.journal.pull(Reach::Everything, now).await.unwrap();
    }
}
