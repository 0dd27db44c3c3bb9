//! The part of the configuration that a reload replaces: clients, revoked keys, the administrator, links and tokens.

use std::sync::Arc;

use holdfast_storage::{ObjectStore, Prefix, Secret, prefix::PrefixStore};

use crate::{
    config::{
        ClientConfig, Config, ConfigError, OidcConfig, Permission,
        check::{admin_hash, client_hashes},
    },
    error::{Answer, ApiError},
    keys::KeyHash,
    limits::{Limits, Memory, Usage},
    paths::{RemotePath, is_within},
};

/// Who may do what, from one reading of the file.
#[derive(Debug)]
pub(crate) struct Live {
    pub(crate) clients: Vec<Arc<Client>>,
    pub(crate) revoked: Vec<KeyHash>,
    pub(crate) admin: Option<KeyHash>,
    pub(crate) open_metrics: bool,
    pub(crate) max_expiry: u64,
    pub(crate) token_lifetime: u64,
    pub(crate) token_secret: Option<Secret>,
    pub(crate) oidc: Option<OidcConfig>,
    pub(crate) s3_api: bool,
    pub(crate) webhook: Option<url::Url>,
}

/// A client.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) name: String,
    pub(crate) keys: Vec<KeyHash>,
    pub(crate) max_file_size: u64,
    pub(crate) quota: Option<u64>,
    pub(crate) permissions: Vec<Permission>,
    pub(crate) allowed_paths: Vec<String>,
    pub(crate) silent_after_hours: u64,
    pub(crate) oidc_subjects: Vec<String>,
    pub(crate) limits: Arc<Limits>,
    pub(crate) usage: Arc<Usage>,
    /// `{path_prefix}/{name}/`
    pub(crate) folder: String,
    /// The bucket below its folder.
    pub(crate) store: Arc<dyn ObjectStore>,
}

impl Live {
    /// From a checked configuration. Limits of clients that stay as they are go on counting.
    pub(crate) fn of(
        config: &Config,
        store: &Arc<dyn ObjectStore>,
        memory: &Memory,
        before: Option<&Self>,
    ) -> Result<Self, ConfigError> {
        let prefix = Prefix::parse(&config.s3.path_prefix);
        let prefix = prefix.map_err(|error| ConfigError::value("s3.path_prefix", error.to_string()))?;
        let client = |(at, one): (usize, &ClientConfig)| {
            let earlier = before.and_then(|live| live.named(&one.name));
            let limits = earlier
                .filter(|client| client.limits.are(one.requests_per_minute, one.max_concurrent_requests))
                .map(|client| client.limits.clone());
            let limits = limits.unwrap_or_else(|| {
                let share = memory.client_share();
                Arc::new(Limits::new(one.requests_per_minute, one.max_concurrent_requests, share))
            });
            let folder = format!("{}{}/", prefix.dir(), one.name);
            Ok(Arc::new(Client {
                name: one.name.clone(),
                keys: client_hashes(one, &format!("clients[{at}]"))?,
                max_file_size: one.max_file_size_mb << 20,
                quota: one.quota_gb.map(|gb| gb << 30),
                permissions: one.permissions.clone(),
                allowed_paths: one.allowed_paths.iter().map(|p| p.trim_end_matches('/').to_owned()).collect(),
                silent_after_hours: one.silent_after_hours.unwrap_or(config.reports.silent_after_hours),
                oidc_subjects: one.oidc_subjects.clone(),
                limits,
                usage: earlier.map(|client| client.usage.clone()).unwrap_or_default(),
                store: PrefixStore::wrap(store.clone(), &folder),
                folder,
            }))
        };
        Ok(Self {
            clients: config.clients.iter().enumerate().map(client).collect::<Result<_, ConfigError>>()?,
            revoked: config.revoked.iter().filter_map(|text| KeyHash::parse(text).ok()).collect(),
            admin: admin_hash(config)?,
            open_metrics: config.admin.as_ref().is_some_and(|admin| admin.open_metrics_on_loopback),
            max_expiry: config.presign.max_expiry,
            token_lifetime: config.tokens.lifetime_seconds,
            token_secret: config.tokens.secret.as_ref().map(|secret| secret.0.clone()),
            oidc: config.tokens.oidc.clone(),
            s3_api: config.s3_api,
            webhook: config.reports.webhook.clone(),
        })
    }

