//! One run: devices, clocks, what was captured and deleted, and what must hold.

use std::{
    collections::{BTreeMap, BTreeSet},
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use bytes::Bytes;
use futures::{
    FutureExt,
    future::{Either, join_all, select},
};
use holdfast_crypto::{UserKeys, UserSecret};
use holdfast_journal::{
    Captured, Creates, DAY, Error, HOUR, Journal, Millis, NewEntry, Problem, Reach, Settings, State, Uuid,
};
use holdfast_storage::{ObjectStore, memory::MemoryStore};
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IteratorRandom};

use crate::store::{Conditions, SimStore};

/// A computer. Its journal is gone for a moment when it crashes.
pub struct Computer {
    journal: Option<Journal>,
    store: Arc<SimStore>,
    /// What its clock is wrong by.
    offset: Millis,
    cloned: bool,
    incarnations: u64,
}

/// How often what happened, over many runs: a simulation in which nothing happens proves nothing.
#[derive(Debug, Default, Clone)]
pub struct Seen(pub BTreeMap<&'static str, u64>);

impl Seen {
    pub fn count(&mut self, what: &'static str, times: u64) {
        *self.0.entry(what).or_default() += times;
    }
}

pub struct World {
    seed: u64,
    random: StdRng,
    place: Arc<MemoryStore>,
    trouble: Arc<AtomicBool>,
    conditions: Conditions,
    keys: Arc<UserKeys>,
    settings: Settings,
    time: Millis,
    computers: Vec<Computer>,
    /// Which computers ever had an id.
    owners: BTreeMap<Uuid, BTreeSet<usize>>,
    captured: BTreeSet<Uuid>,
    deleted: BTreeSet<Uuid>,
    pub seen: Seen,
}

#[derive(Debug, Clone, Copy)]
enum Action {
    Flush,
    Pull(Reach),
    Maintain,
    MaintainNow,
    Sync(Reach),
}

#[derive(Default)]
struct Done {
    crashed: bool,
    counts: Vec<(&'static str, u64)>,
    error: Option<Error>,
}

impl World {
    pub fn new(seed: u64) -> Self {
        let mut random = StdRng::seed_from_u64(seed);
        let kinds = [Conditions::Honoured, Conditions::Honoured, Conditions::Rejected, Conditions::Lied];
        let conditions = kinds[random.random_range(0..kinds.len())];
        let creates = if conditions == Conditions::Honoured { Creates::Honoured } else { Creates::NotHonoured };
        let mut settings = Settings::new("sim", creates);
        // Folds hide what readers missed: in some runs there are none.
        settings.fold.fan = [2, 3, 5, 1000][random.random_range(0..4)];
        settings.retention = [0, 2 * DAY, 30 * DAY][random.random_range(0..3)];
        let mut world = Self {
            seed,
            place: Arc::new(MemoryStore::new()),
            trouble: Arc::new(AtomicBool::new(true)),
            conditions,
            keys: Arc::new(UserKeys::derive(&UserSecret::from_bytes([1; 32])).unwrap()),
            settings,
            time: 1_760_000_000_000,
            computers: Vec::new(),
            owners: BTreeMap::new(),
            captured: BTreeSet::new(),
            deleted: BTreeSet::new(),
            seen: Seen::default(),
            random,
        };
        for _ in 0..world.random.random_range(2..=4) {
            world.add_computer(State::in_memory().unwrap(), false);
        }
        world
    }

    fn add_computer(&mut self, state: State, cloned: bool) {
        let seed = self.random.random();
        let store = SimStore::new(self.place.clone(), self.conditions, self.trouble.clone(), seed);
        let offset = self.random.random_range(-DAY..=DAY);
        let mut computer = Computer { journal: None, store, offset, cloned, incarnations: seed };
        computer.start(state, &self.keys, &self.settings, self.time);
        self.computers.push(computer);
        self.note_owner(self.computers.len() - 1);
    }

    fn note_owner(&mut self, at: usize) {
        let device = self.computers[at].journal.as_ref().unwrap().device();
        self.owners.entry(device).or_default().insert(at);
    }

    pub async fn run(&mut self) {
        for _ in 0..self.random.random_range(15..40) {
            self.time += match self.random.random_range(0..10) {
                0 => self.random.random_range(0..3 * DAY),
                _ => self.random.random_range(0..HOUR),
            };
            self.happen();
            self.act().await;
        }
        self.settle().await;
    }

    /// Something that needs no request.
    fn happen(&mut self) {
        let at = self.random.random_range(0..self.computers.len());
        match self.random.random_range(0..20) {
            0 => self.computers[at].offset = self.random.random_range(-DAY..=DAY),
            1 if self.computers.len() < 6 => {
                let state = self.computers[at].journal.take().unwrap();
                let mut state = state.into_state();
                let copy = state.copy().unwrap();
                self.computers[at].start(state, &self.keys, &self.settings, self.time);
                self.computers[at].cloned = true;
                self.add_computer(copy, true);
                self.seen.count("clones", 1);
            }
            2 if !self.computers[at].cloned => self.wipe(at),
            3..=5 => self.delete(at),
            _ => self.capture(at),
        }
    }

    /// State is lost. What was not sent is lost with it, so this happens only when nothing waits.
    fn wipe(&mut self, at: usize) {
        if self.computers[at].journal.as_ref().unwrap().status().unwrap().waiting == 0 {
            self.computers[at].start(State::in_memory().unwrap(), &self.keys, &self.settings, self.time);
            self.note_owner(at);
            self.seen.count("states lost", 1);
        }
    }

    fn capture(&mut self, at: usize) {
        for _ in 0..self.random.random_range(1..6) {
            let id = Uuid::from_u128(self.random.random());
            let now = self.time + self.computers[at].offset;
            let time = match self.random.random_range(0..20) {
                0 => 0,
                1 => 253_402_300_799_000,
                _ => now,
            };
            let payload = Bytes::from(format!("command {id}"));
            let journal = self.computers[at].journal.as_mut().unwrap();
            assert_eq!(journal.capture(NewEntry { id, time, kind: 1, payload }, now).unwrap(), Captured::New);
            self.captured.insert(id);
        }
    }

    fn delete(&mut self, at: usize) {
        let now = self.time + self.computers[at].offset;
        let journal = self.computers[at].journal.as_mut().unwrap();
        let Some(entry) = journal.entries().unwrap().into_iter().choose(&mut self.random) else { return };
        journal.delete(entry.id, now).unwrap();
        self.deleted.insert(entry.id);
        self.seen.count("deletions", 1);
    }

    /// Up to three computers do something at the same time.
    async fn act(&mut self) {
        let (chosen, actions) = self.choose();
        let (time, mut running) = (self.time, Vec::new());
        for (at, computer) in self.computers.iter_mut().enumerate() {
            if let Some(index) = chosen.iter().position(|one| *one == at) {
                running.push(computer.act(actions[index], time));
            }
        }
        let all = join_all(running).await;
        for (at, done) in chosen.into_iter().zip(all) {
            self.finish(at, done);
        }
    }

    fn choose(&mut self) -> (Vec<usize>, Vec<Action>) {
        let twins = self.twins();
        if twins.len() > 1 && self.random.random_bool(0.6) {
            // The worst moment: both write under one id at the same time, and others read.
            twins.iter().for_each(|at| self.capture(*at));
            let act = |at| if twins.contains(&at) { Action::Flush } else { Action::Pull(Reach::Everything) };
            return (0..self.computers.len()).map(|at| (at, act(at))).unzip();
        }
        let count = self.random.random_range(1..=3.min(self.computers.len()));
        let mut chosen = (0..self.computers.len()).choose_multiple(&mut self.random, count);
        chosen.sort_unstable();
        let actions = chosen.iter().map(|_| self.action()).collect();
        (chosen, actions)
    }

    /// Computers that have one id and do not know it.
    fn twins(&self) -> Vec<usize> {
        let device = |at: &usize| self.computers[*at].journal.as_ref().unwrap().device();
        let all = 0..self.computers.len();
        let first = all.clone().find(|one| all.clone().any(|other| other != *one && device(&other) == device(one)));
        first.map_or(Vec::new(), |first| all.filter(|at| device(at) == device(&first)).collect())
    }

    fn action(&mut self) -> Action {
        match self.random.random_range(0..10) {
            0..3 => Action::Flush,
            3..5 => Action::Pull(Reach::Usual),
            5 => Action::Pull(Reach::Everything),
            6 => Action::Maintain,
            7 => Action::MaintainNow,
            8 => Action::Sync(Reach::Usual),
            _ => Action::Sync(Reach::Everything),
        }
    }

    fn finish(&mut self, at: usize, done: Done) {
        if done.crashed {
            let state = self.computers[at].journal.take().unwrap().into_state();
            self.computers[at].start(state, &self.keys, &self.settings, self.time);
            self.seen.count("crashes", 1);
        }
        for (what, times) in done.counts {
            self.seen.count(what, times);
        }
        if let Some(error) = done.error {
            let expected = matches!(error, Error::Store(_) | Error::Cloned { .. });
            assert!(expected && self.trouble.load(Ordering::Relaxed), "{error}");
            self.seen.count("errors", 1);
        }
        self.note_owner(at);
        self.check_writes(at);
    }

    /// No request outside of a device's own prefix writes anything.
    fn check_writes(&mut self, at: usize) {
        for key in std::mem::take(&mut *self.computers[at].store.writes.lock().unwrap()) {
            let below = key.as_str().strip_prefix(self.keys.user_id().as_str()).unwrap();
            let device = match below.split('/').collect::<Vec<_>>()[..] {
                ["", "devices", file] => file.strip_suffix(".json").unwrap(),
                ["", "log", device, sequence] => {
                    assert!(sequence.len() == 20 && sequence.bytes().all(|b| b.is_ascii_digit()), "{key}");
                    device
                }
                _ => panic!("{key} is no key of a journal"),
            };
            let owners = self.owners.get(&Uuid::try_parse(device).unwrap());
            assert!(owners.is_none_or(|owners| owners.contains(&at)), "computer {at} wrote {key}");
        }
    }

    /// The place is well again: within some rounds everything must hold.
    async fn settle(&mut self) {
        self.trouble.store(false, Ordering::Relaxed);
        // Copies of a disk that never write again do no harm and cannot be told apart.
        (0..self.computers.len()).for_each(|at| self.capture(at));
        let mut why = String::new();
        for _ in 0..12 {
            for at in 0..self.computers.len() {
                self.time += DAY / 2;
                for action in [Action::Pull(Reach::Everything), Action::Flush, Action::MaintainNow] {
                    let time = self.time;
                    let done = self.computers[at].act(action, time).await;
                    assert!(!done.crashed);
                    self.finish(at, done);
                }
            }
            match self.holds().await {
                Ok(()) => return,
                Err(reason) => why = reason,
            }
        }
        panic!("seed {}: {why}", self.seed);
    }

    async fn holds(&mut self) -> Result<(), String> {
        let expected: BTreeSet<Uuid> = self.captured.difference(&self.deleted).copied().collect();
        let active: BTreeSet<Uuid> = self.computers.iter().map(|one| one.journal.as_ref().unwrap().device()).collect();
        if active.len() != self.computers.len() {
            return Err("two computers have one id".into());
        }
        let mut first: Option<Vec<_>> = None;
        for (at, computer) in self.computers.iter().enumerate() {
            let journal = computer.journal.as_ref().unwrap();
            let entries = journal.entries().unwrap();
            let ids: BTreeSet<Uuid> = entries.iter().map(|entry| entry.id).collect();
            if ids != expected {
                let (lost, back) = (expected.difference(&ids).count(), ids.difference(&expected).count());
                return Err(format!("computer {at}: {lost} lost, {back} came back"));
            }
            if *first.get_or_insert(entries.clone()) != entries {
                return Err(format!("computer {at} has another order"));
            }
            let status = journal.status().unwrap();
            if status.waiting > 0 {
                return Err(format!("computer {at} has not sent everything"));
            }
            if let Some(open) = status.open_deletions.iter().find(|one| one.missing.iter().any(|d| active.contains(d)))
            {
                return Err(format!("computer {at} misses acknowledgements of {}", open.deletion));
            }
            self.seen.count("unread at the end", status.unread.len() as u64);
            let problem = |kind| status.problems.iter().filter(|one| one.problem == kind).count() as u64;
            self.seen.count("breaks seen", problem(Problem::ChainBroken));
            self.seen.count("rollbacks seen", problem(Problem::RolledBack));
        }
        self.fresh_device_has(first.unwrap_or_default()).await
    }

    /// Local state deleted and pulled gives the same.
    async fn fresh_device_has(&self, expected: Vec<holdfast_journal::Entry>) -> Result<(), String> {
        let store: Arc<dyn ObjectStore> = self.place.clone();
        let random = Box::new(StdRng::seed_from_u64(self.seed ^ 0xfeed));
        let state = State::in_memory().unwrap();
        let mut journal = Journal::open(state, store, self.keys.clone(), self.settings.clone(), random, 0).unwrap();
        journal.pull(Reach::Usual, 0).await.unwrap();
        match journal.entries().unwrap() == expected {
            true => Ok(()),
            false => Err("a fresh device reads something else".into()),
        }
    }
}

impl Computer {
    fn start(&mut self, state: State, keys: &Arc<UserKeys>, settings: &Settings, time: Millis) {
        self.incarnations = self.incarnations.wrapping_add(1);
        let random = Box::new(StdRng::seed_from_u64(self.incarnations));
        let now = time + self.offset;
        let journal = Journal::open(state, self.store.clone(), keys.clone(), settings.clone(), random, now);
        self.journal = Some(journal.unwrap());
    }

    async fn act(&mut self, action: Action, time: Millis) -> Done {
        let (now, crash) = (time + self.offset, self.store.crash.clone());
        // Of several requests at once more than one may have been the last.
        let _ = crash.notified().now_or_never();
        let journal = self.journal.as_mut().unwrap();
        match select(pin!(carry_out(journal, action, now)), pin!(crash.notified())).await {
            Either::Right(_) => Done { crashed: true, ..Done::default() },
            Either::Left((Ok(counts), _)) => Done { counts, ..Done::default() },
            Either::Left((Err(error), _)) => Done { error: Some(error), ..Done::default() },
        }
    }
}

async fn carry_out(journal: &mut Journal, action: Action, now: Millis) -> Result<Vec<(&'static str, u64)>, Error> {
    let renewed = |device: Option<Uuid>| ("new ids", u64::from(device.is_some()));
    Ok(match action {
        Action::Flush => {
            let flushed = journal.flush(now).await?;
            vec![("segments", flushed.segments), renewed(flushed.new_device)]
        }
        Action::Pull(reach) => {
            let pulled = journal.pull(reach, now).await?;
            vec![("failures", pulled.failures.len() as u64), renewed(pulled.new_device)]
        }
        Action::Sync(reach) => vec![renewed(journal.sync(reach, now).await?.new_device)],
        Action::Maintain | Action::MaintainNow => {
            let done = match action {
                Action::Maintain => journal.maintain(now).await?,
                _ => journal.maintain_now(now).await?,
            };
            vec![("folds", done.folds), ("removed", done.removed), renewed(done.new_device)]
        }
    })
}
