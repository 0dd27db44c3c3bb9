//! The S3 protocol in front of any place that keeps buckets: over a folder it is the embedded bucket.
//!
//! [`Server`] listens on the loopback interface and answers signed S3 requests from any S3 tool; [`Backend`] turns them
//! into calls of an [`holdfast_storage::ObjectStore`]. [`Front`] is the same without a listener, for a
//! server that has one. The crate keeps no data of its own. It refuses to listen to other machines, to answer unsigned
//! requests or Signature Version 2, and to accept a header whose promise it does not keep.

#![warn(missing_docs)]

mod auth;
mod backend;
mod chunked;
mod front;
mod gate;
mod host;
mod inflow;
mod refusal;
mod server;

pub use auth::{Credentials, Secret};
pub use backend::Backend;
pub use front::Front;
pub use server::{Error, REGION, Running, Server, ServerBuilder};
