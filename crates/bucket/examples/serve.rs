//! Serves a folder (or, without an argument, a place in memory) until interrupted, to try it by hand:
//! `serve [FOLDER [PORT [BUCKET]]]`; the bucket is made if it is missing. With `SERVE_ACCESS_KEY` and `SERVE_SECRET_KEY` the keys are those, also after a restart.

use std::{env, sync::Arc};

use holdfast_bucket::{Credentials, Secret, Server};
use holdfast_storage::{Buckets, Error, MemoryBuckets, folder::FolderBuckets};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let buckets: Arc<dyn Buckets> = match env::args().nth(1) {
        Some(folder) => Arc::new(FolderBuckets::new(folder)?),
        None => Arc::new(MemoryBuckets::new()),
    };
    let port = env::args().nth(2).map_or(Ok(0), |port| port.parse())?;
    if let Some(bucket) = env::args().nth(3) {
        match buckets.create(&bucket).await {
            Ok(()) | Err(Error::BucketExists { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let mut server = Server::builder(buckets).port(port);
    if let (Ok(access_key), Ok(secret)) = (env::var("SERVE_ACCESS_KEY"), env::var("SERVE_SECRET_KEY")) {
        server = server.credentials(Credentials { access_key, secret_key: Secret::new(secret) });
    }
    let running = server.start().await?;
    println!("{} {} {}", running.endpoint(), running.access_key(), running.secret_key().expose());
    tokio::signal::ctrl_c().await?;
    running.shutdown().await;
    Ok(())
}
