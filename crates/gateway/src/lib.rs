//! The gateway: an HTTP server that holds a bucket's keys, so that machines may back up without holding them.
//!
//! Each client has a key, a folder and limits of its own. The gateway keeps no session and no content: what it knows of
//! a client is in its configuration and in the bucket. It refuses to store a key in plain text, to reach outside of a
//! client's folder, and to speak plain HTTP to other machines unless it is told to in so many words.

#![warn(missing_docs)]

mod activity;
mod api;
mod auth;
mod body;
mod clock;
pub mod config;
mod confined;
mod error;
pub mod keys;
mod limits;
mod live;
mod metrics;
mod oidc;
pub mod openapi;
pub mod paths;
mod place;
mod reports;
mod s3_front;
mod server;
mod service;
mod state;
mod tls;
mod upload;
mod watch;

pub use clock::Clock;
pub use config::{Config, ConfigError};
pub use error::ApiError;
pub use server::{Running, StartError, check, start, start_by};
