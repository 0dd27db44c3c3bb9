//! What a backup is going to do, as a value: made from observations by pure functions, printed by `--dry-run`, shown by
//! the window, asserted by tests, carried out by [`crate::upload`].

mod diff;
mod items;
mod observe;
mod observe_paths;

use std::collections::BTreeMap;

use holdfast_storage::{RequestKind, meter::Tally};

pub use diff::{FolderDiff, Known, diff_folder};
pub use items::{Item, Items};
pub use observe::{ObserveOptions, observe, take_first_look};
pub(crate) use observe::{REMOVED_FACT, VOLUME_FACT};
pub use observe_paths::observe_paths;

use crate::{
    report::{Failure, FailureReason},
    scan::Skip,
};

/// How many objects one DeleteObjects request names (S3 API reference).
pub const DELETE_BATCH: u64 = 1000;

/// Why a file is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// Not in the bucket.
    New,
    /// Not as it was when it was sent.
    Changed,
    /// Not in the bucket under this name, but something that looks like it is: copied there when the content agrees.
    Moved,
}

/// Number and bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Count {
    /// How many.
    pub files: u64,
    /// Bytes together.
    pub bytes: u64,
}

impl Count {
    /// Adds one file.
    pub fn add(&mut self, bytes: u64) {
        self.files += 1;
        self.bytes += bytes;
    }

    fn merge(&mut self, other: Self) {
        self.files += other.files;
        self.bytes += other.bytes;
    }
}

/// How many examples a group of skipped entries names.
const EXAMPLES: usize = 50;

/// Entries left out for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SkippedGroup {
    /// Number (folders count as one) and bytes of files.
    pub count: Count,
    /// Some of them, with sizes.
    pub examples: Vec<(String, u64)>,
}

/// Everything seen of both sides, without a decision.
#[derive(Debug, Default)]
pub struct Observed {
    /// Files to send.
    pub send: Items<Reason>,
    /// Files in the bucket that are not here any more.
    pub gone: Items<()>,
    /// Files that are as they were.
    pub unchanged: Count,
    /// What does not take part.
    pub skipped: BTreeMap<Skip, SkippedGroup>,
    /// What could not be looked at.
    pub failures: Vec<Failure>,
    /// Files in the bucket in whose place a folder stands here now, as relative paths.
    pub now_folders: Vec<String>,
    /// Whether the folder holds anything at all that takes part.
    pub source_empty: bool,
    /// The volume the folder is on, and the one it was on at the last run.
    pub volume: (Option<String>, Option<String>),
    /// Whether the index was built anew from the bucket in this run.
    pub rebuilt: bool,
    /// Whether only some paths were looked at. `unchanged` then counts everything else that is known.
    pub partial: bool,
    /// Objects that rounds over some paths removed since the last complete look at the whole folder.
    pub removed_before: u64,
}

impl Observed {
    fn absorb(&mut self, other: Self) -> (Items<Reason>, Items<()>) {
        self.unchanged.merge(other.unchanged);
        for (why, group) in other.skipped {
            let mine = self.skipped.entry(why).or_default();
            mine.count.merge(group.count);
            let room = EXAMPLES.saturating_sub(mine.examples.len());
            mine.examples.extend(group.examples.into_iter().take(room));
        }
        self.failures.extend(other.failures);
        (other.send, other.gone)
    }
}

/// Choices that turn observations into a plan.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlanOptions {
    /// Whether what was deleted here is removed from the bucket.
    pub delete_remote: bool,
    /// The largest share of the bucket's files that a run may remove without asking, 0.0 to 1.0.
    pub brake_share: f64,
    /// The largest number of files that a run may remove without asking; any when `None`.
    pub brake_files: Option<u64>,
    /// So many removals were shown to a person and confirmed.
    pub confirmed_removals: Option<u64>,
    /// Files from this size on go up in parts, bytes.
    pub multipart_from: u64,
}

impl Default for PlanOptions {
    fn default() -> Self {
        Self {
            delete_remote: false,
            brake_share: 0.5,
            brake_files: None,
            confirmed_removals: None,
            multipart_from: crate::upload::MULTIPART_FROM,
        }
    }
}

