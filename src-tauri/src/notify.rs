//! Notifications of the system; pressing one opens what it is about.

use holdfast_app::{dto::overview::OpenEvent, notices::Notice, words::shell};
use notify_rust::Notification;
use tauri::AppHandle;

/// Tells it. A system that shows no notifications is not an error: the tray and the window say the same.
pub(crate) fn tell(app: &AppHandle, notice: Notice) {
    let app = app.clone();
    std::thread::spawn(move || {
        let mut notification = Notification::new();
        notification.appname(shell::APP).summary(&notice.title).body(&notice.body).icon("holdfast");
        #[cfg(all(unix, not(target_os = "macos")))]
        notification.action("default", shell::OPEN);
        if let Ok(shown) = notification.show() {
            open_when_pressed(&app, shown, notice.opens);
        }
    });
}

#[cfg(all(unix, not(target_os = "macos")))]
fn open_when_pressed(app: &AppHandle, shown: notify_rust::NotificationHandle, event: OpenEvent) {
    shown.wait_for_action(|action| {
        if action == "default" {
            let (app, main) = (app.clone(), app.clone());
            let _gone = main.run_on_main_thread(move || drop(crate::window::open_at(&app, event)));
        }
    });
}

/// Here the system tells nobody that a notification was pressed.
#[cfg(not(all(unix, not(target_os = "macos"))))]
fn open_when_pressed<T>(_: &AppHandle, _: T, _: OpenEvent) {}
