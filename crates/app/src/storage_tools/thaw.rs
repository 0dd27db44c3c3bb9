//! Files in an archive: where they are, what the way back costs, and asking for it.

use std::pin::pin;

use futures::{StreamExt, TryStreamExt, stream};
use holdfast_backup::{
    progress::{Phase, Tracker},
    report::{Failure as Found, FailureReason},
};
use holdfast_storage::{Error, Key, ListRequest, VersionId, admin::Archived, storage_class::is_archive};

use super::{
    StorageTools, bad,
    thaw_words::{self, ThawState},
};
use crate::{
    AppError, Result,
    dto::{
        run::RunState,
        storage_tools::{ClassShare, ThawFile, ThawOffer, ThawResult},
    },
    error::{Doing, failure},
    operations::{ProgressSink, Underway},
};

/// So many files tell of a selection how far it is: each question is a request.
pub const LOOKED_AT: usize = 100;

/// How many files are asked about, or asked for, at once.
const AT_ONCE: usize = 16;

/// When so many in a row could not be asked for, the rest cannot either.
const HOPELESS: usize = 10;

/// The longest time for which S3 is asked to keep a readable copy, days.
const LONGEST_DAYS: u16 = 3650;

/// What became of one file.
struct Asked {
    state: ThawState,
    usd: Option<f64>,
}

/// What of a prefix is in an archive, from a listing alone.
#[derive(Debug, Default)]
pub struct Archives {
    /// The files, in the order of their keys.
    pub files: Vec<ThawFile>,
    /// How many there are of each class.
    pub classes: Vec<ClassShare>,
}

impl Archives {
    /// Bytes of all of them.
    pub fn bytes(&self) -> u64 {
        self.classes.iter().map(|class| class.bytes).sum()
    }

    fn add(&mut self, key: String, size: u64, class: Option<String>, version_id: Option<String>) {
        let Some(storage_class) = class.filter(|class| is_archive(class)) else { return };
        match self.classes.iter_mut().find(|share| share.storage_class == storage_class) {
            Some(share) => {
                share.files += 1;
                share.bytes += size;
            }
            None => self.classes.push(ClassShare { storage_class, files: 1, bytes: size }),
        }
        self.files.push(ThawFile { key, version_id });
    }
}

impl StorageTools {
    /// The archived files whose keys begin with `prefix`, now or as they were at a moment; a request for each 1,000.
    ///
    /// # Errors
    /// `no_versions` where a moment is said and the bucket keeps none; `bad_setting`.
    pub async fn archives(&self, prefix: &str, as_of: Option<&str>) -> Result<Archives> {
        let mut found = Archives::default();
        if as_of.is_some() {
            let mut continuation = None;
            loop {
                let page = self.versions(prefix, as_of, continuation.as_deref()).await?;
                for version in page.versions {
                    found.add(version.key, version.size, version.storage_class, Some(version.version_id));
                }
                match page.continuation {
                    next @ Some(_) => continuation = next,
                    None => return Ok(found),
                }
            }
        }
        let mut request = ListRequest { prefix: prefix.to_owned(), ..ListRequest::default() };
        loop {
            let page = self.open.store.list(&request).await;
            let page = page.map_err(|error| AppError::from_storage(&error, &self.open.context(Doing::List)))?;
            for row in page.objects {
                found.add(row.key.to_string(), row.size, row.storage_class, None);
            }
            match page.continuation {
                Some(next) if request.continuation.as_ref() != Some(&next) => request.continuation = Some(next),
                _ => return Ok(found),
            }
        }
    }

    /// What bringing a selection back takes: `classes` is what a listing showed of all of it, `files` are looked at, which
    /// is a request each; of more than [`LOOKED_AT`] so many, evenly from all.
    ///
    /// # Errors
    /// `bad_setting`; what a place says that has no archive, or does not have one of the files.
    pub async fn thaw_offer(&self, classes: &[ClassShare], files: &[ThawFile], days: u16) -> Result<ThawOffer> {
        check_days(days)?;
        let some = stream::iter(spread(files, LOOKED_AT));
        let questions = some.map(|file| async move { self.archived(&file).await });
        let looked: holdfast_storage::Result<Vec<_>> = questions.buffered(AT_ONCE).try_collect().await;
        let looked = looked.map_err(|error| self.no_archive(error))?;
        Ok(thaw_words::offer(classes, &looked, &self.open.provider, days, &self.open.prices))
    }

