//! From a profile's name or a store URL to a store that is ready for use.
//!
//! Layers, from the outside: prefix, retries, the limiter of a run, bandwidth, meter. The meter is innermost because
//! each attempt is billed. A secret in a URL is used for this store alone; it is neither kept nor shown.

mod folder;
mod gateway;
mod names;
mod s3;

use std::{path::Path, sync::Arc};

use holdfast_backup::limiter::Limiter;
use holdfast_storage::{
    Encryption, ObjectStore, StoreUrl,
    layer::Layered,
    memory::MemoryStore,
    meter::Meter,
    prefix::PrefixStore,
    price::{PriceList, price_list},
    probe::{Multipart, ProbeReport},
    retry::{RetryPolicy, RetryStore},
    s3::Account,
    throttle::{Lane, Throttle},
};

use crate::{
    Home, Result,
    error::{Context, Doing, PlaceNames},
    paths::with_tilde,
    prices::Prices,
    profiles::{Place, Profile, ProfileName},
};

pub use gateway::{GATEWAY_PROVIDER, KEY_VARIABLE};
pub(crate) use gateway::{key_for_profile as gateway_key, open as gateway_open};
pub(crate) use s3::{S3Opening, open as s3_open, open_local};

/// Which store.
#[derive(Debug, Clone, Copy)]
pub enum Target<'a> {
    /// A profile.
    Profile(&'a ProfileName),
    /// A store URL as it was typed. May hold a secret: never print it.
    Url(&'a str),
}

/// How a store is opened.
#[derive(Debug, Clone, Default)]
pub struct OpenOptions {
    /// Hears of every attempt, to slow a run down.
    pub limiter: Option<Arc<Limiter>>,
    /// Bandwidth limit in bytes per second; 0 for none.
    pub bytes_per_second: u64,
    /// Bandwidth that it shares with others.
    pub shared: Option<Arc<Throttle>>,
    /// How patiently requests are tried again.
    pub retry: RetryPolicy,
    /// A `file://` folder that is missing or empty is made a place. Set it where something is about to be written.
    pub make_folder: bool,
}

/// A store ready for use, and what is known about it.
#[derive(Debug, Clone)]
pub struct OpenStore {
    /// The store, below its prefix, with all layers.
    pub store: Arc<dyn ObjectStore>,
    /// The same without retries: for the probe.
    pub direct: Arc<dyn ObjectStore>,
    /// Counts every attempt.
    pub meter: Arc<Meter>,
    /// The connection, where the store is S3.
    pub account: Option<Account>,
    /// Bucket, where the store is S3.
    pub bucket: Option<String>,
    /// Everything is kept below this; empty, or with its `/`.
    pub prefix: String,
    /// Provider's id: one of the presets', `local` or `memory`.
    pub provider: String,
    /// What it charges.
    pub prices: PriceList,
    /// Stable id of the place without secrets, 32 hexadecimal digits: names index files.
    pub identity: String,
    /// For people: "my-bucket at Backblaze B2, eu-central-003".
    pub location: String,
    /// Names for messages.
    pub names: PlaceNames,
    /// Storage class of new objects.
    pub storage_class: Option<String>,
    /// Server-side encryption of new objects.
    pub encryption: Option<Encryption>,
    /// What the profile's last probe found.
    pub probe: Option<ProbeReport>,
}

impl OpenStore {
    /// With what a person really pays there.
    fn at(mut self, prices: &Prices, region: Option<&str>) -> Self {
        self.prices = prices.of(&self.provider, region);
        self
    }

    /// Whether an unfinished upload is listed only when its whole key is asked for, as MinIO does. The probe tells; where
    /// there was none, the provider, and a server that nobody knows may be one.
    pub fn lists_uploads_by_whole_key(&self) -> bool {
        uploads_by_whole_key(self.probe.as_ref().map_or(Multipart::Unknown, |report| report.multipart), &self.provider)
    }

    /// For turning an error of this store into words.
    pub fn context(&self, doing: Doing) -> Context {
        Context::new(doing, self.names.clone())
    }
}

/// Opens a store. S3 is not asked anything yet.
pub async fn open(home: &Home, target: Target<'_>, options: &OpenOptions) -> Result<OpenStore> {
    match target {
        Target::Profile(name) => {
            let profiles = home.load_profiles().await?;
            open_profile(home, name, profiles.expect(name)?, options).await
        }
        Target::Url(text) => match StoreUrl::parse(text)? {
            (StoreUrl::S3(location), inline) => {
                let (keys, prices) = (s3::keys_for_url(home, &location, inline).await?, home.prices_for_runs().await);
                let region = location.region.clone();
                let open = s3::open(S3Opening::new(location, keys), options).await?;
                Ok(open.at(&prices, region.as_deref()))
            }
            (StoreUrl::Gateway(location), inline) => {
                let key = match inline {
                    Some(keys) => keys.secret,
                    None => gateway::key_for_url(home, &location).await?,
                };
                gateway::open(&location, key, options)
            }
            (StoreUrl::Folder(path), _) => folder::open(&path, options).await,
            (StoreUrl::Memory, _) => Ok(open_memory(options)),
        },
    }
}

/// Opens the place of a profile that was read already.
pub async fn open_profile(
    home: &Home,
    name: &ProfileName,
    profile: &Profile,
    options: &OpenOptions,
) -> Result<OpenStore> {
    let mut open = match &profile.place {
        Place::S3(place) => {
            let keys = s3::keys_for_profile(home, name, place).await?;
            let prices = home.prices_for_runs().await;
            let mut opening = S3Opening::new(place.location()?, keys);
            opening.provider = place.provider_id().to_owned();
            opening.probe = profile.probe.clone();
            let region = opening.location.region.clone();
            s3::open(opening, options).await?.at(&prices, region.as_deref())
        }
        Place::Local(place) => s3::open_local(home, &place.folder, options).await?,
        Place::Gateway(place) => {
            gateway::open(&place.location()?, gateway::key_for_profile(home, name).await?, options)?
        }
    };
    open.probe = profile.probe.clone();
    Ok(open)
}

fn open_memory(options: &OpenOptions) -> OpenStore {
    let names = PlaceNames { provider: "this computer's memory".into(), ..PlaceNames::default() };
    let bare = Arc::new(MemoryStore::new());
    assemble(bare, "", options, "memory", names, names::identity(&["memory"]), "this computer's memory".into())
}

/// What people call a place: "my-bucket at Backblaze B2, eu-central-003". A hand-edited one that is none has the name
/// of its bucket or its address.
pub fn title(place: &Place) -> String {
    match place {
        Place::Local(place) => local_title(&place.folder),
        Place::Gateway(place) => place.location().map_or_else(|_| place.url.clone(), |at| gateway::words(&at)),
        Place::S3(place) => match place.location() {
            Ok(location) => names::s3_location(&location, &names::s3_names(&location, place.provider_id())),
            Err(_) => place.bucket.clone(),
        },
    }
}

fn local_title(folder: &Path) -> String {
    format!("this computer, {}", with_tilde(folder))
}

/// Puts the layers around a bare store.
fn assemble(
    bare: Arc<dyn ObjectStore>,
    prefix: &str,
    options: &OpenOptions,
    provider: &str,
    names: PlaceNames,
    identity: String,
    location: String,
) -> OpenStore {
    let meter = Meter::new();
    let shared = options.shared.clone().unwrap_or_else(|| Throttle::new(0));
    let metered = Layered::wrap(bare, meter.clone());
    let direct = PrefixStore::wrap(metered.clone(), prefix);
    let throttled = Layered::wrap(metered, Lane::new(options.bytes_per_second, shared));
    let limited = match &options.limiter {
        Some(limiter) => Layered::wrap(throttled, limiter.clone()),
        None => throttled,
    };
    let store = PrefixStore::wrap(RetryStore::wrap(limited, options.retry), prefix);
    OpenStore {
        store,
        direct,
        meter,
        account: None,
        bucket: None,
        prefix: prefix.to_owned(),
        provider: provider.to_owned(),
        prices: price_list(provider),
        identity,
        location,
        names,
        storage_class: None,
        encryption: None,
        probe: None,
    }
}

fn uploads_by_whole_key(probed: Multipart, provider: &str) -> bool {
    match probed {
        Multipart::NotListed => true,
        Multipart::Works | Multipart::Unsupported => false,
        Multipart::Unknown => matches!(provider, "minio" | "other"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_probe_tells_how_uploads_are_listed_and_without_one_the_provider() {
        for (probed, provider, want) in [
            (Multipart::NotListed, "aws", true),
            (Multipart::Works, "minio", false),
            (Multipart::Unsupported, "other", false),
            (Multipart::Unknown, "minio", true),
            (Multipart::Unknown, "other", true),
            (Multipart::Unknown, "aws", false),
            (Multipart::Unknown, "local", false),
        ] {
            assert_eq!(uploads_by_whole_key(probed, provider), want, "{probed:?} {provider}");
        }
    }
}
