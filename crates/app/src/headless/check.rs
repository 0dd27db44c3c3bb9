//! Tries a configuration without sending anything.

use holdfast_storage::gateway::ClientInfo;
use serde::Serialize;

use super::{Headless, PROFILE};
use crate::{
    AppError, ErrorCode, Result, disk,
    error::{Doing, shown},
    profiles::{Profile, ProfileName},
    stores::{self, OpenOptions},
};

/// What a try found.
#[derive(Debug, Clone, Serialize)]
pub struct Checked {
    /// Where copies go, for people.
    pub place: String,
    /// Who we are at the gateway.
    pub client: Option<ClientInfo>,
    /// What would keep something from being sent.
    pub problems: Vec<String>,
}

impl Headless {
    /// Asks the place whether it is there and knows the key, and looks whether the folders can be read.
    ///
    /// # Errors
    /// Why the place cannot be used.
    pub async fn check(&self) -> Result<Checked> {
        // Nothing is set up: an agent that runs would go by it.
        self.make_local_place().await?;
        let (home, name) = (&self.app.home, ProfileName::new(PROFILE)?);
        let open =
            stores::open_profile(home, &name, &Profile::new(self.place.clone()), &OpenOptions::default()).await?;
        let failed = |error| AppError::from_storage(&error, &open.context(Doing::Connect));
        open.store.check().await.map_err(failed)?;
        let client = match self.gateway().await? {
            Some(gateway) => Some(gateway.client().await.map_err(failed)?),
            None => None,
        };
        let mut problems = Vec::new();
        for (_, watch) in &self.watches {
            let (path, owned) = (&watch.local_path, watch.local_path.clone());
            let unreadable = |problem: &dyn std::fmt::Display| {
                format!("{} cannot be read: {problem}", shown(&path.display().to_string()))
            };
            match disk::on_disk(path, move || Ok(std::fs::read_dir(&owned).err())).await {
                Ok(problem) => problems.extend(problem.map(|problem| unreadable(&problem))),
                Err(silent) => problems.push(silent.to_string()),
            }
        }
        let lacks = |may: &str| client.as_ref().is_some_and(|client| !client.permissions.iter().any(|p| p == may));
        let rights = [
            ("upload", "this key may not send anything"),
            ("list", "this key may not list: a lost index could not be made anew"),
            ("read", "this key may not read: copies cannot be proven or restored, and no file is removed here"),
            ("report", "this key may not report"),
        ];
        problems.extend(rights.into_iter().filter(|(may, _)| lacks(may)).map(|(_, words)| words.to_owned()));
        Ok(Checked { place: stores::title(&self.place), client, problems })
    }
}

/// No configuration file was named.
pub fn no_config() -> AppError {
    AppError::config(
        ErrorCode::AgentConfig,
        "no configuration file is named",
        "add --config FILE; for the sets of the desktop app see holdfast set list",
    )
}
