//! A file as it comes, cut into parts, counted and hashed on the way.

use bytes::{Bytes, BytesMut};
use multer::Field;
use sha2::{Digest as _, Sha256};

use super::{fields::Digest, form::broken};
use crate::error::{Answer, ApiError};

/// A part, in memory.
pub(super) struct Piece {
    pub(super) bytes: Bytes,
    pub(super) digest: Digest,
    pub(super) is_last: bool,
}

/// The file's pieces.
pub(super) struct Pieces {
    /// Gone at its end: the form reads on only when nobody has a field of it any more.
    field: Option<Field<'static>>,
    left: Bytes,
    largest: u64,
    expected: u64,
    part: usize,
    /// Bytes so far.
    pub(super) size: u64,
    /// Of all pieces so far; nothing while the first one comes, whose own it is then.
    whole: Option<Sha256>,
}

impl Pieces {
    pub(super) fn new(field: Field<'static>, largest: u64, expected: u64, part: u64) -> Self {
        Self { field: Some(field), left: Bytes::new(), largest, expected, part: part as usize, size: 0, whole: None }
    }

    /// The next part: as large as a part is, but the last.
    pub(super) async fn next(&mut self) -> Answer<Piece> {
        // As large as it will be: growing would take twice what the budget counts.
        let room = self.expected.saturating_sub(self.size).min(self.part as u64) as usize;
        let (mut bytes, mut digest) = (BytesMut::with_capacity(room), Sha256::new());
        loop {
            if self.left.is_empty() {
                match self.chunk().await? {
                    Some(chunk) => self.left = chunk,
                    None => return Ok(self.piece(bytes, digest, true)),
                }
            }
            if bytes.len() == self.part {
                return Ok(self.piece(bytes, digest, false));
            }
            let taken = self.left.split_to(self.left.len().min(self.part - bytes.len()));
            self.size += taken.len() as u64;
            if self.size > self.largest {
                return Err(ApiError::too_large("the file", self.largest));
            }
            digest.update(&taken);
            if let Some(whole) = &mut self.whole {
                whole.update(&taken);
            }
            bytes.extend_from_slice(&taken);
        }
    }

    fn piece(&mut self, bytes: BytesMut, digest: Sha256, is_last: bool) -> Piece {
        self.whole.get_or_insert_with(|| digest.clone());
        Piece { bytes: bytes.freeze(), digest: digest.finalize().into(), is_last }
    }

    async fn chunk(&mut self) -> Answer<Option<Bytes>> {
        let Some(field) = &mut self.field else { return Ok(None) };
        let chunk = field.chunk().await;
        if !matches!(chunk, Ok(Some(_))) {
            self.field = None;
        }
        chunk.map_err(|error| self.fault(&error))
    }

    fn fault(&self, error: &multer::Error) -> ApiError {
        match error {
            multer::Error::FieldSizeExceeded { .. } => ApiError::too_large("the file", self.largest),
            other => broken(other),
        }
    }

    /// SHA-256 of all.
    pub(super) fn digest(&self) -> Digest {
        self.whole.clone().unwrap_or_default().finalize().into()
    }
}
