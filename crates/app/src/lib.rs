//! Composition: profiles, keychain, opening of stores, connection tests, error codes and the types of the page.
//!
//! What every front end shares and none may decide for itself. It draws nothing, and it keeps no secret in a file.

#![warn(missing_docs)]

pub mod app;
pub mod connection;
pub mod dto;
pub mod embedded;
pub mod error;
pub mod home;
pub mod keychain;
pub mod operations;
pub mod paths;
pub mod prices;
pub mod profiles;
pub mod serve;
pub mod storage_tools;
pub mod stores;

pub use app::{App, PlaceRef, suggested_folders};
pub use error::{AppError, ErrorCode, ErrorKind, Result};
pub use holdfast_backup::progress;
pub use holdfast_storage::Secret;
pub use home::Home;
