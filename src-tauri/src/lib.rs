//! The Holdfast window: windows, commands of a few lines each, event forwarding. Everything else is `holdfast-app`.

mod agent;
mod commands;

use std::{process::ExitCode, sync::Arc};

use agent::DesktopAgent;
use holdfast_app::App;
use tauri::Manager;

/// What every command works on.
pub(crate) type Shared<'a> = tauri::State<'a, Arc<App>>;

/// What makes sets run by themselves.
pub(crate) type SharedAgent<'a> = tauri::State<'a, DesktopAgent>;

/// The commands and types that the page sees.
pub fn bindings() -> tauri_specta::Builder<tauri::Wry> {
    tauri_specta::Builder::<tauri::Wry>::new()
        .dangerously_cast_bigints_to_number()
        .disable_serde_phases()
        .error_handling(tauri_specta::ErrorHandlingMode::Throw)
        .commands(tauri_specta::collect_commands![
            commands::s3::configure_s3,
            commands::s3::get_s3_config,
            commands::s3::test_s3_connection,
            commands::s3::try_s3_connection,
            commands::s3::use_this_computer,
            commands::s3::list_providers,
            commands::s3::list_s3_buckets,
            commands::objects::list_s3_objects,
            commands::objects::upload_file_to_s3,
            commands::objects::download_file_from_s3,
            commands::objects::delete_file_from_s3,
            commands::objects::list_unfinished_uploads,
            commands::objects::abort_unfinished_uploads,
            commands::backup::sync_folder_to_s3,
            commands::backup::preview_backup,
            commands::backup::suggested_folders,
            commands::backup::folder_to_start_with,
            commands::backup::home_folder,
            commands::backup::cancel_operation,
            commands::restore::restore_folder_from_s3,
            commands::restore::preview_restore,
            commands::sets::list_backup_sets,
            commands::sets::save_backup_set,
            commands::sets::remove_backup_set,
            commands::sets::preview_backup_set,
            commands::sets::run_backup_set,
            commands::sets::run_drill,
            commands::sets::set_retry,
            commands::sets::pause_sets,
            commands::sets::resume_sets,
            commands::sets::exclude_from_set,
            commands::sets::schedule_words,
            commands::runs::get_overview,
            commands::runs::list_runs,
            commands::runs::get_run,
            commands::runs::list_operations,
            commands::runs::pause_operation,
            commands::runs::resume_operation,
            commands::settings::get_settings,
            commands::settings::save_settings,
            commands::settings::export_settings,
            commands::settings::import_settings,
        ])
        .typ::<holdfast_app::dto::run::ProgressEvent>()
        .typ::<holdfast_app::dto::overview::ChangedEvent>()
        .typ::<holdfast_app::AppError>()
}

/// Opens the window and runs until it is closed.
pub fn run() -> ExitCode {
    let app = match App::of_system() {
        Ok(app) => Arc::new(app),
        Err(error) => {
            eprintln!("holdfast: {error}\n{}", error.hint);
            return ExitCode::FAILURE;
        }
    };
    let handler = bindings().invoke_handler();
    let built = tauri::Builder::default()
        .plugin(tauri_plugin_single_instance::init(|app, _, _| {
            if let Some(window) = app.get_webview_window("main") {
                let _ = window.unminimize();
                let _ = window.set_focus();
            }
        }))
        .plugin(tauri_plugin_dialog::init())
        .plugin(tauri_plugin_opener::init())
        .manage(app.clone())
        .invoke_handler(handler)
        .setup({
            let app = app.clone();
            move |window| {
                window.manage(DesktopAgent::start(app, window.handle().clone()));
                Ok(())
            }
        })
        .build(tauri::generate_context!());
    match built {
        Ok(window) => {
            window.run(move |handle, event| {
                if let tauri::RunEvent::Exit = event {
                    let agent = handle.state::<DesktopAgent>();
                    tauri::async_runtime::block_on(async {
                        agent.stop().await;
                        app.shut_down().await;
                    });
                }
            });
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("holdfast: the window could not be opened: {error}");
            ExitCode::FAILURE
        }
    }
}
