//! `client.yaml`: what an agent without a window looks after. Unknown fields are errors, `${NAME}` in a value comes from
//! the environment, relative paths begin at the file's own folder. No message quotes a value of the file.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use holdfast_backup::{filter::Filter, watch::Rules};
use holdfast_storage::{GatewayLocation, Prefix, Secret, StoreUrl};
use serde::{Deserialize, Deserializer};

use crate::{AppError, ErrorCode, Result, agent::Tuning, error::shown};

/// A checked configuration.
#[derive(Debug)]
pub struct AgentConfig {
    /// Where copies go.
    pub server: Server,
    /// The database; the agent's other files lie beside it.
    pub database: PathBuf,
    /// What is watched.
    pub watches: Vec<Watch>,
    /// Whether what is in the folders before the first run is sent too.
    pub upload_existing: bool,
    /// How patiently.
    pub tuning: Tuning,
}

/// Where copies go.
#[derive(Debug)]
pub enum Server {
    /// Through a gateway, with this key; without one, that of the environment or of the keychain.
    Gateway(GatewayLocation, Option<Secret>),
    /// To the place of a store URL. May hold a secret: never print it.
    Store(Secret),
}

/// A folder that is watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watch {
    /// The folder, whole path.
    pub local_path: PathBuf,
    /// Where in the place.
    pub remote_prefix: String,
    /// Whether its folders take part.
    pub recursive: bool,
    /// Patterns as in `.gitignore`.
    pub exclude: Vec<String>,
    /// A file is removed here so many days after it was sent.
    pub delete_after_days: Option<u32>,
}

