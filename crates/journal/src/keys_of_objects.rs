//! Where things stand in the bucket.

use holdfast_crypto::UserId;
use holdfast_storage::{Key, KeyError};
use uuid::Uuid;

/// Keys of one user.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    user: String,
}

impl Layout {
    pub(crate) fn new(user: &UserId) -> Self {
        Self { user: user.as_str().to_owned() }
    }

    /// Where all device files are.
    pub(crate) fn devices(&self) -> String {
        format!("{}/devices/", self.user)
    }

    pub(crate) fn device_file(&self, device: Uuid) -> Result<Key, KeyError> {
        Key::new(format!("{}/devices/{device}.json", self.user))
    }

    /// The device whose file this is.
    pub(crate) fn device_of(&self, key: &Key) -> Option<Uuid> {
        let name = key.as_str().strip_prefix(&self.devices())?.strip_suffix(".json")?;
        let device = Uuid::try_parse(name).ok()?;
        (device.to_string() == name).then_some(device)
    }

    pub(crate) fn segment(&self, device: Uuid, sequence: u64) -> Result<Key, KeyError> {
        Key::new(format!("{}/{}", self.user, sealed_key(device, sequence)))
    }
}

/// A segment's key below the user's folder, as its seal authenticates it.
pub(crate) fn sealed_key(device: Uuid, sequence: u64) -> String {
    format!("log/{device}/{sequence:020}")
}
