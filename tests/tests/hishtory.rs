//! History over hishtory's server: with a stand-in always, and with the real server and client where their programs are
//! named in HOLDFAST_TEST_HISHTORY_SERVER and HOLDFAST_TEST_HISHTORY_CLIENT. What is left out says so by name.

use std::{path::PathBuf, sync::Arc};

use futures::{FutureExt, future::LocalBoxFuture};
use holdfast_crypto::{HishtorySecret, UserKeys, UserSecret};
use holdfast_history::{
    CustomColumn, Database, Entry, HishtoryBucket, Origin, SyncBackend, Time, Uuid,
    backend::{HttpBackend, HttpSettings, JournalBackend, Reach, http::carried},
    migrate::{Source, migrate},
    sync::{self, When},
};
use holdfast_journal::{Creates, Journal, Settings, State};
use holdfast_storage::{
    Body, Key, ObjectStore, Prefix, RequestKind, WriteOptions,
    layer::Layered,
    memory::MemoryStore,
    meter::{Meter, Tally},
};
use holdfast_tests::{
    hishtory::{CLIENT, Hishtory, SERVER, named},
    proxy::{Act, Proxy},
    servers::block_on,
};
use libtest_mimic::{Arguments, Trial};
use rand::{SeedableRng, rngs::StdRng};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::Command;

const SECRET: &str = "correct horse battery staple";
const NOW: Time = Time::UNKNOWN;

type Scenario = fn(Arc<Hishtory>) -> LocalBoxFuture<'static, ()>;

