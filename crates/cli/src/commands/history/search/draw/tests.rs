use holdfast_app::history::core::Uuid;
use ratatui::{Terminal, backend::TestBackend, buffer::Buffer};

use super::{
    super::state::{Event, Here},
    *,
};

const NOW: Time = Time::UNKNOWN;

fn entry(command: &str, ago: i64, ran: Option<(i64, i32)>) -> Entry {
    let start_time = Time::from_seconds(1_700_000_000 - ago);
    Entry {
        command: command.into(),
        hostname: "desk".into(),
        current_working_directory: "/home/ann/src".into(),
        start_time,
        exit_code: ran.map(|(_, code)| code),
        end_time: ran.map(|(milliseconds, _)| Time::from_millis(start_time.as_millis() + milliseconds)),
        ..Entry::default()
    }
}

fn state(text: &str, rows: Vec<Entry>) -> State {
    let mut state = State::new(text.into(), Here::default(), true);
    state.now = Time::from_seconds(1_700_000_000);
    state.update(Event::Found { number: 0, rows });
    state
}

fn rows() -> Vec<Entry> {
    vec![
        entry("cargo test --workspace", 5, Some((61_000, 101))),
        entry("git push", 130, Some((2_340, 0))),
        entry("for i in 1 2\ndo echo $i\ndone", 7_300, Some((12, 0))),
        entry("sleep 1000", 90_000, None),
        Entry { start_time: NOW, ..entry("imported", 0, None) },
    ]
}

fn drawn(state: &State, width: u16, height: u16) -> (Vec<String>, Buffer) {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| draw(state, frame)).unwrap();
    let buffer = terminal.backend().buffer().clone();
    let lines = (0..height).map(|y| (0..width).map(|x| buffer[(x, y)].symbol()).collect::<String>());
    (lines.map(|line| line.trim_end().to_owned()).collect(), buffer)
}

#[test]
fn eighty_columns_show_everything_with_the_latest_beside_the_question() {
    let (lines, _) = drawn(&state("c", rows()), 80, 24);
    assert_eq!(
        lines[17..],
        [
            "              imported",
            "    1d        sleep 1000",
            "    2h   12ms for i in 1 2⏎do echo $i⏎done",
            "    2m   2.3s git push",
            "›   5s   1m1s ✗ exit 101  cargo test --workspace",
            "everywhere > c",
            "Enter run · Tab edit · Ctrl-R filter · Del delete · Esc leave",
        ]
        .map(str::to_owned)
    );
    assert!(lines[..17].iter().all(String::is_empty));
}

#[test]
fn forty_columns_and_ten_rows_are_enough() {
    let (lines, _) = drawn(&state("", rows()), 40, 10);
    assert_eq!(
        lines[3..],
        [
            "       imported",
            "    1d sleep 1000",
            "    2h for i in 1 2⏎do echo $i⏎done",
            "    2m git push",
            "›   5s ✗ exit 101  cargo test --workspac",
            "everywhere >",
            "Enter run · Tab edit · ^R filter · Esc",
        ]
        .map(str::to_owned)
    );
}

#[test]
fn several_lines_are_shown_whole_below_the_list() {
    let mut state = state("", rows());
    state.selected = 2;
    let (lines, _) = drawn(&state, 80, 24);
    assert!(lines[18].starts_with("── desk /home/ann/src ────"), "{lines:#?}");
    assert_eq!(lines[19..22], ["for i in 1 2", "do echo $i", "done"].map(str::to_owned));
}

#[test]
fn deleting_says_how_many_and_where() {
    let mut state = state("", rows());
    state.update(Event::Same(vec![Uuid::nil(); 3]));
    let (lines, _) = drawn(&state, 80, 24);
    assert_eq!(lines[23], "delete 3 entries with this line on all devices? y / n");
}

#[test]
fn without_colours_nothing_is_coloured_and_everything_is_still_told_apart() {
    let mut state = state("", rows());
    state.coloured = false;
    let (lines, buffer) = drawn(&state, 80, 24);
    assert!(buffer.content().iter().all(|cell| cell.fg == Color::Reset && cell.bg == Color::Reset));
    assert!(lines[21].contains("✗ exit 101") && lines[21].starts_with('›'));
}

#[test]
fn no_size_and_no_line_breaks_it_and_no_line_moves_the_cursor() {
    let mut odd = rows();
    odd.push(entry(&"x".repeat(100_000), 1, None));
    odd.push(entry("\u{1b}[2J\r\u{7}漢字 e\u{301}\n\n\n", 1, None));
    let mut state = state(&"question ".repeat(30), odd);
    for selected in 0..state.rows.len() {
        state.selected = selected;
        for (width, height) in [(1, 1), (2, 3), (10, 4), (40, 10), (80, 24), (300, 80)] {
            let (lines, _) = drawn(&state, width, height);
            assert!(!lines.concat().contains(['\u{1b}', '\r', '\u{7}']));
        }
    }
    drawn(&State::new(String::new(), Here::default(), true), 1, 1);
}

#[test]
fn times_are_short() {
    let now = Time::from_seconds(1_700_000_000);
    for (seconds, want) in [(-5, "0s"), (59, "59s"), (60, "1m"), (86_400, "1d"), (40_000_000, "1y")] {
        assert_eq!(ago(Time::from_seconds(1_700_000_000 - seconds), now), want);
    }
    assert_eq!(ago(Time::from_micros(i64::MIN), Time::from_micros(i64::MAX)), "999y");
}
