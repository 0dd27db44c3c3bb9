//! The file with all profiles.

use super::{FORMAT, Profiles};
use crate::config_file::{ConfigFile, Kept};

impl Kept for Profiles {
    const FORMAT: u32 = FORMAT;
}

/// `profiles.json` in a folder.
pub type ProfileStore = ConfigFile<Profiles>;

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;
    use crate::{
        ErrorCode,
        profiles::{LocalPlace, Place, Profile, ProfileName, Unknown},
    };

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
