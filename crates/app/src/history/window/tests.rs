use holdfast_history::{Origin, capture::MARK};

use super::*;
use crate::{Home, dto::sets::PauseUntil, keychain::MemoryKeychain, paths::Paths};

struct World {
    app: App,
    _folder: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let paths = Paths::below(folder.path().join("config"), folder.path().join("data"));
        Self { app: App::new(Home::new(paths, std::sync::Arc::new(MemoryKeychain::default()))), _folder: folder }
    }

    fn record(&self, lines: &[&str]) -> Vec<Entry> {
        let entries: Vec<Entry> = lines
            .iter()
            .enumerate()
            .map(|(n, command)| Entry {
                entry_id: Uuid::new_v4(),
                command: (*command).into(),
                hostname: "mill".into(),
                current_working_directory: "/home/mara/src".into(),
                home_directory: "/home/mara".into(),
                exit_code: Some((n % 2) as i32),
                start_time: Time::from_seconds(1_795_219_200 + n as i64),
                end_time: Some(Time::from_seconds(1_795_219_202 + n as i64)),
                ..Entry::default()
            })
            .collect();
        crate::history::open(&self.app.home).unwrap().database.record(&entries, Origin::Here).unwrap();
        entries
    }

    async fn found(&self, ask: HistoryAsk) -> HistoryFound {
        search(&self.app, ask, 0, 100).await.unwrap()
    }

    async fn lines(&self, text: &str) -> Vec<String> {
        self.found(asking(text)).await.entries.into_iter().map(|line| line.command).collect()
    }

    /// Until the index is loaded, which happens on a thread of its own.
    async fn loaded(&self) {
        while self.found(HistoryAsk::default()).await.count.is_none() {
            tokio::task::yield_now().await;
        }
    }
}

