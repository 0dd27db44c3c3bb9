//! "This computer": an S3 server in this process over a folder, so that the path that is tested is the path that is used.
//!
//! Keys are new for each start and stay in memory. A place that was set up is opened only where it is: a folder that is
//! gone, or a mount point without its disk, is never made anew by opening it.

use std::{
    collections::HashMap,
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use holdfast_bucket::{Running, Server};
use holdfast_storage::{Buckets, CredentialSource, Error, S3Location, Secret, folder::FolderBuckets, s3::StaticKeys};
use tokio::sync::Mutex as AsyncMutex;

use crate::{AppError, ErrorCode as Code, ErrorKind as Kind, Result, disk, paths::with_tilde};

/// The bucket that holds everything of a local place.
pub const LOCAL_BUCKET: &str = "holdfast";

/// A bucket that runs, or is being started. Whoever waits for one waits for no other.
type Slot = Arc<AsyncMutex<Option<Running>>>;

/// The embedded buckets that run in this process, one per folder.
#[derive(Debug, Default)]
pub struct Embedded {
    running: Mutex<HashMap<PathBuf, Slot>>,
}

/// How a local place is reached.
#[derive(Debug, Clone)]
pub struct LocalBucket {
    /// Address on this computer.
    pub location: S3Location,
    /// Keys for it, of this start.
    pub keys: StaticKeys,
}

impl Embedded {
    /// Makes a folder a local place: the folder (its parent must be there) and the bucket in it. Repeating it is fine.
    pub async fn make(&self, folder: &Path) -> Result<()> {
        let owned = folder.to_owned();
        let buckets = disk::on_disk(folder, move || {
            match fs::create_dir(&owned) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(AppError::io("making the folder for copies", &owned, &error)),
            }
            buckets(&owned)
        });
        let buckets = buckets.await?;
        if !is_free_or_ours(&buckets, folder).await? {
            return Err(not_a_place(&folder.join(LOCAL_BUCKET)));
        }
        match disk::while_it_answers(folder, buckets.create(LOCAL_BUCKET)).await? {
            Ok(()) | Err(Error::BucketExists { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Starts the bucket over a folder, or gives the one that runs.
    pub async fn start(&self, folder: &Path) -> Result<LocalBucket> {
        let folder = real_path(folder).await?;
        let slot = self.slots().entry(folder.clone()).or_default().clone();
        let mut slot = disk::while_it_answers(&folder, slot.lock()).await?;
        if let Some(server) = slot.as_ref() {
            return address(server);
        }
        let server = disk::while_it_answers(&folder, serve(&folder)).await??;
        address(slot.insert(server))
    }

    /// Ends all servers; requests under way may finish.
    pub async fn stop(&self) {
        let all: Vec<Slot> = self.slots().drain().map(|(_, slot)| slot).collect();
        for slot in all {
            // One that is still being started serves nobody.
            let server = slot.try_lock().ok().and_then(|mut slot| slot.take());
            if let Some(server) = server {
                server.shutdown().await;
            }
        }
    }

    fn slots(&self) -> MutexGuard<'_, HashMap<PathBuf, Slot>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The folder of a place by its own name, whatever link it was named by.
pub(crate) async fn real_path(folder: &Path) -> Result<PathBuf> {
    let owned = folder.to_owned();
    disk::on_disk(folder, move || fs::canonicalize(&owned).map_err(|error| folder_error(&owned, &error))).await
}

async fn serve(folder: &Path) -> Result<Running> {
    let owned = folder.to_owned();
    let buckets = disk::on_disk(folder, move || buckets(&owned)).await?;
    buckets.open(LOCAL_BUCKET).await.map_err(|error| match error {
        Error::NoSuchBucket { .. } => not_a_place(folder),
        other => other.into(),
    })?;
    Server::builder(buckets).start().await.map_err(|error| not_started(&error))
}

/// Words for a server that could not be started.
pub fn not_started(error: &holdfast_bucket::Error) -> AppError {
    AppError::new(
        Kind::SdkError,
        Code::LocalBucketFailed,
        format!("the bucket on this computer could not be started: {error}"),
        "check that programs may open ports on this computer (127.0.0.1) and that no other program has this one",
    )
    .retryable(true)
}

fn buckets(folder: &Path) -> Result<Arc<FolderBuckets>> {
    let facts = fs::metadata(folder).map_err(|error| folder_error(folder, &error))?;
    if !facts.is_dir() {
        return Err(is_a_file(folder));
    }
    Ok(Arc::new(FolderBuckets::new(folder)?))
}

/// Somebody's own folder of the bucket's name would become part of the bucket.
async fn is_free_or_ours(buckets: &FolderBuckets, folder: &Path) -> Result<bool> {
    let listed = disk::while_it_answers(folder, buckets.list()).await??;
    let ours = listed.iter().any(|bucket| bucket.name == LOCAL_BUCKET);
    let inside = folder.join(LOCAL_BUCKET);
    let look = move || match fs::read_dir(inside) {
        Ok(mut entries) => Ok(ours || entries.next().is_none()),
        Err(error) => Ok(error.kind() == io::ErrorKind::NotFound),
    };
    disk::on_disk(folder, look).await
}

fn address(server: &Running) -> Result<LocalBucket> {
    let mut location = S3Location::new(LOCAL_BUCKET)?;
    location.set_endpoint(&server.endpoint(), false)?;
    location.path_style = true;
    location.region = Some(server.region().to_owned());
    location.credentials = CredentialSource::Key(server.access_key().to_owned());
    Ok(LocalBucket { location, keys: StaticKeys { secret: Secret::new(server.secret_key().expose()), token: None } })
}

/// The folder of a place cannot be used.
pub(crate) fn folder_error(folder: &Path, error: &io::Error) -> AppError {
    match error.kind() {
        io::ErrorKind::NotFound => AppError::config(
            Code::FolderMissing,
            format!("the folder {} is not there", with_tilde(folder)),
            "if it is on another disk or a NAS, connect it first; else choose another folder",
        ),
        io::ErrorKind::NotADirectory => is_a_file(folder),
        io::ErrorKind::PermissionDenied => AppError::config(
            Code::FolderUnreadable,
            format!("the folder {} cannot be read: not allowed", with_tilde(folder)),
            "give your user the right to read and write it, or choose another folder",
        ),
        _ => AppError::io("opening the folder for copies", folder, error),
    }
}

fn is_a_file(folder: &Path) -> AppError {
    AppError::config(
        Code::FolderIsAFile,
        format!("{} is a file, not a folder", with_tilde(folder)),
        "choose a folder for your copies",
    )
}

/// The folder is there, but nobody made it a place for copies.
pub(crate) fn not_a_place(folder: &Path) -> AppError {
    AppError::config(
        Code::FolderNotAPlace,
        format!("the folder {} holds no copies of Holdfast", with_tilde(folder)),
        "is its disk connected? If this is to be a new place, choose an empty folder and set it up",
    )
}
