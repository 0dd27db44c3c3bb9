//! A family with several devices over one store in memory.

pub mod kill;
pub mod people;

use std::{
    collections::BTreeMap,
    io::Cursor,
    path::{Path, PathBuf},
    sync::Arc,
};

use futures::TryStreamExt;
use holdfast_crypto::vault::Vault as Keyring;
use holdfast_journal::{Creates, Millis, Reach};
use holdfast_records::{
    Edit, Founding, Opening, Saved, Settings, Uuid, Vault, latest_keyring,
    model::{Attachment, Fields, Kind},
    versions::Content,
};
use holdfast_storage::{Key, ListRequest, ObjectStore, ReadOptions, memory::MemoryStore};
use rand::{RngCore, SeedableRng, rngs::StdRng};
use tempfile::TempDir;

pub struct Family {
    pub store: Arc<MemoryStore>,
    pub keyring: Arc<Keyring>,
    pub creates: Creates,
    pub disk: TempDir,
    /// Devices that have keys of their own, by name: the id that they had when they got them.
    pub devices: BTreeMap<String, Uuid>,
    /// What each device's keychain has.
    keychains: BTreeMap<String, Arc<Keyring>>,
    opened: u64,
}

pub const FOUNDING: &[u8] = b"sealed elsewhere";

impl Family {
    pub fn new(creates: Creates) -> Self {
        Self {
            store: Arc::new(MemoryStore::new()),
            keyring: Arc::new(Keyring::create(&mut StdRng::seed_from_u64(1)).unwrap()),
            creates,
            disk: disk(),
            devices: BTreeMap::new(),
            keychains: BTreeMap::new(),
            opened: 0,
        }
    }

    /// Another user of the same place.
    pub fn beside(&self, seed: u64) -> Self {
        let keyring = Arc::new(Keyring::create(&mut StdRng::seed_from_u64(seed)).unwrap());
        Self {
            store: self.store.clone(),
            keyring,
            creates: self.creates,
            disk: disk(),
            devices: BTreeMap::new(),
            keychains: BTreeMap::new(),
            opened: seed * 1_000,
        }
    }

    pub fn folder(&self, device: &str) -> PathBuf {
        self.disk.path().join(device)
    }

    /// How a device opens its vault. Its generators are never the same twice.
    pub fn opening(&mut self, device: &str, place: Arc<dyn ObjectStore>) -> Opening {
        self.opened += 2;
        let journal = holdfast_journal::Settings::new(device, self.creates);
        let random = |seed| -> Box<StdRng> { Box::new(StdRng::seed_from_u64(seed)) };
        Opening {
            place,
            keyring: self.keyring_of(device),
            folder: self.folder(device),
            settings: Settings { journal, author: format!("{device}'s owner") },
            random: [random(self.opened), random(self.opened + 1)],
        }
    }

    /// What the device has in its keychain, and what came since.
    pub fn keyring_of(&mut self, device: &str) -> Arc<Keyring> {
        let kept = self.keychains.entry(device.to_owned()).or_insert(self.keyring.clone()).clone();
        match self.devices.get(device) {
            None => kept,
            Some(id) => latest_keyring(&self.folder(device), kept, &people::device_keys(*id)).unwrap(),
        }
    }

    pub fn open_over(&mut self, device: &str, place: Arc<dyn ObjectStore>) -> Vault {
        let opening = self.opening(device, place);
        Vault::open(opening, 0).unwrap()
    }

    pub fn open(&mut self, device: &str) -> Vault {
        self.open_over(device, self.store.clone())
    }

    pub async fn found(&mut self, device: &str) -> Vault {
        let opening = self.opening(device, self.store.clone());
        Vault::found(opening, &founding(), 0).await.unwrap()
    }

    pub async fn join(&mut self, device: &str) -> Vault {
        let opening = self.opening(device, self.store.clone());
        Vault::join(opening, 0).await.unwrap()
    }

    /// Everything in the place, by key.
    pub async fn objects(&self) -> Vec<(String, Vec<u8>)> {
        let mut all = Vec::new();
        for key in self.keys().await {
            let got = self.store.get(&Key::new(&key).unwrap(), &ReadOptions::default()).await.unwrap();
            let chunks: Vec<bytes::Bytes> = got.body.try_collect().await.unwrap();
            all.push((key, chunks.concat()));
        }
        all
    }

    /// All keys of the place.
    pub async fn keys(&self) -> Vec<String> {
        let mut request = ListRequest::default();
        let mut all = Vec::new();
        loop {
            let page = self.store.list(&request).await.unwrap();
            all.extend(page.objects.iter().map(|object| object.key.to_string()));
            request.continuation = page.continuation;
            if request.continuation.is_none() {
                return all;
            }
        }
    }

