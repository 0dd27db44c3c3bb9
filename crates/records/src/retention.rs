//! Which old versions may go. A plan: it removes nothing, and what it does not know makes it keep more.

use std::collections::{BTreeMap, BTreeSet};

use holdfast_journal::{DAY, Millis};
use uuid::Uuid;

use crate::versions::{Lineage, VersionId};

/// What a person set. A version goes when both allow it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// So many of a record's older versions stay in any case.
    pub versions: u32,
    /// None goes before another took its place so many days ago.
    pub days: u32,
}

/// What each device that is waited for has told to know of one record, beside what it wrote itself.
pub type SeenBy = BTreeMap<Uuid, BTreeSet<VersionId>>;

/// The versions of a record that may go, the oldest first.
///
/// Never a head; nothing while the log is known in part; during a conflict nothing from the common ancestor on; and
/// nothing that a device may still show: each device in `seen` must know a version that follows it.
pub fn removable(
    lineage: &Lineage,
    gone: &BTreeSet<VersionId>,
    seen: &SeenBy,
    rule: Retention,
    now: Millis,
) -> Vec<VersionId> {
    let heads: Vec<VersionId> = lineage.heads().iter().map(|head| head.id).collect();
    let Some(kept) = lineage.common_ancestor(&heads) else { return Vec::new() };
    if !lineage.missing().is_empty() {
        return Vec::new();
    }
    let mut older: Vec<_> = behind(lineage, kept).into_iter().filter_map(|id| lineage.get(id)).collect();
    older.retain(|node| !gone.contains(&node.id));
    older.sort_unstable_by_key(|node| node.rank());
    older.truncate(older.len().saturating_sub(rule.versions as usize));
    let known: Vec<BTreeSet<VersionId>> = seen.iter().map(|(device, seen)| passed(lineage, *device, seen)).collect();
    let allowed = |id: &VersionId| {
        known.iter().all(|passed| passed.contains(id))
            && superseded(lineage, *id).is_some_and(|at| at.saturating_add(i64::from(rule.days) * DAY) <= now)
    };
    older.into_iter().map(|node| node.id).filter(allowed).collect()
}

/// What a version follows, itself not included.
fn behind(lineage: &Lineage, id: VersionId) -> BTreeSet<VersionId> {
    let mut all = lineage.ancestors(id);
    all.remove(&id);
    all
}

/// Versions that a device knows to be followed by others.
fn passed(lineage: &Lineage, device: Uuid, seen: &BTreeSet<VersionId>) -> BTreeSet<VersionId> {
    let own = lineage.nodes().map(|node| node.id).filter(|id| id.device == device);
    own.chain(seen.iter().copied()).flat_map(|id| behind(lineage, id)).collect()
}

