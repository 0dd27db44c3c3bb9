//! Serves a folder (or, without an argument, a place in memory) until interrupted, to try it by hand.

use std::sync::Arc;

use holdfast_bucket::Server;
use holdfast_storage::{Buckets, MemoryBuckets, folder::FolderBuckets};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let buckets: Arc<dyn Buckets> = match std::env::args().nth(1) {
        Some(folder) => Arc::new(FolderBuckets::new(folder)?),
        None => Arc::new(MemoryBuckets::new()),
    };
    let running = Server::builder(buckets).start().await?;
    println!("{} {} {}", running.endpoint(), running.access_key(), running.secret_key().expose());
    tokio::signal::ctrl_c().await?;
    running.shutdown().await;
    Ok(())
}
