//! From facts to sentences. A limit that Holdfast works around is a note, not a problem.

use serde::{Deserialize, Serialize};

use super::report::{
    Conditional, Feature, Integrity, Lifecycle, Multipart, ProbeReport, RoundTrip, TakenUp, VersionsKept,
};

/// One sentence about a place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What it is about.
    pub id: FindingId,
    /// Whether it is good, worth knowing, or must be looked after.
    pub state: FindingState,
    /// A few words.
    pub title: String,
    /// A sentence or two.
    pub detail: String,
}

/// What a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum FindingId {
    RoundTrip,
    Integrity,
    Versioning,
    ConditionalWrites,
    ObjectLock,
    Clock,
    Multipart,
    Lifecycle,
    StorageClass,
    Encryption,
}

/// How a finding is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingState {
    /// As it should be.
    Good,
    /// Worth knowing; nothing to be done.
    Note,
    /// A person should act.
    Problem,
}

use FindingState::{Good, Note, Problem};

/// Everything worth saying about a place, in the order it is shown.
pub fn findings(report: &ProbeReport) -> Vec<Finding> {
    let lines = [
        Some(round_trip(report)),
        Some(integrity(report)),
        versioning(report.versions),
        conditional_writes(report),
        object_lock(report.object_lock),
        multipart(report.multipart),
        lifecycle(report.lifecycle),
        taken_up(FindingId::StorageClass, report.storage_class.as_ref()),
        taken_up(FindingId::Encryption, report.encryption.as_ref()),
        report.clock_skew_seconds.map(clock),
    ];
    lines.into_iter().flatten().collect()
}

fn line(id: FindingId, state: FindingState, title: &str, detail: impl Into<String>) -> Finding {
    Finding { id, state, title: title.into(), detail: detail.into() }
}

fn round_trip(report: &ProbeReport) -> Finding {
    let line = |state, title: &str, detail: String| line(FindingId::RoundTrip, state, title, detail);
    let wrong =
        |what: &str| line(Problem, "What came back is not what was sent", format!("{what} Do not keep copies here."));
    match report.round_trip {
        RoundTrip::FactsDiffer => wrong("The size or the notes kept with a file differ."),
        RoundTrip::ContentDiffers => wrong("The content of a test file differs."),
        RoundTrip::RangeDiffers => wrong("Part of a file cannot be read, or is wrong."),
        RoundTrip::ListingDiffers => wrong("A test file is not listed under its name."),
        RoundTrip::Whole if !report.removed => line(
            Note,
            "Reach, write, read back",
            format!(
                "About {} each. What came back was what was sent. Your key may not remove: the test files below {} are still there.",
                milliseconds(report.latency_ms),
                super::PROBE_PREFIX
            ),
        ),
        RoundTrip::Whole => line(
            Good,
            "Reach, write, read back, remove",
            format!("About {} each. What came back was what was sent.", milliseconds(report.latency_ms)),
        ),
    }
}

fn milliseconds(ms: u64) -> String {
    format!("{} ms", ms.max(1))
}

fn integrity(report: &ProbeReport) -> Finding {
    let line = |state, title: &str, detail: &str| line(FindingId::Integrity, state, title, detail);
    match (report.payload_digest, report.checksum_header) {
        (Integrity::Verified, _) | (_, Integrity::Verified) => {
            line(Good, "Damage is noticed", "Every file is checked as it arrives (SHA-256).")
        }
        (Integrity::Unknown, _) => line(
            Note,
            "Damage on the way",
            "Whether this provider checks files as they arrive could not be found out. Holdfast checks each file when it is read back.",
        ),
        _ => line(
            Note,
            "Damage on the way",
            "This provider does not check files as they arrive. Holdfast checks each file when it is read back.",
        ),
    }
}

fn versioning(versions: VersionsKept) -> Option<Finding> {
    let (state, title, detail) = match versions {
        VersionsKept::On => (
            Good,
            "Old versions are kept",
            "What a changed or removed file was before stays. Restore shows each version of a file and brings back the one you choose.",
        ),
        VersionsKept::Off => (
            Note,
            "Old versions are not kept",
            "A changed file replaces its copy. You can switch on versioning for this bucket at your provider.",
        ),
        VersionsKept::Suspended => (
            Note,
            "Old versions are no longer kept",
            "Versioning was switched off for this bucket. Versions from before are still there.",
        ),
        VersionsKept::Unknown => (Note, "Old versions", "Your key may not ask whether this bucket keeps old versions."),
    };
    Some(line(FindingId::Versioning, state, title, detail))
}

fn conditional_writes(report: &ProbeReport) -> Option<Finding> {
    const TITLE: &str = "Two computers at once";
    let (state, detail) = match report.conditional_create {
        Conditional::Honoured => {
            (Good, "This place can refuse a double write. Still give each computer a folder name of its own.")
        }
        Conditional::Rejected => {
            (Note, "This place cannot refuse a double write. Give each computer a folder name of its own.")
        }
        Conditional::Ignored => {
            (Note, "This place overwrites even when asked not to. Give each computer a folder name of its own.")
        }
        Conditional::Unknown => return None,
    };
    Some(line(FindingId::ConditionalWrites, state, TITLE, detail))
}

fn object_lock(feature: Feature) -> Option<Finding> {
    let (state, title, detail) = match feature {
        Feature::On => (Good, "Copies can be locked", "Object Lock is on for this bucket."),
        Feature::Off => (
            Note,
            "No lock against deletion",
            "Whoever has your key can delete copies. You can turn on Object Lock when you make a new bucket.",
        ),
        Feature::Unsupported => (
            Note,
            "No lock against deletion",
            "Whoever has your key can delete copies. This place offers no Object Lock.",
        ),
        Feature::Unknown => return None,
    };
    Some(line(FindingId::ObjectLock, state, title, detail))
}

