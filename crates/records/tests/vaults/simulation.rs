//! Two to four devices that save, edit, delete, decide and attach, over a place that fails, on computers that are killed
//! and restarted at any request: in the end all of them and a fresh one show the same, and no version is lost.
//!
//! `HOLDFAST_TEST_SEED=N` replays one run, `HOLDFAST_SIMULATION_SEEDS=N` makes so many.

use std::collections::{BTreeMap, BTreeSet};

use crate::common::{
    kill::{Kill, Moment},
    *,
};
use holdfast_journal::{Creates, HOUR, Millis, Reach};
use holdfast_records::{
    Edit, Saved, Uuid, Vault,
    model::Attachment,
    versions::{Choice, Content, Resolution, VersionId},
};
use holdfast_storage::{
    RequestKind,
    fault::{Fault, Faults, Rule},
    layer::Layered,
};
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};

const SEEDS: u64 = 60;
const NAMES: [&str; 4] = ["one", "two", "three", "four"];

#[derive(Default)]
struct Seen(BTreeMap<&'static str, u64>);

impl Seen {
    fn count(&mut self, what: &'static str) {
        *self.0.entry(what).or_default() += 1;
    }
}

struct World {
    random: StdRng,
    family: Family,
    vaults: Vec<Vault>,
    written: BTreeSet<(Uuid, VersionId)>,
    attached: Vec<(Uuid, Attachment, Vec<u8>)>,
    now: Millis,
    seen: Seen,
}

impl World {
    async fn new(seed: u64) -> Self {
        let mut random = StdRng::seed_from_u64(seed);
        let creates = if random.random_bool(0.7) { Creates::Honoured } else { Creates::NotHonoured };
        let mut family = Family::new(creates);
        let mut vaults = vec![family.found("one").await];
        for name in &NAMES[1..random.random_range(2..=4)] {
            vaults.push(family.join(name).await);
        }
        let mut world = Self {
            random,
            family,
            vaults,
            written: BTreeSet::new(),
            attached: Vec::new(),
            now: 1_000,
            seen: Seen::default(),
        };
        let saved = world.vaults[0].add_member(profile("Mara"), 1).unwrap();
        world.note(saved);
        for vault in &mut world.vaults {
            sync(vault, 2).await;
        }
        world
    }

    fn note(&mut self, saved: Saved) {
        assert!(self.written.insert((saved.record, saved.version)), "a version is written once");
    }

    async fn step(&mut self) {
        self.now += self.random.random_range(1..HOUR);
        let at = self.random.random_range(0..self.vaults.len());
        match self.random.random_range(0..12) {
            0..6 => self.do_something(at),
            6..9 => self.sync_in_trouble(at).await,
            9 => self.restart(at, "restarts"),
            _ => {
                let _ = self.vaults[at].sync(Reach::Usual, self.now).await.unwrap();
            }
        }
    }

    fn do_something(&mut self, at: usize) {
        let Some(member) = self.vaults[at].members().first().map(|member| member.id) else {
            return self.bring_back(at);
        };
        if self.random.random_range(0..25) == 0 {
            let saved = self.vaults[at].remove_member(member, self.now).unwrap();
            saved.into_iter().for_each(|saved| self.note(saved));
            return self.seen.count("removals");
        }
        let records: Vec<Uuid> = self.vaults[at].timeline(member, None).iter().map(|row| row.record).collect();
        let record = records.choose(&mut self.random).copied();
        let (text, now) = (format!("text {}", self.random.random_range(0..1_000)), self.now);
        let roll = self.random.random_range(0..10);
        let vault = &mut self.vaults[at];
        match (roll, record) {
            (0, _) => {
                let bytes = content(self.random.random_range(0..4), 70_000);
                let file = attach(vault, member, &bytes, "a.bin");
                let content = Content { attachments: vec![file.clone()], ..note(&text) };
                let saved = vault.save(Edit { member, record: None, based_on: vec![], content }, now).unwrap();
                self.attached.push((member, file, bytes));
                self.note(saved);
                self.seen.count("attachments");
            }
            (1, Some(record)) => {
                if let Some(saved) = vault.delete(member, record, now).unwrap() {
                    self.note(saved);
                    self.seen.count("deletions");
                }
            }
            (2..9, Some(record)) => match vault.conflict(member, record) {
                Some(conflict) if roll < 6 => {
                    let choices = conflict.to_choose().map(|field| (field.to_owned(), Choice::Value("chosen".into())));
                    let resolution = match roll {
                        2 => Resolution::Take(conflict.sides[conflict.sides.len() - 1]),
                        3 | 4 => Resolution::Merge(choices.collect()),
                        _ => Resolution::KeepBoth,
                    };
                    for saved in vault.resolve(member, record, &resolution, now).unwrap() {
                        self.note(saved);
                    }
                    self.seen.count("resolutions");
                }
                _ => {
                    let mut content = vault.shown(member, record).unwrap().content.clone();
                    content.fields.set(if roll % 2 == 0 { "title" } else { "text" }, text);
                    let edit = Edit { member, record: Some(record), based_on: vec![], content };
                    let saved = vault.save(edit, now).unwrap();
                    self.note(saved);
                    self.seen.count("edits");
                }
            },
            _ => {
                let saved = new_note(vault, member, &text, now);
                self.note(saved);
            }
        }
    }

    fn bring_back(&mut self, at: usize) {
        let Some(former) = self.vaults[at].former_members().unwrap().pop() else { return };
        let saved = self.vaults[at].bring_back_member(former.id, self.now).unwrap();
        saved.into_iter().for_each(|saved| self.note(saved));
        self.seen.count("returns");
    }

    /// Some requests fail, lose their answers or are cut; or the device is killed at one of them.
    async fn sync_in_trouble(&mut self, at: usize) {
        let moment = if self.random.random_bool(0.5) { Moment::Before } else { Moment::After };
        let kill = Kill::at(self.random.random_range(1..40), moment);
        let rule = |random: &mut StdRng| {
            let faults = [Fault::Fail, Fault::LoseAnswer, Fault::SlowDown, Fault::Deny, Fault::CutBody];
            let fault = *faults.choose(random).unwrap();
            let kind = (fault == Fault::CutBody).then_some(RequestKind::Get);
            Rule {
                kind,
                key_contains: None,
                after: random.random_range(0..20),
                times: random.random_range(1..4),
                fault,
            }
        };
        let rules = (0..self.random.random_range(0..3)).map(|_| rule(&mut self.random)).collect();
        let place = Layered::wrap(kill.wrap(self.family.store.clone()), Faults::new(rules));
        let name = NAMES[at];
        self.vaults.remove(at);
        let mut vault = self.family.open_over(name, place);
        match kill.run(vault.sync(Reach::Everything, self.now)).await {
            None => self.seen.count("kills"),
            Some(Err(_)) => self.seen.count("errors"),
            Some(Ok(synced)) if !synced.sent.failures.is_empty() => self.seen.count("failures"),
            Some(Ok(_)) => {}
        }
        drop(vault);
        let vault = self.family.open(name);
        self.vaults.insert(at, vault);
    }

    fn restart(&mut self, at: usize, what: &'static str) {
        let before = everything(&self.vaults[at]);
        drop(self.vaults.remove(at));
        let vault = self.family.open(NAMES[at]);
        assert_eq!(everything(&vault), before, "a restart loses nothing that was kept");
        self.vaults.insert(at, vault);
        self.seen.count(what);
    }

    /// The place is well again.
    async fn settle(&mut self, seed: u64) {
        for _ in 0..3 {
            for vault in &mut self.vaults {
                self.now += HOUR;
                sync(vault, self.now).await;
            }
        }
        let mut fresh = self.family.join("fresh").await;
        sync(&mut fresh, self.now).await;
        let expected = everything(&fresh);
        let all = everybody(&fresh);
        let mut there = BTreeSet::new();
        for record in all.iter().flat_map(|member| fresh.records(*member)) {
            there.extend(record.here().map(|node| (record.id(), node.id)));
            if record.in_conflict() {
                self.seen.count("conflicts at the end");
            }
        }
        assert_eq!(there, self.written, "seed {seed}: every version that was written is there, and no other");
        for (at, vault) in self.vaults.iter().enumerate() {
            assert_eq!(everything(vault), expected, "seed {seed}: {}", NAMES[at]);
            let status = vault.status().unwrap();
            assert_eq!((status.waiting, status.untold, status.missing), (0, 0, 0), "seed {seed}: {}", NAMES[at]);
        }
        let names: BTreeSet<_> = self.attached.iter().map(|(_, file, _)| file.name).collect();
        assert_eq!(self.family.count("/data.blob").await, names.len(), "seed {seed}: a file is kept once");
        for (member, file, bytes) in &self.attached {
            assert_eq!(&read(&mut fresh, *member, file).await, bytes, "seed {seed}");
        }
    }
}

async fn run(seed: u64, seen: &mut Seen) {
    let mut world = World::new(seed).await;
    for _ in 0..60 {
        world.step().await;
    }
    world.settle(seed).await;
    for (what, times) in world.seen.0 {
        *seen.0.entry(what).or_default() += times;
    }
}

pub fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} must be a number")))
}

#[tokio::test]
async fn all_devices_end_with_the_same_and_no_version_is_lost() {
    let mut seen = Seen::default();
    if let Some(seed) = number("HOLDFAST_TEST_SEED") {
        return run(seed, &mut seen).await;
    }
    for seed in 0..number("HOLDFAST_SIMULATION_SEEDS").unwrap_or(SEEDS) {
        run(seed, &mut seen).await;
    }
    println!("{:?}", seen.0);
    let wanted = ["kills", "errors", "failures", "restarts", "attachments", "deletions", "edits", "resolutions"];
    for what in wanted.into_iter().chain(["removals", "returns"]) {
        assert!(seen.0.contains_key(what), "the simulation never had {what}");
    }
}
