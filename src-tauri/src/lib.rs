//! The Holdfast window: windows, commands of a few lines each, event forwarding. Everything else is `holdfast-app`.

mod agent;
mod commands;
mod history;
mod notify;
mod one;
mod tray;
mod window;

use std::{process::ExitCode, sync::Arc};

use agent::DesktopAgent;
use commands::records_bytes;
use history::HistoryWatch;
use holdfast_app::App;
use tauri::{AppHandle, Manager, RunEvent, WindowEvent};
use tauri_plugin_autostart::MacosLauncher;
use tray::{HasTray, TrayNews};

/// Starts without a window, in the tray.
const HIDDEN: &str = "--hidden";

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
            commands::gateway::configure_gateway,
            commands::gateway::try_gateway,
            commands::s3::list_providers,
            commands::s3::list_aws_profiles,
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
            commands::restore::compare_here,
            commands::verify::verify_folder,
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
            commands::runs::costs_by_set,
            commands::runs::list_runs,
            commands::runs::get_run,
            commands::runs::list_operations,
            commands::runs::pause_operation,
            commands::runs::resume_operation,
            commands::settings::get_settings,
            commands::settings::save_settings,
            commands::settings::page_to_open,
            commands::settings::remember,
            commands::settings::export_settings,
            commands::settings::import_settings,
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
            commands::versions::thaw_offer,
            commands::versions::thaw,
            commands::versions::search_objects,
            commands::history::history_watch,
            commands::history::history_here,
            commands::history::history_status,
            commands::history::history_search,
            commands::history::history_charts,
            commands::history::history_entry,
            commands::history::history_delete,
            commands::history::history_delete_line,
            commands::history::history_preview_redaction,
            commands::history::history_redact,
            commands::history::history_sync,
            commands::history::history_pause,
            commands::history::history_resume,
            commands::history::history_sources,
            commands::history::history_import,
            commands::history::history_join,
            commands::history::history_rename,
            commands::history::history_revoke,
            commands::history::history_show_words,
            commands::records::records_here,
            commands::records::records_forms,
            commands::records::records_begin,
            commands::records::records_unlock,
            commands::records::records_check_code,
            commands::records::records_new_code,
            commands::records::records_split_code,
            commands::records::records_open,
            commands::records::records_lock,
            commands::records::records_used,
            commands::records::records_rest,
            commands::records::records_set_lock_after,
            commands::records::records_member,
            commands::records::records_record,
            commands::records::records_search,
            commands::records::records_emergency,
            commands::records::records_save,
            commands::records::records_delete,
            commands::records::records_bring_back,
            commands::records::records_remove_member,
            commands::records::records_former_members,
            commands::records::records_bring_back_member,
            commands::records::records_resolve,
            commands::records::records_attach_file,
            commands::records::records_save_copy,
            commands::records::records_sync,
            commands::records::records_stop_sync,
            commands::records::records_verify,
            commands::records::records_export,
            commands::records::records_import,
            commands::records_sharing::records_sharing,
            commands::records_sharing::records_find_person,
            commands::records_sharing::records_add_person,
            commands::records_sharing::records_place_person,
            commands::records_sharing::records_give,
            commands::records_sharing::records_accept,
            commands::records_sharing::records_would_keep,
            commands::records_sharing::records_revoke,
            commands::records_sharing::records_reseal,
            commands::records_sharing::records_let_go,
            commands::records_sharing::records_revoke_device,
        ])
        .typ::<holdfast_app::dto::run::ProgressEvent>()
        .typ::<holdfast_app::dto::overview::ChangedEvent>()
        .typ::<holdfast_app::dto::records::RecordsProgress>()
        .typ::<holdfast_app::dto::overview::OpenEvent>()
        .typ::<holdfast_app::AppError>()
}

/// Opens the window and runs until it is closed.
pub fn run() -> ExitCode {
    holdfast_app::allocator::give_back_at_once();
    let app = match App::of_system() {
        Ok(app) => Arc::new(app),
        Err(error) => {
            eprintln!("holdfast: {error}\n{}", error.hint);
            return ExitCode::FAILURE;
        }
    };
    let (typed, bytes) = (bindings().invoke_handler(), records_bytes::handler());
    let handler = move |invoke| if records_bytes::is_ours(&invoke) { bytes(invoke) } else { typed(invoke) };
    let built = tauri::Builder::default()
        .plugin(one::plugin())
        .plugin(tauri_plugin_dialog::init())
        .plugin(tauri_plugin_opener::init())
        .plugin(tauri_plugin_autostart::init(MacosLauncher::LaunchAgent, Some(vec![HIDDEN])))
        .manage(app.clone())
        .manage(one::Ending::default())
        .invoke_handler(handler)
        .setup(move |desktop| Ok(set_up(desktop.handle(), &app)?))
        .build(tauri::generate_context!());
    match built {
        Ok(desktop) => {
            desktop.run(on_event);
            ExitCode::SUCCESS
        }
        Err(error) => one::try_again(&error),
    }
}

/// The tray, the agent, and the window unless it starts with the session.
fn set_up(handle: &AppHandle, app: &Arc<App>) -> tauri::Result<()> {
    let news = Arc::new(TrayNews::default());
    handle.manage(news.clone());
    handle.manage(window::ToOpen::default());
    handle.manage(HistoryWatch::default());
    tauri::async_runtime::spawn(holdfast_app::history::window::keep_sent(app.clone()));
    tauri::async_runtime::spawn(app.keep_bandwidth());
    handle.manage(DesktopAgent::start(app.clone(), handle.clone(), news.clone()));
    handle.manage(tray::start(handle, news));
    match std::env::args().any(|arg| arg == HIDDEN) && handle.state::<HasTray>().0 {
        true => Ok(()),
        false => window::open(handle),
    }
}

fn on_event(handle: &AppHandle, event: RunEvent) {
    match event {
        // The last window was closed: without a code nobody asked to quit.
        RunEvent::ExitRequested { code: None, api, .. } if stays_in_tray(handle) => api.prevent_exit(),
        RunEvent::WindowEvent { event: WindowEvent::Destroyed, .. } => {
            handle.state::<HistoryWatch>().end();
            let app = handle.state::<Arc<App>>().inner().clone();
            tauri::async_runtime::spawn(async move { app.records_page.shut().await });
        }
        RunEvent::Exit => {
            one::begin_to_end(handle);
            one::end_in_time(handle.clone());
            tauri::async_runtime::block_on(async {
                handle.state::<DesktopAgent>().stop().await;
                handle.state::<Arc<App>>().close().await;
            });
            one::has_ended(handle);
        }
        _ => {}
    }
}

fn stays_in_tray(handle: &AppHandle) -> bool {
    handle.state::<HasTray>().0 && handle.state::<Arc<App>>().settings().is_ok_and(|settings| settings.close_to_tray)
}
