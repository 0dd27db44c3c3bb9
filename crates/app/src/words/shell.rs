//! What the system shows of Holdfast: the tray's menu, its line, dialogs and buttons of notifications.

/// What the app is called.
pub const APP: &str = "Holdfast";
/// The tray's menu.
pub const BACK_UP_NOW: &str = "Back up now";
#[allow(missing_docs)]
pub const PAUSE_HOUR: &str = "Pause for an hour";
#[allow(missing_docs)]
pub const PAUSE_TOMORROW: &str = "Pause until tomorrow";
#[allow(missing_docs)]
pub const GO_ON: &str = "Go on now";
#[allow(missing_docs)]
pub const OPEN_APP: &str = "Open Holdfast";
#[allow(missing_docs)]
pub const QUIT: &str = "Quit Holdfast";
/// In place of the last result, before the first run.
pub const NO_RUN_YET: &str = "No run yet";
/// A notification's button.
pub const OPEN: &str = "Open";
/// "Back up now" of the tray's menu could not begin.
pub const NOT_BEGUN: &str = "Nothing is being backed up";

/// The dialog with the words of the shell history: its title.
pub const HISTORY_WORDS: &str = "The 24 words of your shell history";
/// What closes it.
pub const WRITTEN_DOWN: &str = "I have written them down";
/// What stands below the words.
pub const WHAT_WORDS_ARE_FOR: &str = "Write them on paper, in this order. Another device joins with them, and without them nobody can read this history, you neither.";

/// The file of a record came in another form than bytes: what happened, and what to do.
pub const NOT_BYTES: (&str, &str) = ("the file did not arrive as bytes", "choose it again");
/// A set was to run that does already: what happened, and what to do.
pub const UNDER_WAY: (&str, &str) = ("a run of this set is under way", "wait until it has ended, or stop it first");

/// The tray's line: a set is not safe.
pub fn not_backed_up(name: &str) -> String {
    format!("{name} is not backed up")
}

/// A person must decide.
pub fn needs_you(name: &str) -> String {
    format!("{name} needs you")
}

/// All is paused.
pub fn paused(until: Option<&str>) -> String {
    until.map_or_else(|| "Paused".to_owned(), |until| format!("Paused until {until}"))
}

/// A set is new.
pub fn not_run_yet(name: &str, next: Option<&str>) -> String {
    format!("{name} has no complete backup yet{}", and_next(next))
}

/// There is no set.
pub fn nothing_yet() -> String {
    "Nothing is backed up yet".to_owned()
}

/// All is well.
pub fn all_backed_up(next: Option<&str>) -> String {
    format!("All backed up{}", and_next(next))
}

fn and_next(next: Option<&str>) -> String {
    next.map(|next| format!(", next {next}")).unwrap_or_default()
}

/// A run looks at its folder.
pub fn looking(name: &str) -> String {
    format!("{name}, looking at files")
}

/// A person holds a run back that is so far.
pub fn held(name: &str, percent: u8) -> String {
    format!("{name}, paused at {percent}%")
}

/// A run is so far.
pub fn so_far(name: &str, percent: u8, seconds_left: Option<f64>) -> String {
    let left = seconds_left.map(|seconds| format!(", about {} left", span(seconds)));
    format!("{name}, {percent}%{}", left.unwrap_or_default())
}

fn span(seconds: f64) -> String {
    match seconds {
        ..90.0 => "a minute".to_owned(),
        ..5400.0 => format!("{:.0} min", seconds / 60.0),
        _ => format!("{:.0} h", seconds / 3600.0),
    }
}
