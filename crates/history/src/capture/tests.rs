use std::path::Path;

use super::*;

const NOW: Time = Time::UNKNOWN;

fn begin(database: &mut Database, count: u128, line: &str) -> Captured {
    let entry = Entry { entry_id: Uuid::from_u128(count), start_time: Time::from_seconds(100), ..Entry::default() };
    start(database, entry, line.as_bytes().to_vec(), NOW).unwrap()
}

#[test]
fn a_space_before_a_command_keeps_it_and_its_end_out() {
    let mut database = Database::in_memory().unwrap();
    let endings = |database: &Database| {
        database.conn.query_row("SELECT count(*) FROM endings", [], |row| row.get::<_, u32>(0)).unwrap()
    };
    end(&mut database, Uuid::from_u128(1), 0, NOW).unwrap();
    assert_eq!(endings(&database), 1);
    for line in ["", "\n", " ls", "\tls", "\nls", " "] {
        assert_eq!(begin(&mut database, 1, line), Captured::KeptOut, "{line:?}");
    }
    end(&mut database, Uuid::from_u128(1), 0, NOW).unwrap();
    assert_eq!(endings(&database), 0);
    assert_eq!(begin(&mut database, 2, "echo 'a\n b'\n\n"), Captured::Kept { redactions: 0 });
    assert_eq!(database.entry(Uuid::from_u128(2)).unwrap().unwrap().command, "echo 'a\n b'");
}

#[test]
fn the_end_may_come_first_and_is_never_before_the_beginning() {
    let mut database = Database::in_memory().unwrap();
    end(&mut database, Uuid::from_u128(1), 3, Time::from_seconds(101)).unwrap();
    begin(&mut database, 1, "false");
    begin(&mut database, 2, "true");
    end(&mut database, Uuid::from_u128(2), 0, Time::from_seconds(99)).unwrap();
    let entry = |id| database.entry(Uuid::from_u128(id)).unwrap().unwrap();
    assert_eq!((entry(1).exit_code, entry(1).end_time), (Some(3), Some(Time::from_seconds(101))));
    assert_eq!(entry(2).end_time, Some(Time::from_seconds(100)));
}

#[test]
fn a_pause_holds_until_its_time_or_until_it_is_ended() {
    let mut database = Database::in_memory().unwrap();
    pause(&database, Pause::Until(Time::from_seconds(10)), NOW).unwrap();
    assert_eq!(begin(&mut database, 1, "ls"), Captured::Paused);
    end(&mut database, Uuid::from_u128(1), 0, NOW).unwrap();
    assert_eq!(paused(&database, Time::from_seconds(10)).unwrap(), None);
    pause(&database, Pause::UntilResumed, NOW).unwrap();
    assert_eq!(paused(&database, Time::from_seconds(10)).unwrap(), Some(Pause::UntilResumed));
    resume(&database, Time::from_seconds(50)).unwrap();
    let late = Entry { entry_id: Uuid::from_u128(2), start_time: Time::from_seconds(49), ..Entry::default() };
    let told = start(&mut database, late, b"ls".to_vec(), Time::from_seconds(51)).unwrap();
    assert_eq!(told, Captured::Paused, "it began in the pause, and its process was slow");
    assert_eq!(begin(&mut database, 1, "ls"), Captured::Kept { redactions: 0 });
    let entry = database.entry(Uuid::from_u128(1)).unwrap().unwrap();
    assert!(!entry.has_ended(), "the end of a paused command is not kept for a later one");
}

#[test]
fn secrets_are_replaced_before_anything_is_written_and_only_counted() {
    let mut database = Database::in_memory().unwrap();
    set_own_patterns(&database, &["order-[0-9]+".to_owned()]).unwrap();
    assert!(set_own_patterns(&database, &["(".to_owned()]).is_err());
    assert_eq!(begin(&mut database, 1, "x --password a order-12"), Captured::Kept { redactions: 2 });
    assert_eq!(begin(&mut database, 2, "x --password b"), Captured::Kept { redactions: 1 });
    assert_eq!(redactions(&database).unwrap(), 3);
    let entry = database.entry(Uuid::from_u128(1)).unwrap().unwrap();
    assert_eq!(entry.command, "x --password [redacted] [redacted]");
}

#[test]
fn every_script_says_its_shell_and_calls_the_same_commands() {
    for shell in Shell::ALL {
        let script = shell.script(Keys::Bound, Path::new("/it's/ends"), Path::new("holdfast"));
        assert!(!script.contains("@ENDS@") && !script.contains("@HOLDFAST@"));
        for words in ["history", "start", "search", "sync", "HOLDFAST_HISTORY_OFF", shell.as_str()] {
            assert!(script.contains(words), "{shell:?} has no {words}");
        }
        assert!(!shell.script(Keys::Unbound, Path::new("/ends"), Path::new("holdfast")).contains("history search"));
    }
}

#[test]
fn a_start_up_line_calls_the_program_where_it_is() {
    for (shell, program, line) in [
        (Shell::Bash, "holdfast", r#"eval "$(holdfast history init bash)""#),
        (Shell::Zsh, "/opt/holdfast", r#"eval "$(/opt/holdfast history init zsh)""#),
        (Shell::Bash, "/it's mine/holdfast", r#"eval "$('/it'\''s mine/holdfast' history init bash)""#),
        (Shell::Fish, "/it's mine/holdfast", r"'/it\'s mine/holdfast' history init fish | source"),
        (
            Shell::PowerShell,
            r"C:\Program Files\Holdfast\holdfast.exe",
            r"& 'C:\Program Files\Holdfast\holdfast.exe' history init powershell | Out-String | Invoke-Expression",
        ),
    ] {
        assert_eq!(shell.start_up_line(Path::new(program)), line);
    }
}
