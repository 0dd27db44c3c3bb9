//! One Holdfast for a person: a second start shows the window of the first and ends. When the first is ending just then it
//! cannot show anything any more; it starts again when it has ended, so that nobody who asks for a window gets none.

use std::{
    process::ExitCode,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use tauri::{AppHandle, Manager, Wry, plugin::TauriPlugin};

use crate::window;

/// How often a start that met one on its last steps tries again, and how long it waits before.
const STARTS: u32 = 50;
const PAUSE: Duration = Duration::from_millis(200);
/// The longest that ending takes. What is not done by then is left as a kill leaves it, which loses nothing; a Holdfast that
/// never ended would keep every later start from opening a window.
const ENDING: Duration = Duration::from_secs(30);
/// The number of such a start.
const START: &str = "HOLDFAST_START";

/// Whether this Holdfast is ending, and whether it was asked for meanwhile.
#[derive(Debug, Default)]
pub(crate) struct Ending {
    begun: AtomicBool,
    asked: AtomicBool,
}

/// Notices other starts.
pub(crate) fn plugin() -> TauriPlugin<Wry> {
    tauri_plugin_single_instance::init(|app, _, _| match app.try_state::<Ending>() {
        Some(ending) if ending.begun.load(Ordering::SeqCst) => ending.asked.store(true, Ordering::SeqCst),
        _ => drop(window::open(app)),
    })
}

/// From now on a window that is asked for is one of the next start.
pub(crate) fn begin_to_end(app: &AppHandle) {
    app.state::<Ending>().begun.store(true, Ordering::SeqCst);
}

/// Ends this process when ending takes too long.
pub(crate) fn end_in_time(app: AppHandle) {
    std::thread::spawn(move || {
        std::thread::sleep(ENDING);
        eprintln!("holdfast: it had not ended after {} s, and was ended", ENDING.as_secs());
        has_ended(&app);
        std::process::exit(1);
    });
}

/// Gives the name free, and starts again if somebody asked for a window in the meantime.
pub(crate) fn has_ended(app: &AppHandle) {
    tauri_plugin_single_instance::destroy(app);
    if !app.state::<Ending>().asked.load(Ordering::SeqCst) {
        return;
    }
    let started = tauri::process::current_binary(&app.env())
        .and_then(|program| std::process::Command::new(program).env_remove(START).spawn().map(drop));
    if let Err(error) = started {
        eprintln!("holdfast: it could not be started again: {error}");
    }
}

/// A start that could not reach the first one: that one was on its last steps and is gone by now. Starts again in the
/// place of this process; comes back only when that was of no use.
pub(crate) fn try_again(error: &tauri::Error) -> ExitCode {
    let tried: u32 = std::env::var(START).ok().and_then(|number| number.parse().ok()).unwrap_or(0);
    if matches!(error, tauri::Error::PluginInitialization(plugin, _) if plugin == "single-instance") && tried < STARTS {
        std::thread::sleep(PAUSE);
        replace(tried + 1);
    }
    eprintln!("holdfast: the window could not be opened: {error}");
    ExitCode::FAILURE
}

#[cfg(unix)]
fn replace(start: u32) {
    use std::os::unix::process::CommandExt;
    if let Ok(program) = std::env::current_exe() {
        let error =
            std::process::Command::new(program).args(std::env::args_os().skip(1)).env(START, start.to_string()).exec();
        eprintln!("holdfast: it could not be started again: {error}");
    }
}

#[cfg(not(unix))]
fn replace(_: u32) {}
