//! The agent: what makes sets run by themselves. It watches folders, keeps to schedules and limits, catches up, tries
//! again, and asks a person where only a person can decide.
//!
//! [`decide`] is pure and says what is to be done; [`actor`] looks, asks it and does it; [`work`] carries out single runs,
//! also those that a person asks for where no agent is.

mod actor;
pub mod decide;
mod drill_outcome;
mod listening;
mod live;
mod retry;
mod set_state;
mod suspects;
mod tuning;
mod watching;
pub mod work;

pub(crate) use actor::take_turn;
pub use actor::{Agent, AgentEvents, AgentOptions, Clock, SystemClock};
pub use live::{Live, LiveSets};
pub(crate) use suspects::Suspects;
pub use tuning::Tuning;
