use std::{fs, path::PathBuf};

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::{CustomColumn, Time};

struct Files {
    folder: TempDir,
}

impl Files {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, content).unwrap();
        path
    }

    fn database(&self, name: &str, sql: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        rusqlite::Connection::open(&path).unwrap().execute_batch(sql).unwrap();
        path
    }
}

fn owner() -> Owner {
    Owner {
        device_id: Uuid::from_u128(7),
        local_username: "ann".into(),
        hostname: "desk".into(),
        home_directory: "/home/ann".into(),
    }
}

fn all(database: &Database) -> Vec<Entry> {
    let mut entries = Vec::new();
    let keep = |entry| {
        entries.push(entry);
        Ok(true)
    };
    database.for_each(keep).unwrap();
    entries
}

/// Imports twice and says what is there: seconds since 1970 and commands.
fn imported(format: Format, path: &Path) -> (Imported, Vec<(i64, String)>) {
    let mut database = Database::in_memory().unwrap();
    let first = import(&mut database, format, path, &owner()).unwrap();
    let again = import(&mut database, format, path, &owner()).unwrap();
    assert_eq!((again.recorded.new, again.recorded.known), (0, first.recorded.new), "{path:?} twice is once");
    let entries = all(&database).into_iter().map(|entry| (entry.start_time.as_micros() / 1_000_000, entry.command));
    (first, entries.collect())
}

fn pairs(list: &[(i64, &str)]) -> Vec<(i64, String)> {
    list.iter().map(|(time, command)| (*time, (*command).to_owned())).collect()
}

#[test]
fn bash_with_and_without_times() {
    let files = Files::new();
    let plain = files.write("plain", "ls\nls\n# a comment\ncd /\n\necho ü");
    assert_eq!(
        imported(Format::Bash, &plain).1,
        pairs(&[(0, "ls"), (0, "ls"), (0, "# a comment"), (0, "cd /"), (0, "echo ü")])
    );
    let stamped = files.write("stamped", "before\n#1700000000\nfor i in 1 2\ndo\n\necho $i\ndone\n#1700000009\nls\n");
    let want = pairs(&[(0, "before"), (1_700_000_000, "for i in 1 2\ndo\n\necho $i\ndone"), (1_700_000_009, "ls")]);
    assert_eq!(imported(Format::Bash, &stamped).1, want);
}

#[test]
fn zsh_plain_and_extended() {
    let files = Files::new();
    let extended = files.write(
        "extended",
        b": 1700000000:3;echo a\\\necho b\n: 1700000005:0;echo \xc3\x83\xbc\n: 1700000006:0;echo x\\ \n: 1700000007:0;\n".as_slice(),
    );
    let mut database = Database::in_memory().unwrap();
    import(&mut database, Format::Zsh, &extended, &owner()).unwrap();
    let entries = all(&database);
    assert_eq!(entries[0].command, "echo a\necho b");
    assert_eq!(entries[0].end_time, Some(Time::from_seconds(1_700_000_003)));
    assert_eq!(entries[1].command, "echo Ü");
    assert_eq!(entries[2].command, "echo x\\");
    assert_eq!((entries.len(), entries[0].shell.as_str(), entries[0].hostname.as_str()), (3, "zsh", "desk"));
    let plain = files.write("plain", "ls\necho a\\\nb\n");
    assert_eq!(imported(Format::Zsh, &plain).1, pairs(&[(0, "ls"), (0, "echo a\nb")]));
}

#[test]
fn fish_with_its_escapes() {
    let files = Files::new();
    let text =
        "- cmd: echo a\\nb \\\\n \\t\n  when: 1700000000\n  paths:\n    - a\n    - b\n- cmd: ls\n  when: never\n";
    let (imported, entries) = imported(Format::Fish, &files.write("fish_history", text));
    assert_eq!(entries, pairs(&[(0, "ls"), (1_700_000_000, "echo a\nb \\n \\t")]));
    assert_eq!((imported.damaged, imported.damaged_at), (1, vec![7]));
}

#[test]
fn powershell_with_its_continuation() {
    let files = Files::new();
    let text = "\u{feff}Get-Item `\r\n  -Path x\r\ndir\r\n";
    let (_, entries) = imported(Format::PowerShell, &files.write("ConsoleHost_history.txt", text));
    assert_eq!(entries, pairs(&[(0, "Get-Item \n  -Path x"), (0, "dir")]));
}

