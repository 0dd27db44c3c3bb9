//! Runs one program and tells what it cost, as the system's own accounting of ended children has it.

use std::{
    error::Error,
    fs::File,
    path::Path,
    process::{Command, Stdio},
    time::Instant,
};

use nix::sys::resource::{UsageWho, getrusage};
use serde_json::json;

/// Runs `command` with its output in a file.
pub fn run(output: &Path, command: &[String]) -> Result<(), Box<dyn Error>> {
    let (program, args) = command.split_first().ok_or("no program")?;
    let out = File::create(output)?;
    let begin = Instant::now();
    let status = Command::new(program).args(args).stdin(Stdio::null()).stderr(out.try_clone()?).stdout(out).status()?;
    let wall = begin.elapsed().as_secs_f64();
    let used = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let seconds = |time: nix::sys::time::TimeVal| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6;
    let (user, system) = (seconds(used.user_time()), seconds(used.system_time()));
    // Linux counts in KiB, macOS in bytes.
    let unit = if cfg!(target_os = "macos") { 1024.0 * 1024.0 } else { 1024.0 };
    let peak_mib = used.max_rss() as f64 / unit;
    println!(
        "{}",
        json!({ "wall": wall, "user": user, "system": system, "peak_mib": peak_mib, "code": status.code() })
    );
    Ok(())
}
