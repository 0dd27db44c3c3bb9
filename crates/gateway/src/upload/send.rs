//! Puts a file into the bucket: in one piece, or in parts that are given up when anything fails.

use std::sync::Arc;

use holdfast_storage::{Body, CompleteOptions, Error as StoreError, Key, Part, Upload, WriteOptions};

use super::{
    PART_SIZE,
    fields::Fields,
    form::Form,
    part_size,
    pieces::{Piece, Pieces},
    spool::Spool,
};
use crate::{
    api::uploads::Sent,
    error::{Answer, ApiError},
    live::{Client, Reservation},
    paths::RemotePath,
    state::State,
};

type Place<'a> = (&'a RemotePath, &'a Key);

/// Stores a file as it comes.
pub(super) async fn streamed(
    state: &State,
    client: &Client,
    place: Place<'_>,
    form: &mut Form,
    mut fields: Fields,
    mut pieces: Pieces,
    announced: Option<u64>,
) -> Answer<Sent> {
    let (path, key) = place;
    let mut room = client.reserve(announced.unwrap_or(0)).await?;
    let first = pieces.next().await.map_err(|error| named(error, path, client))?;
    if first.is_last {
        form.rest(&mut fields, false).await?;
        fields.check(path.as_str(), &first.digest)?;
        room.grow(pieces.size).await?;
        let body = Body::bytes(first.bytes).with_sha256(first.digest);
        let turn = state.turn().await?;
        let written = client.store.put(key, body, &fields.options(Some(first.digest))).await?;
        drop(turn);
        room.keep(pieces.size);
        state.stored(client, pieces.size);
        return Ok(Sent::new(client.s3_key(path), pieces.size, first.digest, &written.etag));
    }
    let parts = Parts::begin(state, client, key, &fields.options(None)).await?;
    let moved = move_parts(&parts, first, &mut pieces, &mut room).await.map_err(|error| named(error, path, client));
    let checked = match moved {
        Ok(list) => form.rest(&mut fields, true).await.and_then(|()| {
            let digest = pieces.digest();
            fields.check(path.as_str(), &digest).map(|()| (list, digest))
        }),
        Err(error) => Err(error),
    };
    match checked {
        Ok((list, digest)) => {
            let written = parts.complete(list, &fields).await?;
            room.keep(pieces.size);
            state.stored(client, pieces.size);
            Ok(Sent::new(client.s3_key(path), pieces.size, digest, &written.etag))
        }
        Err(error) => Err(parts.give_up(error).await),
    }
}

/// Says which file it was.
fn named(error: ApiError, path: &RemotePath, client: &Client) -> ApiError {
    match error.code {
        "file_too_large" => ApiError::too_large(path.as_str(), client.max_file_size),
        "cut" => ApiError::cut(path.as_str()),
        _ => error,
    }
}

async fn move_parts(
    parts: &Parts<'_>,
    first: Piece,
    pieces: &mut Pieces,
    room: &mut Reservation<'_>,
) -> Answer<Vec<Part>> {
    let (mut list, mut piece) = (Vec::new(), first);
    loop {
        room.grow(pieces.size).await?;
        let number = list.len() as u16 + 1;
        let is_last = piece.is_last;
        list.push(parts.send(number, Body::bytes(piece.bytes).with_sha256(piece.digest)).await?);
        if is_last {
            return Ok(list);
        }
        piece = pieces.next().await?;
        if piece.is_last && piece.bytes.is_empty() {
            return Ok(list);
        }
    }
}

/// Stores a file that waits on the disk.
pub(super) async fn spooled(
    state: &State,
    client: &Client,
    place: Place<'_>,
    fields: &Fields,
    spool: Spool,
) -> Answer<Sent> {
    let ((path, key), (size, digest)) = (place, (spool.size, spool.digest));
    let room = client.reserve(size).await?;
    let options = fields.options(Some(digest));
    let file = Arc::new(spool.file);
    let etag = match size <= PART_SIZE {
        true => {
            let _turn = state.turn().await?;
            client.store.put(key, Body::file_range(file, 0, size).with_sha256(digest), &options).await?.etag
        }
        false => {
            let parts = Parts::begin(state, client, key, &options).await?;
            let (mut list, step) = (Vec::new(), part_size(size));
            for (number, from) in (1..).zip((0..size).step_by(step as usize)) {
                let body = Body::file_range(file.clone(), from, step.min(size - from));
                match parts.send(number, body).await {
                    Ok(part) => list.push(part),
                    Err(error) => return Err(parts.give_up(error).await),
                }
            }
            parts.complete(list, fields).await?.etag
        }
    };
    room.keep(size);
    state.stored(client, size);
    Ok(Sent::new(client.s3_key(path), size, digest, &etag))
}

/// An upload in parts, noted on the disk so that a gateway that was killed gives it up at its next start.
struct Parts<'a> {
    state: &'a State,
    client: &'a Client,
    upload: Upload,
}

impl<'a> Parts<'a> {
    async fn begin(state: &'a State, client: &'a Client, key: &Key, options: &WriteOptions) -> Answer<Self> {
        let upload = client.store.create_multipart(key, options).await?;
        let parts = Self { state, client, upload };
        if let Err(error) = state.activity.note_upload(&parts.upload.id, &parts.outer_key()).await {
            tracing::warn!(%error, "an upload could not be noted; if the gateway is killed now it stays open");
        }
        Ok(parts)
    }

    fn outer_key(&self) -> String {
        format!("{}{}", self.client.folder, self.upload.key)
    }

    async fn send(&self, number: u16, body: Body) -> Answer<Part> {
        let _turn = self.state.turn().await?;
        Ok(self.client.store.upload_part(&self.upload, number, body).await?)
    }

    async fn complete(self, list: Vec<Part>, fields: &Fields) -> Answer<holdfast_storage::Written> {
        let options = CompleteOptions {
            if_absent: fields.if_absent,
            if_match: fields.if_match.clone(),
            ..CompleteOptions::default()
        };
        match self.client.store.complete_multipart(&self.upload, &list, &options).await {
            Ok(written) => {
                self.forget().await;
                Ok(written)
            }
            Err(error) => Err(self.give_up(error.into()).await),
        }
    }

    /// Frees the parts; what cannot be freed now is tried again until it is, also after a new start.
    async fn give_up(self, error: ApiError) -> ApiError {
        match self.client.store.abort_multipart(&self.upload).await {
            Ok(()) | Err(StoreError::NoSuchUpload { .. }) => self.forget().await,
            Err(error) => {
                tracing::warn!(%error, key = self.outer_key(), "an upload could not be given up yet");
                self.state.must_give_up([(self.upload.id.clone(), self.outer_key())]);
            }
        }
        error
    }

    async fn forget(&self) {
        if let Err(error) = self.state.activity.forget_upload(&self.upload.id, &self.outer_key()).await {
            tracing::warn!(%error, "a finished upload could not be crossed out");
        }
    }
}
