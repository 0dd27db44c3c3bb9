//! `holdfast profile …`

use std::io::Read;

use holdfast_app::{
    App, AppError, Result, Secret, connection,
    dto::config::{ConnectionTest, FindingState, PlaceKind, S3ConfigView},
    profiles::ProfileName,
};
use serde_json::json;

use crate::{
    args::ProfileCommand,
    output::{Exit, Output},
    words,
};

/// The longest secret that is read from standard input, bytes.
const MAX_SECRET: u64 = 4096;

pub async fn run(command: ProfileCommand, output: &Output) -> Result<Exit> {
    let app = App::of_system()?;
    let outcome = match command {
        ProfileCommand::Add { name, store, secret_stdin } => add(&app, &name, &store, secret_stdin, output).await,
        ProfileCommand::List => list(&app, output).await,
        ProfileCommand::Show { name } => show(&app, &name, output).await,
        ProfileCommand::Test { name } => test(&app, &name, output).await,
        ProfileCommand::Remove { name } => remove(&app, &name, output).await,
    };
    app.shut_down().await;
    outcome
}

async fn add(app: &App, name: &str, store: &str, secret_stdin: bool, output: &Output) -> Result<Exit> {
    let name = ProfileName::new(name)?;
    let secret = if secret_stdin { Some(read_secret()?) } else { None };
    connection::add_profile(&app.home, &name, store, secret).await?;
    let view = connection::config_view(&app.home, &name).await?;
    output.show(&view, |view| format!("{} is set up: {}", view.profile, place(view)))?;
    Ok(Exit::Done)
}

/// Reads a secret from standard input, so that it is in no command line.
pub fn read_secret() -> Result<Secret> {
    let mut text = String::new();
    let read = std::io::stdin().take(MAX_SECRET).read_to_string(&mut text);
    read.map_err(AppError::internal)?;
    Ok(Secret::new(text.trim_end_matches(['\r', '\n'])))
}

async fn list(app: &App, output: &Output) -> Result<Exit> {
    let profiles = app.home.load_profiles().await?;
    let mut views = Vec::new();
    for (name, _) in profiles.iter() {
        views.push(connection::config_view(&app.home, name).await?);
    }
    output.show(&views, |views| match views.is_empty() {
        true => "No profiles yet. holdfast profile add NAME --store URL makes one.".into(),
        false => views.iter().map(|v| format!("{:16}  {}", v.profile, place(v))).collect::<Vec<_>>().join("\n"),
    })?;
    Ok(Exit::Done)
}

async fn show(app: &App, name: &str, output: &Output) -> Result<Exit> {
    let name = ProfileName::new(name)?;
    app.home.load_profiles().await?.expect(&name)?;
    let view = connection::config_view(&app.home, &name).await?;
    output.show(&view, |view| {
        let mut lines = vec![format!("{}: {}", view.profile, place(view))];
        let mut add = |label: &str, value: &str| {
            if !value.is_empty() {
                lines.push(format!("  {label:14}{}", words::shown(value)));
            }
        };
        add("bucket", &view.bucket_name);
        add("region", &view.region);
        add("address", &view.endpoint);
        add("access key", &view.access_key_id);
        add("below", view.path_prefix.as_deref().unwrap_or_default());
        lines.join("\n")
    })?;
    Ok(Exit::Done)
}

async fn test(app: &App, name: &str, output: &Output) -> Result<Exit> {
    let test = connection::test_connection(&app.home, &ProfileName::new(name)?).await?;
    if let (Some(error), false) = (&test.error, output.json) {
        return Ok(output.fail(error));
    }
    let exit = if test.error.is_some() { Exit::Failed } else { Exit::Done };
    output.show(&test, test_text)?;
    Ok(exit)
}

fn test_text(test: &ConnectionTest) -> String {
    let Some(report) = &test.report else { return "The place answers.".into() };
    let took = words::duration(report.duration_ms);
    let mut lines = vec![format!("The place works. Tested in {took} with {} requests.", report.requests)];
    for finding in &report.findings {
        let mark = match finding.state {
            FindingState::Good => "+",
            FindingState::Note => "·",
            FindingState::Problem => "!",
        };
        lines.push(format!("{mark} {}: {}", finding.title, finding.detail));
    }
    if let Some(usd) = report.usd_per_100gb_month.filter(|usd| *usd > 0.0) {
        lines.push(format!("100 GB here cost about {} a month.", words::usd(usd)));
    }
    lines.join("\n")
}

async fn remove(app: &App, name: &str, output: &Output) -> Result<Exit> {
    connection::remove_profile(&app.home, &ProfileName::new(name)?).await?;
    output.show(&json!({ "removed": name }), |_| {
        format!("{} is forgotten. Nothing in the bucket was removed.", words::shown(name))
    })?;
    Ok(Exit::Done)
}

fn place(view: &S3ConfigView) -> String {
    let text = match view.kind {
        PlaceKind::Local => format!("this computer, {}", view.local_folder.as_deref().unwrap_or_default()),
        PlaceKind::Gateway => format!("the gateway {}", view.endpoint),
        _ => format!("{} at {}", view.bucket_name, if view.endpoint.is_empty() { "Amazon S3" } else { &view.endpoint }),
    };
    words::shown(&text)
}
