//! The formats of changes of keys and of signed heads as they are frozen in `tests/vectors`. Another implementation made
//! the files (`make.py`): what it made is made here byte for byte, is read, and every failing case fails for its own
//! reason. A change that breaks one of these makes stored data unreadable.

#[allow(dead_code)]
#[path = "../../crypto/tests/vectors/cases.rs"]
mod cases;

use cases::{File, all_fail};
use holdfast_crypto::vault::{DeviceKeys, DevicePublic, Vault as Keyring};
use holdfast_journal::{Limit, Limits};
use uuid::Uuid;

use crate::{
    Error, Result,
    heads::{Length, SignedHead},
    rotation::{self, Rotation, Statement},
};

fn devices(file: &File) -> Vec<DeviceKeys> {
    file.list("keys").iter().map(|one| DeviceKeys::from_bytes(&one.as_bytes()).unwrap()).collect()
}

fn id(file: &File, field: &str) -> Uuid {
    Uuid::from_bytes(file.array(field))
}

/// As the second device, which stays and believes the first alone.
fn taken_over(file: &File, blob: &[u8]) -> Result<(Keyring, Statement)> {
    let (devices, known) = (devices(file), Keyring::from_bytes(&file.bytes("known")).unwrap());
    let rotation = Rotation::parse(blob)?;
    let taken = rotation.take_over(&devices[1], &known, &[devices[0].public()])?;
    let (keyring, _) = taken.ok_or(Error::NotHandedOver)?;
    let statement = rotation.statement(&keyring)?;
    Ok((keyring, statement))
}

#[test]
fn changes_of_keys_are_what_another_implementation_makes() {
    let file = File::read("rotations");
    let limit =
        |one: &File| (id(one, "device"), Limit { sequence: one.number("sequence"), number: one.number("number") });
    let devices = devices(&file);
    let statement = Statement {
        by: Uuid::from_bytes(devices[0].public().device()),
        revoked: Uuid::from_bytes(devices[2].public().device()),
        limits: file.list("limits").iter().map(limit).collect::<Limits>(),
        public_key: file.bytes("public_key"),
        master_key: file.bytes("master_key"),
    };
    let (keyring, blob) = (Keyring::from_bytes(&file.bytes("vault")).unwrap(), file.bytes("blob"));
    let stay: Vec<DevicePublic> = devices[..2].iter().map(DeviceKeys::public).collect();
    let mut random = file.random();
    assert_eq!(rotation::seal(&keyring, &statement, &devices[0], &stay, &mut random).unwrap(), blob);
    assert!(random.is_used_up());
    assert_eq!(statement.public_key, keyring.identity().unwrap().public_key_blob().unwrap());
    let (taken, said) = taken_over(&file, &blob).unwrap();
    assert_eq!((taken.to_bytes(), said), (keyring.to_bytes(), statement));
    all_fail("failing", &file, |case| taken_over(&file, &case.changed(&blob)));
    all_fail("failing_statements", &file, |case| taken_over(&file, &case.bytes("blob")));
}

#[derive(Debug)]
struct NotBelieved;

#[test]
fn signed_heads_are_what_another_implementation_makes() {
    let file = File::read("heads");
    let length = |one: &File| Length {
        device: id(one, "device"),
        sequence: one.number("sequence"),
        entries: one.number("entries"),
    };
    let (keys, blob, device) = (devices(&file).remove(0), file.bytes("blob"), id(&file, "device"));
    let head = SignedHead {
        own: length(&file),
        hash: file.array("hash"),
        others: file.list("others").iter().map(length).collect(),
    };
    assert_eq!(head.sign(&keys).unwrap(), blob);
    let read = |bytes: &[u8]| SignedHead::parse(bytes, device, &keys.public()).ok_or(NotBelieved);
    assert_eq!(read(&blob).unwrap(), head);
    all_fail("failing", &file, |case| read(&case.changed(&blob)));
    all_fail("failing_signed", &file, |case| read(&case.bytes("blob")));
}
