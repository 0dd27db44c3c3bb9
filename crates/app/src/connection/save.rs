//! Saving a place: settings and secret both, or neither.

use std::path::{Path, PathBuf};

use holdfast_storage::{GatewayLocation, InlineKeys, S3Location, Secret, StoreUrl, StoreUrlError, s3::StaticKeys};

use super::{Candidate, config_view, reach, test::impatient};
use crate::{
    AppError, ErrorCode, Home, Result,
    dto::config::S3ConfigView,
    keychain::SecretId,
    profiles::{GatewayPlace, LocalPlace, Place, Profile, ProfileName, Profiles, S3Place, Unknown},
    stores::{self, S3Opening},
};

/// Checks, connects, and saves; saves nothing when the connection fails.
pub async fn configure(home: &Home, candidate: &Candidate) -> Result<()> {
    home.load_profiles().await?;
    let opening = candidate.opening(home).await?;
    let keys = opening.keys.clone();
    let place = S3Place::of(&opening.location, Some(&opening.provider));
    reach(&stores::s3_open(opening, &impatient()).await?).await?;
    save(home, &candidate.profile, Place::S3(Box::new(place)), keys, Existing::Replace).await
}

/// Adds what a store URL names under a new name. `secret` goes with the URL's access key (`--secret-stdin`); a secret
/// in the URL goes to the keychain.
pub async fn add_profile(home: &Home, name: &ProfileName, url: &str, secret: Option<Secret>) -> Result<()> {
    home.load_profiles().await?.check_free(name)?;
    keep_profile(home, name, url, secret, Existing::Refuse).await
}

/// As [`add_profile`], in place of a profile that has the name.
pub async fn put_profile(home: &Home, name: &ProfileName, url: &str, secret: Option<Secret>) -> Result<()> {
    keep_profile(home, name, url, secret, Existing::Replace).await
}

async fn keep_profile(
    home: &Home,
    name: &ProfileName,
    url: &str,
    secret: Option<Secret>,
    existing: Existing,
) -> Result<()> {
    let (place, keys) = place_of_url(url, secret)?;
    match &place {
        Place::S3(place) => {
            let opening = S3Opening::new(place.location()?, keys.clone());
            reach(&stores::s3_open(opening, &impatient()).await?).await?;
        }
        Place::Gateway(place) => {
            let key = keys.clone().ok_or(StoreUrlError::BadValue { name: "api_key" })?.secret;
            reach(&stores::gateway_open(&place.location()?, key, &impatient())?).await?;
        }
        Place::Local(place) => {
            home.embedded.make(&place.folder).await?;
            home.embedded.start(&place.folder).await?;
        }
    }
    save(home, name, place, keys, existing).await
}

/// The place that a store URL names, and the secret that goes with it. Connects to nothing.
pub(crate) fn place_of_url(url: &str, secret: Option<Secret>) -> Result<(Place, Option<StaticKeys>)> {
    match StoreUrl::parse(url)? {
        (StoreUrl::S3(location), inline) => {
            let keys = keys(&location, inline, secret)?;
            Ok((Place::S3(Box::new(S3Place::of(&location, None))), keys))
        }
        (StoreUrl::Gateway(location), inline) => {
            let key = secret.or(inline.map(|keys| keys.secret)).filter(|key| !key.is_empty());
            let keys = key.map(|secret| StaticKeys { secret, token: None });
            Ok((Place::Gateway(GatewayPlace::of(&location)), keys))
        }
        (StoreUrl::Folder(folder), _) => Ok((local(&folder), None)),
        (StoreUrl::Memory, _) => Err(AppError::config(
            ErrorCode::StoreUrlScheme,
            "memory: is gone with the program and cannot be a profile",
            "give a bucket or a folder",
        )),
    }
}

fn keys(location: &S3Location, inline: Option<InlineKeys>, typed: Option<Secret>) -> Result<Option<StaticKeys>> {
    let needed = matches!(location.credentials, holdfast_storage::CredentialSource::Key(_));
    match (needed, typed, inline) {
        (true, Some(secret), inline) => Ok(Some(StaticKeys { secret, token: inline.and_then(|keys| keys.token) })),
        (true, None, Some(InlineKeys { secret, token })) => Ok(Some(StaticKeys { secret, token })),
        (true, None, None) => Err(StoreUrlError::HalfAKey { given: "access_key", missing: "secret_key" }.into()),
        (false, Some(_), _) => Err(StoreUrlError::HalfAKey { given: "secret_key", missing: "access_key" }.into()),
        (false, None, _) => Ok(None),
    }
}

