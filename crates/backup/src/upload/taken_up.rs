//! Storage class and encryption are accepted and ignored by several providers: the first object of a set is looked at.

use holdfast_storage::{ObjectMeta, ReadOptions};

use super::{Job, Run, lock};
use crate::{Result, report::Notice};

/// The fact that remembers for which wishes the place was looked at.
const FACT: &str = "taken_up";

/// Asks once per set and wish whether the place did what it was asked. A place that cannot be asked now is asked later.
pub(super) async fn look(run: &Run) -> Result<()> {
    let wish = format!("{:?} {:?}", run.job.storage_class, run.job.encryption);
    let asked_for = run.job.storage_class.is_some() || run.job.encryption.is_some();
    let known = lock(&run.lookup).fact(FACT)?.as_deref() == Some(wish.as_str());
    let Some(key) = run.first_sent.get().filter(|_| asked_for && !known && !run.stopped()) else { return Ok(()) };
    if let Ok(meta) = run.cx.store.head(key, &ReadOptions::default()).await {
        let notices = compare(&run.job, &meta);
        if notices.is_empty() {
            lock(&run.lookup).set_fact(FACT, &wish)?;
        }
        lock(&run.notices).extend(notices);
    }
    Ok(())
}

fn compare(job: &Job, meta: &ObjectMeta) -> Vec<Notice> {
    let mut notices = Vec::new();
    if let Some(asked) = &job.storage_class
        && meta.storage_class.as_deref().unwrap_or("STANDARD") != asked
    {
        notices.push(Notice::StorageClassIgnored { asked: asked.clone(), got: meta.storage_class.clone() });
    }
    if job.encryption.as_ref().is_some_and(|asked| !asked.is_met_by(meta.encryption.as_ref())) {
        notices.push(match meta.encryption {
            None => Notice::EncryptionIgnored,
            Some(_) => Notice::EncryptedOtherwise,
        });
    }
    notices
}
