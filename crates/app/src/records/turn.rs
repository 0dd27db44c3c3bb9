//! Taking turns between processes of this computer. Whoever only looks waits for nobody.
//!
//! One process exchanges with the place at a time, for as long as that takes; one saves at a time, for a moment. Both can be
//! at once: what is saved meanwhile is sent with the next exchange.

use std::{
    fs::File,
    path::{Path, PathBuf},
};

use crate::{AppError, Home, Result, config_file};

/// Held while a process exchanges with the place, or while one saves.
#[derive(Debug)]
#[must_use]
pub(super) struct Turn {
    _lock: File,
}

/// The files that processes wait for.
#[derive(Debug, Clone)]
pub(super) struct Turns {
    folder: PathBuf,
}

impl Turns {
    pub(super) fn of(home: &Home) -> Self {
        Self { folder: home.paths.records() }
    }

    /// Waits until no other process exchanges with the place, begins a vault or opens one from its code.
    pub(super) async fn exchange(&self) -> Result<Turn> {
        let path = self.folder.join("turn");
        tokio::task::spawn_blocking(move || take(&path)).await.map_err(AppError::internal)?
    }

    /// Waits until no other process saves. Blocks; not to be held over a request.
    pub(super) fn save(&self) -> Result<Turn> {
        take(&self.folder.join("save"))
    }
}

fn take(path: &Path) -> Result<Turn> {
    config_file::make_folder_of(path)?;
    Ok(Turn { _lock: config_file::lock(path)? })
}
