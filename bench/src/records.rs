//! Family records: what many of them cost to send, to fetch on another device, to open and to search. Each device is a
//! process of its own, so that its memory can be told. Prints one line of JSON.

use std::{error::Error, io::Cursor, path::PathBuf, sync::Arc, time::Instant};

use clap::Args;
use holdfast_crypto::vault::Vault as Keyring;
use holdfast_journal::{Creates, Millis, Reach};
use holdfast_records::{
    Edit, Founding, Opening, Settings, Uuid, Vault,
    model::{Fields, Kind},
    versions::Content,
};
use holdfast_storage::{
    ObjectStore,
    folder::FolderStore,
    layer::Layered,
    meter::{Meter, Tally},
    price::price_list,
};
use rand::{Rng, RngCore, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use serde_json::{Value, json};

type Failed = Box<dyn Error>;

const MEMBERS: [&str; 4] = ["Mara", "Jonas", "Elsa", "Olle"];
const ATTACHMENT_BYTES: usize = 64 << 10;
/// A day in 2026.
const NOW: Millis = 1_790_000_000_000;
const WORDS: [&str; 24] = [
    "fever",
    "cough",
    "rash",
    "blood",
    "pressure",
    "school",
    "nurse",
    "holm",
    "penicillin",
    "wrist",
    "cast",
    "sight",
    "hearing",
    "growth",
    "sleep",
    "appetite",
    "pollen",
    "measles",
    "booster",
    "insurance",
    "x-ray",
    "ear",
    "infection",
    "follow-up",
];
/// What is looked for, frequent and rare.
const LOOKED_FOR: [&str; 8] =
    ["fever", "blood pressure", "holm rash", "record 777", "x-ray wrist", "penicillin", "no such thing", "measles 41"];

/// A family and its place.
#[derive(Debug, Clone, Args)]
pub struct Family {
    /// The bucket and the devices lie below it.
    pub folder: PathBuf,
    /// Records of all members together.
    #[arg(long, default_value_t = 100_000)]
    pub records: usize,
    /// How many of them have a file of 64 KiB.
    #[arg(long, default_value_t = 10_000)]
    pub attachments: usize,
}

/// A device of the family, and what its requests came to.
struct Device {
    vault: Vault,
    meter: Arc<Meter>,
}

impl Family {
    /// What opening a vault takes, in a store of this process.
    async fn opening(&self, device: u64) -> Result<(Opening, Arc<Meter>), Failed> {
        let (bucket, meter) = (self.folder.join("bucket"), Meter::new());
        let store: Arc<dyn ObjectStore> = Arc::new(FolderStore::create(bucket).await?);
        let name = format!("device {device}");
        let random = |seed| -> Box<StdRng> { Box::new(StdRng::seed_from_u64(seed)) };
        let opening = Opening {
            place: Layered::wrap(store, meter.clone()),
            keyring: Arc::new(Keyring::create(&mut StdRng::seed_from_u64(1))?),
            folder: self.folder.join(&name),
            settings: Settings {
                journal: holdfast_journal::Settings::new(name, Creates::Honoured),
                author: "Mara".into(),
            },
            random: [random(device * 2), random(device * 2 + 1)],
        };
        Ok((opening, meter))
    }
}

impl Device {
    /// Exchanges with the place; what that took.
    async fn sync(&mut self, reach: Reach) -> Result<Value, Failed> {
        let (before, begun) = (self.meter.tally(), Instant::now());
        let synced = self.vault.sync(reach, NOW).await?;
        let failures = synced.pulled.failures.len() + synced.sent.failures.len();
        if failures > 0 {
            return Err(format!("{failures} versions were neither sent nor fetched").into());
        }
        let tally = since(&before, self.meter.tally());
        Ok(json!({
            "seconds": begun.elapsed().as_secs_f64(), "received": synced.pulled.versions, "sent": synced.sent.versions,
            "sent_attachments": synced.sent.attachments, "requests": tally.by_action(),
            "sent_mib": mib(tally.bytes_out), "received_mib": mib(tally.bytes_in),
            "aws_usd": price_list("aws").total(&tally), "b2_usd": price_list("b2").total(&tally),
            "r2_usd": price_list("r2").total(&tally),
        }))
    }

    fn edit(&mut self, records: usize) -> Result<(), Failed> {
        let members: Vec<Uuid> = self.vault.members().into_iter().map(|member| member.id).collect();
        for number in 0..records {
            let member = members[number % members.len()];
            let record = self.vault.timeline(member, None)[number].record;
            let content = Content::new(Kind::Note, Fields::default().with("title", "Said otherwise"));
            self.vault.save(Edit { member, record: Some(record), based_on: Vec::new(), content }, NOW)?;
        }
        Ok(())
    }
}

/// `records-fill`: a first device enters everything, and sends it.
pub async fn fill(family: Family) -> Result<(), Failed> {
    let (opening, meter) = family.opening(1).await?;
    let public_key = opening.keyring.identity()?.public_key_blob()?;
    let vault = Vault::found(opening, &Founding { master_key: b"sealed elsewhere".to_vec(), public_key }, NOW).await?;
    let mut device = Device { vault, meter };
    let begun = Instant::now();
    enter(&mut device.vault, &family)?;
    let entered = begun.elapsed().as_secs_f64();
    let first = device.sync(Reach::Everything).await?;
    let idle = device.sync(Reach::Usual).await?;
    device.edit(10)?;
    let edited = device.sync(Reach::Usual).await?;
    print(&json!({
        "records": family.records, "attachments": family.attachments, "entered_s": entered, "first": first,
        "idle": idle, "edited": edited, "peak_mib": peak_mib()?,
    }));
    Ok(())
}

/// `records-join`: another device fetches everything, opens it again, searches, and attaches a file that is there.
pub async fn join(family: Family) -> Result<(), Failed> {
    let (opening, meter) = family.opening(2).await?;
    let vault = Vault::join(opening, NOW).await?;
    let mut device = Device { vault, meter };
    let first = device.sync(Reach::Everything).await?;
    let idle = device.sync(Reach::Usual).await?;
    drop(device);
    let (opening, meter) = family.opening(2).await?;
    let begun = Instant::now();
    let mut device = Device { vault: Vault::open(opening, NOW)?, meter };
    let opened = begun.elapsed().as_secs_f64();
    let searches = search(&device.vault);
    let member = device.vault.members().first().ok_or("no member")?.id;
    for member in device.vault.members().into_iter().map(|member| member.id).collect::<Vec<_>>() {
        device.vault.attach(member, &mut Cursor::new(file(0)), "again.jpg", "image/jpeg", NOW)?;
    }
    let again = device.sync(Reach::Usual).await?;
    print(&json!({
        "records": device.vault.records(member).count(), "first": first, "idle": idle, "open_s": opened,
        "search": searches, "same_file": again, "peak_mib": peak_mib()?,
    }));
    Ok(())
}

fn enter(vault: &mut Vault, family: &Family) -> Result<(), Failed> {
    let mut random = StdRng::seed_from_u64(7);
    let mut members = Vec::new();
    for name in MEMBERS {
        members.push(vault.add_member(Fields::default().with("name", name), NOW)?.member);
    }
    let with_file = family.records.checked_div(family.attachments).unwrap_or(usize::MAX).max(1);
    for number in 0..family.records {
        let member = members[number % members.len()];
        let mut content = Content::new(Kind::Note, note(&mut random, number));
        if number % with_file == 0 {
            let bytes = file(number / with_file);
            content.attachments.push(vault.attach(member, &mut Cursor::new(bytes), "scan.jpg", "image/jpeg", NOW)?);
        }
        vault.save(Edit { member, record: None, based_on: Vec::new(), content }, NOW)?;
    }
    Ok(())
}

fn note(random: &mut StdRng, number: usize) -> Fields {
    let mut words = |count: usize| -> String {
        let some: Vec<&str> = (0..count).filter_map(|_| WORDS.choose(random).copied()).collect();
        some.join(" ")
    };
    let (title, text) = (format!("{} {number}", words(2)), format!("{} record {number}", words(30)));
    let day = format!(
        "{}-{:02}-{:02}",
        random.random_range(2010..2026),
        random.random_range(1..13),
        random.random_range(1..29)
    );
    Fields::default().with("title", title.as_str()).with("text", text.as_str()).with("time", day.as_str())
}

/// The content of the n-th file.
fn file(number: usize) -> Vec<u8> {
    let mut bytes = vec![0; ATTACHMENT_BYTES];
    StdRng::seed_from_u64(1_000 + number as u64).fill_bytes(&mut bytes);
    bytes
}

/// Every text that stands in the field while a person types.
fn search(vault: &Vault) -> Value {
    let typed = LOOKED_FOR.iter().flat_map(|text| (1..=text.len()).map(|end| text[..end].trim_end()));
    let mut times: Vec<f64> = typed
        .map(|text| {
            let begun = Instant::now();
            let _ = vault.search(text, None, 100);
            begun.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    json!({ "searches": times.len(), "p50_ms": at(0.5), "p95_ms": at(0.95), "max_ms": at(1.0) })
}

/// What came after `before`.
fn since(before: &Tally, mut now: Tally) -> Tally {
    for (kind, count) in &mut now.requests {
        *count -= before.requests.get(kind).copied().unwrap_or(0);
    }
    now.requests.retain(|_, count| *count > 0);
    Tally { bytes_out: now.bytes_out - before.bytes_out, bytes_in: now.bytes_in - before.bytes_in, ..now }
}

/// The most memory this process had, as Linux tells it.
fn peak_mib() -> Result<f64, Failed> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<f64>()? / 1024.0)
}

fn mib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

fn print(value: &Value) {
    println!("{value}");
}