/// What a run is going to do.
#[derive(Debug)]
pub struct BackupPlan {
    /// What was seen.
    pub observed: Observed,
    /// Whether `observed.gone` is removed from the bucket.
    pub remove: bool,
    /// Why the run stops and asks.
    pub brake: Option<Brake>,
    /// Requests the run will send, if every file is sent in full.
    pub requests: Tally,
}

/// Why a run with removals stops and asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Brake {
    /// What looks wrong.
    pub reason: BrakeReason,
    /// Objects that would be removed.
    pub removals: u64,
    /// Objects in the bucket before.
    pub of: u64,
}

/// What looks wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BrakeReason {
    /// The folder holds nothing.
    EmptySource,
    /// The folder is on another disk than at the last run.
    OtherVolume,
    /// More than the allowed share or number would go.
    TooMany,
}

/// Decides. Pure.
pub fn decide(mut observed: Observed, options: &PlanOptions) -> BackupPlan {
    if !options.delete_remote {
        let told = observed.now_folders.drain(..).map(|path| Failure { path, reason: FailureReason::NowAFolder });
        observed.failures.extend(told);
    }
    let removals = observed.gone.len() as u64;
    let changed = observed.send.iter().filter(|i| i.reason == Reason::Changed).count() as u64;
    let in_bucket = observed.unchanged.files + changed + removals;
    let remove = options.delete_remote && removals > 0;
    let brake = remove.then(|| brake_reason(&observed, removals, in_bucket, options)).flatten();
    let brake = brake.map(|reason| Brake { reason, removals, of: in_bucket });
    let requests = requests(&observed, remove, options);
    BackupPlan { observed, remove, brake, requests }
}

fn brake_reason(observed: &Observed, removals: u64, of: u64, options: &PlanOptions) -> Option<BrakeReason> {
    if options.confirmed_removals == Some(removals) {
        return None;
    }
    if observed.source_empty {
        return Some(BrakeReason::EmptySource);
    }
    if let (Some(now), Some(before)) = &observed.volume
        && now != before
    {
        return Some(BrakeReason::OtherVolume);
    }
    let (gone, all) = (removals + observed.removed_before, of + observed.removed_before);
    let many = gone as f64 > all as f64 * options.brake_share || options.brake_files.is_some_and(|most| gone > most);
    many.then_some(BrakeReason::TooMany)
}

fn requests(observed: &Observed, remove: bool, options: &PlanOptions) -> Tally {
    let mut requests = BTreeMap::new();
    let mut add = |kind, count: u64| {
        if count > 0 {
            *requests.entry(kind).or_insert(0) += count;
        }
    };
    let mut bytes_out = 0;
    for item in observed.send.iter() {
        match item.reason {
            Reason::Moved => add(RequestKind::Copy, 1),
            _ if item.size >= options.multipart_from => {
                add(RequestKind::CreateMultipart, 1);
                add(RequestKind::UploadPart, item.size.div_ceil(crate::upload::part_size(item.size)));
                add(RequestKind::CompleteMultipart, 1);
                bytes_out += item.size;
            }
            _ => {
                add(RequestKind::Put, 1);
                bytes_out += item.size;
            }
        }
    }
    if remove {
        add(RequestKind::DeleteMany, (observed.gone.len() as u64).div_ceil(DELETE_BATCH));
    }
    Tally { requests, bytes_out, bytes_in: 0 }
}

impl BackupPlan {
    /// Leaves what is gone in the bucket this time, and lets the rest of the plan be carried out. Gives back the brake
    /// that was on.
    pub fn hold_removals(&mut self) -> Option<Brake> {
        self.remove = false;
        self.requests.requests.remove(&RequestKind::DeleteMany);
        self.brake.take()
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.observed.send.is_empty() && !self.remove
    }

    /// Files and bytes to send for a reason.
    pub fn count(&self, reason: Reason) -> Count {
        let mut count = Count::default();
        self.observed.send.iter().filter(|i| i.reason == reason).for_each(|i| count.add(i.size));
        count
    }

    /// Everything to send.
    pub fn to_send(&self) -> Count {
        let mut count = Count::default();
        self.observed.send.iter().for_each(|i| count.add(i.size));
        count
    }

    /// What is gone here.
    pub fn gone(&self) -> Count {
        let mut count = Count::default();
        self.observed.gone.iter().for_each(|i| count.add(i.size));
        count
    }

