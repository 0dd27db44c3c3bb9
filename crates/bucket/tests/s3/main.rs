//! The embedded bucket as S3 clients see it: the AWS SDK where it says enough, raw requests where it hides things.
//! Every test runs over every place that buckets can live in.

mod auth;
mod bed;
mod buckets;
mod checksums;
mod content;
mod hosts;
mod listing;
mod multipart;
mod raw;
mod reads;
mod tools;
mod versions;
mod writes;