    pub(crate) fn named(&self, name: &str) -> Option<&Arc<Client>> {
        self.clients.iter().find(|client| client.name == name)
    }

    /// The client with this key. Every key of every client is compared, whether one has fitted or not.
    pub(crate) fn with_key(&self, hash: &KeyHash) -> Option<&Arc<Client>> {
        let revoked = hash.is_among(&self.revoked);
        let found = self.clients.iter().fold(None, |found, client| match hash.is_among(&client.keys) {
            true => Some(client),
            false => found,
        });
        found.filter(|_| !revoked)
    }

    pub(crate) fn is_admin(&self, hash: &KeyHash) -> bool {
        let revoked = hash.is_among(&self.revoked);
        self.admin.is_some_and(|admin| hash.is_among(&[admin])) && !revoked
    }
}

impl Client {
    pub(crate) fn may(&self, permission: Permission) -> bool {
        self.permissions.contains(&permission)
    }

    /// Refuses what the client has no permission for.
    pub(crate) fn must(&self, permission: Permission) -> Answer<()> {
        let refused = || ApiError::forbidden(&self.name, permission.name());
        self.may(permission).then_some(()).ok_or_else(refused)
    }

    /// Checks a path: clean, short enough, and one of those that the client may use.
    pub(crate) fn path(&self, text: &str) -> Answer<(RemotePath, holdfast_storage::Key)> {
        let bad = |fault| ApiError::bad_path(text, fault);
        let path = RemotePath::parse(text).map_err(bad)?;
        let key = path.key(self.folder.len()).map_err(bad)?;
        match self.sees(path.as_str()) {
            true => Ok((path, key)),
            false => Err(ApiError::path_not_allowed(text)),
        }
    }

    /// Whether a path is among those that the client may use.
    pub(crate) fn sees(&self, path: &str) -> bool {
        self.allowed_paths.is_empty() || self.allowed_paths.iter().any(|allowed| is_within(path, allowed))
    }

    /// Whether a group of a listing (it ends in its delimiter) leads to such a path.
    pub(crate) fn sees_group(&self, group: &str) -> bool {
        self.sees(group.trim_end_matches('/')) || self.allowed_paths.iter().any(|allowed| allowed.starts_with(group))
    }

    /// The key of an object in the bucket.
    pub(crate) fn s3_key(&self, path: &RemotePath) -> String {
        format!("{}{path}", self.folder)
    }

    /// Takes room for so many bytes, and refuses what would go over the quota.
    pub(crate) async fn reserve(&self, bytes: u64) -> Answer<Reservation<'_>> {
        let mut room = Reservation { client: self, bytes: 0 };
        room.grow(bytes).await?;
        Ok(room)
    }
}

/// Room in a client's quota. What was not kept is given back when it is dropped.
pub(crate) struct Reservation<'a> {
    client: &'a Client,
    bytes: u64,
}

impl Reservation<'_> {
    /// Takes room for `bytes` in all. It is taken before it is looked whether there is any, so that two uploads at once
    /// cannot both have the last of it.
    pub(crate) async fn grow(&mut self, bytes: u64) -> Answer<()> {
        let (Some(quota), Some(more)) = (self.client.quota, bytes.checked_sub(self.bytes)) else { return Ok(()) };
        self.client.usage.count(more);
        self.bytes = bytes;
        match more == 0 || self.client.usage.used(self.client.store.as_ref(), more).await? <= quota {
            true => Ok(()),
            false => Err(ApiError::quota(&self.client.name, quota)),
        }
    }

    /// So many bytes were stored.
    pub(crate) fn keep(mut self, bytes: u64) {
        let kept = bytes.min(self.bytes);
        self.client.usage.give_back(self.bytes - kept);
        self.bytes = 0;
    }
}

impl Drop for Reservation<'_> {
    fn drop(&mut self) {
        self.client.usage.give_back(self.bytes);
    }
}
