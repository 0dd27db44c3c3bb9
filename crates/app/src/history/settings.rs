//! `history.json`, and the environment where it says nothing.

use holdfast_history::BackendKind;
use serde::{Deserialize, Serialize};
use url::form_urlencoded::Serializer;

use crate::{
    AppError, ErrorCode, PlaceRef, Result,
    config_file::{ConfigFile, Kept},
    profiles::{ProfileName, Unknown},
};

/// What a person set. Empty fields have their usual values, or the environment's.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct HistorySettings {
    /// What keeps devices in step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backend: Option<BackendKind>,
    /// The profile whose place holds the log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// A store URL without a secret, such as a folder's, where there is no profile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub store: Option<String>,
    /// A bucket, where there is neither profile nor store.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub s3_bucket: Option<String>,
    /// Its region.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub s3_region: Option<String>,
    /// Its address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub s3_endpoint: Option<String>,
    /// Everything is kept below this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub s3_prefix: Option<String>,
    /// The address of a hishtory server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// Whether plain http may go to a hishtory server on another machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_http: Option<bool>,
    /// Days that a segment stays after a larger one took its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retention_days: Option<u32>,
    /// Minutes after which what waits is sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flush_minutes: Option<u32>,
    /// Entries after which what waits is sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flush_entries: Option<u32>,
    /// How often this computer began anew: at another place, or after a reset. Whoever keeps a connection open sees it.
    #[serde(skip_serializing_if = "is_zero")]
    pub begun: u64,
    /// Whether this computer is kept in step while somebody types.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub background: Option<bool>,
    /// Fields of other versions.
    #[serde(flatten)]
    pub unknown: Unknown,
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// `history.json` as it is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeptHistorySettings {
    version: u32,
    /// What was set.
    #[serde(flatten)]
    pub settings: HistorySettings,
}

impl Default for KeptHistorySettings {
    fn default() -> Self {
        Self { version: Self::FORMAT, settings: HistorySettings::default() }
    }
}

impl Kept for KeptHistorySettings {
    const FORMAT: u32 = 1;
}

/// `history.json` in a folder.
pub type HistorySettingsFile = ConfigFile<KeptHistorySettings>;

/// What `config-set` and `config-get` know, with what it is for.
pub const KEYS: &[(&str, &str)] = &[
    ("backend", "s3, http or offline"),
    ("profile", "the profile whose place holds the log"),
    ("store", "a store URL without a secret, such as file:///folder"),
    ("s3-bucket", "a bucket, where no profile and no store is set"),
    ("s3-region", "its region"),
    ("s3-endpoint", "its address"),
    ("s3-prefix", "everything is kept below this"),
    ("server", "the address of a hishtory server, for the backend http"),
    ("allow-http", "on or off: plain http to a hishtory server on another machine (off)"),
    ("retention-days", "days that a part of the log stays after a larger one took its place (30)"),
    ("flush-minutes", "minutes after which what waits is sent (5)"),
    ("flush-entries", "entries after which what waits is sent (100)"),
    ("background", "on or off: exchange by itself while somebody types (on)"),
];

/// Where history is kept in step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Where {
    /// On this computer only.
    Offline,
    /// A hishtory server.
    Http {
        /// Its address.
        server: String,
    },
    /// A bucket or folder.
    Place(PlaceRef),
}

impl HistorySettings {
    /// What a key is set to; none where it is not.
    ///
    /// # Errors
    /// `unknown_parameter` for a key there is not.
    pub fn get(&self, key: &str) -> Result<Option<String>> {
        let number = |value: Option<u32>| value.map(|number| number.to_string());
        let switch = |value: Option<bool>| value.map(|on| if on { "on" } else { "off" }.to_owned());
        Ok(match key {
            "backend" => self.backend.map(|kind| kind.as_str().to_owned()),
            "profile" => self.profile.clone(),
            "store" => self.store.clone(),
            "s3-bucket" => self.s3_bucket.clone(),
            "s3-region" => self.s3_region.clone(),
            "s3-endpoint" => self.s3_endpoint.clone(),
            "s3-prefix" => self.s3_prefix.clone(),
            "server" => self.server.clone(),
            "retention-days" => number(self.retention_days),
            "flush-minutes" => number(self.flush_minutes),
            "flush-entries" => number(self.flush_entries),
            "background" => switch(self.background),
            "allow-http" => switch(self.allow_http),
            other => return Err(unknown_key(other)),
        })
    }

