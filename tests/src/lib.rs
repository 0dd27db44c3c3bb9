//! Scenarios against real S3 servers: where they are, what they can do, and what stands between them and the client.

pub mod capabilities;
pub mod device;
pub mod disk;
pub mod gateway;
pub mod hishtory;
pub mod http;
pub mod program;
pub mod proxy;
pub mod scripted;
pub mod servers;
pub mod session;
#[cfg(target_os = "linux")]
pub mod system_bus;
pub mod terminal;
pub mod tree;
pub mod trials;
