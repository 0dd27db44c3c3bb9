//! The S3 servers a run has: the embedded bucket always, and the real ones that `tests/servers/run.mjs` started.
//!
//! A server that was asked for and is not there fails the run; it is never left out in silence.

use std::{
    env,
    sync::{Arc, LazyLock},
};

use holdfast_bucket::{Running, Server as Embedded};
use holdfast_storage::{
    CredentialSource, ObjectStore, Result, S3Location, Secret,
    conformance::Need,
    folder::FolderBuckets,
    s3::{self, Account, ChecksumMode, S3Store, StaticKeys},
};
use serde::Deserialize;
use tokio::runtime::Runtime;

use crate::capabilities::{self, Table};

const NAMES: &str = "HOLDFAST_TEST_SERVERS";
const ENDPOINTS: &str = "HOLDFAST_TEST_ENDPOINTS";

/// One runtime for all tests of a program: connections that are kept open belong to it.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().expect("a runtime"));

/// Runs a scenario to its end.
pub fn block_on<T>(scenario: impl Future<Output = T>) -> T {
    RUNTIME.block_on(scenario)
}

/// A server and the keys of somebody who may do everything there.
#[derive(Debug, Clone, Deserialize)]
pub struct Server {
    /// Its name in the table, or `embedded`.
    pub name: String,
    /// `http://127.0.0.1:PORT`.
    pub endpoint: String,
    /// The region it is in.
    pub region: String,
    /// Access key id.
    pub access_key: String,
    /// Secret access key. Of a server that lives as long as the tests.
    pub secret_key: String,
    /// The key of its key service, where it has one (SSE-KMS).
    #[serde(default)]
    pub kms_key: Option<String>,
    /// What the table says of it.
    #[serde(rename = "capabilities")]
    pub table: Table,
}

impl Server {
    /// A place in a bucket there.
    pub fn location(&self, bucket: &str) -> S3Location {
        let mut location = S3Location::new(bucket).expect("a bucket's name");
        location.set_endpoint(&self.endpoint, false).expect("a loopback address");
        location.region = Some(self.region.clone());
        location.path_style = true;
        location.credentials = CredentialSource::Key(self.access_key.clone());
        location
    }

    /// The keys for [`s3::connect`].
    pub fn keys(&self) -> StaticKeys {
        StaticKeys { secret: Secret::new(self.secret_key.clone()), token: None }
    }

    /// A connection.
    pub async fn account(&self) -> Account {
        s3::connect(&self.location("unused"), Some(&self.keys())).await.expect("a client")
    }

    /// The SDK itself, for what no store does: policies and the like.
    pub async fn sdk_client(&self) -> aws_sdk_s3::Client {
        use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
        let config = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url(&self.endpoint)
            .region(Region::new(self.region.clone()))
            .credentials_provider(Credentials::new(&self.access_key, &self.secret_key, None, None, "test"))
            .force_path_style(true)
            .build();
        aws_sdk_s3::Client::from_conf(config)
    }

    /// A new bucket and its name.
    pub async fn new_bucket(&self) -> Result<(String, Arc<dyn ObjectStore>)> {
        let name = format!("holdfast-{}", &uuid::Uuid::new_v4().simple().to_string()[..16]);
        let account = self.account().await;
        s3::create_bucket(&account, &name).await?;
        Ok((name.clone(), Arc::new(S3Store::new(account, &name, self.checksums()))))
    }

    /// Checksum headers go where a wrong one is refused, as the probe would find.
    pub fn checksums(&self) -> ChecksumMode {
        match self.table.checksums {
            capabilities::Checksums::Verified => ChecksumMode::Sha256,
            capabilities::Checksums::Ignored => ChecksumMode::WhenRequired,
        }
    }

    /// The first of `needs` that the server lacks, and why.
    pub fn lack(&self, needs: &[Need]) -> Option<(Need, &'static str)> {
        capabilities::lacks(&self.name, &self.table).into_iter().find(|(need, _)| needs.contains(need))
    }
}

