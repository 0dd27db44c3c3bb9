//! A bare walk with a stat of every file: what looking at a tree costs at least.

use std::{error::Error, path::Path};

use walkdir::WalkDir;

pub fn run(folder: &Path) -> Result<(), Box<dyn Error>> {
    let (mut files, mut bytes) = (0u64, 0u64);
    for entry in WalkDir::new(folder) {
        let entry = entry?;
        if entry.file_type().is_file() {
            files += 1;
            bytes += entry.metadata()?.len();
        }
    }
    println!("{}", serde_json::json!({ "files": files, "bytes": bytes }));
    Ok(())
}
