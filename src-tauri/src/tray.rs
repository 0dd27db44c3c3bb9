//! The tray icon: how everything is, and the few things that need no window.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use holdfast_app::{
    App, ErrorCode,
    agent::work::{Order, What},
    dto::{
        log::RunTrigger,
        overview::{OpenEvent, OpenPage, Overview},
        run::ProgressEvent,
        sets::PauseUntil,
    },
    glance::{Glance, Sign, UnderWay, glance_now, knows_run},
    notices,
    words::shell,
};
use tauri::{
    AppHandle, Manager, Wry,
    image::Image,
    include_image,
    menu::{Menu, MenuEvent, MenuItem, PredefinedMenuItem},
    tray::{TrayIcon, TrayIconBuilder},
};
use tokio::sync::Notify;

use crate::{agent::DesktopAgent, notify, window};

/// The icon is looked at again at most so often.
const REFRESH: Duration = Duration::from_secs(1);

const OPEN: &str = "open";
const LAST: &str = "last";
const BACK_UP: &str = "back-up";
const PAUSE_HOUR: &str = "pause-hour";
const PAUSE_TOMORROW: &str = "pause-tomorrow";
const RESUME: &str = "resume";
const QUIT: &str = "quit";

/// What the tray is told; it looks when it has time.
#[derive(Default)]
pub(crate) struct TrayNews {
    wake: Notify,
    /// Something changed since the overview was read.
    stale: AtomicBool,
    progress: Mutex<Option<ProgressEvent>>,
}

impl TrayNews {
    /// Something changed.
    pub(crate) fn changed(&self) {
        self.stale.store(true, Ordering::SeqCst);
        self.wake.notify_one();
    }

    /// A run is so far.
    pub(crate) fn progress(&self, event: ProgressEvent) {
        *self.progress.lock().unwrap_or_else(PoisonError::into_inner) = Some(event);
        self.wake.notify_one();
    }

    fn last_progress(&self) -> Option<ProgressEvent> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The icon with those of its menu's lines that change.
#[derive(Clone)]
struct Tray {
    icon: TrayIcon,
    line: MenuItem<Wry>,
    last: MenuItem<Wry>,
    pauses: [MenuItem<Wry>; 2],
    resume: MenuItem<Wry>,
}

/// Whether there is a tray to go to when the window is closed.
pub(crate) struct HasTray(pub(crate) bool);

/// Puts the icon into the tray. A desktop without one goes on without.
pub(crate) fn start(app: &AppHandle, news: Arc<TrayNews>) -> HasTray {
    // The library that draws it on Linux panics where it is not installed.
    match catch_unwind(AssertUnwindSafe(|| Tray::new(app))) {
        Ok(Ok(tray)) => {
            tauri::async_runtime::spawn(keep_current(app.clone(), tray, news));
            HasTray(true)
        }
        _ => HasTray(false),
    }
}

/// What was read for the icon; progress alone does not read it anew.
struct Read {
    overview: Overview,
    last: Option<String>,
}

impl Read {
    async fn now(app: &AppHandle) -> Option<Self> {
        let core = app.state::<Arc<App>>().inner().clone();
        let looking = move || Some(Self { overview: core.overview_now().ok()?, last: core.last_result().ok()? });
        tauri::async_runtime::spawn_blocking(looking).await.ok().flatten()
    }
}

async fn keep_current(app: AppHandle, tray: Tray, news: Arc<TrayNews>) {
    let (mut read, mut shown): (Option<Read>, _) = (None, None);
    loop {
        let progress = news.last_progress();
        let fits = |read: &Read| progress.as_ref().is_none_or(|event| knows_run(&read.overview, event));
        if news.stale.swap(false, Ordering::SeqCst) || !read.as_ref().is_some_and(fits) {
            read = Read::now(&app).await;
        }
        if let Some(read) = &read {
            let operations = app.state::<Arc<App>>().running.list();
            let under_way = UnderWay { progress: progress.as_ref(), operations: &operations };
            let seen = (glance_now(&read.overview, under_way), read.last.clone());
            if shown.as_ref() != Some(&seen) {
                let (tray, (glance, last)) = (tray.clone(), seen.clone());
                // Told from here it would wait for the main thread, which waits for the agent while the app ends.
                let _kept_as_it_was = app.run_on_main_thread(move || drop(tray.show(&glance, last.as_deref())));
                shown = Some(seen);
            }
        }
        tokio::time::sleep(REFRESH).await;
        news.wake.notified().await;
    }
}

impl Tray {
    fn new(app: &AppHandle) -> tauri::Result<Self> {
        let item = |id, text| MenuItem::with_id(app, id, text, true, None::<&str>);
        let line = MenuItem::new(app, shell::APP, false, None::<&str>)?;
        let (last, resume) = (item(LAST, shell::NO_RUN_YET)?, item(RESUME, shell::GO_ON)?);
        let pauses = [item(PAUSE_HOUR, shell::PAUSE_HOUR)?, item(PAUSE_TOMORROW, shell::PAUSE_TOMORROW)?];
        let (back_up, open, quit) =
            (item(BACK_UP, shell::BACK_UP_NOW)?, item(OPEN, shell::OPEN_APP)?, item(QUIT, shell::QUIT)?);
        let (first, second) = (PredefinedMenuItem::separator(app)?, PredefinedMenuItem::separator(app)?);
        let menu = Menu::with_items(
            app,
            &[&line, &last, &first, &back_up, &pauses[0], &pauses[1], &resume, &second, &open, &quit],
        )?;
        let icon = TrayIconBuilder::with_id("holdfast")
            .icon(image(Sign::Idle))
            .tooltip(shell::APP)
            .menu(&menu)
            .on_menu_event(chosen)
            .build(app)?;
        Ok(Self { icon, line, last, pauses, resume })
    }

