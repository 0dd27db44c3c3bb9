//! What people read of sets and runs: what happened, what it means, what to do. What the system shows of them is in
//! `shell` and `notices`; errors have their words beside their codes.

pub(crate) mod notices;
pub mod shell;

use holdfast_backup::health::{self as core, Code};

use crate::{
    AppError,
    dto::{
        log::{RunKind, RunResult, RunView},
        overview::{DeviceView, OverviewState},
        sets::{Health, HealthColour, HealthReason, SetActivity, SetView},
    },
    error::count,
};

impl From<&core::Health> for Health {
    fn from(health: &core::Health) -> Self {
        Self {
            colour: health.colour,
            since: health.since.map(|at| at.to_string()),
            reasons: health.reasons.iter().map(reason).collect(),
        }
    }
}

fn many(n: u64, one: &str, several: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{} {several}", count(n)) }
}

fn reason(found: &core::Reason) -> HealthReason {
    let n = found.count;
    let (words, means, hint) = match found.code {
        Code::NoRunYet => (
            "No run of it was complete yet.".to_owned(),
            "Not everything of this folder is backed up.",
            "Start the first run now, or wait for the next planned one.",
        ),
        Code::NoCompleteBackup => (
            format!("No complete backup for {}.", many(n, "day", "days")),
            "What changed since then may not be backed up.",
            "Look at the last run to see what stops it, then run it again.",
        ),
        Code::LastRunInPart => (
            match n {
                0 => "The last run left something out.".to_owned(),
                n => format!("The last run could not copy {}.", many(n, "file", "files")),
            },
            "Everything else is backed up.",
            "Open the run to see each file and what to do about it.",
        ),
        Code::LastRunFailed => (
            "The last run failed.".to_owned(),
            "Copies that were confirmed before are safe.",
            "Open the run to see why, then run it again.",
        ),
        Code::Brake => (
            format!("{} to be removed.", many(n, "copy waits", "copies wait")),
            "Nothing was removed. New and changed files are still copied.",
            "Look at the list. If you deleted these files yourself, confirm the number.",
        ),
        Code::NeverProven => (
            format!("No copy was read back for {}.", many(n, "day", "days")),
            "The copies are there, but nobody has tried to restore one.",
            "Start a restore drill: it reads a few copies back and compares them.",
        ),
        Code::DrillFailed => (
            format!("{} not what was backed up.", many(n, "copy is", "copies are")),
            "These files cannot be restored as they were.",
            "Run the backup now while the originals are here: it sends them anew.",
        ),
        Code::UnstableFiles => (
            format!("{} too often to be copied.", many(n, "file changes", "files change")),
            "The last copy of each is older than the file here.",
            "Close the program that writes them, or leave them out.",
        ),
        Code::Missed => (
            "A planned run did not happen.".to_owned(),
            "What changed since the last run is not backed up yet.",
            "Run it now, or change when and where it may run.",
        ),
        Code::FolderMissing => (
            "The folder is not there.".to_owned(),
            "Nothing can be copied. The copies are untouched.",
            "Connect the disk it is on, or choose the folder anew.",
        ),
        Code::PlaceUnreachable => (
            "The place does not answer.".to_owned(),
            "What changed waits here until it does.",
            "Check the network. Holdfast tries again by itself.",
        ),
        Code::Paused => {
            ("It is paused.".to_owned(), "Nothing is copied until it goes on.", "Resume it when you are ready.")
        }
        Code::SentAnew => (
            format!(
                "{} wrong and {} sent anew.",
                many(n, "copy was", "copies were"),
                if n == 1 { "was" } else { "were" }
            ),
            "Nobody has read them back since.",
            "Start a restore drill: it reads these copies back first, and compares them.",
        ),
        Code::NotUnderstood => {
            ("What it says is not understood.".to_owned(), NOT_UNDERSTOOD, "Open the set and correct it.")
        }
    };
    HealthReason { code: found.code, words, means: means.into(), hint: hint.into(), run_id: found.run.clone() }
}

const NOT_UNDERSTOOD: &str = "It does not run until that is put right. Copies that were confirmed before are safe.";

/// How a set is whose folder, rules or schedule cannot be carried out, by what is wrong with it.
pub(crate) fn not_understood(error: &AppError) -> Health {
    let reason = HealthReason {
        code: Code::NotUnderstood,
        words: as_sentence(&error.message),
        means: NOT_UNDERSTOOD.to_owned(),
        hint: as_sentence(&error.hint),
        run_id: None,
    };
    Health { colour: HealthColour::Red, since: None, reasons: vec![reason] }
}

/// An error's words begin small and end bare.
fn as_sentence(text: &str) -> String {
    let mut letters = text.trim_end_matches('.').chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).chain(['.']).collect()).unwrap_or_default()
}

