//! Setting places up and testing them. Nothing is saved unless the place was reached.

mod candidate;
mod gateway;
mod save;
mod test;
mod view;

pub use candidate::Candidate;
pub use gateway::GatewayCandidate;
pub(crate) use save::place_of_url;
pub use save::{add_profile, configure, put_profile, remove_profile, use_this_computer};
pub use test::{test_connection, test_url, try_connection};
pub(crate) use view::place_view;
pub use view::{config_view, list_buckets, provider_presets};

pub use holdfast_storage::s3::aws_profiles;
use holdfast_storage::{Error, ListRequest};

use crate::{AppError, Result, error::Doing, stores::OpenStore};

/// Asks whether the bucket is there and lets us in.
///
/// HEAD answers have no body, so a wrong secret and a missing right look alike: then a listing of one row tells why.
pub async fn reach(open: &OpenStore) -> Result<()> {
    let error = match open.store.check().await {
        Ok(()) => return Ok(()),
        Err(error) => error,
    };
    let error = match error {
        Error::Denied { .. } | Error::Server { .. } | Error::WrongRegion { expected: None } => {
            let one = ListRequest { max_keys: Some(1), ..ListRequest::default() };
            match open.store.list(&one).await {
                Ok(_) => return Ok(()),
                Err(told) => told,
            }
        }
        other => other,
    };
    Err(AppError::from_storage(&error, &open.context(Doing::Connect)))
}
