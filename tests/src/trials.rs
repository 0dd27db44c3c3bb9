//! Scenarios as tests of their own, one per server.

use std::sync::Arc;

use holdfast_storage::conformance::Need;
use libtest_mimic::{Failed, Trial};

use crate::servers::{Server, block_on};

/// Something that is tried on one server.
pub struct Scenario {
    /// The promise.
    pub name: &'static str,
    /// What the server must be able to do.
    pub needs: &'static [Need],
    /// Why it cannot be tried on this server, beyond its needs.
    pub unless: fn(&Server) -> Option<&'static str>,
    /// The scenario. It panics when the promise does not hold.
    pub run: fn(Arc<Server>) -> futures::future::LocalBoxFuture<'static, ()>,
}

impl Scenario {
    /// The test for one server; left out, with the reason, where the server lacks something.
    pub fn on(&self, server: &Arc<Server>) -> Trial {
        let lack = server.lack(self.needs).map(|(_, reason)| reason).or_else(|| (self.unless)(server));
        let (title, run, server) = (format!("{}::{}", server.name, self.name), self.run, server.clone());
        let trial = move || -> Result<(), Failed> {
            block_on(run(server));
            Ok(())
        };
        match lack {
            None => Trial::test(title, trial),
            Some(reason) => Trial::test(title, trial).with_ignored_flag(true).with_kind(reason),
        }
    }
}
