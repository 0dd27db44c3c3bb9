//! `holdfast bucket serve`

use holdfast_app::{App, Result, serve};

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
    let served = serve::serve(&folder, port, &bucket).await?;
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
