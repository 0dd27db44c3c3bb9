//! Each test that SEMANTICS.md and docs/security.md name is there, and each claim about security names one.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

const DOCUMENTS: &[&str] = &["SEMANTICS.md", "docs/security.md"];
const SOURCES: &[&str] = &["rs", "mjs", "ts"];

/// What is under version control, by path.
struct Repository {
    root: PathBuf,
    files: Vec<String>,
    functions: BTreeSet<String>,
    /// Titles of tests of the page and of the window stand somewhere in here.
    scripts: String,
}

impl Repository {
    fn read() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let listed = Command::new("git").arg("ls-files").current_dir(&root).output().expect("git");
        let files: Vec<String> = String::from_utf8(listed.stdout).expect("text").lines().map(Into::into).collect();
        let (mut functions, mut scripts) = (BTreeSet::new(), String::new());
        for file in files.iter().filter(|file| SOURCES.iter().any(|end| file.ends_with(&format!(".{end}")))) {
            let Ok(text) = fs::read_to_string(root.join(file)) else { continue };
            match file.ends_with(".rs") {
                true => functions.extend(text.split("fn ").skip(1).map(name).map(String::from)),
                false => scripts.push_str(&text),
            }
        }
        Self { root, files, functions, scripts }
    }

    fn text(&self, document: &str) -> String {
        fs::read_to_string(self.root.join(document)).expect(document)
    }

    /// Whether a quoted word names a file of ours that is not there.
    fn lacks_file(&self, word: &str) -> bool {
        let is_source = word.rsplit_once('.').is_some_and(|(_, end)| SOURCES.contains(&end));
        is_source && !self.files.iter().any(|file| file == word || file.ends_with(&format!("/{word}")))
    }

    /// Whether a quoted word is a test of ours.
    fn has_test(&self, word: &str) -> bool {
        self.functions.contains(word) || word.contains(' ') && self.scripts.contains(word)
    }
}

/// The identifier that a text begins with.
fn name(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
    &text[..end]
}

/// What stands between backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// Tests have long names; settings and columns of tables have at most one underscore.
fn looks_like_a_test(word: &str) -> bool {
    name(word) == word && word.matches('_').count() > 1 && !word.contains(|c: char| c.is_ascii_uppercase())
}

#[test]
fn every_test_and_file_that_is_named_is_there() {
    let repository = Repository::read();
    let mut lost = Vec::new();
    for document in DOCUMENTS {
        for (number, line) in repository.text(document).lines().enumerate() {
            let is_lost = |word: &&str| {
                repository.lacks_file(word) || looks_like_a_test(word) && !repository.functions.contains(*word)
            };
            lost.extend(quoted(line).filter(is_lost).map(|word| format!("{document}:{}: {word}", number + 1)));
        }
    }
    assert!(lost.is_empty(), "not there any more:\n{}", lost.join("\n"));
}

#[test]
fn every_claim_about_security_names_its_test() {
    let repository = Repository::read();
    let text = repository.text("docs/security.md");
    let claims: Vec<&str> = text.lines().filter(|line| line.starts_with("- ")).collect();
    assert!(claims.len() > 20, "claims are lines that begin with a dash");
    let bare: Vec<&str> =
        claims.into_iter().filter(|claim| !quoted(claim).any(|word| repository.has_test(word))).collect();
    assert!(bare.is_empty(), "nothing holds these:\n{}", bare.join("\n"));
}
