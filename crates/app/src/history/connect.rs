//! From settings to a backend that is ready for use.

use std::{sync::Arc, time::Duration};

use holdfast_backup::own::HISTORY;
use holdfast_crypto::{HishtorySecret, UserKeys};
use holdfast_history::{
    BackendKind, SyncBackend,
    backend::{
        JournalBackend, Offline,
        http::{HttpBackend, HttpSettings},
    },
    sync::{Pulled, Pushed},
};
use holdfast_journal::{Creates, Journal, MINUTE, Settings, State, Uuid, plan::Due, segment::Packing};
use holdfast_storage::{meter::Meter, prefix::PrefixStore, price::PriceList, retry::RetryPolicy};
use rand::{SeedableRng, rngs::StdRng};

use super::{HistorySettings, Where, keys, now};
use crate::{
    App, AppError, Home, PlaceRef, Result,
    dto::history::HistorySynced,
    error::{Context, Doing},
    profiles::ProfileName,
    stores::{self, OpenOptions, OpenStore, Target},
};

/// A backend, and what is known of its place.
pub struct Connected {
    /// The backend.
    pub backend: Backend,
    /// For people: "my-bucket at Backblaze B2, eu-central-003".
    pub location: String,
    /// Counts every request, where the place is a bucket.
    pub meter: Option<Arc<Meter>>,
    /// What the place charges.
    pub prices: Option<PriceList>,
    /// The user's public id, where there is a log.
    pub user_id: Option<String>,
    /// Names the place, without secrets.
    pub(super) identity: String,
    pub(super) place: Option<PlaceRef>,
    pub(super) context: Context,
}

/// The backends, for those who ask for more than every backend has.
pub enum Backend {
    /// A bucket or folder.
    Journal(Box<JournalBackend>),
    /// A hishtory server.
    Http(Box<HttpBackend>),
    /// None.
    Offline(Offline),
}

impl Backend {
    /// As every backend is used.
    pub fn as_dyn(&mut self) -> &mut dyn SyncBackend {
        match self {
            Self::Journal(backend) => &mut **backend,
            Self::Http(backend) => &mut **backend,
            Self::Offline(backend) => backend,
        }
    }

    /// The journal, for what not every backend has.
    pub fn journal_mut(&mut self) -> Option<&mut Journal> {
        match self {
            Self::Journal(backend) => Some(backend.journal_mut()),
            Self::Http(_) | Self::Offline(_) => None,
        }
    }

    /// The journal, where there is one.
    pub fn journal(&self) -> Option<&Journal> {
        match self {
            Self::Journal(backend) => Some(backend.journal()),
            Self::Http(_) | Self::Offline(_) => None,
        }
    }
}

impl std::fmt::Debug for Connected {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connected").field("location", &self.location).finish_non_exhaustive()
    }
}

impl Connected {
    /// Says what the backend reported.
    pub fn words(&self, error: holdfast_history::Error) -> AppError {
        super::words::say(error, &self.context)
    }

    /// Whether the backend holds something that was not sent yet.
    pub(super) fn has_unsent(&self) -> Result<bool> {
        let Some(journal) = self.backend.journal() else { return Ok(false) };
        let due = journal.due(now().as_millis()).map_err(|error| self.words(error.into()))?;
        Ok(due != Due::Nothing)
    }

    /// What an exchange over this connection did, and what it cost.
    pub fn synced(&self, pulled: Pulled, pushed: Pushed) -> HistorySynced {
        let tally = self.meter.as_ref().map(|meter| meter.tally()).unwrap_or_default();
        let cost_usd = self.prices.as_ref().map_or(0.0, |prices| prices.total(&tally));
        HistorySynced { requests: tally.total(), cost_usd, ..HistorySynced::of(pulled, pushed) }
    }

    /// Which backend.
    pub fn kind(&mut self) -> BackendKind {
        self.backend.as_dyn().kind()
    }
}

/// Opens the backend with the user's secret. Makes no request.
pub async fn connect(app: &App, settings: &HistorySettings) -> Result<Connected> {
    match settings.place(|name| std::env::var(name).ok())? {
        Where::Offline => Ok(offline(&app.home)?),
        Where::Http { server } => at_server(app, settings, &server, &keys::expect_hishtory(&app.home).await?),
        Where::Place(place) => {
            let secret = keys::expect(&app.home).await?;
            let keys = UserKeys::derive(&secret).map_err(AppError::internal)?;
            at_place(app, settings, &place, Arc::new(keys)).await
        }
    }
}

