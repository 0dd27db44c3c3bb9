//! Composition: profiles, keychain, opening of stores, connection tests, error codes and the types of the page.
//!
//! What every front end shares and none may decide for itself. It draws nothing, and it keeps no secret in a file.

#![warn(missing_docs)]

pub mod agent;
pub mod allocator;
pub mod app;
pub mod bandwidth;
pub mod config_file;
pub mod connection;
mod costs;
pub mod devices;
pub mod disk;
pub mod dto;
pub mod embedded;
pub mod error;
pub mod glance;
pub mod headless;
pub mod here;
pub mod history;
pub mod home;
pub mod keychain;
pub mod notices;
pub mod operations;
pub mod overview;
pub mod page_memory;
pub mod paths;
pub mod prices;
pub mod profiles;
pub mod records;
pub mod records_page;
pub mod run_log;
pub mod schedules;
pub mod serve;
pub mod sets;
pub mod settings;
mod sleep;
pub mod standing;
pub mod storage_tools;
pub mod stores;
pub mod system;
pub mod words;

pub use app::{App, PlaceRef, suggested_folders};
pub use error::{AppError, ErrorCode, ErrorKind, Result};
pub use holdfast_backup::progress;
pub use holdfast_storage::Secret;
pub use home::Home;
