//! A place at which a device stops for good: at the n-th request, before it is carried out or before its answer is there.

use std::{
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use async_trait::async_trait;
use futures::future::{Either, pending, select};
use holdfast_storage::{
    Error, ObjectStore, Result,
    error::Unreachable,
    layer::{Layer, Layered, Request},
};
use tokio::sync::Notify;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// The place never hears of the request.
    Before,
    /// The place carries it out; the device never learns it, and does nothing in the place any more.
    After,
}

#[derive(Debug)]
pub struct Kill {
    moment: Moment,
    at: u32,
    requests: AtomicU32,
    gone: Notify,
}

impl Kill {
    pub fn at(request: u32, moment: Moment) -> Arc<Self> {
        Arc::new(Self { moment, at: request, requests: AtomicU32::new(0), gone: Notify::new() })
    }

    pub fn wrap(self: &Arc<Self>, store: Arc<dyn ObjectStore>) -> Arc<dyn ObjectStore> {
        Layered::wrap(store, self.clone())
    }

    /// Runs `work` until it is done or the device is gone. Whether it is gone.
    pub async fn run<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        match select(pin!(work), pin!(self.gone.notified())).await {
            Either::Left((done, _)) => Some(done),
            Either::Right(_) => None,
        }
    }

    /// Whether the moment came.
    pub fn struck(&self) -> bool {
        self.requests.load(Ordering::Relaxed) >= self.at
    }
}

#[async_trait]
impl Layer for Kill {
    async fn before(&self, _: Request<'_>) -> Result<()> {
        let request = self.requests.fetch_add(1, Ordering::Relaxed) + 1;
        let over = request > self.at || request == self.at && self.moment == Moment::Before;
        if over {
            self.gone.notify_one();
            pending::<()>().await;
        }
        Ok(())
    }

    fn after(&self, _: Request<'_>) -> Result<()> {
        match self.moment == Moment::After && self.requests.load(Ordering::Relaxed) >= self.at {
            true => Err(Error::Unreachable(Unreachable::Broken)),
            false => Ok(()),
        }
    }
}
