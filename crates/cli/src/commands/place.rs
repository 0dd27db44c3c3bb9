//! `holdfast place …`

use holdfast_app::{
    App, Result,
    dto::{
        run::RunState,
        storage_tools::{
            LifecycleForm, ThawOffer, ThawResult, TransitionForm, VersionView, VersioningView, VersionsPage,
        },
    },
    storage_tools::StorageTools,
};

use super::{interruptible, shown};
use crate::{
    args::{LifecycleArgs, PlaceCommand, ThawArgs},
    output::{Exit, Output},
    words,
};

pub async fn run(command: PlaceCommand, output: &Output) -> Result<Exit> {
    let app = App::of_system()?;
    let outcome = tell(&app, command, output).await;
    app.shut_down().await;
    outcome
}

async fn tell(app: &App, command: PlaceCommand, output: &Output) -> Result<Exit> {
    let told = match command {
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
        PlaceCommand::Thaw(args) => return thaw(app, args, output).await,
        PlaceCommand::Policy { name, terraform } => output.show(&app.storage_tools(&name).await?.policy()?, |policy| {
            let text = if terraform { &policy.terraform } else { &policy.iam_json };
            if text.is_empty() { policy.words.clone() } else { text.clone() }
        }),
    };
    told.map(|()| Exit::Done)
}

async fn thaw(app: &App, args: ThawArgs, output: &Output) -> Result<Exit> {
    let run = interruptible(app);
    let result = shown(app, output, async |sink| {
        let tools = app.storage_tools(&args.name).await?;
        let archives = run.or_cancelled(tools.archives(&args.prefix, args.as_of.as_deref())).await?;
        let offer = run.or_cancelled(tools.thaw_offer(&archives.classes, &archives.files, args.days)).await?;
        if args.dry_run {
            output.show(&offer, |offer| offered(offer, archives.bytes()))?;
            return Ok(None);
        }
        output.say(&offered(&offer, archives.bytes()));
        tools.thaw(archives.files, args.days, &run, sink).await.map(Some)
    });
    let Some(result) = result.await? else { return Ok(Exit::Done) };
    output.show(&result, asked)?;
    output.failures(&result.failures);
    Ok(Exit::of(result.state))
}

fn offered(offer: &ThawOffer, bytes: u64) -> String {
    if offer.files == 0 {
        return "Nothing there lies in an archive.".into();
    }
    let is_whole = offer.looked_at >= offer.files;
    let price = match offer.usd {
        Some(usd) if is_whole => format!("{}.", words::usd(usd)),
        Some(usd) => format!("At most {}.", words::usd(usd)),
        None => "What this place asks for it is not known.".into(),
    };
    let known =
        [(offer.on_way, "on the way"), (offer.ready, "readable now")].into_iter().filter(|(files, _)| *files > 0);
    let known: Vec<_> = known.map(|(files, what)| format!("{} {what}", words::count(files))).collect();
    let looked = match (is_whole, known.is_empty()) {
        (true, true) => String::new(),
        (true, false) => format!("Of them {}.", known.join(", ")),
        (false, true) => format!("{} were looked at: none was asked for yet.", words::count(offer.looked_at)),
        (false, false) => format!("{} were looked at: {}.", words::count(offer.looked_at), known.join(", ")),
    };
    let head = format!("{}, {}, in an archive.", words::files(offer.files), words::bytes(bytes));
    let all = [head, offer.words.clone(), price, looked];
    all.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

fn asked(result: &ThawResult) -> String {
    let price = result.usd.map(|usd| format!(", {}", words::usd(usd))).unwrap_or_default();
    let head = match result.state {
        RunState::Cancelled => "Stopped; running it again goes on with the rest. ",
        _ => "",
    };
    let counts = [(result.on_way, "on the way already"), (result.ready, "readable for longer")];
    let counts = counts.into_iter().filter(|(files, _)| *files > 0);
    let counts: String = counts.map(|(files, what)| format!(", {} {what}", words::count(files))).collect();
    format!("{head}Asked for {}{price}{counts}.", words::files(result.asked))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offer_says_what_is_known_of_it_and_what_is_not() {
        let offer = |files, looked_at, on_way, usd| ThawOffer {
            files,
            looked_at,
            archived: looked_at - on_way,
            on_way,
            ready: 0,
            usd,
            words: "Bringing back takes up to 12 hours.".into(),
        };
        for (offer, want) in [
            (offer(0, 0, 0, Some(0.0)), "Nothing there lies in an archive."),
            (offer(2, 2, 0, Some(1.5)), "2 files, 9 B, in an archive. Bringing back takes up to 12 hours. $1.50."),
            (
                offer(5000, 100, 34, Some(26.04)),
                "5,000 files, 9 B, in an archive. Bringing back takes up to 12 hours. At most $26.04. 100 were looked at: 34 on the way.",
            ),
            (
                offer(2, 2, 1, None),
                "2 files, 9 B, in an archive. Bringing back takes up to 12 hours. What this place asks for it is not known. Of them 1 on the way.",
            ),
        ] {
            assert_eq!(offered(&offer, 9), want);
        }
    }

    #[test]
    fn what_was_asked_for_is_said_with_what_was_not() {
        let result = |state, asked, usd| ThawResult {
            state,
            asked,
            on_way: 3,
            ready: 0,
            not_archived: 0,
            usd,
            failures: Vec::new(),
        };
        assert_eq!(asked(&result(RunState::Complete, 2, Some(0.5))), "Asked for 2 files, $0.50, 3 on the way already.");
        let stopped = asked(&result(RunState::Cancelled, 1, None));
        assert_eq!(stopped, "Stopped; running it again goes on with the rest. Asked for 1 file, 3 on the way already.");
    }
}
