//! A backup set: one folder, one place in a bucket, one index. Ties lock, index, plan and run together.

use std::{
    path::{Path, PathBuf},
    sync::atomic::AtomicU64,
    time::Duration,
};

use holdfast_storage::{Encryption, Prefix, sqlite};
use sha2::{Digest, Sha256};
use tokio_util::sync::CancellationToken;

use crate::{
    Error, Result,
    filter::Filter,
    free_up::{self, Freed},
    index::{self, Index, Opened},
    lock::RunLock,
    patience::{self, PATIENCE},
    plan::{BackupPlan, Brake, ObserveOptions, PlanOptions, decide, observe, observe_paths, take_first_look},
    progress::Phase,
    rebuild::rebuild,
    report::BackupReport,
    stray_uploads,
    upload::{self, Context, Job, MULTIPART_FROM},
};

/// A folder and its place.
#[derive(Debug, Clone)]
pub struct BackupSet {
    root: PathBuf,
    prefix: Prefix,
    index_path: PathBuf,
    lock_path: PathBuf,
}

/// Choices for one run.
#[derive(Debug, Clone)]
pub struct BackupOptions {
    /// Patterns as in `.gitignore`.
    pub exclude: Vec<String>,
    /// Whether hidden files take part.
    pub include_hidden: bool,
    /// Removals and the brake.
    pub plan: PlanOptions,
    /// Storage class of new objects.
    pub storage_class: Option<String>,
    /// Server-side encryption of new objects.
    pub encryption: Option<Encryption>,
    /// Threads that look at the folder.
    pub scan_threads: usize,
    /// The place lists unfinished uploads only by their whole key: after a run that was cut off, and with a new index,
    /// each large file of the plan is asked for.
    pub uploads_by_whole_key: bool,
    /// What is in the folder before the first run is left alone until it changes. Without any effect on a set that has
    /// copies already.
    pub leave_existing: bool,
    /// How long a file or folder may keep the run waiting for what comes next. Then a file is a failure; a folder ends the
    /// run.
    pub patience: Duration,
}

impl Default for BackupOptions {
    fn default() -> Self {
        Self {
            exclude: Vec::new(),
            include_hidden: false,
            plan: PlanOptions::default(),
            storage_class: None,
            encryption: None,
            scan_threads: std::thread::available_parallelism().map_or(2, |n| n.get().clamp(2, 8)),
            uploads_by_whole_key: false,
            leave_existing: false,
            patience: PATIENCE,
        }
    }
}

/// A plan, and the right to carry it out: no other run of the set can begin meanwhile.
#[derive(Debug)]
pub struct Prepared {
    /// What will be done.
    pub plan: BackupPlan,
    /// Where a damaged index was set aside, if one was.
    pub set_aside: Option<PathBuf>,
    /// The brake that was on, where removals were left out for it.
    pub held: Option<Brake>,
    index: Index,
    job: Job,
    uploads_by_whole_key: bool,
    _lock: RunLock,
}

/// What a run looks at.
#[derive(Debug, Clone)]
enum Scope {
    Whole,
    Paths(std::sync::Arc<[PathBuf]>),
}

impl BackupSet {
    /// The set of a folder at `place` (a stable name of the bucket without secrets). Its files live in `state`.
    pub fn new(root: &Path, place: &str, prefix: Prefix, state: &Path) -> Self {
        let root = root.canonicalize().unwrap_or_else(|_| root.to_owned());
        let mut digest = Sha256::new();
        for part in [root.as_os_str().as_encoded_bytes(), place.as_bytes(), prefix.as_str().as_bytes()] {
            digest.update((part.len() as u64).to_le_bytes());
            digest.update(part);
        }
        let id = hex::encode(&digest.finalize()[..12]);
        let index_path = state.join("index").join(format!("{id}.db"));
        let lock_path = state.join("locks").join(format!("{id}.lock"));
        Self { root, prefix, index_path, lock_path }
    }

