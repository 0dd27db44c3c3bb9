//! A folder held open: names are looked up in it and never through a link.
//!
//! On Unix the folder is a descriptor, so that nobody can put a link in its place between looking and writing. Elsewhere
//! it is a path whose parts were looked at.

#[cfg(unix)]
mod by_descriptor;
#[cfg(any(not(unix), test))]
mod by_path;

#[cfg(unix)]
pub(crate) use by_descriptor::{Dir, reserve, write_all_at};
#[cfg(not(unix))]
pub(crate) use by_path::{Dir, reserve, write_all_at};

/// What asking for a folder inside a folder found.
#[derive(Debug)]
pub(crate) enum Child<D> {
    /// It is there, or was made.
    Folder(D),
    /// A file or a link has its name.
    InTheWay,
}

#[cfg(all(test, unix))]
mod tests {
    use std::{ffi::OsStr, io::ErrorKind, io::Write, path::Path};

    use super::*;

    macro_rules! behaves {
        ($name:ident, $dir:ty) => {
            #[test]
            fn $name() {
                let there = tempfile::tempdir().unwrap();
                let elsewhere = tempfile::tempdir().unwrap();
                std::os::unix::fs::symlink(elsewhere.path(), there.path().join("link")).unwrap();
                std::fs::write(there.path().join("file"), "old").unwrap();
                let root = <$dir>::root(there.path()).unwrap();
                for taken in ["link", "file"] {
                    assert!(matches!(root.child(OsStr::new(taken)).unwrap(), Child::InTheWay), "{taken}");
                }
                let Child::Folder(sub) = root.child(OsStr::new("sub")).unwrap() else { panic!() };
                sub.create(OsStr::new("t"), 0o600).unwrap().write_all(b"new").unwrap();
                assert_eq!(sub.create(OsStr::new("t"), 0o600).unwrap_err().kind(), ErrorKind::AlreadyExists);
                let (t, file) = (OsStr::new("t"), OsStr::new("file"));
                assert_eq!(sub.rename(t, &root, file, false).unwrap_err().kind(), ErrorKind::AlreadyExists);
                assert_eq!(std::fs::read(there.path().join("file")).unwrap(), b"old");
                sub.rename(t, &root, file, true).unwrap();
                assert_eq!(std::fs::read(there.path().join("file")).unwrap(), b"new");
                sub.symlink(Path::new("nowhere"), t).unwrap();
                assert!(sub.open(t).is_err());
                assert_eq!(sub.names().unwrap(), [OsStr::new("t")]);
                sub.remove(t).unwrap();
                root.remove_folder(OsStr::new("sub")).unwrap();
                assert!(!there.path().join("sub").exists());
                assert!(elsewhere.path().read_dir().unwrap().next().is_none());
            }
        };
    }

    behaves!(a_descriptor_never_goes_through_a_link, by_descriptor::Dir);
    behaves!(a_path_never_goes_through_a_link, by_path::Dir);
}
