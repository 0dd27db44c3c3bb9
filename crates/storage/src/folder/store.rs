//! The trait's verbs over a folder: each goes to the blocking pool once and, if it changes anything, to the writer.

use std::{fs::File, io, time::Duration};

use async_trait::async_trait;
use tokio::sync::oneshot;

use super::{
    FolderStore, change, listing,
    read::{Opened, Reader},
    stage::{self, Expected, Filled, Staged},
    writer::{Change, Conditions, Op, Outcome},
};
use crate::{
    Body, CompleteOptions, CopyFrom, DeleteOptions, Deleted, Error, GetObject, Key, LateChecksum, ListPage,
    ListRequest, ObjectMeta, ObjectStore, Part, PresignMethod, ReadOptions, Result, Upload, UploadInfo, VersionPage,
    Versioning, WriteOptions, Written, body::Content,
};

type Late = Option<LateChecksum>;
type Answer = oneshot::Receiver<Result<Outcome>>;

impl Reader {
    /// Hands a change to the writer; for threads that may block.
    pub(super) fn submit(&self, change: Change) -> Result<Answer> {
        self.shared.check_open()?;
        let (op, answer) = Op::new(change);
        self.ops.blocking_send(op).map_err(|_| self.shared.layout.no_such_bucket())?;
        Ok(answer)
    }

    /// Refuses a conditional write early, before its content is taken in. The writer decides.
    fn check_early(&self, key: &Key, conditions: &Conditions) -> Result<()> {
        if !conditions.if_absent && conditions.if_match.is_none() {
            return Ok(());
        }
        let current = self.open_current(key)?;
        change::check(key, current.as_ref().map(|opened| &opened.record), conditions)
    }

    fn publish(&self, key: &Key, filled: Filled, options: &WriteOptions, late: Late) -> Result<Answer> {
        let mut record = stage::describe(key.as_str(), filled.md5, filled.size, options);
        let late = || late.and_then(|late| late.get()).map(|sum| (sum.algorithm, sum.value));
        record.checksum = record.checksum.or_else(late);
        let staged = stage::seal(&self.shared, filled.temp, &filled.file, record)?;
        self.submit(Change::Put { key: key.clone(), staged, conditions: conditions(options) })
    }

    fn put_bytes(
        &self,
        key: &Key,
        bytes: &[u8],
        expected: Expected,
        options: &WriteOptions,
        late: Late,
    ) -> Result<Answer> {
        self.check_early(key, &conditions(options))?;
        let filled = stage::fill_bytes(&self.shared, key, bytes, expected)?;
        self.publish(key, filled, options, late)
    }

    fn copy(&self, from: &CopyFrom, to: &Key, options: &WriteOptions) -> Result<Answer> {
        let source = self.open(&from.key, from.version.as_ref())?;
        if from.if_match.as_ref().is_some_and(|tag| tag.as_str() != source.record.etag) {
            return Err(Error::PreconditionFailed { key: from.key.clone() });
        }
        self.check_early(to, &conditions(options))?;
        let staged = self.stage_copy(source, to, options)?;
        self.submit(Change::Put { key: to.clone(), staged, conditions: conditions(options) })
    }

    fn stage_copy(&self, mut source: Opened, to: &Key, options: &WriteOptions) -> Result<Staged> {
        let failed = |e| self.shared.layout.failed("copying an object", e);
        let (temp, mut file) = self.shared.temp()?;
        let size = source.record.size;
        let copied = clone_content(&mut source.file, &mut file).map_err(failed)?;
        if copied != size {
            return Err(Error::Truncated { key: to.clone(), expected: size, got: copied });
        }
        let mut record = stage::describe(to.as_str(), source.record.etag, size, options);
        record.checksum = record.checksum.or(source.record.checksum);
        record.parts = source.record.parts;
        stage::seal(&self.shared, temp, &file, record)
    }

    fn delete(&self, key: &Key, options: &DeleteOptions) -> Result<Answer> {
        let marks = self.shared.versioning() != Versioning::Off && options.version.is_none();
        let marker = marks.then(|| stage::marker(&self.shared, key.as_str())).transpose()?;
        self.submit(Change::Delete { key: key.clone(), options: options.clone(), marker })
    }
}

/// Copies content, sharing its blocks where the disk can.
fn clone_content(from: &mut File, to: &mut File) -> io::Result<u64> {
    #[cfg(target_os = "linux")]
    if rustix::fs::ioctl_ficlone(&*to, &*from).is_ok() {
        return Ok(to.metadata()?.len());
    }
    io::copy(from, to)
}

fn conditions(options: &WriteOptions) -> Conditions {
    Conditions { if_absent: options.if_absent, if_match: options.if_match.clone() }
}

impl FolderStore {
    /// Runs `work` with a reader on the blocking pool.
    async fn run<T: Send + 'static>(&self, work: impl FnOnce(&Reader) -> Result<T> + Send + 'static) -> Result<T> {
        let reader = self.reader.clone();
        self.reader.shared.blocking(move || work(&reader)).await
    }

    async fn outcome(&self, answer: Answer) -> Result<Outcome> {
        answer.await.map_err(|_| self.reader.shared.layout.no_such_bucket())?
    }

    async fn written(&self, answer: Answer) -> Result<Written> {
        match self.outcome(answer).await? {
            Outcome::Written(written) => Ok(written),
            _ => Err(self.reader.shared.layout.no_such_bucket()),
        }
    }

    async fn deleted(&self, answer: Answer) -> Result<Deleted> {
        match self.outcome(answer).await? {
            Outcome::Deleted(deleted) => Ok(deleted),
            _ => Ok(Deleted::default()),
        }
    }
}

