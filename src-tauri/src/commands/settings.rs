//! Settings that are not a place's or a set's.

use std::path::Path;

use holdfast_app::{Result, dto::settings::Settings};
use tauri::command;

use crate::{Shared, SharedAgent};

#[command]
#[specta::specta]
pub async fn get_settings(app: Shared<'_>) -> Result<Settings> {
    app.settings()
}

#[command]
#[specta::specta]
pub async fn save_settings(app: Shared<'_>, agent: SharedAgent<'_>, settings: Settings) -> Result<()> {
    app.save_settings(settings)?;
    agent.look();
    Ok(())
}

#[command]
#[specta::specta]
pub async fn export_settings(app: Shared<'_>, path: String) -> Result<()> {
    app.export_settings(Path::new(&path))
}

/// Gives the places that still need a secret.
#[command]
#[specta::specta]
pub async fn import_settings(app: Shared<'_>, agent: SharedAgent<'_>, path: String) -> Result<Vec<String>> {
    let missing = app.import_settings(Path::new(&path)).await?;
    agent.look();
    Ok(missing)
}
