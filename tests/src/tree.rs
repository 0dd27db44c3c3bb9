//! Folders: a sample worth backing up, and what is in a folder, to be compared with another.

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    fs::{self, File, Permissions},
    os::unix::{
        ffi::OsStrExt,
        fs::{MetadataExt, PermissionsExt, symlink},
    },
    path::{Path, PathBuf},
    time::{Duration, UNIX_EPOCH},
};

use sha2::{Digest, Sha256};

/// What there is under a name. Times in ns since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// A file.
    File {
        /// Of its content.
        sha256: String,
        /// In bytes.
        size: u64,
        /// Permissions.
        mode: u32,
        /// Last change.
        mtime: i64,
    },
    /// A symbolic link and where it leads.
    Link(PathBuf),
}

/// Every file and link below a folder, by relative path. Folders are there by what is in them.
pub fn contents(root: &Path) -> BTreeMap<PathBuf, Entry> {
    let mut all = BTreeMap::new();
    for entry in walkdir::WalkDir::new(root) {
        let entry = entry.expect("a readable folder");
        let path = entry.path().strip_prefix(root).expect("below the root").to_owned();
        if entry.file_type().is_symlink() {
            all.insert(path, Entry::Link(fs::read_link(entry.path()).expect("a link")));
        } else if entry.file_type().is_file() {
            all.insert(path, file(entry.path()));
        }
    }
    all
}

fn file(path: &Path) -> Entry {
    let (meta, content) = (fs::metadata(path).expect("metadata"), fs::read(path).expect("content"));
    Entry::File {
        sha256: hex::encode(Sha256::digest(&content)),
        size: meta.size(),
        mode: meta.mode() & 0o7777,
        mtime: meta.mtime() * 1_000_000_000 + meta.mtime_nsec(),
    }
}

/// Fails with the paths that differ, not with both folders printed in full.
pub fn assert_same(found: &BTreeMap<PathBuf, Entry>, wanted: &BTreeMap<PathBuf, Entry>) {
    let paths: std::collections::BTreeSet<_> = found.keys().chain(wanted.keys()).collect();
    let differ = paths.into_iter().filter(|path| found.get(*path) != wanted.get(*path));
    let lines: Vec<String> =
        differ.map(|path| format!("{path:?}: {:?} is not {:?}", found.get(path), wanted.get(path))).collect();
    assert!(lines.is_empty(), "{} entries differ:\n{}", lines.len(), lines.join("\n"));
}

/// Bytes without a pattern, the same for the same seed.
pub fn noise(len: usize, seed: u64) -> Vec<u8> {
    use rand::{RngCore, SeedableRng, rngs::StdRng};
    let mut bytes = vec![0; len];
    StdRng::seed_from_u64(seed).fill_bytes(&mut bytes);
    bytes
}

/// Writes a file and the folders above it.
pub fn write(root: &Path, path: impl AsRef<Path>, content: impl AsRef<[u8]>) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(path, content).expect("a file");
}

/// Names that trip tools over; every server must take them.
const NAMES: &[&str] = &[
    "a+b&c=d.txt",
    "100% sure.txt",
    "a%20b",
    "two  spaces ",
    "it's \"quoted\"",
    "-rf",
    "#hash?query;semi",
    "Ümläut/日本語/🎂.txt",
    "nfc-\u{e9}",
    "nfd-e\u{301}",
    "Case",
    "case2/CASE",
    "dots...txt",
    "‛FF quoted",
    "[brackets] {braces} (parens)",
    "~tilde$dollar",
    "<angle>",
];

/// Names that only servers with any key take.
const ODD_NAMES: &[&str] = &["back\\slash", "line\nbreak", "tab\there"];

/// Fills a folder with `small` small files, odd names, empty files, links, permissions, times, and a file in parts.
pub fn sample(root: &Path, small: usize, any_key: bool) {
    for n in 0..small {
        write(root, format!("d{}/e{}/file {n:04}.bin", n % 9, n % 4), noise((n * 397) % 9000, n as u64));
    }
    for name in NAMES.iter().chain(if any_key { ODD_NAMES } else { &[] }) {
        write(root, name, name);
    }
    write(root, OsStr::from_bytes(b"bytes-\xff\xfe.bin"), "not UTF-8");
    write(root, "x".repeat(200), "long");
    for name in ["empty", "d1/empty too"] {
        write(root, name, "");
    }
    write(root, "large.bin", noise((20 << 20) + 12_345, 7));
    symlink("d1/empty too", root.join("link")).expect("a link");
    symlink("nowhere", root.join("d2/dangling ü")).expect("a link");
    symlink("d2", root.join("to a folder")).expect("a link");
    dress(root);
}

/// Gives every file its own permissions and time, some before 1970.
fn dress(root: &Path) {
    for (n, (path, entry)) in (0u64..).zip(contents(root)) {
        if matches!(entry, Entry::Link(_)) {
            continue;
        }
        let path = root.join(path);
        let offset = Duration::new(n * 86_413, (n as u32).wrapping_mul(123_456_789) % 1_000_000_000);
        let time = if n % 50 == 49 { UNIX_EPOCH - offset } else { UNIX_EPOCH + Duration::from_secs(1 << 30) + offset };
        File::options().write(true).open(&path).and_then(|file| file.set_modified(time)).expect("a time");
        fs::set_permissions(&path, Permissions::from_mode([0o644, 0o600, 0o755, 0o444][n as usize % 4]))
            .expect("a mode");
    }
}
