//! Progress on a terminal as one bar, elsewhere as a plain line now and then, with `--json` not at all.

use std::{
    io::IsTerminal,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use holdfast_app::progress::{Phase, Progress, Snapshot};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::words;

/// Time between two plain lines.
const PLAIN_EVERY: Duration = Duration::from_secs(10);

/// How progress is shown.
pub enum Show {
    /// Not at all.
    Nothing,
    /// One bar on standard error.
    Bar(ProgressBar),
    /// Lines on standard error.
    Lines(Mutex<Instant>),
}

impl Show {
    /// What fits where we run.
    pub fn choose(json: bool) -> Self {
        if json {
            return Self::Nothing;
        }
        if !std::io::stderr().is_terminal() {
            return Self::Lines(Mutex::new(Instant::now()));
        }
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10));
        let colour = std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty());
        let template = if colour { "{bar:24.cyan/dim} {msg}" } else { "{bar:24} {msg}" };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("━╸─"));
        }
        Self::Bar(bar)
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        if let Self::Bar(bar) = self {
            bar.finish_and_clear();
        }
    }
}

impl Progress for Show {
    fn report(&self, snapshot: &Snapshot) {
        match self {
            Self::Nothing => {}
            Self::Bar(bar) => {
                bar.set_length(snapshot.bytes_total.max(1));
                bar.set_position(snapshot.bytes_done.min(snapshot.bytes_total.max(1)));
                bar.set_message(line(snapshot));
            }
            Self::Lines(last) => {
                let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
                if last.elapsed() >= PLAIN_EVERY {
                    *last = Instant::now();
                    eprintln!("{}", line(snapshot));
                }
            }
        }
    }
}

fn line(snapshot: &Snapshot) -> String {
    let files = format!("{} of {}", words::count(snapshot.files_done), words::files(snapshot.files_total));
    match snapshot.phase {
        Phase::Scanning => format!("looking: {} seen", words::files(snapshot.files_total)),
        Phase::Planning => "comparing".into(),
        Phase::Finishing => format!("{files}, finishing"),
        Phase::Transferring => {
            let moved = format!("{} of {}", words::bytes(snapshot.bytes_done), words::bytes(snapshot.bytes_total));
            let speed = words::bytes(snapshot.bytes_per_second as u64);
            let left = snapshot.seconds_left.map(|s| format!(", about {} left", words::duration((s * 1000.0) as u64)));
            format!("{files}, {moved}, {speed}/s{}", left.unwrap_or_default())
        }
    }
}
