//! The one window: made when it is wanted, gone when it is closed, so that only the agent stays in memory.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use holdfast_app::{App, dto::overview::OpenEvent};
use tauri::{AppHandle, Emitter, Manager, WebviewWindow, WebviewWindowBuilder};

const LABEL: &str = "main";
/// The page is asked to show something.
const OPEN: &str = "holdfast:open";

/// What a new window shows first; the page takes it when it is there.
#[derive(Default)]
pub(crate) struct ToOpen(Mutex<Option<OpenEvent>>);

impl ToOpen {
    pub(crate) fn take(&self) -> Option<OpenEvent> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn set(&self, event: OpenEvent) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(event);
    }
}

/// Brings the window to the front, or makes it.
pub(crate) fn open(app: &AppHandle) -> tauri::Result<()> {
    match app.get_webview_window(LABEL) {
        Some(window) => {
            window.unminimize()?;
            window.show()?;
            window.set_focus()
        }
        None => {
            let config = app.config().app.windows.first().ok_or(tauri::Error::WindowNotFound)?;
            let builder = WebviewWindowBuilder::from_config(app, config)?;
            let script = app.state::<Arc<App>>().home.page_memory.script();
            draw_anew_when_it_dies(&builder.initialization_script(script).build()?)
        }
    }
}

/// The page lives in a process of its own, which a driver or a lack of memory can end. It is drawn anew then; where it
/// dies again and again the window goes, so that the next one is made from the beginning.
#[cfg(target_os = "linux")]
fn draw_anew_when_it_dies(window: &WebviewWindow) -> tauri::Result<()> {
    use webkit2gtk::WebViewExt;
    const WITHIN: Duration = Duration::from_secs(60);
    const AT_MOST: usize = 3;
    let (of_view, deaths) = (window.clone(), Mutex::new(Vec::<Instant>::new()));
    window.with_webview(move |view| {
        view.inner().connect_web_process_terminated(move |view, why| {
            let mut deaths = deaths.lock().unwrap_or_else(PoisonError::into_inner);
            deaths.retain(|at| at.elapsed() < WITHIN);
            deaths.push(Instant::now());
            eprintln!("the page's process ended: {why:?}");
            match deaths.len() <= AT_MOST {
                true => view.reload(),
                false => drop(of_view.destroy()),
            }
        });
    })
}
#[cfg(not(target_os = "linux"))]
fn draw_anew_when_it_dies(_: &WebviewWindow) -> tauri::Result<()> {
    Ok(())
}

/// Opens the window at something.
pub(crate) fn open_at(app: &AppHandle, event: OpenEvent) -> tauri::Result<()> {
    match app.get_webview_window(LABEL) {
        Some(_) => app.emit(OPEN, &event)?,
        None => app.state::<ToOpen>().set(event),
    }
    open(app)
}
