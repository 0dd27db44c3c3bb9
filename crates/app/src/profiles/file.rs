//! The file on disk: one writer at a time, whole or not at all, readable by its owner only.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::{FORMAT, Profiles};
use crate::{AppError, ErrorCode, Result, error::shown};

/// `profiles.json` in a folder. Reading and writing block: call it off the async threads where that matters.
#[derive(Debug, Clone)]
pub struct ProfileStore {
    path: PathBuf,
}

impl ProfileStore {
    /// The file at `path`. Nothing is read or made yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// All profiles; none when there is no file.
    ///
    /// # Errors
    /// `config_corrupt` and `config_newer` name the file, which stays as it is.
    pub fn load(&self) -> Result<Profiles> {
        match fs::read(&self.path) {
            Ok(bytes) => self.parse(&bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Profiles::default()),
            Err(error) => Err(AppError::io("reading the settings", &self.path, &error)),
        }
    }

    /// Reads, changes and writes while no other process does. When `change` fails nothing is written.
    pub fn update<T>(&self, change: impl FnOnce(&mut Profiles) -> Result<T>) -> Result<T> {
        make_folder_of(&self.path)?;
        let _turn = self.lock()?;
        let mut profiles = self.load()?;
        let before = profiles.clone();
        let answer = change(&mut profiles)?;
        if profiles != before {
            self.write(&profiles)?;
        }
        Ok(answer)
    }

    fn parse(&self, bytes: &[u8]) -> Result<Profiles> {
        #[derive(Deserialize)]
        struct Version {
            version: u32,
        }
        let newer = |found: &Version| found.version > FORMAT;
        match (serde_json::from_slice::<Version>(bytes), serde_json::from_slice(bytes)) {
            (Ok(found), _) if newer(&found) => Err(self.newer(found.version)),
            (Ok(_), Ok(profiles)) => Ok(profiles),
            (Err(why), _) | (_, Err(why)) => Err(self.corrupt(&why)),
        }
    }