/// Makes a folder of this computer the place of a profile, and starts its bucket.
pub async fn use_this_computer(home: &Home, folder: Option<PathBuf>, name: &ProfileName) -> Result<S3ConfigView> {
    home.load_profiles().await?;
    let folder = folder.unwrap_or_else(|| home.paths.local_place.clone());
    if !folder.is_absolute() {
        return Err(StoreUrlError::RelativeFolder.into());
    }
    home.embedded.make(&folder).await?;
    home.embedded.start(&folder).await?;
    let old = home.update_profiles(putting(name.clone(), Profile::new(local(&folder)))).await?;
    forget_secret(home, name, old.as_ref(), None).await;
    config_view(home, name).await
}

/// Takes a profile and its secret away. What lies in its place is not touched.
pub async fn remove_profile(home: &Home, name: &ProfileName) -> Result<()> {
    let gone = name.clone();
    let old = home.update_profiles(move |all| all.remove(&gone)).await?;
    forget_secret(home, name, Some(&old), None).await;
    Ok(())
}

fn local(folder: &Path) -> Place {
    Place::Local(LocalPlace { folder: folder.to_owned(), unknown: Unknown::new() })
}

/// What becomes of a profile that has the name already.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Existing {
    Replace,
    Refuse,
}

fn adding(name: ProfileName, profile: Profile) -> impl FnOnce(&mut Profiles) -> Result<()> + Send + 'static {
    move |all| all.add(name, profile)
}

/// A probe of the same place stays with it.
fn putting(
    name: ProfileName,
    mut profile: Profile,
) -> impl FnOnce(&mut Profiles) -> Result<Option<Profile>> + Send + 'static {
    move |all| {
        if let Some(before) = all.get(&name).filter(|before| before.place == profile.place) {
            profile.probe.clone_from(&before.probe);
        }
        Ok(all.set(name, profile))
    }
}

/// Asks the gateway whether it knows the key, and saves both; saves nothing when it does not.
pub(super) async fn save_gateway(
    home: &Home,
    name: &ProfileName,
    location: &GatewayLocation,
    secret: Secret,
    existing: Existing,
) -> Result<()> {
    reach(&stores::gateway_open(location, secret.clone(), &impatient())?).await?;
    let (place, keys) = (Place::Gateway(GatewayPlace::of(location)), StaticKeys { secret, token: None });
    save(home, name, place, Some(keys), existing).await
}

/// The secret first: settings without a secret would be a broken place, a secret without settings is removed again.
async fn save(
    home: &Home,
    name: &ProfileName,
    place: Place,
    keys: Option<StaticKeys>,
    existing: Existing,
) -> Result<()> {
    let id = place.secret_name().map(|key| SecretId::new(name.as_str(), key));
    let before = match (&id, &keys) {
        (Some(id), Some(keys)) => {
            let before = home.secrets.get(id).await?;
            home.secrets.set(id, keys).await?;
            before
        }
        _ => None,
    };
    let profile = Profile::new(place);
    let saved = match existing {
        Existing::Replace => home.update_profiles(putting(name.clone(), profile)).await,
        Existing::Refuse => home.update_profiles(adding(name.clone(), profile)).await.map(|()| None),
    };
    match (saved, id) {
        (Ok(old), id) => {
            forget_secret(home, name, old.as_ref(), id.as_ref()).await;
            Ok(())
        }
        (Err(error), Some(id)) => Err(roll_back(home, &id, before, error).await),
        (Err(error), None) => Err(error),
    }
}

async fn roll_back(home: &Home, id: &SecretId, before: Option<StaticKeys>, error: AppError) -> AppError {
    let undone = match before {
        Some(keys) => home.secrets.set(id, &keys).await,
        None => home.secrets.delete(id).await,
    };
    match undone {
        Ok(()) => error,
        Err(_) => {
            let hint = format!("{}; the keychain kept the new secret of {}", error.hint, id.user());
            AppError { hint, ..error }
        }
    }
}

/// Removes the secret of a profile that is gone or has another key now. A leftover secret does no harm, so a keychain
/// that fails here is only noted.
async fn forget_secret(home: &Home, name: &ProfileName, old: Option<&Profile>, now: Option<&SecretId>) {
    let Some(key) = old.and_then(|profile| profile.place.secret_name()) else { return };
    let id = SecretId::new(name.as_str(), key);
    if Some(&id) != now
        && let Err(error) = home.secrets.delete(&id).await
    {
        tracing::warn!(code = ?error.code, profile = %name, "the old secret could not be removed from the keychain");
    }
}
