//! One large object sent in parts and fetched in ranges, with nothing but the SDK and a file: nothing is synced or written
//! down, and nothing is hashed unless it is asked for. No program that uses this SDK can be quicker on this machine and at this server.

use std::{
    error::Error,
    fs::File,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use aws_sdk_s3::{
    Client,
    primitives::ByteStream,
    types::{CompletedMultipartUpload, CompletedPart},
};
use clap::Args;
use sha2::{Digest, Sha256};
use tokio::{sync::Semaphore, task::JoinSet};

use crate::{
    files::files_below,
    sdk::{Failed, Target},
};

/// A file and an object.
#[derive(Debug, Clone, Args)]
pub struct Loop {
    /// The folder with the one file that is sent, or that is written into.
    folder: PathBuf,
    #[command(flatten)]
    target: Target,
    /// Bytes of a part.
    #[arg(long, default_value_t = 8 << 20)]
    part: u64,
    /// Requests at once.
    #[arg(long, default_value_t = 8)]
    in_flight: usize,
    /// Hash what is sent or fetched, once: what proving the content costs at least.
    #[arg(long)]
    hash: bool,
}

/// Where each part begins and how long it is.
fn parts(size: u64, part: u64) -> impl Iterator<Item = (u64, usize)> {
    (0..size).step_by(part as usize).map(move |at| (at, part.min(size - at) as usize))
}

/// Runs a task for every part with so many at once, and returns what they gave.
async fn each<T: Send + 'static, F: Future<Output = Result<T, Failed>> + Send + 'static>(
    what: &Loop,
    size: u64,
    one: impl Fn(u64, usize) -> F,
) -> Result<Vec<T>, Failed> {
    let (slots, mut tasks, mut all) = (Arc::new(Semaphore::new(what.in_flight)), JoinSet::new(), Vec::new());
    for (at, len) in parts(size, what.part) {
        let slot = slots.clone().acquire_owned().await?;
        let task = one(at, len);
        tasks.spawn(async move {
            let done = task.await;
            drop(slot);
            done
        });
    }
    while let Some(done) = tasks.join_next().await {
        all.push(done??);
    }
    Ok(all)
}

/// Sends the file in parts.
pub fn send(what: Loop) -> Result<(), Box<dyn Error>> {
    let path = files_below(&what.folder).pop().ok_or("no file")?;
    let key = key_of(&what, &path)?;
    let (client, file) = (what.target.client()?, Arc::new(File::open(&path)?));
    let done = tokio::runtime::Runtime::new()?.block_on(send_parts(&what, &client, file, &key));
    done.map_err(|error| error as Box<dyn Error>)
}

fn key_of(what: &Loop, path: &Path) -> Result<String, Box<dyn Error>> {
    Ok(format!("{}/{}", what.target.prefix, path.strip_prefix(&what.folder)?.display()))
}

/// The id of a new upload. rclone's server names the answer's root in a way that the SDK does not read.
async fn begin(client: &Client, bucket: &str, key: &str) -> Result<String, Failed> {
    let error = match client.create_multipart_upload().bucket(bucket).key(key).send().await {
        Ok(upload) => return Ok(upload.upload_id().ok_or("an upload without an id")?.to_owned()),
        Err(error) => error,
    };
    let text = error.raw_response().and_then(|answer| answer.body().bytes()).unwrap_or_default();
    let text = String::from_utf8_lossy(text);
    let id = text.split_once("<UploadId>").and_then(|(_, rest)| rest.split_once("</UploadId>"));
    id.map(|(id, _)| id.to_owned()).ok_or_else(|| error.into())
}

async fn send_parts(what: &Loop, client: &Client, file: Arc<File>, key: &str) -> Result<(), Failed> {
    let (bucket, size) = (&what.target.bucket, file.metadata()?.len());
    let id = begin(client, bucket, key).await?;
    let mut sent = each(what, size, |at, len| {
        let number = (at / what.part) as i32 + 1;
        let request = client.upload_part().bucket(bucket).key(key).upload_id(&id).part_number(number);
        let (file, hash) = (file.clone(), what.hash);
        async move {
            let mut content = vec![0; len];
            file.read_exact_at(&mut content, at)?;
            let put = request.body(ByteStream::from(content));
            let sent = if hash { put.send().await } else { put.customize().disable_payload_signing().send().await };
            let tag = sent?.e_tag;
            Ok(CompletedPart::builder().part_number(number).set_e_tag(tag).build())
        }
    })
    .await?;
    sent.sort_unstable_by_key(CompletedPart::part_number);
    let parts = CompletedMultipartUpload::builder().set_parts(Some(sent)).build();
    client.complete_multipart_upload().bucket(bucket).key(key).upload_id(id).multipart_upload(parts).send().await?;
    Ok(())
}

/// Fetches the one object below the prefix in ranges.
pub fn fetch(what: Loop) -> Result<(), Box<dyn Error>> {
    let client = what.target.client()?;
    let done = tokio::runtime::Runtime::new()?.block_on(fetch_ranges(&what, &client));
    done.map_err(|error| error as Box<dyn Error>)
}

async fn fetch_ranges(what: &Loop, client: &Client) -> Result<(), Failed> {
    let bucket = &what.target.bucket;
    let listed = client.list_objects_v2().bucket(bucket).prefix(format!("{}/", what.target.prefix)).send().await?;
    let object = listed.contents().first().ok_or("no object")?;
    let (key, size) = (object.key().ok_or("an object without a key")?, object.size().unwrap_or(0) as u64);
    let file = Arc::new(File::create_new(what.folder.join("object"))?);
    file.set_len(size)?;
    each(what, size, |at, len| {
        let range = format!("bytes={at}-{}", at + len as u64 - 1);
        let (request, file) = (client.get_object().bucket(bucket).key(key).range(range), file.clone());
        let mut digest = what.hash.then(Sha256::new);
        async move {
            let (mut body, mut at) = (request.send().await?.body, at);
            while let Some(chunk) = body.try_next().await? {
                if let Some(digest) = &mut digest {
                    digest.update(&chunk);
                }
                file.write_all_at(&chunk, at)?;
                at += chunk.len() as u64;
            }
            Ok(digest.map(Digest::finalize))
        }
    })
    .await?;
    Ok(())
}
