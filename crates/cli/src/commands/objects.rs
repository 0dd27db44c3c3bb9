//! `ls`, `put`, `get`, `rm`, `buckets`, `uploads`

use holdfast_app::{
    Result,
    dto::run::{ObjectPage, UnfinishedUploads},
    operations::Speed,
};
use serde_json::json;

use super::{begin, place, shown};
use crate::{
    args::{GetArgs, LsArgs, OnlyPlace, PutArgs, RmArgs, UploadsArgs},
    output::{Exit, Output},
    words,
};

pub async fn ls(args: LsArgs, output: &Output) -> Result<Exit> {
    let (app, session, _run) = begin(&args.place, Speed::default()).await?;
    let delimiter = (!args.recursive).then(|| "/".to_owned());
    let mut all = ObjectPage { objects: Vec::new(), prefixes: Vec::new(), continuation: None };
    loop {
        let page = session.list_objects(&args.prefix, None, delimiter.clone(), all.continuation.take()).await?;
        if output.json {
            all.objects.extend(page.objects);
            all.prefixes.extend(page.prefixes);
        } else {
            print_page(&page, output);
        }
        match page.continuation {
            Some(next) => all.continuation = Some(next),
            None => break,
        }
    }
    app.shut_down().await;
    output.show(&all, |_| String::new())?;
    Ok(Exit::Done)
}

fn print_page(page: &ObjectPage, output: &Output) {
    for folder in &page.prefixes {
        output.say(&format!("{:>10}  {:20}  {}", "", "", words::shown(folder)));
    }
    for object in &page.objects {
        let time = object.last_modified.as_deref().unwrap_or("").split('.').next().unwrap_or("");
        output.say(&format!("{:>10}  {time:20}  {}", words::bytes(object.size), words::shown(&object.key)));
    }
}

pub async fn put(args: PutArgs, output: &Output) -> Result<Exit> {
    let (app, session, run) = begin(&args.place, Speed::default()).await?;
    let sent =
        shown(&app, output, async |sink| session.put_file(&args.file, &args.key, Default::default(), &run, sink).await);
    output.show(&sent.await?, |sent| {
        let size = words::bytes(sent.bytes_uploaded);
        format!("{} is in the bucket: {size} in {}", words::shown(&args.key), words::duration(sent.duration_ms))
    })?;
    Ok(Exit::Done)
}

pub async fn get(args: GetArgs, output: &Output) -> Result<Exit> {
    let (app, session, run) = begin(&args.place, Speed::default()).await?;
    let got = shown(&app, output, async |sink| session.get_file(&args.key, &args.file, &run, sink).await);
    output.show(&got.await?, |got| {
        let (file, size) = (args.file.display().to_string(), words::bytes(got.bytes_downloaded));
        format!("{} is here: {size} in {}", words::shown(&file), words::duration(got.duration_ms))
    })?;
    Ok(Exit::Done)
}

pub async fn rm(args: RmArgs, output: &Output) -> Result<Exit> {
    let (app, session, _run) = begin(&args.place, Speed::default()).await?;
    let gone = session.remove_object(&args.key).await;
    app.shut_down().await;
    gone?;
    output.show(&json!({ "removed": args.key }), |_| format!("{} is removed", words::shown(&args.key)))?;
    Ok(Exit::Done)
}

pub async fn buckets(args: OnlyPlace, output: &Output) -> Result<Exit> {
    let app = holdfast_app::App::of_system()?;
    let buckets = app.buckets(&place(&args.place)).await;
    app.shut_down().await;
    output.show(&buckets?, |buckets| {
        let lines = buckets.iter().map(|b| {
            let made = b.creation_date.as_deref().unwrap_or("").split('.').next().unwrap_or("");
            format!("{made:20}  {}", words::shown(&b.name))
        });
        lines.collect::<Vec<_>>().join("\n")
    })?;
    Ok(Exit::Done)
}

pub async fn uploads(args: UploadsArgs, output: &Output) -> Result<Exit> {
    let (app, session, _run) = begin(&args.place, Speed::default()).await?;
    let found = session.unfinished_uploads().await;
    let outcome = match (found, args.abort) {
        (Ok(found), true) => session.abort_uploads().await.map(|gone| (found, Some(gone))),
        (found, _) => found.map(|found| (found, None)),
    };
    app.shut_down().await;
    let (found, given_up) = outcome?;
    let value = json!({ "uploads": found.uploads, "given_up": given_up, "monthly_usd": found.monthly_usd });
    output.show(&value, |_| uploads_text(&found, given_up))?;
    Ok(Exit::Done)
}

fn uploads_text(found: &UnfinishedUploads, given_up: Option<u64>) -> String {
    if found.uploads.is_empty() {
        return "No unfinished uploads.".into();
    }
    let mut lines: Vec<String> = found
        .uploads
        .iter()
        .map(|upload| {
            let began = upload.started.as_deref().unwrap_or("").split('.').next().unwrap_or("");
            format!("{:>10}  {began:20}  {}", words::bytes(upload.bytes), words::shown(&upload.key))
        })
        .collect();
    let bytes = words::bytes(found.uploads.iter().map(|u| u.bytes).sum());
    lines.push(match given_up {
        Some(gone) => format!("{} given up; {bytes} freed.", words::count(gone)),
        None => format!("{bytes} kept, {} a month. --abort gives them up.", words::usd(found.monthly_usd)),
    });
    lines.join("\n")
}