fn asking(text: &str) -> HistoryAsk {
    HistoryAsk { text: text.into(), ..HistoryAsk::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn first_answers_and_answers_from_memory_are_the_same() {
    let world = World::new();
    world.record(&["git push", "make test", "git pull", "ls"]);
    let first = world.found(asking("git OR ls")).await;
    world.loaded().await;
    let then = world.found(asking("git OR ls")).await;
    assert_eq!(first.entries, then.entries);
    assert_eq!((then.count, then.total, then.more), (Some(3), 4, false));
    assert_eq!(then.entries[0].command, "ls");
    assert_eq!(then.marks.iter().map(|mark| mark.text.as_str()).collect::<Vec<_>>(), ["git", "ls"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_come_in_parts() {
    let world = World::new();
    world.record(&["a 1", "a 2", "a 3"]);
    world.loaded().await;
    let part = search(&world.app, asking("a"), 1, 1).await.unwrap();
    assert_eq!((part.entries[0].command.as_str(), part.count, part.more), ("a 2", Some(3), true));
    let behind = search(&world.app, asking("a"), 9, 1).await.unwrap();
    assert_eq!((behind.entries.len(), behind.more), (0, false));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_captured_meanwhile_is_found_and_what_is_deleted_is_not() {
    let world = World::new();
    let kept = world.record(&["git push"]);
    world.loaded().await;
    world.record(&["git pull"]);
    assert_eq!(world.lines("git").await.len(), 2);
    assert_eq!(delete(&world.app, &[kept[0].entry_id.to_string()]).await.unwrap(), 1);
    assert_eq!(world.lines("git").await, ["git pull"]);
    assert_eq!(world.found(HistoryAsk::default()).await.total, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_is_deleted_as_often_as_it_was_run() {
    let world = World::new();
    let entries = world.record(&["ls -l", "ls", "ls", "false; ls"]);
    world.loaded().await;
    assert_eq!(delete_line(&world.app, &entries[1].entry_id.to_string()).await.unwrap(), 2);
    assert_eq!(world.lines("").await, ["false; ls", "ls -l"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_is_replaced_and_everything_else_stays() {
    let world = World::new();
    let entries = world.record(&["curl -u mara:geheim42 a", "echo geheim42", "echo Geheim42"]);
    world.loaded().await;
    let id = entries[0].entry_id.to_string();
    let preview = preview_redaction(&world.app, &id, "geheim42".into()).await.unwrap();
    assert_eq!(
        preview,
        crate::dto::history_page::HistoryRedaction { line: format!("curl -u mara:{MARK} a"), others: 1 }
    );
    assert_eq!(redact(&world.app, &id, "geheim42".into(), true).await.unwrap(), 2);
    let now = world.found(HistoryAsk::default()).await;
    let lines: Vec<&str> = now.entries.iter().map(|line| line.command.as_str()).collect();
    assert_eq!(lines, ["echo Geheim42".into(), format!("echo {MARK}"), format!("curl -u mara:{MARK} a")]);
    let new = &now.entries[2];
    assert_ne!(new.id, id);
    assert_eq!((new.host.as_str(), new.folder.as_str(), new.seconds), ("mill", "/home/mara/src", Some(2.0)));
    assert_eq!(redact(&world.app, &new.id, "geheim42".into(), false).await.unwrap_err().code, ErrorCode::BadParameter);
    assert_eq!(redact(&world.app, &id, "x".into(), false).await.unwrap_err().code, ErrorCode::NoRecord);
}

#[test]
fn bytes_that_are_no_text_survive_a_redaction() {
    let mut entry = Entry::default();
    entry.set_command(b"echo \xff secret secret".to_vec());
    let new = change::replaced(&entry, "secret").unwrap();
    assert_eq!(new.command_bytes.unwrap(), b"echo \xff [redacted] [redacted]");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_says_how_often_its_line_was_run() {
    let world = World::new();
    let entries = world.record(&["ls", "make", "ls"]);
    world.loaded().await;
    let view = entry(&world.app, &entries[0].entry_id.to_string()).await.unwrap();
    let uses = view.uses.unwrap();
    assert_eq!((uses.times, uses.mostly_on.as_deref(), view.waiting), (2, Some("mill"), true));
}

#[tokio::test(flavor = "multi_thread")]
async fn charts_count_what_was_asked_for() {
    let world = World::new();
    world.record(&["git push", "git push", "ls"]);
    world.loaded().await;
    let all = charts(&world.app, HistoryAsk::default()).await.unwrap();
    assert_eq!((all.ready, all.entries, all.failed, all.hours.len(), all.days.len()), (true, 3, 1, 24, 30));
    assert_eq!((all.lines[0].text.as_str(), all.lines[0].entries), ("git push", 2));
    assert_eq!(all.folders[0].text, "/home/mara/src");
    let failed = HistoryAsk { failed: true, ..HistoryAsk::default() };
    assert_eq!(charts(&world.app, failed).await.unwrap().entries, 1);
}

#[tokio::test]
async fn a_pause_is_shown_until_it_is_over() {
    let world = World::new();
    assert_eq!(here(&world.app).await.unwrap().paused, None);
    pause(&world.app, PauseUntil::ResumedByPerson).await.unwrap();
    assert_eq!(here(&world.app).await.unwrap().paused.as_deref(), Some(""));
    pause(&world.app, PauseUntil::Hour).await.unwrap();
    assert!(here(&world.app).await.unwrap().paused.unwrap().ends_with('Z'));
    resume(&world.app).await.unwrap();
    let here = here(&world.app).await.unwrap();
    assert_eq!((here.paused, here.shared, here.captured, here.entries), (None, false, false, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_a_shell_is_brought_in_once() {
    let world = World::new();
    let file = world._folder.path().join("history");
    std::fs::write(&file, ": 1795219200:0;make test\n: 1795219201:0;ls\n").unwrap();
    let first = import(&world.app, Some("zsh".into()), file.clone()).await.unwrap();
    let again = import(&world.app, None, file).await.unwrap();
    assert_eq!((first.new, again.new, again.known), (2, 0, 2));
}

#[test]
fn long_lines_are_cut_for_the_list_between_characters() {
    let shown = line(&Entry { command: "ä".repeat(SHOWN + 1), ..Entry::default() }, SHOWN);
    assert!(shown.cut && shown.command.chars().count() == SHOWN + 1);
    assert_eq!((shown.started, shown.seconds), (None, None));
    assert!(!line(&Entry { command: "ä".repeat(SHOWN), ..Entry::default() }, SHOWN).cut);
}

#[test]
fn alternatives_have_the_same_filters() {
    let ask = HistoryAsk { text: "git OR make test".into(), host: Some("mill".into()), ..HistoryAsk::default() };
    let made = queries(&ask, &TimeZone::UTC).unwrap();
    assert_eq!(made.len(), 2);
    assert!(made.iter().all(|query| query.host.as_deref() == Some("mill")));
    assert_eq!(queries(&asking("git OR "), &TimeZone::UTC).unwrap().len(), 1, "while somebody types");
    assert_eq!(queries(&asking("ORDER"), &TimeZone::UTC).unwrap()[0].words.len(), 1);
    let bad = HistoryAsk { after: Some("soon".into()), ..HistoryAsk::default() };
    assert_eq!(queries(&bad, &TimeZone::UTC).unwrap_err().code, ErrorCode::BadParameter);
}

#[test]
fn shells_with_hooks_are_known() {
    for (path, shell) in [
        (Some("/bin/zsh"), Some("zsh")),
        (Some("/usr/bin/pwsh"), Some("powershell")),
        (Some("/bin/tcsh"), None),
        (None, None),
    ] {
        assert_eq!(here::shell_of(path).as_deref(), shell);
    }
}