/// Opens the account at a hishtory server.
pub(super) fn at_server(
    app: &App,
    settings: &HistorySettings,
    server: &str,
    secret: &HishtorySecret,
) -> Result<Connected> {
    let mut http = HttpSettings::new(server, device(&app.home)?);
    http.allow_http = settings.allow_http.unwrap_or(false);
    http.attempts = retries().attempts;
    if let Some(limit) = exchange_limit() {
        http.timeout = limit;
    }
    let database = super::open(&app.home)?.database;
    let backend = HttpBackend::new(http, secret, database, Box::new(StdRng::from_os_rng()))?;
    Ok(Connected {
        location: format!("the hishtory server {}", crate::error::shown(server)),
        user_id: Some(backend.user_id().to_owned()),
        identity: format!("{server} {}", backend.user_id()),
        backend: Backend::Http(Box::new(backend)),
        meter: None,
        prices: None,
        place: None,
        context: Context::default(),
    })
}

/// What the environment says of how long an exchange may take.
pub(super) fn exchange_limit() -> Option<Duration> {
    let text = std::env::var("HOLDFAST_SYNC_TIMEOUT").ok()?;
    text.trim_end_matches('s').parse().ok().map(Duration::from_secs)
}

fn offline(home: &Home) -> Result<Connected> {
    Ok(Connected {
        backend: Backend::Offline(Offline::new(device(home)?)),
        location: "this computer only".into(),
        meter: None,
        prices: None,
        user_id: None,
        identity: String::new(),
        place: None,
        context: Context::default(),
    })
}

/// The id under which this computer is known, until another one is found to use it too.
pub(super) fn device(home: &Home) -> Result<Uuid> {
    Uuid::parse_str(&crate::devices::device_id(&home.paths.data)?).map_err(AppError::internal)
}

/// Opens the log at a place.
pub(super) async fn at_place(
    app: &App,
    settings: &HistorySettings,
    place: &PlaceRef,
    keys: Arc<UserKeys>,
) -> Result<Connected> {
    let open = open_place(&app.home, place).await?;
    let user_id = keys.user_id().to_string();
    let folder = app.home.paths.history().join("journals");
    std::fs::create_dir_all(&folder)
        .map_err(|error| AppError::io("making the folder of the history", &folder, &error))?;
    let path = folder.join(format!("{}.db", open.identity));
    let context = open.context(Doing::Connect);
    let opened = State::open(&path).and_then(|state| {
        let store = PrefixStore::wrap(open.store.clone(), HISTORY);
        let random = Box::new(StdRng::from_os_rng());
        Journal::open(state, store, keys, journal_settings(&app.home, settings, &open)?, random, now().as_millis())
    });
    let journal = opened.map_err(|error| super::words::say(error.into(), &context))?;
    Ok(Connected {
        backend: Backend::Journal(Box::new(JournalBackend::new(journal))),
        location: open.location,
        meter: Some(open.meter),
        prices: Some(open.prices),
        user_id: Some(user_id),
        identity: open.identity,
        place: Some(place.clone()),
        context,
    })
}

/// Opens a place as history uses it.
pub(super) async fn open_place(home: &Home, place: &PlaceRef) -> Result<OpenStore> {
    let options = OpenOptions { make_folder: true, retry: retries(), ..OpenOptions::default() };
    match place {
        PlaceRef::Url(url) => stores::open(home, Target::Url(url), &options).await,
        PlaceRef::Profile(name) => {
            let name = ProfileName::or_default(name.as_deref())?;
            stores::open(home, Target::Profile(&name), &options).await
        }
    }
}

fn retries() -> RetryPolicy {
    let usual = RetryPolicy::default();
    let retries = std::env::var("HOLDFAST_MAX_RETRIES").ok().and_then(|text| text.parse::<u32>().ok());
    RetryPolicy { attempts: retries.map_or(usual.attempts, |retries| retries.saturating_add(1)), ..usual }
}

/// What a person set, in the journal's terms.
pub(super) fn journal_settings(
    home: &Home,
    settings: &HistorySettings,
    open: &OpenStore,
) -> Result<Settings, holdfast_journal::Error> {
    let creates = open.probe.as_ref().map_or(Creates::NotHonoured, |report| report.conditional_create.into());
    let name = home.settings.load().map(|kept| kept.settings.device_name).unwrap_or_default();
    let name = if name.is_empty() { crate::devices::system_name() } else { name };
    let mut made = Settings::new(name, creates);
    made.first_id = device(home).ok();
    if std::env::var("HOLDFAST_COMPRESSION").is_ok_and(|value| matches!(value.as_str(), "false" | "0" | "off")) {
        made.packing = Packing::Least;
    }
    if let Some(days) = settings.retention_days {
        made.retention = i64::from(days) * holdfast_journal::DAY;
    }
    if let Some(minutes) = settings.flush_minutes {
        made.batch.max_age = i64::from(minutes) * MINUTE;
    }
    if let Some(entries) = settings.flush_entries {
        made.batch.max_records = u64::from(entries);
    }
    Ok(made)
}
