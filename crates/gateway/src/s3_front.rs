//! S3 for clients: the protocol of the bucket crate over a client's own folder, within the client's limits.
//!
//! A client signs with its API key as access key id and as secret: the gateway learns the key from the request, holds
//! its hash against those it keeps, and then checks the signature with it. So it keeps no secret here either. It refuses
//! requests that are signed in their query, because they would carry the key in an address.

use std::sync::Arc;

use async_trait::async_trait;
use axum::{body::Body, response::Response};
use holdfast_bucket::Front;
use holdfast_storage::{BucketInfo, Buckets, Error, ObjectStore, Result};
use http::Request;
use hyper::body::Incoming;

use crate::{confined::Confined, keys::KeyHash, live::Client, state::State};

/// Answers a request that is signed in its header.
pub(crate) async fn answer(state: &Arc<State>, request: Request<Incoming>) -> (Option<Arc<Client>>, Response) {
    let key = Front::access_key(request.headers()).map(str::to_owned);
    let live = state.live();
    let known = key.and_then(|key| {
        let client = KeyHash::of(&key).ok().and_then(|hash| live.with_key(&hash).cloned());
        client.map(|client| (key, client))
    });
    let Some((key, client)) = known else {
        state.metrics.refused_keys.inc();
        return (None, Front::unknown_key().map(Body::new));
    };
    let place = match client.limits.enter(&client.name).await {
        Ok(place) => place,
        Err(_) => return (Some(client), Front::slow_down().map(Body::new)),
    };
    let store: Arc<dyn ObjectStore> = Arc::new(Confined::new(state.clone(), client.clone()));
    let buckets = Arc::new(OneBucket { name: client.name.clone(), store });
    let response = Front::for_key(buckets, &key).answer(request).await;
    (Some(client), response.map(|body| Body::new(crate::body::Outflow::new(body, place))))
}

/// The one bucket that a client sees; it has the client's name.
#[derive(Debug)]
struct OneBucket {
    name: String,
    store: Arc<dyn ObjectStore>,
}

#[async_trait]
impl Buckets for OneBucket {
    async fn list(&self) -> Result<Vec<BucketInfo>> {
        Ok(vec![BucketInfo { name: self.name.clone(), created: jiff::Timestamp::UNIX_EPOCH }])
    }

    async fn create(&self, name: &str) -> Result<()> {
        match name == self.name {
            true => Err(Error::BucketExists { bucket: name.to_owned() }),
            false => Err(Error::Denied { action: "CreateBucket" }),
        }
    }

    async fn delete(&self, _: &str) -> Result<()> {
        Err(Error::Denied { action: "DeleteBucket" })
    }

    async fn open(&self, name: &str) -> Result<Arc<dyn ObjectStore>> {
        match name == self.name {
            true => Ok(self.store.clone()),
            false => Err(Error::NoSuchBucket { bucket: name.to_owned() }),
        }
    }
}
