//! What follows from what the log tells, whoever tells it in whatever order.

use holdfast_crypto::vault::{Generation, Rights};
use uuid::Uuid;

use super::*;

fn id(byte: u8) -> Uuid {
    Uuid::from_bytes([byte; 16])
}

fn change(action: Action, grant: u8, member: u16, ends: Option<Millis>) -> Change {
    let generation = Generation::new(1, member).unwrap();
    let terms = GrantChange { grant: id(grant), user: id(grant), rights: Rights::Read, ends, generation };
    Change { member: id(1), device: id(2), clock: 1, time: 0, action, subject: Subject::Grant(terms) }
}

fn of(changes: &[Change]) -> Sharing {
    let mut sharing = Sharing::default();
    changes.iter().for_each(|change| sharing.take(change));
    sharing
}

/// Everything that is left to do, done.
fn settle(sharing: &mut Sharing, now: Millis) -> Vec<(Action, Uuid, u16)> {
    let mut done = Vec::new();
    while let Some(Step { member, action, terms }) = sharing.next_step(1, now) {
        done.push((action, terms.grant, terms.generation.member()));
        let subject = Subject::Grant(terms);
        sharing.take(&Change { member, device: id(2), clock: 1, time: 0, action, subject });
        assert!(done.len() < 20, "it comes to an end: {done:?}");
    }
    done
}

#[test]
fn who_stays_is_handed_the_key_that_began() {
    let given = [3, 4].map(|grant| change(Action::Insert, grant, 1, None));
    let ended = change(Action::Delete, 3, 2, None);
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
        let all = [given[0].clone(), given[1].clone(), ended.clone()];
        let mut sharing = of(&order.map(|at: usize| all[at].clone()));
        assert_eq!(settle(&mut sharing, 5), [(Action::Update, id(4), 2)]);
        assert!(!sharing.grant(id(3)).unwrap().holds(5));
    }
}

#[test]
fn a_grant_whose_time_is_over_ends_and_another_key_begins() {
    let mut sharing = of(&[change(Action::Insert, 3, 1, Some(10)), change(Action::Insert, 4, 1, None)]);
    assert_eq!(settle(&mut sharing, 9), []);
    assert_eq!(settle(&mut sharing, 10), [(Action::Delete, id(3), 2), (Action::Update, id(4), 2)]);
}

#[test]
fn two_devices_that_end_two_grants_at_once_leave_the_key_that_each_handed_to_the_other() {
    let mut all: Vec<Change> = [3, 4, 5].map(|grant| change(Action::Insert, grant, 1, None)).into();
    all.extend([3, 4].map(|grant| change(Action::Delete, grant, 2, None)));
    all.push(change(Action::Update, 4, 2, None));
    let mut sharing = of(&all);
    assert_eq!(settle(&mut sharing, 5), [(Action::Delete, id(3), 3), (Action::Update, id(5), 3)]);
    assert_eq!(sharing.current(id(1)), Generation::new(1, 3).unwrap());
}