    /// Only line and column are told: the parser's words may quote what somebody wrote there, perhaps a secret.
    fn corrupt(&self, why: &serde_json::Error) -> AppError {
        let path = shown(&self.path.display().to_string());
        AppError::config(
            ErrorCode::ConfigCorrupt,
            format!("the settings file {path} is damaged (line {}, column {})", why.line(), why.column()),
            "it was left as it is: repair it, or move it away and set up your places anew; no copy is lost",
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

    fn lock(&self) -> Result<File> {
        lock(&self.path)
    }

    fn write(&self, profiles: &Profiles) -> Result<()> {
        replace(&self.path, profiles)
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
    let mut new = tempfile::Builder::new().prefix(".profiles-").tempfile_in(folder).map_err(failed)?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profiles::{LocalPlace, Place, Profile, ProfileName, Unknown};

    fn profile(folder: &str) -> Profile {
        Profile::new(Place::Local(LocalPlace { folder: folder.into(), unknown: Unknown::new() }))
    }

    fn name(text: &str) -> ProfileName {
        ProfileName::new(text).unwrap()
    }

    fn store() -> (tempfile::TempDir, ProfileStore) {
        let folder = tempfile::tempdir().unwrap();
        let store = ProfileStore::new(folder.path().join("config/profiles.json"));
        (folder, store)
    }

    fn entries(store: &ProfileStore) -> Vec<String> {
        let all = fs::read_dir(store.path().parent().unwrap()).unwrap();
        let mut names: Vec<_> = all.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn what_was_saved_is_there_again_for_its_owner_only() {
        let (_folder, store) = store();
        assert_eq!(store.load().unwrap(), Profiles::default());
        store.update(|all| all.add(name("a"), profile("/x"))).unwrap();
        assert_eq!(store.load().unwrap().get(&name("a")), Some(&profile("/x")));
        assert_eq!(entries(&store), ["profiles.json", "profiles.lock"]);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!((mode(store.path()), mode(store.path().parent().unwrap())), (0o600, 0o700));
        }
    }

    #[test]
    fn a_damaged_file_is_named_and_kept() {
        for bad in ["", "{", "[]", "{\"profiles\":{}}", "{\"version\":1,\"profiles\":{\"a/b\":{}}}", "\u{0}\u{0}"] {
            let (_folder, store) = store();
            fs::create_dir_all(store.path().parent().unwrap()).unwrap();
            fs::write(store.path(), bad).unwrap();
            for error in [store.load().unwrap_err(), store.update(|all| all.add(name("a"), profile("/x"))).unwrap_err()]
            {
                assert_eq!(error.code, ErrorCode::ConfigCorrupt, "{bad:?}");
                assert!(error.message.contains("profiles.json"), "{error}");
            }
            assert_eq!(fs::read_to_string(store.path()).unwrap(), bad);
        }
    }

    #[test]
    fn a_file_of_a_later_format_is_refused_and_kept() {
        let (_folder, store) = store();
        fs::create_dir_all(store.path().parent().unwrap()).unwrap();
        let text = r#"{"version":2,"places":[]}"#;
        fs::write(store.path(), text).unwrap();
        assert_eq!(store.update(|_| Ok(())).unwrap_err().code, ErrorCode::ConfigNewer);
        assert_eq!(fs::read_to_string(store.path()).unwrap(), text);
    }

    #[test]
    fn fields_of_other_versions_survive_a_change() {
        let (_folder, store) = store();
        fs::create_dir_all(store.path().parent().unwrap()).unwrap();
        let text = r#"{"version":1,"colour":"red","profiles":{"a":{"place":{"kind":"local","folder":"/x","spin":2},"order":3,
            "probe":{"of":"another version"}}}}"#;
        fs::write(store.path(), text).unwrap();
        store.update(|all| all.add(name("b"), profile("/y"))).unwrap();
        store.update(|all| Ok(all.set(name("a"), all.get(&name("a")).unwrap().clone()))).unwrap();
        let back: serde_json::Value = serde_json::from_slice(&fs::read(store.path()).unwrap()).unwrap();
        assert_eq!(back["colour"], "red");
        assert_eq!((&back["profiles"]["a"]["order"], &back["profiles"]["a"]["place"]["spin"]), (&3.into(), &2.into()));
    }

    #[test]
    fn of_many_writers_at_once_none_loses_a_change() {
        let (_folder, store) = store();
        std::thread::scope(|scope| {
            for writer in 0..8 {
                let store = &store;
                scope.spawn(move || {
                    for n in 0..10 {
                        store.update(|all| all.add(name(&format!("w{writer}-{n}")), profile("/x"))).unwrap();
                        store.load().unwrap();
                    }
                });
            }
        });
        assert_eq!(store.load().unwrap().iter().count(), 80);
        assert_eq!(entries(&store), ["profiles.json", "profiles.lock"]);
    }

    #[test]
    fn a_change_that_fails_writes_nothing() {
        let (_folder, store) = store();
        store.update(|all| all.add(name("a"), profile("/x"))).unwrap();
        let before = fs::read(store.path()).unwrap();
        let error = store.update(|all| {
            all.remove(&name("a"))?;
            all.remove(&name("b"))
        });
        assert_eq!(error.unwrap_err().code, ErrorCode::NotConfigured);
        assert_eq!(fs::read(store.path()).unwrap(), before);
    }

    #[cfg(unix)]
    #[test]
    fn a_linked_file_stays_a_link() {
        let (folder, store) = store();
        fs::create_dir_all(store.path().parent().unwrap()).unwrap();
        let real = folder.path().join("dotfiles.json");
        fs::write(&real, r#"{"version":1,"profiles":{}}"#).unwrap();
        std::os::unix::fs::symlink(&real, store.path()).unwrap();
        store.update(|all| all.add(name("a"), profile("/x"))).unwrap();
        assert!(fs::symlink_metadata(store.path()).unwrap().is_symlink());
        assert!(fs::read_to_string(&real).unwrap().contains("/x"));
    }
}