    /// Sets a key; an empty value takes it back. A bucket takes the place of a profile or store, and the other way round.
    ///
    /// # Errors
    /// `unknown_parameter` for a key there is not, `bad_parameter` for a value it cannot have.
    pub fn set(&mut self, key: &str, value: &str) -> Result<()> {
        let value = Some(value.trim()).filter(|value| !value.is_empty());
        let text = value.map(str::to_owned);
        let number = |least, most| value.map(|value| read_number(key, value, least, most)).transpose();
        match key {
            "backend" => self.backend = value.map(read_backend).transpose()?,
            "profile" => {
                value.map(|name| ProfileName::or_default(Some(name))).transpose()?;
                (self.profile, self.store, self.s3_bucket) = (text, None, None);
            }
            "store" => {
                value.map(without_secret).transpose()?;
                (self.store, self.profile, self.s3_bucket) = (text, None, None);
            }
            "s3-bucket" => (self.s3_bucket, self.profile, self.store) = (text, None, None),
            "s3-region" => self.s3_region = text,
            "s3-endpoint" => self.s3_endpoint = text,
            "s3-prefix" => self.s3_prefix = text,
            "server" => self.server = text,
            "retention-days" => self.retention_days = number(1, 3650)?,
            "flush-minutes" => self.flush_minutes = number(1, 1440)?,
            "flush-entries" => self.flush_entries = number(1, 10_000)?,
            "background" => self.background = value.map(|value| read_switch(key, value)).transpose()?,
            "allow-http" => self.allow_http = value.map(|value| read_switch(key, value)).transpose()?,
            other => return Err(unknown_key(other)),
        }
        Ok(())
    }

    /// Where history is kept: what was set, else the environment.
    ///
    /// # Errors
    /// `history_not_set_up` names what is missing of half a configuration.
    pub fn place(&self, variable: impl Fn(&str) -> Option<String>) -> Result<Where> {
        let variable = |name: &str| variable(&format!("HOLDFAST_{name}")).filter(|value| !value.is_empty());
        let or = |set: &Option<String>, name: &str| set.clone().or_else(|| variable(name));
        let bucket = or(&self.s3_bucket, "S3_BUCKET");
        let named = self.profile.is_some() || self.store.is_some() || bucket.is_some();
        let kind = match (self.backend, variable("BACKEND_TYPE")) {
            (Some(kind), _) => kind,
            (None, Some(text)) => read_backend(&text)?,
            (None, None) if named => BackendKind::S3,
            (None, None) => BackendKind::Offline,
        };
        match kind {
            BackendKind::Offline => return Ok(Where::Offline),
            BackendKind::Http => {
                let server = self.server.clone().ok_or_else(|| half("the address of the server", "server"))?;
                return Ok(Where::Http { server });
            }
            BackendKind::S3 => {}
        }
        if let Some(name) = &self.profile {
            return Ok(Where::Place(PlaceRef::Profile(Some(name.clone()))));
        }
        if let Some(url) = &self.store {
            return Ok(Where::Place(PlaceRef::Url(url.clone())));
        }
        let bucket = bucket.ok_or_else(|| half("a bucket", "s3-bucket"))?;
        let mut parameters = Serializer::new(String::new());
        let found = [
            ("region", or(&self.s3_region, "S3_REGION")),
            ("endpoint", or(&self.s3_endpoint, "S3_ENDPOINT")),
            ("access_key", variable("S3_ACCESS_KEY_ID")),
            ("secret_key", variable("S3_SECRET_ACCESS_KEY")),
        ];
        for (name, value) in found {
            if let Some(value) = value {
                parameters.append_pair(name, &value);
            }
        }
        let prefix = or(&self.s3_prefix, "S3_PREFIX").unwrap_or_default();
        let url = format!("s3://{bucket}/{}?{}", prefix.trim_matches('/'), parameters.finish());
        Ok(Where::Place(PlaceRef::Url(url)))
    }
}

fn read_backend(text: &str) -> Result<BackendKind> {
    [BackendKind::S3, BackendKind::Http, BackendKind::Offline]
        .into_iter()
        .find(|kind| kind.as_str() == text)
        .ok_or_else(|| bad("backend", text, "choose s3, http or offline"))
}

fn read_switch(key: &str, text: &str) -> Result<bool> {
    match text {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err(bad(key, text, "choose on or off")),
    }
}

fn read_number(key: &str, value: &str, least: u32, most: u32) -> Result<u32> {
    let number = value.parse().ok().filter(|number| (least..=most).contains(number));
    number.ok_or_else(|| bad(key, value, &format!("choose a whole number from {least} to {most}")))
}

/// A URL that can be kept in a file.
pub(super) fn without_secret(url: &str) -> Result<()> {
    match holdfast_storage::StoreUrl::parse(url)? {
        (_, None) => Ok(()),
        (_, Some(_)) => Err(AppError::config(
            ErrorCode::BadParameter,
            "the store URL holds a secret, which is not kept in a file",
            "`holdfast sync init --store URL` puts the secret into the keychain",
        )),
    }
}

