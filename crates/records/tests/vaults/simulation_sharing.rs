//! A family that shares: own devices and two other users who save, edit, delete and attach over a place that fails, grants
//! that are given and ended, devices that are lost and write on. In the end all who stay show the same, no version is lost,
//! none returns, and what anybody holds who was cut off opens nothing that was written after.
//!
//! `HOLDFAST_TEST_SEED=N` replays one run, `HOLDFAST_SIMULATION_SEEDS=N` makes so many.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use crate::{
    common::{
        kill::{Kill, Moment},
        people::*,
        *,
    },
    devices::{opened_with, revoke},
    sharing::{keys_of, opened},
    simulation::number,
};
use holdfast_crypto::vault::{MemberKeys, Rights, Vault as Keyring};
use holdfast_journal::{Creates, HOUR, Millis, Reach};
use holdfast_records::{
    Edit, Error, Saved, Uuid, Vault,
    versions::{Content, OpenRecord, VersionId},
};
use holdfast_storage::{
    fault::{Fault, Faults, Rule},
    layer::Layered,
};
use rand::{
    Rng, SeedableRng,
    rngs::StdRng,
    seq::{IndexedMutRandom, IndexedRandom},
};

const SEEDS: u64 = 8;
const STEPS: usize = 40;
const MOST_REVOKED: usize = 2;

/// Somebody to whom the member is given.
struct Friend {
    user: User,
    own: Vault,
    shared: Option<Vault>,
    grant: Option<Uuid>,
}

/// What somebody holds who was cut off, and what that opened when it was over.
enum Held {
    Device(Arc<Keyring>, BTreeSet<String>),
    Grant(MemberKeys, BTreeSet<String>),
}

struct World {
    random: StdRng,
    anna: User,
    devices: Vec<(String, Vault)>,
    friends: Vec<Friend>,
    lost: Vec<Vault>,
    held: Vec<Held>,
    member: Uuid,
    /// Versions of those who stay: all must be there in the end.
    written: BTreeSet<(Uuid, VersionId)>,
    /// Versions of those who were cut off, from before: they may be there.
    perhaps: BTreeSet<(Uuid, VersionId)>,
    /// Versions that nobody may take.
    never: BTreeSet<(Uuid, VersionId)>,
    /// Objects that lost devices wrote later.
    theirs: BTreeSet<String>,
    now: Millis,
    seen: BTreeMap<&'static str, u64>,
}

impl World {
    async fn new(seed: u64) -> Self {
        let mut random = StdRng::seed_from_u64(seed);
        let creates = if random.random_bool(0.7) { Creates::Honoured } else { Creates::NotHonoured };
        let [mut anna, ben, cleo] = users(creates);
        let mut devices = Vec::new();
        for name in ["one", "two", "three"] {
            devices.push((name.to_owned(), anna.device(name).await));
        }
        let mut friends = Vec::new();
        for (mut user, name) in [(ben, "b"), (cleo, "c")] {
            let own = user.device(name).await;
            friends.push(Friend { user, own, shared: None, grant: None });
        }
        let saved = devices[0].1.add_member(profile("Mara"), 1).unwrap();
        let mut world = Self {
            random,
            anna,
            devices,
            friends,
            lost: Vec::new(),
            held: Vec::new(),
            member: saved.member,
            written: [(saved.record, saved.version)].into(),
            perhaps: BTreeSet::new(),
            never: BTreeSet::new(),
            theirs: BTreeSet::new(),
            now: 1_000,
            seen: BTreeMap::new(),
        };
        world.round().await;
        world
    }

    fn count(&mut self, what: &'static str) {
        *self.seen.entry(what).or_default() += 1;
    }

    /// The place is well: all own devices hear of everything.
    async fn round(&mut self) {
        for _ in 0..3 {
            for (_, vault) in &mut self.devices {
                self.now += HOUR;
                sync(vault, self.now).await;
            }
        }
    }

