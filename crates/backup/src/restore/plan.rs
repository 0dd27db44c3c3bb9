//! What a restore would do, decided from what was observed. Pure: it reads nothing and writes nothing.

use std::{collections::HashSet, fmt};

use super::{
    Conflict, RestoreRequest,
    collisions::{Claimed, Clash, Holder, Places, Sameness},
    items::Items,
    local::{FolderHere, Here, KEPT_MARK, Local},
    observe::Observed,
};
use crate::{
    name,
    report::{Failure, FailureReason},
};

/// What happens to one object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Action {
    /// Comes to a place where nothing is.
    New,
    /// Takes the place of a file that differs.
    Replace,
    /// Comes beside a file that differs, under another name.
    KeepBoth,
    /// Is there already: same size and time.
    SkipSame,
    /// A file of the same size is there and stays; whether it is the same was not asked, for it would stay anyway.
    SkipSameSize,
    /// A file that differs is there and stays.
    SkipDiffers,
    /// Cannot be restored; the failures say why.
    Refuse,
}

impl Action {
    /// Every action, in the order in which people read them.
    pub const ALL: [Self; 7] =
        [Self::New, Self::Replace, Self::KeepBoth, Self::SkipSame, Self::SkipSameSize, Self::SkipDiffers, Self::Refuse];

    /// Whether content is written.
    pub fn writes(self) -> bool {
        matches!(self, Self::New | Self::Replace | Self::KeepBoth)
    }

    /// Whether what is here stays as it is.
    pub fn skips(self) -> bool {
        matches!(self, Self::SkipSame | Self::SkipSameSize | Self::SkipDiffers)
    }
}

/// Objects and their bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Count {
    /// How many.
    pub files: u64,
    /// Together, bytes.
    pub bytes: u64,
}

/// One object of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedFile {
    /// Relative path in the destination, in key form.
    pub path: String,
    /// The name it gets instead, where it is kept beside another.
    pub new_path: Option<String>,
    /// Size in bytes.
    pub size: u64,
    /// What happens to it.
    pub action: Action,
    /// Whether it is a symbolic link.
    pub is_link: bool,
}

/// What a restore would do.
pub struct RestorePlan {
    pub(crate) request: RestoreRequest,
    pub(crate) items: Items,
    pub(crate) actions: Vec<Action>,
    pub(crate) names: Vec<(u32, Box<str>)>,
    pub(crate) failures: Vec<Failure>,
    excluded: u64,
    available: Option<u64>,
    requests: u64,
    counts: [Count; Action::ALL.len()],
}

impl fmt::Debug for RestorePlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RestorePlan").field("counts", &self.counts).field("failures", &self.failures).finish()
    }
}

impl RestorePlan {
    /// How many objects share an action.
    pub fn count(&self, action: Action) -> Count {
        self.counts[action as usize]
    }

    /// The first objects that share an action, at most `most`.
    pub fn examples(&self, action: Action, most: usize) -> Vec<PlannedFile> {
        self.files().filter(|file| file.action == action).take(most).collect()
    }

    /// Every object with what happens to it.
    pub fn files(&self) -> impl Iterator<Item = PlannedFile> {
        (0..self.items.len()).map(|item| PlannedFile {
            path: self.items.local_path(item),
            new_path: self.new_name(item).map(|name| self.items.path_with(item, name)),
            size: self.items.size(item),
            action: self.actions[item as usize],
            is_link: self.items.is_link(item),
        })
    }

    /// What cannot be restored, and why.
    pub fn failures(&self) -> &[Failure] {
        &self.failures
    }

    /// Objects that have the same place here as another one.
    pub fn collisions(&self) -> impl Iterator<Item = &Failure> {
        self.failures.iter().filter(|failure| matches!(failure.reason, FailureReason::Collision { .. }))
    }

    /// Objects left out by a rule.
    pub fn excluded(&self) -> u64 {
        self.excluded
    }

    /// What will be written.
    pub fn to_write(&self) -> Count {
        self.sum(Action::writes)
    }

    /// What stays as it is here.
    pub fn to_skip(&self) -> Count {
        self.sum(Action::skips)
    }

    /// Bytes the destination must have room for. What is replaced keeps its place until the new file is whole.
    pub fn bytes_needed(&self) -> u64 {
        self.to_write().bytes
    }

    /// Bytes that were free there; `None` where the system does not tell.
    pub fn bytes_available(&self) -> Option<u64> {
        self.available
    }

    /// GET requests that carrying it out takes, ranges counted one by one.
    pub fn requests(&self) -> u64 {
        self.requests
    }

    pub(crate) fn new_name(&self, item: u32) -> Option<&str> {
        let at = self.names.binary_search_by_key(&item, |(item, _)| *item).ok()?;
        Some(&self.names[at].1)
    }

