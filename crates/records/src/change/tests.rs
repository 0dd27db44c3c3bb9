//! Changes to bytes and back.

use holdfast_crypto::vault::{DeviceKeys, DevicePublic, Generation, Rights};
use proptest::prelude::*;
use rand::{SeedableRng, rngs::StdRng};

use super::*;

fn id(byte: u8) -> Uuid {
    Uuid::from_bytes([byte; 16])
}

fn version(number: u64, parents: Vec<VersionId>) -> Change {
    let action = if parents.is_empty() { Action::Insert } else { Action::Update };
    let subject = Subject::Version { record: id(3), number, parents };
    Change { member: id(1), device: id(2), clock: 5, time: -1, action, subject }
}

fn examples() -> Vec<Change> {
    let parent = VersionId { number: 1, device: id(9) };
    let of = |action, subject| Change { member: id(1), device: id(2), clock: 5, time: 6, action, subject };
    vec![
        version(1, vec![]),
        version(2, vec![parent]),
        of(Action::Insert, Subject::Version { record: id(1), number: 1, parents: vec![] }),
        of(Action::Delete, Subject::Version { record: id(1), number: 2, parents: vec![parent] }),
        of(Action::Insert, Subject::Attachment { name: AttachmentName([4; 32]) }),
        of(Action::Update, Subject::Grant(given())),
        of(Action::Delete, Subject::Removal { record: id(3), version: parent }),
        of(Action::Insert, Subject::Seen { changes: vec![id(6), id(7)] }),
        of(Action::Update, Subject::Retention { retention: Some(Retention { versions: 3, days: 30 }) }),
        of(Action::Update, Subject::Retention { retention: None }),
        of(Action::Update, Subject::Person(person())),
        of(Action::Insert, Subject::Device(DeviceChange { public: device() })),
        of(Action::Insert, Subject::Accepted(AcceptedChange { grant: id(5), owner: id(6), place: "here".into() })),
    ]
}

#[test]
fn every_change_is_read_as_it_was_written() {
    for change in examples() {
        assert_eq!(Change::parse(&change.to_bytes()), Ok(change));
    }
}

#[test]
fn the_bytes_and_the_id_of_a_change_are_these() {
    let change = version(2, vec![VersionId { number: 1, device: id(9) }]);
    let expected = [
        "010202",
        &"01".repeat(16),
        &"02".repeat(16),
        "0000000000000005",
        "ffffffffffffffff",
        &"03".repeat(16),
        "0000000000000002",
        "0000000000000001",
        &"09".repeat(16),
    ];
    assert_eq!(hex::encode(change.to_bytes()), expected.concat());
    let digest = sha256(
        &[b"holdfast 1 records changev".as_slice(), &[1; 16], &[3; 16], &2_u64.to_be_bytes(), &[2; 16]].concat(),
    );
    let mut expected = [0; 16];
    expected.copy_from_slice(&digest[..16]);
    assert_eq!(change.id(), uuid::Builder::from_custom_bytes(expected).into_uuid());
}

#[test]
fn the_same_change_has_one_id_and_others_have_others() {
    let mut ids: Vec<Uuid> = examples().iter().map(Change::id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), examples().len());
    let attachment = examples().remove(4);
    assert_eq!(Change { device: id(8), clock: 9, time: 0, ..attachment.clone() }.id(), attachment.id());
    let removal = examples().remove(6);
    assert_eq!(Change { device: id(8), clock: 9, time: 0, ..removal.clone() }.id(), removal.id());
    let seen = examples().remove(7);
    assert_ne!(Change { device: id(8), ..seen.clone() }.id(), seen.id());
}

#[test]
fn what_cannot_be_is_refused() {
    let good = version(2, vec![VersionId { number: 1, device: id(9) }]).to_bytes();
    let with = |at: usize, byte: u8| {
        let mut bytes = good.clone();
        bytes[at] = byte;
        Change::parse(&bytes)
    };
    assert_eq!(with(0, 2), Err(NotAChange::Unknown));
    assert_eq!(with(1, 11), Err(NotAChange::Unknown));
    assert_eq!(with(2, 4), Err(NotAChange::Unknown));
    assert_eq!(with(2, 1), Err(NotAChange::Contradiction), "an insert takes the place of nothing");
    assert_eq!(with(35, 255), Err(NotAChange::Node(BadNode::OutOfRange)));
    assert_eq!(with(good.len() - 17, 2), Err(NotAChange::Node(BadNode::ParentNotOlder)));
    assert_eq!(Change::parse(&[]), Err(NotAChange::Length { bytes: 0 }));
    assert_eq!(Change::parse(&good[..good.len() - 1]), Err(NotAChange::Length { bytes: good.len() - 1 }));
    let own = Change { member: id(3), ..version(1, vec![]) };
    let mut own = own.to_bytes();
    own[1] = 2;
    drop(own.splice(51..51, [3; 16]));
    assert_eq!(Change::parse(&own), Err(NotAChange::Contradiction), "a profile is told of in one way alone");
}

proptest! {
    #[test]
    fn no_bytes_make_the_parser_panic_and_what_is_read_is_written_the_same(
        which in 0..13_usize, at in any::<usize>(), byte in any::<u8>(), tail in proptest::collection::vec(any::<u8>(), 0..40),
    ) {
        let mut bytes = examples()[which].to_bytes();
        let at = at % bytes.len();
        bytes[at] = byte;
        for bytes in [bytes.clone(), [&bytes[..at], &tail].concat(), tail.clone()] {
            if let Ok(change) = Change::parse(&bytes) {
                prop_assert_eq!(change.to_bytes(), bytes);
            }
        }
    }
}

fn given() -> GrantChange {
    GrantChange { grant: id(5), user: id(6), rights: Rights::Read, ends: Some(7), generation: Generation::FIRST }
}

fn person() -> PersonChange {
    let keyring = holdfast_crypto::vault::Vault::create(&mut StdRng::seed_from_u64(1)).unwrap();
    PersonChange {
        public_key: keyring.identity().unwrap().public_key_blob().unwrap(),
        name: "somebody".into(),
        place: "there".into(),
    }
}

fn device() -> DevicePublic {
    DeviceKeys::generate([2; 16], &mut StdRng::seed_from_u64(1)).unwrap().public()
}
