//! The picture of a state: the list, latest at the bottom, a preview of what does not fit a line, the question, the keys.

use holdfast_app::history::core::{Entry, Time};
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Position, Rect},
    style::{Color, Modifier, Style},
    text::{Line, Span},
    widgets::{Paragraph, Wrap},
};

use super::state::State;
use crate::words;

/// From this width on a row shows how long the command ran.
const WIDE: u16 = 60;
/// The most lines of a preview, its rule included.
const MOST_PREVIEW: u16 = 7;

/// Draws everything.
pub fn draw(state: &State, frame: &mut Frame<'_>) {
    let area = frame.area();
    let preview = preview_height(state, area);
    let [list, below, question, keys] = Layout::vertical([
        Constraint::Min(1),
        Constraint::Length(preview),
        Constraint::Length(1),
        Constraint::Length(1),
    ])
    .areas(area);
    draw_list(state, frame, list);
    if preview > 0 {
        draw_preview(state, frame, below);
    }
    draw_question(state, frame, question);
    frame.render_widget(Paragraph::new(keys_line(state, area.width)), keys);
}

fn draw_list(state: &State, frame: &mut Frame<'_>, area: Rect) {
    if state.rows.is_empty() && area.height > 0 {
        let text = if state.searching { "  looking …" } else { "  nothing fits" };
        let bottom = Rect { y: area.bottom() - 1, height: 1, ..area };
        return frame.render_widget(Paragraph::new(text).style(faint(state)), bottom);
    }
    let height = usize::from(area.height);
    let first = (state.selected + 1).saturating_sub(height);
    for (at, entry) in state.rows.iter().enumerate().skip(first).take(height) {
        let line = Rect { y: area.bottom() - 1 - (at - first) as u16, height: 1, ..area };
        frame.render_widget(row(state, entry, at == state.selected, area.width), line);
    }
}

fn row<'a>(state: &State, entry: &Entry, selected: bool, width: u16) -> Line<'a> {
    let mut spans = vec![Span::raw(if selected { "› " } else { "  " })];
    spans.push(Span::styled(format!("{:>4} ", ago(entry.start_time, state.now)), faint(state)));
    if width >= WIDE {
        spans.push(Span::styled(format!("{:>6} ", took(entry)), faint(state)));
    }
    if let Some(code) = entry.exit_code.filter(|code| *code != 0) {
        spans.push(Span::styled(format!("✗ exit {code}  "), colour(state, Color::Red)));
    }
    spans.push(Span::raw(in_one_line(&entry.command)));
    let line = Line::from(spans);
    if selected { line.style(Style::new().add_modifier(Modifier::BOLD | Modifier::REVERSED)) } else { line }
}

/// Only what does not fit a row, and only where enough rows stay.
fn preview_height(state: &State, area: Rect) -> u16 {
    let Some(entry) = state.current() else { return 0 };
    let room = usize::from(area.width.saturating_sub(if area.width >= WIDE { 26 } else { 18 }));
    let is_whole = !entry.command.contains('\n') && entry.command.chars().take(room + 1).count() <= room;
    if is_whole || area.height < 8 {
        return 0;
    }
    let width = usize::from(area.width.max(1));
    let lines = entry.command.lines().take(16).map(|line| line.chars().take(width * 8).count() / width + 1);
    (lines.sum::<usize>().min(usize::from(MOST_PREVIEW)) as u16 + 1).min(area.height / 3)
}

fn draw_preview(state: &State, frame: &mut Frame<'_>, area: Rect) {
    let Some(entry) = state.current() else { return };
    let [rule, text] = Layout::vertical([Constraint::Length(1), Constraint::Min(0)]).areas(area);
    let folder = words::shown(&entry.current_working_directory);
    let host = words::shown(&entry.hostname);
    let title = format!("── {host} {folder} ");
    let line = format!("{title}{}", "─".repeat(usize::from(area.width)));
    frame.render_widget(Paragraph::new(line).style(faint(state)), rule);
    let most = usize::from(area.width) * usize::from(area.height);
    let lines = entry.command.lines().take(usize::from(text.height));
    let lines = lines.map(|line| Line::raw(words::shown(&line.chars().take(most).collect::<String>())));
    frame.render_widget(Paragraph::new(lines.collect::<Vec<_>>()).wrap(Wrap { trim: false }), text);
}

