//! What the database promises of single entries.

use holdfast_history::{CustomColumn, Database, Ending, Entry, Error, Origin, Recorded, Time, Uuid};

fn entry(number: u128, command: &str) -> Entry {
    Entry {
        entry_id: Uuid::from_u128(number),
        device_id: Uuid::from_u128(9),
        local_username: "ana".into(),
        hostname: "mill".into(),
        command: command.into(),
        current_working_directory: "/srv".into(),
        home_directory: "/home/ana".into(),
        start_time: Time::from_micros(1_700_000_000_123_456),
        shell: "zsh".into(),
        session: "s1".into(),
        custom_columns: vec![CustomColumn { name: "branch".into(), value: "main".into() }],
        ..Entry::default()
    }
}

fn ending(number: u128, exit_code: i32) -> Ending {
    Ending { entry_id: Uuid::from_u128(number), exit_code, end_time: Time::from_micros(1_700_000_001_000_000) }
}

#[test]
fn an_entry_comes_back_as_it_was() {
    let mut database = Database::in_memory().unwrap();
    let mut odd = entry(2, "");
    odd.set_command(b"printf \xff\xfe".to_vec());
    odd.start_time = Time::from_seconds(0);
    let far =
        Entry { start_time: "9999-12-30T00:00:00Z".parse::<jiff::Timestamp>().unwrap().into(), ..entry(3, "later") };
    for one in [entry(1, "make"), odd, far] {
        database.record(std::slice::from_ref(&one), Origin::Here).unwrap();
        assert_eq!(database.entry(one.entry_id).unwrap().unwrap(), one);
        let line = serde_json::to_string(&one).unwrap();
        assert_eq!(serde_json::from_str::<Entry>(&line).unwrap(), one);
    }
}

#[test]
fn the_same_entry_twice_is_one_and_an_end_is_filled_in() {
    let mut database = Database::in_memory().unwrap();
    let one = entry(1, "make");
    assert_eq!(
        database.record(&[one.clone(), one.clone()], Origin::Here).unwrap(),
        Recorded { new: 1, known: 1, deleted: 0 }
    );
    let ended = Entry { exit_code: Some(2), end_time: Some(ending(1, 2).end_time), ..one.clone() };
    database.record(std::slice::from_ref(&ended), Origin::Here).unwrap();
    assert_eq!(database.entry(one.entry_id).unwrap().unwrap(), ended);
    database.end(&ending(1, 7), Origin::Here).unwrap();
    assert_eq!(database.entry(one.entry_id).unwrap().unwrap(), ended, "the first end stays");
}

#[test]
fn an_end_may_come_before_its_entry() {
    let mut database = Database::in_memory().unwrap();
    database.end(&ending(1, 3), Origin::Here).unwrap();
    assert_eq!(database.count().unwrap(), 0);
    database.record(&[entry(1, "make")], Origin::Here).unwrap();
    assert_eq!(database.entry(Uuid::from_u128(1)).unwrap().unwrap().exit_code, Some(3));
    assert_eq!(database.waiting().unwrap(), 1);
}

#[test]
fn what_was_deleted_does_not_return() {
    let mut database = Database::in_memory().unwrap();
    let one = entry(1, "export TOKEN=abc");
    database.record(std::slice::from_ref(&one), Origin::Here).unwrap();
    assert_eq!(database.delete(&[one.entry_id], Origin::Here).unwrap(), 1);
    assert_eq!(database.delete(&[one.entry_id], Origin::Here).unwrap(), 0);
    assert_eq!(
        database.record(std::slice::from_ref(&one), Origin::Backend).unwrap(),
        Recorded { new: 0, known: 0, deleted: 1 }
    );
    database.end(&ending(1, 0), Origin::Backend).unwrap();
    assert_eq!(database.record(std::slice::from_ref(&one), Origin::Here).unwrap().deleted, 1);
    assert!(database.entry(one.entry_id).unwrap().is_none() && database.is_deleted(one.entry_id).unwrap());
}

#[test]
fn a_deletion_may_come_before_its_entry() {
    let mut database = Database::in_memory().unwrap();
    database.delete(&[Uuid::from_u128(1)], Origin::Backend).unwrap();
    assert_eq!(database.record(&[entry(1, "make")], Origin::Backend).unwrap().deleted, 1);
    assert_eq!((database.count().unwrap(), database.waiting().unwrap()), (0, 0));
}

#[test]
fn a_redacted_line_takes_the_place_of_the_old_one() {
    let mut database = Database::in_memory().unwrap();
    database.record(&[entry(1, "login --password hunter2")], Origin::Here).unwrap();
    database.replace(Uuid::from_u128(1), &entry(2, "login --password [redacted]")).unwrap();
    let mut all = Vec::new();
    database
        .for_each(|entry| {
            all.push(entry.command);
            Ok(true)
        })
        .unwrap();
    assert_eq!(all, ["login --password [redacted]"]);
}

#[test]
fn too_long_lines_are_refused_and_long_ones_kept() {
    let mut database = Database::in_memory().unwrap();
    let long = entry(1, &"x".repeat(1 << 20));
    database.record(std::slice::from_ref(&long), Origin::Here).unwrap();
    assert_eq!(database.entry(long.entry_id).unwrap().unwrap(), long);
    let error = database.record(&[entry(2, &"x".repeat(9 << 20))], Origin::Here).unwrap_err();
    assert!(matches!(error, Error::CommandTooLong { .. }));
}

#[test]
fn a_file_that_is_no_database_is_named_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    std::fs::write(&path, "this is no database, and long enough to be read as the header of one".repeat(20)).unwrap();
    let before = std::fs::read(&path).unwrap();
    let error = Database::open(&path).unwrap_err();
    assert!(matches!(&error, Error::Damaged { path: named, .. } if *named == path), "{error}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn two_processes_may_write_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    std::thread::scope(|scope| {
        for writer in 0..4u128 {
            let path = &path;
            scope.spawn(move || {
                let mut database = Database::open(path).unwrap();
                for number in 0..50 {
                    database.record(&[entry(writer * 1000 + number, "make")], Origin::Here).unwrap();
                }
            });
        }
    });
    let database = Database::open(&path).unwrap();
    assert_eq!((database.count().unwrap(), database.waiting().unwrap()), (200, 200));
}

#[test]
fn what_is_left_in_the_log_is_there_for_whoever_comes_next_and_the_log_stays_short() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    let log = folder.path().join("history.db-wal");
    let mut longest = 0;
    for number in 1..=150 {
        // As each hook of a shell does: a process that keeps one line and ends.
        let mut database = Database::open(&path).unwrap();
        database.leave_log().unwrap();
        database.record(&[entry(number, &format!("echo {number}"))], Origin::Here).unwrap();
        drop(database);
        longest = longest.max(std::fs::metadata(&log).map_or(0, |log| log.len()));
    }
    assert!((1..=2 << 20).contains(&longest), "{longest}");
    let database = Database::open(&path).unwrap();
    assert_eq!(database.count().unwrap(), 150);
    drop(database);
    assert!(!log.exists(), "whoever has time moves the log into the file");
    assert_eq!(Database::open(&path).unwrap().count().unwrap(), 150);
}
