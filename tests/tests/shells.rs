//! Real shells in a terminal: what is typed is found again, whole and with its end, and the shell is as it was before.

#![cfg(unix)]

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use holdfast_app::history::core::{
    Database, Entry,
    capture::{Shell, take_ends},
};
use holdfast_tests::{
    program::program,
    terminal::{Start, Terminal, eventually},
};
use tempfile::TempDir;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Bash,
    Zsh,
    Fish,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Bash => "bash",
            Self::Zsh => "zsh",
            Self::Fish => "fish",
        }
    }

    /// The line that the window shows for its start-up file.
    fn init(self, program: impl AsRef<Path>) -> String {
        let shell = match self {
            Self::Bash => Shell::Bash,
            Self::Zsh => Shell::Zsh,
            Self::Fish => Shell::Fish,
        };
        format!("{}\n", shell.start_up_line(program.as_ref()))
    }

    /// What begins every start-up file: a prompt that can be waited for.
    fn prompt(self) -> &'static str {
        match self {
            Self::Bash => "PS1='$? ready> '\n",
            Self::Zsh => "PS1='%? ready> '; bindkey -e; unsetopt PROMPT_SP\n",
            Self::Fish => "function fish_prompt; echo -n \"$status ready> \"; end; function fish_greeting; end\n",
        }
    }
}

/// One person at one shell, with a `holdfast` that notes how it is called.
struct World {
    folder: TempDir,
    kind: Kind,
    init: String,
}

