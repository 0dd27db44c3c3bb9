//! Puts an answer right that a real server was seen to send wrong, before the SDK reads it. It changes no meaning.

use aws_sdk_s3::{
    config::{ConfigBag, Intercept, RuntimeComponents},
    primitives::{ByteStream, SdkBody},
};
use aws_smithy_runtime_api::{
    box_error::BoxError, client::interceptors::context::BeforeDeserializationInterceptorContextMut,
};
use http_body::Frame;
use http_body_util::StreamBody;

use super::payload::SyncBody;

const WRONG: &str = "<InitiateMultipartUpload>";
const RIGHT: &str = "<InitiateMultipartUploadResult>";

/// `rclone serve s3` names the answer to CreateMultipartUpload without its `Result`, which the SDK refuses.
#[derive(Debug)]
pub(super) struct BegunUpload;

impl Intercept for BegunUpload {
    fn name(&self) -> &'static str {
        "BegunUpload"
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response_mut();
        let body = ByteStream::new(response.take_body());
        let whole = futures::stream::once(async move {
            let bytes = body.collect().await.map_err(std::io::Error::other)?.to_vec();
            Ok::<_, std::io::Error>(Frame::data(put_right(bytes).into()))
        });
        *response.body_mut() = SdkBody::from_body_1_x(SyncBody::new(StreamBody::new(Box::pin(whole))));
        Ok(())
    }
}

fn put_right(answer: Vec<u8>) -> Vec<u8> {
    match std::str::from_utf8(&answer) {
        Ok(text) if text.contains(WRONG) => {
            let closing = |tag: &str| tag.replace('<', "</");
            text.replace(WRONG, RIGHT).replace(&closing(WRONG), &closing(RIGHT)).into_bytes()
        }
        _ => answer,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_name_of_the_answer_is_put_right() {
        let answer = "<?xml?>\n<InitiateMultipartUpload><UploadId>u</UploadId></InitiateMultipartUpload>";
        let right = "<?xml?>\n<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>";
        for (sent, read) in [(answer, right), (right, right), ("", ""), ("<Error/>", "<Error/>")] {
            assert_eq!(put_right(sent.into()), read.as_bytes());
        }
    }
}