    fn sum(&self, which: fn(Action) -> bool) -> Count {
        let chosen = Action::ALL.into_iter().filter(|action| which(*action)).map(|action| self.count(action));
        chosen.fold(Count::default(), |sum, one| Count { files: sum.files + one.files, bytes: sum.bytes + one.bytes })
    }
}

/// Makes the plan.
pub(crate) fn decide(observed: Observed, request: &RestoreRequest, sameness: Sameness) -> RestorePlan {
    let Observed { items, local, excluded, mut failures, available } = observed;
    let mut actions: Vec<_> = local.here.iter().map(|here| action(*here, request.conflict)).collect();
    let places = Places::new(&items, sameness);
    let (clashes, claimed) = places.clashes();
    for item in (0..items.len()).filter(|item| actions[*item as usize] == Action::Refuse) {
        if clashes.binary_search_by_key(&item, |clash| clash.item).is_err() {
            failures.push(in_the_way(&items, &local, item));
        }
    }
    for clash in clashes {
        actions[clash.item as usize] = Action::Refuse;
        failures.push(collision(&items, clash));
    }
    let names = new_names(&items, &actions, &local, &places, &claimed);
    let requests = requests(&items, &actions, request);
    let counts = count(&items, &actions);
    RestorePlan { request: request.clone(), items, actions, names, failures, excluded, available, requests, counts }
}

fn action(here: Here, conflict: Conflict) -> Action {
    match (here, conflict) {
        (Here::Absent, _) => Action::New,
        (Here::Same | Here::KeptBefore, _) => Action::SkipSame,
        (Here::SameSize, Conflict::Skip) => Action::SkipSameSize,
        (Here::Differs, Conflict::Skip) => Action::SkipDiffers,
        (Here::SameSize | Here::Differs, Conflict::Overwrite) => Action::Replace,
        (Here::SameSize | Here::Differs, Conflict::KeepBoth) => Action::KeepBoth,
        (Here::Folder | Here::Blocked, _) => Action::Refuse,
    }
}

fn collision(items: &Items, clash: Clash) -> Failure {
    let other = match clash.other {
        Holder::Item(item) => items.path(item),
        Holder::Folder(folder) => format!("{}/", items.folder_path(folder)),
    };
    Failure { path: items.path(clash.item), reason: FailureReason::Collision { other } }
}

fn in_the_way(items: &Items, local: &Local, item: u32) -> Failure {
    let mut folder = items.folder(item);
    while local.folders[folder as usize] == FolderHere::Below {
        folder = items.parent(folder);
    }
    let at = match local.here[item as usize] {
        Here::Folder => items.local_path(item),
        _ => items.folder_path(folder),
    };
    let at = name::to_relative_path(&at).unwrap_or_default();
    Failure { path: items.path(item), reason: FailureReason::InTheWay { at } }
}

/// Names for what is kept beside a file: free here, and claimed by no other object.
fn new_names(
    items: &Items,
    actions: &[Action],
    local: &Local,
    places: &Places<'_>,
    claimed: &Claimed,
) -> Vec<(u32, Box<str>)> {
    let mut given = HashSet::new();
    let mut names = Vec::new();
    for item in (0..items.len()).filter(|item| actions[*item as usize] == Action::KeepBoth) {
        let free = |name: &String| {
            let path = items.path_with(item, name);
            !local.kept.contains_key(&path)
                && !claimed.holds(places, items.folder(item), name)
                && !given.contains(&path)
        };
        let name = (1..).map(|n| kept_name(items.local_name(item), n)).find(free).unwrap_or_default();
        given.insert(items.path_with(item, &name));
        names.push((item, name.into()));
    }
    names
}

/// The `n`-th name for a file that is kept beside another: `a (from backup).txt`, `a (from backup 2).txt`, …
pub(crate) fn kept_name(name: &str, n: u32) -> String {
    const LONGEST: usize = 255;
    let (stem, ending) = match name.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() => (stem, format!(".{ending}")),
        _ => (name, String::new()),
    };
    let mark = if n == 1 { format!("{KEPT_MARK})") } else { format!("{KEPT_MARK} {n})") };
    let room = LONGEST.saturating_sub(mark.len() + ending.len());
    let cut = (0..=room.min(stem.len())).rev().find(|at| stem.is_char_boundary(*at)).unwrap_or(0);
    format!("{}{mark}{ending}", &stem[..cut])
}

fn requests(items: &Items, actions: &[Action], request: &RestoreRequest) -> u64 {
    let tuning = request.tuning;
    let of = |size: u64| size.div_ceil(tuning.range_of(size).max(1)).max(1);
    (0..items.len()).filter(|item| actions[*item as usize].writes()).map(|item| of(items.size(item))).sum()
}

