//! What notifications say: a title in a few words, and a sentence or two.

use super::{as_sentence, shell};
use crate::{
    AppError,
    dto::{
        log::{RunKind, RunResult, RunView},
        overview::DeviceView,
        sets::HealthReason,
    },
    error::count,
};

/// A title and what it means.
pub(crate) type Said = (String, String);

/// Other devices that were not heard of for long.
pub(crate) fn quiet(devices: &[&DeviceView]) -> Said {
    match devices {
        [one] => {
            let body = format!("{} Open Holdfast to see its sets.", as_sentence(&one.words));
            (format!("{} has gone quiet", one.name), body)
        }
        several => {
            let names: Vec<&str> = several.iter().map(|device| device.name.as_str()).collect();
            let body = format!("{}. Open Holdfast to see their sets.", names.join(", "));
            (format!("{} devices have gone quiet", count(names.len() as u64)), body)
        }
    }
}

/// A set was complete too long ago.
pub(crate) fn overdue(name: &str, reason: Option<&HealthReason>) -> Said {
    let body = reason.map_or_else(String::new, |reason| format!("{} {}", reason.words, reason.hint));
    (shell::not_backed_up(name), body)
}

/// Several sets at once.
pub(crate) fn digest(names: &[&str]) -> Said {
    let body = format!("{}. Open Holdfast to see what to do.", names.join(", "));
    (format!("{} sets need you", count(names.len() as u64)), body)
}

/// The first complete run of a set.
pub(crate) fn first_success(run: &RunView) -> Said {
    let body = format!("{} files are in {}. From now on you hear only of what needs you.", count(run.files), run.place);
    (format!("{} is backed up", run.set_name), body)
}

/// A run that did not do all it should.
pub(crate) fn problem(run: &RunView) -> Said {
    let name = &run.set_name;
    let title = match (run.kind, run.result) {
        (RunKind::Drill, RunResult::Partial) => format!("Copies of {name} are not what was backed up"),
        (RunKind::Drill, _) => format!("Copies of {name} could not be proven"),
        (_, RunResult::Partial) => format!("{name} is backed up in part"),
        _ => format!("{name} was not backed up"),
    };
    let body = match (&run.why, run.kind, run.failures) {
        (Some(why), ..) => format!("{} Open Holdfast to see what to do.", as_sentence(why)),
        (None, RunKind::Drill, 1) => "1 copy is missing or wrong. Open Holdfast to see which and why.".to_owned(),
        (None, RunKind::Drill, copies) => {
            format!("{} copies are missing or wrong. Open Holdfast to see which and why.", count(copies))
        }
        (None, _, 1) => "1 file could not be copied. Open Holdfast to see which and why.".to_owned(),
        (None, _, files) => format!("{} files could not be copied. Open Holdfast to see which and why.", count(files)),
    };
    (title, body)
}

/// Something that a person asked for did not begin.
pub(crate) fn refused(error: &AppError) -> String {
    format!("{} {}", as_sentence(&error.message), as_sentence(&error.hint))
}
