//! The bucket behind the gateway, opened from the configuration.

use std::sync::Arc;

use holdfast_storage::{
    CredentialSource, ObjectStore, S3Location,
    retry::{RetryPolicy, RetryStore},
    s3::{self, ChecksumMode, S3Store, StaticKeys},
};

use crate::config::{ConfigError, S3Config};

/// Opens the bucket. Sends nothing yet.
///
/// # Errors
/// When the address or a file of the configuration is not good.
pub(crate) async fn open(config: &S3Config) -> Result<Arc<dyn ObjectStore>, ConfigError> {
    let bad = |field: &str| {
        let field = format!("s3.{field}");
        move |error: &dyn std::fmt::Display| ConfigError::value(field.clone(), error.to_string())
    };
    let mut location = S3Location::new(&config.bucket).map_err(|error| bad("bucket")(&error))?;
    if let Some(endpoint) = &config.endpoint {
        location.set_endpoint(endpoint, config.allow_http).map_err(|error| bad("endpoint")(&error))?;
    }
    location.path_style = config.path_style.unwrap_or(location.path_style);
    location.region.clone_from(&config.region);
    location.ca_file.clone_from(&config.ca_file);
    let keys = match (&config.access_key_id, &config.secret_access_key) {
        (Some(id), Some(secret)) => {
            location.credentials = CredentialSource::Key(id.clone());
            let token = config.session_token.as_ref().map(|token| token.0.clone());
            Some(StaticKeys { secret: secret.0.clone(), token })
        }
        _ => None,
    };
    let account = s3::connect(&location, keys.as_ref()).await.map_err(|error| bad("ca_file")(&error))?;
    let store = Arc::new(S3Store::new(account, &config.bucket, ChecksumMode::WhenRequired));
    Ok(RetryStore::wrap(store, RetryPolicy::default()))
}
