//! `holdfast place …`

use holdfast_app::{
    App, Result,
    dto::storage_tools::{LifecycleForm, TransitionForm, VersionView, VersioningView, VersionsPage},
    storage_tools::StorageTools,
};

use crate::{
    args::{LifecycleArgs, PlaceCommand},
    output::{Exit, Output},
    words,
};

pub async fn run(command: PlaceCommand, output: &Output) -> Result<Exit> {
    let app = App::of_system()?;
    let outcome = tell(&app, command, output).await;
    app.shut_down().await;
    outcome.map(|()| Exit::Done)
}

async fn tell(app: &App, command: PlaceCommand, output: &Output) -> Result<()> {
    match command {
        PlaceCommand::Versioning { name, to } => {
            let tools = app.storage_tools(&name).await?;
            if let Some(to) = to {
                tools.set_versioning(to == "on").await?;
            }
            output.show(&tools.versioning().await?, |state| versioning(*state).into())
        }
        PlaceCommand::Versions { name, prefix, as_of } => {
            let all = all_versions(&app.storage_tools(&name).await?, &prefix, as_of.as_deref()).await?;
            output.show(&all, |all| all.versions.iter().map(line).collect::<Vec<_>>().join("\n"))
        }
        PlaceCommand::Lifecycle(args) => lifecycle(&app.storage_tools(&args.name).await?, &args, output).await,
        PlaceCommand::Class { name } => output.show(&app.storage_tools(&name).await?.storage_classes(), |classes| {
            let line = |class: &holdfast_app::dto::storage_tools::StorageClassView| {
                let price =
                    class.usd_per_gb_month.map_or("price not known".into(), |usd| format!("${usd} per GB a month"));
                format!("{:20}  {price}. {}", class.id, class.words)
            };
            classes.iter().map(line).collect::<Vec<_>>().join("\n")
        }),
        PlaceCommand::Policy { name, terraform } => output.show(&app.storage_tools(&name).await?.policy()?, |policy| {
            let text = if terraform { &policy.terraform } else { &policy.iam_json };
            if text.is_empty() { policy.words.clone() } else { text.clone() }
        }),
    }
}

async fn all_versions(tools: &StorageTools, prefix: &str, as_of: Option<&str>) -> Result<VersionsPage> {
    let mut all = tools.versions(prefix, as_of, None).await?;
    while let Some(next) = all.continuation.take() {
        let page = tools.versions(prefix, as_of, Some(&next)).await?;
        all.versions.extend(page.versions);
        all.continuation = page.continuation;
    }
    Ok(all)
}

async fn lifecycle(tools: &StorageTools, args: &LifecycleArgs, output: &Output) -> Result<()> {
    if !args.set {
        return output.show(&tools.lifecycle().await?, rules);
    }
    let to = args.move_to.clone().zip(args.move_after);
    let form = LifecycleForm {
        abort_uploads_after_days: args.abort_uploads_after,
        transition: to.map(|(storage_class, after_days)| TransitionForm { after_days, storage_class }),
        expire_old_versions_after_days: args.expire_old_versions_after,
    };
    let preview = tools.preview_lifecycle(&form).await?;
    if !args.dry_run {
        tools.set_lifecycle(&form).await?;
    }
    output.show(&preview, |preview| {
        let stays = preview.keeps.iter().map(|rule| format!("Stays: {rule}."));
        let said = preview.words.iter().cloned().chain(stays);
        said.chain(args.dry_run.then(|| preview.json.clone())).collect::<Vec<_>>().join("\n")
    })
}

fn rules(form: &LifecycleForm) -> String {
    let days = |days: u32| words::count(u64::from(days));
    let abort = form.abort_uploads_after_days.map(|n| format!("Gives up unfinished uploads after {} days.", days(n)));
    let to = form.transition.as_ref();
    let to =
        to.map(|to| format!("Moves files to {} after {} days.", words::shown(&to.storage_class), days(to.after_days)));
    let old = form.expire_old_versions_after_days.map(|n| format!("Removes old versions after {} days.", days(n)));
    let said: Vec<_> = [abort, to, old].into_iter().flatten().collect();
    if said.is_empty() { "Holdfast has no rule there.".into() } else { said.join("\n") }
}

fn versioning(state: VersioningView) -> &'static str {
    match state {
        VersioningView::On => "Old versions are kept.",
        VersioningView::Suspended => "Old versions are not kept any more; those from before are still there.",
        VersioningView::Off => "Old versions are not kept.",
        VersioningView::Unknown => "Whether old versions are kept is not told there.",
    }
}

fn line(row: &VersionView) -> String {
    let size = if row.is_delete_marker { "deleted".into() } else { words::bytes(row.size) };
    format!("{:30}  {size:>10}  {}  {}", row.last_modified, words::shown(&row.key), words::shown(&row.version_id))
}