/// When the last of those that took a version's place did.
fn superseded(lineage: &Lineage, id: VersionId) -> Option<Millis> {
    lineage.nodes().filter(|node| node.parents.contains(&id)).map(|node| node.time).max()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::versions::Node;

    const RULE: Retention = Retention { versions: 0, days: 0 };

    fn id(number: u64, device: u128) -> VersionId {
        VersionId { number, device: Uuid::from_u128(device) }
    }

    fn lineage(nodes: &[(VersionId, &[VersionId])]) -> Lineage {
        let mut lineage = Lineage::default();
        for (id, parents) in nodes {
            let time = id.number as i64 * DAY;
            lineage.insert(Node { id: *id, clock: id.number, parents: parents.to_vec(), deleted: false, time });
        }
        lineage
    }

    fn line() -> Lineage {
        lineage(&[(id(1, 1), &[]), (id(2, 1), &[id(1, 1)]), (id(3, 1), &[id(2, 1)]), (id(4, 1), &[id(3, 1)])])
    }

    fn seen(all: &[(u128, &[VersionId])]) -> SeenBy {
        all.iter().map(|(device, ids)| (Uuid::from_u128(*device), ids.iter().copied().collect())).collect()
    }

    fn plan(lineage: &Lineage, seen: &SeenBy, rule: Retention, day: i64) -> Vec<VersionId> {
        removable(lineage, &BTreeSet::new(), seen, rule, day * DAY)
    }

    #[test]
    fn a_version_goes_when_it_is_old_enough_and_enough_others_stay() {
        let seen = seen(&[(1, &[])]);
        for (versions, days, day, expected) in [
            (0, 0, 10, vec![id(1, 1), id(2, 1), id(3, 1)]),
            (1, 0, 10, vec![id(1, 1), id(2, 1)]),
            (9, 0, 10, vec![]),
            (0, 7, 10, vec![id(1, 1), id(2, 1)]),
            (0, 9, 10, vec![]),
            (0, 0, 3, vec![id(1, 1), id(2, 1)]),
            (0, u32::MAX, i64::MAX / DAY, vec![id(1, 1), id(2, 1), id(3, 1)]),
        ] {
            assert_eq!(plan(&line(), &seen, Retention { versions, days }, day), expected, "{versions} {days} {day}");
        }
    }

    #[test]
    fn nothing_goes_before_every_device_knows_a_newer_one() {
        for (known, expected) in [
            (vec![], vec![]),
            (vec![id(1, 1)], vec![]),
            (vec![id(2, 1)], vec![id(1, 1)]),
            (vec![id(2, 1), id(4, 1)], vec![id(1, 1), id(2, 1), id(3, 1)]),
        ] {
            assert_eq!(plan(&line(), &seen(&[(1, &[]), (2, &known)]), RULE, 10), expected, "{known:?}");
        }
    }

    #[test]
    fn a_conflict_keeps_everything_from_the_common_ancestor_on() {
        let both = &[id(3, 1), id(2, 1)];
        let mut open = lineage(&[
            (id(1, 1), &[]),
            (id(2, 1), &[id(1, 1)]),
            (id(3, 1), &[id(2, 1)]),
            (id(4, 1), &[id(3, 1)]),
            (id(3, 2), &[id(2, 1)]),
        ]);
        let seen = seen(&[(1, both), (2, both)]);
        assert_eq!(plan(&open, &seen, RULE, 10), [id(1, 1)]);
        let parents = vec![id(4, 1), id(3, 2)];
        open.insert(Node { id: id(5, 2), clock: 5, parents, deleted: false, time: 5 * DAY });
        let all: SeenBy = seen.keys().map(|device| (*device, [id(5, 2)].into())).collect();
        assert_eq!(plan(&open, &all, RULE, 10).len(), 5);
    }

    #[test]
    fn what_is_gone_is_not_planned_again_and_an_unknown_part_keeps_everything() {
        let seen = seen(&[(1, &[])]);
        let gone = [id(1, 1), id(2, 1)].into();
        assert_eq!(removable(&line(), &gone, &seen, RULE, 10 * DAY), [id(3, 1)]);
        let part = lineage(&[(id(2, 1), &[id(1, 1)]), (id(3, 1), &[id(2, 1)])]);
        assert_eq!(plan(&part, &seen, RULE, 10), []);
        assert_eq!(plan(&Lineage::default(), &seen, RULE, 10), []);
    }

    proptest! {
        #[test]
        fn heads_and_what_a_conflict_needs_stay(
            steps in proptest::collection::vec((1..4_u128, any::<usize>(), any::<usize>()), 1..20), versions in 0..3_u32,
        ) {
            let mut all = Lineage::default();
            let mut names: Vec<VersionId> = Vec::new();
            for (device, one, two) in steps {
                let mut parents: Vec<VersionId> = names.get(one % (names.len() + 1)).copied().into_iter().collect();
                parents.extend(names.get(two % (2 * names.len() + 1)));
                let id = id(all.next_number(), device);
                names.push(id);
                all.insert(Node { id, clock: id.number, parents, deleted: false, time: 0 });
            }
            let everything: BTreeSet<VersionId> = names.iter().copied().collect();
            let seen: SeenBy = (1..4).map(|device| (Uuid::from_u128(device), everything.clone())).collect();
            let going = removable(&all, &BTreeSet::new(), &seen, Retention { versions, days: 0 }, DAY);
            let heads: Vec<VersionId> = all.heads().iter().map(|head| head.id).collect();
            for head in &heads {
                prop_assert!(!going.contains(head));
            }
            if heads.len() > 1 {
                prop_assert!(all.common_ancestor(&heads).is_none_or(|base| !going.contains(&base)));
                for going in &going {
                    prop_assert!(heads.iter().all(|head| all.ancestors(*head).contains(going)), "only what all sides follow");
                }
            }
            prop_assert!(going.is_empty() || going.len() + (versions as usize) < names.len());
        }
    }
}
