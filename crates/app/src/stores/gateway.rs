//! A place behind a gateway: which key, which names.

use std::{env, sync::Arc};

use holdfast_storage::{GatewayLocation, GatewayStore, Secret};

use super::{OpenOptions, OpenStore, assemble, names};
use crate::{
    AppError, Home, Result,
    error::{Context, Doing, PlaceNames},
    keychain::{SecretId, no_gateway_key},
    profiles::{GATEWAY_SECRET, Place, ProfileName},
};

/// Environment variable with the key, for machines without a keychain.
pub const KEY_VARIABLE: &str = "HOLDFAST_GATEWAY_KEY";

/// What stands in place of a provider's id.
pub const GATEWAY_PROVIDER: &str = "gateway";

/// Opens it; nothing is asked yet.
pub(crate) fn open(location: &GatewayLocation, key: Secret, options: &OpenOptions) -> Result<OpenStore> {
    let names = gateway_names(location);
    let bare = GatewayStore::new(location, key);
    let bare = bare.map_err(|error| AppError::from_storage(&error, &Context::new(Doing::Connect, names.clone())))?;
    let identity = names::identity(&["gateway", &names.host.to_lowercase(), location.prefix.as_str()]);
    let said = words(location);
    Ok(assemble(Arc::new(bare), &location.prefix.dir(), options, GATEWAY_PROVIDER, names, identity, said))
}

/// The key: the one given, else that of the environment, else the keychain's.
pub(crate) async fn key_for_profile(home: &Home, name: &ProfileName) -> Result<Secret> {
    if let Some(key) = of_environment() {
        return Ok(key);
    }
    let kept = home.secrets.get(&SecretId::new(name.as_str(), GATEWAY_SECRET)).await;
    let kept = kept.map_err(|error| AppError { hint: no_gateway_key(name.as_str()).hint, ..error })?;
    kept.map(|keys| keys.secret).ok_or_else(|| no_gateway_key(name.as_str()))
}

/// A URL without a key means that of the environment, or of a profile with the same gateway.
pub(super) async fn key_for_url(home: &Home, location: &GatewayLocation) -> Result<Secret> {
    if let Some(key) = of_environment() {
        return Ok(key);
    }
    for (name, profile) in home.load_profiles().await?.iter() {
        if let Place::Gateway(place) = &profile.place
            && place.url == location.url
            && let Some(keys) = home.secrets.get(&SecretId::new(name.as_str(), GATEWAY_SECRET)).await?
        {
            return Ok(keys.secret);
        }
    }
    Err(no_gateway_key("--store"))
}

fn of_environment() -> Option<Secret> {
    env::var(KEY_VARIABLE).ok().filter(|key| !key.trim().is_empty()).map(|key| Secret::new(key.trim()))
}

fn gateway_names(location: &GatewayLocation) -> PlaceNames {
    let host = location.url.split_once("://").map_or(location.url.as_str(), |(_, host)| host);
    PlaceNames {
        provider: format!("the gateway {host}"),
        host: host.to_owned(),
        is_gateway: true,
        is_folder: false,
        ..PlaceNames::default()
    }
}

/// Where it is, for people: "laptop at the gateway backup.example.com".
pub(super) fn words(location: &GatewayLocation) -> String {
    let names = gateway_names(location);
    match location.prefix.is_empty() {
        true => names.provider,
        false => format!("{} at {}", location.prefix, names.provider),
    }
}
