//! A gateway as somebody typed it into the form.

use std::path::PathBuf;

use holdfast_storage::{GatewayLocation, Prefix, Secret};

use super::{
    save::{Existing, save_gateway},
    test::{examine, failed, impatient},
};
use crate::{
    Home, Result,
    dto::config::ConnectionTest,
    keychain::{SecretId, no_gateway_key},
    profiles::{GATEWAY_SECRET, ProfileName},
    stores,
};

/// The fields of the form.
#[derive(Debug, Clone)]
pub struct GatewayCandidate {
    /// Profile it is to become.
    pub profile: ProfileName,
    /// Address.
    pub url: String,
    /// The key; empty to go on with the one in the keychain.
    pub key: Secret,
    /// Everything is kept below this.
    pub prefix: Option<String>,
    /// PEM file with certificates to trust in addition.
    pub ca_file: Option<PathBuf>,
    /// Plain http to another machine is meant.
    pub allow_http: bool,
}

impl GatewayCandidate {
    /// Asks the gateway whether it knows the key, and saves both; saves nothing when it does not.
    pub async fn configure(&self, home: &Home) -> Result<()> {
        home.load_profiles().await?;
        save_gateway(home, &self.profile, &self.location()?, self.key(home).await?, Existing::Replace).await
    }

    /// Tests it without saving it.
    pub async fn test(&self, home: &Home) -> ConnectionTest {
        let open = async { stores::gateway_open(&self.location()?, self.key(home).await?, &impatient()) };
        match open.await {
            Ok(open) => examine(&open).await.0,
            Err(error) => failed(error),
        }
    }

    fn location(&self) -> Result<GatewayLocation> {
        let mut location = GatewayLocation::new(&self.url, self.allow_http)?;
        location.prefix = Prefix::parse(self.prefix.as_deref().unwrap_or_default().trim())?;
        location.ca_file.clone_from(&self.ca_file);
        Ok(location)
    }

    /// The one typed, else the one that the keychain has for this profile.
    async fn key(&self, home: &Home) -> Result<Secret> {
        let typed = self.key.expose().trim();
        if !typed.is_empty() {
            return Ok(Secret::new(typed));
        }
        let name = self.profile.as_str();
        let kept = home.secrets.get(&SecretId::new(name, GATEWAY_SECRET)).await?;
        kept.map(|keys| keys.secret).ok_or_else(|| no_gateway_key(name))
    }
}
