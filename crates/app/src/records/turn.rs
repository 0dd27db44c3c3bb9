//! Taking turns: one process of this computer has the vault open at a time.

use std::fs::File;

use crate::{App, AppError, Result, config_file};

/// Held while a process has the vault open.
#[derive(Debug)]
pub(super) struct Turn {
    _lock: File,
}

/// Waits for its turn: another window or command may have the vault open.
pub(super) async fn take(app: &App) -> Result<Turn> {
    let path = app.home.paths.records().join("turn");
    config_file::make_folder_of(&path)?;
    let lock = tokio::task::spawn_blocking(move || config_file::lock(&path));
    Ok(Turn { _lock: lock.await.map_err(AppError::internal)?? })
}