fn draw_question(state: &State, frame: &mut Frame<'_>, area: Rect) {
    let scope = format!("{} > ", state.scope.words());
    let start = scope.chars().count();
    let room = usize::from(area.width).saturating_sub(start + 1).max(1);
    let skipped = (state.cursor + 1).saturating_sub(room);
    let typed = state.text.chars().skip(skipped).collect::<String>();
    let before = state.text.chars().skip(skipped).take(state.cursor - skipped).collect::<String>();
    let line = Line::from(vec![
        Span::styled(scope, colour(state, Color::Cyan).add_modifier(Modifier::BOLD)),
        Span::raw(words::shown(&typed)),
    ]);
    frame.render_widget(Paragraph::new(line), area);
    let column = start + Span::raw(words::shown(&before)).width();
    let column = (column as u16).min(area.width.saturating_sub(1));
    frame.set_cursor_position(Position::new(area.x + column, area.y));
}

fn keys_line<'a>(state: &State, width: u16) -> Line<'a> {
    if let Some(ids) = &state.deleting {
        let what = words::counted(ids.len() as u64, "entry", "entries");
        let text = format!("delete {what} with this line on all devices? y / n");
        return Line::styled(text, colour(state, Color::Red).add_modifier(Modifier::BOLD));
    }
    let text = match width {
        WIDE.. => "Enter run · Tab edit · Ctrl-R filter · Del delete · Esc leave",
        _ => "Enter run · Tab edit · ^R filter · Esc",
    };
    Line::styled(text, faint(state))
}

/// How long ago, in at most four characters.
fn ago(start: Time, now: Time) -> String {
    if start == Time::UNKNOWN {
        return String::new();
    }
    let seconds = (now.as_micros().saturating_sub(start.as_micros()) / 1_000_000).max(0);
    match seconds {
        0..=59 => format!("{seconds}s"),
        60..=3_599 => format!("{}m", seconds / 60),
        3_600..=86_399 => format!("{}h", seconds / 3_600),
        86_400..=31_535_999 => format!("{}d", seconds / 86_400),
        _ => format!("{}y", (seconds / 31_536_000).min(999)),
    }
}

/// How long it ran, in at most six characters.
fn took(entry: &Entry) -> String {
    let Some(end) = entry.end_time else { return String::new() };
    let milliseconds = end.as_millis().saturating_sub(entry.start_time.as_millis()).max(0);
    match milliseconds {
        0..=999 => format!("{milliseconds}ms"),
        1_000..=59_999 => format!("{:.1}s", milliseconds as f64 / 1_000.0),
        60_000..=3_599_999 => format!("{}m{}s", milliseconds / 60_000, milliseconds / 1_000 % 60),
        3_600_000..=86_399_999 => format!("{}h{}m", milliseconds / 3_600_000, milliseconds / 60_000 % 60),
        _ => format!("{}d", (milliseconds / 86_400_000).min(99_999)),
    }
}

fn in_one_line(command: &str) -> String {
    let shown = command.chars().take(2_000).map(|c| match c {
        '\n' => '⏎',
        '\t' => ' ',
        c => c,
    });
    words::shown(&shown.collect::<String>())
}

fn faint(state: &State) -> Style {
    if state.coloured { Style::new().fg(Color::DarkGray) } else { Style::new() }
}

fn colour(state: &State, colour: Color) -> Style {
    if state.coloured { Style::new().fg(colour) } else { Style::new() }
}

#[cfg(test)]
mod tests;
