//! Other names for versions that wait, when another computer writes under this device's id (a copied disk) and took one of
//! theirs. What they say and follow stays the same; nothing of either computer is lost.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::{Vault, fetch::read_entry};
use crate::{
    Error, Result,
    change::{Change, version_id_of},
    layout::ObjectName,
    sealing,
    versions::VersionId,
};

impl Vault {
    /// Gives all versions of a record that wait here new numbers behind every number that is known.
    pub(super) fn rename_waiting(&mut self, member: Uuid, record: Uuid) -> Result<()> {
        self.refresh()?;
        let device = self.journal.device();
        let known = self.contents.get(member, record).ok_or(Error::DamagedOutbox)?;
        let mut number = known.lineage().next_number();
        let mut names: BTreeMap<VersionId, VersionId> = BTreeMap::new();
        let mut renamed = Vec::new();
        for one in self.local.waiting()? {
            let Some((of, node)) = one.change.node() else { continue };
            if (one.change.member, of) != (member, record) {
                continue;
            }
            let old = ObjectName::Version { member, record, version: node.id };
            let blob = self.local.blob(member, record, node.id)?.ok_or(Error::DamagedOutbox)?;
            let keys = self.keys_of(member)?;
            let mut version = sealing::open_version(&keys, &old, &blob).map_err(|_| Error::DamagedOutbox)?;
            version.node.id = VersionId { number, device };
            for parent in &mut version.node.parents {
                *parent = names.get(parent).copied().unwrap_or(*parent);
            }
            names.insert(node.id, version.node.id);
            number += 1;
            let blob = self.sealed(member, &version)?;
            renamed.push((one.position, node.id, Change::of_version(member, record, &version.node), blob));
        }
        // What the log told of another computer's version under one of the old names was taken for our own.
        let mut others = Vec::new();
        for name in names.keys() {
            let told = version_id_of(record, member, name.number, name.device);
            others.extend(self.journal.state().entry(told)?.as_ref().and_then(read_entry));
        }
        self.local.rename(&renamed, &others)?;
        self.reload(member, record)
    }
}
