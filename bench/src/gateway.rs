//! Many clients' worth of uploads through a gateway, and the proof that each of them arrived.

use std::{
    error::Error,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use clap::Args;
use reqwest::{Client, StatusCode, multipart};
use sha2::{Digest, Sha256};

use crate::files::files_below;

/// A gateway that is busy says so; its clients come again.
const ATTEMPTS: u32 = 5;
const PAUSE: Duration = Duration::from_secs(1);

type Failed = Box<dyn Error + Send + Sync>;

/// Files and the gateway that they go through.
#[derive(Debug, Clone, Args)]
pub struct Load {
    /// The files.
    folder: PathBuf,
    /// Such as http://127.0.0.1:8080; the key comes from HOLDFAST_GATEWAY_KEY.
    #[arg(long)]
    gateway: String,
    /// What the paths begin with.
    #[arg(long)]
    prefix: String,
    /// Requests at once.
    #[arg(long, default_value_t = 200)]
    in_flight: usize,
}

/// What is done with each file.
#[derive(Debug, Clone, Copy)]
pub enum Task {
    /// Sends it.
    Send,
    /// Downloads it and compares.
    Compare,
}

/// Takes every file once, with so many requests in flight. The first that fails ends it.
pub fn run(load: Load, task: Task) -> Result<(), Box<dyn Error>> {
    let key = std::env::var("HOLDFAST_GATEWAY_KEY")?;
    let files = files_below(&load.folder);
    let (load, files, next) = (Arc::new(load), Arc::new(files), Arc::new(AtomicUsize::new(0)));
    let done = tokio::runtime::Runtime::new()?.block_on(async move {
        let client = Client::builder().no_proxy().build()?;
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..load.in_flight {
            let (load, files, next, client, key) =
                (load.clone(), files.clone(), next.clone(), client.clone(), key.clone());
            tasks.spawn(async move {
                while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    one(&load, &client, &key, file, task).await.map_err(|e| format!("{}: {e}", file.display()))?;
                }
                Ok::<_, String>(())
            });
        }
        while let Some(ended) = tasks.join_next().await {
            ended.map_err(|error| error.to_string()).and_then(|ended| ended)?;
        }
        Ok::<usize, Box<dyn Error>>(files.len())
    })?;
    println!("{}", serde_json::json!({ "files": done }));
    Ok(())
}

async fn one(load: &Load, client: &Client, key: &str, file: &Path, task: Task) -> Result<(), Failed> {
    let path = format!("{}/{}", load.prefix, file.strip_prefix(&load.folder)?.display());
    let content = tokio::fs::read(file).await?;
    let digest = hex::encode(Sha256::digest(&content));
    match task {
        Task::Send => {
            let form = multipart::Form::new().text("path", path).text("sha256", digest.clone());
            let form = form.part("file", multipart::Part::bytes(content).file_name("file"));
            let answer =
                client.post(format!("{}/upload", load.gateway)).bearer_auth(key).multipart(form).send().await?;
            let status = answer.status();
            let answer: serde_json::Value = answer.json().await?;
            match answer["sha256"] == digest.as_str() {
                true => Ok(()),
                false => Err(format!("{status}: {answer}").into()),
            }
        }
        Task::Compare => {
            let url = reqwest::Url::parse_with_params(&format!("{}/download", load.gateway), [("path", path)])?;
            let ask = || client.get(url.clone()).bearer_auth(key).send();
            let mut answer = ask().await?;
            for _ in 1..ATTEMPTS {
                if answer.status() != StatusCode::SERVICE_UNAVAILABLE {
                    break;
                }
                tokio::time::sleep(PAUSE).await;
                answer = ask().await?;
            }
            let got = answer.error_for_status()?.bytes().await?;
            match hex::encode(Sha256::digest(&got)) == digest {
                true => Ok(()),
                false => Err("came back otherwise".into()),
            }
        }
    }
}
