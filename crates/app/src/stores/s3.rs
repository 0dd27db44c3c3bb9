//! S3: which keys, which checksums, which names.

use std::{path::Path, sync::Arc};

use holdfast_storage::{
    CredentialSource, InlineKeys, S3Location,
    probe::{Integrity, ProbeReport},
    providers::Provider,
    s3::{self, ChecksumMode, S3Store, StaticKeys},
};

use super::{OpenOptions, OpenStore, assemble, names};
use crate::{
    Home, Result,
    embedded::real_path,
    error::{Context, Doing, PlaceNames},
    keychain::{SecretId, no_secret},
    profiles::{ProfileName, S3Place},
};

/// Everything that opening a bucket needs.
#[derive(Debug)]
pub(crate) struct S3Opening {
    pub location: S3Location,
    pub keys: Option<StaticKeys>,
    pub provider: String,
    pub probe: Option<ProbeReport>,
}

impl S3Opening {
    pub fn new(location: S3Location, keys: Option<StaticKeys>) -> Self {
        let provider = Provider::of_endpoint(location.endpoint.as_deref()).id.to_owned();
        Self { location, keys, provider, probe: None }
    }
}

pub(crate) async fn open(opening: S3Opening, options: &OpenOptions) -> Result<OpenStore> {
    let S3Opening { location, keys, provider, probe } = opening;
    let names = names::s3_names(&location, &provider);
    let account = s3::connect(&location, keys.as_ref()).await;
    let account =
        account.map_err(|error| crate::AppError::from_storage(&error, &Context::new(Doing::Connect, names.clone())))?;
    let bare = Arc::new(S3Store::new(account.clone(), &location.bucket, checksums(probe.as_ref())));
    let (identity, said) = (names::s3_identity(&location), names::s3_location(&location, &names));
    let mut open = assemble(bare, &location.prefix.dir(), options, &provider, names, identity, said);
    open.account = Some(account);
    open.bucket = Some(location.bucket);
    open.storage_class = location.storage_class;
    open.encryption = location.encryption;
    open.probe = probe;
    Ok(open)
}

/// The embedded bucket, through S3 like any other; named by its folder, because its port changes.
pub(crate) async fn open_local(home: &Home, folder: &Path, options: &OpenOptions) -> Result<OpenStore> {
    let local = home.embedded.start(folder).await?;
    let mut opening = S3Opening::new(local.location, Some(local.keys));
    opening.provider = "local".into();
    let mut open = open(opening, options).await?;
    open.identity = names::folder_identity("local", &real_path(folder).await?);
    open.location = super::local_title(folder);
    let PlaceNames { provider, is_folder, .. } = names::folder_names(folder);
    open.names = PlaceNames { provider, is_folder, host: String::new(), ..open.names };
    Ok(open)
}

/// Checksum headers only where a probe saw wrong ones refused: several providers choke on them.
fn checksums(probe: Option<&ProbeReport>) -> ChecksumMode {
    match probe.is_some_and(|report| report.checksum_header == Integrity::Verified) {
        true => ChecksumMode::Sha256,
        false => ChecksumMode::WhenRequired,
    }
}

pub(super) async fn keys_for_profile(home: &Home, name: &ProfileName, place: &S3Place) -> Result<Option<StaticKeys>> {
    let Some(key) = place.access_key_id() else { return Ok(None) };
    let id = SecretId::new(name.as_str(), key);
    match home.secrets.get(&id).await? {
        Some(keys) => Ok(Some(keys)),
        None => Err(no_secret(&id)),
    }
}

/// A URL with a key but no secret means a key of a profile, whose secret is in the keychain.
pub(super) async fn keys_for_url(
    home: &Home,
    location: &S3Location,
    inline: Option<InlineKeys>,
) -> Result<Option<StaticKeys>> {
    if let Some(InlineKeys { secret, token }) = inline {
        return Ok(Some(StaticKeys { secret, token }));
    }
    let CredentialSource::Key(key) = &location.credentials else { return Ok(None) };
    for (name, profile) in home.load_profiles().await?.iter() {
        if let crate::profiles::Place::S3(place) = &profile.place
            && place.access_key_id() == Some(key)
            && let Some(keys) = home.secrets.get(&SecretId::new(name.as_str(), key)).await?
        {
            return Ok(Some(keys));
        }
    }
    Err(no_secret(&SecretId::new("--store", key)))
}
