//! `holdfast backup`

use holdfast_app::{
    Result,
    dto::run::{RunState, SyncOptions, SyncResult},
    operations::BackupRequest,
};

use super::{begin, shown, speed};
use crate::{
    args::BackupArgs,
    output::{Exit, Output},
    words,
};

pub async fn run(args: BackupArgs, output: &Output) -> Result<Exit> {
    let (app, session, run) = begin(&args.place, speed(&args.tuning)).await?;
    let request = BackupRequest {
        folder: args.folder,
        prefix: args.prefix,
        options: SyncOptions {
            dry_run: args.dry_run,
            delete_remote: args.delete_remote,
            exclude_patterns: args.exclude,
            include_hidden: args.include_hidden,
            confirm_removal_of: args.confirm_removal_of,
            brake_share_percent: args.brake_share,
            brake_files: args.brake_files,
        },
    };
    if args.dry_run && !output.json {
        let plan = shown(&app, output, async |sink| request.preview(&session, &run, sink).await).await?;
        super::restore::print_plan(&plan, output);
        return Ok(if plan.problems.is_empty() { Exit::Done } else { Exit::Partial });
    }
    let result = shown(&app, output, async |sink| request.run(&session, &run, sink).await).await?;
    output.show(&result, text)?;
    result.notices.iter().for_each(|notice| output.say(notice));
    output.failures(&result.failures);
    Ok(Exit::of(result.state))
}

fn text(result: &SyncResult) -> String {
    let head = match result.state {
        RunState::Complete => "Backed up.",
        RunState::Partial => "Backed up in part.",
        RunState::Cancelled => "Stopped. Running it again goes on from here.",
    };
    let mut parts = vec![format!("{} copied up", words::files(result.files_uploaded))];
    if result.files_copied > 0 {
        parts.push(format!("{} copied inside the bucket", words::count(result.files_copied)));
    }
    if result.files_deleted > 0 {
        parts.push(format!("{} removed from the bucket", words::count(result.files_deleted)));
    }
    parts.push(format!("{} already there", words::count(result.files_skipped)));
    if !result.failures.is_empty() {
        parts.push(format!("{} could not be copied", words::count(result.failures.len() as u64)));
    }
    format!(
        "{head} {}.\n{}",
        parts.join(", "),
        cost(result.bytes_transferred, result.duration_ms, &result.requests, result.cost_usd)
    )
}

/// The line about bytes, time, requests and money that every run ends with.
pub fn cost(bytes: u64, ms: u64, requests: &std::collections::BTreeMap<String, u64>, usd: f64) -> String {
    let requests: u64 = requests.values().sum();
    let noun = if requests == 1 { "request" } else { "requests" };
    let bytes = words::bytes(bytes);
    format!("{bytes} in {}, {} {noun}, {}", words::duration(ms), words::count(requests), words::usd(usd))
}
