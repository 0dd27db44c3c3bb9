//! `holdfast set …`

use holdfast_app::{
    App, Result,
    agent::work::{Order, What, carry_out},
    dto::{
        log::RunTrigger,
        sets::{BackupSetDraft, HealthColour, PauseUntil, QuietHours, RunConditions, Schedule, SetView, Weekday},
    },
};
use serde_json::json;

use super::{interruptible, shown};
use crate::{
    args::{PauseFor, SetAddArgs, SetCommand},
    output::{Exit, Output},
    words,
};

pub async fn run(command: SetCommand, output: &Output) -> Result<Exit> {
    let app = App::of_system()?;
    match command {
        SetCommand::Add(args) => add(&app, *args, output).await,
        SetCommand::List => list(&app, output),
        SetCommand::Show(args) => show(&app, &args.name, output),
        SetCommand::Remove(args) => remove(&app, &args.name, output),
        SetCommand::Run { name, confirm_removal_of, drill } => {
            let what = match drill {
                true => What::Drill { seed: holdfast_app::agent::work::any_seed() },
                false => What::Whole { confirm_removal_of },
            };
            back_up(&app, &name, what, output).await
        }
        SetCommand::Pause { name, until } => pause(&app, name.as_deref(), until, output),
        SetCommand::Resume { name } => {
            let id = name.as_deref().map(|name| find(&app, name)).transpose()?;
            app.resume_sets(id.as_deref())?;
            output.show(&json!({ "resumed": name }), |_| "It goes on.".into())?;
            Ok(Exit::Done)
        }
    }
}

fn find(app: &App, name: &str) -> Result<String> {
    app.home.sets.load()?.find(name)
}

fn view(app: &App, name: &str) -> Result<SetView> {
    app.backup_set_now(&find(app, name)?)
}

fn schedule(args: &SetAddArgs) -> Schedule {
    match (args.every, &args.daily, &args.cron) {
        (Some(minutes), ..) => Schedule::Every { minutes },
        (_, Some(at), _) => Schedule::Daily { at: at.clone() },
        (.., Some(expression)) => Schedule::Cron { expression: expression.clone() },
        _ => Schedule::Manual,
    }
}

async fn add(app: &App, args: SetAddArgs, output: &Output) -> Result<Exit> {
    let schedule = schedule(&args);
    let folder = std::path::absolute(&args.folder).unwrap_or(args.folder);
    let drill = match args.no_drill {
        true => Schedule::Manual,
        false => Schedule::Weekly { days: vec![Weekday::Sunday], at: "12:00".into() },
    };
    let draft = BackupSetDraft {
        name: args.name,
        folder: folder.to_string_lossy().into_owned(),
        profile: args.profile,
        prefix: args.prefix,
        exclude_patterns: args.exclude,
        include_hidden: args.include_hidden,
        delete_remote: args.delete_remote,
        watch: args.watch,
        schedule,
        quiet_hours: args.quiet.map(|(from, to)| QuietHours { from, to }),
        conditions: RunConditions {
            not_on_battery: args.not_on_battery,
            not_on_metered: args.not_on_metered,
            not_on_wifi: args.not_on_wifi,
        },
        bytes_per_second: args.limit,
        storage_class: None,
        drill,
        quiet_after_days: args.quiet_after_days,
        leave_existing: false,
    };
    let id = app.save_backup_set_now(None, draft).await?;
    let view = app.backup_set_now(&id)?;
    output.show(&view, |view| {
        let name = words::shown(&view.draft.name);
        format!("{name} is made: {} to {}", words::shown(&view.draft.folder), words::shown(&view.place))
    })?;
    Ok(Exit::Done)
}

fn colour(view: &SetView) -> &'static str {
    match view.health.colour {
        HealthColour::None => "new",
        HealthColour::Green => "fine",
        HealthColour::Amber => "look",
        HealthColour::Red => "act",
        HealthColour::Paused => "paused",
    }
}

fn list(app: &App, output: &Output) -> Result<Exit> {
    let views = app.backup_sets_now()?;
    output.show(&views, |views| match views.is_empty() {
        true => "No sets yet. holdfast set add NAME FOLDER PREFIX makes one.".into(),
        false => views.iter().map(line).collect::<Vec<_>>().join("\n"),
    })?;
    Ok(Exit::Done)
}

fn line(view: &SetView) -> String {
    let stored = format!("{}, {}", words::files(view.stored_files), words::bytes(view.stored_bytes));
    let why = view.health.reasons.first().map_or("", |reason| reason.words.as_str());
    format!("{:16}  {:6}  {stored}  {why}", words::shown(&view.draft.name), colour(view)).trim_end().to_owned()
}

fn show(app: &App, name: &str, output: &Output) -> Result<Exit> {
    let view = view(app, name)?;
    output.show(&view, |view| {
        let mut lines = vec![line(view)];
        let mut add = |label: &str, value: &str| {
            if !value.is_empty() {
                lines.push(format!("  {label:14}{}", words::shown(value)));
            }
        };
        add("folder", &view.draft.folder);
        add("place", &view.place);
        add("prefix", &view.draft.prefix);
        add("next run", view.next_run.as_deref().unwrap_or_default());
        add("last complete", view.last_complete.as_deref().unwrap_or_default());
        add("proven", view.last_proven.as_deref().unwrap_or_default());
        for reason in &view.health.reasons {
            lines.push(format!("  {} {}\n    {}", reason.words, reason.means, reason.hint));
        }
        lines.join("\n")
    })?;
    Ok(Exit::Done)
}

fn remove(app: &App, name: &str, output: &Output) -> Result<Exit> {
    app.remove_backup_set(&find(app, name)?)?;
    output.show(&json!({ "removed": name }), |_| {
        format!("{} is forgotten. Nothing in the bucket was removed.", words::shown(name))
    })?;
    Ok(Exit::Done)
}

async fn back_up(app: &App, name: &str, what: What, output: &Output) -> Result<Exit> {
    let run = interruptible(app);
    let order = Order { set: find(app, name)?, trigger: RunTrigger::Person, what };
    let done = shown(app, output, async |sink| carry_out(app, order, run, sink).await).await?;
    if let Some(error) = done.error {
        return Ok(output.fail(&error));
    }
    let Some(run) = done.run else { return Ok(Exit::Done) };
    let detail = app.run_detail(&run.id)?;
    output.show(&detail, super::runs::full)?;
    Ok(Exit::of_result(run.result))
}

fn pause(app: &App, name: Option<&str>, until: PauseFor, output: &Output) -> Result<Exit> {
    let id = name.map(|name| find(app, name)).transpose()?;
    let until = match until {
        PauseFor::Hour => PauseUntil::Hour,
        PauseFor::Tomorrow => PauseUntil::Tomorrow,
        PauseFor::Resumed => PauseUntil::ResumedByPerson,
    };
    app.pause_sets_now(id.as_deref(), until)?;
    output.show(&json!({ "paused": name }), |_| "It is paused. holdfast set resume lets it go on.".into())?;
    Ok(Exit::Done)
}
