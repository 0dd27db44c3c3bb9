//! A place behind a gateway: the gateway holds the bucket's keys, the client has a key of its own and sees only its own
//! folder. [`GatewayStore`] speaks the gateway's HTTP API, which `docs/gateway.md` describes.

mod answers;
mod client;
mod location;
mod store;

pub use location::{GATEWAY_PARAMETERS, GatewayLocation};
pub use store::{ClientInfo, DailyReport, GatewayStore, ReportedFailure};
