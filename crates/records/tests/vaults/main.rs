//! Vaults of a family on several devices, over one store in memory.

mod ahead;
mod common;
mod devices;
mod heads;
mod kills;
mod markers;
mod members;
mod pace;
mod repair;
mod reseal;
mod sharing;
mod simulation;
mod simulation_sharing;
mod vault;
