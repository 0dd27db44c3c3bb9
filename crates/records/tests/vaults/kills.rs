//! A device stops at any request, before or after it was carried out. It goes on where it was, or another completes what
//! it left; either way everybody ends with the same, nothing is lost and nothing lies about.

use crate::common::{
    kill::{Kill, Moment},
    *,
};
use holdfast_journal::{Creates, DAY, Reach};
use holdfast_records::{
    Edit, Saved, Vault,
    layout::ObjectName,
    model::Attachment,
    retention::Retention,
    versions::{Content, Resolution},
};
use holdfast_storage::ObjectStore;

/// More requests than any of these makes: a scenario that never ends is a fault.
const MOST: u32 = 300;
const LARGE: usize = 9 << 20;

struct Work {
    saved: Saved,
    small: Attachment,
    large: Attachment,
}

/// Everything that is done on one device without a request.
fn work(vault: &mut Vault) -> Work {
    let member = vault.add_member(profile("Mara"), 1).unwrap().member;
    let small = attach(vault, member, &content(1, 100_000), "small.pdf");
    let large = attach(vault, member, &content(2, LARGE), "large.mp4");
    let with = Content { attachments: vec![small.clone(), large.clone()], ..note("a") };
    let saved = vault.save(Edit { member, record: None, based_on: vec![], content: with.clone() }, 2).unwrap();
    edit(vault, &saved, Content { fields: note("b").fields, ..with }, 3);
    new_note(vault, member, "other", 4);
    Work { saved, small, large }
}

async fn check(family: &mut Family, vault: &mut Vault, work: &Work, case: &str) {
    let mut fresh = family.join("fresh").await;
    sync(&mut fresh, 100).await;
    assert_eq!(everything(vault), everything(&fresh), "{case}");
    assert_eq!(title(&fresh, &work.saved).as_deref(), Some("b"), "{case}");
    assert_eq!(fresh.record(work.saved.member, work.saved.record).unwrap().versions().len(), 2, "{case}");
    let member = work.saved.member;
    assert_eq!(read(&mut fresh, member, &work.small).await, content(1, 100_000), "{case}");
    assert_eq!(read(&mut fresh, member, &work.large).await, content(2, LARGE), "{case}");
    assert_eq!(family.count("/records/").await, 4, "{case}");
    assert_eq!((family.count("/data.blob").await, family.count("/metadata.blob").await), (2, 2), "{case}");
}

/// No unfinished upload is left once somebody has looked, long after.
async fn tidy(family: &Family, vault: &mut Vault, case: &str) {
    let later = jiff::Timestamp::now().as_millisecond() + 2 * DAY;
    let repaired = vault.repair(later).await.unwrap();
    assert!(repaired.missing.is_empty() && repaired.unreadable.is_empty() && repaired.failures.is_empty(), "{case}");
    assert_eq!(family.store.list_uploads("").await.unwrap(), [], "{case}");
}

#[tokio::test]
async fn a_device_that_is_killed_at_any_request_goes_on_where_it_was() {
    for (creates, moment) in
        [(Creates::Honoured, Moment::Before), (Creates::Honoured, Moment::After), (Creates::NotHonoured, Moment::After)]
    {
        for request in 1..MOST {
            let case = format!("{creates:?} {moment:?} {request}");
            let mut family = Family::new(creates);
            drop(family.found("one").await);
            let kill = Kill::at(request, moment);
            let mut one = family.open_over("one", kill.wrap(family.store.clone()));
            let work = work(&mut one);
            let _ = kill.run(one.sync(Reach::Everything, 10)).await;
            drop(one);
            let mut one = family.open("one");
            sync(&mut one, 20).await;
            assert_eq!(one.status().unwrap().waiting, 0, "{case}");
            assert_eq!(one.status().unwrap().untold, 0, "{case}");
            check(&mut family, &mut one, &work, &case).await;
            tidy(&family, &mut one, &case).await;
            if !kill.struck() {
                assert!(request > 10, "{case}: there were requests to be killed at");
                break;
            }
            assert!(request < MOST - 1, "{case} never ends");
        }
    }
}