    /// What does not take part, together.
    pub fn skipped(&self) -> Count {
        let mut count = Count::default();
        self.observed.skipped.values().for_each(|group| count.merge(group.count));
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn observed(unchanged: u64, gone: u64) -> Observed {
        let mut list = Items::default();
        for n in 0..gone {
            list.push("", &n.to_string(), 10, ()).unwrap();
        }
        Observed { gone: list, unchanged: Count { files: unchanged, bytes: unchanged * 10 }, ..Observed::default() }
    }

    fn brake(observed: Observed, options: PlanOptions) -> Option<BrakeReason> {
        decide(observed, &options).brake.map(|b| b.reason)
    }

    #[test]
    fn the_brake_holds_when_much_would_go() {
        let delete = PlanOptions { delete_remote: true, ..PlanOptions::default() };
        assert_eq!(brake(observed(50, 50), delete), None);
        assert_eq!(brake(observed(49, 51), delete), Some(BrakeReason::TooMany));
        assert_eq!(brake(observed(0, 1), delete), Some(BrakeReason::TooMany));
        assert_eq!(brake(observed(49, 51), PlanOptions::default()), None);
        assert_eq!(brake(observed(99, 0), delete), None);
        let careful = PlanOptions { brake_share: 0.1, ..delete };
        assert_eq!(brake(observed(80, 20), careful), Some(BrakeReason::TooMany));
        for (most, holds) in [(19, true), (20, false)] {
            let few = PlanOptions { brake_files: Some(most), ..delete };
            assert_eq!(brake(observed(80, 20), few), holds.then_some(BrakeReason::TooMany), "{most}");
        }
        let never = PlanOptions { brake_share: 1.0, ..delete };
        assert_eq!(brake(observed(0, 100), never), None);
        let before = Observed { removed_before: 40, ..observed(49, 11) };
        assert_eq!(brake(before, delete), Some(BrakeReason::TooMany), "what rounds removed counts");
        let empty = || Observed { source_empty: true, ..observed(0, 3) };
        assert_eq!(brake(empty(), delete), Some(BrakeReason::EmptySource));
        let volume =
            |a: &str, b: Option<&str>| Observed { volume: (Some(a.into()), b.map(str::to_owned)), ..observed(90, 1) };
        assert_eq!(brake(volume("x", Some("y")), delete), Some(BrakeReason::OtherVolume));
        assert_eq!(brake(volume("x", Some("x")), delete), None);
        assert_eq!(brake(volume("x", None), delete), None);
        let confirmed = |n| PlanOptions { confirmed_removals: Some(n), ..delete };
        assert_eq!(brake(empty(), confirmed(3)), None);
        assert_eq!(brake(empty(), confirmed(2)), Some(BrakeReason::EmptySource), "another number was confirmed");
    }

    #[test]
    fn requests_are_told_before_they_are_sent() {
        let mut seen = observed(5, 1500);
        seen.send.push("", "small", 10, Reason::New).unwrap();
        seen.send.push("", "large", 100 << 20, Reason::Changed).unwrap();
        seen.send.push("", "moved", 70, Reason::Moved).unwrap();
        let options = PlanOptions { delete_remote: true, confirmed_removals: Some(1500), ..PlanOptions::default() };
        let plan = decide(seen, &options);
        use RequestKind as K;
        let want = [
            (K::Put, 1),
            (K::DeleteMany, 2),
            (K::Copy, 1),
            (K::CreateMultipart, 1),
            (K::UploadPart, 13),
            (K::CompleteMultipart, 1),
        ];
        assert_eq!(plan.requests.requests, want.into());
        assert_eq!(plan.requests.bytes_out, 10 + (100 << 20));
    }

    #[test]
    fn a_folder_in_the_place_of_a_kept_file_is_told() {
        let seen = || Observed { now_folders: vec!["photo".into()], ..observed(5, 1) };
        let kept = decide(seen(), &PlanOptions::default());
        assert_eq!(kept.observed.failures[0].path, "photo");
        let removed = decide(seen(), &PlanOptions { delete_remote: true, ..PlanOptions::default() });
        assert!(removed.observed.failures.is_empty());
    }

    #[test]
    fn an_unchanged_tree_needs_no_request() {
        assert_eq!(decide(observed(100_000, 0), &PlanOptions::default()).requests, Tally::default());
    }
}
