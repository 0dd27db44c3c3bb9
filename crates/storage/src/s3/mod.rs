//! A bucket of any S3 provider, through `aws-sdk-s3`.
//!
//! Each call is one HTTP attempt: trying again, counting and limiting are wrappers. What answers is looked at before
//! it is believed ([`inspect`]), and every failure becomes a fact ([`classify`]).

mod admin;
mod aws_profiles;
mod classify;
mod client;
mod convert;
mod encryption;
mod inspect;
mod lenient;
mod lifecycle;
mod locked;
mod payload;
mod settings;
mod store;

pub use admin::{BucketInfo, LifecycleRule, create_bucket, lifecycle, list_buckets, object_lock};
pub use aws_profiles::aws_profiles;
pub use client::{Account, ChecksumMode, StaticKeys, connect};
pub use store::S3Store;
