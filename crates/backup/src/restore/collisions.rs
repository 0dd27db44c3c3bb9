//! Which objects would be the same file here: two keys of one name, a file where a folder must be, and names that the
//! destination's filesystem does not tell apart. Pure: how the filesystem behaves is handed in.

use std::{
    borrow::Cow,
    collections::hash_map::DefaultHasher,
    hash::{Hash, Hasher},
};

use unicode_normalization::UnicodeNormalization;

use super::items::{Items, ROOT, canonical};

/// Which names a filesystem takes for the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sameness {
    /// `A` and `a` are one file.
    pub case_insensitive: bool,
    /// Composed and decomposed forms (NFC, NFD) are one file.
    pub normalising: bool,
}

impl Sameness {
    /// Every byte counts.
    pub const EXACT: Self = Self { case_insensitive: false, normalising: false };

    /// The form in which names are the same file exactly when they are equal.
    pub fn fold<'a>(&self, name: &'a str) -> Cow<'a, str> {
        let composed: Cow<'a, str> = match self.normalising && !name.is_ascii() {
            true => name.nfc().collect::<String>().into(),
            false => name.into(),
        };
        match self.case_insensitive {
            true if composed.is_ascii() && !composed.bytes().any(|b| b.is_ascii_uppercase()) => composed,
            true => composed.chars().flat_map(char::to_lowercase).collect::<String>().into(),
            false => composed,
        }
    }
}

/// An object that cannot be placed because another one has its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Clash {
    /// The one that is left out.
    pub item: u32,
    /// What has the place.
    pub other: Holder,
}

/// What has a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Holder {
    /// A folder with something in it: it wins over a file, for more would be lost without it.
    Folder(u32),
    /// The first object of that name.
    Item(u32),
}

/// Hashes of every place that is taken, in order.
#[derive(Debug, Default)]
pub(crate) struct Claimed(Vec<u64>);

impl Claimed {
    /// Whether some object (or, very rarely, none) has this place.
    pub(crate) fn holds(&self, places: &Places<'_>, folder: u32, name: &str) -> bool {
        self.0.binary_search(&places.hash_in(folder, name)).is_ok()
    }
}

/// Folded places of folders, as hashes.
pub(crate) struct Places<'a> {
    items: &'a Items,
    sameness: Sameness,
    folders: Vec<u64>,
}

impl<'a> Places<'a> {
    pub(crate) fn new(items: &'a Items, sameness: Sameness) -> Self {
        let mut places = Self { items, sameness, folders: vec![0] };
        for folder in 1..items.folder_count() {
            let hash = places.hash_in(items.parent(folder), items.folder_name(folder));
            places.folders.push(hash);
        }
        places
    }

    fn hash_in(&self, folder: u32, name: &str) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.folders[folder as usize].hash(&mut hasher);
        self.sameness.fold(&canonical(name)).hash(&mut hasher);
        hasher.finish()
    }

    fn folded(&self, holder: Holder) -> String {
        let path = match holder {
            Holder::Folder(folder) => self.items.folder_path(folder),
            Holder::Item(item) => self.items.local_path(item),
        };
        self.sameness.fold(&canonical(&path)).into_owned()
    }

    /// Every object that cannot be placed, in order, and the places that are taken.
    pub(crate) fn clashes(&self) -> (Vec<Clash>, Claimed) {
        let items = self.items;
        let folders = (1..items.folder_count()).filter(|f| *f != ROOT && items.is_used(*f));
        let mut all: Vec<(u64, Holder)> =
            folders.map(|folder| (self.folders[folder as usize], Holder::Folder(folder))).collect();
        all.extend(
            (0..items.len()).map(|item| (self.hash_in(items.folder(item), items.local_name(item)), Holder::Item(item))),
        );
        all.sort_unstable();
        let mut clashes: Vec<_> = all.chunk_by(|a, b| a.0 == b.0).flat_map(|group| self.within(group)).collect();
        clashes.sort_unstable_by_key(|clash| clash.item);
        (clashes, Claimed(all.into_iter().map(|(hash, _)| hash).collect()))
    }

    /// Clashes among entries of equal hash, which are compared in full.
    fn within(&self, group: &[(u64, Holder)]) -> Vec<Clash> {
        let mut clashes = Vec::new();
        let mut winners: Vec<(String, Holder)> = Vec::new();
        for (_, holder) in group.iter().filter(|_| group.len() > 1) {
            let place = self.folded(*holder);
            let winner = winners.iter().find(|(taken, _)| *taken == place).map(|(_, winner)| *winner);
            match (winner, *holder) {
                (Some(other), Holder::Item(item)) => clashes.push(Clash { item, other }),
                (Some(_), Holder::Folder(_)) => {}
                (None, holder) => winners.push((place, holder)),
            }
        }
        clashes
    }
}

#[cfg(test)]
mod tests {
    use super::{super::items::Facts, *};

    const INSENSITIVE: Sameness = Sameness { case_insensitive: true, normalising: false };
    const MACOS: Sameness = Sameness { case_insensitive: true, normalising: true };

    fn clashing(paths: &[&str], sameness: Sameness) -> Vec<String> {
        let mut items = Items::new();
        for path in paths {
            let (dir, name) = crate::index::split_path(path);
            let folder = items.intern(dir);
            items.push(folder, name, Facts { size: 1, ..Facts::default() });
        }
        let (clashes, _) = Places::new(&items, sameness).clashes();
        clashes.iter().map(|clash| items.path(clash.item)).collect()
    }

    #[test]
    fn names_that_are_one_file_here_are_found() {
        for (paths, sameness, want) in [
            (&["A", "a"][..], Sameness::EXACT, &[][..]),
            (&["A", "a"], INSENSITIVE, &["a"]),
            (&["A/x", "a/x", "a/y"], INSENSITIVE, &["a/x"]),
            (&["A/x", "a/y"], INSENSITIVE, &[]),
            (&["Ä", "ä"], INSENSITIVE, &["ä"]),
            (&["e\u{301}", "\u{e9}"], Sameness::EXACT, &[]),
            (&["e\u{301}", "\u{e9}"], INSENSITIVE, &[]),
            (&["e\u{301}", "\u{c9}"], MACOS, &["\u{c9}"]),
            (&["a", "a-", "a/b"], Sameness::EXACT, &["a"]),
            (&["A", "a/b"], INSENSITIVE, &["A"]),
            (&["A", "a/b"], Sameness::EXACT, &[]),
            (&["a", "a.rclonelink"], Sameness::EXACT, &["a.rclonelink"]),
            (&["a.rclonelink", "a/b"], Sameness::EXACT, &["a.rclonelink"]),
            (&["‛x", "‛‛x"], Sameness::EXACT, &["‛‛x"]),
            (&["a", "b", "c/d"], MACOS, &[]),
        ] {
            assert_eq!(clashing(paths, sameness), want, "{paths:?} {sameness:?}");
        }
    }

    #[test]
    fn folding_is_stable() {
        for name in ["", "a", "ÀÉ", "ﬁ", "İ", "K"] {
            let once = MACOS.fold(name).into_owned();
            assert_eq!(MACOS.fold(&once), once);
        }
    }
}
