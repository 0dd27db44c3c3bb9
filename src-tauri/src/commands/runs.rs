//! Everything at a glance, the run log, and operations under way.

use std::sync::Arc;

use holdfast_app::{
    Result,
    dto::{
        log::{RunDetail, RunFilter, RunPage},
        overview::{OperationView, Overview, SetCost},
    },
};
use tauri::{State, command};

use crate::{Shared, tray::TrayNews};

#[command]
#[specta::specta]
pub async fn get_overview(app: Shared<'_>) -> Result<Overview> {
    app.overview_now()
}

#[command]
#[specta::specta]
pub async fn costs_by_set(app: Shared<'_>) -> Result<Vec<SetCost>> {
    app.costs_by_set_now()
}

#[command]
#[specta::specta]
pub async fn list_runs(app: Shared<'_>, filter: RunFilter) -> Result<RunPage> {
    app.runs(&filter)
}

#[command]
#[specta::specta]
pub async fn get_run(app: Shared<'_>, id: String) -> Result<RunDetail> {
    app.run_detail(&id)
}

#[command]
#[specta::specta]
pub fn list_operations(app: Shared<'_>) -> Vec<OperationView> {
    app.running.list()
}

#[command]
#[specta::specta]
pub fn pause_operation(app: Shared<'_>, tray: State<'_, Arc<TrayNews>>, operation_id: String) -> Result<()> {
    app.running.pause(&operation_id, true)?;
    tray.changed();
    Ok(())
}

#[command]
#[specta::specta]
pub fn resume_operation(app: Shared<'_>, tray: State<'_, Arc<TrayNews>>, operation_id: String) -> Result<()> {
    app.running.pause(&operation_id, false)?;
    tray.changed();
    Ok(())
}
