//! No backend: history stays on this computer.

use async_trait::async_trait;
use uuid::Uuid;

use super::{BackendKind, Cursor, DeletionPage, Page, Reach, SyncBackend};
use crate::{Ending, Entry, Error, Result, Time};

/// Takes nothing, so that entries stay in the queue until there is a backend.
#[derive(Debug)]
pub struct Offline {
    device: Uuid,
}

impl Offline {
    /// For the device with this id.
    pub fn new(device: Uuid) -> Self {
        Self { device }
    }
}

#[async_trait]
impl SyncBackend for Offline {
    fn kind(&self) -> BackendKind {
        BackendKind::Offline
    }

    fn device_id(&self) -> Uuid {
        self.device
    }

    async fn ping(&mut self) -> Result<()> {
        Ok(())
    }

    async fn register_device(&mut self, _: Time) -> Result<()> {
        Ok(())
    }

    async fn submit_entries(&mut self, _: &[Entry], _: Time) -> Result<()> {
        Err(Error::Offline)
    }

    async fn submit_endings(&mut self, _: &[Ending], _: Time) -> Result<()> {
        Err(Error::Offline)
    }

    async fn flush(&mut self, _: bool, _: Time) -> Result<()> {
        Ok(())
    }

    async fn query_entries(&mut self, cursor: &Cursor, _: Option<Reach>, _: Time) -> Result<Page> {
        Ok(Page { cursor: cursor.clone(), ..Page::default() })
    }

    async fn bootstrap(&mut self, _: Time) -> Result<Page> {
        Ok(Page::default())
    }

    async fn add_deletion_request(&mut self, _: &[Uuid], _: Time) -> Result<()> {
        Err(Error::Offline)
    }

    async fn get_deletion_requests(&mut self, cursor: &Cursor, _: Time) -> Result<DeletionPage> {
        Ok(DeletionPage { cursor: cursor.clone(), ..DeletionPage::default() })
    }

    async fn uninstall(&mut self, _: Time) -> Result<()> {
        Ok(())
    }
}
