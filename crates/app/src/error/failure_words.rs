//! Words for single items that a run could not do.

use std::io;

use holdfast_backup::report::{Failure as Found, FailureReason as Why};

use super::{AppError, Context, reason, shown, whole_path};
use crate::dto::config::Failure;

/// One failure of a report as people read it.
pub fn failure(found: &Found, context: &Context) -> Failure {
    let (reason, hint) = words(&found.reason, context);
    Failure { path: whole_path(&found.path), reason, hint, retryable: found.reason.is_retryable() }
}

fn words(why: &Why, context: &Context) -> (String, String) {
    let (reason, hint) = match why {
        Why::Storage(error) => {
            let said = AppError::from_storage(error, context);
            return (said.message, said.hint);
        }
        Why::Io(error) => return io_words(error),
        Why::Key(error) => {
            let said = AppError::from_storage(&holdfast_storage::Error::Key(error.clone()), context);
            return (said.message, said.hint);
        }
        Why::Unstable => {
            ("it changed each time it was read", "close the program that writes it; the next run tries again")
        }
        Why::Vanished => ("it was removed while the run was under way", "nothing to do if you removed it"),
        Why::TooLarge => ("it is larger than the place accepts", "leave it out, or split it"),
        Why::Hostile(name) => {
            let hint = "it was left out; fetch it alone under a name of your choice if you need it";
            return (format!("its key does not name a file here: {}", shown(&name.to_string())), hint.into());
        }
        Why::InTheWay { at } => {
            let at = shown(&at.display().to_string());
            return (
                format!("{at} is in the way"),
                "it is a link or a file where a folder should be; move it away".into(),
            );
        }
        Why::Collision { other } => {
            let reason = format!("it has the same name on this disk as “{}”", shown(other));
            return (reason, "restore one of them into another folder".into());
        }
        Why::Mismatch => (
            "its content is not what was backed up",
            "run the backup again while the original is here; an older version may be whole",
        ),
        Why::Missing => ("its copy is missing", "run the backup again: it is sent anew"),
        Why::NowAFolder => (
            "it was a file and is a folder now; the file's copy is still there and may hide the folder's copies",
            "remove that copy (rm), or run once with removals",
        ),
        Why::Replaced => ("its copy was replaced meanwhile", "run the restore again"),
    };
    (reason.into(), hint.into())
}

fn io_words(error: &io::Error) -> (String, String) {
    let hint = match error.kind() {
        io::ErrorKind::PermissionDenied => "give your user the right to read it (or to write, in a restore)",
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "make room on the disk and run again: it goes on from here; the files after this one were not tried"
        }
        io::ErrorKind::NotFound => "nothing to do if you removed it",
        io::ErrorKind::TimedOut => "connect the disk, or the computer it is on; the next run tries again",
        _ => "check the disk it is on, then run again",
    };
    (reason(error), hint.into())
}
