//! Keeping of old versions, on and off.

use holdfast_storage::{Error, Versioning};

use super::StorageTools;
use crate::{Result, dto::storage_tools::VersioningView};

const WHAT: &str = "the keeping of old versions";
const HINT: &str = "choose another place if you want to go back to earlier states";

impl StorageTools {
    /// Whether old versions are kept; unknown where that is not offered or may not be asked.
    pub async fn versioning(&self) -> Result<VersioningView> {
        let error = match self.open.store.versioning().await {
            Ok(Versioning::On) => return Ok(VersioningView::On),
            Ok(Versioning::Suspended) => return Ok(VersioningView::Suspended),
            Ok(Versioning::Off) => return Ok(VersioningView::Off),
            Err(error) => self.known(error).await,
        };
        match error {
            Error::NotSupported { .. } | Error::Denied { .. } => Ok(VersioningView::Unknown),
            error => Err(self.failed(&error)),
        }
    }

    /// Switches it on or off, and looks whether it took. Old versions stay when it is switched off.
    ///
    /// # Errors
    /// `not_supported`, `denied`, `setting_ignored`.
    pub async fn set_versioning(&self, on: bool) -> Result<()> {
        let ask = || self.open.store.versioning();
        let is_so = |now: &Versioning| (*now == Versioning::On) == on;
        let now = match ask().await {
            Ok(now) => now,
            Err(error) => return Err(self.not_offered(self.known(error).await, WHAT, HINT)),
        };
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
