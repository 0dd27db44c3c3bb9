//! Settings that are not a place's or a set's.

use std::path::Path;

use holdfast_app::{
    AppError, Result,
    dto::{
        overview::OpenEvent,
        settings::{Imported, Settings},
    },
    page_memory::Remembered,
};
use tauri::{AppHandle, State, command};
use tauri_plugin_autostart::ManagerExt;

use crate::{Shared, SharedAgent, window::ToOpen};

#[command]
#[specta::specta]
pub async fn get_settings(app: Shared<'_>) -> Result<Settings> {
    app.settings()
}

#[command]
#[specta::specta]
pub async fn save_settings(
    app: Shared<'_>,
    agent: SharedAgent<'_>,
    handle: AppHandle,
    settings: Settings,
) -> Result<()> {
    settings.check()?;
    start_at_login(&handle, settings.start_at_login)?;
    app.save_settings(settings)?;
    agent.look();
    Ok(())
}

/// Keeps what the page wants to know when it is opened again.
#[command]
#[specta::specta]
pub async fn remember(app: Shared<'_>, what: Remembered, value: String) -> Result<()> {
    app.home.page_memory.remember(what, value)
}

/// What the window was opened for; once.
#[command]
#[specta::specta]
pub fn page_to_open(wanted: State<'_, ToOpen>) -> Option<OpenEvent> {
    wanted.take()
}

fn start_at_login(handle: &AppHandle, wanted: bool) -> Result<()> {
    let autostart = handle.autolaunch();
    let done = match (wanted, autostart.is_enabled().unwrap_or(false)) {
        (true, false) => autostart.enable(),
        (false, true) => autostart.disable(),
        _ => Ok(()),
    };
    done.map_err(AppError::internal)
}

#[command]
#[specta::specta]
pub async fn export_settings(app: Shared<'_>, path: String) -> Result<()> {
    app.export_settings(Path::new(&path))
}

#[command]
#[specta::specta]
pub async fn import_settings(
    app: Shared<'_>,
    agent: SharedAgent<'_>,
    handle: AppHandle,
    path: String,
) -> Result<Imported> {
    let imported = app.import_settings(Path::new(&path)).await?;
    start_at_login(&handle, app.settings()?.start_at_login)?;
    agent.look();
    Ok(imported)
}
