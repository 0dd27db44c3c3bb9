//! `holdfast verify`

use holdfast_app::{
    Result,
    dto::run::{CheckDepth, RunState, VerifyResult},
    operations::{VerifyMode, VerifyRequest},
};

use super::{backup::cost, begin, shown, speed};
use crate::{
    args::VerifyArgs,
    output::{Exit, Output},
    words,
};

pub async fn run(args: VerifyArgs, output: &Output) -> Result<Exit> {
    let (app, session, run) = begin(&args.place, speed(&args.tuning)).await?;
    let mode = match (args.full, args.sample) {
        (true, _) => VerifyMode::Full,
        (false, Some(percent)) => VerifyMode::Sample(percent),
        (false, None) => VerifyMode::Quick,
    };
    let jobs = usize::from(args.tuning.jobs);
    let request = VerifyRequest { folder: args.folder, prefix: args.prefix, mode, jobs };
    let result = shown(&app, output, async |sink| request.run(&session, &run, sink).await).await?;
    output.show(&result, text)?;
    output.failures(&result.failures);
    Ok(Exit::of(result.state))
}

fn text(result: &VerifyResult) -> String {
    let head = match result.state {
        RunState::Complete => "All as it was backed up.",
        RunState::Partial => "Not all is as it was backed up.",
        RunState::Cancelled => "Stopped.",
    };
    let read = match result.mode {
        CheckDepth::Quick => "no content was read; --full or --sample do".into(),
        _ => format!("{} read back and equal", words::files(result.proven)),
    };
    let bad = match result.failures.len() as u64 {
        0 => String::new(),
        n => format!(", {} missing or different", words::count(n)),
    };
    let line = cost(result.bytes_transferred, result.duration_ms, &result.requests, result.cost_usd);
    format!("{head} {} looked at, {read}{bad}.\n{line}", words::files(result.checked))
}
