//! Putting back what the place lost and this device has: after somebody restored an old copy of the bucket, or removed
//! objects. Done when a person asks for it; what went by retention does not return.

use std::collections::BTreeSet;

use holdfast_storage::ListRequest;
use uuid::Uuid;

use super::Vault;
use crate::{
    Result,
    layout::{ObjectName, members_prefix},
    objects,
    versions::VersionId,
};

type Named = (Uuid, Uuid, VersionId);

impl Vault {
    /// Creates again every version that is here and not in the place, sealed with the current key. How many. Attachments
    /// are put back by attaching their files again. A stop at any request is no matter.
    pub async fn put_back(&mut self) -> Result<u64> {
        self.owners_work()?;
        let (store, there) = (self.store.clone(), self.versions_there().await?);
        let mut put = 0;
        for (member, record, version) in self.versions_here()?.into_iter().filter(|one| !there.contains(one)) {
            let name = ObjectName::Version { member, record, version };
            let blob = self.with_current_key(member, record, &name).await?;
            objects::create(&*store, &name.key()?, &blob, self.creates).await?;
            put += 1;
        }
        Ok(put)
    }

    /// Versions that can be put back: opened here, not waiting, not removed.
    fn versions_here(&self) -> Result<BTreeSet<Named>> {
        let mut here = BTreeSet::new();
        for (member, records) in &self.contents.members {
            for record in records.values() {
                here.extend(record.here().map(|node| (*member, record.id(), node.id)));
            }
        }
        for (_, change) in self.local.changes_waiting()? {
            if let Some((record, node)) = change.node() {
                here.remove(&(change.member, record, node.id));
            }
        }
        self.local.removed()?.iter().for_each(|gone| {
            here.remove(gone);
        });
        let mut kept = BTreeSet::new();
        for (member, record, version) in here {
            if self.local.blob(member, record, version)?.is_some() {
                kept.insert((member, record, version));
            }
        }
        Ok(kept)
    }

    async fn versions_there(&mut self) -> Result<BTreeSet<Named>> {
        let store = self.store.clone();
        let mut request = ListRequest { prefix: members_prefix().into(), ..ListRequest::default() };
        let mut there = BTreeSet::new();
        loop {
            let page = store.list(&request).await?;
            there.extend(page.objects.iter().filter_map(|object| match ObjectName::parse(object.key.as_str()) {
                Some(ObjectName::Version { member, record, version }) => Some((member, record, version)),
                _ => None,
            }));
            request.continuation = page.continuation;
            if request.continuation.is_none() {
                return Ok(there);
            }
        }
    }
}
