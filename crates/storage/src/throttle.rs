//! A bandwidth limit: bytes wait their turn.
//!
//! Time is tokio's, so tests pause it. The limit can be changed while transfers run.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use futures::StreamExt;
use tokio::{sync::Mutex, time::Instant};

use crate::{
    ByteStream, Key, Result,
    layer::{Layer, Request},
};

/// Limits bytes per second, both directions together. 0 is no limit.
#[derive(Debug, Clone)]
pub struct Throttle {
    limit: Arc<AtomicU64>,
    free_at: Arc<Mutex<Option<Instant>>>,
}

impl Throttle {
    /// A limit in bytes per second; 0 for none.
    pub fn new(bytes_per_second: u64) -> Arc<Self> {
        Arc::new(Self { limit: Arc::new(bytes_per_second.into()), free_at: Arc::default() })
    }

    /// Changes the limit from the next bytes on.
    pub fn set(&self, bytes_per_second: u64) {
        self.limit.store(bytes_per_second, Ordering::Relaxed);
    }

    /// Waits until `bytes` more may pass: each transfer takes its place behind those before it.
    async fn pass(&self, bytes: u64) {
        let limit = self.limit.load(Ordering::Relaxed);
        if limit == 0 || bytes == 0 {
            return;
        }
        let until = {
            let mut free_at = self.free_at.lock().await;
            let begin = free_at.unwrap_or_else(Instant::now).max(Instant::now());
            let end = begin + Duration::from_secs_f64(bytes as f64 / limit as f64);
            *free_at = Some(end);
            end
        };
        tokio::time::sleep_until(until).await;
    }
}

#[async_trait]
impl Layer for Throttle {
    async fn before(&self, request: Request<'_>) -> Result<()> {
        self.pass(request.bytes).await;
        Ok(())
    }

    fn download(&self, _: &Key, body: ByteStream) -> ByteStream {
        let throttle = self.clone();
        body.then(move |chunk| {
            let throttle = throttle.clone();
            async move {
                if let Ok(chunk) = &chunk {
                    throttle.pass(chunk.len() as u64).await;
                }
                chunk
            }
        })
        .boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn bytes_take_as_long_as_the_limit_says() {
        let throttle = Throttle::new(1000);
        let begin = Instant::now();
        for _ in 0..5 {
            throttle.pass(400).await;
        }
        assert_eq!(begin.elapsed().as_millis(), 2000);
        throttle.set(0);
        throttle.pass(1 << 40).await;
        assert_eq!(begin.elapsed().as_millis(), 2000);
    }
}