fn count(items: &Items, actions: &[Action]) -> [Count; Action::ALL.len()] {
    let mut counts = [Count::default(); Action::ALL.len()];
    for item in 0..items.len() {
        let count = &mut counts[actions[item as usize] as usize];
        count.files += 1;
        count.bytes += items.size(item);
    }
    counts
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, path::Component};

    use holdfast_storage::Prefix;
    use proptest::prelude::*;

    use super::*;

    fn request(conflict: Conflict) -> RestoreRequest {
        RestoreRequest { conflict, ..RestoreRequest::new(Prefix::default(), "/nowhere") }
    }

    #[test]
    fn what_is_here_and_the_policy_decide() {
        use Action::*;
        for (here, skip, overwrite, keep_both) in [
            (Here::Absent, New, New, New),
            (Here::Same, SkipSame, SkipSame, SkipSame),
            (Here::SameSize, SkipSameSize, Replace, KeepBoth),
            (Here::Differs, SkipDiffers, Replace, KeepBoth),
            (Here::KeptBefore, SkipSame, SkipSame, SkipSame),
            (Here::Folder, Refuse, Refuse, Refuse),
            (Here::Blocked, Refuse, Refuse, Refuse),
        ] {
            assert_eq!(action(here, Conflict::Skip), skip, "{here:?}");
            assert_eq!(action(here, Conflict::Overwrite), overwrite, "{here:?}");
            assert_eq!(action(here, Conflict::KeepBoth), keep_both, "{here:?}");
        }
    }

    #[test]
    fn names_for_what_is_kept_beside_are_readable_and_fit() {
        for (name, n, want) in [
            ("a.txt", 1, "a (from backup).txt"),
            ("a.txt", 2, "a (from backup 2).txt"),
            ("a", 1, "a (from backup)"),
            (".bashrc", 1, ".bashrc (from backup)"),
            ("a.tar.gz", 3, "a.tar (from backup 3).gz"),
        ] {
            assert_eq!(kept_name(name, n), want);
        }
        let long = kept_name(&format!("{}.jpeg", "é".repeat(125)), 12);
        assert!(long.len() <= 255 && long.ends_with(" (from backup 12).jpeg"), "{long}");
    }

    #[test]
    fn requests_count_every_range() {
        let sizes = [0, 1, (32 << 20) - 1, 32 << 20, (32 << 20) + 1];
        let listed: Vec<_> = sizes.iter().enumerate().map(|(n, size)| (n.to_string(), *size)).collect();
        let plan = decide(Observed::of(&listed, |_| Here::Absent), &request(Conflict::Skip), Sameness::EXACT);
        assert_eq!(plan.requests(), 1 + 1 + 1 + 4 + 5);
        assert_eq!(plan.bytes_needed(), sizes.iter().sum::<u64>());
    }

    fn any_here() -> impl Strategy<Value = Here> {
        use Here::*;
        proptest::sample::select(vec![Absent, SameSize, Same, Differs, KeptBefore, Folder, Blocked])
    }

    fn any_conflict() -> impl Strategy<Value = Conflict> {
        proptest::sample::select(vec![Conflict::Skip, Conflict::Overwrite, Conflict::KeepBoth])
    }

    proptest! {
        #[test]
        fn a_plan_stays_inside_adds_up_and_gives_no_place_twice(
            listed in proptest::collection::btree_map("[aAb./‛2E~]{1,12}(\\.rclonelink)?", 0u64..1000, 0..40),
            here in proptest::collection::vec(any_here(), 40),
            conflict in any_conflict(),
            case_insensitive in any::<bool>(),
        ) {
            let listed: Vec<_> = listed.into_iter().collect();
            let sameness = Sameness { case_insensitive, normalising: false };
            let plan = decide(Observed::of(&listed, |n| here[n]), &request(conflict), sameness);
            let mut places = BTreeSet::new();
            let mut seen = Count::default();
            for file in plan.files() {
                let place = file.new_path.as_ref().unwrap_or(&file.path);
                let path = name::to_relative_path(place).unwrap();
                prop_assert!(path.components().all(|part| matches!(part, Component::Normal(_))), "{}", place);
                if file.action != Action::Refuse {
                    let canonical = super::super::items::canonical(place);
                    prop_assert!(places.insert(sameness.fold(&canonical).into_owned()), "{} twice", place);
                }
                prop_assert_eq!(file.new_path.is_some(), file.action == Action::KeepBoth);
                prop_assert!(file.action != Action::Replace || conflict == Conflict::Overwrite);
                seen = Count { files: seen.files + 1, bytes: seen.bytes + file.size };
            }
            let sum = plan.sum(|_| true);
            prop_assert_eq!(sum, seen);
            let markers = listed.iter().filter(|(key, size)| *size == 0 && key.ends_with('/')).count();
            let refused = plan.count(Action::Refuse).files as usize;
            prop_assert!(plan.failures().len() >= refused);
            prop_assert!(sum.files as usize + plan.failures().len() - refused + markers >= listed.len());
        }
    }
}
