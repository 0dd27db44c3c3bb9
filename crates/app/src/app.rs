//! Holdfast as a front end holds it: one value with everything that a window or a command line asks for.

use std::{
    path::{Path, PathBuf},
    sync::OnceLock,
    time::Duration,
};

use crate::{
    Home, Result,
    agent::{LiveSets, Tuning},
    bandwidth::SharedBandwidth,
    connection::{self, Candidate},
    disk,
    dto::{
        config::{BucketView, ConnectionTest, S3ConfigView},
        run::SuggestedFolder,
    },
    error::Doing,
    operations::{Running, Session, Speed},
    profiles::ProfileName,
    run_log::RunLog,
    stores::{self, OpenOptions, Target},
};

/// How long a closed window waits for its operations.
const CLOSING: Duration = Duration::from_secs(5);

/// Which place an operation works with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlaceRef {
    /// A profile; the default one when no name is given.
    Profile(Option<String>),
    /// A store URL as it was typed. May hold a secret: never print it.
    Url(String),
}

/// One Holdfast in one process.
#[derive(Debug)]
pub struct App {
    /// Settings, keychain, embedded buckets.
    pub home: Home,
    /// Operations under way.
    pub running: Running,
    /// What sets are doing.
    pub live: LiveSets,
    /// The bandwidth that all operations share.
    pub bandwidth: SharedBandwidth,
    /// How patiently sets are looked after.
    pub tuning: Tuning,
    /// The history that the window searches.
    pub history_page: crate::history::window::Resident,
    /// Whether the window shows the family records.
    pub records_page: crate::records_page::Curtain,
    log: OnceLock<RunLog>,
}

impl App {
    /// The person's own settings and keychain.
    pub fn of_system() -> Result<Self> {
        Ok(Self::new(Home::of_system()?))
    }

    /// With settings and keychain handed in.
    pub fn new(home: Home) -> Self {
        Self::tuned(home, Tuning::default())
    }

    /// The same, looking after sets in another way than the usual one.
    pub fn tuned(home: Home, tuning: Tuning) -> Self {
        Self {
            home,
            running: Running::default(),
            live: LiveSets::default(),
            bandwidth: SharedBandwidth::default(),
            tuning,
            history_page: Default::default(),
            records_page: Default::default(),
            log: OnceLock::new(),
        }
    }

    /// The run log, opened on first use.
    pub fn log(&self) -> Result<&RunLog> {
        match self.log.get() {
            Some(log) => Ok(log),
            None => {
                let opened = RunLog::open(&self.home.paths.run_log())?;
                Ok(self.log.get_or_init(|| opened))
            }
        }
    }

    /// Opens a place for one operation, which shares the bandwidth of the settings with all others.
    pub async fn open(&self, place: &PlaceRef, speed: Speed) -> Result<Session> {
        self.follow_bandwidth();
        let limiter = speed.limiter();
        let options = OpenOptions {
            limiter: Some(limiter.clone()),
            bytes_per_second: speed.bytes_per_second,
            shared: Some(self.bandwidth.throttle()),
            make_folder: true,
            ..OpenOptions::default()
        };
        let open = match place {
            PlaceRef::Profile(name) => {
                let name = ProfileName::or_default(name.as_deref())?;
                stores::open(&self.home, Target::Profile(&name), &options).await?
            }
            PlaceRef::Url(url) => stores::open(&self.home, Target::Url(url), &options).await?,
        };
        Ok(Session {
            context: open.context(Doing::Connect),
            uploads_by_whole_key: open.lists_uploads_by_whole_key(),
            location: open.location,
            store: open.store,
            meter: open.meter,
            limiter,
            prices: open.prices.in_class(&open.provider, open.storage_class.as_deref()),
            provider: open.provider,
            identity: open.identity,
            storage_class: open.storage_class,
            encryption: open.encryption,
            state_dir: self.home.paths.data.clone(),
        })
    }

    /// Opens a profile with the usual speed.
    pub async fn session(&self, profile: Option<&str>) -> Result<Session> {
        self.open(&PlaceRef::Profile(profile.map(str::to_owned)), Speed::default()).await
    }