fn bad(key: &str, value: &str, hint: &str) -> AppError {
    let value = crate::error::shown(value);
    AppError::config(ErrorCode::BadParameter, format!("“{value}” is no value for {key}"), hint)
}

fn unknown_key(key: &str) -> AppError {
    let known: Vec<&str> = KEYS.iter().map(|(name, _)| *name).collect();
    AppError::config(
        ErrorCode::UnknownParameter,
        format!("there is no setting “{}”", crate::error::shown(key)),
        format!("settings of the history are {}", known.join(", ")),
    )
}

fn half(what: &str, key: &str) -> AppError {
    AppError::config(
        ErrorCode::HistoryNotSetUp,
        format!("history has no place yet: {what} is missing"),
        format!("run `holdfast sync init --store URL`, or `holdfast config-set {key} VALUE`"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(settings: &HistorySettings, variables: &[(&str, &str)]) -> Result<Where> {
        settings.place(|name| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()))
    }

    fn with(pairs: &[(&str, &str)]) -> HistorySettings {
        let mut settings = HistorySettings::default();
        pairs.iter().for_each(|(key, value)| settings.set(key, value).unwrap());
        settings
    }

    fn url(url: &str) -> Where {
        Where::Place(PlaceRef::Url(url.into()))
    }

    #[test]
    fn settings_come_before_the_environment() {
        let bucket = [("HOLDFAST_S3_BUCKET", "b"), ("HOLDFAST_S3_REGION", "eu"), ("HOLDFAST_S3_PREFIX", "/p/")];
        assert_eq!(place(&with(&[]), &[]).unwrap(), Where::Offline);
        assert_eq!(place(&with(&[]), &bucket).unwrap(), url("s3://b/p?region=eu"));
        assert_eq!(place(&with(&[("s3-bucket", "own")]), &bucket).unwrap(), url("s3://own/p?region=eu"));
        assert_eq!(place(&with(&[("backend", "offline")]), &bucket).unwrap(), Where::Offline);
        assert_eq!(place(&with(&[("store", "file:///x")]), &bucket).unwrap(), url("file:///x"));
        let profile = Where::Place(PlaceRef::Profile(Some("home".into())));
        assert_eq!(place(&with(&[("store", "file:///x"), ("profile", "home")]), &bucket).unwrap(), profile);
        assert_eq!(place(&with(&[]), &[("HOLDFAST_BACKEND_TYPE", "offline"), bucket[0]]).unwrap(), Where::Offline);
        let keys = [bucket[0], ("HOLDFAST_S3_ACCESS_KEY_ID", "id"), ("HOLDFAST_S3_SECRET_ACCESS_KEY", "s&e=c")];
        assert_eq!(place(&with(&[]), &keys).unwrap(), url("s3://b/?access_key=id&secret_key=s%26e%3Dc"));
    }

    #[test]
    fn half_a_configuration_says_what_is_missing() {
        for (settings, variables, missing) in [
            (with(&[("backend", "s3")]), &[][..], "a bucket"),
            (with(&[]), &[("HOLDFAST_BACKEND_TYPE", "http")][..], "the address of the server"),
        ] {
            let error = place(&settings, variables).unwrap_err();
            assert_eq!(error.code, ErrorCode::HistoryNotSetUp);
            assert!(error.message.contains(missing), "{}", error.message);
        }
    }

    #[test]
    fn wrong_keys_and_values_are_named_and_change_nothing() {
        let mut settings = with(&[("s3-bucket", "b")]);
        for (key, value, code) in [
            ("colour", "red", ErrorCode::UnknownParameter),
            ("backend", "ftp", ErrorCode::BadParameter),
            ("retention-days", "0", ErrorCode::BadParameter),
            ("flush-minutes", "soon", ErrorCode::BadParameter),
            ("store", "s3://photos?access_key=a&secret_key=hunter2", ErrorCode::BadParameter),
        ] {
            let error = settings.set(key, value).unwrap_err();
            assert_eq!(error.code, code, "{key}");
            assert!(!error.message.contains("hunter2") && !error.hint.is_empty());
        }
        assert_eq!(settings, with(&[("s3-bucket", "b")]));
    }

    #[test]
    fn every_key_can_be_set_read_and_taken_back() {
        for (key, _) in KEYS {
            let value = match *key {
                "backend" => "http",
                "store" => "file:///x",
                "background" | "allow-http" => "off",
                "retention-days" | "flush-minutes" | "flush-entries" => "7",
                _ => "x",
            };
            let mut settings = with(&[(key, value)]);
            assert_eq!(settings.get(key).unwrap().as_deref(), Some(value), "{key}");
            settings.set(key, "").unwrap();
            assert_eq!(settings.get(key).unwrap(), None, "{key}");
        }
    }
}
