//! Uploads that were begun and not finished: what they keep, and giving them up.

use super::Session;
use crate::{
    dto::run::{UnfinishedUpload, UnfinishedUploads},
    error::{AppError, Doing, Result},
};

impl Session {
    /// Every unfinished upload of the place, with the bytes it keeps, and what they cost.
    pub async fn unfinished_uploads(&self) -> Result<UnfinishedUploads> {
        let failed = |e| AppError::from_storage(&e, &self.doing(Doing::List));
        let mut found = Vec::new();
        for info in self.store.list_uploads("").await.map_err(failed)? {
            let parts = match self.store.list_parts(&info.upload).await {
                Err(holdfast_storage::Error::NoSuchUpload { .. }) => continue,
                other => other.map_err(failed)?,
            };
            found.push(UnfinishedUpload {
                key: info.upload.key.to_string(),
                started: info.initiated.map(|t| t.to_string()),
                bytes: parts.iter().map(|part| part.size).sum(),
            });
        }
        let monthly_usd = self.prices.month(found.iter().map(|upload| upload.bytes).sum());
        Ok(UnfinishedUploads { uploads: found, monthly_usd, location: self.location.clone() })
    }

    /// Gives all of them up and says how many they were. A run that wanted to go on with one begins it anew.
    pub async fn abort_uploads(&self) -> Result<u64> {
        let failed = |e| AppError::from_storage(&e, &self.doing(Doing::Delete));
        let uploads = self.store.list_uploads("").await.map_err(failed)?;
        for info in &uploads {
            self.store.abort_multipart(&info.upload).await.map_err(failed)?;
        }
        Ok(uploads.len() as u64)
    }
}
