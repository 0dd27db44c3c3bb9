//! Vaults of a family on several devices, over one store in memory.

mod common;
mod kills;
mod markers;
mod repair;
mod simulation;
mod vault;
