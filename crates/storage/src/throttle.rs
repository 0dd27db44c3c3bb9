//! A bandwidth limit: bytes wait their turn.
//!
//! A [`Throttle`] is shared by whoever must stay below one limit together. A [`Lane`] is one operation's way through it,
//! with a limit of its own: operations take turns bit by bit, and within one the first request is let through first.
//! Time is tokio's, so tests pause it. A limit can be changed while transfers run, and counts at once, also for those
//! that wait.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use futures::StreamExt;
use tokio::{
    sync::{Mutex, watch},
    time::Instant,
};

use crate::{
    ByteStream, Key, Result,
    layer::{Layer, Request},
};

/// So many bytes of one operation pass before another operation has its turn.
const TURN: u64 = 64 << 10;

/// Timers are late by a moment; so much of that is made up for.
const LATE: Duration = Duration::from_millis(20);

/// Limits bytes per second, both directions together. 0 is no limit.
#[derive(Debug)]
pub struct Throttle {
    limit: watch::Sender<u64>,
    free_at: Mutex<Option<Instant>>,
}

impl Throttle {
    /// A limit in bytes per second; 0 for none.
    pub fn new(bytes_per_second: u64) -> Arc<Self> {
        Arc::new(Self { limit: watch::Sender::new(bytes_per_second), free_at: Mutex::default() })
    }

    /// Changes the limit, also for bytes that wait.
    pub fn set(&self, bytes_per_second: u64) {
        self.limit.send_if_modified(|limit| std::mem::replace(limit, bytes_per_second) != bytes_per_second);
    }

    /// Bytes per second; 0 for no limit.
    pub fn limit(&self) -> u64 {
        *self.limit.borrow()
    }

    /// Waits until `bytes` more may pass: each transfer takes its place behind those before it. One that is given up
    /// takes none of the time of those behind it.
    async fn pass(&self, bytes: u64) {
        if bytes == 0 || self.limit() == 0 {
            return;
        }
        let mut free_at = self.free_at.lock().await;
        let (mut limits, mut left) = (self.limit.subscribe(), bytes as f64);
        let now = Instant::now();
        let mut begin = free_at.map_or(now, |free| free.max(now.checked_sub(LATE).unwrap_or(now)));
        loop {
            let limit = *limits.borrow_and_update() as f64;
            if limit == 0.0 {
                *free_at = None;
                return;
            }
            let end = begin + Duration::from_secs_f64((left / limit).min(1e9));
            tokio::select! {
                () = tokio::time::sleep_until(end) => {
                    *free_at = Some(end);
                    return;
                }
                _ = limits.changed() => {
                    let now = Instant::now();
                    left = (left - now.saturating_duration_since(begin).as_secs_f64() * limit).max(0.0);
                    begin = begin.max(now);
                }
            }
        }
    }
}

/// One operation's way: below its own limit and, together with all others, below the shared one.
#[derive(Debug, Clone)]
pub struct Lane {
    own: Arc<Throttle>,
    shared: Arc<Throttle>,
    turn: Arc<Mutex<()>>,
}

impl Lane {
    /// With a limit of its own in bytes per second, 0 for none, and one that it shares.
    pub fn new(bytes_per_second: u64, shared: Arc<Throttle>) -> Arc<Self> {
        Arc::new(Self { own: Throttle::new(bytes_per_second), shared, turn: Arc::default() })
    }

    async fn pass(&self, bytes: u64) {
        futures::join!(self.own.pass(bytes), self.pass_shared(bytes));
    }

    async fn pass_shared(&self, bytes: u64) {
        if bytes == 0 || self.shared.limit() == 0 {
            return;
        }
        let _turn = self.turn.lock().await;
        let mut left = bytes;
        while left > 0 && self.shared.limit() > 0 {
            let now = left.min(TURN);
            self.shared.pass(now).await;
            left -= now;
        }
    }
}

#[async_trait]
impl Layer for Lane {
    async fn before(&self, request: Request<'_>) -> Result<()> {
        self.pass(request.bytes).await;
        Ok(())
    }

    fn download(&self, _: &Key, body: ByteStream) -> ByteStream {
        let lane = self.clone();
        body.then(move |chunk| {
            let lane = lane.clone();
            async move {
                if let Ok(chunk) = &chunk {
                    lane.pass(chunk.len() as u64).await;
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

    #[tokio::test(start_paused = true)]
    async fn a_limit_that_changes_counts_at_once_also_for_what_waits() {
        let throttle = Throttle::new(1);
        let begin = Instant::now();
        let waiting: Vec<_> = (0..3)
            .map(|_| {
                let throttle = throttle.clone();
                tokio::spawn(async move { throttle.pass(1000).await })
            })
            .collect();
        tokio::time::sleep(Duration::from_secs(100)).await;
        throttle.set(900);
        for one in waiting {
            one.await.expect("it passes");
        }
        // 100 bytes passed in 100 s, and 2,900 more at 900 a second.
        assert!((103_222..103_226).contains(&begin.elapsed().as_millis()), "{:?}", begin.elapsed());
        let one = throttle.clone();
        let held = tokio::spawn(async move { one.pass(1 << 40).await });
        tokio::time::sleep(Duration::from_secs(1)).await;
        throttle.set(0);
        tokio::time::timeout(Duration::from_secs(1), held).await.expect("no limit any more").expect("it passes");
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_given_up_takes_no_time_of_those_behind_it() {
        let throttle = Throttle::new(1000);
        let begin = Instant::now();
        let one = throttle.clone();
        let given_up = tokio::spawn(async move { one.pass(1 << 40).await });
        tokio::time::sleep(Duration::from_secs(1)).await;
        given_up.abort();
        throttle.pass(1000).await;
        assert_eq!(begin.elapsed().as_secs(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn lanes_share_a_limit_take_turns_and_keep_to_their_own() {
        let shared = Throttle::new(TURN);
        let (large, small, slow) =
            (Lane::new(0, shared.clone()), Lane::new(0, shared.clone()), Lane::new(TURN / 100, shared));
        let begin = Instant::now();
        let large = tokio::spawn(async move {
            futures::future::join_all((0..4).map(|_| large.pass(100 * TURN))).await;
            begin.elapsed().as_secs()
        });
        tokio::time::sleep(Duration::from_millis(1)).await;
        small.pass(TURN).await;
        assert_eq!(begin.elapsed().as_secs(), 2, "a small one waits for a turn of another, not for all of it");
        slow.pass(TURN).await;
        assert_eq!(begin.elapsed().as_secs(), 102, "its own limit is the lower one");
        assert_eq!(large.await.expect("it passes"), 402, "together they keep to the shared limit");
    }
}
