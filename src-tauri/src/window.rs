//! The one window: made when it is wanted, gone when it is closed, so that only the agent stays in memory.

use std::sync::{Arc, Mutex, PoisonError};

use holdfast_app::{App, dto::overview::OpenEvent};
use tauri::{AppHandle, Emitter, Manager, WebviewWindowBuilder};

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
            builder.initialization_script(app.state::<Arc<App>>().home.page_memory.script()).build().map(drop)
        }
    }
}

/// Opens the window at something.
pub(crate) fn open_at(app: &AppHandle, event: OpenEvent) -> tauri::Result<()> {
    match app.get_webview_window(LABEL) {
        Some(_) => app.emit(OPEN, &event)?,
        None => app.state::<ToOpen>().set(event),
    }
    open(app)
}
