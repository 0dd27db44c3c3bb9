//! The bare loops: nothing but the SDK, with so many requests in flight. Nothing is read from disk, compared or
//! written down: a backup cannot be cheaper than this with the same SDK.

use std::{
    error::Error,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use aws_config::{BehaviorVersion, Region};
use aws_credential_types::Credentials;
use aws_sdk_s3::{
    Client,
    config::{
        RequestChecksumCalculation, ResponseChecksumValidation, StalledStreamProtectionConfig, retry::RetryConfig,
    },
    primitives::ByteStream,
};
use clap::Args;

use crate::tree::Noise;

/// A place on a server.
#[derive(Debug, Clone, Args)]
pub struct Target {
    /// Such as http://127.0.0.1:9000; the keys come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.
    #[arg(long)]
    endpoint: String,
    /// The bucket.
    #[arg(long)]
    pub bucket: String,
    /// What the keys begin with.
    #[arg(long)]
    pub prefix: String,
}

/// A loop over objects.
#[derive(Debug, Clone, Args)]
pub struct Loop {
    #[command(flatten)]
    target: Target,
    /// How many objects.
    #[arg(long)]
    objects: u64,
    /// Bytes each.
    #[arg(long, default_value_t = 4096)]
    size: usize,
    /// Requests at once.
    #[arg(long, default_value_t = 64)]
    in_flight: usize,
}

impl Target {
    /// The bare SDK.
    pub fn client(&self) -> Result<Client, Box<dyn Error>> {
        let (id, secret) = (std::env::var("AWS_ACCESS_KEY_ID")?, std::env::var("AWS_SECRET_ACCESS_KEY")?);
        let config = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new("us-east-1"))
            .endpoint_url(&self.endpoint)
            .force_path_style(true)
            .credentials_provider(Credentials::new(id, secret, None, None, "bench"))
            .retry_config(RetryConfig::standard())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
            .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
            .build();
        Ok(Client::from_conf(config))
    }
}

impl Loop {
    fn key(&self, number: u64) -> String {
        format!("{}/folder-{:05}/file-{number:07}.dat", self.target.prefix, number / 200)
    }
}

pub type Failed = Box<dyn Error + Send + Sync>;

#[derive(Debug, Clone, Copy)]
pub enum Direction {
    Put,
    Get,
}

async fn one(what: &Loop, client: &Client, direction: Direction, number: u64) -> Result<(), Failed> {
    let key = what.key(number);
    match direction {
        Direction::Put => {
            let content = Noise(number + 1).bytes(what.size);
            client.put_object().bucket(&what.target.bucket).key(key).body(ByteStream::from(content)).send().await?;
        }
        Direction::Get => {
            let got = client.get_object().bucket(&what.target.bucket).key(key).send().await?;
            if got.body.collect().await?.into_bytes().len() != what.size {
                return Err("an object of another size".into());
            }
        }
    }
    Ok(())
}

/// Lists everything below the prefix.
pub fn list(target: &Target) -> Result<(), Box<dyn Error>> {
    let client = target.client()?;
    let count = tokio::runtime::Runtime::new()?.block_on(count(target, &client));
    println!("{}", count.map_err(|error| error as Box<dyn Error>)?);
    Ok(())
}

async fn count(target: &Target, client: &Client) -> Result<usize, Failed> {
    let (mut keys, mut after) = (0, None);
    loop {
        let call = client.list_objects_v2().bucket(&target.bucket).prefix(format!("{}/", target.prefix));
        let page = call.set_continuation_token(after).send().await?;
        keys += page.contents().len();
        after = page.next_continuation_token;
        if after.is_none() {
            return Ok(keys);
        }
    }
}

/// Takes every object once.
pub fn run(what: Loop, direction: Direction) -> Result<(), Box<dyn Error>> {
    let client = what.target.client()?;
    let (what, next) = (Arc::new(what), Arc::new(AtomicU64::new(0)));
    tokio::runtime::Runtime::new()?.block_on(async move {
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..what.in_flight {
            let (client, what, next) = (client.clone(), what.clone(), next.clone());
            tasks.spawn(async move {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= what.objects {
                        return Ok::<_, Failed>(());
                    }
                    one(&what, &client, direction, number).await?;
                }
            });
        }
        while let Some(ended) = tasks.join_next().await {
            ended?.map_err(|error| error as Box<dyn Error>)?;
        }
        Ok(())
    })
}
