//! Reads a form: its fields in whatever order, and its file as it comes.

use bytes::Bytes;
use futures::{Stream, StreamExt, stream};
use http::{StatusCode, header};
use multer::{Constraints, Field, Multipart, SizeLimit};

use super::{Incoming, MAX_PARTS, PART_SIZE, fields::Fields, part_size, pieces::Pieces, send, spool::Spool};
use crate::{
    api::{content_length, uploads::Sent},
    error::{Answer, ApiError},
    live::Client,
    state::State,
};

/// Bytes of a text field at most.
const MAX_TEXT: u64 = 16 << 10;
/// Fields at most.
const MAX_FIELDS: usize = 16;
/// What a form may hold beside its file.
const MAX_BESIDE: u64 = 256 << 10;

/// A form as it is read.
pub(super) struct Form {
    fields: Multipart<'static>,
    read: usize,
}

/// Why a form could not be read.
pub(super) fn broken(error: &multer::Error) -> ApiError {
    let hint = "Send the form again.";
    match error {
        multer::Error::StreamReadFailed(_) | multer::Error::IncompleteStream => ApiError::cut("the form"),
        multer::Error::IncompleteFieldData { .. } | multer::Error::IncompleteHeaders => ApiError::cut("the form"),
        multer::Error::FieldSizeExceeded { .. } | multer::Error::StreamSizeExceeded { .. } => {
            let status = StatusCode::PAYLOAD_TOO_LARGE;
            ApiError::new(status, "form_too_large", "the form holds more than it may", hint)
        }
        _ => ApiError::bad_request("bad_form", "the form cannot be read", "Send multipart/form-data as RFC 7578 says."),
    }
}

impl Form {
    fn open(incoming: Incoming, largest: u64) -> Answer<Self> {
        let kind = incoming.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let boundary = multer::parse_boundary(kind).map_err(|_| {
            let hint = "Send multipart/form-data with the fields path and file.";
            let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
            ApiError::new(status, "not_a_form", "the body must be a form", hint)
        })?;
        let limits = SizeLimit::new().per_field(MAX_TEXT).for_field("file", largest.saturating_add(1));
        let stream = one_by_one(incoming.body.into_data_stream());
        let fields = Multipart::with_constraints(stream, boundary, Constraints::new().size_limit(limits));
        Ok(Self { fields, read: 0 })
    }

    /// The next field, or `None` behind the last.
    async fn next(&mut self) -> Answer<Option<Field<'static>>> {
        self.read += 1;
        match self.read > MAX_FIELDS {
            true => Err(ApiError::bad_request("bad_form", "the form has too many fields", "Send only known fields.")),
            false => self.fields.next_field().await.map_err(|error| broken(&error)),
        }
    }

    /// Reads fields up to the file, or to the end.
    async fn until_file(&mut self, fields: &mut Fields) -> Answer<Option<Field<'static>>> {
        while let Some(field) = self.next().await? {
            match field.name().unwrap_or_default() {
                "file" => return Ok(Some(field)),
                name => {
                    let name = name.to_owned();
                    fields.take(&name, text(field).await?)?;
                }
            }
        }
        Ok(None)
    }

    /// Reads what comes behind the file. `started`: what S3 has been told already cannot be told any more.
    pub(super) async fn rest(&mut self, fields: &mut Fields, started: bool) -> Answer<()> {
        while let Some(field) = self.next().await? {
            let name = field.name().unwrap_or_default().to_owned();
            if name == "file" {
                return Err(ApiError::bad_request("bad_form", "the form has two files", "Send one file with a form."));
            }
            if started && Fields::is_early(&name) {
                let message = format!("the field {name} came behind a file of more than one part");
                let hint = "Send the file as the form's last field.";
                return Err(ApiError::bad_request("late_field", message, hint));
            }
            fields.take(&name, text(field).await?)?;
        }
        Ok(())
    }
}

async fn text(field: Field<'static>) -> Answer<String> {
    let bytes = field.bytes().await.map_err(|error| broken(&error))?;
    String::from_utf8(bytes.into())
        .map_err(|_| ApiError::bad_request("bad_form", "a field is not UTF-8", "Send the fields' texts as UTF-8."))
}

/// The reader of the form takes all that is ready at once into memory: it gets one chunk at a time.
fn one_by_one<E>(chunks: impl Stream<Item = Result<Bytes, E>> + Unpin) -> impl Stream<Item = Result<Bytes, E>> {
    stream::unfold((chunks, false), |(mut chunks, pause)| async move {
        if pause {
            tokio::task::yield_now().await;
        }
        let chunk = chunks.next().await?;
        Some((chunk, (chunks, true)))
    })
}

/// Reads a form and stores its file.
pub(super) async fn receive(state: &State, client: &Client, incoming: Incoming) -> Answer<Sent> {
    let announced = content_length(&incoming.headers);
    let largest = client.max_file_size;
    if announced.is_some_and(|bytes| bytes > largest.saturating_add(MAX_BESIDE)) {
        return Err(ApiError::too_large("the file", largest));
    }
    let mut form = Form::open(incoming, largest)?;
    let mut fields = Fields::default();
    let missing =
        |name| ApiError::bad_request("bad_form", format!("the field {name} is missing"), "Send path and file.");
    let file = form.until_file(&mut fields).await?.ok_or_else(|| missing("file"))?;
    fields.content_type = file.content_type().map(ToString::to_string).filter(|kind| kind.len() <= 256);
    let expected = announced.unwrap_or(PART_SIZE * MAX_PARTS).min(largest);
    match fields.path.clone() {
        Some(path) => {
            let (path, key) = client.path(&path)?;
            let part = announced.map_or(PART_SIZE, |_| part_size(expected));
            let share = state.memory.take(&client.limits, expected.min(part)).await?;
            let pieces = Pieces::new(file, largest.min(part * MAX_PARTS), expected, part);
            let sent = send::streamed(state, client, (&path, &key), &mut form, fields, pieces, announced).await;
            drop(share);
            sent
        }
        None => {
            let _share = state.memory.take(&client.limits, PART_SIZE.min(expected)).await?;
            let spool = Spool::of_field(file, largest).await?;
            form.rest(&mut fields, false).await?;
            let path = fields.path.clone().ok_or_else(|| missing("path"))?;
            let (path, key) = client.path(&path)?;
            fields.check(path.as_str(), &spool.digest)?;
            send::spooled(state, client, (&path, &key), &fields, spool).await
        }
    }
}