/// All servers of a run.
pub struct Fleet {
    /// The embedded bucket first.
    pub servers: Vec<Arc<Server>>,
    embedded: (Running, tempfile::TempDir),
}

impl Fleet {
    /// The embedded bucket in a temporary folder, and the servers in the environment.
    pub fn assemble() -> Self {
        let others =
            named_servers(env::var(NAMES).ok(), env::var(ENDPOINTS).ok()).unwrap_or_else(|why| panic!("{why}"));
        let folder = tempfile::tempdir().expect("a temporary folder");
        let buckets = Arc::new(FolderBuckets::new(folder.path()).expect("a folder for buckets"));
        let running = block_on(Embedded::builder(buckets).start()).expect("the embedded bucket");
        let mut servers = vec![Arc::new(embedded(&running))];
        servers.extend(others.into_iter().map(Arc::new));
        Self { servers, embedded: (running, folder) }
    }

    /// Ends the embedded bucket and removes its folder.
    pub fn disband(self) {
        block_on(self.embedded.0.shutdown());
        self.embedded.1.close().expect("the embedded bucket's folder can be removed");
    }
}

/// The embedded bucket as a server of the table.
pub fn embedded(running: &Running) -> Server {
    Server {
        name: "embedded".into(),
        endpoint: running.endpoint(),
        region: running.region().into(),
        access_key: running.access_key().into(),
        secret_key: running.secret_key().expose().into(),
        kms_key: None,
        table: Table::embedded(),
    }
}

/// The servers that run, held against those that were asked for.
fn named_servers(names: Option<String>, endpoints: Option<String>) -> std::result::Result<Vec<Server>, String> {
    let names = names.unwrap_or_default();
    let wanted: Vec<&str> = names.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
    let Some(endpoints) = endpoints else {
        return match wanted.is_empty() {
            true => Ok(Vec::new()),
            false => Err(format!(
                "{NAMES} names {}, but none was started: run this through tests/servers/run.mjs",
                wanted.join(", ")
            )),
        };
    };
    let servers: Vec<Server> =
        serde_json::from_str(&endpoints).map_err(|e| format!("{ENDPOINTS} is not as expected: {e}"))?;
    match wanted.iter().find(|name| !servers.iter().any(|server| server.name == **name)) {
        Some(missing) => Err(format!("{NAMES} names {missing}, which {ENDPOINTS} does not have")),
        None => Ok(servers),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = r#"[{"name":"garage","endpoint":"http://127.0.0.1:1","region":"us-east-1","access_key":"a",
        "secret_key":"s","pids":[1],"capabilities":{"conditional_create":"ignored","conditional_replace":"rejected",
        "conditional_delete":"honoured","checksums":"verified","versioning":false,"object_lock":false,
        "lifecycle":false,"any_key":true,"signatures":true,"region_checked":true}}]"#;

    fn names_of(names: Option<&str>, endpoints: Option<&str>) -> std::result::Result<Vec<String>, String> {
        let found = named_servers(names.map(Into::into), endpoints.map(Into::into));
        found.map(|all| all.into_iter().map(|server| server.name).collect())
    }

    #[test]
    fn a_server_that_was_asked_for_and_is_not_there_fails_the_run() {
        assert_eq!(names_of(None, None), Ok(vec![]));
        assert_eq!(names_of(Some(" , "), None), Ok(vec![]));
        assert_eq!(names_of(Some("garage"), Some(ONE)), Ok(vec!["garage".into()]));
        assert_eq!(names_of(None, Some(ONE)), Ok(vec!["garage".into()]));
        for (names, endpoints, word) in [
            (Some("garage"), None, "run.mjs"),
            (Some("garage,minio"), Some(ONE), "minio"),
            (Some("garage"), Some("[]"), "garage"),
            (Some("garage"), Some("{}"), "not as expected"),
        ] {
            let why = names_of(names, endpoints).unwrap_err();
            assert!(why.contains(word), "{why}");
        }
    }
}