    async fn step(&mut self) {
        self.now += self.random.random_range(1..HOUR);
        let at = self.random.random_range(0..self.devices.len());
        match self.random.random_range(0..24) {
            0..8 => {
                let saved = write(&mut self.devices[at].1, self.member, &mut self.random, self.now);
                self.written.extend(saved);
            }
            8..15 => self.sync_in_trouble(at).await,
            15..18 => self.befriend().await,
            18..20 => self.give(at).await,
            20 => self.end_grant(at).await,
            21 if self.lost.len() < MOST_REVOKED => self.lose_device(at).await,
            22 => self.reseal(at).await,
            _ => self.write_on().await,
        }
    }

    /// Some requests fail or lose their answers, or the device is killed at one of them.
    async fn sync_in_trouble(&mut self, at: usize) {
        let moment = if self.random.random_bool(0.5) { Moment::Before } else { Moment::After };
        let kill = Kill::at(self.random.random_range(1..60), moment);
        let rule = |random: &mut StdRng| {
            let fault = *[Fault::Fail, Fault::LoseAnswer, Fault::SlowDown, Fault::Deny].choose(random).unwrap();
            let (after, times) = (random.random_range(0..30), random.random_range(1..4));
            Rule { kind: None, key_contains: None, after, times, fault }
        };
        let rules = (0..self.random.random_range(0..3)).map(|_| rule(&mut self.random)).collect();
        let place = Layered::wrap(kill.wrap(self.anna.0.store.clone()), Faults::new(rules));
        let (name, vault) = self.devices.remove(at);
        drop(vault);
        let mut vault = self.anna.open(&name, place);
        match kill.run(vault.sync(Reach::Everything, self.now)).await {
            None => self.count("kills"),
            Some(Err(_)) => self.count("errors"),
            Some(Ok(_)) => {}
        }
        drop(vault);
        let vault = self.anna.open(&name, self.anna.0.store.clone());
        self.devices.insert(at, (name, vault));
    }

    /// A friend looks, and writes where that is allowed.
    async fn befriend(&mut self) {
        let at = self.random.random_range(0..self.friends.len());
        let (member, now) = (self.member, self.now);
        let Friend { user, own, shared, grant } = &mut self.friends[at];
        let Some(id) = *grant else { return };
        let mut again = false;
        if let Some(vault) = shared {
            again = matches!(vault.sync(Reach::Everything, now).await, Err(Error::CompareAgain { .. }));
        }
        if shared.is_none() || again {
            *shared = None;
            let owner = user.person(own, &self.anna, now);
            let device = if at == 0 { "b" } else { "c" };
            match user.shared(device, &owner, id, now).await {
                Ok(vault) => *shared = Some(vault),
                // Not in the place yet.
                Err(Error::AccessEnded | Error::CompareAgain { .. }) => return,
                Err(error) => panic!("{error}"),
            }
        }
        let Some(vault) = shared else { return };
        let _ = vault.sync(Reach::Everything, now).await;
        if vault.members().is_empty() || vault.terms().unwrap().rights == Rights::Read {
            return;
        }
        let saved = write(vault, member, &mut self.random, now);
        self.perhaps.extend(saved);
        let _ = vault.sync(Reach::Everything, now).await;
        *self.seen.entry("by friends").or_default() += 1;
    }

    async fn give(&mut self, at: usize) {
        let (who, now) = (self.random.random_range(0..self.friends.len()), self.now);
        if self.friends[who].grant.is_some() {
            return;
        }
        let rights = if who == 0 { Rights::ReadWrite } else { Rights::Read };
        let vault = &mut self.devices[at].1;
        let grant = give(vault, self.member, &self.friends[who].user, rights, now).await;
        self.friends[who].grant = Some(grant);
        sync(vault, now).await;
        self.count("grants");
    }

    async fn end_grant(&mut self, at: usize) {
        let who = self.random.random_range(0..self.friends.len());
        let Some(grant) = self.friends[who].grant else { return };
        self.round().await;
        let (keys, _) = keys_of(&self.friends[who].user, &self.anna, grant).await;
        self.devices[at].1.revoke(grant, self.now).unwrap();
        self.sync_in_trouble(at).await;
        self.round().await;
        let opens = opened_hashes(&keys, &self.anna).await;
        self.held.push(Held::Grant(keys, opens));
        let friend = &mut self.friends[who];
        (friend.grant, friend.shared) = (None, None);
        std::fs::remove_dir_all(friend.user.0.folder(if who == 0 { "b shared" } else { "c shared" })).ok();
        self.count("grants ended");
    }

