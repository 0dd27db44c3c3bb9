//! What the window's page remembers from one opening to the next: which page was open, its look, folders backed up by
//! hand, what it reminds of later. A web view writes its own storage some time after it was told, so a window that is
//! closed at once would lose it; here it is on the disk when the command has answered.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::{
    AppError, Result,
    config_file::{ConfigFile, Kept},
    profiles::Unknown,
};

/// The longest value: folders with 90 days each, some thousands of them.
const LONGEST_BYTES: usize = 8 << 20;

/// What can be remembered. The page decides what the values look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Remembered {
    /// Which page is open.
    Page,
    /// Light, dark, or as the system has it.
    Theme,
    /// Folders that were backed up by hand.
    Folders,
    /// What is to be shown again later, and when.
    Later,
}

/// What the page remembers, as it is in the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageMemory {
    version: u32,
    #[serde(default)]
    values: BTreeMap<Remembered, String>,
    #[serde(flatten)]
    unknown: Unknown,
}

impl Default for PageMemory {
    fn default() -> Self {
        Self { version: Self::FORMAT, values: BTreeMap::new(), unknown: Unknown::new() }
    }
}

impl Kept for PageMemory {
    const FORMAT: u32 = 1;
}

/// The file of it.
pub type PageMemoryFile = ConfigFile<PageMemory>;

impl ConfigFile<PageMemory> {
    /// A script that hands everything to the page before its first line runs, as `holdfastRemembered`. Where the file cannot
    /// be read, the window opens as if for the first time.
    pub fn script(&self) -> String {
        let memory = self.load().unwrap_or_else(|error| {
            tracing::warn!(%error, "the page remembers nothing");
            PageMemory::default()
        });
        let values = serde_json::to_string(&memory.values).unwrap_or_else(|_| "{}".to_owned());
        format!("globalThis.holdfastRemembered = Object.freeze({values});")
    }

    /// Writes one value; it is on the disk when this returns.
    ///
    /// # Errors
    /// A file that is damaged or of a later version is named and left as it is.
    pub fn remember(&self, what: Remembered, value: String) -> Result<()> {
        if value.len() > LONGEST_BYTES {
            return Err(AppError::internal("the page would remember more than 8 MiB at once"));
        }
        self.update(|memory| {
            memory.values.insert(what, value);
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_remembered_is_there_for_the_next_window() {
        let folder = tempfile::tempdir().unwrap();
        let file = PageMemoryFile::new(folder.path().join("window.json"));
        file.remember(Remembered::Page, "activity".to_owned()).unwrap();
        file.remember(Remembered::Page, "history".to_owned()).unwrap();
        file.remember(Remembered::Folders, "[]".to_owned()).unwrap();
        let next = PageMemoryFile::new(file.path());
        assert_eq!(
            next.script(),
            r#"globalThis.holdfastRemembered = Object.freeze({"page":"history","folders":"[]"});"#
        );
    }

    #[test]
    fn a_damaged_file_is_named_and_left() {
        let folder = tempfile::tempdir().unwrap();
        let file = PageMemoryFile::new(folder.path().join("window.json"));
        std::fs::write(file.path(), "{ no").unwrap();
        let error = file.remember(Remembered::Page, "activity".to_owned()).unwrap_err();
        assert!(error.message.contains("window.json"), "{error}");
        assert_eq!(std::fs::read_to_string(file.path()).unwrap(), "{ no");
        assert_eq!(file.script(), "globalThis.holdfastRemembered = Object.freeze({});");
    }
}
