//! The files of a folder sent to a server with the SDK, so many at once: what goes through a plain proxy is measured
//! with this, as the gateway is with a client of its own.

use std::{
    error::Error,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use aws_sdk_s3::{Client, primitives::ByteStream};
use clap::Args;
use walkdir::WalkDir;

use crate::sdk::{Failed, Target};

/// Files and where they go.
#[derive(Debug, Clone, Args)]
pub struct Load {
    /// The files.
    folder: PathBuf,
    #[command(flatten)]
    target: Target,
    /// Requests at once.
    #[arg(long, default_value_t = 200)]
    in_flight: usize,
}

/// Every file below a folder.
pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = WalkDir::new(folder).into_iter().filter_map(Result::ok);
    entries.filter(|entry| entry.file_type().is_file()).map(walkdir::DirEntry::into_path).collect()
}

/// Sends every file once. The first that fails ends it.
pub fn run(load: Load) -> Result<(), Box<dyn Error>> {
    let (client, files) = (load.target.client()?, Arc::new(files_below(&load.folder)));
    let (load, next) = (Arc::new(load), Arc::new(AtomicUsize::new(0)));
    tokio::runtime::Runtime::new()?.block_on(async move {
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..load.in_flight {
            let (load, files, next, client) = (load.clone(), files.clone(), next.clone(), client.clone());
            tasks.spawn(async move {
                while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    one(&load, &client, file).await.map_err(|error| format!("{}: {error:?}", file.display()))?;
                }
                Ok::<_, String>(())
            });
        }
        while let Some(ended) = tasks.join_next().await {
            ended??;
        }
        Ok(())
    })
}

/// The content's digest is in the signature: the server checks it, as the gateway checks the field `sha256`.
async fn one(load: &Load, client: &Client, file: &Path) -> Result<(), Failed> {
    let key = format!("{}/{}", load.target.prefix, file.strip_prefix(&load.folder)?.display());
    let body = ByteStream::from(tokio::fs::read(file).await?);
    client.put_object().bucket(&load.target.bucket).key(key).body(body).send().await?;
    Ok(())
}
