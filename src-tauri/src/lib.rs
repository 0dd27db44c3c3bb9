//! The Holdfast window: windows, commands of a few lines each, event forwarding. Everything else is `holdfast-app`.

mod commands;

use std::{process::ExitCode, sync::Arc};

use holdfast_app::App;
use tauri::Manager;

/// What every command works on.
pub(crate) type Shared<'a> = tauri::State<'a, Arc<App>>;

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
            commands::verify::verify_folder,
            commands::places::list_places,
            commands::places::remove_place,
            commands::places::list_prices,
            commands::places::save_price,
            commands::places::reset_price,
            commands::storage_tools::storage_classes,
            commands::storage_tools::get_versioning,
            commands::storage_tools::set_versioning,
            commands::storage_tools::get_lifecycle,
            commands::storage_tools::preview_lifecycle,
            commands::storage_tools::set_lifecycle,
            commands::storage_tools::get_object_lock,
            commands::storage_tools::set_object_lock,
            commands::storage_tools::least_privilege_policy,
            commands::versions::list_versions,
            commands::versions::thaw_state,
            commands::versions::thaw,
            commands::versions::search_objects,
        ])
        .typ::<holdfast_app::dto::run::ProgressEvent>()
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
        .build(tauri::generate_context!());
    match built {
        Ok(window) => {
            window.run(move |_, event| {
                if let tauri::RunEvent::Exit = event {
                    tauri::async_runtime::block_on(app.shut_down());
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
