//! A bucket as it was at a moment, picked out of a listing of its versions. Pure: it is handed rows and keeps little.

use jiff::Timestamp;

use crate::{Key, Version};

/// Picks, key by key, the version that a reader saw at `moment`.
///
/// Rows come as a listing of versions has them: keys in byte order, the newest version of a key first. Nothing but the
/// key under way is remembered, so any number of pages can be handed in one after the other.
#[derive(Debug, Clone)]
pub struct AsOf {
    moment: Timestamp,
    decided: Option<Key>,
}

impl AsOf {
    /// As it was at `moment`, versions stored at that very moment included.
    pub fn new(moment: Timestamp) -> Self {
        Self { moment, decided: None }
    }

    /// Goes on behind a page whose last row was decided for this key.
    pub fn after(moment: Timestamp, decided: Option<Key>) -> Self {
        Self { moment, decided }
    }

    /// The last key that is decided: its older versions are not wanted any more.
    pub fn decided(&self) -> Option<&Key> {
        self.decided.as_ref()
    }

    /// Whether this row is what its key held at the moment. A delete marker decides that it held nothing.
    pub fn takes(&mut self, row: &Version) -> bool {
        if self.decided.as_ref() == Some(&row.entry.key) {
            return false;
        }
        // A row without a time cannot be said to be older.
        let is_seen = row.entry.last_modified.is_some_and(|stored| stored <= self.moment);
        if is_seen {
            self.decided = Some(row.entry.key.clone());
        }
        is_seen && !row.is_delete_marker
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::{Listed, VersionId};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn row(key: &str, id: u32, second: Option<i64>, is_delete_marker: bool) -> Version {
        let entry = Listed {
            key: Key::new(key).unwrap(),
            size: u64::from(id),
            etag: None,
            last_modified: second.map(at),
            storage_class: None,
        };
        Version { entry, id: VersionId(id.to_string()), is_latest: false, is_delete_marker }
    }

    fn taken(rows: &[Version], moment: i64) -> Vec<String> {
        let mut as_of = AsOf::new(at(moment));
        rows.iter().filter(|row| as_of.takes(row)).map(|row| format!("{}@{}", row.entry.key, row.id.0)).collect()
    }

    #[test]
    fn the_newest_version_not_after_the_moment_counts_and_a_marker_hides_what_is_below() {
        let rows = [
            row("a", 3, Some(30), false),
            row("a", 2, Some(20), true),
            row("a", 1, Some(10), false),
            row("a/b", 9, Some(20), false),
            row("b", 5, None, false),
            row("b", 4, Some(5), false),
        ];
        for (moment, want) in [
            (4, vec![]),
            (5, vec!["b@4"]),
            (10, vec!["a@1", "b@4"]),
            (19, vec!["a@1", "b@4"]),
            (20, vec!["a/b@9", "b@4"]),
            (29, vec!["a/b@9", "b@4"]),
            (30, vec!["a@3", "a/b@9", "b@4"]),
        ] {
            assert_eq!(taken(&rows, moment), want, "{moment}");
        }
    }

    /// What happened to a bucket: at each second a key is written or deleted.
    fn history() -> impl Strategy<Value = Vec<(String, bool)>> {
        proptest::collection::vec(("[ab/]{1,3}", any::<bool>()), 0..40)
    }

    proptest! {
        #[test]
        fn it_is_the_bucket_that_a_reader_saw_whatever_the_pages(
            events in history(),
            moment in 0i64..45,
            page in 1usize..7,
        ) {
            let (mut seen, mut all) = (BTreeMap::new(), BTreeMap::<String, Vec<Version>>::new());
            for (second, (key, deletes)) in events.iter().enumerate() {
                let second = second as i64;
                all.entry(key.clone()).or_default().insert(0, row(key, second as u32, Some(second), *deletes));
                match (second <= moment, deletes) {
                    (true, true) => drop(seen.remove(key)),
                    (true, false) => drop(seen.insert(key.clone(), second)),
                    (false, _) => {}
                }
            }
            let rows: Vec<Version> = all.into_values().flatten().collect();
            let (mut decided, mut found) = (None, Vec::new());
            for page in rows.chunks(page) {
                let mut as_of = AsOf::after(at(moment), decided.take());
                found.extend(page.iter().filter(|row| as_of.takes(row)).map(|row| (row.entry.key.to_string(), row.entry.size as i64)));
                decided = as_of.decided().cloned();
            }
            prop_assert_eq!(found, seen.into_iter().collect::<Vec<_>>());
        }
    }
}
