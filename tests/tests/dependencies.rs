//! Who may depend on whom, as ARCHITECTURE.md draws it: read from the workspace itself.

use std::{collections::BTreeMap, process::Command};

use serde_json::Value;

/// What each of our crates may depend on among our crates.
const ALLOWED: &[(&str, &[&str])] = &[
    ("holdfast-storage", &[]),
    ("holdfast-bucket", &["holdfast-storage"]),
    ("holdfast-backup", &["holdfast-storage"]),
    ("holdfast-crypto", &[]),
    ("holdfast-journal", &["holdfast-storage", "holdfast-crypto"]),
    ("holdfast-history", &["holdfast-storage", "holdfast-crypto", "holdfast-journal"]),
    ("holdfast-records", &["holdfast-storage", "holdfast-crypto", "holdfast-journal"]),
    (
        "holdfast-app",
        &[
            "holdfast-storage",
            "holdfast-backup",
            "holdfast-bucket",
            "holdfast-history",
            "holdfast-records",
            "holdfast-journal",
            "holdfast-crypto",
        ],
    ),
    ("holdfast-gateway", &["holdfast-storage", "holdfast-bucket"]),
    ("holdfast", &["holdfast-app", "holdfast-gateway"]),
    ("holdfast-desktop", &["holdfast-app"]),
];

/// For every package of the workspace: its normal and build dependencies.
fn dependencies() -> BTreeMap<String, Vec<String>> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let output = Command::new(cargo).args(["metadata", "--format-version", "1", "--no-deps"]).output().unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap().iter();
    let names = |package: &Value| {
        let all = package["dependencies"].as_array().unwrap().iter();
        let real = all.filter(|d| d["kind"] != "dev").map(|d| d["name"].as_str().unwrap().to_owned());
        (package["name"].as_str().unwrap().to_owned(), real.collect())
    };
    packages.map(names).collect()
}

#[test]
fn our_crates_depend_on_each_other_only_as_drawn() {
    let found = dependencies();
    for (name, allowed) in ALLOWED {
        let ours = found[*name].iter().filter(|d| *d == "holdfast" || d.starts_with("holdfast-"));
        for dependency in ours {
            assert!(allowed.contains(&dependency.as_str()), "{name} must not depend on {dependency}");
        }
    }
}

#[test]
fn crypto_has_no_network_no_generator_and_no_place_to_keep_anything() {
    let dependencies = &dependencies()["holdfast-crypto"];
    for name in ["tokio", "reqwest", "rand", "getrandom", "rusqlite", "jiff", "tracing", "serde"] {
        assert!(!dependencies.iter().any(|dependency| dependency == name), "{name}");
    }
}

#[test]
fn a_gateway_cannot_link_decryption() {
    let found = dependencies();
    let mut open = vec!["holdfast-gateway"];
    while let Some(name) = open.pop() {
        assert_ne!(name, "holdfast-crypto");
        open.extend(found[name].iter().map(String::as_str).filter(|one| found.contains_key(*one)));
    }
}

#[test]
fn crypto_journal_and_records_ask_no_clock() {
    let crates = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates");
    for folder in ["crypto/src", "journal/src", "records/src"] {
        let files = walk(format!("{crates}/{folder}").into()).into_iter();
        for file in files.filter(|file| !file.ends_with("tests.rs")) {
            let text = std::fs::read_to_string(&file).unwrap();
            let code = text.split("#[cfg(test)]").next().unwrap();
            for word in ["SystemTime", "Timestamp::now", "Instant::now", "rand::", "new_v4", "now_v7"] {
                assert!(!code.contains(word), "{} uses {word}", file.display());
            }
        }
    }
}

fn walk(folder: std::path::PathBuf) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { walk(path) } else { vec![path] }).collect()
}

#[test]
fn only_the_window_knows_tauri() {
    for (name, dependencies) in dependencies() {
        let tauri = dependencies.iter().any(|d| d.starts_with("tauri"));
        assert_eq!(tauri, name == "holdfast-desktop", "{name}");
    }
}

#[test]
fn plans_are_made_without_network_clock_or_chance() {
    let crates = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates");
    for file in [
        "backup/src/plan/mod.rs",
        "backup/src/plan/diff.rs",
        "backup/src/plan/items.rs",
        "backup/src/schedule/mod.rs",
        "backup/src/schedule/calendar.rs",
        "backup/src/schedule/limits.rs",
        "backup/src/health.rs",
        "journal/src/plan/batch.rs",
        "journal/src/plan/fold.rs",
        "journal/src/plan/next.rs",
        "records/src/model/check.rs",
        "records/src/versions/lineage.rs",
        "records/src/versions/difference.rs",
        "records/src/versions/resolve.rs",
        "records/src/retention.rs",
        "app/src/agent/decide.rs",
        "app/src/agent/retry.rs",
    ] {
        let text = std::fs::read_to_string(format!("{crates}/{file}")).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap();
        for word in ["async ", "SystemTime", "Timestamp::now", "Instant::now", "rand::", "std::fs"] {
            assert!(!code.contains(word), "{file} uses {word}");
        }
    }
}
