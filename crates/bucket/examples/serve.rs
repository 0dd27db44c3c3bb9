//! Serves a place in memory until interrupted, to try it by hand. `BUCKET` is made at the start.

use std::sync::Arc;

use holdfast_bucket::Server;
use holdfast_storage::{Buckets, MemoryBuckets};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let buckets: Arc<dyn Buckets> = Arc::new(MemoryBuckets::new());
    buckets.create(&std::env::var("BUCKET").unwrap_or_else(|_| "holdfast".to_owned())).await?;
    let running = Server::builder(buckets).start().await?;
    println!("{} {} {}", running.endpoint(), running.access_key(), running.secret_key().expose());
    tokio::signal::ctrl_c().await?;
    running.shutdown().await;
    Ok(())
}