fn main() {
    macro_rules! scenarios {
        ($($name:ident),+ $(,)?) => {
            [$((stringify!($name), (|server| $name(server).boxed_local()) as Scenario)),+]
        };
    }
    let with_server = scenarios![
        what_one_device_submits_the_others_read_once,
        a_new_device_gets_everything_by_asking,
        a_dump_that_was_cut_goes_on_where_it_was,
        a_deletion_reaches_every_device_and_the_server,
        an_end_that_comes_later_is_filled_in,
        an_answer_that_is_lost_is_asked_for_again,
        many_lost_answers_lose_nothing,
        another_users_secret_reads_nothing_and_stops_nothing,
        a_device_that_is_uninstalled_gets_nothing_more,
        ten_thousand_entries_move_to_a_bucket_and_are_the_same,
        a_history_moves_from_a_bucket_to_the_server,
    ];
    let with_client = scenarios![
        hishtorys_client_reads_what_ours_wrote_and_ours_what_it_wrote,
        hishtorys_client_answers_and_asks_for_everything,
        deletions_pass_between_hishtorys_client_and_ours,
    ];
    let (server, client) = (named(SERVER), named(CLIENT));
    let mut trials = Vec::new();
    for (name, run) in with_server {
        trials.push(trial("stand_in", name, None, run));
        trials.push(match &server {
            Some(program) => trial("hishtory", name, Some(program.clone()), run),
            None => left_out(name, SERVER),
        });
    }
    for (name, run) in with_client {
        trials.push(match (&server, &client) {
            (Some(program), Some(_)) => trial("hishtory", name, Some(program.clone()), run),
            (None, _) => left_out(name, SERVER),
            (_, None) => left_out(name, CLIENT),
        });
    }
    trials.push(Trial::test("bucket::hishtorys_own_bucket_is_read_and_moves_to_a_journal", || {
        block_on(hishtorys_own_bucket_is_read_and_moves_to_a_journal());
        Ok(())
    }));
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

fn trial(on: &str, name: &str, program: Option<PathBuf>, run: Scenario) -> Trial {
    Trial::test(format!("{on}::{name}"), move || {
        block_on(async { run(Arc::new(Hishtory::start(program.as_ref()).await)).await });
        Ok(())
    })
}

fn left_out(name: &str, variable: &str) -> Trial {
    eprintln!("LEFT OUT: hishtory::{name}: {variable} names no program");
    Trial::test(format!("hishtory::{name}"), || Ok(())).with_ignored_flag(true).with_kind(variable)
}

/// A device of ours: its folder, its history, its backend.
struct Device {
    folder: TempDir,
    database: Database,
    backend: HttpBackend,
}

impl Device {
    fn at(url: &str, number: u128) -> Self {
        Self::of(url, number, SECRET, tempfile::tempdir().expect("a folder"))
    }

    fn of(url: &str, number: u128, secret: &str, folder: TempDir) -> Self {
        let open = || Database::open(&folder.path().join("history.db")).expect("a history");
        let secret = HishtorySecret::new(secret.to_owned().into()).expect("a secret");
        let random = Box::new(StdRng::seed_from_u64(number as u64));
        let settings = HttpSettings::new(url, device(number));
        let backend = HttpBackend::new(settings, &secret, open(), random).expect("a backend");
        Self { database: open(), backend, folder }
    }

    async fn registered(url: &str, number: u128) -> Self {
        let mut new = Self::at(url, number);
        new.backend.register_device(NOW).await.expect("to be registered");
        new.pull().await;
        new
    }

    /// The same device after its program ended.
    fn again(self, url: &str, number: u128) -> Self {
        let Self { folder, database, backend } = self;
        drop((database, backend));
        Self::of(url, number, SECRET, folder)
    }

    async fn pull(&mut self) -> sync::Pulled {
        self.try_pull().await.expect("a pull")
    }

    async fn try_pull(&mut self) -> holdfast_history::Result<sync::Pulled> {
        sync::pull(&mut self.database, &mut self.backend, Reach::Usual, NOW).await
    }

    async fn push(&mut self) -> sync::Pushed {
        sync::push(&mut self.database, &mut self.backend, When::Now, NOW).await.expect("a push")
    }

    /// Keeps entries and sends them.
    async fn write(&mut self, entries: &[Entry]) {
        self.database.record(entries, Origin::Here).expect("to be kept");
        self.push().await;
    }

    fn entries(&self) -> Vec<Entry> {
        let mut all = Vec::new();
        self.database
            .for_each(|entry| {
                all.push(entry);
                Ok(true)
            })
            .expect("entries");
        all.sort_by_key(|entry| entry.entry_id);
        all
    }
}

fn device(number: u128) -> Uuid {
    Uuid::from_u128(0x4000_8000_0000_0000_0000 + number)
}

fn entry(number: u128, by: u128) -> Entry {
    Entry {
        entry_id: Uuid::from_u128(0x1111_0000_0000_4000_8000_0000_0000_0000 + number),
        device_id: device(by),
        local_username: "ann".into(),
        hostname: format!("host-{by}"),
        command: format!("echo 'entry {number}' && printf \"%s\\n\" <ü>"),
        current_working_directory: "~/src".into(),
        home_directory: "/home/ann".into(),
        exit_code: Some((number % 3) as i32),
        start_time: Time::from_micros(1_700_000_000_000_001 + number as i64 * 1_000_003),
        end_time: Some(Time::from_micros(1_700_000_000_500_002 + number as i64 * 1_000_003)),
        custom_columns: vec![CustomColumn { name: "branch".into(), value: "main".into() }],
        ..Entry::default()
    }
}

fn range(numbers: std::ops::Range<u128>, by: u128) -> Vec<Entry> {
    numbers.map(|number| entry(number, by)).collect()
}

async fn what_one_device_submits_the_others_read_once(server: Arc<Hishtory>) {
    let (mut first, mut second) =
        (Device::registered(&server.url(), 1).await, Device::registered(&server.url(), 2).await);
    first.backend.ping().await.expect("an answer");
    first.write(&range(0..3, 1)).await;
    assert_eq!(second.pull().await.entries, 3);
    assert_eq!(second.entries(), range(0..3, 1));
    // The server shows an entry five times; it is one entry all the same.
    for _ in 0..6 {
        assert_eq!(second.pull().await.entries, 0);
    }
    assert_eq!(first.pull().await.entries, 0);
    // A program that ended and begins again registers no second time and reads nothing twice.
    let mut second = second.again(&server.url(), 2);
    second.backend.register_device(NOW).await.expect("nothing to do");
    second.write(&range(10..11, 2)).await;
    assert_eq!(first.pull().await.entries, 1);
    assert_eq!(first.entries(), second.entries());
}

async fn a_new_device_gets_everything_by_asking(server: Arc<Hishtory>) {
    let mut first = Device::registered(&server.url(), 1).await;
    // Not at the server, which has forgotten it long since.
    first.database.record(&range(0..1_200, 1), Origin::Backend).expect("to be kept");
    let mut second = Device::registered(&server.url(), 2).await;
    assert!(second.entries().is_empty());
    first.write(&range(5_000..5_001, 1)).await;
    second.pull().await;
    assert_eq!(second.entries(), first.entries());
    assert_eq!(second.entries().len(), 1_201);
    assert_eq!(first.pull().await.entries, 0);
}

async fn a_dump_that_was_cut_goes_on_where_it_was(server: Arc<Hishtory>) {
    let proxy = Proxy::start(&server.url()).await;
    let mut first = Device::registered(&server.url(), 1).await.again(&proxy.endpoint(), 1);
    first.database.record(&range(0..1_200, 1), Origin::Backend).expect("to be kept");
    let mut second = Device::registered(&server.url(), 2).await;
    first.database.record(&range(5_000..5_001, 1), Origin::Here).expect("to be kept");
    // The submit and the first part arrive; then there is no server for as long as it is tried.
    for nth in 3..=7 {
        drop(proxy.at(nth, Some("POST"), Act::CutRequest(0)));
    }
    let pushed = sync::push(&mut first.database, &mut first.backend, When::Now, NOW).await;
    assert!(pushed.expect_err("no server").is_retryable());
    second.pull().await;
    assert_eq!(second.entries().len(), 501);
    let mut first = first.again(&server.url(), 1);
    first.push().await;
    second.pull().await;
    assert_eq!(second.entries(), first.entries());
}

async fn a_deletion_reaches_every_device_and_the_server(server: Arc<Hishtory>) {
    let (mut first, mut second) =
        (Device::registered(&server.url(), 1).await, Device::registered(&server.url(), 2).await);
    first.write(&range(0..4, 1)).await;
    second.pull().await;
    // By the one that did not capture it.
    let gone = entry(1, 1).entry_id;
    second.database.delete(&[gone], Origin::Here).expect("to be deleted");
    second.push().await;
    assert_eq!(first.pull().await.deletions, 1);
    assert_eq!((first.entries().len(), first.pull().await.deletions), (3, 0));
    assert_eq!(first.entries(), second.entries());
    // It does not return with what a third device reads.
    let third = Device::registered(&server.url(), 3).await;
    assert!(third.entries().iter().all(|entry| entry.entry_id != gone));
    // A submit is answered with deletions too.
    second.database.delete(&[entry(2, 1).entry_id], Origin::Here).expect("to be deleted");
    second.push().await;
    first.write(&range(50..51, 1)).await;
    first.pull().await;
    assert_eq!(first.entries().len(), 3);
}

async fn an_end_that_comes_later_is_filled_in(server: Arc<Hishtory>) {
    let (mut first, mut second) =
        (Device::registered(&server.url(), 1).await, Device::registered(&server.url(), 2).await);
    let whole = entry(1, 1);
    let begun = Entry { exit_code: None, end_time: None, ..whole.clone() };
    first.write(std::slice::from_ref(&begun)).await;
    second.pull().await;
    assert_eq!(second.entries(), [begun]);
    first.database.end(&whole.ending().expect("an end"), Origin::Here).expect("to be kept");
    assert_eq!(first.push().await.endings, 1);
    second.pull().await;
    assert_eq!(second.entries(), [whole]);
}

async fn an_answer_that_is_lost_is_asked_for_again(server: Arc<Hishtory>) {
    let proxy = Proxy::start(&server.url()).await;
    let mut first = Device::registered(&server.url(), 1).await.again(&proxy.endpoint(), 1);
    let mut second = Device::registered(&server.url(), 2).await;
    // The server has it and the answer does not arrive: it is sent again, and read once.
    drop(proxy.at(1, Some("POST"), Act::CutAnswer(0)));
    first.write(&range(0..3, 1)).await;
    assert_eq!(second.pull().await.entries, 3);
    assert_eq!(second.entries(), range(0..3, 1));
}

async fn many_lost_answers_lose_nothing(server: Arc<Hishtory>) {
    let proxy = Proxy::start(&server.url()).await;
    let mut first = Device::registered(&server.url(), 1).await;
    let mut second = Device::registered(&server.url(), 2).await.again(&proxy.endpoint(), 2);
    first.write(&range(0..3, 1)).await;
    // Each is one read for the server, which forgets after five.
    for _ in 0..6 {
        proxy.always(Some("GET"), Act::CutAnswer(10));
        let before = proxy.requests();
        assert!(second.try_pull().await.is_err());
        assert!(proxy.requests() - before <= 5);
        proxy.forgive();
        second = second.again(&proxy.endpoint(), 2);
    }
    assert_eq!(second.pull().await.entries, 3);
    assert_eq!(second.entries(), first.entries());
}

async fn another_users_secret_reads_nothing_and_stops_nothing(server: Arc<Hishtory>) {
    let mut first = Device::registered(&server.url(), 1).await;
    let mut second = Device::registered(&server.url(), 2).await;
    first.write(&range(0..2, 1)).await;
    // What is no entry of this user stands between two that are.
    let client = reqwest::Client::new();
    let bad = json!([{"enc_data": "AAAA", "nonce": "AAAA", "user_id": first.backend.user_id(), "device_id": "x",
        "time": "2024-01-01T00:00:00Z", "encrypted_id": "bad", "read_count": 0, "is_from_same_device": false}]);
    let url = format!("{}/api/v1/submit?source_device_id=x", server.url());
    assert!(client.post(url).json(&bad).send().await.expect("an answer").status().is_success());
    first.write(&range(2..4, 1)).await;
    let pulled = second.pull().await;
    assert_eq!((pulled.entries, pulled.skipped, pulled.failures.len()), (4, 1, 0));
    let folder = tempfile::tempdir().expect("a folder");
    let mut stranger = Device::of(&server.url(), 9, "another secret", folder);
    stranger.backend.register_device(NOW).await.expect("to be registered");
    assert_eq!(stranger.pull().await.entries, 0);
    let text = format!("{:?}", second.backend);
    assert!(!text.contains(SECRET));
}

async fn a_device_that_is_uninstalled_gets_nothing_more(server: Arc<Hishtory>) {
    let (mut first, mut second) =
        (Device::registered(&server.url(), 1).await, Device::registered(&server.url(), 2).await);
    second.backend.uninstall(NOW).await.expect("to be uninstalled");
    first.write(&range(0..2, 1)).await;
    assert_eq!(second.pull().await.entries, 0);
    assert_eq!(first.entries().len(), 2);
}

fn journal_at(store: Arc<MemoryStore>, state: State, seed: u64) -> JournalBackend {
    let keys = Arc::new(UserKeys::derive(&UserSecret::from_bytes([7; 32])).expect("keys"));
    let random = Box::new(StdRng::seed_from_u64(seed));
    let settings = Settings::new("laptop", Creates::Honoured);
    JournalBackend::new(Journal::open(state, store, keys, settings, random, 0).expect("a journal"))
}

async fn ten_thousand_entries_move_to_a_bucket_and_are_the_same(server: Arc<Hishtory>) {
    let (mut first, mut second) =
        (Device::registered(&server.url(), 1).await, Device::registered(&server.url(), 2).await);
    first.write(&range(0..10_000, 1)).await;
    first.database.delete(&[entry(5, 1).entry_id], Origin::Here).expect("to be deleted");
    first.push().await;
    let (store, scratch) = (Arc::new(MemoryStore::new()), second.folder.path().join("scratch.db"));
    let mut target = journal_at(store.clone(), State::in_memory().expect("a state"), 1);
    let source = Source::Backend(&mut second.backend);
    let report = migrate(&mut second.database, source, &mut target, true, &scratch, NOW, &()).await.expect("to move");
    assert!(report.is_complete(), "{report:?}");
    assert_eq!((report.source, report.here, report.same, report.sent), (9_999, 9_999, 9_999, 9_999));
    assert_eq!((report.skipped, report.uninstalled), (0, false));
    assert!(!scratch.exists());
    // Another device of the bucket reads the same, byte for byte.
    let mut other = journal_at(store, State::in_memory().expect("a state"), 2);
    let mut copy = Database::open(&first.folder.path().join("copy.db")).expect("a history");
    sync::pull(&mut copy, &mut other, Reach::Everything, NOW).await.expect("a pull");
    let mut read = Vec::new();
    copy.for_each(|entry| {
        read.push(entry);
        Ok(true)
    })
    .expect("entries");
    read.sort_by_key(|entry| entry.entry_id);
    assert_eq!(read, first.entries());
    // Once more there is nothing to send; now the source is left.
    let source = Source::Backend(&mut second.backend);
    let report = migrate(&mut second.database, source, &mut target, false, &scratch, NOW, &()).await.expect("to move");
    assert!(report.is_complete() && report.uninstalled, "{report:?}");
    assert_eq!(report.sent, 0);
}

async fn a_history_moves_from_a_bucket_to_the_server(server: Arc<Hishtory>) {
    let proxy = Proxy::start(&server.url()).await;
    let mut device = Device::registered(&server.url(), 1).await.again(&proxy.endpoint(), 1);
    let mut source = journal_at(Arc::new(MemoryStore::new()), State::in_memory().expect("a state"), 1);
    let ours: Vec<_> = range(0..1_300, 1).into_iter().map(|one| Entry { shell: "zsh".into(), ..one }).collect();
    source.submit_entries(&ours, NOW).await.expect("to be kept");
    source.flush(true, NOW).await.expect("to be sent");
    let scratch = device.folder.path().join("scratch.db");
    // Cut in the middle of sending.
    for nth in 3..=7 {
        drop(proxy.at(nth, Some("POST"), Act::CutRequest(0)));
    }
    let from = Source::Backend(&mut source);
    let cut = migrate(&mut device.database, from, &mut device.backend, true, &scratch, NOW, &()).await;
    assert!(cut.expect_err("no server").is_retryable());
    let from = Source::Backend(&mut source);
    let report = migrate(&mut device.database, from, &mut device.backend, true, &scratch, NOW, &()).await;
    let report = report.expect("to move");
    assert!(report.is_complete(), "{report:?}");
    assert_eq!((report.source, report.here, report.sent), (1_300, 1_300, 300));
    let second = Device::registered(&server.url(), 2).await;
    assert_eq!(second.entries(), ours.iter().map(carried).collect::<Vec<_>>());
}

async fn hishtorys_own_bucket_is_read_and_moves_to_a_journal() {
    // Sealed by ours, as the bytes are the same; the layout is that of hishtory's s3_backend.go.
    let server = Arc::new(Hishtory::start(None).await);
    let mut device = Device::registered(&server.url(), 1).await;
    device.write(&range(0..2_500, 1)).await;
    let url = format!("{}/api/v1/bootstrap?device_id=x&user_id={}", server.url(), device.backend.user_id());
    let sealed: Vec<Value> = reqwest::get(url).await.expect("an answer").json().await.expect("a list");
    let bucket = Arc::new(MemoryStore::new());
    let put = async |name: String, content: String| {
        let key = Key::new(format!("my/{}/{name}", device.backend.user_id())).expect("a key");
        bucket.put(&key, Body::bytes(content), &WriteOptions::default()).await.expect("to be written");
    };
    for entry in &sealed {
        let (day, id) =
            (&entry["time"].as_str().expect("a time")[..10], entry["encrypted_id"].as_str().expect("an id"));
        put(format!("entries/{day}/{id}.json"), entry.to_string()).await;
    }
    put("entries/2024-01-01/broken.json".into(), "{".into()).await;
    put("entries/2024-01-01/other.json".into(), sealed[0].to_string()).await;
    let devices = json!({"devices": [{"device_id": "a", "user_id": "u", "registration_date": "2024-01-01T00:00:00Z"}]});
    put("devices.json".into(), devices.to_string()).await;
    put("inbox/a/20240101T000000Z_x.json".into(), "{".into()).await;

    let secret = HishtorySecret::new(SECRET.to_owned().into()).expect("a secret");
    let prefix = Prefix::parse("my/").expect("a prefix");
    let store: Arc<dyn ObjectStore> = bucket.clone();
    let meter = Meter::new();
    let reader = HishtoryBucket::new(Layered::wrap(store.clone(), meter.clone()), &prefix, &secret).expect("a reader");
    assert_eq!(reader.devices().await.expect("devices")[0].device_id, "a");
    let other = HishtorySecret::new("another".to_owned().into()).expect("a secret");
    let stranger = HishtoryBucket::new(store, &prefix, &other).expect("a reader");
    assert!(stranger.devices().await.expect("devices").is_empty());

    let folder = tempfile::tempdir().expect("a folder");
    let mut database = Database::open(&folder.path().join("history.db")).expect("a history");
    let mut target = journal_at(Arc::new(MemoryStore::new()), State::in_memory().expect("a state"), 3);
    let scratch = folder.path().join("scratch.db");
    let mut moved = async |database: &mut Database| {
        let before = meter.tally();
        let source = Source::Bucket(&reader);
        let report = migrate(database, source, &mut target, false, &scratch, NOW, &()).await.expect("to move");
        (report, reads(&meter.tally()) - reads(&before))
    };
    // Every object once, the broken one and the one with another name too.
    let (report, read) = moved(&mut database).await;
    assert!(report.is_complete() && !report.uninstalled, "{report:?}");
    assert_eq!((report.source, report.same, report.skipped), (2_500, 2_500, 1));
    assert_eq!((report.sent, read), (2_500, 2_502));
    // What is known here is listed and not read again, and what was deleted here neither: it does not return.
    let gone = entry(7, 1).entry_id;
    database.delete(&[gone], Origin::Here).expect("to be deleted");
    let (report, read) = moved(&mut database).await;
    assert!(report.is_complete(), "{report:?}");
    assert_eq!((report.source, report.here, read), (2_500, 2_499, 2));
    assert!(database.entry(gone).expect("a look").is_none());
}

fn reads(tally: &Tally) -> u64 {
    tally.requests.get(&RequestKind::Get).copied().unwrap_or_default()
}

/// hishtory's own program, with a home of its own.
struct Theirs {
    program: PathBuf,
    home: TempDir,
    url: String,
}

impl Theirs {
    async fn new(server: &Hishtory) -> Self {
        let (program, home) = (named(CLIENT).expect("the client"), tempfile::tempdir().expect("a folder"));
        let new = Self { program, home, url: server.url() };
        new.run(&["init", SECRET]).await;
        new
    }

    async fn run(&self, args: &[&str]) -> String {
        let mut command = Command::new(&self.program);
        command.args(args).env_clear().env("HOME", self.home.path()).env("HISHTORY_SERVER", &self.url);
        command.env("HISHTORY_SKIP_INIT_IMPORT", "1").env("HISHTORY_REDACT_FORCE", "1").env("USER", "bob");
        command.env("PATH", "/usr/bin:/bin").current_dir(self.home.path());
        let output = command.output().await.expect("the client");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(output.status.success(), "{args:?}: {} {}", text(&output.stdout), text(&output.stderr));
        text(&output.stdout)
    }

    /// Types a command that ends.
    async fn types(&self, command: &str, exit: i32, start: u64) {
        let start = start.to_string();
        self.run(&["presaveHistoryEntry", "zsh", command, &start]).await;
        self.run(&["saveHistoryEntry", "zsh", &exit.to_string(), command, &start]).await;
    }

    /// Reads what is new, and shows all it has, by command.
    async fn entries(&self) -> Vec<Value> {
        self.run(&["export"]).await;
        let lines = self.run(&["export-json"]).await;
        let mut all: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        all.sort_by_key(|entry| entry["command"].as_str().unwrap_or_default().to_owned());
        all
    }
}

fn commands(entries: &[Value]) -> Vec<&str> {
    entries.iter().filter_map(|entry| entry["command"].as_str()).collect()
}

async fn hishtorys_client_reads_what_ours_wrote_and_ours_what_it_wrote(server: Arc<Hishtory>) {
    let (theirs, mut ours) = (Theirs::new(&server).await, Device::registered(&server.url(), 1).await);
    ours.write(&range(0..20, 1)).await;
    let read = theirs.entries().await;
    assert_eq!(read.len(), 20);
    let mut expected = range(0..20, 1);
    expected.sort_by_key(|entry| entry.command.clone());
    for (theirs, ours) in read.iter().zip(&expected) {
        let mut ours = serde_json::to_value(ours).expect("JSON");
        let fields = ours.as_object_mut().expect("an object");
        fields.retain(|name, _| name != "entry_id" && name != "device_id");
        assert_eq!(*theirs, ours);
    }
    theirs.types("make <test> && echo \"ü\"", 2, 1_700_000_100_123_456_789).await;
    ours.pull().await;
    let all = ours.entries();
    assert_eq!(all.len(), 21);
    let one = all.iter().find(|entry| entry.command.starts_with("make")).expect("what it wrote");
    assert_eq!((one.command.as_str(), one.exit_code), ("make <test> && echo \"ü\"", Some(2)));
    assert_eq!(one.start_time, Time::from_micros(1_700_000_100_123_456));
    assert!(one.has_ended() && one.device_id != device(1));
}

async fn hishtorys_client_answers_and_asks_for_everything(server: Arc<Hishtory>) {
    let theirs = Theirs::new(&server).await;
    theirs.types("first of theirs", 0, 1_700_000_000_000_000_001).await;
    // Ours comes later, and theirs answers with its next command.
    let mut ours = Device::registered(&server.url(), 1).await;
    theirs.types("second of theirs", 0, 1_700_000_001_000_000_001).await;
    ours.pull().await;
    assert_eq!(ours.entries().len(), 2);
    // What only ours has goes to a client that comes later, and nothing twice to the one that has it.
    ours.database.record(&range(0..700, 1), Origin::Backend).expect("to be kept");
    let new = Theirs::new(&server).await;
    ours.write(&range(900..901, 1)).await;
    let read = new.entries().await;
    assert_eq!(read.len(), 703);
    assert!(commands(&read).contains(&"first of theirs"));
    assert_eq!(theirs.entries().await.len(), 3);
}

async fn deletions_pass_between_hishtorys_client_and_ours(server: Arc<Hishtory>) {
    let (theirs, mut ours) = (Theirs::new(&server).await, Device::registered(&server.url(), 1).await);
    theirs.types("their secret", 0, 1_700_000_000_000_000_001).await;
    theirs.types("their other", 0, 1_700_000_001_000_000_001).await;
    ours.write(&range(0..2, 1)).await;
    ours.pull().await;
    assert_eq!((ours.entries().len(), theirs.entries().await.len()), (4, 4));
    // Ours deletes one of theirs and one of its own.
    let of = |all: &[Entry], text: &str| all.iter().find(|entry| entry.command.contains(text)).map(|one| one.entry_id);
    let gone = [of(&ours.entries(), "their secret"), of(&ours.entries(), "entry 0")].map(|id| id.expect("an entry"));
    ours.database.delete(&gone, Origin::Here).expect("to be deleted");
    ours.push().await;
    assert_eq!(commands(&theirs.entries().await), [entry(1, 1).command.as_str(), "their other"]);
    // Theirs deletes the rest.
    theirs.run(&["redact", "their other"]).await;
    ours.pull().await;
    assert_eq!(ours.entries(), range(1..2, 1));
}
