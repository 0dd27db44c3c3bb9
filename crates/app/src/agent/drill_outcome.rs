//! What a drill that ended means: from its report to a row of the run log. Pure but for the time.

use holdfast_backup::{drill::DrillReport, report::Failure};
use jiff::Timestamp;

use crate::{
    dto::log::RunResult,
    error::{self, Doing, count},
    operations::Session,
    run_log::Ended,
};

/// Wrong is only what is missing or not what was backed up. Copies that could not be read prove nothing either way: such a
/// drill failed, with their reason.
pub(super) fn ended(report: &DrillReport, session: &Session) -> Ended {
    let context = session.doing(Doing::Download);
    let words = |failures: &[Failure]| failures.iter().map(|one| error::failure(one, &context)).collect::<Vec<_>>();
    let (wrong, unread) = (words(&report.wrong), words(&report.unread));
    let first = unread.first().map(|one| (one.reason.clone(), one.hint.clone()));
    let not_read =
        first.map(|(reason, hint)| (format!("{} could not be read: {reason}", copies(unread.len() as u64)), hint));
    let mut ended = Ended {
        files: report.proven,
        planned: report.planned(),
        bytes: report.bytes,
        requests: report.tally.by_action(),
        cost: session.prices.total(&report.tally),
        ..Ended::bare(Timestamp::now(), RunResult::Complete)
    };
    if report.archived > 0 {
        ended.notices.push(format!("{} in an archive passed over", copies(report.archived)));
    }
    match (wrong.is_empty(), not_read) {
        (false, not_read) => {
            ended.result = RunResult::Partial;
            ended.notices.extend(not_read.map(|(why, _)| why));
            ended.failures = wrong;
        }
        (true, Some((why, hint))) => {
            ended.result = RunResult::Failed;
            (ended.why, ended.hint, ended.failures) = (Some(why), hint, unread);
        }
        (true, None) => {}
    }
    if report.cancelled {
        ended.result = RunResult::Cancelled;
    }
    ended
}

fn copies(n: u64) -> String {
    if n == 1 { "1 copy".to_owned() } else { format!("{} copies", count(n)) }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use holdfast_backup::report::FailureReason;

    use super::*;
    use crate::{App, Home, PlaceRef, keychain::MemoryKeychain, operations::Speed, paths::Paths};

    fn failures(paths: &[&str], reason: impl Fn() -> FailureReason) -> Vec<Failure> {
        paths.iter().map(|path| Failure { path: (*path).into(), reason: reason() }).collect()
    }

    #[tokio::test]
    async fn only_what_is_missing_or_other_is_wrong() {
        let folder = tempfile::tempdir().expect("a folder");
        let paths = Paths::below(folder.path().join("config"), folder.path().join("data"));
        let app = App::new(Home::new(paths, Arc::new(MemoryKeychain::new())));
        let place = PlaceRef::Url("memory:".into());
        let session = app.open(&place, Speed::default()).await.expect("a place in memory");
        let unread = |paths: &[&str]| failures(paths, || FailureReason::Storage(holdfast_storage::Error::SlowDown));
        let wrong = |paths: &[&str]| failures(paths, || FailureReason::Mismatch);
        let said = |report: DrillReport| {
            let ended = ended(&report, &session);
            let paths: Vec<String> = ended.failures.iter().map(|failure| failure.path.clone()).collect();
            (ended.result, paths.join(" "), ended.why.unwrap_or_default(), ended.notices.join(" "))
        };
        let proven = || DrillReport { proven: 3, ..DrillReport::default() };
        let (result, ..) = said(proven());
        assert_eq!(result, RunResult::Complete);
        let (result, paths, why, _) = said(DrillReport { unread: unread(&["a", "b"]), ..proven() });
        assert_eq!((result, paths.as_str()), (RunResult::Failed, "a b"));
        assert!(why.starts_with("2 copies could not be read: "), "{why}");
        let report = DrillReport { unread: unread(&["a"]), wrong: wrong(&["c"]), archived: 2, ..proven() };
        let (result, paths, why, notices) = said(report);
        assert_eq!((result, paths.as_str(), why.as_str()), (RunResult::Partial, "c", ""), "what is wrong, alone");
        assert!(notices.starts_with("2 copies in an archive passed over 1 copy could not be read: "), "{notices}");
        let (result, ..) = said(DrillReport { archived: 5, ..DrillReport::default() });
        assert_eq!(result, RunResult::Complete);
        let (result, ..) = said(DrillReport { cancelled: true, unread: unread(&["a"]), ..proven() });
        assert_eq!(result, RunResult::Cancelled);
    }
}
