//! `holdfast bucket serve` and `holdfast bucket policy`

use std::path::PathBuf;

use holdfast_app::{App, Result, serve, storage_tools};

use super::interrupted;
use crate::{
    args::BucketCommand,
    output::{Exit, Output},
};

pub async fn run(command: BucketCommand, output: &Output) -> Result<Exit> {
    match command {
        BucketCommand::Serve { dir, port, bucket } => serve_until_stopped(dir, port, &bucket, output).await,
        BucketCommand::Policy { store, terraform } => {
            let policy = storage_tools::policy_of_url(&store)?;
            output
                .show(&policy, |policy| if terraform { policy.terraform.clone() } else { policy.iam_json.clone() })?;
            if !output.json {
                eprintln!("{}", policy.words);
            }
            Ok(Exit::Done)
        }
    }
}

async fn serve_until_stopped(dir: Option<PathBuf>, port: u16, bucket: &str, output: &Output) -> Result<Exit> {
    let folder = match dir {
        Some(folder) => folder,
        None => App::of_system()?.home.paths.local_place.clone(),
    };
    let served = serve::serve(&folder, port, bucket).await?;
    output.show(&served.access(), |access| {
        format!(
            "A bucket over {} answers at {} until you press Ctrl-C.\n\
             Bucket {}, region {}, path style.\n\
             The keys are new at each start:\n  access key  {}\n  secret key  {}",
            folder.display(),
            access.endpoint,
            access.bucket,
            access.region,
            access.access_key,
            access.secret_key
        )
    })?;
    interrupted().await;
    served.shut_down().await;
    Ok(Exit::Done)
}