/// The file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    server: Option<ServerFile>,
    store: Option<SecretText>,
    database: DatabaseFile,
    watches: Vec<WatchFile>,
    #[serde(default)]
    scan: ScanFile,
    #[serde(default)]
    stability: StabilityFile,
    #[serde(default)]
    upload: UploadFile,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ServerFile {
    #[serde(deserialize_with = "filled_in")]
    url: String,
    api_key: Option<SecretText>,
    ca_file: Option<PathBuf>,
    #[serde(default)]
    allow_http: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DatabaseFile {
    path: PathBuf,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WatchFile {
    local_path: PathBuf,
    #[serde(default)]
    remote_prefix: String,
    #[serde(default = "yes")]
    recursive: bool,
    #[serde(default)]
    exclude: Vec<String>,
    delete_after_days: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct ScanFile {
    upload_existing: bool,
}

impl Default for ScanFile {
    fn default() -> Self {
        Self { upload_existing: true }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct StabilityFile {
    debounce_seconds: u64,
    max_attempts: u32,
}

impl Default for StabilityFile {
    fn default() -> Self {
        let rules = Rules::default();
        Self { debounce_seconds: rules.debounce.as_secs(), max_attempts: rules.max_attempts }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct UploadFile {
    retry_attempts: usize,
    retry_delay_seconds: u64,
    concurrency: usize,
}

impl Default for UploadFile {
    fn default() -> Self {
        Self { retry_attempts: 3, retry_delay_seconds: 5, concurrency: Tuning::default().jobs }
    }
}

struct SecretText(Secret);

impl<'de> Deserialize<'de> for SecretText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        filled_in(deserializer).map(|text| Self(Secret::new(text)))
    }
}

/// In quotes `${NAME}` is text like any other, which nobody who writes it there means.
fn filled_in<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    match text.contains("${") {
        true => Err(serde::de::Error::custom("write ${NAME} without quotes to take it from the environment")),
        false => Ok(text),
    }
}

fn yes() -> bool {
    true
}

/// Where in the file something is wrong, and what.
struct Wrong(String, String);

fn wrong<T>(field: impl Into<String>, what: impl Into<String>) -> std::result::Result<T, Wrong> {
    Err(Wrong(field.into(), what.into()))
}

impl AgentConfig {
    /// Reads and checks a file, with the process's environment.
    ///
    /// # Errors
    /// `agent_config` names the file, the field and what is wrong there.
    pub fn load(path: &Path) -> Result<Self> {
        let path = std::path::absolute(path).map_err(|e| AppError::io("finding the configuration", path, &e))?;
        let text = fs::read_to_string(&path).map_err(|e| AppError::io("reading the configuration", &path, &e))?;
        let folder = path.parent().unwrap_or(Path::new("/"));
        Self::parse(&text, folder, std::env::vars().collect()).map_err(|Wrong(field, what)| {
            AppError::config(
                ErrorCode::AgentConfig,
                format!("{} is wrong at {field}: {what}", shown(&path.display().to_string())),
                "correct the file; holdfast agent check --config FILE tries it without sending anything",
            )
        })
    }

    fn parse(text: &str, folder: &Path, environment: HashMap<String, String>) -> std::result::Result<Self, Wrong> {
        let options = serde_saphyr::options! { with_snippet: false }.with_properties(environment);
        let mut field = String::new();
        let parsed = serde_saphyr::with_deserializer_from_str_with_options(text, options, |yaml| {
            serde_path_to_error::deserialize::<_, File>(yaml).map_err(|error| {
                field = error.path().to_string();
                error.into_inner()
            })
        });
        match parsed {
            Ok(file) => file.checked(folder),
            Err(error) if field.is_empty() || field == "." => wrong("its top", error.to_string()),
            Err(error) => wrong(field, error.to_string()),
        }
    }
}

impl File {
    fn checked(self, folder: &Path) -> std::result::Result<AgentConfig, Wrong> {
        let server = match (self.server, self.store) {
            (Some(server), None) => server.checked(folder)?,
            (None, Some(SecretText(url))) => match StoreUrl::parse(url.expose()) {
                Ok((StoreUrl::Memory, _)) => return wrong("store", "what is kept in memory is gone with the agent"),
                Ok(_) => Server::Store(url),
                Err(error) => return wrong("store", error.to_string()),
            },
            (Some(_), Some(_)) => return wrong("store", "name a server or a store, not both"),
            (None, None) => return wrong("server", "name a server (a gateway) or a store (a bucket)"),
        };
        if self.watches.is_empty() {
            return wrong("watches", "name a folder at least");
        }
        let watches = self.watches.into_iter().enumerate().map(|(n, watch)| watch.checked(n, folder));
        let watches = watches.collect::<std::result::Result<Vec<_>, _>>()?;
        apart(&watches)?;
        Ok(AgentConfig {
            server,
            database: folder.join(self.database.path),
            watches,
            upload_existing: self.scan.upload_existing,
            tuning: tuning(&self.stability, &self.upload)?,
        })
    }
}

impl ServerFile {
    fn checked(self, folder: &Path) -> std::result::Result<Server, Wrong> {
        match GatewayLocation::new(&self.url, self.allow_http) {
            Ok(mut location) => {
                location.ca_file = self.ca_file.map(|file| folder.join(file));
                let key = self.api_key.map(|SecretText(key)| key).filter(|key| !key.is_empty());
                Ok(Server::Gateway(location, key))
            }
            Err(error) => wrong("server.url", error.to_string()),
        }
    }
}

impl WatchFile {
    fn checked(self, n: usize, folder: &Path) -> std::result::Result<Watch, Wrong> {
        let field = |name: &str| format!("watches[{n}].{name}");
        let remote_prefix = self.remote_prefix.trim_end_matches('/').to_owned();
        if let Err(error) = Prefix::parse(&remote_prefix) {
            return wrong(field("remote_prefix"), error.to_string());
        }
        if let Err(error) = Filter::new(&self.exclude, true) {
            return wrong(field("exclude"), error.to_string());
        }
        if self.local_path.as_os_str().is_empty() {
            return wrong(field("local_path"), "it is empty");
        }
        if self.delete_after_days == Some(0) {
            return wrong(field("delete_after_days"), "write 1 or more days, or leave it out to keep files here");
        }
        Ok(Watch {
            local_path: folder.join(self.local_path).components().collect(),
            remote_prefix,
            recursive: self.recursive,
            exclude: self.exclude,
            delete_after_days: self.delete_after_days,
        })
    }
}

/// No file and no key belongs to two watches.
fn apart(watches: &[Watch]) -> std::result::Result<(), Wrong> {
    for (n, one) in watches.iter().enumerate() {
        for (m, other) in watches.iter().enumerate().filter(|(m, _)| *m != n) {
            let inside = one.local_path.starts_with(&other.local_path);
            if inside && (other.recursive || one.local_path == other.local_path) {
                return wrong(format!("watches[{n}].local_path"), format!("it is in the folder of watches[{m}]"));
            }
            let below = |watch: &Watch| format!("{}/", watch.remote_prefix).trim_start_matches('/').to_owned();
            if below(one).starts_with(&below(other)) {
                let what = format!("it is in the part of the place that watches[{m}] fills");
                return wrong(format!("watches[{n}].remote_prefix"), what);
            }
        }
    }
    Ok(())
}

fn tuning(stability: &StabilityFile, upload: &UploadFile) -> std::result::Result<Tuning, Wrong> {
    let within = |field: &str, value: u64, least: u64, most: u64| match (least..=most).contains(&value) {
        true => Ok(()),
        false => wrong(field, format!("it must be {least} to {most}")),
    };
    within("stability.debounce_seconds", stability.debounce_seconds, 1, 3600)?;
    within("stability.max_attempts", stability.max_attempts.into(), 1, 1_000_000)?;
    within("upload.retry_attempts", upload.retry_attempts as u64, 1, 20)?;
    within("upload.retry_delay_seconds", upload.retry_delay_seconds, 1, 86_400)?;
    within("upload.concurrency", upload.concurrency as u64, 1, 512)?;
    Ok(Tuning {
        rules: Rules {
            debounce: Duration::from_secs(stability.debounce_seconds),
            max_attempts: stability.max_attempts,
        },
        retry_pauses: vec![Duration::from_secs(upload.retry_delay_seconds); upload.retry_attempts - 1],
        jobs: upload.concurrency,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = "
server:
  url: https://backup.example.com:8443
  api_key: ${KEY}
  ca_file: ca.pem
database: { path: agent.db }
watches:
  - { local_path: /var/www, remote_prefix: www/, exclude: ['*.tmp'], delete_after_days: 30 }
  - { local_path: logs, remote_prefix: logs, recursive: false }
scan: { upload_existing: false }
stability: { debounce_seconds: 5, max_attempts: 7 }
upload: { retry_attempts: 4, retry_delay_seconds: 9, concurrency: 3 }
";

    fn parse(text: &str) -> std::result::Result<AgentConfig, Wrong> {
        AgentConfig::parse(text, Path::new("/etc/holdfast"), [("KEY".into(), "sk_live_secret".into())].into())
    }

    #[test]
    fn a_whole_file_says_everything() {
        let Ok(config) = parse(WHOLE) else { panic!("it is good") };
        let Server::Gateway(location, Some(key)) = &config.server else { panic!("a gateway") };
        assert_eq!((location.url.as_str(), key.expose()), ("https://backup.example.com:8443", "sk_live_secret"));
        assert_eq!(location.ca_file.as_deref(), Some(Path::new("/etc/holdfast/ca.pem")));
        assert_eq!(config.database, Path::new("/etc/holdfast/agent.db"));
        assert_eq!(config.watches[0].remote_prefix, "www");
        assert_eq!((config.watches[0].recursive, config.watches[0].delete_after_days), (true, Some(30)));
        assert_eq!(config.watches[1].local_path, Path::new("/etc/holdfast/logs"));
        assert!(!config.watches[1].recursive && !config.upload_existing);
        assert_eq!(config.tuning.retry_pauses, [Duration::from_secs(9); 3]);
        assert_eq!((config.tuning.jobs, config.tuning.rules.max_attempts), (3, 7));
        assert!(!format!("{config:?}").contains("sk_live_secret"));
    }

    #[test]
    fn what_is_left_out_is_as_the_guide_says() {
        let few = "store: file:///srv/copies\ndatabase: {path: /var/lib/a.db}\nwatches: [{local_path: /srv/data}]";
        let Ok(config) = parse(few) else { panic!("it is good") };
        assert!(config.upload_existing && config.watches[0].recursive);
        assert_eq!(config.tuning.rules, Rules { debounce: Duration::from_secs(3), max_attempts: 100 });
        assert_eq!(config.tuning.retry_pauses, [Duration::from_secs(5); 2]);
    }

    #[test]
    fn each_mistake_is_named_with_its_place_and_quotes_no_secret() {
        for (from, to, field) in [
            ("scan:", "sacn:", "sacn"),
            ("upload_existing: false", "upload_existing: perhaps", "scan.upload_existing"),
            ("max_attempts: 7", "max_attempts: 7, more: 1", "stability"),
            ("${KEY}", "${NOT_THERE}", "server"),
            ("${KEY}", "'${KEY}'", "server.api_key"),
            ("https://backup.example.com:8443", "http://backup.example.com", "server.url"),
            ("server:", "store: 's3://bucket?nothing=1'\nserver:", "store"),
            ("remote_prefix: logs", "remote_prefix: ../x", "watches[1].remote_prefix"),
            ("remote_prefix: logs", "remote_prefix: www/deeper", "watches[1].remote_prefix"),
            ("remote_prefix: logs", "remote_prefix: ''", "watches[0].remote_prefix"),
            ("local_path: logs", "local_path: /var/www/deeper", "watches[1].local_path"),
            ("'*.tmp'", "'a['", "watches[0].exclude"),
            ("delete_after_days: 30", "delete_after_days: 0", "watches[0].delete_after_days"),
            ("delete_after_days: 30", "delete_after_days: -1", "watches[0].delete_after_days"),
            ("concurrency: 3", "concurrency: 0", "upload.concurrency"),
            ("retry_attempts: 4", "retry_attempts: 0", "upload.retry_attempts"),
            ("debounce_seconds: 5", "debounce_seconds: 0", "stability.debounce_seconds"),
        ] {
            let Err(Wrong(at, what)) = parse(&WHOLE.replacen(from, to, 1)) else { panic!("{to}: taken") };
            assert!(at.starts_with(field), "{to}: {at}: {what}");
            assert!(!what.contains("sk_live_secret"), "{what}");
        }
    }
}
