//! Which version follows which: heads, ancestors, and what is missing. Known from the log alone.

use std::collections::BTreeSet;

use super::{Node, VersionId};

/// The versions of one record. The same whatever the order in which they came.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lineage {
    /// By id. Most records have one: the tree of a map would take ten times its room.
    nodes: Vec<Node>,
}

impl Lineage {
    /// Takes in a version; `false` when it was known. Of two that claim one name the greater stays, so that the order
    /// does not matter (a device of ours never writes two).
    pub fn insert(&mut self, mut node: Node) -> bool {
        node.parents.sort_unstable();
        node.parents.dedup();
        let order = |node: &Node| (node.clock, node.deleted, node.time, node.parents.clone());
        match self.at(node.id) {
            Ok(at) => {
                if order(&self.nodes[at]) < order(&node) {
                    self.nodes[at] = node;
                }
                false
            }
            Err(at) => {
                self.nodes.reserve_exact(1);
                self.nodes.insert(at, node);
                true
            }
        }
    }

    /// Where a version stands, or would.
    fn at(&self, id: VersionId) -> Result<usize, usize> {
        self.nodes.binary_search_by_key(&id, |node| node.id)
    }

    /// A version.
    pub fn get(&self, id: VersionId) -> Option<&Node> {
        self.at(id).ok().map(|at| &self.nodes[at])
    }

    /// All versions, by number.
    pub fn nodes(&self) -> impl Iterator<Item = &Node> {
        self.nodes.iter()
    }

    /// Whether nothing is known of the record.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Versions that no other takes the place of, the one to be shown first.
    pub fn heads(&self) -> Vec<&Node> {
        let parents: BTreeSet<VersionId> = self.nodes.iter().flat_map(|node| &node.parents).copied().collect();
        let mut heads: Vec<&Node> = self.nodes.iter().filter(|node| !parents.contains(&node.id)).collect();
        heads.sort_unstable_by_key(|node| std::cmp::Reverse(node.rank()));
        heads
    }

    /// Versions that are named as parents and not known: their log was not read yet.
    pub fn missing(&self) -> Vec<VersionId> {
        let parents: BTreeSet<VersionId> = self.nodes.iter().flat_map(|node| &node.parents).copied().collect();
        parents.into_iter().filter(|id| self.get(*id).is_none()).collect()
    }

    /// What a version descends from, itself included.
    pub fn ancestors(&self, id: VersionId) -> BTreeSet<VersionId> {
        let mut found = BTreeSet::new();
        let mut open = vec![id];
        while let Some(id) = open.pop() {
            if let Some(node) = self.get(id)
                && found.insert(id)
            {
                open.extend(&node.parents);
            }
        }
        found
    }

    /// The newest version that all of these descend from.
    pub fn common_ancestor(&self, ids: &[VersionId]) -> Option<VersionId> {
        let mut all = ids.iter().map(|id| self.ancestors(*id));
        let first = all.next()?;
        let common = all.fold(first, |common, one| common.intersection(&one).copied().collect());
        common.into_iter().filter_map(|id| self.get(id)).max_by_key(|node| node.rank()).map(|node| node.id)
    }

