//! Object Lock: new files that nobody can remove for some time.

use holdfast_storage::{
    Error,
    admin::{LockMode, ObjectLock, Retention},
};

use super::{StorageTools, bad};
use crate::{
    AppError, ErrorCode, Result,
    dto::storage_tools::{ObjectLockMode, ObjectLockView},
};

/// The longest lock that S3 takes, days.
const LONGEST_DAYS: u32 = 36_500;

const WHAT: &str = "Object Lock";
const HINT: &str = "choose another place if copies must be safe from whoever has the key";

impl StorageTools {
    /// Whether files can be locked there, and how new ones are.
    pub async fn object_lock(&self) -> Result<ObjectLockView> {
        let lock = match self.admin.object_lock().await {
            Ok(lock) => return Ok(view(lock)),
            Err(error) => self.known(error).await,
        };
        match lock {
            Error::NotSupported { .. } => {
                let words = format!("{} does not offer Object Lock.", self.open.names.who());
                Ok(ObjectLockView { available: false, mode: ObjectLockMode::None, days: None, words })
            }
            error => Err(self.failed(&error)),
        }
    }

    /// Sets how files stored from now on are locked, and looks whether it took.
    ///
    /// # Errors
    /// `bad_setting`, `lock_not_offered`, `setting_ignored`.
    pub async fn set_object_lock(&self, mode: ObjectLockMode, days: u32) -> Result<()> {
        let wanted = retention(mode, days)?;
        let ask = || self.admin.object_lock();
        let now = match ask().await {
            Ok(now) => now,
            Err(error) => return Err(self.not_offered(self.known(error).await, WHAT, HINT)),
        };
        if !now.available {
            return Err(AppError::config(
                ErrorCode::LockNotOffered,
                format!("{} was made without Object Lock", self.open.names.the_bucket()),
                "make a new bucket with Object Lock switched on; most providers cannot add it later",
            ));
        }
        let told = self.admin.put_object_lock(wanted).await;
        told.map_err(|error| self.not_offered(error, WHAT, HINT))?;
        let is_so = |now: &ObjectLock| now.retention == wanted;
        match is_so(&self.seen(ask, is_so).await?) {
            true => Ok(()),
            false => Err(self.ignored("the time for which files are locked", HINT)),
        }
    }
}

fn retention(mode: ObjectLockMode, days: u32) -> Result<Option<Retention>> {
    let mode = match mode {
        ObjectLockMode::None => return Ok(None),
        ObjectLockMode::Governance => LockMode::Governance,
        ObjectLockMode::Compliance => LockMode::Compliance,
    };
    match days {
        1..=LONGEST_DAYS => Ok(Some(Retention { mode, days })),
        _ => Err(bad(format!("files cannot be locked for {days} days"), "choose 1 to 36,500 days")),
    }
}

fn view(lock: ObjectLock) -> ObjectLockView {
    let (mode, days) = match lock.retention {
        None => (ObjectLockMode::None, None),
        Some(Retention { mode: LockMode::Governance, days }) => (ObjectLockMode::Governance, Some(days)),
        Some(Retention { mode: LockMode::Compliance, days }) => (ObjectLockMode::Compliance, Some(days)),
    };
    ObjectLockView { available: lock.available, mode, days, words: words(lock) }
}

fn words(lock: ObjectLock) -> String {
    let for_days = |days: u32| if days == 1 { "for a day".to_owned() } else { format!("for {days} days") };
    match lock {
        ObjectLock { available: false, .. } => {
            "This bucket was made without Object Lock. Most providers can switch it on only when a bucket is made."
                .into()
        }
        ObjectLock { retention: None, .. } => {
            "Files can be locked here, but new ones are not locked by themselves.".into()
        }
        ObjectLock { retention: Some(Retention { mode: LockMode::Governance, days }), .. } => format!(
            "Every new version is locked {}. Only a key with a special right can remove it earlier. Removing a file still hides it.",
            for_days(days)
        ),
        ObjectLock { retention: Some(Retention { mode: LockMode::Compliance, days }), .. } => format!(
            "Every new version is locked {}, and nobody can remove it earlier, not even you. It is paid for that long.",
            for_days(days)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_shown_with_what_it_means() {
        let kept = |mode, days| ObjectLock { available: true, retention: Some(Retention { mode, days }) };
        for (lock, mode, days, word) in [
            (ObjectLock::default(), ObjectLockMode::None, None, "without Object Lock"),
            (ObjectLock { available: true, retention: None }, ObjectLockMode::None, None, "not locked"),
            (kept(LockMode::Governance, 1), ObjectLockMode::Governance, Some(1), "for a day"),
            (kept(LockMode::Compliance, 30), ObjectLockMode::Compliance, Some(30), "not even you"),
        ] {
            let view = view(lock);
            assert_eq!((view.available, view.mode, view.days), (lock.available, mode, days));
            assert!(view.words.contains(word), "{}", view.words);
        }
    }

    #[test]
    fn a_lock_has_between_a_day_and_a_hundred_years() {
        for (mode, days, good) in [
            (ObjectLockMode::None, 0, true),
            (ObjectLockMode::Governance, 0, false),
            (ObjectLockMode::Governance, 1, true),
            (ObjectLockMode::Compliance, 36_500, true),
            (ObjectLockMode::Compliance, 36_501, false),
        ] {
            assert_eq!(retention(mode, days).is_ok(), good, "{mode:?} {days}");
        }
    }
}