    async fn lose_device(&mut self, at: usize) {
        if self.random.random_bool(0.5) {
            self.round().await;
        }
        let mut gone = self.random.random_range(0..self.devices.len());
        if gone == at {
            gone = (gone + 1) % self.devices.len();
        }
        let revoker = self.devices[at].0.clone();
        let (_, mut lost) = self.devices.remove(gone);
        // What it did last may have been heard by nobody, or by some.
        let _ = lost.send(self.now).await.unwrap();
        for (_, vault) in &mut self.devices {
            if self.random.random_bool(0.3) {
                sync(vault, self.now).await;
            }
        }
        let of_lost = self.written.iter().filter(|(_, version)| version.device == lost.device());
        self.perhaps.extend(of_lost.copied().collect::<Vec<_>>());
        self.written.retain(|(_, version)| version.device != lost.device());
        let keyring = lost.keyring().clone();
        let at = self.devices.iter().position(|(name, _)| *name == revoker).unwrap();
        revoke(&mut self.devices[at].1, lost.device());
        self.sync_in_trouble(at).await;
        self.round().await;
        for (_, vault) in &self.devices {
            assert_eq!(vault.keyring().generation(), keyring.generation() + 1);
        }
        let opens = opened_with(&keyring, &self.anna, &[self.member]).await.into_iter().collect();
        self.held.push(Held::Device(keyring, opens));
        self.lost.push(lost);
        self.anna.0.keyring = self.devices[0].1.keyring().clone();
        let name = format!("new {}", self.lost.len());
        let mut vault = self.anna.device(&name).await;
        sync(&mut vault, self.now).await;
        self.devices.push((name, vault));
        self.round().await;
        self.count("devices revoked");
    }

    async fn reseal(&mut self, at: usize) {
        let asked = self.random.random_range(0..20);
        let vault = &mut self.devices[at].1;
        sync(vault, self.now).await;
        let plan = vault.plan_reseal(self.member).unwrap();
        let left = std::sync::atomic::AtomicI32::new(asked);
        let go_on = || left.fetch_sub(1, std::sync::atomic::Ordering::Relaxed) > 0;
        let done = vault.reseal(&plan, &go_on).await.unwrap();
        assert!(done.failures.is_empty(), "{:?}", done.failures);
        if done.versions > 0 {
            self.count("sealed again");
        }
    }

    /// A lost device writes on without asking.
    async fn write_on(&mut self) {
        let before = hashes(&self.anna).await;
        let Some(vault) = self.lost.choose_mut(&mut self.random) else { return };
        let saved = write(vault, self.member, &mut self.random, self.now);
        self.never.extend(saved);
        vault.send(self.now).await.unwrap();
        self.theirs.extend(hashes(&self.anna).await.into_iter().filter(|one| !before.contains(one)));
        self.count("by lost devices");
    }

