//! Types that cross to the page. Their names and fields are the contract; bindings are generated from them.

pub mod config;
pub mod place;
pub mod plan;
pub mod run;
pub mod storage_tools;
