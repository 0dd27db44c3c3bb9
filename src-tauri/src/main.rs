//! The Holdfast window.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

/// The same as the command line's, for the same reason.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    holdfast_desktop::run()
}