#[async_trait]
impl ObjectStore for FolderStore {
    async fn check(&self) -> Result<()> {
        self.run(|reader| {
            reader.shared.check_open()?;
            reader.shared.layout.format().map(|_| ())
        })
        .await
    }

    async fn head(&self, key: &Key, options: &ReadOptions) -> Result<ObjectMeta> {
        if let Some(answer) = self.reader.head_cached(key, options) {
            return answer;
        }
        let (key, options) = (key.clone(), options.clone());
        self.run(move |reader| reader.head(&key, &options)).await
    }

    async fn get(&self, key: &Key, options: &ReadOptions) -> Result<GetObject> {
        if let Some(answer) = self.reader.get_cached(key, options) {
            return answer;
        }
        let (key, options) = (key.clone(), options.clone());
        self.run(move |reader| reader.get(&key, &options)).await
    }

    async fn put(&self, key: &Key, body: Body, options: &WriteOptions) -> Result<Written> {
        let expected = Expected::new(&body, options.checksum.as_ref());
        let (key, options, late) = (key.clone(), options.clone(), body.late_checksum.clone());
        let answer = match body.into_content() {
            Content::Bytes(bytes) => {
                self.run(move |reader| reader.put_bytes(&key, &bytes, expected, &options, late)).await?
            }
            content => {
                let (early, wanted) = (key.clone(), conditions(&options));
                self.run(move |reader| reader.check_early(&early, &wanted)).await?;
                let shared = self.reader.shared.clone();
                let filled = stage::fill(shared, key.clone(), content.into(), expected).await?;
                self.run(move |reader| reader.publish(&key, filled, &options, late)).await?
            }
        };
        self.written(answer).await
    }

    async fn list(&self, request: &ListRequest) -> Result<ListPage> {
        let request = request.clone();
        self.run(move |reader| reader.shared.read(|db| listing::objects(db, &request))).await
    }

    async fn delete(&self, key: &Key, options: &DeleteOptions) -> Result<Deleted> {
        let (key, options) = (key.clone(), options.clone());
        let answer = self.run(move |reader| reader.delete(&key, &options)).await?;
        self.deleted(answer).await
    }

    async fn delete_many(&self, keys: &[Key]) -> Result<Vec<Result<Deleted>>> {
        let keys = keys.to_vec();
        let sent: Vec<Result<Answer>> = self
            .run(move |reader| Ok(keys.iter().map(|key| reader.delete(key, &DeleteOptions::default())).collect()))
            .await?;
        let mut answers = Vec::with_capacity(sent.len());
        for answer in sent {
            answers.push(match answer {
                Ok(answer) => self.deleted(answer).await,
                Err(error) => Err(error),
            });
        }
        Ok(answers)
    }

    async fn copy(&self, from: &CopyFrom, to: &Key, options: &WriteOptions) -> Result<Written> {
        let (from, to, options) = (from.clone(), to.clone(), options.clone());
        let answer = self.run(move |reader| reader.copy(&from, &to, &options)).await?;
        self.written(answer).await
    }

    async fn create_multipart(&self, key: &Key, options: &WriteOptions) -> Result<Upload> {
        let (key, options) = (key.clone(), options.clone());
        self.run(move |reader| reader.create_multipart(&key, &options)).await
    }

    async fn upload_part(&self, upload: &Upload, number: u16, body: Body) -> Result<Part> {
        let checked = upload.clone();
        self.run(move |reader| reader.check_upload(&checked, number)).await?;
        let expected = Expected::new(&body, None);
        let filled = stage::fill(self.reader.shared.clone(), upload.key.clone(), body, expected).await?;
        let upload = upload.clone();
        self.run(move |reader| reader.keep_part(&upload, number, filled)).await
    }

    async fn list_parts(&self, upload: &Upload) -> Result<Vec<Part>> {
        let upload = upload.clone();
        self.run(move |reader| reader.list_parts(&upload)).await
    }

    async fn complete_multipart(&self, upload: &Upload, parts: &[Part], options: &CompleteOptions) -> Result<Written> {
        let (upload, parts, options) = (upload.clone(), parts.to_vec(), options.clone());
        self.run(move |reader| reader.complete(&upload, &parts, &options)).await
    }

    async fn abort_multipart(&self, upload: &Upload) -> Result<()> {
        let upload = upload.clone();
        self.run(move |reader| reader.abort(&upload)).await
    }

    async fn list_uploads(&self, prefix: &str) -> Result<Vec<UploadInfo>> {
        let prefix = prefix.to_owned();
        self.run(move |reader| reader.list_uploads(&prefix)).await
    }

    async fn presign(&self, _: PresignMethod, _: &Key, _: Duration) -> Result<::url::Url> {
        Err(Error::NotSupported { action: "presigned links" })
    }

    async fn list_versions(
        &self,
        request: &ListRequest,
        after: Option<&(String, Option<String>)>,
    ) -> Result<VersionPage> {
        let (request, after) = (request.clone(), after.cloned());
        self.run(move |reader| reader.shared.read(|db| listing::versions(db, &request, after.as_ref()))).await
    }

    async fn versioning(&self) -> Result<Versioning> {
        self.run(|reader| {
            reader.shared.check_open()?;
            reader.shared.layout.versioning()
        })
        .await
    }

    async fn set_versioning(&self, versioning: Versioning) -> Result<()> {
        let answer = self.run(move |reader| reader.submit(Change::Versioning(versioning))).await?;
        self.outcome(answer).await.map(|_| ())
    }
}
