//! What a vault promises, from outside.

mod attachments;
mod blobs;
mod recovery;
mod sharing;

use holdfast_crypto::vault::{Generation, MemberId, MemberKeys, Vault};
use rand::{SeedableRng, rngs::StdRng};

pub fn random(seed: u64) -> StdRng {
    StdRng::seed_from_u64(seed)
}

pub fn vault(seed: u64) -> Vault {
    Vault::create(&mut random(seed)).unwrap()
}

pub const ANNA: MemberId = MemberId([1; 16]);
pub const BEN: MemberId = MemberId([2; 16]);

/// The first `count` generations of a member below the first master secret.
pub fn generations(count: u16) -> Vec<Generation> {
    (1..=count).map(|member| Generation::new(1, member).unwrap()).collect()
}

pub fn member(vault: &Vault, member: MemberId, count: u16) -> MemberKeys {
    vault.member(member, &generations(count)).unwrap()
}
