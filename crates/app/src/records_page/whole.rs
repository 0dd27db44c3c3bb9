//! The whole vault: keeping in step, checking, taking out, bringing in.

use std::{path::Path, time::Duration};

use holdfast_records::{Pace, Progress};

use super::apart;
use crate::{
    App, Result,
    dto::records::{RecordsExported, RecordsImported, RecordsProgress, RecordsSynced, RecordsVerified},
    records::ExportInto,
};

/// How often it is told how far an exchange is.
const TELL_EVERY: Duration = Duration::from_millis(100);

/// Takes what others did and sends what was done here, and remembers what came of it. `tell` hears how far it is, at most ten
/// times a second and at the end.
pub async fn sync(app: &App, everything: bool, tell: impl Fn(RecordsProgress) + Send + Sync) -> Result<RecordsSynced> {
    let mut open = apart(app).await?;
    let pace = app.records_page.begin_exchange();
    open.use_pace(&pace);
    let synced = told(Box::pin(open.sync(everything)), &pace, tell).await;
    app.records_page.note_sync(synced.as_ref().err().cloned());
    synced
}

/// Asks the exchange that is under way to stop before its next object.
pub fn stop_sync(app: &App) {
    app.records_page.stop_exchange();
}

async fn told<T>(
    mut work: impl Future<Output = T> + Unpin,
    pace: &Pace,
    tell: impl Fn(RecordsProgress) + Send + Sync,
) -> T {
    let mut tick = tokio::time::interval(TELL_EVERY);
    let mut last = Progress::default();
    let mut tell_news = || {
        let now = pace.progress();
        if std::mem::replace(&mut last, now) != now {
            tell(view(now));
        }
    };
    loop {
        tokio::select! {
            biased;
            done = &mut work => {
                tell_news();
                return done;
            }
            _ = tick.tick() => tell_news(),
        }
    }
}

fn view(progress: Progress) -> RecordsProgress {
    let Progress { to_send, sent, to_fetch, fetched } = progress;
    RecordsProgress { to_send, sent, to_fetch, fetched }
}

/// Reads everything in the place back and checks it.
pub async fn verify(app: &App) -> Result<RecordsVerified> {
    apart(app).await?.verify().await
}

/// Writes everything, decrypted, into a folder.
pub async fn export(app: &App, folder: &Path, over: bool) -> Result<RecordsExported> {
    let into = if over { ExportInto::Any } else { ExportInto::Empty };
    apart(app).await?.export(folder, into).await
}

/// Adds a document for each file of a folder whose content the member does not have.
pub async fn import(app: &App, member: &str, folder: &Path) -> Result<RecordsImported> {
    let mut open = apart(app).await?;
    let member = open.member(member)?;
    open.import(member, folder)
}
