//! `holdfast bucket serve`

use std::{path::PathBuf, sync::Arc};

use holdfast_app::{App, AppError, Result, embedded};
use holdfast_bucket::Server;
use holdfast_storage::{Buckets, Error, folder::FolderBuckets};
use serde_json::json;

use super::interrupted;
use crate::{
    args::BucketCommand,
    output::{Exit, Output},
};

pub async fn run(command: BucketCommand, output: &Output) -> Result<Exit> {
    let BucketCommand::Serve { dir, port, bucket } = command;
    let folder = match dir {
        Some(folder) => folder,
        None => App::of_system()?.home.paths.local_place.clone(),
    };
    serve(folder, port, &bucket, output).await
}

async fn serve(folder: PathBuf, port: u16, bucket: &str, output: &Output) -> Result<Exit> {
    std::fs::create_dir_all(&folder).map_err(|e| AppError::io("making the folder for the bucket", &folder, &e))?;
    let buckets = Arc::new(FolderBuckets::new(&folder)?);
    match buckets.create(bucket).await {
        Ok(()) | Err(Error::BucketExists { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    let running = Server::builder(buckets).port(port).start().await.map_err(|e| embedded::not_started(&e))?;
    let (endpoint, region) = (running.endpoint(), running.region());
    let (access_key, secret_key) = (running.access_key().to_owned(), running.secret_key().expose().to_owned());
    let store_url = format!(
        "s3://{bucket}?endpoint={endpoint}&region={region}&path_style=true&access_key={access_key}&secret_key={secret_key}"
    );
    let ready = json!({
        "endpoint": endpoint,
        "bucket": bucket,
        "region": region,
        "access_key": access_key,
        "secret_key": secret_key,
        "store_url": store_url,
    });
    output.show(&ready, |_| {
        format!(
            "A bucket over {} answers at {endpoint} until you press Ctrl-C.\n\
             Bucket {bucket}, region {region}, path style.\n\
             The keys are new at each start:\n  access key  {access_key}\n  secret key  {secret_key}",
            folder.display()
        )
    })?;
    interrupted().await;
    running.shutdown().await;
    Ok(Exit::Done)
}
