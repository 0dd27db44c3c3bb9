//! Keeping of old versions, on and off.

use holdfast_storage::{Error, Versioning};

use super::StorageTools;
use crate::{Result, dto::storage_tools::VersioningView};

const WHAT: &str = "the keeping of old versions";
const HINT: &str = "choose another place if you want to go back to earlier states";

impl StorageTools {
    /// Whether old versions are kept; unknown where that is not offered or may not be asked.
    pub async fn versioning(&self) -> Result<VersioningView> {
        Ok(match self.open.store.versioning().await {
            Ok(Versioning::On) => VersioningView::On,
            Ok(Versioning::Suspended) => VersioningView::Suspended,
            Ok(Versioning::Off) => VersioningView::Off,
            Err(Error::NotSupported { .. } | Error::Denied { .. }) => VersioningView::Unknown,
            Err(error) => return Err(self.failed(&error)),
        })
    }

    /// Switches it on or off, and looks whether it took. Old versions stay when it is switched off.
    ///
    /// # Errors
    /// `not_supported`, `denied`, `setting_ignored`.
    pub async fn set_versioning(&self, on: bool) -> Result<()> {
        let ask = || self.open.store.versioning();
        let is_so = |now: &Versioning| (*now == Versioning::On) == on;
        let now = ask().await.map_err(|error| self.not_offered(error, WHAT, HINT))?;
        if is_so(&now) {
            return Ok(());
        }
        let wanted = if on { Versioning::On } else { Versioning::Suspended };
        let told = self.open.store.set_versioning(wanted).await;
        told.map_err(|error| self.not_offered(error, WHAT, HINT))?;
        match is_so(&self.seen(ask, is_so).await?) {
            true => Ok(()),
            false => Err(self.ignored(WHAT, HINT)),
        }
    }
}
