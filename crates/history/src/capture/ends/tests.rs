use std::io::Write;

use super::*;
use crate::{Entry, Origin};

struct World {
    folder: tempfile::TempDir,
    database: Database,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::open(&folder.path().join("history.db")).unwrap();
        Self { folder, database }
    }

    fn write(&self, text: &str) {
        let file = fs::OpenOptions::new().create(true).append(true).open(ends_file(self.folder.path()));
        file.unwrap().write_all(text.as_bytes()).unwrap();
    }

    fn begin(&mut self, id: u128) {
        let entry = Entry {
            entry_id: Uuid::from_u128(id),
            command: "ls".into(),
            start_time: Time::from_seconds(100),
            ..Entry::default()
        };
        self.database.record(&[entry], Origin::Here).unwrap();
    }

    fn take(&mut self) {
        take_ends(&mut self.database, self.folder.path()).unwrap();
    }

    /// Exit code and end in microseconds.
    fn end(&self, id: u128) -> Option<(i32, i64)> {
        let entry = self.database.entry(Uuid::from_u128(id)).unwrap()?;
        Some((entry.exit_code?, entry.end_time?.as_micros()))
    }

    fn taken(&self) -> Vec<PathBuf> {
        taken_files(self.folder.path()).unwrap().into_iter().map(|(path, _)| path).collect()
    }
}

fn line(id: u128, rest: &str) -> String {
    format!("{} {rest}\n", Uuid::from_u128(id))
}

#[test]
fn ends_are_taken_over_once_and_in_any_order() {
    let mut world = World::new();
    world.begin(1);
    world.write(&line(1, "2 101.5"));
    world.write(&line(2, "0 102,25"));
    world.take();
    assert_eq!(world.end(1), Some((2, 101_500_000)));
    world.begin(2);
    assert_eq!(world.end(2), Some((0, 102_250_000)), "its end came before its beginning");
    world.write(&line(1, "9 300"));
    world.take();
    assert_eq!(world.end(1), Some((2, 101_500_000)), "the first end stays");
}

#[test]
fn how_long_it_ran_waits_for_when_it_began() {
    let mut world = World::new();
    world.write(&line(1, "0 +1500"));
    world.take();
    assert_eq!(world.taken().len(), 1);
    world.begin(1);
    world.take();
    assert_eq!(world.end(1), Some((0, 101_500_000)));
}

#[test]
fn what_a_shell_writes_into_a_file_that_was_taken_is_not_lost() {
    let mut world = World::new();
    world.begin(1);
    world.begin(2);
    world.write(&line(1, "0 101"));
    let mut late = fs::OpenOptions::new().append(true).open(ends_file(world.folder.path())).unwrap();
    let text = line(2, "1 102");
    late.write_all(&text.as_bytes()[..20]).unwrap();
    world.take();
    assert_eq!((world.end(1).is_some(), world.end(2)), (true, None), "half a line is none yet");
    late.write_all(&text.as_bytes()[20..]).unwrap();
    world.take();
    assert_eq!(world.end(2), Some((1, 102_000_000)));
}

#[test]
fn files_go_when_nobody_can_write_to_them_any_more() {
    let mut world = World::new();
    world.begin(1);
    let old = |age: Duration| {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() - age;
        world.folder.path().join(format!("{FILE}.{}-7", since.as_millis()))
    };
    let (settled, waiting, lost) = (old(SETTLED * 2), old(SETTLED * 3), old(LOST * 2));
    fs::write(&settled, line(1, "0 101")).unwrap();
    fs::write(&waiting, line(2, "0 +5")).unwrap();
    fs::write(&lost, line(3, "0 +5")).unwrap();
    world.take();
    assert_eq!(world.end(1), Some((0, 101_000_000)));
    assert_eq!(world.taken(), [waiting]);
}

#[test]
fn what_is_no_end_stops_no_other() {
    let mut world = World::new();
    world.begin(1);
    world.write("\nno id 0 1\n\u{0}\n");
    world.write(&line(1, "x 101"));
    world.write(&line(1, "0 101 more"));
    fs::OpenOptions::new().append(true).open(ends_file(world.folder.path())).unwrap().write_all(b"\xff\xfe\n").unwrap();
    world.write(&line(1, "3 104"));
    world.take();
    assert_eq!(world.end(1), Some((3, 104_000_000)));
}

#[test]
fn times_of_shells_are_understood() {
    for (text, want) in [
        ("1700000000.123456", Some(1_700_000_000_123_456)),
        ("1700000000,5", Some(1_700_000_000_500_000)),
        ("1700000000.1234567890", Some(1_700_000_000_123_456)),
        ("0", Some(0)),
        ("", None),
        ("now", None),
        ("9999999999999999999", None),
    ] {
        assert_eq!(seconds(text).map(Time::as_micros), want, "{text}");
    }
}