const ATUIN: &str = "CREATE TABLE history(id TEXT PRIMARY KEY, timestamp INTEGER NOT NULL, duration INTEGER NOT NULL,
    exit INTEGER NOT NULL, command TEXT NOT NULL, cwd TEXT NOT NULL, session TEXT NOT NULL, hostname TEXT NOT NULL,
    deleted_at INTEGER);
    INSERT INTO history VALUES
    ('018d9a3c5b7e7e2f8a1b2c3d4e5f6071', 1700000000123456789, 2000000000, 2, 'make', '/src', 's1', 'desk:ann', NULL),
    ('018d9a3c5b7e7e2f8a1b2c3d4e5f6072', 1700000001000000000, -1, -1, 'top', '/', 's1', 'lap:eve', NULL),
    ('018d9a3c5b7e7e2f8a1b2c3d4e5f6073', 1700000002000000000, 1, 0, 'gone', '/', 's1', 'desk:ann', 5),
    ('018d9a3c5b7e7e2f8a1b2c3d4e5f6074', 'soon', 1, 0, 'odd', '/', 's1', 'desk:ann', NULL);";

#[test]
fn atuin_keeps_its_ids_and_what_it_deleted_stays_away() {
    let files = Files::new();
    let path = files.database("history.db", ATUIN);
    let (summary, _) = imported(Format::Atuin, &path);
    assert_eq!((summary.read, summary.damaged, summary.damaged_at), (2, 1, vec![4]));
    let mut database = Database::in_memory().unwrap();
    import(&mut database, Format::Atuin, &path, &owner()).unwrap();
    let entries = all(&database);
    let (make, top) = (&entries[0], &entries[1]);
    assert_eq!(make.entry_id.simple().to_string(), "018d9a3c5b7e7e2f8a1b2c3d4e5f6071");
    assert_eq!((make.exit_code, make.start_time.as_micros()), (Some(2), 1_700_000_000_123_456));
    assert_eq!(make.end_time.unwrap().as_micros() - make.start_time.as_micros(), 2_000_000);
    assert_eq!((make.device_id, make.home_directory.as_str()), (Uuid::from_u128(7), "/home/ann"));
    assert_eq!((top.exit_code, top.end_time, top.local_username.as_str()), (None, None, "eve"));
    assert_eq!(top.device_id, Uuid::nil());
}

const HISHTORY: &str = r#"CREATE TABLE history_entries(local_username text, hostname text, command text,
    current_working_directory text, home_directory text, exit_code integer, start_time datetime, end_time datetime,
    device_id text, entry_id text, custom_columns text);
    INSERT INTO history_entries VALUES
    ('ann', 'desk', 'ls', '~/src', '/home/ann', 0, '2023-02-05 07:04:01.5+00:00', '2023-02-05 07:04:02+00:00',
     '00000000-0000-0000-0000-000000000009', '00000000-0000-0000-0000-000000000001', '[{"name":"git","value":"main"}]'),
    ('ann', 'desk', 'top', '/', '/home/ann', 0, '2023-02-05 07:05:00+00:00', '0001-01-01 00:00:00+00:00', 'x', '', 'null'),
    ('ann', 'desk', 'odd', '/', '/home/ann', 0, 'soon', '', 'x', '', NULL);"#;

#[test]
fn hishtory_keeps_its_ids_and_columns() {
    let files = Files::new();
    let path = files.database(".hishtory.db", HISHTORY);
    let (summary, _) = imported(Format::Hishtory, &path);
    assert_eq!((summary.read, summary.damaged), (2, 1));
    let mut database = Database::in_memory().unwrap();
    import(&mut database, Format::Hishtory, &path, &owner()).unwrap();
    let entries = all(&database);
    assert_eq!(entries[0].entry_id, Uuid::from_u128(1));
    assert_eq!(entries[0].current_working_directory, "/home/ann/src");
    assert_eq!(entries[0].custom_columns, [CustomColumn { name: "git".into(), value: "main".into() }]);
    assert_eq!((entries[0].exit_code, entries[1].exit_code, entries[1].end_time), (Some(0), None, None));
    assert_ne!(entries[1].entry_id, Uuid::nil());
}

