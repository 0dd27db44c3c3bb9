//! What can be set and seen of a place beyond its copies: versions, rules, locks, classes, archives, rights.
//!
//! What is decided is decided in pure functions; here a place is asked, told, and asked again, because some take a
//! setting and ignore it. It removes no copy.

mod bucket_terraform;
mod classes;
mod lifecycle;
mod lock;
mod places;
mod policy;
mod policy_terraform;
mod search;
mod set_lifecycle;
mod thaw;
mod thaw_words;
mod versioning;
mod versions;

use std::{sync::Arc, time::Duration};

use holdfast_storage::{
    Error, ListRequest,
    admin::{BucketAdmin, NoAdmin},
    error::Unreachable,
    retry::{RetryAdmin, RetryPolicy},
    s3::{ChecksumMode, S3Store},
    storage_class::is_archive,
};
use jiff::{Timestamp, civil::Date, tz::TimeZone};

pub use bucket_terraform::bucket_terraform;
pub use places::{PlaceUse, list_places, remove_place};
pub use policy::{least_privilege, policy_of_url};
pub use thaw::Archives;

use crate::{
    App, AppError, ErrorCode, Result,
    error::{Doing, shown},
    profiles::{Place, ProfileName},
    stores::{self, OpenOptions, OpenStore},
};

/// How long a setting may take to be seen after it was taken.
const PATIENCE: [Duration; 3] = [Duration::from_millis(200), Duration::from_millis(500), Duration::from_secs(2)];

/// A place whose settings are seen and changed.
#[derive(Debug)]
pub struct StorageTools {
    open: OpenStore,
    place: Place,
    /// A storage class that files must be brought back from, which a set keeps its copies in here.
    archive_of_a_set: Option<String>,
    admin: Arc<dyn BucketAdmin>,
    patience: Vec<Duration>,
}

impl App {
    /// The settings of a profile's place.
    pub async fn storage_tools(&self, profile: &str) -> Result<StorageTools> {
        let name = ProfileName::new(profile)?;
        let profiles = self.home.load_profiles().await?;
        let profile = profiles.expect(&name)?;
        let open = stores::open_profile(&self.home, &name, profile, &OpenOptions::default()).await?;
        let sets = self.home.sets.load()?;
        let here = sets.by_name().into_iter().filter(|(_, set)| set.draft.profile == name.as_str());
        let mut classes = here.filter_map(|(_, set)| set.draft.storage_class.clone());
        let archive_of_a_set = classes.find(|class| is_archive(class));
        Ok(StorageTools { archive_of_a_set, ..StorageTools::new(open, profile.place.clone()) })
    }
}

impl StorageTools {
    fn new(open: OpenStore, place: Place) -> Self {
        let admin: Arc<dyn BucketAdmin> = match (&place, &open.account, &open.bucket) {
            // The bucket in front of it answers as AWS does when there is no rule and no lock; neither can be set there.
            (Place::Local(_), ..) => NoAdmin::shared(),
            (_, Some(account), Some(bucket)) => {
                let bucket = S3Store::new(account.clone(), bucket, ChecksumMode::WhenRequired);
                RetryAdmin::wrap(Arc::new(bucket), RetryPolicy::default())
            }
            _ => NoAdmin::shared(),
        };
        Self { open, place, archive_of_a_set: None, admin, patience: PATIENCE.to_vec() }
    }

    /// Believes the first answer after a change.
    pub fn impatient(self) -> Self {
        Self { patience: Vec::new(), ..self }
    }

    fn who(&self) -> &str {
        self.open.names.who()
    }

    fn failed(&self, error: &Error) -> AppError {
        AppError::from_storage(error, &self.open.context(Doing::Connect))
    }

