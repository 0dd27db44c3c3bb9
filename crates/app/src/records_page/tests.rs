use std::{collections::BTreeMap, sync::Arc};

use super::*;
use crate::{
    AppError, ErrorCode, Home,
    dto::{
        records::FieldValue,
        records_page::{RecordsDecision, RecordsDraft, RecordsOrder, RecordsPick, RecordsState},
    },
    keychain::MemoryKeychain,
    paths::Paths,
};

/// A computer with a keychain of its own.
pub(super) fn computer(folder: &std::path::Path, name: &str) -> App {
    let paths = Paths::below(folder.join(name).join("config"), folder.join(name).join("data"));
    App::new(Home::new(paths, Arc::new(MemoryKeychain::default())))
}

pub(super) fn order(folder: &std::path::Path) -> RecordsOrder {
    RecordsOrder {
        url: Some(format!("file://{}/place", folder.display())),
        author: Some("Ana".into()),
        ..RecordsOrder::default()
    }
}

pub(super) fn text(value: &str) -> Option<FieldValue> {
    Some(FieldValue::Text(value.into()))
}

pub(super) fn draft(
    member: Option<&str>,
    record: Option<&str>,
    kind: &str,
    fields: &[(&str, Option<FieldValue>)],
) -> RecordsDraft {
    RecordsDraft {
        member: member.map(Into::into),
        record: record.map(Into::into),
        kind: kind.into(),
        fields: fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect::<BTreeMap<_, _>>(),
        add: Vec::new(),
        without: Vec::new(),
    }
}

pub(super) async fn begun(folder: &std::path::Path) -> (App, String) {
    let app = computer(folder, "a");
    let founded = begin(&app, order(folder)).await.unwrap();
    check_code(&app, &founded.code).await.unwrap();
    (app, founded.code)
}

pub(super) fn code_of<T>(result: Result<T, AppError>) -> ErrorCode {
    result.err().expect("it was refused").code
}

#[tokio::test]
async fn nothing_is_shown_before_the_code_was_typed_back_and_while_it_is_locked() {
    let folder = tempfile::tempdir().unwrap();
    let app = computer(folder.path(), "a");
    assert_eq!(here(&app).await.unwrap().state, RecordsState::None);
    let founded = begin(&app, order(folder.path())).await.unwrap();
    assert_eq!(here(&app).await.unwrap().state, RecordsState::Unconfirmed);
    assert_eq!(code_of(open(&app).await), ErrorCode::RecordsUnconfirmed);
    check_code(&app, &founded.code).await.unwrap();
    assert_eq!(here(&app).await.unwrap().state, RecordsState::Open);
    let saved = save(&app, draft(None, None, "profile", &[("name", text("Ada"))])).await.unwrap();

    lock(&app, false).await.unwrap();
    let shut = here(&app).await.unwrap();
    assert_eq!((shut.state, shut.members.len()), (RecordsState::Shut, 0));
    assert_eq!(code_of(member(&app, &saved.member, None, 0, 10).await), ErrorCode::RecordsLocked);
    assert_eq!(code_of(search(&app, "ada").await), ErrorCode::RecordsLocked);
    assert_eq!(code_of(sync(&app, false, |_| {}).await), ErrorCode::RecordsLocked);
    open(&app).await.unwrap();
    assert_eq!(here(&app).await.unwrap().members[0].name, "Ada");

    lock(&app, true).await.unwrap();
    assert_eq!(here(&app).await.unwrap().state, RecordsState::NoKey);
    assert_eq!(code_of(open(&app).await), ErrorCode::RecordsLocked);
    unlock(&app, RecordsOrder::default(), &founded.code).await.unwrap();
    assert_eq!(here(&app).await.unwrap().state, RecordsState::Open);
}

#[tokio::test]
async fn a_record_with_a_file_is_on_the_page_waits_and_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    let (app, _) = begun(folder.path()).await;
    let ada = save(&app, draft(None, None, "profile", &[("name", text("Ada"))])).await.unwrap().member;
    let file = attach_bytes(&app, &ada, "/home/ana/scan.png", &[7; 100_000]).await.unwrap();
    assert_eq!((file.title.as_str(), file.content_type.as_str()), ("scan.png", "image/png"));
    let mut document = draft(Some(&ada), None, "document", &[("description", text("School form"))]);
    document.add = vec![file.clone()];
    let saved = save(&app, document).await.unwrap();
    save(&app, draft(Some(&ada), None, "note", &[("title", text("Sleeps badly"))])).await.unwrap();

    let page = member(&app, &ada, Some("document"), 0, 10).await.unwrap();
    assert_eq!((page.total, page.kinds["note"], page.entries.len()), (1, 1, 1));
    assert!(page.entries[0].waiting && page.entries[0].record.title == "School form");
    assert_eq!(bytes(&app, &saved.record, &file.id).await.unwrap(), vec![7; 100_000]);
    assert!(sync(&app, true, |_| {}).await.unwrap().sent >= 3);
    let page = member(&app, &ada, None, 0, 1).await.unwrap();
    assert_eq!((page.total, page.entries.len(), page.entries[0].waiting), (2, 1, false));
    assert!(here(&app).await.unwrap().synced.is_some());
    assert_eq!(search(&app, "scan").await.unwrap().total, 1);

    delete(&app, &saved.record).await.unwrap();
    assert_eq!(member(&app, &ada, None, 0, 10).await.unwrap().total, 1);
    let versions = record(&app, &saved.record).await.unwrap().versions;
    bring_back(&app, &saved.record, &versions[1].id).await.unwrap();
    assert_eq!(member(&app, &ada, None, 0, 10).await.unwrap().total, 2);
}

