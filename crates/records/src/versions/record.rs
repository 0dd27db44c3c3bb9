//! A record with all its versions: what is shown, and whether two devices edited it.

use uuid::Uuid;

use super::{Conflict, Lineage, Node, Version, VersionId};

/// A record. Its lineage may know versions whose content is not here: not fetched yet, or gone by retention.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Its id.
    pub id: Uuid,
    lineage: Lineage,
    /// By id.
    contents: Vec<Version>,
}

impl Record {
    /// A record of which nothing is known yet.
    pub fn new(id: Uuid) -> Self {
        Self { id, lineage: Lineage::default(), contents: Vec::new() }
    }

    /// Takes in what the log says of a version.
    pub fn insert_node(&mut self, node: Node) -> bool {
        self.lineage.insert(node)
    }

    /// Takes in a version with its content. `false` when it was known.
    pub fn insert(&mut self, version: Version) -> bool {
        self.lineage.insert(version.node.clone());
        match self.at(version.id()) {
            Ok(at) => {
                self.contents[at] = version;
                false
            }
            Err(at) => {
                self.contents.reserve_exact(1);
                self.contents.insert(at, version);
                true
            }
        }
    }

    /// Where the content of a version stands, or would.
    fn at(&self, id: VersionId) -> Result<usize, usize> {
        self.contents.binary_search_by_key(&id, Version::id)
    }

    /// Gives away the content of every version that is neither a head nor shown.
    pub(super) fn take_followed(&mut self) -> Vec<Version> {
        if self.contents.len() < 2 {
            return Vec::new();
        }
        let mut kept = self.all_heads();
        kept.extend(self.shown().map(Version::id));
        let (kept, followed) = std::mem::take(&mut self.contents).into_iter().partition(|one| kept.contains(&one.id()));
        self.contents = kept;
        self.contents.shrink_to_fit();
        followed
    }

    /// Which version follows which.
    pub fn lineage(&self) -> &Lineage {
        &self.lineage
    }

    /// A version whose content is here.
    pub fn version(&self, id: VersionId) -> Option<&Version> {
        self.at(id).ok().map(|at| &self.contents[at])
    }

    /// All versions whose content is here, the newest first.
    pub fn versions(&self) -> Vec<&Version> {
        let mut all: Vec<&Version> = self.contents.iter().collect();
        all.sort_unstable_by_key(|version| std::cmp::Reverse(version.node.rank()));
        all
    }

    /// Heads with their content, the greatest first.
    fn heads(&self) -> Vec<&Version> {
        self.lineage.heads().iter().filter_map(|node| self.version(node.id)).collect()
    }

    /// What is shown: the greatest head by (clock, device) whose content is here; while none is, the newest version that
    /// is here. It may be one that deletes.
    pub fn shown(&self) -> Option<&Version> {
        self.heads().first().copied().or_else(|| self.versions().first().copied())
    }

    /// Whether the newest that is known of says that the record is deleted.
    pub fn is_deleted(&self) -> bool {
        self.lineage.heads().first().is_some_and(|head| head.deleted)
    }

    /// The version that is shown, unless the record is deleted.
    pub fn current(&self) -> Option<&Version> {
        self.shown().filter(|version| !self.is_deleted() && !version.node.deleted)
    }

    /// Heads that say different things, the greatest first.
    pub(super) fn sides(&self) -> Vec<&Version> {
        let mut sides: Vec<&Version> = Vec::new();
        for head in self.heads() {
            if !sides.iter().any(|side| side.says_the_same(head)) {
                sides.push(head);
            }
        }
        sides
    }

    /// Heads that stand against each other; those that say the same count as one.
    pub fn conflict(&self) -> Option<Conflict> {
        let sides = self.sides();
        if sides.len() < 2 {
            return None;
        }
        let ids: Vec<VersionId> = sides.iter().map(|side| side.id()).collect();
        let base = self.lineage.common_ancestor(&ids).and_then(|id| self.version(id));
        Some(Conflict::between(base, &sides))
    }

    /// What an edit of the shown version takes the place of: the shown one, and heads that say the same.
    pub fn parents_of_an_edit(&self) -> Vec<VersionId> {
        let heads = self.heads();
        let Some(shown) = heads.first() else { return self.shown().map(Version::id).into_iter().collect() };
        heads.iter().filter(|head| head.says_the_same(shown)).map(|head| head.id()).collect()
    }

    /// Every head, also those whose content is not here.
    pub fn all_heads(&self) -> Vec<VersionId> {
        self.lineage.heads().iter().map(|node| node.id).collect()
    }
}
