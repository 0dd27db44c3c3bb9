//! Are conditions of a write honoured, refused or, worst of all, ignored?

use super::{integrity::is_refusal, report::Conditional, workplace::Workplace};
use crate::{Body, ETag, Error, Result, WriteOptions, Written};

const NAME: &str = "conditional";
const FIRST: &[u8] = b"first";
const SECOND: &[u8] = b"second";
const THIRD: &[u8] = b"third";

/// `If-None-Match: *`: the second create must fail, and the content must be the first one's.
pub(super) async fn create(place: &mut Workplace) -> Conditional {
    let options = WriteOptions { if_absent: true, ..WriteOptions::default() };
    match place.put(NAME, Body::bytes(FIRST), &options).await {
        Ok(_) => {}
        Err(error) => return refused(&error),
    }
    let second = place.put(NAME, Body::bytes(SECOND), &options).await;
    judge(place, second, FIRST).await
}

/// `If-Match`: with the right tag it must replace, with a wrong one it must not. Needs the object of [`create`].
pub(super) async fn replace(place: &mut Workplace) -> Conditional {
    let Some(tag) = place.last_tag.clone() else { return Conditional::Unknown };
    let options = |tag| WriteOptions { if_match: Some(tag), ..WriteOptions::default() };
    if let Err(error) = place.put(NAME, Body::bytes(SECOND), &options(tag)).await {
        return refused(&error);
    }
    let wrong = ETag::new("0123456789abcdef0123456789abcdef");
    let third = place.put(NAME, Body::bytes(THIRD), &options(wrong)).await;
    judge(place, third, SECOND).await
}

/// The second write should have failed and left `kept`.
async fn judge(place: &Workplace, answer: Result<Written>, kept: &[u8]) -> Conditional {
    match answer {
        Ok(_) => Conditional::Ignored,
        Err(Error::PreconditionFailed { .. } | Error::Conflict { .. }) => match place.read(NAME).await {
            Ok(content) if content == kept => Conditional::Honoured,
            Ok(_) => Conditional::Ignored,
            Err(_) => Conditional::Unknown,
        },
        Err(_) => Conditional::Unknown,
    }
}

/// A write whose condition holds was not carried out.
fn refused(error: &Error) -> Conditional {
    match error {
        Error::PreconditionFailed { .. } | Error::Conflict { .. } => Conditional::Rejected,
        error if is_refusal(error) => Conditional::Rejected,
        _ => Conditional::Unknown,
    }
}