#[tokio::test]
async fn what_two_computers_wrote_is_decided_field_by_field() {
    let folder = tempfile::tempdir().unwrap();
    let (a, words) = begun(folder.path()).await;
    let ada = save(&a, draft(None, None, "profile", &[("name", text("Ada"))])).await.unwrap().member;
    let note = save(&a, draft(Some(&ada), None, "note", &[("title", text("Dose"))])).await.unwrap().record;
    sync(&a, true, |_| {}).await.unwrap();
    let b = computer(folder.path(), "b");
    unlock(&b, order(folder.path()), &words).await.unwrap();
    for (app, dose) in [(&a, "100 mg"), (&b, "150 mg")] {
        save(app, draft(Some(&ada), Some(&note), "note", &[("text", text(dose))])).await.unwrap();
    }
    sync(&b, true, |_| {}).await.unwrap();
    sync(&a, true, |_| {}).await.unwrap();
    let whole = record(&a, &note).await.unwrap();
    let conflict = whole.entry.record.conflict.expect("both edited it");
    assert_eq!((conflict.fields.len(), here(&a).await.unwrap().conflicts), (1, vec![note.clone()]));
    let undecided = resolve(&a, &note, RecordsDecision::Merge { picks: Vec::new() }).await;
    assert_eq!(code_of(undecided), ErrorCode::RecordsUndecided);
    let picks = vec![RecordsPick { field: "text".into(), side: conflict.keeping[1].clone() }];
    resolve(&a, &note, RecordsDecision::Merge { picks }).await.unwrap();
    let decided = record(&a, &note).await.unwrap().entry.record;
    assert!(decided.conflict.is_none());
    assert!(conflict.fields[0].sides[1].as_ref() == Some(&decided.fields["text"]));
}

#[tokio::test]
async fn a_file_that_comes_holds_up_nothing_and_is_not_handed_over_once_the_page_is_locked() {
    let folder = tempfile::tempdir().unwrap();
    let (app, _) = begun(folder.path()).await;
    let ada = save(&app, draft(None, None, "profile", &[("name", text("Ada"))])).await.unwrap().member;
    let file = attach_bytes(&app, &ada, "scan.png", &[7; 1_000]).await.unwrap();
    let mut document = draft(Some(&ada), None, "document", &[("description", text("School form"))]);
    document.add = vec![file.clone()];
    let record = save(&app, document).await.unwrap().record;
    sync(&app, true, |_| {}).await.unwrap();

    let (first, size) = super::files::reader(&app, &record, &file.id).await.unwrap();
    let (second, _) = super::files::reader(&app, &record, &file.id).await.unwrap();
    assert_eq!(member(&app, &ada, None, 0, 10).await.unwrap().total, 1);
    assert_eq!(super::files::hand_over(&app, first, size).await.unwrap(), vec![7; 1_000]);
    rest(&app).await;
    assert_eq!(code_of(super::files::hand_over(&app, second, size).await), ErrorCode::RecordsLocked);
}

#[tokio::test]
async fn an_exchange_tells_how_far_it_is_and_stops_when_it_is_asked_to() {
    let folder = tempfile::tempdir().unwrap();
    let (app, _) = begun(folder.path()).await;
    let ada = save(&app, draft(None, None, "profile", &[("name", text("Ada"))])).await.unwrap().member;
    for n in 0..100 {
        save(&app, draft(Some(&ada), None, "note", &[("title", text(&format!("Note {n}")))])).await.unwrap();
    }
    // The first that is told of stops it: a small part of all.
    let stopped = sync(&app, true, |progress| {
        if progress.sent > 0 {
            stop_sync(&app)
        }
    })
    .await
    .unwrap();
    let last = std::sync::Mutex::new(None);
    let synced = sync(&app, true, |progress| *last.lock().unwrap() = Some(progress)).await.unwrap();
    assert_eq!((stopped.sent + synced.sent, synced.waiting, synced.stopped), (101, 0, false));
    if let Some(last) = last.into_inner().unwrap() {
        assert_eq!(last.sent, last.to_send);
    }
}

#[test]
fn every_kind_has_a_form_for_the_page() {
    let all = forms();
    assert_eq!((all.len(), all[7].kind.as_str()), (8, "profile"));
    assert!(all.iter().all(|form| form.fields.iter().any(|field| field.name == form.title && field.required)));
}