    /// Some servers take a question about a setting for one about the bucket and answer with a listing, which looks like
    /// no S3 at all. When the place lists its files otherwise, it does not know the setting.
    async fn known(&self, error: Error) -> Error {
        let one = ListRequest { max_keys: Some(1), ..ListRequest::default() };
        match error {
            Error::Unreachable(Unreachable::NotS3 { status: 200 }) if self.open.store.list(&one).await.is_ok() => {
                Error::NotSupported { action: "this setting" }
            }
            other => other,
        }
    }

    /// A place that does not know a setting, in plain words instead of the request's name.
    fn not_offered(&self, error: Error, what: &str, hint: &str) -> AppError {
        let said = self.failed(&error);
        match error {
            Error::NotSupported { .. } => {
                AppError { message: format!("{} does not offer {what}", self.who()), hint: hint.to_owned(), ..said }
            }
            Error::Server { status: 400..=499, message, .. } if !message.is_empty() => AppError {
                code: ErrorCode::SettingRefused,
                message: format!("{} refused {what}: {}", self.who(), shown(&message)),
                hint: "nothing was changed; leave out what it names, or ask your provider".into(),
                ..said
            },
            _ => said,
        }
    }

    fn ignored(&self, what: &str, hint: &str) -> AppError {
        let message = format!("{} accepted {what} and did not keep it", self.who());
        AppError::config(ErrorCode::SettingIgnored, message, hint)
    }

    /// Asks until the answer is `right` or the patience has run out; gives back the last answer.
    async fn seen<T, F>(&self, ask: impl Fn() -> F, right: impl Fn(&T) -> bool) -> Result<T>
    where
        F: Future<Output = holdfast_storage::Result<T>>,
    {
        let mut answer = ask().await.map_err(|error| self.failed(&error))?;
        for pause in &self.patience {
            if right(&answer) {
                break;
            }
            tokio::time::sleep(*pause).await;
            answer = ask().await.map_err(|error| self.failed(&error))?;
        }
        Ok(answer)
    }
}

/// A value of a form that does not fit.
fn bad(message: impl Into<String>, hint: &str) -> AppError {
    AppError::config(ErrorCode::BadSetting, message, hint)
}

/// A moment as somebody names it: RFC 3339, or a day, which means its end here.
///
/// # Errors
/// `bad_setting`.
pub fn moment(text: &str) -> Result<Timestamp> {
    moment_in(text, &TimeZone::system())
}

fn moment_in(text: &str, zone: &TimeZone) -> Result<Timestamp> {
    let text = text.trim();
    let end_of_day = |day: Date| {
        let next = day.tomorrow().ok()?.to_zoned(zone.clone()).ok()?.timestamp();
        next.checked_sub(jiff::SignedDuration::from_nanos(1)).ok()
    };
    let said = match text.parse::<Timestamp>() {
        Ok(moment) => Some(moment),
        // A day with a time would be taken for the day alone.
        Err(_) if text.len() == 10 => text.parse::<Date>().ok().and_then(end_of_day),
        Err(_) => None,
    };
    said.ok_or_else(|| {
        bad(
            format!("“{}” is no date", shown(text)),
            "write a day such as 2026-11-20, or a time such as 2026-11-20T18:00:00Z",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_means_its_end_here_and_a_time_itself() {
        let zone = TimeZone::fixed(jiff::tz::offset(2));
        for (text, want) in [
            ("2026-11-20T18:00:00Z", Some("2026-11-20T18:00:00Z")),
            ("2026-11-20T18:00:00+02:00", Some("2026-11-20T16:00:00Z")),
            (" 2026-11-20 ", Some("2026-11-20T21:59:59.999999999Z")),
            ("2026-11-20T18:00", None),
            ("2026-13-01", None),
            ("yesterday", None),
            ("", None),
        ] {
            let got = moment_in(text, &zone);
            assert_eq!(got.as_ref().ok().map(ToString::to_string).as_deref(), want, "{text}");
            assert!(got.is_ok() || got.unwrap_err().code == ErrorCode::BadSetting);
        }
    }
}
