//! What follows from what the log tells, whoever tells it in whatever order.

use holdfast_crypto::vault::{DeviceKeys, Generation, Rights, Vault as Keyring};
use rand::{SeedableRng, rngs::StdRng};
use uuid::Uuid;

use super::{entry::*, *};

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
    while let Some(Step { member, action, terms }) = sharing.next_step(now) {
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

fn keyring(seed: u64) -> Keyring {
    Keyring::create(&mut StdRng::seed_from_u64(seed)).unwrap()
}

fn person(keyring: &Keyring) -> Change {
    let public_key = keyring.identity().unwrap().public_key_blob().unwrap();
    let subject = Subject::Person(PersonChange { public_key, name: "somebody".into(), place: "there".into() });
    Change { member: Uuid::nil(), device: id(2), clock: 1, time: 0, action: Action::Update, subject }
}

#[test]
fn only_who_was_given_the_right_to_write_is_heard_and_only_while_it_holds() {
    let keyring = keyring(1);
    let user = Uuid::try_parse(keyring.user_id().as_str()).unwrap();
    let grant = |rights, action, ends| {
        let terms = GrantChange { grant: id(7), user, rights, ends, generation: Generation::FIRST };
        Change { subject: Subject::Grant(terms), ..change(action, 7, 1, None) }
    };
    for (rights, ends, ended, heard) in [
        (Rights::Read, None, false, 0),
        (Rights::ReadWrite, None, false, 1),
        (Rights::ReadWrite, Some(10), false, 1),
        (Rights::ReadWrite, Some(5), false, 0),
        (Rights::ReadWrite, None, true, 0),
    ] {
        let mut sharing = of(&[person(&keyring), grant(rights, Action::Insert, ends)]);
        if ended {
            sharing.take(&grant(rights, Action::Delete, ends));
        }
        assert_eq!(sharing.writers(id(1), 5).count(), heard, "{rights:?} {ends:?} {ended}");
        assert_eq!(sharing.writers(id(9), 5).count(), 0, "another member");
    }
}

#[test]
fn an_entry_of_a_members_log_is_signed_for_that_log_by_a_device_of_that_user() {
    let (ben, other) = (keyring(1), keyring(2));
    let public = |keyring: &Keyring| {
        let Subject::Person(change) = person(keyring).subject else { panic!("a person") };
        Person::of(&change, 1).unwrap().public
    };
    let device = DeviceKeys::generate([2; 16], &mut StdRng::seed_from_u64(3)).unwrap();
    let log = LogOf { owner: id(8), member: id(1), generation: Generation::FIRST };
    let change = change(Action::Insert, 3, 1, None);
    let bytes = sign(log, &change, &ben.identity().unwrap(), &device).unwrap();
    let found = |id, bytes: &[u8]| holdfast_journal::Entry {
        id,
        time: 0,
        origin: Uuid::nil(),
        number: 1,
        kind: SIGNED_KIND,
        payload: bytes.to_vec().into(),
    };
    let entry = Entry::parse(log, &found(entry::id(&bytes), &bytes)).unwrap();
    assert_eq!(entry.change, change);
    assert!(entry.is_of(&public(&ben)) && !entry.is_of(&public(&other)));
    assert!(Entry::parse(log, &found(id(1), &bytes)).is_none(), "under an id that is not its own");
    let later = Generation::new(1, 2).unwrap();
    for elsewhere in [LogOf { owner: id(9), ..log }, LogOf { member: id(9), ..log }, LogOf { generation: later, ..log }]
    {
        assert!(Entry::parse(elsewhere, &found(entry::id(&bytes), &bytes)).is_none(), "{elsewhere:?}");
    }
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        let taken = Entry::parse(log, &found(entry::id(&changed), &changed));
        assert!(taken.is_none_or(|entry| !entry.is_of(&public(&ben))), "byte {at}");
        let cut = &bytes[..at];
        assert!(Entry::parse(log, &found(entry::id(cut), cut)).is_none(), "cut at {at}");
    }
}