    /// As [`Self::new`], which asks the folder's disk where the folder is: on a thread of its own.
    ///
    /// # Errors
    /// [`Error::FolderUnreadable`] when the disk does not answer, [`Error::Cancelled`].
    pub async fn find(
        root: &Path,
        place: &str,
        prefix: Prefix,
        state: &Path,
        cancel: &CancellationToken,
    ) -> Result<Self> {
        let (asked, place, state) = (root.to_owned(), place.to_owned(), state.to_owned());
        patience::look(cancel, PATIENCE, root, move |_| Ok(Self::new(&asked, &place, prefix, &state))).await
    }

    /// Where the index is.
    pub fn index_path(&self) -> &Path {
        &self.index_path
    }

    /// Files and bytes known to be in the bucket; `None` when nothing was backed up from here.
    pub fn stored(&self) -> Result<Option<(u64, u64)>> {
        match self.index_path.exists() {
            true => Ok(Some(Index::open(&self.index_path)?.0.totals()?)),
            false => Ok(None),
        }
    }

    /// Forgets that these files (relative paths in key form) are in the bucket: the next run sends them anew. Needs no
    /// turn: beside a run that is under way it costs at worst that a file is sent once more.
    pub fn forget(&self, paths: &[String]) -> Result<()> {
        let (index, _) = Index::open(&self.index_path)?;
        index.begin()?;
        paths.iter().try_for_each(|path| index.remove_row(path))?;
        index.commit()
    }

    /// Removes local files that were sent in or before this Unix second, each after the store confirmed its copy. What it
    /// does not confirm stays, and is sent anew where the copy is not what it should be.
    ///
    /// # Errors
    /// [`Error::Busy`] while a run is under way.
    pub async fn free_up(&self, cx: &Context, sent_until: i64) -> Result<Freed> {
        if !self.index_path.exists() {
            return Ok(Freed::default());
        }
        let _turn = RunLock::take(&self.lock_path)?;
        let (root, index_path) = (self.root.clone(), self.index_path.clone());
        let choosing = move || free_up::choose(&Index::open(&index_path)?.0, &root, sent_until);
        let rows = tokio::task::spawn_blocking(choosing).await.map_err(crate::verify::joined)??;
        let freed = free_up::run(&cx.store, &self.prefix, &self.root, rows, &cx.cancel).await;
        if !freed.lost.is_empty() {
            self.forget(&freed.lost)?;
        }
        Ok(freed)
    }

    /// Looks at the whole folder and plans. Sends nothing unless the index is lost, which costs one listing.
    pub async fn prepare(&self, cx: &Context, options: &BackupOptions, run_id: &str) -> Result<Prepared> {
        self.prepare_scope(cx, options, run_id, &Scope::Whole).await
    }

    /// Looks at these relative paths alone and plans. What would make the brake hold is left in the bucket:
    /// [`Prepared::held`] says so, and a run over the whole folder decides.
    pub async fn prepare_paths(
        &self,
        cx: &Context,
        options: &BackupOptions,
        run_id: &str,
        paths: Vec<PathBuf>,
    ) -> Result<Prepared> {
        let mut prepared = self.prepare_scope(cx, options, run_id, &Scope::Paths(paths.into())).await?;
        if prepared.plan.brake.is_some() {
            prepared.held = prepared.plan.hold_removals();
        }
        Ok(prepared)
    }

