//! The generator that was handed in, as crates with a later `rand_core` want it.

use hpke::rand_core::{Infallible, TryCryptoRng, TryRng};
use rand_core::CryptoRng;

/// Passes every question on.
pub(crate) struct Handed<'a>(pub(crate) &'a mut dyn CryptoRng);

impl TryRng for Handed<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.0.next_u32())
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.0.next_u64())
    }

    fn try_fill_bytes(&mut self, dst: &mut [u8]) -> Result<(), Infallible> {
        self.0.fill_bytes(dst);
        Ok(())
    }
}

impl TryCryptoRng for Handed<'_> {}
