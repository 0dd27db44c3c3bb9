//! `holdfast restore`

use holdfast_app::{
    Result,
    dto::{
        plan::PlanView,
        run::{RestoreOptions, RestoreResult, RunState},
    },
    operations::RestoreRequest,
};

use super::{backup::cost, begin, shown, speed};
use crate::{
    args::RestoreArgs,
    output::{Exit, Output},
    words,
};

pub async fn run(args: RestoreArgs, output: &Output) -> Result<Exit> {
    let (app, session, run) = begin(&args.place, speed(&args.tuning)).await?;
    let folder = args.prefix.trim_matches('/').to_owned();
    let full = |path: String| if folder.is_empty() { path } else { format!("{folder}/{path}") };
    let only: Vec<String> = args.only.into_iter().map(full).collect();
    let options = RestoreOptions {
        dry_run: args.dry_run,
        overwrite_existing: args.overwrite,
        exclude_patterns: args.exclude,
        keep_both: args.keep_both,
        keys: (!only.is_empty()).then_some(only),
        as_of: args.as_of,
        versions: None,
    };
    let mut request = RestoreRequest::new(args.prefix, args.folder, options);
    request.jobs = usize::from(args.tuning.jobs);
    if args.dry_run && !output.json {
        let plan = shown(&app, output, async |sink| request.preview(&session, &run, sink).await).await?;
        print_plan(&plan, output);
        return Ok(if plan.problems.is_empty() { Exit::Done } else { Exit::Partial });
    }
    let result = shown(&app, output, async |sink| request.run(&session, &run, sink).await).await?;
    output.show(&result, text)?;
    output.failures(&result.failures);
    Ok(Exit::of(result.state))
}

fn text(result: &RestoreResult) -> String {
    let head = match result.state {
        RunState::Complete => "Restored.",
        RunState::Partial => "Restored in part.",
        RunState::Cancelled => "Stopped. Running it again goes on from here.",
    };
    let mut parts = vec![format!("{} brought back", words::files(result.files_downloaded))];
    parts.push(match result.files_unproven {
        0 => "all checked against their digests".into(),
        n => format!("{} of them without a digest to check, size alone agrees", words::count(n)),
    });
    parts.push(format!("{} left as they were here", words::count(result.files_skipped)));
    if !result.failures.is_empty() {
        parts.push(format!("{} could not be restored", words::count(result.failures.len() as u64)));
    }
    format!(
        "{head} {}.\n{}",
        parts.join(", "),
        cost(result.bytes_transferred, result.duration_ms, &result.requests, result.cost_usd)
    )
}

/// A plan as text: groups, reasons with examples, what it costs, and why it would stop.
pub fn print_plan(plan: &PlanView, output: &Output) {
    for group in &plan.groups {
        for reason in &group.reasons {
            output.say(&format!("{}: {}, {}", reason.words, words::files(reason.count), words::bytes(reason.bytes)));
            for example in reason.examples.iter().take(5) {
                let note = example.note.as_ref().map(|n| format!(" as {}", words::shown(n))).unwrap_or_default();
                output.say(&format!("    {}{note}", words::shown(&example.path)));
            }
            if reason.count > 5 {
                output.say(&format!("    and {} more", words::count(reason.count - 5)));
            }
        }
    }
    for line in &plan.receipt.lines {
        output.say(&format!("{} {}: {}", words::count(line.count), line.words, words::usd(line.usd)));
    }
    let (now, monthly) = (words::usd(plan.receipt.now_usd), words::usd(plan.receipt.monthly_usd));
    output.say(&format!("Now {now}, then each month {monthly} more ({}).", plan.receipt.price_list));
    if let Some(brake) = &plan.brake {
        output.say(&format!("{}; {}.", words::shown(&brake.words), brake.hint));
    }
    output.failures(&plan.problems);
}
