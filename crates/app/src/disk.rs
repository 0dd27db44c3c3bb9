//! Disks that may not answer: they were pulled, or their server went away. A call into the system cannot be ended from
//! outside, so each is made on a thread of its own, which is left behind where nothing comes back.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use futures::{FutureExt, future::Shared};
use holdfast_backup::patience::{PATIENCE, no_answer};
use tokio::{sync::oneshot, time::timeout};

use crate::{AppError, Result};

/// How long a disk is waited for where others wait, too.
const SOON: Duration = Duration::from_secs(10);
/// How long a disk is waited for by those who need it: one that sleeps, or an array of them, has to wake.
const AWAKE: Duration = Duration::from_secs(60);

/// Device and inode of a folder: another disk may be mounted there. `None` where there is none.
pub type Identity = Option<(u64, u64)>;

type Answer = Shared<oneshot::Receiver<Identity>>;

/// Who has not answered yet. None of them is asked a second time: each question holds a thread.
static ASKED: Mutex<BTreeMap<PathBuf, (Instant, Answer)>> = Mutex::new(BTreeMap::new());

/// Which folder it is. One that was asked ten seconds ago and has not answered is not waited for.
///
/// # Errors
/// That of a folder that does not answer.
pub async fn identity(folder: &Path) -> Result<Identity> {
    identity_within(SOON, folder).await
}

/// Waits until a folder gives a sign of life, whether it is there or not; a minute from when it was first asked.
///
/// # Errors
/// That of a folder that does not answer.
pub async fn expect_answer(folder: &Path) -> Result<()> {
    identity_within(AWAKE, folder).await.map(drop)
}

async fn identity_within(patience: Duration, folder: &Path) -> Result<Identity> {
    let (since, answer) = ask(folder).map_err(AppError::internal)?;
    match timeout(patience.saturating_sub(since.elapsed()), answer).await {
        Ok(answered) => answered.map_err(AppError::internal),
        Err(_) => Err(no_answer_from(folder)),
    }
}

/// Works on a folder that gives a sign of life. Where its disk stops answering meanwhile, the work is left behind.
///
/// # Errors
/// Those of the work, and that of a folder that does not answer.
pub async fn on_disk<T: Send + 'static>(folder: &Path, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    expect_answer(folder).await?;
    match timeout(PATIENCE, tokio::task::spawn_blocking(work)).await {
        Ok(done) => done.map_err(AppError::internal)?,
        Err(_) => Err(no_answer_from(folder)),
    }
}

/// Waits for work on a folder however long it takes, for as long as the folder gives signs of life.
///
/// # Errors
/// That of a folder that does not answer.
pub async fn while_it_answers<T>(folder: &Path, work: impl Future<Output = T>) -> Result<T> {
    let mut work = std::pin::pin!(work);
    loop {
        expect_answer(folder).await?;
        if let Ok(done) = timeout(SOON, &mut work).await {
            return Ok(done);
        }
    }
}

fn ask(folder: &Path) -> std::io::Result<(Instant, Answer)> {
    let mut asked = asked();
    if let Some(question) = asked.get(folder) {
        return Ok(question.clone());
    }
    let (tell, answer) = oneshot::channel();
    let owned = folder.to_owned();
    std::thread::Builder::new().name("disk".into()).spawn(move || {
        let identity = identity_of(&owned);
        self::asked().remove(&owned);
        let _nobody_waits_any_more = tell.send(identity);
    })?;
    let question = (Instant::now(), answer.shared());
    asked.insert(folder.to_owned(), question.clone());
    Ok(question)
}

fn asked() -> MutexGuard<'static, BTreeMap<PathBuf, (Instant, Answer)>> {
    ASKED.lock().unwrap_or_else(PoisonError::into_inner)
}

fn no_answer_from(folder: &Path) -> AppError {
    holdfast_backup::Error::FolderUnreadable { folder: folder.to_owned(), source: no_answer() }.into()
}

#[cfg(unix)]
fn identity_of(folder: &Path) -> Identity {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(folder).ok().map(|meta| (meta.dev(), meta.ino()))
}

#[cfg(not(unix))]
fn identity_of(folder: &Path) -> Identity {
    folder.is_dir().then_some((0, 0))
}
