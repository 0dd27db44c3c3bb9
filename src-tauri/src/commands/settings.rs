//! Settings that are not a place's or a set's.

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
