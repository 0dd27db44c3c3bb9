//! Large files: hashed first (S3 fixes metadata when an upload begins), then sent in parts, resumed after a restart.
//! A part is read again when it is sent, compared with what was hashed, and signed with its own digest, which the server
//! verifies.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt};
use holdfast_storage::{Body, CompleteOptions, Error as StoreError, Part, Upload, Written};

use super::{
    Context, Job, LARGE_FILES, MAX_OBJECT, MEMORY, Outcome, Round, Run, part_size,
    read::{Hashed, hash_large},
    record::Note,
    small::{confirm, copy_inside, panicked},
};
use crate::{
    Result,
    file_meta::{StoredMeta, to_metadata},
    index::{Index, Row, UploadRecord},
    patience::{no_answer, while_it_moves, within},
    plan::{BackupPlan, Item, Reason},
    progress::FileProgress,
    report::FailureReason,
};

/// Parts of one file that may be prepared at once; memory and the limiter bound them further.
const PARTS_AT_ONCE: usize = 16;

/// Gives up uploads whose file is not in the plan any more, and, where there may be some that the index does not know
/// (a run was cut off, the index is new), those too.
pub(super) async fn tidy(
    cx: &Context,
    job: &Job,
    index: &mut Index,
    plan: &BackupPlan,
    unknown_uploads: bool,
) -> Result<()> {
    let known = index.uploads()?;
    if plan.observed.partial {
        // What is not in a plan of some paths may be under way all the same: a run over the whole folder decides.
        return if unknown_uploads { index.set_lost_track(true) } else { Ok(()) };
    }
    if known.is_empty() && !unknown_uploads {
        return Ok(());
    }
    let large: std::collections::HashSet<String> =
        plan.observed.send.iter().filter(|i| i.size >= job.multipart_from).map(|i| i.path()).collect();
    for record in known.iter().filter(|record| !large.contains(&record.path)) {
        cx.store.abort_multipart(&record.upload).await?;
        index.forget_upload(&record.path)?;
    }
    if unknown_uploads {
        match cx.store.list_uploads(&job.prefix.dir()).await {
            Ok(uploads) => {
                for found in uploads.iter().filter(|f| !known.iter().any(|k| k.upload == f.upload)) {
                    cx.store.abort_multipart(&found.upload).await?;
                }
            }
            Err(StoreError::NotSupported { .. } | StoreError::Denied { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        index.set_lost_track(false)?;
    }
    Ok(())
}

/// Sends every large file of a round.
pub(super) async fn send(run: &Arc<Run>, round: &Arc<Round>) -> Result<()> {
    let items = &run.plan.observed.send;
    let is_large = |at: &usize| items.get(*at).is_some_and(|item| item.size >= run.job.multipart_from);
    let large: Vec<usize> = match &round.only {
        None => {
            let sizes = items.iter().enumerate().filter(|(_, item)| item.size >= run.job.multipart_from);
            sizes.map(|(at, _)| at).collect()
        }
        Some(only) => only.iter().copied().filter(is_large).collect(),
    };
    let tasks = futures::stream::iter(large).map(|position| {
        let (run, round) = (run.clone(), round.clone());
        tokio::spawn(async move {
            let outcome = tokio::select! {
                outcome = send_one(&run, position) => outcome,
                () = run.ending.cancelled() => Outcome::Cancelled,
            };
            run.settle(position, &round, outcome);
        })
    });
    tasks.buffer_unordered(LARGE_FILES).map_err(panicked).try_collect().await
}

async fn send_one(run: &Arc<Run>, position: usize) -> Outcome {
    if run.stopped() {
        return Outcome::Cancelled;
    }
    let Some(item) = run.plan.observed.send.get(position) else { return Outcome::Cancelled };
    let progress = run.cx.tracker.begin_reading(&item.path(), item.size);
    let (path, cancel, pulse) = (run.local(&item), run.ending.clone(), Arc::<AtomicU64>::default());
    let beating = pulse.clone();
    let hashing = tokio::task::spawn_blocking(move || hash_large(&path, &cancel, &beating));
    let hashed = match while_it_moves(run.job.patience, &pulse, hashing).await {
        None => return Outcome::Failed(FailureReason::Io(no_answer())),
        Some(Err(error)) => return Outcome::Fatal(panicked(error)),
        Some(Ok(Err(reason))) => return reason.into(),
        Some(Ok(Ok(None))) => return Outcome::Cancelled,
        Some(Ok(Ok(Some(hashed)))) => hashed,
    };
    progress.was_read();
    if hashed.meta.size > MAX_OBJECT {
        return Outcome::Failed(FailureReason::TooLarge);
    }
    match send_hashed(run, &item, Arc::new(hashed), &progress).await {
        Ok(outcome) => outcome,
        Err(reason) => reason.into(),
    }
}

async fn send_hashed(
    run: &Arc<Run>,
    item: &Item<'_, Reason>,
    hashed: Arc<Hashed>,
    progress: &FileProgress,
) -> Result<Outcome, FailureReason> {
    let key = run.key(item)?;
    let options = run.write_options(item.name, to_metadata(&hashed.meta, &hashed.sha256));
    let (twin, begun) = match look_up(run, item, &hashed) {
        Ok(found) => found,
        Err(error) => return Ok(Outcome::Fatal(error)),
    };
    if let Some(twin) = &twin
        && let Some(outcome) = copy_inside(run, item, &key, twin, &hashed.meta, &options).await
    {
        return Ok(outcome);
    }
    let (upload, have) = match resume(run, begun, &hashed).await? {
        Some(resumed) => resumed,
        None => {
            let upload = run.cx.store.create_multipart(&key, &options).await.map_err(FailureReason::Storage)?;
            run.recorder.note(Note::UploadBegun(Box::new(UploadRecord {
                path: item.path(),
                upload: upload.clone(),
                size: hashed.meta.size,
                mtime: hashed.meta.mtime,
                sha256: hashed.sha256,
                part_size: part_size(hashed.meta.size),
                started_at: run.job.now,
            })));
            (upload, Vec::new())
        }
    };
    let sending = Sending { run, item, hashed: &hashed, upload: &upload };
    let outcome = sending.parts(have, progress).await;
    if matches!(&outcome, Err(FailureReason::Unstable | FailureReason::Vanished)) {
        progress.forget();
        run.cx.store.abort_multipart(&upload).await.map_err(FailureReason::Storage)?;
        run.recorder.note(Note::UploadEnded(item.path()));
    }
    outcome
}

/// A row with the same content, and an upload of this file that was begun.
fn look_up(run: &Run, item: &Item<'_, Reason>, hashed: &Hashed) -> Result<(Option<Row>, Option<UploadRecord>)> {
    let index = super::lock(&run.lookup);
    Ok((index.find_content(&hashed.sha256, hashed.meta.size)?, index.upload(&item.path())?))
}

/// The upload of an earlier run with the parts the server still has; what no longer fits is given up.
async fn resume(
    run: &Run,
    record: Option<UploadRecord>,
    hashed: &Hashed,
) -> Result<Option<(Upload, Vec<Part>)>, FailureReason> {
    let Some(record) = record else { return Ok(None) };
    let fits = record.sha256 == hashed.sha256
        && record.size == hashed.meta.size
        && record.mtime == hashed.meta.mtime
        && record.part_size == part_size(record.size);
    if fits {
        match run.cx.store.list_parts(&record.upload).await {
            Ok(parts) => return Ok(Some((record.upload, parts))),
            Err(StoreError::NoSuchUpload { .. }) => {}
            Err(error) => return Err(FailureReason::Storage(error)),
        }
    } else {
        run.cx.store.abort_multipart(&record.upload).await.map_err(FailureReason::Storage)?;
    }
    run.recorder.note(Note::UploadEnded(record.path));
    Ok(None)
}

/// An upload under way.
struct Sending<'a> {
    run: &'a Arc<Run>,
    item: &'a Item<'a, Reason>,
    hashed: &'a Arc<Hashed>,
    upload: &'a Upload,
}

impl Sending<'_> {
    async fn parts(&self, have: Vec<Part>, progress: &FileProgress) -> Result<Outcome, FailureReason> {
        let Self { run, item, hashed, upload, .. } = *self;
        let size = hashed.meta.size;
        let step = part_size(size);
        let count = size.div_ceil(step) as u16;
        let length = |number: u16| step.min(size - u64::from(number - 1) * step);
        let mut parts: Vec<Part> =
            have.into_iter().filter(|p| p.number <= count && p.size == length(p.number)).collect();
        parts.iter().for_each(|part| progress.moved(part.size));
        let missing: Vec<u16> = (1..=count).filter(|n| !parts.iter().any(|part| part.number == *n)).collect();
        let sent: Vec<Part> = futures::stream::iter(missing)
            .map(|number| async move {
                let part = self.part(number, u64::from(number - 1) * step, length(number)).await?;
                progress.moved(part.size);
                run.bytes.fetch_add(part.size, Ordering::Relaxed);
                run.recorder.note(Note::PartSent(item.path(), part.clone()));
                Ok::<_, FailureReason>(part)
            })
            .buffer_unordered(PARTS_AT_ONCE)
            .try_collect()
            .await?;
        parts.extend(sent);
        parts.sort_unstable_by_key(|part| part.number);
        let unchanged = hashed.clone();
        if !within(run.job.patience, move || unchanged.is_still()).await.map_err(FailureReason::Io)? {
            return Err(FailureReason::Unstable);
        }
        let written = complete(run, upload, &parts, &hashed.sha256).await?;
        run.recorder.note(Note::UploadEnded(item.path()));
        confirm(run, item, hashed.meta, hashed.sha256, written);
        Ok(Outcome::Sent { bytes: 0 })
    }

    async fn part(&self, number: u16, offset: u64, len: u64) -> Result<Part, FailureReason> {
        let kib = (len / 1024 + 1).min(MEMORY / 1024) as u32;
        let _memory = self.run.memory.acquire_many(kib).await.map_err(|_| FailureReason::Unstable)?;
        let _place = self.run.cx.limiter.acquire().await;
        let body = self.body(usize::from(number) - 1, offset, len).await?;
        match self.run.cx.store.upload_part(self.upload, number, body).await {
            Err(StoreError::BadDigest { .. }) => Err(FailureReason::Unstable),
            other => other.map_err(FailureReason::Storage),
        }
    }

    /// A part's content with its digest, in memory unless it is too large for that.
    async fn body(&self, index: usize, offset: u64, len: u64) -> Result<Body, FailureReason> {
        let (hashed, rooms) = (self.hashed.clone(), self.run.rooms.clone());
        let free = self.run.memory.available_permits() as u64 * 1024;
        let read = move || match len <= MEMORY {
            true => {
                let mut room = rooms.take(len as usize);
                rooms.shrink_to(free);
                let digest = hashed.read_part(index, offset, &mut room.bytes)?;
                Ok(Body::bytes(Bytes::from_owner(room)).with_sha256(digest))
            }
            false => {
                let digest = hashed.digest_part(index, offset, len)?;
                Ok(Body::file_range(hashed.file.clone(), offset, len).with_sha256(digest))
            }
        };
        within(self.run.job.patience, read).await.map_err(FailureReason::Io)?
    }
}

/// Completes the upload. When the answer to a completion was lost, the object is looked at before anything is repeated.
async fn complete(run: &Run, upload: &Upload, parts: &[Part], sha256: &[u8; 32]) -> Result<Written, FailureReason> {
    let done = run.cx.store.complete_multipart(upload, parts, &CompleteOptions::default()).await;
    match done {
        Err(StoreError::NoSuchUpload { .. }) => {
            let head = run.cx.store.head(&upload.key, &Default::default()).await.map_err(FailureReason::Storage)?;
            match StoredMeta::read(&head.metadata).sha256.as_ref() == Some(sha256) {
                true => Ok(Written { etag: head.etag, version: head.version }),
                false => Err(FailureReason::Unstable),
            }
        }
        Err(StoreError::InvalidPart { .. }) => Err(FailureReason::Unstable),
        other => other.map_err(FailureReason::Storage),
    }
}