    /// The number for the next version.
    pub fn next_number(&self) -> u64 {
        self.nodes.last().map_or(0, |node| node.id.number) + 1
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn id(number: u64, device: u128) -> VersionId {
        VersionId { number, device: Uuid::from_u128(device) }
    }

    fn node(number: u64, device: u128, clock: u64, parents: &[VersionId]) -> Node {
        Node { id: id(number, device), clock, parents: parents.to_vec(), deleted: false, time: 0 }
    }

    fn lineage(nodes: &[Node]) -> Lineage {
        let mut lineage = Lineage::default();
        for node in nodes {
            lineage.insert(node.clone());
        }
        lineage
    }

    fn heads(lineage: &Lineage) -> Vec<VersionId> {
        lineage.heads().iter().map(|node| node.id).collect()
    }

    #[test]
    fn heads_are_what_nobody_follows_and_the_greatest_by_clock_then_device_comes_first() {
        let one = node(1, 1, 1, &[]);
        for (nodes, expected) in [
            (vec![], vec![]),
            (vec![one.clone()], vec![id(1, 1)]),
            (vec![one.clone(), node(2, 1, 2, &[one.id])], vec![id(2, 1)]),
            (vec![one.clone(), node(2, 1, 2, &[one.id]), node(2, 2, 2, &[one.id])], vec![id(2, 2), id(2, 1)]),
            (vec![one.clone(), node(2, 1, 9, &[one.id]), node(2, 2, 2, &[one.id])], vec![id(2, 1), id(2, 2)]),
            (
                vec![
                    one.clone(),
                    node(2, 1, 2, &[one.id]),
                    node(2, 2, 2, &[one.id]),
                    node(3, 1, 3, &[id(2, 1), id(2, 2)]),
                ],
                vec![id(3, 1)],
            ),
        ] {
            assert_eq!(heads(&lineage(&nodes)), expected);
        }
    }

    #[test]
    fn the_common_ancestor_is_the_newest_that_all_descend_from() {
        let all = lineage(&[
            node(1, 1, 1, &[]),
            node(2, 1, 2, &[id(1, 1)]),
            node(3, 1, 3, &[id(2, 1)]),
            node(3, 2, 3, &[id(2, 1)]),
            node(1, 3, 9, &[]),
        ]);
        assert_eq!(all.common_ancestor(&[id(3, 1), id(3, 2)]), Some(id(2, 1)));
        assert_eq!(all.common_ancestor(&[id(3, 1), id(2, 1)]), Some(id(2, 1)));
        assert_eq!(all.common_ancestor(&[id(3, 1), id(1, 3)]), None);
        assert_eq!(all.common_ancestor(&[]), None);
        assert_eq!(all.missing(), []);
        assert_eq!(lineage(&[node(2, 1, 2, &[id(1, 1)])]).missing(), [id(1, 1)]);
    }

    /// A history as devices would write it: each version follows some that its device knew.
    fn histories() -> impl Strategy<Value = Vec<Node>> {
        proptest::collection::vec((0..4_u128, any::<u32>(), any::<bool>()), 1..30).prop_map(|steps| {
            let mut nodes: Vec<Node> = Vec::new();
            for (device, which, two) in steps {
                let known: Vec<VersionId> = nodes.iter().map(|node| node.id).collect();
                let mut parents: Vec<VersionId> = (0..if two { 2 } else { 1 })
                    .filter_map(|n| known.get((which as usize >> (8 * n)) % (known.len() + 1)))
                    .copied()
                    .collect();
                parents.dedup();
                let number = nodes.iter().filter(|n| parents.contains(&n.id) || n.id.device == Uuid::from_u128(device));
                let number = number.map(|node| node.id.number).max().unwrap_or(0) + 1;
                nodes.push(node(number, device, number, &parents));
            }
            nodes
        })
    }

    proptest! {
        #[test]
        fn any_order_of_arrival_gives_the_same(nodes in histories(), seed in any::<u64>()) {
            let mut shuffled = nodes.clone();
            let mut state = seed | 1;
            for at in (1..shuffled.len()).rev() {
                state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                shuffled.swap(at, (state >> 33) as usize % (at + 1));
            }
            let (one, two) = (lineage(&nodes), lineage(&[shuffled, nodes.clone()].concat()));
            prop_assert_eq!(&one, &two);
            prop_assert_eq!(one.nodes().count(), nodes.len());
        }

        #[test]
        fn what_was_followed_never_becomes_a_head_again(nodes in histories()) {
            let mut lineage = Lineage::default();
            let mut followed = BTreeSet::new();
            for node in &nodes {
                lineage.insert(node.clone());
                followed.extend(lineage.ancestors(node.id).into_iter().filter(|id| *id != node.id));
                prop_assert!(heads(&lineage).iter().all(|head| !followed.contains(head)));
                let all: BTreeSet<_> = heads(&lineage).into_iter().flat_map(|head| lineage.ancestors(head)).collect();
                prop_assert_eq!(all.len(), lineage.nodes().count(), "every version is a head or behind one");
            }
        }
    }
}
