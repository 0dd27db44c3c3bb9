//! Becoming one of the devices that share a history, and showing the secret to the next one.

use std::sync::Arc;

use holdfast_backup::own::HISTORY;
use holdfast_crypto::{HishtorySecret, UserKeys, UserSecret};
use holdfast_history::{BackendKind, backend::Reach, sync::When};
use holdfast_storage::{ListRequest, Secret};
use rand::{SeedableRng, rngs::StdRng};
use zeroize::Zeroizing;

use super::{
    Connected, HistorySettings, Where,
    connect::{Backend, at_place, at_server, open_place},
    keys, now, open,
    settings::without_secret,
    turn::{self, pull_with, push_with},
};
use crate::{
    App, AppError, ErrorCode, Home, PlaceRef, Result, connection, dto::history::HistoryJoined, profiles::ProfileName,
};

/// The profile that holds the keys of a bucket that was given as a URL.
const PROFILE: &str = "history";

/// What is asked of a computer that begins to share a history.
#[derive(Debug, Default)]
pub struct Join {
    /// Where.
    pub place: JoinPlace,
    /// The 24 words of a device that has the history.
    pub words: Option<Zeroizing<String>>,
    /// Whether nobody keeps this history there yet.
    pub first_device: bool,
}

/// Where a history is to be shared.
#[derive(Debug, Default)]
pub enum JoinPlace {
    /// Where the settings and the environment say.
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
    /// A hishtory server; the one that is set without an address.
    Http {
        /// Its address.
        server: Option<String>,
    },
    /// A bucket whose keys the environment or the AWS configuration has.
    Bucket {
        /// Its name.
        bucket: String,
        /// Its region.
        region: Option<String>,
        /// Its address.
        endpoint: Option<String>,
        /// Everything is kept below this.
        prefix: Option<String>,
    },
    /// Nowhere.
    Offline,
}

/// Makes this computer one of the devices that share a history. Nothing is kept when the place or the secret is wrong.
pub async fn join(app: &App, order: Join) -> Result<HistoryJoined> {
    let mut history = open(&app.home)?;
    let _turn = turn::take(app).await?;
    let settings = choose_place(&app.home, history.settings.clone(), order.place).await?;
    let place = match settings.place(|name| std::env::var(name).ok())? {
        Where::Offline => {
            save(&app.home, &settings)?;
            return Ok(joined_offline());
        }
        Where::Http { server } => return join_server(app, history, settings, &server, order.words).await,
        Where::Place(place) => place,
    };
    let (secret, new_secret) = choose_secret(&app.home, &place, order.words.as_ref(), order.first_device).await?;
    let keys = Arc::new(UserKeys::derive(&secret).map_err(AppError::internal)?);
    let user_id = keys.user_id().to_string();
    let mut connected = at_place(app, &settings, &place, keys).await?;
    if order.words.is_some() && !order.first_device {
        expect_others(&mut connected).await?;
    }
    let registered = connected.backend.as_dyn().register_device(now()).await;
    registered.map_err(|error| connected.words(error))?;
    keys::keep(&app.home, &secret).await?;
    save(&app.home, &settings)?;
    let received = pull_with(&mut history, &mut connected, Reach::Everything).await?.entries;
    let sent = push_with(&mut history, &mut connected, When::Now).await?.entries;
    let devices = match connected.backend.journal() {
        Some(journal) => journal.status().map_err(|error| connected.words(error.into()))?.devices.len() as u64,
        None => 0,
    };
    Ok(HistoryJoined {
        backend: BackendKind::S3.as_str().into(),
        location: connected.location,
        user_id: Some(user_id),
        new_secret,
        received,
        sent,
        devices,
    })
}

/// Begins to use an account at a hishtory server, with its secret or a new one.
async fn join_server(
    app: &App,
    mut history: super::History,
    settings: HistorySettings,
    server: &str,
    text: Option<super::Words>,
) -> Result<HistoryJoined> {
    let (secret, new_secret, typed) = match (text, keys::find_hishtory(&app.home).await?) {
        (Some(text), _) => {
            let text = Zeroizing::new(text.trim().to_owned());
            let wrong = |error| keys::words_wrong(&error, "standard input");
            (HishtorySecret::new(text.clone()).map_err(wrong)?, false, Some(text))
        }
        (None, Some(kept)) => (kept, false, None),
        (None, None) => {
            let made = UserSecret::generate(&mut StdRng::from_os_rng()).words().map_err(AppError::internal)?;
            (HishtorySecret::new(made.clone()).map_err(AppError::internal)?, true, Some(made))
        }
    };
    let mut connected = at_server(app, &settings, server, &secret)?;
    let registered = connected.backend.as_dyn().register_device(now()).await;
    registered.map_err(|error| connected.words(error))?;
    if let Some(text) = typed {
        keys::keep_hishtory(&app.home, &text).await?;
    }
    save(&app.home, &settings)?;
    let received = pull_with(&mut history, &mut connected, Reach::Everything).await?.entries;
    let sent = push_with(&mut history, &mut connected, When::Now).await?.entries;
    Ok(HistoryJoined {
        backend: BackendKind::Http.as_str().into(),
        location: connected.location,
        user_id: connected.user_id,
        new_secret,
        received,
        sent,
        devices: 0,
    })
}

