//! `holdfast runs`

use holdfast_app::{
    App, Result,
    dto::log::{RunChoice, RunDetail, RunFilter, RunPage, RunView},
};

use crate::{
    args::RunsArgs,
    output::{Exit, Output},
    words,
};

pub async fn run(args: RunsArgs, output: &Output) -> Result<Exit> {
    let app = App::of_system()?;
    if let Some(id) = &args.id {
        output.show(&app.run_detail(id)?, full)?;
        return Ok(Exit::Done);
    }
    let set_id = args.set.as_deref().map(|name| app.home.sets.load()?.find(name)).transpose()?;
    let result = if args.needs_you { RunChoice::NeedsYou } else { RunChoice::All };
    let page = app.runs(&RunFilter { set_id, result, limit: args.limit, ..RunFilter::default() })?;
    output.show(&page, text)?;
    Ok(Exit::Done)
}

fn text(page: &RunPage) -> String {
    match page.runs.is_empty() {
        true => "No runs yet.".into(),
        false => page.runs.iter().map(line).collect::<Vec<_>>().join("\n"),
    }
}

fn word<T: serde::Serialize>(value: &T) -> String {
    let text = serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned));
    text.unwrap_or_default().replace('_', " ")
}

/// A run in one line.
pub fn line(run: &RunView) -> String {
    let mut parts = vec![format!("{}  {:9}  {}", run.started, word(&run.result), words::shown(&run.set_name))];
    let mut add = |count: u64, text: String| {
        if count > 0 {
            parts.push(text);
        }
    };
    add(run.files, words::files(run.files));
    add(run.copied, format!("{} copied inside the bucket", words::count(run.copied)));
    add(run.removed, format!("{} removed", words::count(run.removed)));
    add(run.failures, format!("{} could not be done", words::count(run.failures)));
    add(run.bytes, words::bytes(run.bytes));
    parts.push(word(&run.trigger));
    if let Some(why) = &run.why {
        parts.push(words::shown(why));
    }
    parts.join(", ")
}

/// A run in full.
pub fn full(detail: &RunDetail) -> String {
    let requests: u64 = detail.requests.values().sum();
    let cost = format!("  {} requests, {}", words::count(requests), words::usd(detail.run.cost_usd));
    let mut lines = vec![line(&detail.run), cost, format!("  {}", detail.means)];
    if !detail.hint.is_empty() {
        lines.push(format!("  {}", words::shown(&detail.hint)));
    }
    for failure in &detail.failures {
        lines.push(format!("  {}: {}", words::shown(&failure.path), words::shown(&failure.reason)));
        lines.push(format!("    {}", words::shown(&failure.hint)));
    }
    lines.extend(detail.notices.iter().map(|notice| format!("  {notice}")));
    lines.join("\n")
}
