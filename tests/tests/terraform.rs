//! What `holdfast bucket policy --terraform` prints and the manual shows, read by Terraform or OpenTofu itself: its form,
//! and that each text means what the policy for IAM says. Its checks of a provider's schema need that provider and are not
//! made: nothing is fetched.

use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

use holdfast_tests::program::program;
use serde_json::Value;

const URLS: [&str; 4] = [
    "s3://photos?region=eu-north-1",
    "s3://photos/mara/laptop?region=cn-north-1&storage_class=DEEP_ARCHIVE",
    "s3://photos?region=eu-west-1&sse=kms:arn:aws:kms:eu-west-1:1:key/2",
    "s3://b-1/50%25 $ * ok%3F \"x\"?region=eu-north-1",
];

/// The tool, where one is installed.
fn tool() -> Option<&'static str> {
    let found =
        ["terraform", "tofu"].into_iter().find(|tool| ended(tool, &["version"], "").is_some_and(|ended| ended.0));
    if found.is_none() {
        eprintln!("LEFT OUT: neither terraform nor tofu is installed");
    }
    found
}

/// Whether it ended well, and what it printed.
fn ended(tool: &str, args: &[&str], input: &str) -> Option<(bool, String)> {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = Command::new(tool);
    command.args(args).current_dir(folder.path()).env("CHECKPOINT_DISABLE", "1").env("HOME", folder.path());
    command.env_remove("TF_CLI_CONFIG_FILE").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().ok()?;
    // One that does not read is told apart by how it ends.
    let _ = child.stdin.take().expect("its input").write_all(input.as_bytes());
    let output = child.wait_with_output().expect("its end");
    let text = [output.stdout, output.stderr].concat();
    Some((output.status.success(), String::from_utf8_lossy(&text).into_owned()))
}

fn printed(url: &str, more: &[&str]) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = Command::new(program());
    command.args(["bucket", "policy", url]).args(more);
    for variable in ["HOME", "HOLDFAST_CONFIG_DIR", "HOLDFAST_DATA_DIR"] {
        command.env(variable, folder.path());
    }
    let output = command.output().expect("the program");
    assert!(output.status.success(), "{url}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

fn assert_well_formed(tool: &str, what: &str, text: &str) {
    let (well, said) = ended(tool, &["fmt", "-check", "-diff", "-"], text).expect("it runs");
    assert!(well, "{what}: {said}\n{text}");
}

#[test]
fn what_is_printed_is_in_its_canonical_form() {
    let Some(tool) = tool() else { return };
    for url in URLS {
        assert_well_formed(tool, url, &printed(url, &["--terraform"]));
    }
}

#[test]
fn what_is_no_such_text_is_refused() {
    let Some(tool) = tool() else { return };
    for text in ["resource \"a\" {", "a = ", "a={}\nbcd = 1\n"] {
        assert!(!ended(tool, &["fmt", "-check", "-"], text).expect("it runs").0, "{text}");
    }
}

#[test]
fn each_resource_is_the_one_of_the_policy_for_iam() {
    let Some(tool) = tool() else { return };
    for url in URLS {
        let text = printed(url, &["--terraform"]);
        let lists = text.lines().filter_map(|line| line.trim().strip_prefix("resources = "));
        // Its console tells the last of what it was asked, and prints JSON's text as a text of its own.
        let asked = format!("jsonencode([{}])\n", lists.collect::<Vec<_>>().join(", "));
        let (well, said) = ended(tool, &["console"], &asked).expect("it runs");
        assert!(well, "{said}");
        let means: String = serde_json::from_str(said.trim()).expect("a text");
        let means: Vec<Vec<String>> = serde_json::from_str(&means).expect("lists");
        let policy: Value = serde_json::from_str(&printed(url, &[])).expect("JSON");
        let wanted = policy["Statement"].as_array().expect("statements").iter();
        let wanted: Vec<Vec<String>> =
            wanted.map(|one| vec![one["Resource"].as_str().expect("a resource").to_owned()]).collect();
        assert_eq!(means, wanted, "{url}");
    }
}

#[test]
fn the_alarm_in_the_manual_is_well_formed() {
    let Some(tool) = tool() else { return };
    let manual = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/history.md");
    let manual = std::fs::read_to_string(manual).expect("the manual");
    let blocks = manual.split("```").skip(1).step_by(2).filter(|block| block.trim_start().starts_with("resource \""));
    let blocks: Vec<&str> = blocks.map(|block| block.trim_start_matches('\n')).collect();
    assert_eq!(blocks.len(), 1);
    blocks.iter().for_each(|block| assert_well_formed(tool, "docs/history.md", block));
}