    /// Asks for readable copies of those that are in an archive. One that can be read already stays readable for so many
    /// days from now; one that is on its way is left alone. Asking again is safe and asks for nothing twice.
    ///
    /// # Errors
    /// `bad_setting`; what ends it all: a place that has no archive, keys that are refused, nobody who answers.
    pub async fn thaw(
        &self,
        files: Vec<ThawFile>,
        days: u16,
        run: &Underway,
        sink: &ProgressSink,
    ) -> Result<ThawResult> {
        check_days(days)?;
        let tracker = Tracker::new();
        tracker.phase(Phase::Transferring);
        tracker.plan(files.len() as u64, 0);
        let work = async {
            let wanted = stream::iter(files).take_until(run.cancel.cancelled());
            let answers = wanted.map(|file| async move {
                let answer = self.thaw_one(&file, days).await;
                (file, answer)
            });
            let mut answers = pin!(answers.buffer_unordered(AT_ONCE));
            let (mut result, mut failed_in_a_row) = (thaw_words::nothing_asked(), 0);
            while let Some((file, answer)) = answers.next().await {
                tracker.finish_files(1);
                match answer {
                    Ok(asked) => {
                        failed_in_a_row = 0;
                        thaw_words::count(&mut result, asked.state, asked.usd);
                    }
                    Err(error) if ends_it(&error) || failed_in_a_row == HOPELESS => return Err(self.no_archive(error)),
                    Err(error) => {
                        failed_in_a_row += usize::from(!error.is_not_found());
                        let found = Found { path: file.key, reason: FailureReason::Storage(error) };
                        result.failures.push(failure(&found, &self.open.context(Doing::Connect)));
                    }
                }
            }
            result.state = match (run.cancel.is_cancelled(), result.failures.is_empty()) {
                (true, _) => RunState::Cancelled,
                (false, true) => RunState::Complete,
                (false, false) => RunState::Partial,
            };
            Ok(result)
        };
        tracker.watch(&**sink, work).await
    }

    async fn thaw_one(&self, file: &ThawFile, days: u16) -> holdfast_storage::Result<Asked> {
        let before = self.archived(file).await?;
        let state = thaw_words::state(&before);
        if matches!(state, ThawState::Archived | ThawState::Ready) {
            let days = (!before.tiered).then_some(days);
            self.admin.thaw(&self.key(file)?, version(file).as_ref(), days).await?;
        }
        Ok(Asked { state, usd: thaw_words::usd(&before, &self.open.provider, days, &self.open.prices) })
    }

    async fn archived(&self, file: &ThawFile) -> holdfast_storage::Result<Archived> {
        self.admin.archived(&self.key(file)?, version(file).as_ref()).await
    }

    fn key(&self, file: &ThawFile) -> holdfast_storage::Result<Key> {
        Key::new(format!("{}{}", self.open.prefix, file.key)).map_err(Error::Key)
    }

    fn no_archive(&self, error: Error) -> AppError {
        self.not_offered(error, "an archive", "its files can be read at once")
    }
}

fn version(file: &ThawFile) -> Option<VersionId> {
    file.version_id.clone().map(VersionId)
}

/// At most so many, evenly from all of them.
fn spread<T: Clone>(all: &[T], most: usize) -> Vec<T> {
    let taken = all.len().min(most);
    (0..taken).filter_map(|n| all.get(n * all.len() / taken)).cloned().collect()
}

fn check_days(days: u16) -> Result<()> {
    match days {
        1..=LONGEST_DAYS => Ok(()),
        _ => Err(bad(format!("a file cannot be brought back for {days} days"), "choose 1 to 3,650 days")),
    }
}

/// Whether no other file can be asked for either.
fn ends_it(error: &Error) -> bool {
    error.is_fatal() || matches!(error, Error::NotSupported { .. })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_looked_at_is_spread_evenly() {
        let all: Vec<u32> = (0..1000).collect();
        assert_eq!(spread(&all, 4), [0, 250, 500, 750]);
        assert_eq!((spread(&all[..3], 4), spread(&all[..0], 4)), (vec![0, 1, 2], Vec::new()));
    }

    #[test]
    fn archives_are_summed_by_class() {
        let mut found = Archives::default();
        for (key, class) in [("a", Some("GLACIER")), ("b", None), ("c", Some("GLACIER_IR")), ("d", Some("GLACIER"))] {
            found.add(key.into(), 5, class.map(str::to_owned), None);
        }
        assert_eq!(found.files.iter().map(|file| file.key.as_str()).collect::<Vec<_>>(), ["a", "d"]);
        assert_eq!(found.classes, [ClassShare { storage_class: "GLACIER".into(), files: 2, bytes: 10 }]);
    }
}
