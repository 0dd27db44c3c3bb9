//! A restore drill: a few copies are really fetched, written to a temporary place and read back, and compared with the
//! SHA-256 that was recorded when they were sent. Writes nothing to the bucket.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use holdfast_storage::{ETag, Prefix};
use tokio::sync::mpsc;

use crate::{
    Error, Result,
    index::{Index, Row},
    progress::Phase,
    restore::Source,
    verify::{
        Found, VerifyContext, VerifyReport,
        content::{self, Check},
        joined, report, share,
    },
};

/// How much is fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// Another seed chooses other files.
    pub seed: u64,
    /// At most so many files.
    pub files: usize,
    /// At most so many bytes together; a file that is larger is never chosen.
    pub bytes: u64,
}

impl Sample {
    /// The usual size: 25 files, 256 MiB.
    pub fn usual(seed: u64) -> Self {
        Self { seed, files: 25, bytes: 256 << 20 }
    }
}

/// Chooses files of the index: every file that fits has the same chance. The same seed chooses the same files.
pub fn choose(index: &Index, sample: &Sample) -> Result<Vec<Row>> {
    let mut lowest: BTreeMap<(u64, String), Row> = BTreeMap::new();
    // More than needed are kept, since some may be too large for what is left of the bytes.
    let most = sample.files.saturating_mul(4);
    index.each_row(|row| {
        if row.sha256.is_some() && row.meta.size <= sample.bytes {
            let path = row.path();
            let place = (share(sample.seed, &path) * (1u64 << 53) as f64) as u64;
            lowest.insert((place, path), row);
            if lowest.len() > most {
                lowest.pop_last();
            }
        }
        Ok(())
    })?;
    let mut room = sample.bytes;
    let fits = lowest.into_values().filter(|row| {
        let fits = row.meta.size <= room;
        room -= if fits { row.meta.size } else { 0 };
        fits
    });
    Ok(fits.take(sample.files).collect())
}

/// Fetches `rows` into files below `into` and compares them. The files are removed again.
pub async fn run(ctx: &VerifyContext, prefix: &Prefix, rows: Vec<Row>, into: &Path) -> Result<VerifyReport> {
    let place = tempfile::Builder::new().prefix("drill-").tempdir_in(into);
    let place = place.map_err(Error::io("making a folder for the drill"))?;
    let found = Arc::new(Found::default());
    let source = Arc::new(Source::new(ctx.store.clone(), ctx.limiter.clone(), ctx.retry));
    let stop = ctx.cancel.child_token();
    ctx.tracker.phase(Phase::Transferring);
    ctx.tracker.plan(rows.len() as u64, rows.iter().map(|row| row.meta.size).sum());
    let (checks, waiting) = mpsc::channel(ctx.jobs.max(1) * 2);
    let mut tasks = content::start(ctx, &source, &found, &stop, waiting, Some(place.path()));
    for row in rows {
        let path = row.path();
        let Ok(key) = prefix.key(&path) else { continue };
        let etag = row.etag.map(ETag::new);
        let check = Check { path, key, size: row.meta.size, etag, expected: row.sha256 };
        if checks.send(check).await.is_err() {
            break;
        }
    }
    drop(checks);
    while let Some(ended) = tasks.join_next().await {
        ended.map_err(joined)?;
    }
    report(ctx, &found, &source)
}
