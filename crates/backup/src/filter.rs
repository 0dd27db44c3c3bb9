//! What is left out of a backup or restore: patterns as in `.gitignore`, hidden files, and a few defaults.
//!
//! Patterns are compiled by the `ignore` crate, which is git's own semantics on `globset`. Later patterns win; `!`
//! brings back what an earlier one left out.

use std::path::Path;

use ignore::{
    Match,
    gitignore::{Gitignore, GitignoreBuilder},
};

use crate::{Error, Result};

/// Left out everywhere unless a pattern of the set brings them back with `!`.
pub const DEFAULT_PATTERNS: &[&str] = &[".DS_Store", "Thumbs.db", "*.tmp"];

/// Marks a folder whose content can be made again (bford.info/cachedir).
pub const CACHE_TAG: &str = "CACHEDIR.TAG";

/// The first bytes of a genuine [`CACHE_TAG`] file.
pub const CACHE_TAG_SIGNATURE: &[u8] = b"Signature: 8a477f597d28d172789f06886806bc55";

/// Compiled rules.
#[derive(Debug, Clone)]
pub struct Filter {
    rules: Gitignore,
    include_hidden: bool,
}

/// Why something is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LeftOut<'a> {
    /// By this pattern.
    Pattern(&'a str),
    /// Its name begins with a dot.
    Hidden,
}

impl Filter {
    /// Compiles the defaults and then `patterns`, in order.
    pub fn new(patterns: &[String], include_hidden: bool) -> Result<Self> {
        let defaults = DEFAULT_PATTERNS.iter().map(|p| (*p).to_owned());
        let all: Vec<String> = defaults.chain(patterns.iter().cloned()).collect();
        Ok(Self { include_hidden, ..Self::only(&all)? })
    }

    /// Compiles `patterns` alone: no defaults, and hidden files take part.
    pub fn only(patterns: &[String]) -> Result<Self> {
        let mut builder = GitignoreBuilder::new("");
        builder.allow_unclosed_class(false);
        for pattern in patterns {
            let bad = |reason: String| Error::BadPattern { pattern: pattern.clone(), reason };
            builder.add_line(None, pattern).map_err(|e| bad(reason_of(&e)))?;
        }
        let all = || patterns.join(", ");
        let rules = builder.build().map_err(|e| Error::BadPattern { pattern: all(), reason: reason_of(&e) })?;
        Ok(Self { rules, include_hidden: true })
    }

    /// Whether an entry is left out, by itself: its folders are taken to be in.
    pub fn left_out(&self, relative: &Path, is_dir: bool) -> Option<LeftOut<'_>> {
        self.judge(self.rules.matched(relative, is_dir), relative.file_name().is_some_and(is_hidden))
    }

    /// Whether an entry or any folder above it is left out.
    pub fn excluded(&self, relative: &str, is_dir: bool) -> bool {
        self.path_excluded(Path::new(relative), is_dir)
    }

    /// The same for a path as the system has it.
    pub fn path_excluded(&self, path: &Path, is_dir: bool) -> bool {
        let hidden = path.iter().any(is_hidden);
        self.judge(self.matched(path, is_dir), hidden).is_some()
    }

    /// What the nearest of the path and the folders above it matches. The folder itself, which has no name here, takes
    /// no part: `*/` would match it, and with it everything.
    fn matched(&self, path: &Path, is_dir: bool) -> Match<&ignore::gitignore::Glob> {
        let above = path.ancestors().skip(1).filter(|folder| !folder.as_os_str().is_empty());
        let mut all = std::iter::once((path, is_dir)).chain(above.map(|folder| (folder, true)));
        let found =
            all.find_map(|(path, is_dir)| Some(self.rules.matched(path, is_dir)).filter(|found| !found.is_none()));
        found.unwrap_or(Match::None)
    }

    fn judge<'a>(&self, found: Match<&'a ignore::gitignore::Glob>, hidden: bool) -> Option<LeftOut<'a>> {
        match found {
            Match::Ignore(glob) => Some(LeftOut::Pattern(glob.original())),
            Match::Whitelist(_) => None,
            Match::None => (hidden && !self.include_hidden).then_some(LeftOut::Hidden),
        }
    }
}

fn is_hidden(name: &std::ffi::OsStr) -> bool {
    name.as_encoded_bytes().first() == Some(&b'.')
}

fn reason_of(error: &ignore::Error) -> String {
    match error {
        ignore::Error::Glob { err, .. } => err.clone(),
        ignore::Error::WithLineNumber { err, .. } | ignore::Error::WithPath { err, .. } => reason_of(err),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(patterns: &[&str], hidden: bool) -> Filter {
        Filter::new(&patterns.iter().map(|p| (*p).to_owned()).collect::<Vec<_>>(), hidden).unwrap()
    }

    #[test]
    fn patterns_mean_what_they_mean_in_gitignore() {
        for (patterns, path, is_dir, out) in [
            (&[][..], "a.txt", false, false),
            (&[], "a.tmp", false, true),
            (&[], "x/.DS_Store", false, true),
            (&[], "x/Thumbs.db", false, true),
            (&["!a.tmp"], "a.tmp", false, false),
            (&["*.log"], "x/y.log", false, true),
            (&["/*.log"], "x/y.log", false, false),
            (&["build/"], "build", true, true),
            (&["build/"], "build", false, false),
            (&["build/"], "build/x", false, true),
            (&["a/**/z"], "a/b/c/z", false, true),
            (&["doc/*.txt"], "doc/a/b.txt", false, false),
            (&["*.log", "!keep.log"], "keep.log", false, false),
            (&["*/"], "a", false, false),
            (&["/*/"], "a", false, false),
            (&["/*/"], "a/b", false, true),
            (&["# a comment"], "# a comment", false, false),
            (&["\\#x"], "#x", false, true),
        ] {
            assert_eq!(filter(patterns, true).excluded(path, is_dir), out, "{patterns:?} {path}");
        }
    }

    #[test]
    fn hidden_files_are_left_out_unless_asked_for() {
        assert_eq!(filter(&[], false).left_out(Path::new("a/.b"), false), Some(LeftOut::Hidden));
        assert!(filter(&[], false).excluded(".a/b", false));
        assert!(!filter(&[], true).excluded(".a/b", false));
        assert!(!filter(&["!.bashrc"], false).excluded(".bashrc", false));
    }

    #[test]
    fn a_pattern_that_is_none_is_named() {
        for bad in ["a[", "{a", "x[z-a]"] {
            match Filter::new(&["fine".into(), bad.into()], false) {
                Err(Error::BadPattern { pattern, reason }) => {
                    assert_eq!(pattern, bad);
                    assert!(!reason.is_empty());
                }
                other => panic!("{bad}: {other:?}"),
            }
        }
    }
}