impl World {
    fn new(kind: Kind) -> Option<Self> {
        if !is_there(kind.name()) {
            assert!(std::env::var_os("CI").is_none(), "{} is not installed", kind.name());
            eprintln!("skipped: {} is not installed", kind.name());
            return None;
        }
        let world = Self { folder: tempfile::tempdir().expect("a folder"), kind, init: kind.init("holdfast") };
        for folder in ["bin", "home/work", "fish/fish"] {
            fs::create_dir_all(world.path(folder)).expect("a folder");
        }
        let real = program();
        let script = format!(
            "#!/bin/sh\necho \"$*\" >> '{}'\nexec '{}' \"$@\"\n",
            world.path("calls").display(),
            real.display()
        );
        fs::write(world.path("bin/holdfast"), script).expect("a script");
        fs::set_permissions(world.path("bin/holdfast"), fs::Permissions::from_mode(0o755)).expect("its rights");
        Some(world)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A shell whose start-up file has `before`, then ours, then `after`.
    fn shell_with(&self, before: &str, after: &str) -> Terminal {
        let file = match self.kind {
            Kind::Bash => self.path("bashrc"),
            Kind::Zsh => self.path(".zshrc"),
            Kind::Fish => self.path("fish/fish/config.fish"),
        };
        let text = [self.kind.prompt(), before, "\n", &self.init, after, "\n"].concat();
        fs::write(&file, text).expect("a start-up file");
        let text = |path: PathBuf| path.display().to_string();
        let rc = text(file);
        let command: &[&str] = match self.kind {
            Kind::Bash => &["bash", "--noprofile", "--rcfile", &rc, "-i"],
            Kind::Zsh => &["zsh", "-d", "-i"],
            Kind::Fish => &["fish", "-i"],
        };
        let path = format!("{}:{}", text(self.path("bin")), std::env::var("PATH").unwrap_or_default());
        let variables = [
            ("HOME", text(self.path("home"))),
            ("PATH", path),
            ("TERM", "xterm-256color".into()),
            ("LANG", "C.UTF-8".into()),
            ("TZ", "UTC".into()),
            ("USER", "ann".into()),
            ("ZDOTDIR", text(self.folder.path().to_owned())),
            ("XDG_CONFIG_HOME", text(self.path("fish"))),
            ("XDG_DATA_HOME", text(self.path("fish-data"))),
            ("HISTFILE", text(self.path("histfile"))),
            ("HOLDFAST_CONFIG_DIR", text(self.path("config"))),
            ("HOLDFAST_DATA_DIR", text(self.path("data"))),
        ];
        let variables = variables.iter().map(|(name, value)| (*name, value.as_str())).collect::<Vec<_>>();
        let start = Start { command, variables: &variables, folder: &self.path("home/work"), size: (100, 40) };
        let terminal = Terminal::start(&start);
        terminal.wait_for("ready>");
        terminal
    }

    fn shell(&self) -> Terminal {
        self.shell_with("", "")
    }

    fn entries(&self) -> Vec<Entry> {
        let path = self.path("data/history/history.db");
        let mut entries = Vec::new();
        if path.exists() {
            let keep = |entry| {
                entries.push(entry);
                Ok(true)
            };
            let mut database = Database::open(&path).expect("the history");
            take_ends(&mut database, &self.path("data/history")).expect("what shells wrote");
            database.for_each(keep).expect("the history");
        }
        entries
    }

    /// Waits until a command is there with its end.
    fn ended(&self, command: &str) -> Entry {
        let find = || self.entries().into_iter().find(|entry| entry.command == command && entry.has_ended());
        eventually(find).unwrap_or_else(|| panic!("no {command} in {:?}", self.commands()))
    }

    fn count(&self, command: &str) -> usize {
        self.entries().iter().filter(|entry| entry.command == command && entry.has_ended()).count()
    }

    fn wait_for_count(&self, command: &str, count: usize) {
        let found = eventually(|| (self.count(command) == count).then_some(()));
        found.unwrap_or_else(|| panic!("not {count} times {command} in {:?}", self.commands()));
    }

    fn commands(&self) -> Vec<String> {
        self.entries().into_iter().map(|entry| entry.command).collect()
    }

    fn calls(&self) -> String {
        fs::read_to_string(self.path("calls")).unwrap_or_default()
    }

    fn holdfast(&self, args: &[&str]) -> std::process::Output {
        let mut command = Command::new(program());
        command.args(args).env("HOLDFAST_CONFIG_DIR", self.path("config")).env("HOLDFAST_DATA_DIR", self.path("data"));
        command.stdin(Stdio::null()).output().expect("the program")
    }
}

fn is_there(program: &str) -> bool {
    let found = Command::new(program).arg("-c").arg("exit 0").stdin(Stdio::null()).status();
    found.is_ok_and(|status| status.success())
}

fn typed_is_found_with_exit_code_directory_and_duration(kind: Kind) {
    let Some(world) = World::new(kind) else { return };
    let shell = world.shell();
    shell.line("mkdir -p sub && cd sub");
    world.ended("mkdir -p sub && cd sub");
    shell.line("sh -c 'sleep 0.4; exit 7'");
    let failed = world.ended("sh -c 'sleep 0.4; exit 7'");
    assert_eq!(failed.exit_code, Some(7));
    shell.wait_for("7 ready>");
    let ran = failed.end_time.expect("its end").as_micros() - failed.start_time.as_micros();
    assert!(ran >= 300_000, "{ran}");
    assert!(failed.current_working_directory.ends_with("/home/work/sub"), "{failed:?}");
    assert!(failed.home_directory.ends_with("/home"), "{failed:?}");
    assert_eq!(failed.shell, kind.name());
    // Fish sets USER itself.
    assert!(kind == Kind::Fish || failed.local_username == "ann", "{failed:?}");
    shell.line("echo übung 'a\"b' $HOME | cat");
    let last = world.ended("echo übung 'a\"b' $HOME | cat");
    assert_eq!((last.exit_code, &last.session), (Some(0), &failed.session));
    assert_ne!(last.entry_id, failed.entry_id);
    let second = world.shell();
    second.line("echo other");
    assert_ne!(world.ended("echo other").session, last.session);
    assert!(!world.calls().contains("sleep"), "no command line is an argument that others can see");
    assert!(!shell.text().contains("[1]"), "no job is announced\n{}", shell.text());
}

fn a_space_a_variable_and_a_pause_keep_commands_out(kind: Kind) {
    let Some(world) = World::new(kind) else { return };
    let before = if kind == Kind::Bash { "unset HISTCONTROL" } else { "" };
    let shell = world.shell_with(before, "");
    shell.line(" echo hidden by a space; true");
    shell.line("echo shown");
    world.ended("echo shown");
    let (off, on) = match kind {
        Kind::Fish => ("set -gx HOLDFAST_HISTORY_OFF 1", "set -e HOLDFAST_HISTORY_OFF"),
        _ => ("export HOLDFAST_HISTORY_OFF=1", "unset HOLDFAST_HISTORY_OFF"),
    };
    shell.line(off);
    shell.line("echo hidden by a variable");
    shell.line(on);
    shell.line("echo shown again");
    world.ended("echo shown again");
    assert!(world.holdfast(&["history", "pause", "1h"]).status.success());
    shell.line("echo hidden by a pause");
    shell.line("sh -c 'echo $((40+2)) paused'");
    shell.wait_for("42 paused");
    assert!(world.holdfast(&["history", "resume"]).status.success());
    shell.line("echo shown at last");
    world.ended("echo shown at last");
    assert!(!world.commands().iter().any(|command| command.contains("hidden")), "{:?}", world.commands());
}

fn several_lines_are_one_command(kind: Kind) {
    let Some(world) = World::new(kind) else { return };
    let shell = world.shell();
    let lines: &[&str] = match kind {
        Kind::Fish => &["for i in 1 2", "echo $i", "end"],
        _ => &["for i in 1 2", "do", "echo $i", "done"],
    };
    lines.iter().for_each(|line| shell.line(line));
    shell.line("echo 'first");
    shell.line("second'");
    world.ended("echo 'first\nsecond'");
    // Each command is told of by a process of its own: one may overtake another.
    let loops =
        || world.commands().into_iter().filter(|command| command.starts_with("for i in 1 2")).collect::<Vec<_>>();
    eventually(|| (!loops().is_empty()).then_some(()));
    let found = loops();
    assert_eq!(found.len(), 1, "{:?}", world.commands());
    assert!(found[0].contains("echo $i") && found[0].ends_with(lines[lines.len() - 1]), "{found:?}");
}

fn ctrl_r_finds_runs_and_edits(kind: Kind) {
    let Some(world) = World::new(kind) else { return };
    let shell = world.shell();
    shell.line("echo one-two-three");
    shell.line("echo something else");
    world.ended("echo something else");
    world.ended("echo one-two-three");
    shell.line("clear");
    // What is typed before the prompt is there is not the shell's yet: the terminal itself knows Ctrl-R.
    shell.wait_until("prompt alone", |text| text.trim_end().ends_with("ready>") && !text.contains("something else"));
    shell.keys("two-th\x12");
    shell.wait_for("everywhere > two-th");
    shell.wait_until("only what fits", |text| text.contains("one-two-three") && !text.contains("something else"));
    shell.keys("\r");
    world.wait_for_count("echo one-two-three", 2);
    shell.wait_until("its prompt again", |text| !text.contains("everywhere >"));
    shell.keys("\x12");
    shell.wait_for("everywhere >");
    shell.keys("one-two");
    shell.wait_until("only what fits", |text| {
        text.contains("> one-two") && text.contains("echo one-two-three") && !text.contains("something else")
    });
    shell.keys("\t");
    shell.wait_until("the prompt with the line", |text| {
        text.contains("ready> echo one-two-three") && !text.contains("everywhere >")
    });
    shell.line("-four");
    world.ended("echo one-two-three-four");
    shell.keys("kept\x12");
    shell.wait_for("everywhere > kept");
    shell.keys("\x1b");
    shell.wait_until("the prompt as it was", |text| text.contains("ready> kept") && !text.contains("everywhere >"));
    shell.line(" after");
    shell.wait_until("an error", |text| text.contains("not found") || text.contains("nknown command"));
    assert_eq!(world.count("echo one-two-three"), 2);
}

fn sourcing_twice_keeps_each_command_once(kind: Kind) {
    let Some(world) = World::new(kind) else { return };
    let shell = world.shell_with("", &world.init.repeat(2));
    shell.line("echo once");
    shell.line("echo after");
    world.ended("echo once");
    world.ended("echo after");
    assert_eq!(world.count("echo once"), 1, "{:?}", world.commands());
}

fn the_end_of_a_shell_sends_what_waits_and_its_last_command_has_an_end(kind: Kind) {
    let Some(world) = World::new(kind) else { return };
    let mut shell = world.shell();
    shell.line("echo before the end");
    world.ended("echo before the end");
    shell.line("exit");
    shell.wait_for_end();
    let sent = eventually(|| world.calls().contains("sync push --quiet").then_some(()));
    assert!(sent.is_some(), "{}", world.calls());
    world.ended("exit");
}

fn without_the_program_nothing_is_said_and_nothing_breaks(kind: Kind) {
    let Some(world) = World::new(kind) else { return };
    let mut shell = world.shell();
    fs::remove_file(world.path("bin/holdfast")).expect("the program goes");
    shell.line("sh -c 'echo still $((40+2))'");
    shell.wait_for("still 42");
    shell.line("sh -c 'exit 3'");
    shell.wait_for("3 ready>");
    assert!(!shell.text().contains("holdfast"), "{}", shell.text());
    shell.line("exit");
    shell.wait_for_end();
}

fn a_program_that_the_search_path_does_not_have_is_called_where_it_is(kind: Kind) {
    let Some(mut world) = World::new(kind) else { return };
    fs::remove_file(world.path("bin/holdfast")).expect("the program goes");
    let elsewhere = world.path("it's here/holdfast");
    fs::create_dir(world.path("it's here")).expect("a folder");
    fs::hard_link(program(), &elsewhere).or_else(|_| fs::copy(program(), &elsewhere).map(drop)).expect("the program");
    world.init = kind.init(&elsewhere);
    let mut shell = world.shell();
    shell.line("echo kept all the same");
    world.ended("echo kept all the same");
    shell.keys("all the\x12");
    shell.wait_for("everywhere > all the");
    shell.keys("\x1b");
    shell.wait_until("the prompt as it was", |text| text.contains("ready> all the") && !text.contains("everywhere >"));
    shell.keys("\x15");
    shell.line("exit");
    shell.wait_for_end();
    world.ended("exit");
}

macro_rules! shells {
    ($($name:ident),* $(,)?) => {
        mod bash { $(#[test] fn $name() { super::$name(super::Kind::Bash); })* }
        mod zsh { $(#[test] fn $name() { super::$name(super::Kind::Zsh); })* }
        mod fish { $(#[test] fn $name() { super::$name(super::Kind::Fish); })* }
    };
}

shells!(
    typed_is_found_with_exit_code_directory_and_duration,
    a_space_a_variable_and_a_pause_keep_commands_out,
    several_lines_are_one_command,
    ctrl_r_finds_runs_and_edits,
    sourcing_twice_keeps_each_command_once,
    the_end_of_a_shell_sends_what_waits_and_its_last_command_has_an_end,
    without_the_program_nothing_is_said_and_nothing_breaks,
    a_program_that_the_search_path_does_not_have_is_called_where_it_is,
);

#[test]
fn strict_shells_go_on() {
    for kind in [Kind::Bash, Kind::Zsh] {
        let Some(world) = World::new(kind) else { continue };
        let shell = world.shell_with("set -u", "set -e");
        shell.line("! true; echo $((40+2)) alive");
        world.ended("! true; echo $((40+2)) alive");
        shell.line("! true");
        world.ended("! true");
        shell.line("set -m; echo $((40+3)) alive");
        shell.wait_for("43 alive");
        world.ended("set -m; echo $((40+3)) alive");
        let text = shell.text();
        assert!(!text.contains("unbound") && !text.contains("parameter not set") && !text.contains("[1]"), "{text}");
    }
}

/// `$?`, `$_`, PIPESTATUS, PROMPT_COMMAND, PS0 and the traps are as if we were not there.
#[test]
fn hooks_of_bash_that_were_there_before_survive() {
    let Some(world) = World::new(Kind::Bash) else { return };
    let before = r#"
        HISTCONTROL=ignoreboth
        seen() { echo "prompt $? ${PIPESTATUS[*]}" >> ~/seen; }
        PROMPT_COMMAND=seen
        PS0='before '
        trap 'debugged=$((${debugged:-0}+1))' DEBUG
        trap 'echo ended >> ~/seen' EXIT
    "#;
    let mut shell = world.shell_with(before, "trap 'debugged=$((${debugged:-0}+1))' DEBUG");
    shell.line("false | true | sh -c 'exit 5'");
    shell.wait_for("5 ready>");
    shell.line("echo \"status $? pipes ${PIPESTATUS[*]}\"");
    shell.wait_for("status 5 pipes 1 0 5");
    shell.line("echo last-word");
    shell.line("[ \"$debugged\" -gt 3 ] && echo debugged $((40+2))");
    shell.wait_for("debugged 42");
    shell.line("exit");
    shell.wait_for_end();
    let seen = fs::read_to_string(world.path("home/seen")).expect("what the hook saw");
    assert!(seen.contains("prompt 5 1 0 5") && seen.ends_with("ended\n"), "{seen}");
    assert!(shell.text().contains("before "), "{}", shell.text());
    world.ended("echo last-word");
    // With a DEBUG trap that assigns, bash itself loses it.
    let plain = world.shell();
    plain.line("echo other-word");
    plain.line("echo \"underscore $_\"");
    plain.wait_for("underscore other-word");
}

/// Bash itself forgets repeated lines and those behind a space. We keep the former and not the latter, and its own list
/// is as it would be without us.
#[test]
fn bash_that_ignores_repeated_lines_has_each_run_kept_and_its_own_list_as_it_was() {
    for control in ["ignoreboth", "ignoredups", "ignorespace", "erasedups:ignorespace", ""] {
        let Some(world) = World::new(Kind::Bash) else { return };
        let shell = world.shell_with(&format!("HISTCONTROL={control}"), "");
        for line in ["echo a", "echo b", "echo b", " echo secret", "echo b"] {
            shell.line(line);
            // One after the other: two of the same within one second are one to a list that erases repeated lines.
            std::thread::sleep(std::time::Duration::from_millis(1_100));
        }
        world.wait_for_count("echo b", 3);
        shell.line("history > ~/list; echo $((40+2)) listed");
        shell.wait_for("42 listed");
        let list = fs::read_to_string(world.path("home/list")).expect("its list");
        let repeats = list.matches("echo b").count();
        let (want, secrets) = match control {
            "ignoreboth" | "erasedups:ignorespace" => (1, 0),
            "ignoredups" => (2, 1),
            "ignorespace" => (3, 0),
            _ => (3, 1),
        };
        assert_eq!((repeats, list.matches("secret").count()), (want, secrets), "{control}: {list}");
        assert!(
            !world.commands().iter().any(|command| command.contains("secret")),
            "{control}: {:?}",
            world.commands()
        );
    }
}

#[test]
fn hooks_of_zsh_that_were_there_before_survive() {
    let Some(world) = World::new(Kind::Zsh) else { return };
    let before = r#"
        precmd() { print "prompt $? $pipestatus" >> ~/seen }
        preexec() { print "begins $1" >> ~/seen }
        zshexit() { print ended >> ~/seen }
        setopt HIST_IGNORE_SPACE KSH_ARRAYS
    "#;
    let mut shell = world.shell_with(before, "");
    shell.line("false | true | sh -c 'exit 5'");
    shell.wait_for("5 ready>");
    shell.line("echo \"status $? pipes ${pipestatus[*]}\"");
    shell.wait_for("status 5 pipes 1 0 5");
    shell.line("echo last-word");
    shell.line("echo \"underscore $_\"");
    shell.wait_for("underscore last-word");
    shell.line(" echo secret");
    shell.line("exit");
    shell.wait_for_end();
    let seen = fs::read_to_string(world.path("home/seen")).expect("what the hooks saw");
    assert!(
        seen.contains("prompt 5 1") && seen.contains("begins echo last-word") && seen.ends_with("ended\n"),
        "{seen}"
    );
    world.ended("echo last-word");
    assert!(!world.commands().iter().any(|command| command.contains("secret")));
}

#[test]
fn a_line_of_a_megabyte_and_bytes_that_are_no_text_are_kept_whole() {
    let Some(world) = World::new(Kind::Bash) else { return };
    let start = |count: u8, line: &[u8]| {
        let id = format!("00000000-0000-7000-8000-0000000000{count:02x}");
        fs::write(world.path("line"), line).expect("a line");
        let mut command = Command::new(program());
        command.args(["history", "start", "--id", &id, "--session", "s", "--shell", "bash"]);
        command.env("HOLDFAST_CONFIG_DIR", world.path("config")).env("HOLDFAST_DATA_DIR", world.path("data"));
        command
            .stdin(fs::File::open(world.path("line")).expect("a line"))
            .output()
            .expect("the program")
            .status
            .success()
    };
    let long = [b"echo ".as_slice(), &b"x".repeat(1 << 20)].concat();
    assert!(start(1, &long));
    assert!(start(2, b"echo \xff\xfe"));
    assert!(!start(3, &b"y".repeat(9 << 20)), "nine megabytes are refused");
    let bytes = |entry: &Entry| entry.command_bytes.clone().unwrap_or_else(|| entry.command.clone().into_bytes());
    let mut kept = world.entries().iter().map(bytes).collect::<Vec<_>>();
    kept.sort_by_key(Vec::len);
    assert_eq!(kept, [b"echo \xff\xfe".to_vec(), long]);
}

/// Files go in, come out as JSON lines, and go in again elsewhere: twice is once, and what is wrong is named.
#[test]
fn histories_come_in_and_go_out_at_the_command_line() {
    let (Some(world), Some(other)) = (World::new(Kind::Bash), World::new(Kind::Bash)) else { return };
    let path = |name: &str| world.path(name).display().to_string();
    fs::write(world.path("old.zsh"), ": 1700000000:2;make\\\n  all\n: 1700000003:0;PASSWORD=abc run\n")
        .expect("a file");
    fs::write(world.path("home/.bash_history"), "ls\nls\n").expect("a file");
    let home = world.path("home").display().to_string();
    let run = |world: &World, args: &[&str]| {
        let mut command = Command::new(program());
        command.args(args).env("HOME", &home).env_remove("XDG_DATA_HOME").env_remove("ZDOTDIR").stdin(Stdio::null());
        command.env("HOLDFAST_CONFIG_DIR", world.path("config")).env("HOLDFAST_DATA_DIR", world.path("data"));
        let output = command.output().expect("the program");
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        (output.status.code(), text(output.stdout), text(output.stderr))
    };
    let found = run(&world, &["history", "import"]).1;
    assert!(found.contains("bash") && found.contains("2  ") && found.contains("--all"), "{found}");
    let (code, said, _) = run(&world, &["history", "import", "--file", &path("old.zsh")]);
    assert!(code == Some(0) && said.contains("2 read, 2 new, 1 secret replaced"), "{said}");
    let (_, said, _) = run(&world, &["history", "import", "--all"]);
    assert!(said.contains("2 read, 2 new"), "{said}");
    let (code, _, said) = run(&world, &["history", "import", "--from", "atuin", "--file", &path("old.zsh")]);
    assert!(code == Some(1) && said.contains("old.zsh is not a database of atuin"), "{said}");
    assert_eq!(run(&world, &["history", "export", "--file", &path("out.jsonl")]).0, Some(0));
    let rights = fs::metadata(world.path("out.jsonl")).expect("the export").permissions().mode() & 0o777;
    assert_eq!(rights, 0o600);
    for new in [4, 0] {
        let (code, said, _) = run(&other, &["--json", "history", "import", "--file", &path("out.jsonl")]);
        assert!(code == Some(0) && said.contains(&format!("\"new\":{new},")), "{said}");
    }
    assert_eq!(other.entries(), world.entries());
}

#[test]
fn an_old_bash_says_in_one_line_what_is_missing() {
    let Some(world) = World::new(Kind::Bash) else { return };
    let script = String::from_utf8(world.holdfast(&["history", "init", "bash"]).stdout).expect("UTF-8");
    // The versions cannot be assigned: the script is asked about another array.
    let script = script.replace("BASH_VERSINFO[", "OLD[");
    let output = Command::new("bash").args(["-ic", &format!("OLD=(3 2); {script}")]).stdin(Stdio::null()).output();
    let said = String::from_utf8(output.expect("bash").stderr).expect("UTF-8");
    let lines = said.lines().filter(|line| line.contains("holdfast")).collect::<Vec<_>>();
    assert!(lines.len() == 1 && lines[0].contains("PS0"), "{said}");
}

#[test]
fn the_script_for_powershell_can_be_read() {
    if !is_there("pwsh") {
        eprintln!("skipped: pwsh is not installed");
        return;
    }
    let Some(world) = World::new(Kind::Bash) else { return };
    fs::write(world.path("init.ps1"), world.holdfast(&["history", "init", "powershell"]).stdout).expect("a script");
    let check = format!(
        "$errors = $null; [System.Management.Automation.Language.Parser]::ParseFile('{}', [ref] $null, [ref] $errors) | \
         Out-Null; $errors; exit $errors.Count",
        world.path("init.ps1").display()
    );
    let output = Command::new("pwsh").args(["-NoProfile", "-Command", &check]).output().expect("pwsh");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}
