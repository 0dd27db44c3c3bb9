//! Shell history beside its commands: what goes on while the page is looked at, and the dialog with the 24 words.

use std::sync::{Arc, Mutex, PoisonError};

use holdfast_app::{
    App,
    dto::overview::{ChangedEvent, ChangedWhat},
    history::{
        Words,
        window::{self, Shown},
    },
    words::shell,
};
use tauri::{AppHandle, Emitter};
use tauri_plugin_dialog::{DialogExt, MessageDialogButtons, MessageDialogKind};

use crate::commands::CHANGED;

/// Words on one line of the dialog.
const ON_A_LINE: usize = 4;

/// Whether somebody looks at the page, at most once.
#[derive(Default)]
pub(crate) struct HistoryWatch(Mutex<Shown>);

impl HistoryWatch {
    /// Somebody looks: other devices are asked, and the page hears of what is new.
    pub(crate) fn begin(&self, app: Arc<App>, handle: AppHandle) {
        let mut current = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if current.get() {
            return;
        }
        let shown = Shown::default();
        shown.set(true);
        *current = shown.clone();
        tauri::async_runtime::spawn(async move {
            let changed = || drop(handle.emit(CHANGED, ChangedEvent { what: ChangedWhat::History }));
            window::watch(&app, &shown, changed).await;
        });
    }

    /// Nobody looks any more: nobody is asked.
    pub(crate) fn end(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).set(false);
    }
}

/// Waits until the dialog is closed.
pub(crate) fn show_words(handle: &AppHandle, words: &Words) {
    handle
        .dialog()
        .message(in_lines(words).as_str())
        .title(shell::HISTORY_WORDS)
        .kind(MessageDialogKind::Info)
        .buttons(MessageDialogButtons::OkCustom(shell::WRITTEN_DOWN.into()))
        .blocking_show();
}

/// Numbered, so that none is left out.
fn in_lines(words: &str) -> Words {
    let mut text = Words::default();
    for (n, word) in words.split_whitespace().enumerate() {
        if n > 0 {
            text.push_str(if n % ON_A_LINE == 0 { "\n" } else { "    " });
        }
        text.push_str(&format!("{}. ", n + 1));
        text.push_str(word);
    }
    text.push_str("\n\n");
    text.push_str(shell::WHAT_WORDS_ARE_FOR);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_numbered_in_their_order() {
        let text = in_lines("ash bay cod dew elm");
        assert!(text.starts_with("1. ash    2. bay    3. cod    4. dew\n5. elm\n\nWrite"), "{}", text.as_str());
    }
}
