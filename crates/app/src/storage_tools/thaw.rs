//! Files in an archive: where they are, and bringing them back.

use futures::{StreamExt, TryStreamExt, stream};
use holdfast_storage::Error;

use super::{StorageTools, bad, thaw_words};
use crate::{
    Result,
    dto::storage_tools::{ThawState, ThawView},
};

/// For so many days a file is brought back when nobody says otherwise.
pub const USUAL_DAYS: u16 = 7;

/// How many files are asked about at once.
const AT_ONCE: usize = 16;

/// The longest time for which S3 is asked to keep a readable copy, days.
const LONGEST_DAYS: u16 = 3650;

impl StorageTools {
    /// Where each of these files is, and what a week of it costs.
    pub async fn thaw_state(&self, keys: &[String]) -> Result<Vec<ThawView>> {
        a_few_at_once(keys.iter().map(|key| self.one(key, USUAL_DAYS)).collect()).await
    }

    /// Asks for readable copies of those that are in an archive. One that can be read already stays readable for so many
    /// days from now; one that is on its way is left alone.
    ///
    /// # Errors
    /// `bad_setting`; the first file that could not be asked for. Asking again is safe.
    pub async fn thaw(&self, keys: &[String], days: u16) -> Result<Vec<ThawView>> {
        if !(1..=LONGEST_DAYS).contains(&days) {
            return Err(bad(format!("a file cannot be brought back for {days} days"), "choose 1 to 3,650 days"));
        }
        a_few_at_once(keys.iter().map(|key| self.thaw_one(key, days)).collect()).await
    }

    async fn thaw_one(&self, key: &str, days: u16) -> Result<ThawView> {
        let before = self.one(key, days).await?;
        if matches!(before.state, ThawState::NotArchived | ThawState::Thawing) {
            return Ok(before);
        }
        self.admin.thaw(&self.key(key)?, days).await.map_err(|error| self.no_archive(error))?;
        let after = self.one(key, days).await?;
        // A place may need a moment until it tells; the price is that of what was asked for.
        let state = if after.state == ThawState::Archived { ThawState::Thawing } else { after.state };
        Ok(ThawView { state, usd: before.usd, ..after })
    }

    async fn one(&self, key: &str, days: u16) -> Result<ThawView> {
        let object = self.admin.archived(&self.key(key)?).await.map_err(|error| self.no_archive(error))?;
        Ok(thaw_words::view(key, &object, &self.open.provider, days, &self.open.prices))
    }

    fn no_archive(&self, error: Error) -> crate::AppError {
        self.not_offered(error, "an archive", "its files can be read at once")
    }
}

/// Answers in the order of the questions, or the first that failed.
async fn a_few_at_once<F: Future<Output = Result<ThawView>>>(asked: Vec<F>) -> Result<Vec<ThawView>> {
    stream::iter(asked).buffered(AT_ONCE).try_collect().await
}