fn multipart(multipart: Multipart) -> Option<Finding> {
    let (state, title, detail) = match multipart {
        Multipart::Works | Multipart::Unknown => return None,
        Multipart::NotListed => (
            Note,
            "Unfinished uploads are not listed",
            "Holdfast remembers its own and removes them; those of other programs cannot be seen here.",
        ),
        Multipart::Unsupported => (
            Problem,
            "Large files cannot be sent",
            "This place does not take files in parts. Files over 16 MB will fail.",
        ),
    };
    Some(line(FindingId::Multipart, state, title, detail))
}

fn lifecycle(lifecycle: Lifecycle) -> Option<Finding> {
    let (title, detail) = match lifecycle {
        Lifecycle::Rules { expires: true, .. } => (
            "This bucket deletes by age",
            "A lifecycle rule of the bucket removes objects by itself. Check that it does not cover your copies.",
        ),
        Lifecycle::Rules { archives: true, .. } => (
            "This bucket moves copies to an archive",
            "A lifecycle rule moves objects to a class that cannot be read at once. Bringing files back can take hours.",
        ),
        _ => return None,
    };
    Some(line(FindingId::Lifecycle, Problem, title, detail))
}

fn taken_up(id: FindingId, taken: Option<&TakenUp>) -> Option<Finding> {
    let what = if id == FindingId::Encryption { "encryption" } else { "storage class" };
    let (state, title, detail) = match taken? {
        TakenUp::Taken => (Good, format!("The {what} was taken up"), "The place confirms it.".to_owned()),
        TakenUp::Ignored { seen } => {
            let seen = seen.as_deref().map(|seen| format!(" It shows {seen} instead.")).unwrap_or_default();
            (Problem, format!("The {what} was ignored"), format!("The place accepted it but does not show it.{seen}"))
        }
        TakenUp::Refused => {
            (Problem, format!("The {what} was refused"), format!("Choose another {what} for this place, or none."))
        }
    };
    Some(line(id, state, &title, detail))
}

/// Positive: the server is ahead, so this computer is behind.
fn clock(skew: i64) -> Finding {
    let line = |state, title: &str, detail: String| line(FindingId::Clock, state, title, detail);
    let side = if skew > 0 { "behind" } else { "ahead" };
    match skew.unsigned_abs() {
        0..=1 => line(Good, "Clocks agree", "Less than two seconds apart.".into()),
        apart @ 2..=59 => line(Good, "Clocks agree", format!("{apart} s apart.")),
        apart @ 60..=599 => line(Note, "Clocks differ", format!("This computer's clock is {} min {side}.", apart / 60)),
        apart => line(
            Problem,
            "Clocks differ",
            format!(
                "This computer's clock is {} min {side}. From 15 minutes on, every request is refused. Set the clock.",
                apart / 60
            ),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> ProbeReport {
        ProbeReport::new(jiff::Timestamp::UNIX_EPOCH)
    }

    fn find(report: &ProbeReport, id: FindingId) -> Option<Finding> {
        findings(report).into_iter().find(|finding| finding.id == id)
    }

    #[test]
    fn a_limit_that_is_worked_around_is_a_note_and_a_danger_is_a_problem() {
        type Change = fn(&mut ProbeReport);
        let cases: [(Change, FindingId, FindingState); 12] = [
            (|r| r.round_trip = RoundTrip::ContentDiffers, FindingId::RoundTrip, Problem),
            (|r| r.removed = false, FindingId::RoundTrip, Note),
            (|r| r.payload_digest = Integrity::Verified, FindingId::Integrity, Good),
            (|r| r.payload_digest = Integrity::Ignored, FindingId::Integrity, Note),
            (|r| r.versions = VersionsKept::On, FindingId::Versioning, Good),
            (|r| r.versions = VersionsKept::Off, FindingId::Versioning, Note),
            (|r| r.conditional_create = Conditional::Ignored, FindingId::ConditionalWrites, Note),
            (|r| r.object_lock = Feature::Unsupported, FindingId::ObjectLock, Note),
            (|r| r.multipart = Multipart::Unsupported, FindingId::Multipart, Problem),
            (|r| r.encryption = Some(TakenUp::Ignored { seen: None }), FindingId::Encryption, Problem),
            (|r| r.storage_class = Some(TakenUp::Taken), FindingId::StorageClass, Good),
            (|r| r.clock_skew_seconds = Some(-1200), FindingId::Clock, Problem),
        ];
        for (at, (change, id, state)) in cases.into_iter().enumerate() {
            let mut report = report();
            change(&mut report);
            assert_eq!(find(&report, id).map(|f| f.state), Some(state), "case {at}");
        }
    }

    #[test]
    fn a_clock_says_how_far_and_on_which_side_it_is_off() {
        for (skew, words) in
            [(0, "Less than two"), (12, "12 s apart"), (1200, "20 min behind"), (-1200, "20 min ahead")]
        {
            assert!(clock(skew).detail.contains(words), "{skew}: {}", clock(skew).detail);
        }
    }

    #[test]
    fn what_is_not_known_is_not_claimed() {
        for id in [FindingId::ConditionalWrites, FindingId::ObjectLock, FindingId::Lifecycle, FindingId::Clock] {
            assert_eq!(find(&report(), id), None, "{id:?}");
        }
        assert!(findings(&report()).iter().all(|f| f.id == FindingId::RoundTrip || f.state != Good));
    }
}
