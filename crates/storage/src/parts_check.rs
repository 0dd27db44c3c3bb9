//! Looking at the content of an upload while its parts are put together, before it becomes the object.
//!
//! A store that holds parts itself hands their bytes to a [`PartsDigest`]; what is computed and what it is compared with is
//! decided by whoever asked for the completion.

use std::fmt::Debug;

use crate::{Checksum, WriteOptions};

/// The content is not what was announced; whoever made the check knows why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotAsAnnounced;

/// What a completion wants to know of the content. It may be asked several times when a completion is repeated.
pub trait PartsCheck: Debug + Send + Sync {
    /// Whether a place that cannot look at the content must refuse the completion.
    fn is_required(&self) -> bool;

    /// A look at the content of an upload that was begun like this; `None` where there is nothing to compute.
    ///
    /// # Errors
    /// [`NotAsAnnounced`] when the upload was begun with other promises.
    fn begin(&self, begun: &WriteOptions) -> Result<Option<Box<dyn PartsDigest>>, NotAsAnnounced>;
}

/// One look at the content, from the first byte to the last.
pub trait PartsDigest: Send {
    /// Takes the next bytes.
    fn update(&mut self, content: &[u8]);

    /// The bytes of a part are complete.
    fn end_part(&mut self);

    /// Compares, and gives the checksum to keep with the object.
    ///
    /// # Errors
    /// [`NotAsAnnounced`]: the object must not be made.
    fn finish(self: Box<Self>) -> Result<Checksum, NotAsAnnounced>;
}
