//! One trait in S3's own verbs ([`ObjectStore`]), the stores that implement it, and wrappers that add behaviour.
//!
//! This crate moves bytes and metadata. It refuses to decide anything about backups, histories or records, and it never
//! prints: errors carry facts, words belong to the front ends.

#![warn(missing_docs)]

pub mod admin;
pub mod as_of;
pub mod body;
pub mod buckets;
mod chain;
pub mod conformance;
pub mod error;
pub mod fault;
pub mod folder;
pub mod gateway;
pub mod key;
pub mod key_prefix;
pub mod layer;
pub mod lifecycle;
pub mod memory;
pub mod meter;
pub mod object;
pub mod parts_check;
pub mod prefix;
pub mod price;
pub mod probe;
pub mod providers;
pub mod retry;
pub mod s3;
pub mod secret;
pub mod sqlite;
pub mod storage_class;
pub mod store;
pub mod throttle;
pub mod url;

pub use body::{Body, ByteStream, LateChecksum};
pub use buckets::{BucketInfo, Buckets, MemoryBuckets};
pub use chain::unreachable as why_unreachable;
pub use error::{Error, Result};
pub use folder::{FolderBuckets, FolderStore};
pub use gateway::{GatewayLocation, GatewayStore};
pub use key::{Key, KeyError};
pub use key_prefix::{Prefix, PrefixError};
pub use object::*;
pub use parts_check::{NotAsAnnounced, PartsCheck, PartsDigest};
pub use secret::Secret;
pub use store::{ObjectStore, RequestKind};
pub use url::{CredentialSource, InlineKeys, S3Location, StoreUrl, StoreUrlError};
