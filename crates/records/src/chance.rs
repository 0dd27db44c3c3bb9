//! The generator that was handed in, for several users: each log wants one of its own.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rand_core::{CryptoRng, RngCore};

type Generator = Box<dyn CryptoRng + Send>;

/// One generator behind several handles.
#[derive(Clone)]
pub(crate) struct Chance(Arc<Mutex<Generator>>);

impl Chance {
    pub(crate) fn new(generator: Generator) -> Self {
        Self(Arc::new(Mutex::new(generator)))
    }

    fn generator(&self) -> MutexGuard<'_, Generator> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RngCore for Chance {
    fn next_u32(&mut self) -> u32 {
        self.generator().next_u32()
    }

    fn next_u64(&mut self) -> u64 {
        self.generator().next_u64()
    }

    fn fill_bytes(&mut self, dst: &mut [u8]) {
        self.generator().fill_bytes(dst);
    }
}

impl CryptoRng for Chance {}