    /// How many objects have a key that contains this.
    pub async fn count(&self, part: &str) -> usize {
        self.keys().await.iter().filter(|key| key.contains(part)).count()
    }
}

/// In memory where the system has such a folder: these tests wait for the disk thousands of times else.
fn disk() -> TempDir {
    match Path::new("/dev/shm") {
        memory if memory.is_dir() => tempfile::tempdir_in(memory),
        _ => tempfile::tempdir(),
    }
    .unwrap()
}

pub fn founding() -> Founding {
    Founding { master_key: FOUNDING.to_vec(), public_key: FOUNDING.to_vec() }
}

/// As [`founding`], with the public key that belongs to the keyring.
pub fn founding_of(keyring: &Keyring) -> Founding {
    Founding { public_key: keyring.identity().unwrap().public_key_blob().unwrap(), ..founding() }
}

pub fn profile(name: &str) -> Fields {
    Fields::default().with("name", name)
}

pub fn note(title: &str) -> Content {
    Content::new(Kind::Note, Fields::default().with("title", title))
}

pub fn new_note(vault: &mut Vault, member: Uuid, title: &str, now: Millis) -> Saved {
    vault.save(Edit { member, record: None, based_on: vec![], content: note(title) }, now).unwrap()
}

pub fn edit(vault: &mut Vault, saved: &Saved, content: Content, now: Millis) -> Saved {
    let Saved { member, record, .. } = *saved;
    vault.save(Edit { member, record: Some(record), based_on: vec![], content }, now).unwrap()
}

pub fn attach(vault: &mut Vault, member: Uuid, bytes: &[u8], title: &str) -> Attachment {
    vault.attach(member, &mut Cursor::new(bytes), title, "application/octet-stream", 0).unwrap()
}

/// Saves a note with a file.
pub fn attached(vault: &mut Vault, member: Uuid, bytes: &[u8], title: &str) -> (Attachment, Saved) {
    let file = attach(vault, member, bytes, "scan.pdf");
    let content = Content { attachments: vec![file.clone()], ..note(title) };
    let saved = vault.save(Edit { member, record: None, based_on: vec![], content }, 5).unwrap();
    (file, saved)
}

pub async fn read(vault: &mut Vault, member: Uuid, attachment: &Attachment) -> Vec<u8> {
    let mut all = Vec::new();
    let mut sink = |piece: &[u8]| {
        all.extend_from_slice(piece);
        Ok(())
    };
    vault.read_attachment(member, attachment, &mut sink).await.unwrap();
    all
}

pub fn title(vault: &Vault, saved: &Saved) -> Option<String> {
    Some(vault.shown(saved.member, saved.record)?.content.fields.text("title").to_owned())
}

/// What is shown of a member, by title.
pub fn titles(vault: &Vault, member: Uuid) -> Vec<String> {
    let mut all: Vec<String> = vault.timeline(member, None).iter().map(|row| row.title.clone()).collect();
    all.sort();
    all
}

/// Syncs without a failure.
pub async fn sync(vault: &mut Vault, now: Millis) {
    let synced = vault.sync(Reach::Everything, now).await.unwrap();
    assert!(synced.pulled.failures.is_empty(), "{:?}", synced.pulled.failures);
    assert!(synced.pulled.log_failures.is_empty(), "{:?}", synced.pulled.log_failures);
    assert!(synced.sent.failures.is_empty(), "{:?}", synced.sent.failures);
    assert_eq!(synced.pulled.skipped, 0);
}

/// What a vault shows of everything, in a form that can be compared.
pub fn everything(vault: &Vault) -> Vec<String> {
    let mut all = Vec::new();
    for member in everybody(vault) {
        for open in vault.records(member) {
            let record = vault.record(member, open.id()).unwrap();
            for version in record.versions() {
                all.push(format!("{member} {}", serde_json::to_string(version).unwrap()));
            }
            let heads = record.all_heads();
            all.push(format!("{member} {} heads {heads:?} conflict {}", record.id, record.conflict().is_some()));
        }
    }
    all
}

/// Members, and those who were removed.
pub fn everybody(vault: &Vault) -> Vec<Uuid> {
    let former = vault.former_members().unwrap().into_iter().map(|one| one.id);
    vault.members().into_iter().map(|one| one.id).chain(former).collect()
}

/// A file that is the same for the same seed: a text that repeats itself, and so is made quickly.
pub fn content(seed: u64, bytes: usize) -> Vec<u8> {
    let mut piece = [0; 4_099];
    StdRng::seed_from_u64(seed).fill_bytes(&mut piece);
    let mut all = piece.repeat(bytes.div_ceil(piece.len()));
    all.truncate(bytes);
    all
}

pub fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_folder(&path, &target);
        } else {
            std::fs::copy(&path, &target).unwrap();
        }
    }
}
