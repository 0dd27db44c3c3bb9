//! A gateway as a place: configuration and test.

use holdfast_app::{Result, Secret, connection::GatewayCandidate, dto::config::ConnectionTest, profiles::ProfileName};
use serde::Deserialize;
use specta::Type;
use tauri::command;

use crate::Shared;

/// The fields of the form.
#[derive(Deserialize, Type)]
pub struct GatewayForm {
    /// Address.
    url: String,
    /// The key; empty to go on with the one in the keychain.
    api_key: String,
    /// Everything is kept below this.
    path_prefix: Option<String>,
    /// PEM file with certificates to trust in addition.
    ca_file: Option<String>,
    /// Plain http to another machine is meant.
    #[serde(default)]
    allow_http: bool,
}

impl GatewayForm {
    fn candidate(self, profile: Option<String>) -> Result<GatewayCandidate> {
        Ok(GatewayCandidate {
            profile: ProfileName::or_default(profile.as_deref())?,
            url: self.url,
            key: Secret::new(self.api_key),
            prefix: self.path_prefix,
            ca_file: self.ca_file.map(Into::into),
            allow_http: self.allow_http,
        })
    }
}

#[command]
#[specta::specta]
pub async fn configure_gateway(app: Shared<'_>, form: GatewayForm, profile: Option<String>) -> Result<()> {
    form.candidate(profile)?.configure(&app.home).await
}

#[command]
#[specta::specta]
pub async fn try_gateway(app: Shared<'_>, form: GatewayForm, profile: Option<String>) -> Result<ConnectionTest> {
    Ok(form.candidate(profile)?.test(&app.home).await)
}