    /// Sets a place up: validates, connects, saves. Saves nothing when the connection fails.
    pub async fn configure(&self, candidate: &Candidate) -> Result<()> {
        connection::configure(&self.home, candidate).await
    }

    /// Tests a place without saving it.
    pub async fn try_candidate(&self, candidate: &Candidate) -> ConnectionTest {
        connection::try_connection(&self.home, candidate).await
    }

    /// Keeps copies in a folder of this computer, behind the embedded bucket.
    pub async fn use_this_computer(&self, profile: Option<&str>, folder: Option<PathBuf>) -> Result<S3ConfigView> {
        connection::use_this_computer(&self.home, folder, &ProfileName::or_default(profile)?).await
    }

    /// How a profile is set up; never its secret.
    pub async fn config(&self, profile: Option<&str>) -> Result<S3ConfigView> {
        connection::config_view(&self.home, &ProfileName::or_default(profile)?).await
    }

    /// Tests a profile and remembers what was found.
    pub async fn test(&self, profile: Option<&str>) -> Result<ConnectionTest> {
        connection::test_connection(&self.home, &ProfileName::or_default(profile)?).await
    }

    /// The buckets of a place's account.
    pub async fn buckets(&self, place: &PlaceRef) -> Result<Vec<BucketView>> {
        match place {
            PlaceRef::Url(url) => connection::list_buckets(&self.home, Target::Url(url)).await,
            PlaceRef::Profile(name) => {
                let name = ProfileName::or_default(name.as_deref())?;
                connection::list_buckets(&self.home, Target::Profile(&name)).await
            }
        }
    }

    /// Ends what runs in the background when the window is closed. Operations get a moment to write down what they did.
    pub async fn close(&self) {
        self.running.cancel_all();
        let _in_time = tokio::time::timeout(CLOSING, self.running.all_ended()).await;
        self.shut_down().await;
    }

    /// Ends what runs in the background: operations are cancelled, embedded buckets finish what they are asked.
    pub async fn shut_down(&self) {
        self.running.cancel_all();
        self.home.embedded.stop().await;
    }
}

/// Folders that people often back up and that are there. One whose disk does not answer is left out.
pub async fn suggested_folders() -> Vec<SuggestedFolder> {
    let known = [
        ("Documents", dirs::document_dir()),
        ("Pictures", dirs::picture_dir()),
        ("Desktop", dirs::desktop_dir()),
        ("Music", dirs::audio_dir()),
        ("Videos", dirs::video_dir()),
    ];
    suggested(known, dirs::home_dir().as_deref()).await
}

/// Where the system does not say which folder is which, those of the usual names count.
async fn suggested<const N: usize>(known: [(&str, Option<PathBuf>); N], home: Option<&Path>) -> Vec<SuggestedFolder> {
    let found = known.into_iter().map(async |(name, path)| {
        let path = path.or_else(|| Some(home?.join(name))).filter(|path| Some(path.as_path()) != home)?;
        disk::identity(&path).await.ok()??;
        let asked = path.clone();
        let is_there = disk::on_disk(&path, move || Ok(asked.is_dir())).await;
        let view = || SuggestedFolder { path: path.display().to_string(), name: name.into() };
        is_there.unwrap_or_default().then(view)
    });
    futures::future::join_all(found).await.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn folders_are_suggested_where_the_system_names_none() {
        let home = tempfile::tempdir().expect("a folder");
        for name in ["Documents", "Pictures", "Elsewhere"] {
            std::fs::create_dir(home.path().join(name)).expect("a folder");
        }
        let names = async |known: [(&str, Option<PathBuf>); 3]| -> Vec<String> {
            suggested(known, Some(home.path())).await.into_iter().map(|found| found.name).collect()
        };
        assert_eq!(names([("Documents", None), ("Pictures", None), ("Music", None)]).await, ["Documents", "Pictures"]);
        let told = [
            ("Documents", Some(home.path().join("Elsewhere"))),
            ("Pictures", Some("/nowhere".into())),
            ("Music", Some(home.path().to_owned())),
        ];
        assert_eq!(names(told).await, ["Documents"], "what the system names counts, and never the whole home folder");
        assert_eq!(suggested([("Documents", None)], None).await, []);
    }
}
