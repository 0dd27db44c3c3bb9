//! What of a record is in memory while a vault is unlocked: which versions there are, and what those say that are shown.
//! What older ones say stays sealed on the disk until somebody asks; it refuses to open anything itself.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::{Lineage, Node, Record, Version, VersionId};
use crate::model::Attachment;

/// A record of which heads are open; while no head is here, the newest version that is.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenRecord {
    /// Without the content of versions that were followed.
    record: Record,
    former: Option<Box<Former>>,
}

/// Versions that were followed and whose content is here, sealed.
#[derive(Debug, Clone, PartialEq, Default)]
struct Former {
    versions: BTreeSet<VersionId>,
    /// Files that any of them names.
    attachments: Vec<Attachment>,
}

impl OpenRecord {
    /// A record of which nothing is known yet.
    pub fn new(id: Uuid) -> Self {
        Self { record: Record::new(id), former: None }
    }

    /// Its id.
    pub fn id(&self) -> Uuid {
        self.record.id
    }

    /// Takes in what the log says of a version.
    pub fn insert_node(&mut self, node: Node) {
        self.record.insert_node(node);
    }

    /// Takes in a version with its content, which is let go of as soon as another one follows.
    pub fn insert(&mut self, version: Version) {
        self.record.insert(version);
        for followed in self.record.take_followed() {
            let former = self.former.get_or_insert_default();
            former.versions.insert(followed.id());
            for attachment in followed.content.attachments {
                if !former.attachments.contains(&attachment) {
                    former.attachments.push(attachment);
                }
            }
        }
    }

    /// Whether a version is a head and was let go of: one of its name came that says otherwise. It must be opened again.
    pub fn lacks_a_head(&self) -> bool {
        let former = |node: &&Node| self.is_former(node.id);
        self.former.is_some() && self.lineage().heads().iter().any(former)
    }

    fn is_former(&self, id: VersionId) -> bool {
        self.former.as_ref().is_some_and(|former| former.versions.contains(&id))
    }

    /// The record as far as it is open, and whether that is all of it.
    pub(crate) fn record(&self) -> (&Record, bool) {
        (&self.record, self.former.is_none())
    }

    /// Which version follows which.
    pub fn lineage(&self) -> &Lineage {
        self.record.lineage()
    }

    /// Whether the content of a version is here, open or sealed.
    pub fn has(&self, id: VersionId) -> bool {
        self.open_version(id).is_some() || self.is_former(id)
    }

    /// Every version whose content is here, open or sealed, by number.
    pub fn here(&self) -> impl Iterator<Item = &Node> {
        self.lineage().nodes().filter(|node| self.has(node.id))
    }

    /// A version that is open.
    pub fn open_version(&self, id: VersionId) -> Option<&Version> {
        self.record.version(id)
    }

    /// Files that any version names whose content is here.
    pub fn attachments(&self) -> impl Iterator<Item = &Attachment> {
        let open = self.record.versions().into_iter().flat_map(|version| &version.content.attachments);
        open.chain(self.former.iter().flat_map(|former| &former.attachments))
    }

    /// See [`Record::shown`].
    pub fn shown(&self) -> Option<&Version> {
        self.record.shown()
    }

    /// See [`Record::current`].
    pub fn current(&self) -> Option<&Version> {
        self.record.current()
    }

    /// See [`Record::is_deleted`].
    pub fn is_deleted(&self) -> bool {
        self.record.is_deleted()
    }

    /// Whether two devices edited it and nobody has decided yet.
    pub fn in_conflict(&self) -> bool {
        self.record.sides().len() > 1
    }

    /// The versions that count: the one that is shown, or every side of a conflict that keeps the record.
    pub fn counting(&self) -> Vec<&Version> {
        match self.in_conflict() {
            true => self.record.sides().into_iter().filter(|side| !side.node.deleted).collect(),
            false => self.current().into_iter().collect(),
        }
    }

    /// See [`Record::parents_of_an_edit`].
    pub fn parents_of_an_edit(&self) -> Vec<VersionId> {
        self.record.parents_of_an_edit()
    }

    /// See [`Record::all_heads`].
    pub fn all_heads(&self) -> Vec<VersionId> {
        self.record.all_heads()
    }
}