#[test]
fn a_live_database_is_read_while_its_owner_writes_and_nothing_in_it_changes() {
    let files = Files::new();
    let path = files.database("history.db", &format!("PRAGMA journal_mode = WAL; {ATUIN}"));
    let live = rusqlite::Connection::open(&path).unwrap();
    live.execute_batch("BEGIN IMMEDIATE; DELETE FROM history").unwrap();
    let before = fs::read(&path).unwrap();
    let (summary, _) = imported(Format::Atuin, &path);
    assert_eq!(summary.read, 2);
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn export_and_import_meet_in_any_order_without_loss() {
    let files = Files::new();
    let mut database = Database::in_memory().unwrap();
    let sources = [
        (Format::Atuin, files.database("history.db", ATUIN)),
        (Format::Hishtory, files.database(".hishtory.db", HISHTORY)),
        (Format::Bash, files.write("bash", b"#253402300799\necho \xff\n#0\nls\n".as_slice())),
    ];
    for (format, path) in &sources {
        import(&mut database, *format, path, &owner()).unwrap();
    }
    let mut lines = Vec::new();
    assert_eq!(export(&database, Path::new("-"), &mut lines).unwrap(), 6);
    let exported = files.write("export.jsonl", &lines);
    let mut other = Database::in_memory().unwrap();
    import(&mut other, Format::JsonLines, &exported, &Owner::default()).unwrap();
    assert_eq!(all(&other), all(&database));
    for (format, path) in sources.iter().rev() {
        assert_eq!(import(&mut other, *format, path, &owner()).unwrap().recorded.new, 0);
    }
}

#[test]
fn a_file_that_is_not_what_it_says_changes_nothing_and_is_named() {
    let files = Files::new();
    let texts = [
        ("zsh", ": 1700000000:0;ls\n", &[Format::Zsh][..]),
        ("bash", "#1700000000\nls\n", &[Format::Bash][..]),
        ("fish", "- cmd: ls\n  when: 1\n", &[Format::Fish][..]),
        (
            "jsonl",
            "{\"entry_id\":\"00000000-0000-0000-0000-000000000001\",\"command\":\"ls\",\"start_time\":\"2023-02-05T07:04:01Z\"}\n",
            &[Format::JsonLines][..],
        ),
        ("png", "\u{89}PNG\r\n\u{1a}\n\0\0\0\rIHDR\0\0\0\0", &[][..]),
        ("plain", "ls\ncd /\n", &[Format::Bash, Format::Zsh, Format::PowerShell][..]),
    ];
    let mut paths = texts.map(|(name, text, good)| (files.write(name, text), good)).to_vec();
    paths.push((files.database("atuin.db", ATUIN), &[Format::Atuin]));
    paths.push((files.database("hishtory.db", HISHTORY), &[Format::Hishtory]));
    paths.push((files.database("other.db", "CREATE TABLE history(id)"), &[]));
    for (path, good) in paths {
        for format in Format::ALL {
            let mut database = Database::in_memory().unwrap();
            let outcome = import(&mut database, format, &path, &owner());
            assert_eq!(outcome.is_ok(), good.contains(&format), "{} as {format:?}: {outcome:?}", path.display());
            if let Err(error) = outcome {
                assert!(matches!(error, Error::NotThatFormat { .. }), "{error}");
                assert!(error.to_string().starts_with(&path.display().to_string()), "{error}");
                assert_eq!(database.count().unwrap(), 0);
            }
        }
        assert_eq!(guess(&path).unwrap(), good.first().copied().filter(|_| good.len() == 1), "{}", path.display());
    }
}

#[test]
fn damaged_lines_are_named_and_the_rest_goes_on() {
    let files = Files::new();
    let good = |id: u128| {
        let entry = Entry { entry_id: Uuid::from_u128(id), command: format!("echo {id}"), ..Entry::default() };
        serde_json::to_string(&entry).unwrap()
    };
    let long = format!("{}\"", "x".repeat(20 << 20));
    let text = format!("{}\nnonsense\n\n{}\n{long}\n{}", good(1), good(2), &good(3)[..20]);
    let (summary, entries) = imported(Format::JsonLines, &files.write("x.jsonl", text));
    assert_eq!(entries.len(), 2);
    assert_eq!((summary.damaged, summary.damaged_at), (4, vec![2, 3, 5, 6]));
    let (summary, entries) =
        imported(Format::Bash, &files.write("b", format!("ls\nwho\0ami\n{}\npwd\n", "y".repeat(9 << 20))));
    assert_eq!(entries, pairs(&[(0, "ls"), (0, "pwd")]));
    assert_eq!(summary.damaged_at, [2, 3]);
}

#[test]
fn secrets_are_replaced_on_the_way_in_and_their_number_is_told() {
    let files = Files::new();
    let path = files.write("b", "mysql --password hunter2\nls\nTOKEN=abc x\n");
    let (summary, entries) = imported(Format::Bash, &path);
    assert_eq!(summary.redactions, 2);
    assert_eq!(entries, pairs(&[(0, "mysql --password [redacted]"), (0, "ls"), (0, "TOKEN=[redacted] x")]));
}

#[test]
fn usual_files_are_found() {
    let files = Files::new();
    let home = files.folder.path();
    fs::create_dir_all(home.join("data/atuin")).unwrap();
    files.write(".bash_history", "ls\n");
    files.write("data/atuin/history.db", "");
    let variable = |name: &str| (name == "XDG_DATA_HOME").then(|| home.join("data").display().to_string());
    let found = usual_files(&Surroundings { home, variable: &variable });
    assert_eq!(found.iter().map(|one| one.format).collect::<Vec<_>>(), [Format::Bash, Format::Atuin]);
    assert_eq!(count(Format::Bash, &found[0].path).unwrap(), (1, 0));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_file_makes_an_import_panic(
        start in prop::sample::select(vec!["", "- cmd: ", ": 1:0;", "#12\n", "{\"", "SQLite format 3\0"]),
        bytes in prop::collection::vec(any::<u8>(), 0..400),
    ) {
        let files = Files::new();
        let path = files.write("x", [start.as_bytes(), &bytes].concat());
        for format in Format::ALL {
            let _ = count(format, &path);
        }
        let _ = guess(&path);
    }
}
