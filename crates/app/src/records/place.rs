//! From settings to a vault that is open.

use std::{path::PathBuf, sync::Arc};

use holdfast_backup::own::RECORDS;
use holdfast_crypto::vault::DeviceKeys;
use holdfast_journal::Creates;
use holdfast_records::{Opening, Settings, Vault, latest_keyring};
use holdfast_storage::{
    ObjectStore, Secret, StoreUrl, StoreUrlError, meter::Meter, prefix::PrefixStore, price::PriceList,
};
use rand::{SeedableRng, rngs::StdRng};

use super::{
    RecordsSettings,
    keys::{self, Kept},
    now,
    settings::not_set_up,
    shared::{Elsewhere, Shared},
    turn::{Turn, Turns},
};
use crate::{
    App, AppError, ErrorCode, Home, PlaceRef, Result, connection,
    error::{Context, Doing},
    profiles::{Place, ProfileName},
    stores::{self, OpenOptions, OpenStore, S3Opening, Target},
};

/// The profile that holds the keys of a bucket that was given as a URL.
const PROFILE: &str = "records";

/// Where a vault is to lie.
#[derive(Debug, Default)]
pub enum VaultPlace {
    /// Where the settings say.
    #[default]
    AsSet,
    /// A profile.
    Profile(String),
    /// A store URL. A secret in it goes to the keychain.
    Url {
        /// The URL as it was typed.
        url: String,
        /// The secret access key, when it is not in the URL.
        secret: Option<Secret>,
    },
    /// A bucket on this computer.
    ThisComputer,
}

/// A vault that is open for as long as this value lives. Other processes may have it open, too: one of them saves at a time,
/// and one exchanges with the place.
pub struct Unlocked {
    /// The vault.
    pub vault: Vault,
    /// For people: where it lies.
    pub location: String,
    /// What is known of this computer's vault.
    pub settings: RecordsSettings,
    pub(super) meter: Arc<Meter>,
    pub(super) prices: PriceList,
    pub(super) context: Context,
    pub(super) turns: Turns,
    pub(super) home: Home,
    /// The own place, where others may have their vaults, too.
    pub(super) here: Elsewhere,
    /// By which the other computers know this one.
    pub(super) device_keys: Option<Arc<DeviceKeys>>,
    /// The keyring that is kept; the vault may have gone on to another.
    pub(super) kept_generation: u16,
    /// What others gave, the best grant of a member first.
    pub(super) shared: Vec<Shared>,
}

impl std::fmt::Debug for Unlocked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Unlocked").field("location", &self.location).finish_non_exhaustive()
    }
}

impl Unlocked {
    /// Takes in what other processes of this computer did since it was opened.
    pub fn refresh(&mut self) -> Result<()> {
        self.vault.refresh(now()).map_err(|error| self.say(error))
    }

    /// Keeps a keyring that the vault went on to.
    pub(super) async fn keep_keyring(&mut self) -> Result<()> {
        let keyring = self.vault.keyring().clone();
        if keyring.generation() != self.kept_generation {
            keys::renew(&self.home, &keyring, self.device_keys.as_deref()).await?;
            self.kept_generation = keyring.generation();
        }
        Ok(())
    }

    /// Lets the vault have this computer's own keys. A vault that was begun without them gets some.
    async fn use_device_keys(&mut self, device: Option<Arc<DeviceKeys>>) -> Result<()> {
        self.device_keys = device;
        if self.device_keys.is_none() && keys::from_environment().is_none() {
            let _turn = self.turns.save()?;
            let known = keys::find(&self.home).await?.and_then(|kept| kept.device);
            self.device_keys = Some(match known {
                Some(known) => known,
                None => {
                    let made = new_device_keys(self.vault.device())?;
                    keys::keep(&self.home, self.vault.keyring(), Some(&made)).await?;
                    made
                }
            });
        }
        if let Some(keys) = &self.device_keys {
            self.vault.use_device_keys(keys.clone());
        }
        Ok(())
    }

    /// Waits until no other process saves, and takes in what others saved.
    pub(super) fn begin_to_save(&mut self) -> Result<Turn> {
        let turn = self.turns.save()?;
        self.refresh()?;
        Ok(turn)
    }