    /// Only on the main thread, see `clippy.toml`.
    #[expect(clippy::disallowed_methods)]
    fn show(&self, glance: &Glance, last: Option<&str>) -> tauri::Result<()> {
        let paused = glance.sign == Sign::Paused;
        self.icon.set_icon(Some(image(glance.sign)))?;
        self.icon.set_tooltip(Some(&glance.line))?;
        self.line.set_text(&glance.line)?;
        self.last.set_text(last.unwrap_or(shell::NO_RUN_YET))?;
        self.pauses.iter().try_for_each(|item| item.set_enabled(!paused))?;
        self.resume.set_enabled(paused)
    }
}

/// The drawing of a sign; of a run under way in quarters.
fn image(sign: Sign) -> Image<'static> {
    match sign {
        Sign::Idle => include_image!("../icons/tray/idle.png"),
        Sign::Paused => include_image!("../icons/tray/paused.png"),
        Sign::NeedsYou => include_image!("../icons/tray/attention.png"),
        Sign::NotBackedUp => include_image!("../icons/tray/failed.png"),
        Sign::Working { percent: ..13 } => include_image!("../icons/tray/working-0.png"),
        Sign::Working { percent: ..38 } => include_image!("../icons/tray/working-25.png"),
        Sign::Working { percent: ..63 } => include_image!("../icons/tray/working-50.png"),
        Sign::Working { percent: ..88 } => include_image!("../icons/tray/working-75.png"),
        Sign::Working { .. } => include_image!("../icons/tray/working-100.png"),
    }
}

fn chosen(app: &AppHandle, event: MenuEvent) {
    let core = app.state::<Arc<App>>().inner().clone();
    let _shown_in_the_window = match event.id().as_ref() {
        OPEN => window::open(app).is_ok(),
        LAST => window::open_at(app, OpenEvent { page: OpenPage::Run, id: core.last_run_id().ok().flatten() }).is_ok(),
        BACK_UP => back_up_all(app, &core),
        PAUSE_HOUR => pause(app, || core.pause_sets_now(None, PauseUntil::Hour)),
        PAUSE_TOMORROW => pause(app, || core.pause_sets_now(None, PauseUntil::Tomorrow)),
        RESUME => pause(app, || core.resume_sets(None)),
        QUIT => {
            app.exit(0);
            true
        }
        _ => false,
    };
}

fn pause(app: &AppHandle, change: impl FnOnce() -> holdfast_app::Result<()>) -> bool {
    let changed = change().is_ok();
    app.state::<DesktopAgent>().look();
    changed
}

/// Begins a run of every set that has none under way. No window shows what comes of it: what keeps it from beginning is
/// told.
fn back_up_all(app: &AppHandle, core: &Arc<App>) -> bool {
    let (app, core) = (app.clone(), core.clone());
    tauri::async_runtime::spawn(async move {
        if let Err(refused) = order_all(&app, &core).await {
            notify::tell(&app, notices::refused(shell::NOT_BEGUN, &refused));
        }
    });
    true
}

/// Runs that are under way go on. One reason is told once, however many sets it is true of.
async fn order_all(app: &AppHandle, core: &Arc<App>) -> holdfast_app::Result<()> {
    let sets = core.home.sets.load()?;
    let mut refused = Ok(());
    for (id, _) in sets.by_name() {
        let what = What::Whole { confirm_removal_of: None };
        let order = Order { set: id.clone(), trigger: RunTrigger::Person, what };
        match app.state::<DesktopAgent>().order_unseen(core, order).await {
            Err(error) if error.code != ErrorCode::Busy => refused = Err(error),
            _ => {}
        }
    }
    refused
}
