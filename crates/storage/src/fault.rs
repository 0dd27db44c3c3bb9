//! Scripted faults for tests: the n-th request of a kind fails, loses its answer, is cut short, waits, or is told to
//! slow down.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use futures::StreamExt;

use crate::{
    ByteStream, Error, Key, RequestKind, Result,
    error::Unreachable,
    layer::{Layer, Request},
};

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The request fails before it reaches the store.
    Fail,
    /// The request fails as one that was waited for long enough. It is not carried out.
    NoAnswer,
    /// The store carries it out, but the answer is lost.
    LoseAnswer,
    /// The download ends with an error after half of its bytes (at least one chunk is cut).
    CutBody,
    /// The request waits before it is sent.
    Delay(Duration),
    /// The store answers 503 SlowDown without doing anything.
    SlowDown,
    /// The store denies it (403).
    Deny,
    /// The store says that the object is archived, where the request names one.
    Archived,
}

/// When a fault happens.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Only requests of this kind; any when `None`.
    pub kind: Option<RequestKind>,
    /// Only keys that contain this text.
    pub key_contains: Option<String>,
    /// So many matching requests pass first.
    pub after: u32,
    /// Then so many are hit.
    pub times: u32,
    /// What hits them.
    pub fault: Fault,
}

impl Rule {
    /// Hits the `nth` request (1 is the first) of a kind, once.
    pub fn nth(kind: RequestKind, nth: u32, fault: Fault) -> Self {
        Self { kind: Some(kind), key_contains: None, after: nth.saturating_sub(1), times: 1, fault }
    }

    /// Hits every request of a kind.
    pub fn every(kind: RequestKind, fault: Fault) -> Self {
        Self { kind: Some(kind), key_contains: None, after: 0, times: u32::MAX, fault }
    }

    /// Narrows the rule to keys that contain a text.
    pub fn on_key(mut self, text: &str) -> Self {
        self.key_contains = Some(text.to_owned());
        self
    }

    fn matches(&self, request: Request<'_>) -> bool {
        let key = request.key.map_or("", Key::as_str);
        self.kind.is_none_or(|kind| kind == request.kind)
            && self.key_contains.as_ref().is_none_or(|text| key.contains(text.as_str()))
    }

    fn hit(&mut self, request: Request<'_>) -> Option<Fault> {
        if !self.matches(request) || self.times == 0 {
            return None;
        }
        if self.after > 0 {
            self.after -= 1;
            return None;
        }
        self.times -= u32::from(self.times != u32::MAX);
        Some(self.fault)
    }
}

/// A script of rules; the first that hits a request decides.
#[derive(Debug, Default)]
pub struct Faults {
    rules: Mutex<Vec<Rule>>,
}

impl Faults {
    /// A script.
    pub fn new(rules: Vec<Rule>) -> Arc<Self> {
        Arc::new(Self { rules: Mutex::new(rules) })
    }

    /// Adds a rule while the store is in use.
    pub fn add(&self, rule: Rule) {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner).push(rule);
    }

    /// Removes all rules: the store is well again.
    pub fn clear(&self) {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn next(&self, request: Request<'_>, when: fn(Fault) -> bool) -> Option<Fault> {
        let mut rules = self.rules.lock().unwrap_or_else(PoisonError::into_inner);
        rules.iter_mut().filter(|rule| when(rule.fault)).find_map(|rule| rule.hit(request))
    }
}

#[async_trait]
impl Layer for Faults {
    async fn before(&self, request: Request<'_>) -> Result<()> {
        match self.next(request, |f| !matches!(f, Fault::LoseAnswer | Fault::CutBody)) {
            Some(Fault::Delay(time)) => tokio::time::sleep(time).await,
            Some(Fault::SlowDown) => return Err(Error::SlowDown),
            Some(Fault::NoAnswer) => return Err(Error::Unreachable(Unreachable::Timeout)),
            Some(Fault::Deny) => return Err(Error::Denied { action: request.kind.action() }),
            Some(Fault::Archived) => {
                return Err(request.key.map_or(Error::SlowDown, |key| Error::Archived { key: key.clone() }));
            }
            Some(_) => return Err(Error::Scripted),
            None => {}
        }
        Ok(())
    }

    fn after(&self, request: Request<'_>) -> Result<()> {
        match self.next(request, |f| f == Fault::LoseAnswer) {
            Some(_) => Err(Error::Unreachable(Unreachable::Broken)),
            None => Ok(()),
        }
    }

    fn download(&self, key: &Key, body: ByteStream) -> ByteStream {
        let request = Request { kind: RequestKind::Get, key: Some(key), bytes: 0 };
        match self.next(request, |f| f == Fault::CutBody) {
            None => body,
            Some(_) => body
                .take(1)
                .map(|chunk| chunk.map(|c| c.slice(..c.len() / 2)))
                .chain(futures::stream::once(async { Err(Error::Unreachable(Unreachable::Broken)) }))
                .boxed(),
        }
    }
}
