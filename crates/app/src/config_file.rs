//! A settings file on disk: one writer at a time, whole or not at all, readable by its owner only.
//!
//! A damaged file is never written over, and one of a later format is refused. Writers take turns through a lock file.

use std::{
    fs::{self, File},
    io::{self, Write},
    marker::PhantomData,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{AppError, ErrorCode, Result, error::shown};

/// What is kept in a file of its own, as JSON with a field `version`.
pub trait Kept: Serialize + DeserializeOwned + Default + Clone + PartialEq {
    /// The format this version writes.
    const FORMAT: u32;
}

/// A file with settings. Reading and writing block: call it off the async threads where that matters.
#[derive(Debug)]
pub struct ConfigFile<T> {
    path: PathBuf,
    what: PhantomData<fn() -> T>,
}

impl<T> Clone for ConfigFile<T> {
    fn clone(&self) -> Self {
        Self { path: self.path.clone(), what: PhantomData }
    }
}

impl<T: Kept> ConfigFile<T> {
    /// The file at `path`. Nothing is read or made yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), what: PhantomData }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What is in it; the default when there is no file.
    ///
    /// # Errors
    /// `config_corrupt` and `config_newer` name the file, which stays as it is.
    pub fn load(&self) -> Result<T> {
        match fs::read(&self.path) {
            Ok(bytes) => self.parse(&bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(T::default()),
            Err(error) => Err(AppError::io("reading the settings", &self.path, &error)),
        }
    }

    /// Reads, changes and writes while no other process does. When `change` fails nothing is written.
    pub fn update<A>(&self, change: impl FnOnce(&mut T) -> Result<A>) -> Result<A> {
        make_folder_of(&self.path)?;
        let _turn = lock(&self.path)?;
        let mut kept = self.load()?;
        let before = kept.clone();
        let answer = change(&mut kept)?;
        if kept != before {
            replace(&self.path, &kept)?;
        }
        Ok(answer)
    }

    fn parse(&self, bytes: &[u8]) -> Result<T> {
        #[derive(Deserialize)]
        struct Version {
            version: u32,
        }
        let newer = |found: &Version| found.version > T::FORMAT;
        match (serde_json::from_slice::<Version>(bytes), serde_json::from_slice(bytes)) {
            (Ok(found), _) if newer(&found) => Err(self.newer(found.version)),
            (Ok(_), Ok(kept)) => Ok(kept),
            (Err(why), _) | (_, Err(why)) => Err(self.corrupt(&why)),
        }
    }

    /// Only line and column are told: the parser's words may quote what somebody wrote there, perhaps a secret.
    fn corrupt(&self, why: &serde_json::Error) -> AppError {
        let path = shown(&self.path.display().to_string());
        AppError::config(
            ErrorCode::ConfigCorrupt,
            format!("the settings file {path} is damaged (line {}, column {})", why.line(), why.column()),
            "it was left as it is: repair it, or move it away and set up anew what it held; no copy is lost",
        )
    }

    fn newer(&self, version: u32) -> AppError {
        let path = shown(&self.path.display().to_string());
        AppError::config(
            ErrorCode::ConfigNewer,
            format!("the settings file {path} was written by a newer Holdfast (format {version})"),
            "update Holdfast on this computer; the file was left as it is",
        )
    }
}

/// Makes the folder of a file with settings.
pub(crate) fn make_folder_of(path: &Path) -> Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    make_folder(folder).map_err(|e| AppError::io("making the folder for settings", folder, &e))
}

/// Waits for the turn to change a file with settings, which ends with the answer's life.
pub(crate) fn lock(path: &Path) -> Result<File> {
    let path = path.with_extension("lock");
    let take = || {
        let mut options = File::options();
        options.create(true).truncate(false).write(true);
        owner_only(&mut options);
        let file = options.open(&path)?;
        file.lock()?;
        Ok(file)
    };
    take().map_err(|e: io::Error| AppError::io("locking the settings", &path, &e))
}

/// Writes a file with settings whole or not at all.
pub(crate) fn replace(path: &Path, settings: &impl Serialize) -> Result<()> {
    let failed = |error: io::Error| AppError::io("writing the settings", path, &error);
    let mut text = serde_json::to_vec_pretty(settings).map_err(AppError::internal)?;
    text.push(b'\n');
    // Where the file is a link into somebody's collection of settings, the link stays.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folder = target.parent().unwrap_or(Path::new("."));
    let mut new = tempfile::Builder::new().prefix(".settings-").tempfile_in(folder).map_err(failed)?;
    new.write_all(&text).and_then(|()| new.as_file().sync_all()).map_err(failed)?;
    new.persist(&target).map_err(|error| failed(error.error))?;
    sync_folder(folder).map_err(failed)
}

#[cfg(unix)]
fn owner_only(options: &mut fs::OpenOptions) {
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
}

#[cfg(not(unix))]
fn owner_only(_: &mut fs::OpenOptions) {}

#[cfg(unix)]
fn make_folder(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(not(unix))]
fn make_folder(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)
}

/// A rename is on disk only when its folder is.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}
