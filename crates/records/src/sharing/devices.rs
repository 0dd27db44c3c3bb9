//! Own devices: by which keys each is known, and which were revoked. Pure.

use std::collections::{BTreeMap, BTreeSet};

use holdfast_crypto::vault::DevicePublic;
use uuid::Uuid;

use crate::change::Change;

/// Own devices, as their logs are named.
#[derive(Debug, Default)]
pub(crate) struct Devices {
    keys: BTreeMap<Uuid, (u64, DevicePublic)>,
    revoked: BTreeSet<Uuid>,
}

impl Devices {
    pub(super) fn take(&mut self, change: &Change, public: DevicePublic) {
        let rank = |(clock, public): &(u64, DevicePublic)| (*clock, public.to_bytes());
        let new = (change.clock, public);
        if self.keys.get(&change.device).is_none_or(|known| rank(known) < rank(&new)) {
            self.keys.insert(change.device, new);
        }
    }

    /// A device is not believed any more.
    pub(crate) fn revoke(&mut self, device: Uuid) {
        self.revoked.insert(device);
    }

    /// By which keys a device is known.
    pub(crate) fn key(&self, device: Uuid) -> Option<DevicePublic> {
        self.keys.get(&device).map(|(_, public)| *public)
    }

    /// Whether a device was revoked, or has the keys of one that was: a copied disk has them, too.
    pub(crate) fn is_revoked(&self, device: Uuid) -> bool {
        let key = self.key(device);
        self.revoked.contains(&device) || self.revoked.iter().any(|gone| key.is_some() && self.key(*gone) == key)
    }

    /// Keys of the devices that were not revoked, each once.
    pub(crate) fn believed(&self) -> Vec<DevicePublic> {
        let mut all: Vec<DevicePublic> = Vec::new();
        for (device, (_, public)) in &self.keys {
            if !self.is_revoked(*device) && !all.contains(public) {
                all.push(*public);
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use holdfast_crypto::vault::DeviceKeys;
    use rand::{SeedableRng, rngs::StdRng};

    use super::*;
    use crate::change::{Action, DeviceChange, Subject};

    #[test]
    fn a_revoked_device_is_believed_under_no_name() {
        let public = |seed| DeviceKeys::generate([1; 16], &mut StdRng::seed_from_u64(seed)).unwrap().public();
        let id = Uuid::from_u128;
        let mut devices = Devices::default();
        for (device, clock, seed) in [(1, 1, 1), (2, 1, 2), (3, 1, 2), (4, 2, 4), (4, 1, 2)] {
            let subject = Subject::Device(DeviceChange { public: public(seed) });
            let (member, device) = (Uuid::nil(), id(device));
            let change = Change { member, device, clock, time: 0, action: Action::Insert, subject };
            devices.take(&change, public(seed));
        }
        assert_eq!(devices.believed(), [public(1), public(2), public(4)]);
        devices.revoke(id(2));
        assert_eq!(devices.believed(), [public(1), public(4)], "device 3 is a copy of device 2");
        assert!(devices.is_revoked(id(3)) && !devices.is_revoked(id(4)) && !devices.is_revoked(id(9)));
    }
}
