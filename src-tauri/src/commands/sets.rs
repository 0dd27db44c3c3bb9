//! Backup sets: kept, run, paused, shown.

use holdfast_app::{
    App, Result,
    agent::work::{Order, What, any_seed},
    dto::{
        log::RunTrigger,
        plan::PlanView,
        sets::{BackupSetDraft, PauseUntil, Schedule, ScheduleWords, SetView},
    },
};
use tauri::{AppHandle, command};

use super::{UPLOAD_PROGRESS, emit_to};
use crate::{Shared, SharedAgent};

#[command]
#[specta::specta]
pub async fn list_backup_sets(app: Shared<'_>) -> Result<Vec<SetView>> {
    app.backup_sets_now()
}

#[command]
#[specta::specta]
pub async fn save_backup_set(
    app: Shared<'_>,
    agent: SharedAgent<'_>,
    id: Option<String>,
    draft: BackupSetDraft,
    hold: Option<PauseUntil>,
) -> Result<SetView> {
    let id = match hold.filter(|_| id.is_none()) {
        Some(hold) => app.add_held_set_now(draft, hold).await?,
        None => app.save_backup_set_now(id.as_deref(), draft).await?,
    };
    agent.look();
    app.backup_set_now(&id)
}

#[command]
#[specta::specta]
pub async fn remove_backup_set(app: Shared<'_>, agent: SharedAgent<'_>, id: String) -> Result<()> {
    app.remove_backup_set(&id)?;
    agent.look();
    Ok(())
}

#[command]
#[specta::specta]
pub async fn preview_backup_set(
    app: Shared<'_>,
    handle: AppHandle,
    id: String,
    operation_id: Option<String>,
) -> Result<PlanView> {
    let run = app.running.begin(operation_id);
    let sink = emit_to(handle, UPLOAD_PROGRESS, &run.id);
    holdfast_app::agent::work::preview(&app, &id, &run, &sink).await
}

#[command]
#[specta::specta]
pub async fn run_backup_set(
    app: Shared<'_>,
    agent: SharedAgent<'_>,
    id: String,
    confirm_removal_of: Option<u64>,
) -> Result<String> {
    agent.order(&app, by_person(id, What::Whole { confirm_removal_of })).await
}

#[command]
#[specta::specta]
pub async fn run_drill(app: Shared<'_>, agent: SharedAgent<'_>, id: String) -> Result<String> {
    agent.order(&app, by_person(id, What::Drill { seed: any_seed() })).await
}

#[command]
#[specta::specta]
pub async fn set_retry(app: Shared<'_>, agent: SharedAgent<'_>, id: String, paths: Vec<String>) -> Result<String> {
    agent.order(&app, by_person(id, What::of_named(&paths))).await
}

fn by_person(set: String, what: What) -> Order {
    Order { set, trigger: RunTrigger::Person, what }
}

#[command]
#[specta::specta]
pub async fn pause_sets(app: Shared<'_>, agent: SharedAgent<'_>, id: Option<String>, until: PauseUntil) -> Result<()> {
    app.pause_sets_now(id.as_deref(), until)?;
    agent.look();
    Ok(())
}

#[command]
#[specta::specta]
pub async fn resume_sets(app: Shared<'_>, agent: SharedAgent<'_>, id: Option<String>) -> Result<()> {
    app.resume_sets(id.as_deref())?;
    agent.look();
    Ok(())
}

#[command]
#[specta::specta]
pub async fn exclude_from_set(
    app: Shared<'_>,
    agent: SharedAgent<'_>,
    id: String,
    paths: Vec<String>,
) -> Result<SetView> {
    app.exclude_from_set(&id, &paths)?;
    agent.look();
    app.backup_set_now(&id)
}

#[command]
#[specta::specta]
pub fn schedule_words(schedule: Schedule) -> Result<ScheduleWords> {
    App::schedule_words(&schedule)
}
