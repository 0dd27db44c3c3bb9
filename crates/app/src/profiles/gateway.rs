//! A place behind a gateway as it is written down.

use std::path::PathBuf;

use holdfast_storage::{GatewayLocation, Prefix};
use serde::{Deserialize, Serialize};

use super::Unknown;
use crate::Result;

/// What the keychain calls the key of a gateway's client.
pub const GATEWAY_SECRET: &str = "gateway";

/// A gateway, and a folder below what it gives us. Has no field for the key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GatewayPlace {
    /// Address with its scheme.
    pub url: String,
    /// Everything is kept below this.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub prefix: String,
    /// Plain http to another machine was asked for in so many words.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub allow_http: bool,
    /// PEM file with certificates to trust in addition to the system's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<PathBuf>,
    /// Fields of other versions.
    #[serde(flatten)]
    pub unknown: Unknown,
}

impl GatewayPlace {
    /// Writes a location down.
    pub fn of(location: &GatewayLocation) -> Self {
        Self {
            url: location.url.clone(),
            prefix: location.prefix.as_str().to_owned(),
            allow_http: location.is_plain(),
            ca_file: location.ca_file.clone(),
            unknown: Unknown::new(),
        }
    }

    /// The checked location.
    ///
    /// # Errors
    /// What a hand-edited file holds is checked as a URL is.
    pub fn location(&self) -> Result<GatewayLocation> {
        let mut location = GatewayLocation::new(&self.url, self.allow_http)?;
        location.prefix = Prefix::parse(&self.prefix)?;
        location.ca_file.clone_from(&self.ca_file);
        Ok(location)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ErrorCode, profiles::Place};

    #[test]
    fn a_gateway_is_written_down_and_read_back_as_it_was_and_checked() {
        for (url, allow_http) in
            [("https://backup.example.com", false), ("127.0.0.1:8443", false), ("http://nas", true)]
        {
            let mut location = GatewayLocation::new(url, allow_http).unwrap();
            location.prefix = Prefix::parse("a/b").unwrap();
            location.ca_file = Some("/ca.pem".into());
            let text = serde_json::to_string(&Place::Gateway(GatewayPlace::of(&location))).unwrap();
            let Place::Gateway(back) = serde_json::from_str(&text).unwrap() else { panic!("{text}") };
            assert_eq!(back.location().unwrap(), location, "{text}");
        }
        let edited =
            GatewayPlace { url: "http://nas".into(), ..GatewayPlace::of(&GatewayLocation::new("nas", false).unwrap()) };
        assert_eq!(edited.location().unwrap_err().code, ErrorCode::PlainHttp);
    }
}
