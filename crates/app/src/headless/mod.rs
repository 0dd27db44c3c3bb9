//! The agent without a window, from a file: a Holdfast of its own beside its database, with one place, one set for each
//! watch, and a ledger of what it sent.
//!
//! Settings of the person who runs it are neither read nor changed. The place and the sets are written anew from the file
//! at each start; what was learned of them (index, queue, run log) stays.

mod check;
mod cleanup;
pub mod config;
pub mod install;
mod keeper;
mod ledger;
mod report;
mod secrets;
mod status;

use std::{path::PathBuf, sync::Arc};

pub use holdfast_storage::gateway::ReportedFailure;
use holdfast_storage::{GatewayStore, s3::StaticKeys};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

pub use check::{Checked, no_config};
pub use config::{AgentConfig, Server, Watch};
pub use keeper::Running;
pub use ledger::Ledger;
pub use secrets::keep_key;
pub use status::{AgentStatus, WatchStatus};

use self::secrets::AgentSecrets;
use crate::{
    App, AppError, Home, Result,
    connection::place_of_url,
    dto::sets::{BackupSetDraft, Schedule, Weekday},
    keychain::SecretId,
    paths::Paths,
    profiles::{GatewayPlace, Place, Profile, ProfileName},
    stores,
};

/// The name of the one place.
const PROFILE: &str = "agent";

/// So many days without a complete backup are too many.
const QUIET_AFTER_DAYS: u32 = 3;

/// An agent without a window, not yet at work.
#[derive(Debug)]
pub struct Headless {
    /// Its own Holdfast.
    pub app: Arc<App>,
    watches: Vec<(String, Watch)>,
    upload_existing: bool,
    database: PathBuf,
    place: Place,
}

impl Headless {
    /// From a checked configuration. Nothing is read, written or asked yet.
    ///
    /// # Errors
    /// What is wrong with the store URL.
    pub fn new(config: AgentConfig) -> Result<Self> {
        let (place, keys) = match &config.server {
            Server::Gateway(location, key) => {
                let keys = key.clone().map(|secret| StaticKeys { secret, token: None });
                (Place::Gateway(GatewayPlace::of(location)), keys)
            }
            Server::Store(url) => place_of_url(url.expose(), None)?,
        };
        let id = place.secret_name().map(|name| SecretId::new(PROFILE, name));
        let mut state = config.database.clone().into_os_string();
        state.push(".d");
        let state = PathBuf::from(state);
        let paths = Paths::below(state.join("config"), state.join("data"));
        let home = Home::new(paths, Arc::new(AgentSecrets::new(id.zip(keys))));
        Ok(Self {
            app: Arc::new(App::tuned(home, config.tuning)),
            watches: config.watches.into_iter().map(|watch| (set_id(&watch), watch)).collect(),
            upload_existing: config.upload_existing,
            database: config.database,
            place,
        })
    }

    /// Writes the place and the sets as the configuration says.
    ///
    /// # Errors
    /// What is wrong with a watch; a state folder that cannot be written.
    pub async fn set_up(&self) -> Result<()> {
        let home = &self.app.home;
        let (name, place) = (ProfileName::new(PROFILE)?, self.place.clone());
        self.make_local_place().await?;
        home.update_profiles(move |all| Ok(all.set(name, Profile::new(place)))).await?;
        home.sets.update(|sets| {
            let gone: Vec<_> = sets.by_name().into_iter().map(|(id, _)| id.clone()).collect();
            for id in gone.iter().filter(|id| !self.watches.iter().any(|(ours, _)| ours == *id)) {
                sets.remove(id)?;
            }
            self.watches
                .iter()
                .try_for_each(|(id, watch)| sets.put(id, draft(watch, !self.upload_existing), Timestamp::now()))
        })
    }

    async fn make_local_place(&self) -> Result<()> {
        match &self.place {
            Place::Local(local) => self.app.home.embedded.make(&local.folder).await,
            _ => Ok(()),
        }
    }

    /// The gateway, where copies go through one.
    async fn gateway(&self) -> Result<Option<GatewayStore>> {
        match &self.place {
            Place::Gateway(place) => {
                let key = stores::gateway_key(&self.app.home, &ProfileName::new(PROFILE)?).await?;
                let store = GatewayStore::new(&place.location()?, key);
                Ok(Some(store.map_err(|error| AppError::internal(error.to_string()))?))
            }
            _ => Ok(None),
        }
    }
}

/// Stays the same as long as the folder does.
fn set_id(watch: &Watch) -> String {
    let digest = Sha256::digest(watch.local_path.as_os_str().as_encoded_bytes());
    format!("watch-{}", hex::encode(&digest[..8]))
}

fn draft(watch: &Watch, leave_existing: bool) -> BackupSetDraft {
    let mut exclude_patterns = watch.exclude.clone();
    if !watch.recursive {
        exclude_patterns.push("/*/".into());
    }
    let name = if watch.remote_prefix.is_empty() { "everything" } else { &watch.remote_prefix };
    BackupSetDraft {
        exclude_patterns,
        include_hidden: true,
        watch: true,
        drill: Schedule::Weekly { days: vec![Weekday::Sunday], at: "12:00".into() },
        quiet_after_days: QUIET_AFTER_DAYS,
        leave_existing,
        ..BackupSetDraft::by_hand(name, &watch.local_path.display().to_string(), PROFILE, &watch.remote_prefix)
    }
}

/// What is kept in the keychain for all agents of a person: the key of the gateway.
fn keychain_id() -> SecretId {
    SecretId::new(PROFILE, crate::profiles::GATEWAY_SECRET)
}
