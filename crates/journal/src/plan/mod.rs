//! Pure decisions: no network, no clock, no chance, no state.

mod batch;
mod fold;
mod next;

pub use batch::{BatchRule, Due, Waiting, due};
pub use fold::{FoldRule, OwnSegment, choose_fold, choose_rewrite};
pub use next::{Ranges, next_sequences};
