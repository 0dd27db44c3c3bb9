//! Shell history: search among many entries, what a month costs, and what a new device costs. Prints one line of JSON.

use std::{
    error::Error,
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

use holdfast_crypto::{UserKeys, UserSecret};
use holdfast_history::{
    Database, Entry, Index, Origin, Query, Time, Uuid, Word,
    backend::{JournalBackend, Reach},
    sync::{self, When},
};
use holdfast_journal::{Creates, Journal, Settings, State};
use holdfast_storage::{
    ObjectStore, RequestKind, layer::Layered, memory::MemoryStore, meter::Meter, price::price_list,
};
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use serde_json::{Value, json};

/// Entries that are recorded at once.
const AT_ONCE: usize = 10_000;
const DAY: i64 = 24 * 3600;

/// What a person types is mostly what they typed before.
const STEMS: [&str; 24] = [
    "git status",
    "git commit -m",
    "git push origin",
    "git checkout",
    "ls -la",
    "cd ~/src",
    "cargo test -p",
    "cargo build",
    "docker compose up",
    "docker run --rm -it",
    "kubectl get pods -n",
    "kubectl logs -f",
    "ssh deploy@",
    "rsync -av",
    "grep -rn",
    "find . -name",
    "npm run",
    "python3 manage.py",
    "curl -sS https://",
    "vim",
    "make",
    "terraform plan -out",
    "psql -h",
    "journalctl -u",
];
/// Parts of what is looked for, frequent and rare.
const LOOKED_FOR: [&str; 20] = [
    "git",
    "commit",
    "cargo test",
    "docker",
    "kubectl logs",
    "ssh",
    "rsync -av",
    "deploy",
    "python3",
    "curl https",
    "terraform",
    "journalctl",
    "7341",
    "entry 99",
    "no such thing",
    "-la",
    "manage.py",
    "psql -h",
    "vim 12",
    "compose up",
];

/// `history-search`
pub fn search(folder: &Path, entries: usize) -> Result<(), Box<dyn Error>> {
    let path = folder.join("history.db");
    let mut database = Database::open(&path)?;
    let begun = Instant::now();
    fill(&mut database, entries, 1)?;
    let filled = begun.elapsed().as_secs_f64();
    let begun = Instant::now();
    let index = Index::load(&database)?;
    let loaded = begun.elapsed().as_secs_f64();
    let by_key = |unique| {
        typed().map(move |text| Query {
            words: text.split(' ').map(Word::new).collect(),
            limit: 100,
            unique,
            ..Query::default()
        })
    };
    let times =
        |find: &dyn Fn(&Query) -> holdfast_history::Result<Vec<Entry>>, unique| -> Result<Value, Box<dyn Error>> {
            let mut all = Vec::new();
            for query in by_key(unique) {
                let begun = Instant::now();
                find(&query)?;
                all.push(begun.elapsed().as_secs_f64() * 1e3);
            }
            all.sort_by(f64::total_cmp);
            let at = |share: f64| all[((all.len() - 1) as f64 * share) as usize];
            Ok(json!({ "searches": all.len(), "p50_ms": at(0.5), "p95_ms": at(0.95), "max_ms": at(1.0) }))
        };
    let resident = times(&|query| index.search(&database, query), true)?;
    let stored = times(&|query| database.search(query), false)?;
    print(&json!({
        "entries": entries, "fill_s": filled, "load_s": loaded, "resident": resident, "database": stored,
        "database_mib": std::fs::metadata(&path)?.len() as f64 / f64::from(1 << 20),
    }));
    Ok(())
}

/// Every text that stands in the field while a person types.
fn typed() -> impl Iterator<Item = String> {
    LOOKED_FOR.iter().flat_map(|text| (1..=text.len()).map(|end| text[..end].trim_end().to_owned()))
}

fn fill(database: &mut Database, entries: usize, seed: u64) -> Result<(), Box<dyn Error>> {
    let mut random = StdRng::seed_from_u64(seed);
    let mut left = entries;
    while left > 0 {
        let batch: Vec<Entry> = (0..left.min(AT_ONCE)).map(|_| entry(&mut random, entries)).collect();
        left -= batch.len();
        database.record(&batch, Origin::Here)?;
    }
    Ok(())
}

fn entry(random: &mut StdRng, among: usize) -> Entry {
    let start = Time::from_seconds(1_600_000_000 + random.random_range(0..5 * 365 * DAY));
    let stem = STEMS.choose(random).copied().unwrap_or_default();
    let command = match random.random_range(0..10) {
        0..4 => stem.to_owned(),
        4..8 => format!("{stem} {}", random.random_range(0..1_000)),
        _ => format!("{stem} entry {}", random.random_range(0..among.max(1))),
    };
    let took = random.random_range(0..90_000_000);
    Entry {
        entry_id: Uuid::from_u128(random.random()),
        device_id: Uuid::from_u128(random.random_range(0..5)),
        local_username: "ana".into(),
        hostname: format!("host-{}", random.random_range(0..5)),
        command,
        current_working_directory: format!("/home/ana/src/project-{}", random.random_range(0..200)),
        home_directory: "/home/ana".into(),
        exit_code: Some(i32::from(random.random_ratio(1, 12))),
        start_time: start,
        end_time: Some(Time::from_micros(start.as_micros() + took)),
        shell: "zsh".into(),
        session: random.random_range(0..5_000).to_string(),
        ..Entry::default()
    }
}

struct Device {
    database: Database,
    backend: JournalBackend,
}

fn device(store: Arc<dyn ObjectStore>, number: u64) -> Result<Device, Box<dyn Error>> {
    let keys = Arc::new(UserKeys::derive(&UserSecret::from_bytes([1; 32]))?);
    let settings = Settings::new(format!("device {number}"), Creates::Honoured);
    let random = Box::new(StdRng::seed_from_u64(number));
    let journal = Journal::open(State::in_memory()?, store, keys, settings, random, 0)?;
    Ok(Device { database: Database::in_memory()?, backend: JournalBackend::new(journal) })
}

/// `history-bootstrap`
pub async fn bootstrap(entries: usize) -> Result<(), Box<dyn Error>> {
    let store: Arc<dyn ObjectStore> = Arc::new(MemoryStore::new());
    let mut first = device(store.clone(), 1)?;
    fill(&mut first.database, entries, 2)?;
    let late = Time::from_seconds(2_000_000_000);
    sync::push(&mut first.database, &mut first.backend, When::Now, late).await?;
    let meter = Meter::new();
    let mut second = device(Layered::wrap(store, meter.clone()), 2)?;
    let begun = Instant::now();
    let pulled = sync::pull(&mut second.database, &mut second.backend, Reach::Everything, late).await?;
    let tally = meter.tally();
    print(&json!({
        "entries": pulled.entries, "seconds": begun.elapsed().as_secs_f64(), "requests": tally.total(),
        "mib": tally.bytes_in as f64 / f64::from(1 << 20), "aws_usd": price_list("aws").total(&tally),
    }));
    Ok(())
}

/// `history-month`: commands spread evenly over ten hours a day, which fills batches the least; each device sends what is
/// due every minute and reads every minute.
pub async fn month(devices: usize, days: i64, commands_a_day: usize) -> Result<(), Box<dyn Error>> {
    let (store, meter): (Arc<dyn ObjectStore>, _) = (Arc::new(MemoryStore::new()), Meter::new());
    let metered = Layered::wrap(store, meter.clone());
    let mut all = (1..=devices as u64).map(|number| device(metered.clone(), number)).collect::<Result<Vec<_>, _>>()?;
    let mut random = StdRng::seed_from_u64(3);
    for day in 0..days {
        let mut times: Vec<i64> = (0..commands_a_day).map(|_| random.random_range(8 * 3600..18 * 3600)).collect();
        times.sort_unstable();
        let mut times = times.into_iter().peekable();
        for minute in 8 * 60..18 * 60 {
            let now = Time::from_seconds(day * DAY + (minute + 1) * 60);
            while let Some(at) = times.next_if(|at| *at < (minute + 1) * 60) {
                let start_time = Time::from_seconds(day * DAY + at);
                let one = Entry { start_time, end_time: Some(start_time), ..entry(&mut random, 30_000) };
                all[random.random_range(0..devices)].database.record(&[one], Origin::Here)?;
            }
            for Device { database, backend } in &mut all {
                sync::pull(database, backend, Reach::Usual, now).await?;
                sync::push(database, backend, When::Due, now).await?;
            }
        }
        for Device { database, backend } in &mut all {
            sync::push(database, backend, When::Now, Time::from_seconds(day * DAY + 19 * 3600)).await?;
        }
    }
    let tally = meter.tally();
    let is_dear = |kind: &RequestKind| !matches!(kind, RequestKind::Get | RequestKind::Head | RequestKind::Delete);
    let dear: u64 = tally.requests.iter().filter(|(kind, _)| is_dear(kind)).map(|(_, count)| count).sum();
    let commands = (commands_a_day as i64 * days) as f64;
    let usd = |provider: &str| price_list(provider).total(&tally);
    print(&json!({
        "devices": devices, "days": days, "commands_a_day": commands_a_day, "requests": tally.by_action(),
        "dear_per_command": dear as f64 / commands, "aws_usd": usd("aws"), "b2_usd": usd("b2"), "r2_usd": usd("r2"),
        "sent_mib": tally.bytes_out as f64 / f64::from(1 << 20), "received_mib": tally.bytes_in as f64 / f64::from(1 << 20),
    }));
    Ok(())
}

fn print(value: &Value) {
    println!("{value}");
}

/// `history-search --folder F --entries N`
#[derive(Debug, clap::Args)]
pub struct Search {
    /// Where the database goes.
    pub folder: PathBuf,
    /// How many.
    #[arg(long, default_value_t = 1_000_000)]
    pub entries: usize,
}