#[tokio::test]
async fn what_a_device_that_is_gone_for_good_left_half_done_is_completed_by_another() {
    for moment in [Moment::Before, Moment::After] {
        for request in 1..MOST {
            let case = format!("{moment:?} {request}");
            let mut family = Family::new(Creates::Honoured);
            drop(family.found("one").await);
            let kill = Kill::at(request, moment);
            let mut one = family.open_over("one", kill.wrap(family.store.clone()));
            work(&mut one);
            let _ = kill.run(one.sync(Reach::Everything, 10)).await;
            drop(one);
            std::fs::remove_dir_all(family.folder("one")).unwrap();
            let mut two = family.join("two").await;
            sync(&mut two, 20).await;
            tidy(&family, &mut two, &case).await;
            sync(&mut two, 30).await;
            // What reached the place is known, whether or not its device lived to tell of it.
            let keys = family.keys().await;
            let mut versions = 0;
            for key in &keys {
                let below = key.splitn(3, '/').nth(2).unwrap();
                if let Some(ObjectName::Version { member, record, version }) = ObjectName::parse(below) {
                    assert!(two.record(member, record).unwrap().version(version).is_some(), "{case}: {key}");
                    versions += 1;
                }
            }
            let mut three = family.join("three").await;
            sync(&mut three, 40).await;
            assert_eq!(everything(&two), everything(&three), "{case}");
            let known: usize = three.members().iter().flat_map(|m| three.records(m.id)).map(|r| r.here().count()).sum();
            assert!(known == versions || three.members().is_empty(), "{case}");
            if !kill.struck() {
                break;
            }
        }
    }
}

#[tokio::test]
async fn founding_a_vault_can_be_cut_off_at_any_request() {
    for moment in [Moment::Before, Moment::After] {
        for request in 1..MOST {
            let mut family = Family::new(Creates::Honoured);
            let kill = Kill::at(request, moment);
            let opening = family.opening("one", kill.wrap(family.store.clone()));
            let _ = kill.run(Vault::found(opening, &founding(), 0)).await;
            let mut one = match family.open("one").is_there().await.unwrap() {
                true => family.join("one").await,
                false => family.found("one").await,
            };
            one.add_member(profile("Mara"), 1).unwrap();
            sync(&mut one, 2).await;
            let mut two = family.join("two").await;
            sync(&mut two, 3).await;
            assert_eq!(everything(&one), everything(&two), "{moment:?} {request}");
            if !kill.struck() {
                break;
            }
        }
    }
}

#[tokio::test]
async fn resolving_deleting_and_removing_can_be_cut_off_at_any_request() {
    for moment in [Moment::Before, Moment::After] {
        for request in 1..MOST {
            let case = format!("{moment:?} {request}");
            let mut family = Family::new(Creates::Honoured);
            let (mut one, mut two) = (family.found("one").await, family.join("two").await);
            let member = one.add_member(profile("Mara"), 1).unwrap().member;
            let (kept, gone) = (new_note(&mut one, member, "kept", 2), new_note(&mut one, member, "gone", 2));
            sync(&mut one, 3).await;
            sync(&mut two, 3).await;
            edit(&mut one, &kept, note("mine"), 4);
            edit(&mut two, &kept, note("yours"), 4);
            one.set_retention(Some(Retention { versions: 0, days: 0 }), 5).unwrap();
            edit(&mut two, &gone, note("gone soon"), 5);
            for now in [6, 7, 8] {
                sync(&mut two, now).await;
                sync(&mut one, now).await;
            }
            drop(one);
            let kill = Kill::at(request, moment);
            let mut one = family.open_over("one", kill.wrap(family.store.clone()));
            one.resolve(member, kept.record, &Resolution::KeepBoth, 9).unwrap();
            let plan = one.plan_retention(DAY).unwrap();
            assert_eq!(plan.removals.len(), 2, "what both devices know to be edited");
            one.carry_out_retention(&plan, DAY).unwrap();
            one.delete(member, gone.record, DAY).unwrap();
            let _ = kill.run(one.sync(Reach::Everything, DAY)).await;
            drop(one);
            let mut one = family.open("one");
            sync(&mut one, 2 * DAY).await;
            sync(&mut two, 2 * DAY).await;
            sync(&mut one, 2 * DAY).await;
            let mut fresh = family.join("fresh").await;
            sync(&mut fresh, 3 * DAY).await;
            assert_eq!(everything(&one), everything(&two), "{case}");
            assert_eq!(everything(&one), everything(&fresh), "{case}");
            assert_eq!(one.timeline(member, None).len(), 2, "{case}: both sides, without what was deleted");
            assert!(one.status().unwrap().conflicts.is_empty(), "{case}");
            assert_eq!(family.count(&gone.record.to_string()).await, 2, "{case}");
            if !kill.struck() {
                break;
            }
        }
    }
}
