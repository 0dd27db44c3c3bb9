//! The embedded bucket for others: an S3 server over a folder, for any tool on this computer.

use std::{path::Path, sync::Arc};

use holdfast_bucket::{Running, Server};
use holdfast_storage::{Buckets, Error, folder::FolderBuckets};
use serde::Serialize;

use crate::{AppError, Result, embedded};

/// A server that runs.
#[derive(Debug)]
pub struct Served {
    running: Running,
    bucket: String,
}

/// What a client needs. Holds the server's secret: for the one who started it.
#[derive(Serialize)]
pub struct Access {
    /// Address.
    pub endpoint: String,
    /// Bucket.
    pub bucket: String,
    /// Region.
    pub region: String,
    /// Access key id.
    pub access_key: String,
    /// Secret access key, made at this start.
    pub secret_key: String,
    /// All of it in one line.
    pub store_url: String,
}

/// Serves `folder`, made if it is missing, with a bucket of this name; port 0 is a free one.
pub async fn serve(folder: &Path, port: u16, bucket: &str) -> Result<Served> {
    std::fs::create_dir_all(folder).map_err(|e| AppError::io("making the folder for the bucket", folder, &e))?;
    let buckets = Arc::new(FolderBuckets::new(folder)?);
    match buckets.create(bucket).await {
        Ok(()) | Err(Error::BucketExists { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    let running = Server::builder(buckets).port(port).start().await.map_err(|e| embedded::not_started(&e))?;
    Ok(Served { running, bucket: bucket.to_owned() })
}

impl Served {
    /// How to reach it.
    pub fn access(&self) -> Access {
        let (endpoint, region) = (self.running.endpoint(), self.running.region().to_owned());
        let access_key = self.running.access_key().to_owned();
        let secret_key = self.running.secret_key().expose().to_owned();
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("endpoint", &endpoint).append_pair("region", &region).append_pair("path_style", "true");
        query.append_pair("access_key", &access_key).append_pair("secret_key", &secret_key);
        let store_url = format!("s3://{}?{}", self.bucket, query.finish());
        Access { endpoint, bucket: self.bucket.clone(), region, access_key, secret_key, store_url }
    }

    /// Finishes what is under way and ends.
    pub async fn shut_down(self) {
        self.running.shutdown().await;
    }
}
