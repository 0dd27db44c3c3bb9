//! The one secret that an agent needs: from its configuration, else from the system's keychain.

use async_trait::async_trait;
use holdfast_storage::{Secret, s3::StaticKeys};

use super::keychain_id;
use crate::{
    Result,
    keychain::{SecretId, SecretStore, SystemKeychain},
};

#[derive(Debug)]
pub(super) struct AgentSecrets {
    given: Option<(SecretId, StaticKeys)>,
}

impl AgentSecrets {
    pub(super) fn new(given: Option<(SecretId, StaticKeys)>) -> Self {
        Self { given }
    }
}

#[async_trait]
impl SecretStore for AgentSecrets {
    async fn get(&self, id: &SecretId) -> Result<Option<StaticKeys>> {
        match &self.given {
            Some((given, keys)) if given == id => Ok(Some(keys.clone())),
            _ => SystemKeychain.get(id).await,
        }
    }

    async fn set(&self, id: &SecretId, keys: &StaticKeys) -> Result<()> {
        SystemKeychain.set(id, keys).await
    }

    async fn delete(&self, id: &SecretId) -> Result<()> {
        SystemKeychain.delete(id).await
    }
}

/// Puts the gateway's key into the system's keychain, for configurations that name none.
///
/// # Errors
/// Where there is no keychain, or it is locked.
pub async fn keep_key(key: Secret) -> Result<()> {
    SystemKeychain.set(&keychain_id(), &StaticKeys { secret: key, token: None }).await
}