    /// As [`Self::begin_to_save`], to change what a member has.
    ///
    /// # Errors
    /// `records_read_only`, `records_ended` where that is somebody else's.
    pub(super) fn begin_to_change(&mut self, member: holdfast_records::Uuid) -> Result<Turn> {
        let turn = self.begin_to_save()?;
        if self.grant_of(member).is_some() {
            self.of_mut(member).refresh(now())?;
        }
        self.expect_writable(member)?;
        Ok(turn)
    }

    /// Says what the vault reported.
    pub fn say(&self, error: holdfast_records::Error) -> AppError {
        super::words::say(error, &self.context)
    }
}

/// Whether somebody locked the vault on this computer.
///
/// # Errors
/// `records_not_set_up`.
pub fn is_locked(app: &App) -> Result<bool> {
    let settings = app.home.records.load()?.settings;
    settings.expect_place()?;
    Ok(settings.locked)
}

/// Opens the vault of this computer. Makes no request to the place.
///
/// # Errors
/// `records_not_set_up`, `records_locked`, `records_unconfirmed`.
pub async fn unlocked(app: &App) -> Result<Unlocked> {
    let settings = app.home.records.load()?.settings;
    let place = settings.expect_place()?;
    let user = settings.user_id.clone().ok_or_else(not_set_up)?;
    if settings.code_checked.is_none() {
        return Err(unconfirmed());
    }
    if settings.locked {
        return Err(keys::locked());
    }
    let kept = keys::expect(&app.home).await?;
    if kept.user() != user {
        return Err(keys::other_keyring());
    }
    let (generation, device) = (kept.keyring.generation(), kept.device.clone());
    let ready = opening(app, &settings, &place, kept).await?;
    let open = |opening| Vault::open(opening, now());
    let mut open = ready.open(settings, open)?;
    open.kept_generation = generation;
    open.use_device_keys(device).await?;
    open.open_accepted().await;
    Ok(open)
}

/// Keys for a computer whose vault has this id for it.
pub(super) fn new_device_keys(device: holdfast_records::Uuid) -> Result<Arc<DeviceKeys>> {
    let made = DeviceKeys::generate(device.into_bytes(), &mut StdRng::from_os_rng());
    made.map(Arc::new).map_err(AppError::internal)
}

pub(super) fn unconfirmed() -> AppError {
    AppError::config(
        ErrorCode::RecordsUnconfirmed,
        "the recovery code was not typed back yet",
        "`holdfast records recovery-code check` takes it; `holdfast records recovery-code change` makes another one",
    )
}

/// A place, and everything that opening a vault in it takes.
pub(super) struct Ready {
    pub(super) opening: Opening,
    pub(super) open: OpenStore,
    pub(super) store: Arc<dyn ObjectStore>,
    turns: Turns,
    home: Home,
}

impl Ready {
    pub(super) fn context(&self) -> Context {
        self.open.context(Doing::Connect)
    }

    fn open(
        self,
        settings: RecordsSettings,
        open: impl FnOnce(Opening) -> holdfast_records::Result<Vault>,
    ) -> Result<Unlocked> {
        let context = self.context();
        let here = Elsewhere::of(&self.open);
        let vault = open(self.opening).map_err(|error| super::words::say(error, &context))?;
        Ok(Unlocked {
            kept_generation: vault.keyring().generation(),
            vault,
            location: self.open.location,
            settings,
            meter: self.open.meter,
            prices: self.open.prices,
            context,
            turns: self.turns,
            home: self.home,
            here,
            device_keys: None,
            shared: Vec::new(),
        })
    }
}

/// The folder of this computer for a user's vault in a place.
pub(super) fn folder_of(home: &Home, open: &OpenStore, user: &str) -> PathBuf {
    home.paths.records().join(format!("{}-{user}", open.identity))
}

pub(super) async fn opening(app: &App, settings: &RecordsSettings, place: &PlaceRef, kept: Kept) -> Result<Ready> {
    let open = open_place(&app.home, place).await?;
    let store = PrefixStore::wrap(open.store.clone(), RECORDS);
    let folder = folder_of(&app.home, &open, &kept.user());
    std::fs::create_dir_all(&folder)
        .map_err(|error| AppError::io("making the folder of the family records", &folder, &error))?;
    let keyring = match &kept.device {
        Some(device) => latest_keyring(&folder, kept.keyring, device)?,
        None => kept.keyring,
    };
    let opening = Opening {
        place: store.clone(),
        keyring,
        folder,
        settings: how(&app.home, settings, creates_of(&open)),
        random: [Box::new(StdRng::from_os_rng()), Box::new(StdRng::from_os_rng())],
    };
    Ok(Ready { opening, open, store, turns: Turns::of(&app.home), home: app.home.clone() })
}