fn joined_offline() -> HistoryJoined {
    HistoryJoined {
        backend: BackendKind::Offline.as_str().into(),
        location: "this computer only".into(),
        user_id: None,
        new_secret: false,
        received: 0,
        sent: 0,
        devices: 1,
    }
}

pub(super) async fn choose_place(
    home: &Home,
    mut settings: HistorySettings,
    place: JoinPlace,
) -> Result<HistorySettings> {
    match place {
        JoinPlace::AsSet => {}
        JoinPlace::Bucket { bucket, region, endpoint, prefix } => {
            let parts =
                [("s3-bucket", Some(bucket)), ("s3-region", region), ("s3-endpoint", endpoint), ("s3-prefix", prefix)];
            for (key, value) in parts {
                settings.set(key, value.as_deref().unwrap_or_default())?;
            }
            settings.set("backend", BackendKind::S3.as_str())?;
        }
        JoinPlace::Offline => settings.set("backend", BackendKind::Offline.as_str())?,
        JoinPlace::Http { server } => {
            settings.set("backend", BackendKind::Http.as_str())?;
            if let Some(server) = server {
                settings.set("server", &server)?;
            }
        }
        JoinPlace::Profile(name) => {
            settings.set("profile", &name)?;
            settings.set("backend", BackendKind::S3.as_str())?;
        }
        JoinPlace::Url { url, secret } => {
            match (secret.is_none(), holdfast_storage::StoreUrl::parse(&url)?) {
                (true, (holdfast_storage::StoreUrl::Folder(_), _)) => {
                    without_secret(&url)?;
                    settings.set("store", &url)?;
                }
                _ => {
                    let name = ProfileName::or_default(Some(PROFILE))?;
                    connection::put_profile(home, &name, &url, secret).await?;
                    connection::test_connection(home, &name).await?;
                    settings.set("profile", PROFILE)?;
                }
            }
            settings.set("backend", BackendKind::S3.as_str())?;
        }
    }
    Ok(settings)
}

pub(super) fn save(home: &Home, settings: &HistorySettings) -> Result<()> {
    home.history.update(|kept| {
        kept.settings = HistorySettings { begun: kept.settings.begun + 1, ..settings.clone() };
        Ok(())
    })
}

/// The secret to use, and whether it was made for this.
pub(super) async fn choose_secret(
    home: &Home,
    place: &PlaceRef,
    words: Option<&Zeroizing<String>>,
    first_device: bool,
) -> Result<(UserSecret, bool)> {
    let kept = keys::find(home).await?;
    match (words, kept) {
        (Some(words), kept) => {
            let typed = UserSecret::from_words(words).map_err(|error| keys::words_wrong(&error, "standard input"))?;
            match kept.filter(|kept| kept.expose() != typed.expose()) {
                Some(_) => Err(AppError::config(
                    ErrorCode::HistorySecretBad,
                    "this computer has another history secret already",
                    "nothing was changed; `holdfast sync reset --forget-secret` makes room for the other one (write \
                     down the words of the first before: `holdfast history key show`)",
                )),
                None => Ok((typed, false)),
            }
        }
        (None, Some(kept)) => Ok((kept, false)),
        (None, None) => {
            if !first_device && is_used(home, place).await? {
                return Err(AppError::config(
                    ErrorCode::HistoryOthers,
                    "somebody keeps a history here already",
                    "give its words with --secret-stdin (`holdfast history key show` on a device that has it), or \
                     begin a second one with --first-device",
                ));
            }
            Ok((UserSecret::generate(&mut StdRng::from_os_rng()), true))
        }
    }
}

/// Whether any history is at the place: one LIST.
async fn is_used(home: &Home, place: &PlaceRef) -> Result<bool> {
    let open = open_place(home, place).await?;
    let request = ListRequest { prefix: HISTORY.into(), max_keys: Some(1), ..ListRequest::default() };
    let listed = open.store.list(&request).await;
    let listed = listed.map_err(|error| AppError::from_storage(&error, &open.context(crate::error::Doing::List)))?;
    Ok(!listed.objects.is_empty())
}

async fn expect_others(connected: &mut Connected) -> Result<()> {
    let found = match &mut connected.backend {
        Backend::Journal(backend) => backend.journal_mut().expect_others().await,
        Backend::Http(_) | Backend::Offline(_) => Ok(()),
    };
    found.map_err(|error| connected.words(error.into()))
}

/// A place where this history was not the last time gets everything, and everything of it is read.
pub(super) fn begin_at(history: &mut super::History, connected: &Connected) -> Result<()> {
    const PLACE: &str = "place";
    let is_shared = !matches!(connected.backend, Backend::Offline(_));
    if is_shared && history.database.fact(PLACE)?.as_deref() != Some(&connected.identity) {
        holdfast_history::sync::forget(&mut history.database)?;
        history.database.queue_everything()?;
        history.database.set_fact(PLACE, &connected.identity)?;
    }
    Ok(())
}

/// The 24 words, for the eyes of the user only.
pub async fn key_words(home: &Home) -> Result<Zeroizing<String>> {
    keys::expect(home).await?.words().map_err(AppError::internal)
}
