//! The commands, one file per subject.

pub mod agent;
pub mod backup;
pub mod bucket;
pub mod demo;
pub mod gateway;
pub mod history;
pub mod manual;
pub mod objects;
pub mod place;
pub mod profile;
pub mod records;
pub mod restore;
pub mod runs;
pub mod set;
pub mod sync;
pub mod verify;

use std::sync::Arc;

use holdfast_app::{
    App, PlaceRef, Result,
    operations::{ProgressSink, Session, Speed, Underway},
};

use crate::{
    args::{PlaceArgs, TuningArgs},
    output::Output,
    progress::Show,
};

/// The place that was named, or the default profile.
fn place(args: &PlaceArgs) -> PlaceRef {
    match (&args.store, &args.profile) {
        (Some(url), _) => PlaceRef::Url(url.clone()),
        (None, name) => PlaceRef::Profile(name.clone()),
    }
}

fn speed(args: &TuningArgs) -> Speed {
    Speed { jobs: usize::from(args.jobs), bytes_per_second: args.limit.unwrap_or(0) }
}

/// Opens the place and begins an operation that Ctrl-C stops.
async fn begin(args: &PlaceArgs, speed: Speed) -> Result<(Arc<App>, Session, Underway)> {
    let app = Arc::new(App::of_system()?);
    let run = interruptible(&app);
    let session = app.open(&place(args), speed).await?;
    Ok((app, session, run))
}

/// Begins an operation that Ctrl-C stops: once cleanly, twice at once.
fn interruptible(app: &App) -> Underway {
    tokio::spawn(app.keep_bandwidth());
    let run = app.running.begin(None);
    let cancel = run.cancel.clone();
    tokio::spawn(async move {
        for _ in 0..2 {
            interrupted().await;
            if cancel.is_cancelled() {
                std::process::exit(130);
            }
            eprintln!("stopping; press again to stop at once");
            cancel.cancel();
        }
    });
    run
}

/// Runs an operation with its progress shown, and ends the app whatever came of it.
async fn shown<T>(app: &App, output: &Output, work: impl AsyncFnOnce(&ProgressSink) -> Result<T>) -> Result<T> {
    let show = Arc::new(Show::choose(output.json));
    let sink: ProgressSink = show.clone();
    let outcome = work(&sink).await;
    show.finish();
    app.shut_down().await;
    outcome
}

/// Waits for Ctrl-C or a request to end.
async fn interrupted() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}