/// What a place is known to do when an object is to be created.
pub(super) fn creates_of(open: &OpenStore) -> Creates {
    open.probe.as_ref().map_or(Creates::NotHonoured, |report| report.conditional_create.into())
}

/// How this computer works with a vault in a place.
pub(super) fn how(home: &Home, settings: &RecordsSettings, creates: Creates) -> Settings {
    let name = home.settings.load().map(|kept| kept.settings.device_name).unwrap_or_default();
    let name = if name.is_empty() { crate::devices::system_name() } else { name };
    let author = settings.author.clone().unwrap_or_else(|| author_of_system(&name));
    Settings { journal: holdfast_journal::Settings::new(name, creates), author }
}

fn author_of_system(device: &str) -> String {
    let named = ["USER", "USERNAME"].iter().find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    named.unwrap_or_else(|| device.to_owned())
}

/// Opens a place as records use it.
pub(super) async fn open_place(home: &Home, place: &PlaceRef) -> Result<OpenStore> {
    stores_open(home, place, &OpenOptions { make_folder: true, ..OpenOptions::default() }).await
}

pub(super) async fn stores_open(home: &Home, place: &PlaceRef, options: &OpenOptions) -> Result<OpenStore> {
    match place {
        PlaceRef::Url(url) => stores::open(home, Target::Url(url), options).await,
        PlaceRef::Profile(name) => {
            let name = ProfileName::or_default(name.as_deref())?;
            stores::open(home, Target::Profile(&name), options).await
        }
    }
}

/// Whether a folder that is not there yet is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    /// It becomes a place.
    Made,
    /// It is an error.
    Refused,
}

/// Opens a place that somebody chose, without keeping anything of it in the settings.
pub(super) async fn open_chosen(
    home: &Home,
    settings: &RecordsSettings,
    chosen: &VaultPlace,
    missing: Missing,
) -> Result<OpenStore> {
    let options = OpenOptions { make_folder: missing == Missing::Made, ..OpenOptions::default() };
    if matches!(chosen, VaultPlace::ThisComputer) && missing == Missing::Made {
        home.embedded.make(&home.paths.local_place).await?;
    }
    match chosen {
        VaultPlace::AsSet => stores_open(home, &settings.expect_place()?, &options).await,
        VaultPlace::Profile(name) => stores_open(home, &PlaceRef::Profile(Some(name.clone())), &options).await,
        VaultPlace::ThisComputer => stores::open_local(home, &home.paths.local_place, &options).await,
        VaultPlace::Url { url, secret } => match connection::place_of_url(url, secret.clone())? {
            (Place::S3(place), keys) => stores::s3_open(S3Opening::new(place.location()?, keys), &options).await,
            (Place::Gateway(place), keys) => {
                let key = keys.ok_or(StoreUrlError::BadValue { name: "api_key" })?.secret;
                stores::gateway_open(&place.location()?, key, &options)
            }
            (Place::Local(_), _) => stores_open(home, &PlaceRef::Url(url.clone()), &options).await,
        },
    }
}

/// The settings with a place that somebody chose, which has been reached where it is a bucket.
pub(super) async fn keep_chosen(
    home: &Home,
    mut settings: RecordsSettings,
    chosen: VaultPlace,
) -> Result<RecordsSettings> {
    match chosen {
        VaultPlace::AsSet => {}
        VaultPlace::Profile(name) => {
            ProfileName::or_default(Some(&name))?;
            (settings.profile, settings.store) = (Some(name), None);
        }
        VaultPlace::ThisComputer => {
            connection::use_this_computer(home, None, &ProfileName::or_default(Some(PROFILE))?).await?;
            (settings.profile, settings.store) = (Some(PROFILE.into()), None);
        }
        VaultPlace::Url { url, secret } => match StoreUrl::parse(&url)? {
            (StoreUrl::Folder(_), _) => (settings.store, settings.profile) = (Some(url), None),
            _ => {
                let name = ProfileName::or_default(Some(PROFILE))?;
                connection::put_profile(home, &name, &url, secret).await?;
                connection::test_connection(home, &name).await?;
                (settings.profile, settings.store) = (Some(PROFILE.into()), None);
            }
        },
    }
    Ok(settings)
}
