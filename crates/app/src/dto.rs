//! Types that cross to the page. Their names and fields are the contract; bindings are generated from them.

pub mod config;
pub mod here;
pub mod history;
pub mod history_page;
pub mod log;
pub mod overview;
pub mod place;
pub mod plan;
pub mod records;
pub mod records_page;
pub mod records_sharing;
mod records_whole;
pub mod run;
pub mod sets;
pub mod settings;
pub mod storage_tools;