/// What a run means for the copies, and what to do where the run itself does not say.
pub fn run_means(run: &RunView) -> (String, String) {
    let (means, hint) = match (run.result, run.kind) {
        (RunResult::Running, _) => ("It is under way.", ""),
        (RunResult::Complete, RunKind::Backup) => ("Everything in the folder is backed up.", ""),
        (RunResult::Complete, RunKind::Drill) => ("These copies were read back and are what was backed up.", ""),
        (RunResult::Complete, RunKind::Restore) => ("Everything is back and was compared.", ""),
        (RunResult::Complete, RunKind::Verify) => ("Everything that was looked at is as it was backed up.", ""),
        (RunResult::Partial, RunKind::Backup) => {
            ("Everything but the files named here is backed up.", "See what each file needs. The next run tries again.")
        }
        (RunResult::Partial, RunKind::Drill | RunKind::Verify) => (
            "The copies named here are not what was backed up.",
            "Run the backup while the originals are here: it sends them anew.",
        ),
        (RunResult::Partial, RunKind::Restore) => {
            ("Everything but the files named here is back.", "See what each file needs, then restore again.")
        }
        (RunResult::Failed, _) => ("Copies that were confirmed before are safe.", "Try again when the reason is gone."),
        (RunResult::Cancelled, _) => ("What was done until then stays.", "Run it again: it goes on from there."),
        (RunResult::CutOff, _) => {
            ("Holdfast ended in the middle. What was confirmed is safe.", "The next run goes on from there.")
        }
        (RunResult::Skipped, _) => {
            ("Nothing was copied at that time.", "Run it now, or change when and where it may run.")
        }
    };
    (means.into(), hint.into())
}

/// How everything is, in a few words and a sentence.
pub fn overview(sets: &[SetView], devices: &[DeviceView], all_paused: bool) -> (OverviewState, String, String) {
    let with = |colour| sets.iter().filter(move |set| set.health.colour == colour).collect::<Vec<_>>();
    let (red, amber) = (with(HealthColour::Red), with(HealthColour::Amber));
    let working = sets.iter().filter(|set| set.activity == SetActivity::Working).count() as u64;
    let say = |state, headline: &str, detail: String| (state, headline.to_owned(), detail);
    if sets.is_empty() {
        let detail = "Choose a folder, and Holdfast keeps copies of it.".into();
        return say(OverviewState::Empty, "Nothing is backed up yet", detail);
    }
    if let Some(first) = red.first() {
        return say(OverviewState::Failed, "Something needs you", named(first, red.len()));
    }
    if working > 0 {
        let detail = format!("{} under way.", many(working, "run is", "runs are"));
        return say(OverviewState::Working, "Copying", detail);
    }
    if all_paused || sets.iter().all(|set| set.health.colour == HealthColour::Paused) {
        return say(OverviewState::Paused, "Paused", "Nothing is copied until you resume.".into());
    }
    match amber.first() {
        Some(first) => say(OverviewState::Attention, "Worth a look", named(first, amber.len())),
        None => match devices.iter().find(|device| device.quiet && !device.this_device) {
            Some(quiet) => {
                let detail = format!("{}: {}.", quiet.name, quiet.words);
                say(OverviewState::Attention, "Another device has gone quiet", detail)
            }
            None => match with(HealthColour::None).first() {
                Some(new) => {
                    let headline = format!("{} has no complete backup yet", new.draft.name);
                    say(OverviewState::Fine, &headline, "Its first run copies everything.".into())
                }
                None => say(OverviewState::Fine, "Everything is backed up", fine(sets)),
            },
        },
    }
}

/// How a run ended, in a few words.
pub fn result(run: &RunView) -> String {
    let because = |word: &str| run.why.as_ref().map_or_else(|| word.to_owned(), |why| format!("{word}, {why}"));
    match run.result {
        RunResult::Running => "under way".to_owned(),
        RunResult::Complete if run.files == 0 => "complete, nothing new".to_owned(),
        RunResult::Complete => format!("complete, {}", many(run.files, "file", "files")),
        RunResult::Partial if run.failures > 0 => format!("in part, {} not done", many(run.failures, "file", "files")),
        RunResult::Partial => because("in part"),
        RunResult::Failed => because("failed"),
        RunResult::Cancelled => "stopped".to_owned(),
        RunResult::Skipped => because("skipped"),
        RunResult::CutOff => "cut off".to_owned(),
    }
}

fn named(set: &SetView, of: usize) -> String {
    let words = set.health.reasons.first().map_or("", |reason| reason.words.as_str());
    match of {
        1 => format!("{}: {words}", set.draft.name),
        n => format!("{}: {words} {} more.", set.draft.name, n - 1),
    }
}

fn fine(sets: &[SetView]) -> String {
    let files: u64 = sets.iter().map(|set| set.stored_files).sum();
    format!("{} of {} are backed up.", many(files, "file", "files"), many(sets.len() as u64, "set", "sets"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_says_what_happened_what_it_means_and_what_to_do() {
        let codes = [
            (Code::NoRunYet, 0, "No run of it was complete yet."),
            (Code::NoCompleteBackup, 3, "No complete backup for 3 days."),
            (Code::LastRunInPart, 1, "The last run could not copy 1 file."),
            (Code::LastRunFailed, 0, "The last run failed."),
            (Code::Brake, 1200, "1,200 copies wait to be removed."),
            (Code::Brake, 1, "1 copy waits to be removed."),
            (Code::NeverProven, 40, "No copy was read back for 40 days."),
            (Code::DrillFailed, 2, "2 copies are not what was backed up."),
            (Code::UnstableFiles, 1, "1 file changes too often to be copied."),
            (Code::Missed, 0, "A planned run did not happen."),
            (Code::FolderMissing, 0, "The folder is not there."),
            (Code::PlaceUnreachable, 0, "The place does not answer."),
            (Code::Paused, 0, "It is paused."),
            (Code::SentAnew, 2, "2 copies were wrong and were sent anew."),
            (Code::NotUnderstood, 0, "What it says is not understood."),
        ];
        for (code, count, words) in codes {
            let said = reason(&core::Reason { code, colour: HealthColour::Red, since: None, count, run: None });
            assert_eq!(said.words, words);
            assert!(said.means.ends_with('.') && said.hint.ends_with('.'), "{said:?}");
        }
    }
}