    async fn settle(&mut self, seed: u64) {
        for friend in &mut self.friends {
            if let Some(vault) = &mut friend.shared {
                let _ = vault.sync(Reach::Everything, self.now).await;
            }
        }
        self.round().await;
        self.anna.0.keyring = self.devices[0].1.keyring().clone();
        let mut fresh = self.anna.device("fresh").await;
        sync(&mut fresh, self.now).await;
        let expected = everything(&fresh);
        for (name, vault) in &self.devices {
            assert_eq!(everything(vault), expected, "seed {seed}: {name}");
            let status = vault.status().unwrap();
            assert_eq!((status.waiting, status.untold, status.missing), (0, 0, 0), "seed {seed}: {name}");
        }
        let here = |record: &OpenRecord| record.here().map(|node| (record.id(), node.id)).collect::<Vec<_>>();
        let there: BTreeSet<_> = fresh.records(self.member).flat_map(here).collect();
        assert!(there.is_superset(&self.written), "seed {seed}: no version of those who stay is lost");
        assert!(there.is_disjoint(&self.never), "seed {seed}: nothing of a lost device is taken");
        let known: BTreeSet<_> = self.written.union(&self.perhaps).copied().collect();
        assert!(there.is_subset(&known), "seed {seed}: nothing is there that nobody wrote");
        for held in &self.held {
            let (opens, before): (BTreeSet<String>, _) = match held {
                Held::Device(keyring, before) => {
                    (opened_with(keyring, &self.anna, &[self.member]).await.into_iter().collect(), before)
                }
                Held::Grant(keys, before) => (opened_hashes(keys, &self.anna).await, before),
            };
            let later: Vec<_> = opens.difference(before).filter(|one| !self.theirs.contains(*one)).collect();
            assert_eq!(later, Vec::<&String>::new(), "seed {seed}");
        }
        for friend in &mut self.friends {
            let Some(vault) = &mut friend.shared else { continue };
            match vault.sync(Reach::Everything, self.now).await {
                Ok(_) => assert_eq!(titles(vault, self.member), titles(&fresh, self.member), "seed {seed}"),
                Err(error) => assert!(matches!(error, Error::CompareAgain { .. }), "seed {seed}: {error}"),
            }
        }
    }
}

async fn hashes(user: &User) -> BTreeSet<String> {
    let all = user.0.objects().await.into_iter();
    all.map(|(key, blob)| format!("{key} {}", hex::encode(holdfast_crypto::sha256(&blob)))).collect()
}

async fn opened_hashes(keys: &MemberKeys, user: &User) -> BTreeSet<String> {
    let (open, mut all) = (opened(keys, user).await, hashes(user).await);
    all.retain(|one| open.iter().any(|key| one.starts_with(&format!("{key} "))));
    all
}

/// Saves, edits, deletes or attaches something.
fn write(vault: &mut Vault, member: Uuid, random: &mut StdRng, now: Millis) -> Option<(Uuid, VersionId)> {
    let records: Vec<Uuid> = vault.timeline(member, None).iter().map(|row| row.record).collect();
    let record = records.choose(random).copied();
    let text = format!("text {}", random.random_range(0..1_000));
    let name = |saved: Saved| (saved.record, saved.version);
    match (random.random_range(0..6), record) {
        (0, Some(record)) => vault.delete(member, record, now).unwrap().map(name),
        (1, _) => {
            let file = attach(vault, member, &content(random.random_range(0..4), 5_000), "a.bin");
            let content = Content { attachments: vec![file], ..note(&text) };
            vault.save(Edit { member, record: None, based_on: vec![], content }, now).ok().map(name)
        }
        (2..5, Some(record)) => {
            let mut content = vault.shown(member, record).unwrap().content.clone();
            content.fields.set("title", text);
            vault.save(Edit { member, record: Some(record), based_on: vec![], content }, now).ok().map(name)
        }
        _ => Some(name(new_note(vault, member, &text, now))),
    }
}

async fn run(seed: u64, seen: &mut BTreeMap<&'static str, u64>) {
    let mut world = World::new(seed).await;
    for _ in 0..STEPS {
        world.step().await;
    }
    world.settle(seed).await;
    for (what, times) in world.seen {
        *seen.entry(what).or_default() += times;
    }
}

#[tokio::test]
async fn who_was_cut_off_opens_nothing_new_and_nobody_else_loses_a_version() {
    let mut seen = BTreeMap::new();
    if let Some(seed) = number("HOLDFAST_TEST_SEED") {
        return run(seed, &mut seen).await;
    }
    for seed in 0..number("HOLDFAST_SIMULATION_SEEDS").unwrap_or(SEEDS) {
        run(seed, &mut seen).await;
    }
    println!("{seen:?}");
    for what in [
        "kills",
        "errors",
        "grants",
        "grants ended",
        "devices revoked",
        "by friends",
        "by lost devices",
        "sealed again",
    ] {
        assert!(seen.contains_key(what), "the simulation never had {what}");
    }
}
