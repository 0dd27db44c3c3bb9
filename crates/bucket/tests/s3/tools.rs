//! Other people's tools, unmodified: what they write they read back, byte for byte. A tool that is not installed is
//! named on the error output; `HOLDFAST_TOOLS` may name a folder to look in first.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
};

use tokio::process::Command;

use crate::bed::{Bed, content};

/// Finds a tool or says loudly that its test did not run.
fn find(name: &str) -> Option<PathBuf> {
    let extra = std::env::var_os("HOLDFAST_TOOLS").map(PathBuf::from);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = extra.into_iter().chain(std::env::split_paths(&path)).map(|dir| dir.join(name)).find(|p| p.is_file());
    if found.is_none() {
        eprintln!("SKIPPED: {name} is not installed, its round trip was NOT tested");
    }
    found
}

struct Tree(tempfile::TempDir);

impl Tree {
    /// Odd names, an empty file, one that needs several parts.
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let files = [("a b.txt", 10), ("sub/ü+%.bin", 70_000), ("sub/deep/empty", 0), ("large.bin", 20 << 20)];
        for (name, size) in files {
            let path = dir.path().join("in").join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, content(size)).unwrap();
        }
        std::fs::create_dir_all(dir.path().join("home")).unwrap();
        Self(dir)
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().unwrap().to_owned()
    }

    fn assert_same(&self) {
        let (from, to) = (self.0.path().join("in"), self.0.path().join("out"));
        assert_eq!(files(&from), files(&to));
    }
}

fn files(dir: &Path) -> Vec<(String, Vec<u8>)> {
    let (mut found, mut open) = (Vec::new(), vec![dir.to_owned()]);
    while let Some(dir_now) = open.pop() {
        for entry in std::fs::read_dir(&dir_now).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => open.push(path),
                false => {
                    let name = path.strip_prefix(dir).unwrap().to_str().unwrap().to_owned();
                    found.push((name, std::fs::read(&path).unwrap()));
                }
            }
        }
    }
    found.sort();
    found
}

async fn run(tool: &Path, bed: &Bed, tree: &Tree, arguments: &[&str]) -> String {
    let output = Command::new(tool)
        .args(arguments)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", tree.path("home"))
        .env("AWS_ACCESS_KEY_ID", bed.running.access_key())
        .env("AWS_SECRET_ACCESS_KEY", bed.running.secret_key().expose())
        .env("AWS_REGION", "us-east-1")
        .env("AWS_ENDPOINT_URL", bed.running.endpoint())
        .env("S3_ENDPOINT_URL", bed.running.endpoint())
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::null())
        .output()
        .await
        .unwrap();
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{tool:?} {arguments:?} over {}: {text}", bed.place);
    text
}

#[tokio::test]
async fn aws_cli_reads_back_what_it_wrote() {
    let Some(aws) = find("aws") else { return };
    for bed in Bed::all().await {
        let tree = Tree::new();
        run(&aws, &bed, &tree, &["s3", "mb", "s3://made"]).await;
        run(&aws, &bed, &tree, &["s3", "sync", &tree.path("in"), "s3://made/x"]).await;
        let again = run(&aws, &bed, &tree, &["s3", "sync", &tree.path("in"), "s3://made/x"]).await;
        assert!(!again.contains("upload:"), "{again}");
        run(&aws, &bed, &tree, &["s3", "cp", "--recursive", "s3://made/x", "s3://made/y"]).await;
        run(&aws, &bed, &tree, &["s3", "sync", "s3://made/y", &tree.path("out")]).await;
        tree.assert_same();
        let listed = run(&aws, &bed, &tree, &["s3", "ls", "s3://made/x/"]).await;
        assert!(listed.contains("PRE sub/") && listed.contains("a b.txt"), "{listed}");
        run(&aws, &bed, &tree, &["s3", "rb", "--force", "s3://made"]).await;
    }
}

#[tokio::test]
async fn s5cmd_reads_back_what_it_wrote() {
    let Some(s5cmd) = find("s5cmd") else { return };
    for bed in Bed::all().await {
        let tree = Tree::new();
        run(&s5cmd, &bed, &tree, &["mb", "s3://made"]).await;
        run(&s5cmd, &bed, &tree, &["cp", &format!("{}/", tree.path("in")), "s3://made/x/"]).await;
        run(&s5cmd, &bed, &tree, &["cp", "s3://made/x/*", "s3://made/y/"]).await;
        run(&s5cmd, &bed, &tree, &["cp", "s3://made/y/*", &format!("{}/", tree.path("out"))]).await;
        tree.assert_same();
        run(&s5cmd, &bed, &tree, &["rm", "s3://made/*"]).await;
        run(&s5cmd, &bed, &tree, &["rb", "s3://made"]).await;
    }
}

#[tokio::test]
async fn rclone_reads_back_what_it_wrote() {
    let Some(rclone) = find("rclone") else { return };
    for bed in Bed::all().await {
        let tree = Tree::new();
        let remote = |path: &str| format!(":s3,provider=Other,env_auth,endpoint='{}':{path}", bed.running.endpoint());
        run(&rclone, &bed, &tree, &["mkdir", &remote("made")]).await;
        let up = ["copy", "--s3-chunk-size=5Mi", "--s3-upload-cutoff=5Mi", &tree.path("in"), &remote("made/x")];
        run(&rclone, &bed, &tree, &up).await;
        run(&rclone, &bed, &tree, &["check", "--download", &tree.path("in"), &remote("made/x")]).await;
        let again = run(&rclone, &bed, &tree, &["sync", "-v", &tree.path("in"), &remote("made/x")]).await;
        assert!(again.contains("There was nothing to transfer"), "{again}");
        run(&rclone, &bed, &tree, &["copy", &remote("made/x"), &remote("made/y")]).await;
        run(&rclone, &bed, &tree, &["copy", &remote("made/y"), &tree.path("out")]).await;
        tree.assert_same();
        run(&rclone, &bed, &tree, &["purge", &remote("made")]).await;
    }
}
