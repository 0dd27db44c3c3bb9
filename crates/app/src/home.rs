//! What a front end hands to every operation: folders, profiles, the keychain, and the embedded buckets that run.

use std::sync::Arc;

use crate::{
    Result,
    embedded::Embedded,
    history::HistorySettingsFile,
    keychain::{SecretStore, SystemKeychain},
    page_memory::PageMemoryFile,
    paths::Paths,
    prices::Prices,
    profiles::{ProfileStore, Profiles},
    records::RecordsSettingsFile,
    sets::SetsFile,
    settings::SettingsFile,
};

/// One Holdfast on one computer. Cheap to clone; clones share everything.
#[derive(Debug, Clone)]
pub struct Home {
    /// Folders.
    pub paths: Paths,
    /// Settings.
    pub profiles: ProfileStore,
    /// Backup sets.
    pub sets: SetsFile,
    /// Other settings.
    pub settings: SettingsFile,
    /// Settings of shell history.
    pub history: HistorySettingsFile,
    /// Which vault of family records this computer has.
    pub records: RecordsSettingsFile,
    /// What the window's page remembers.
    pub page_memory: PageMemoryFile,
    /// Keychain.
    pub secrets: Arc<dyn SecretStore>,
    /// Embedded buckets of this process.
    pub embedded: Arc<Embedded>,
}

impl Home {
    /// The person's own, with the system's keychain.
    pub fn of_system() -> Result<Self> {
        Ok(Self::new(Paths::of_system()?, Arc::new(SystemKeychain)))
    }

    /// With folders and keychain handed in.
    pub fn new(paths: Paths, secrets: Arc<dyn SecretStore>) -> Self {
        let (sets, settings) = (SetsFile::new(paths.sets()), SettingsFile::new(paths.settings()));
        let (profiles, history) =
            (ProfileStore::new(paths.profiles()), HistorySettingsFile::new(paths.history_settings()));
        let records = RecordsSettingsFile::new(paths.records_settings());
        let page_memory = PageMemoryFile::new(paths.page_memory());
        Self { paths, profiles, sets, settings, history, records, page_memory, secrets, embedded: Arc::default() }
    }

    /// Reads the profiles off the async threads.
    pub async fn load_profiles(&self) -> Result<Profiles> {
        let store = self.profiles.clone();
        off_thread(move || store.load()).await
    }

    /// Reads a person's own prices off the async threads.
    pub async fn load_prices(&self) -> Result<Prices> {
        let path = self.paths.prices();
        off_thread(move || Prices::load(&path)).await
    }

    /// The prices to reckon a run with. A price file that is not as expected stops no backup: list prices are taken, and
    /// their name says so.
    pub async fn prices_for_runs(&self) -> Prices {
        self.load_prices().await.unwrap_or_else(|error| {
            tracing::warn!(%error, "costs are reckoned with list prices");
            Prices::unreadable()
        })
    }

    /// Changes a person's own prices off the async threads.
    pub async fn update_prices<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut Prices) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let path = self.paths.prices();
        off_thread(move || Prices::update(&path, change)).await
    }

    /// Changes the profiles off the async threads.
    pub async fn update_profiles<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut Profiles) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let store = self.profiles.clone();
        off_thread(move || store.update(change)).await
    }
}

async fn off_thread<T: Send + 'static>(call: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(call).await.map_err(|_| crate::AppError::internal("reading settings ended early"))?
}
