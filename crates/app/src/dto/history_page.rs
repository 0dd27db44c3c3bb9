//! Shell history as the window's page asks for it and shows it.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::AppError;

/// What the page looks for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, Type)]
#[serde(default)]
pub struct HistoryAsk {
    /// As it was typed; ` OR ` stands between alternatives.
    pub text: String,
    /// Run on this computer.
    pub host: Option<String>,
    /// Run in this folder or below it.
    pub folder: Option<String>,
    /// Ended with another code than 0.
    pub failed: bool,
    /// Started at or after, RFC 3339.
    pub after: Option<String>,
    /// Started before, RFC 3339.
    pub before: Option<String>,
    /// Of equal lines only the latest.
    pub unique: bool,
}

/// A part of the answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct HistoryFound {
    /// Answers, latest first.
    pub entries: Vec<HistoryLine>,
    /// How many answers there are in all; none while the history is still being read into memory.
    pub count: Option<u64>,
    /// How many entries there are.
    pub total: u64,
    /// Whether there are answers behind these.
    pub more: bool,
    /// How long it took, milliseconds.
    pub took_ms: f64,
    /// What was looked for, to be marked in the lines.
    pub marks: Vec<HistoryMark>,
}

/// A text to be marked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct HistoryMark {
    /// The text.
    pub text: String,
    /// Whether upper and lower case differ.
    pub exact: bool,
}

/// An entry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct HistoryLine {
    /// Its id.
    pub id: String,
    /// What was typed; the beginning where that is long.
    pub command: String,
    /// Whether `command` is only the beginning.
    pub cut: bool,
    /// How it ended; none while it runs or where nobody saw its end.
    pub exit_code: Option<i32>,
    /// When it was started; none where it is not known.
    pub started: Option<String>,
    /// How long it took; none where its end is not known.
    pub seconds: Option<f64>,
    /// Where it was run.
    pub folder: String,
    /// The home folder there.
    pub home: String,
    /// The computer's name.
    pub host: String,
    /// The login name.
    pub user: String,
    /// The shell, or empty.
    pub shell: String,
}

/// An entry that is looked at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct HistoryEntryView {
    /// The entry, whole up to a million characters.
    pub line: HistoryLine,
    /// How often its line was run; none while the history is still being read into memory.
    pub uses: Option<HistoryUses>,
    /// Whether it waits to be sent.
    pub waiting: bool,
}

/// How often a line was run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct HistoryUses {
    /// In all.
    pub times: u64,
    /// In the last 30 days.
    pub last_month: u64,
    /// The computer on which most.
    pub mostly_on: Option<String>,
}

/// What the answers have in common.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, Type)]
pub struct HistoryCharts {
    /// Whether the history is in memory; without it everything else is empty.
    pub ready: bool,
    /// Answers.
    pub entries: u64,
    /// Those that failed.
    pub failed: u64,
    /// Computers, the one with most entries first.
    pub hosts: Vec<HistoryHost>,
    /// Lines that were run most.
    pub lines: Vec<HistoryCount>,
    /// Folders in which most was run.
    pub folders: Vec<HistoryCount>,
    /// Entries by hour of the day, 24 numbers.
    pub hours: Vec<u64>,
    /// The last 30 days, oldest first.
    pub days: Vec<HistoryDay>,
}

/// A computer's part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct HistoryHost {
    /// Its name; empty where it is not known.
    pub host: String,
    /// Entries.
    pub entries: u64,
    /// Those that failed.
    pub failed: u64,
    /// When the last one was started; none where no time is known.
    pub last: Option<String>,
}

/// Something that is counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct HistoryCount {
    /// A line or a folder.
    pub text: String,
    /// How often.
    pub entries: u64,
    /// How often it failed; 0 for folders.
    pub failed: u64,
}

/// A day where the person is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct HistoryDay {
    /// The date.
    pub day: String,
    /// Entries.
    pub entries: u64,
    /// Those that failed.
    pub failed: u64,
}

/// What is known without asking the keychain or the network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct HistoryHere {
    /// Entries on this computer.
    pub entries: u64,
    /// What waits to be sent, as far as is known without opening the log.
    pub waiting: u64,
    /// Whether a place is set that devices share.
    pub shared: bool,
    /// The profile whose place it is.
    pub profile: Option<String>,
    /// When everything of all devices was last read.
    pub last_sync: Option<String>,
    /// Until when nothing is captured; empty: until somebody resumes; none: everything is.
    pub paused: Option<String>,
    /// Whether a shell of this computer ever told of a command.
    pub captured: bool,
    /// The person's usual shell, where it is one that has hooks.
    pub shell: Option<String>,
    /// What this device is called.
    pub device_name: String,
    /// When the 24 words were last shown here.
    pub words_shown: Option<String>,
    /// Why the last exchange in the background failed, since then.
    pub problem: Option<AppError>,
    /// Secrets that were replaced while commands were captured.
    pub redactions: u64,
    /// What each shell needs, in the order in which they are offered.
    pub hooks: Vec<HistoryHook>,
    /// Whether the command line, which the hooks call, was found on this computer.
    pub has_command_line: bool,
}

/// What a shell needs so that its commands are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct HistoryHook {
    /// `zsh`, `bash`, `fish` or `powershell`.
    pub shell: String,
    /// The line for its start-up file.
    pub line: String,
}

/// A history of a shell or another tool that can be brought in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct HistorySource {
    /// `bash`, `zsh`, `fish`, `powershell`, `atuin`, `hishtory` or `jsonl`.
    pub kind: String,
    /// The file.
    pub path: String,
    /// How many entries it holds; none where it cannot be read.
    pub entries: Option<u64>,
}

/// What an import did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct HistoryImported {
    /// Entries that were not known.
    pub new: u64,
    /// Entries that were here already.
    pub known: u64,
    /// Secrets that were replaced.
    pub redactions: u64,
    /// What could not be understood and was left out.
    pub damaged: u64,
}

/// Where a history is to be shared, as the page asks it. The secret and the words go to the keychain.
#[derive(Default, Deserialize, Type)]
#[serde(default)]
pub struct HistoryJoinForm {
    /// A profile; comes before `url`.
    pub profile: Option<String>,
    /// A store URL; without it and without a profile history stays on this computer.
    pub url: Option<String>,
    /// The secret key of the store URL.
    pub secret: Option<String>,
    /// The 24 words of a device that has the history.
    pub words: Option<String>,
    /// Begin a new history even where somebody keeps one.
    pub first_device: bool,
}

/// What replacing a part of a line would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct HistoryRedaction {
    /// The line afterwards.
    pub line: String,
    /// Other entries that have the same part in them.
    pub others: u64,
}
