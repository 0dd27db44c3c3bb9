//! A running bucket for a test, and a client for it.

use std::sync::Arc;

use aws_sdk_s3::{
    Client,
    config::{BehaviorVersion, Credentials, Region, retry::RetryConfig},
    error::{ProvideErrorMetadata, SdkError},
    primitives::ByteStream,
};
use holdfast_bucket::{Running, Server};
use holdfast_storage::{Buckets, MemoryBuckets, folder::FolderBuckets};

/// The bucket every test finds empty.
pub const BUCKET: &str = "photos";

/// A server, its client and what keeps its files alive.
pub struct Bed {
    pub running: Running,
    pub client: Client,
    pub place: &'static str,
    folder: Option<tempfile::TempDir>,
}

impl Bed {
    /// Where the folder store keeps its buckets.
    pub fn folder_path(&self) -> &std::path::Path {
        self.folder.as_ref().unwrap().path()
    }

    /// One bed per place.
    pub async fn all() -> Vec<Self> {
        vec![Self::memory().await, Self::folder().await]
    }

    pub async fn folder() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let buckets = FolderBuckets::new(folder.path()).unwrap();
        Self::over("a folder", Arc::new(buckets), Some(folder)).await
    }

    pub async fn memory() -> Self {
        Self::over("memory", Arc::new(MemoryBuckets::new()), None).await
    }

    async fn over(place: &'static str, buckets: Arc<dyn Buckets>, folder: Option<tempfile::TempDir>) -> Self {
        buckets.create(BUCKET).await.unwrap();
        let running = Server::builder(buckets).start().await.unwrap();
        let client = client(&running, running.access_key(), running.secret_key().expose());
        Self { running, client, place, folder }
    }

    pub async fn put(&self, key: &str, content: &[u8]) -> String {
        let body = ByteStream::from(content.to_vec());
        let put = self.client.put_object().bucket(BUCKET).key(key).body(body).send().await.unwrap();
        put.e_tag.unwrap()
    }

    /// The content under a key, or `None`.
    pub async fn get(&self, key: &str) -> Option<Vec<u8>> {
        match self.client.get_object().bucket(BUCKET).key(key).send().await {
            Ok(got) => Some(got.body.collect().await.unwrap().to_vec()),
            Err(error) => {
                assert_eq!(code(&error), "NoSuchKey");
                None
            }
        }
    }
}

/// A client with these keys that never tries twice.
pub fn client(running: &Running, access: &str, secret: &str) -> Client {
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(running.endpoint())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new(access, secret, None, None, "test"))
        .force_path_style(true)
        .retry_config(RetryConfig::disabled())
        .build();
    Client::from_conf(config)
}

/// S3's error code of a failed call.
pub fn code<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> String {
    error.code().unwrap_or_default().to_owned()
}

/// HTTP status of a failed call.
pub fn status<E>(error: &SdkError<E>) -> u16 {
    error.raw_response().map_or(0, |response| response.status().as_u16())
}

/// Content that differs at every place.
pub fn content(len: usize) -> Vec<u8> {
    (0..len as u64).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect()
}