    async fn prepare_scope(
        &self,
        cx: &Context,
        options: &BackupOptions,
        run_id: &str,
        scope: &Scope,
    ) -> Result<Prepared> {
        let filter = Filter::new(&options.exclude, options.include_hidden)?;
        let root = self.root.clone();
        patience::look(&cx.cancel, options.patience, &self.root, move |_| crate::scan::check_root(&root)).await?;
        let lock = RunLock::take(&self.lock_path)?;
        let (first, mut set_aside) = match self.look(cx, options, &filter, scope).await {
            Err(Error::Index(error)) if sqlite::is_damage(&error) => (None, Some(index::set_aside(&self.index_path)?)),
            other => (Some(other?), None),
        };
        let (plan, index, opened) = match first {
            Some(found) => found,
            None => self.look(cx, options, &filter, scope).await?,
        };
        if let Opened::SetAside(path) = opened {
            set_aside = Some(path);
        }
        let job = Job {
            root: self.root.clone(),
            prefix: self.prefix.clone(),
            storage_class: options.storage_class.clone(),
            encryption: options.encryption.clone(),
            multipart_from: options.plan.multipart_from.min(MULTIPART_FROM),
            run_id: run_id.to_owned(),
            now: jiff::Timestamp::now().as_second(),
            patience: options.patience,
        };
        let uploads_by_whole_key = options.uploads_by_whole_key;
        Ok(Prepared { plan, set_aside, held: None, index, job, uploads_by_whole_key, _lock: lock })
    }

    async fn look(
        &self,
        cx: &Context,
        options: &BackupOptions,
        filter: &Filter,
        scope: &Scope,
    ) -> Result<(BackupPlan, Index, Opened)> {
        cx.tracker.phase(Phase::Scanning);
        let (mut index, opened) = Index::open(&self.index_path)?;
        let rebuilt = index.fact("rebuilt")?.is_none();
        // What a run that was cut off sent and could not note would never be removed.
        let lost = matches!(scope, Scope::Whole) && options.plan.delete_remote && index.lost_track()?;
        if rebuilt || lost {
            rebuild(&cx.store, &self.prefix, &self.root, &mut index, &cx.cancel).await?;
            index.set_fact("rebuilt", "yes")?;
        }
        let (root, filter, threads) = (self.root.clone(), filter.clone(), options.scan_threads);
        // A set that lost its index finds its copies again, and must not take what it missed meanwhile for old files.
        let first_look = options.leave_existing && !index.has_first_look()? && index.is_empty()?;
        if !options.leave_existing {
            index.forget_first_look()?;
        }
        let (key_dir, scope) = (self.prefix.dir(), scope.clone());
        let longest_path = holdfast_storage::key::MAX_KEY_BYTES - key_dir.len();
        let (tracker, cancel) = (cx.tracker.clone(), cx.cancel.clone());
        let looking = move |pulse: &AtomicU64| {
            let (root, filter, key_dir) = (&root, &filter, &key_dir);
            let options = ObserveOptions { root, filter, longest_path, key_dir, threads, pulse };
            if first_look {
                take_first_look(&index, &options, &cancel)?;
            }
            let observed = match scope {
                Scope::Whole => observe(&index, &options, &tracker, &cancel),
                Scope::Paths(paths) => observe_paths(&index, &options, &paths, &cancel),
            };
            observed.map(|observed| (observed, index))
        };
        let (mut observed, index) = patience::look(&cx.cancel, options.patience, &self.root, looking).await?;
        observed.rebuilt = rebuilt;
        cx.tracker.phase(Phase::Planning);
        Ok((decide(observed, &options.plan), index, opened))
    }
}

impl Prepared {
    /// Where the brake is on: leaves what is gone in the bucket and goes on with the rest.
    pub fn hold_removals(&mut self) {
        if self.plan.brake.is_some() {
            self.held = self.plan.hold_removals();
        }
    }

    /// Carries out the plan.
    pub async fn run(self, cx: Context) -> Result<BackupReport> {
        let may_have_strays = self.plan.observed.rebuilt || self.index.was_cut_off()?;
        if self.uploads_by_whole_key && may_have_strays && self.plan.brake.is_none() {
            let known: Vec<_> = self.index.uploads()?.into_iter().map(|record| record.upload).collect();
            let (prefix, from) = (&self.job.prefix, self.job.multipart_from);
            stray_uploads::give_up(&cx, &known, &self.plan, prefix, from).await?;
        }
        upload::run(cx, self.job, self.index, self.plan).await
    }
}
