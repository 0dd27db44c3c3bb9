//! The formats as they are frozen in the files beside this one. Another implementation made the files (`make.py`): what it
//! made is made here byte for byte, opens, and every failing case fails for its own reason. A change that breaks one of
//! these makes stored data unreadable.

mod cases;

use cases::{File, all_fail};
use holdfast_crypto::{SegmentHeader, UserKeys, UserSecret, sha256, vault::*};

fn vault(file: &File) -> Vault {
    Vault::from_bytes(&file.bytes("vault")).unwrap()
}

fn generations(file: &File) -> Vec<Generation> {
    let pair = |one: File| {
        let numbers = one.as_numbers();
        Generation::new(numbers[0] as u16, numbers[1] as u16).unwrap()
    };
    file.list("generations").into_iter().map(pair).collect()
}

fn member(file: &File) -> MemberKeys {
    vault(file).member(MemberId(file.array("member")), &generations(file)).unwrap()
}

fn confirmed(blob: &[u8], words: &str) -> PublicIdentity {
    UnconfirmedIdentity::parse(blob).unwrap().confirm(&Fingerprint::from_words(words).unwrap()).unwrap()
}

#[test]
fn segments() {
    let file = File::read("segments");
    let keys = UserKeys::derive(&UserSecret::from_bytes(file.array("secret"))).unwrap();
    let header = SegmentHeader {
        device: file.array("device"),
        sequence: file.number("sequence"),
        previous: file.array("previous"),
    };
    let (key, segment) = (file.text("object_key"), file.bytes("segment"));
    assert_eq!(keys.seal_segment(key, &header, &file.bytes("body"), &mut file.random()).unwrap(), segment);
    let (found, body) = keys.open_segment(key, &segment).unwrap();
    assert_eq!((found, body.to_vec()), (header, file.bytes("body")));
    all_fail("failing", &file, |case| keys.open_segment(case.object_key(key), &case.changed(&segment)));
}

#[test]
fn keyrings() {
    let file = File::read("keyring");
    let bytes = file.bytes("vault");
    let vault = vault(&file);
    assert_eq!((vault.user_id().as_str(), vault.generation()), (file.text("user_id"), 2));
    assert_eq!(*vault.to_bytes(), bytes);
    let log = vault.log_keys().unwrap();
    assert_eq!(log.user_id(), vault.user_id());
    let checks = file.list("log_checks");
    assert_eq!(log.check().as_str(), checks[1].as_text(), "the latest seals");
    assert!(checks.iter().all(|check| log.fits(check.as_text())), "all open");
    all_fail("failing", &file, |case| Vault::from_bytes(&case.changed(&bytes)));
}

#[test]
fn blobs() {
    let file = File::read("blobs");
    let purpose = |case: &File| match case.text("purpose") {
        "profile" => Purpose::Profile,
        "record" => Purpose::Record,
        _ => Purpose::AttachmentMetadata,
    };
    let all = member(&file);
    let cases = file.list("cases");
    for case in &cases {
        let (key, blob, own) = (case.text("object_key"), case.bytes("blob"), case.numbers("generation"));
        let own = Generation::new(own[0] as u16, own[1] as u16).unwrap();
        let up_to: Vec<Generation> = generations(&file).into_iter().filter(|one| *one <= own).collect();
        let then = vault(&file).member(MemberId(file.array("member")), &up_to).unwrap();
        let mut random = case.random();
        assert_eq!(then.seal_blob(purpose(case), key, &case.bytes("plain"), &mut random).unwrap(), blob);
        assert!(random.is_used_up() && then.is_current(&blob).unwrap());
        assert_eq!(all.open_blob(purpose(case), key, &blob).unwrap().to_vec(), case.bytes("plain"));
        assert_eq!(all.is_current(&blob).unwrap(), own == *generations(&file).last().unwrap());
    }
    let whole = &cases[file.number("failing_of") as usize];
    let (key, blob) = (whole.text("object_key"), whole.bytes("blob"));
    all_fail("failing", &file, |case| all.open_blob(purpose(whole), case.object_key(key), &case.changed(&blob)));
}

/// The content that the streams' file describes.
fn content(length: usize) -> Vec<u8> {
    let pieces = (0..length).step_by(32).flat_map(|at| sha256(format!("content {length} {at}").as_bytes()));
    pieces.take(length).collect()
}

fn seal_stream(keys: &MemberKeys, key: &str, case: &File) -> Vec<u8> {
    let mut sealer = keys.seal_stream(key, &mut case.random()).unwrap();
    let mut sealed = Vec::new();
    for piece in content(case.number("length") as usize).chunks(10_000) {
        sealer.push(piece, &mut sealed).unwrap();
    }
    sealer.finish(&mut sealed).unwrap();
    sealed
}

fn open_stream(keys: &MemberKeys, key: &str, sealed: &[u8]) -> Result<Vec<u8>, holdfast_crypto::Error> {
    let (start, rest) = sealed.split_at(STREAM_START_BYTES.min(sealed.len()));
    let mut reader = keys.open_stream(key, start)?.whole();
    let mut content = Vec::new();
    for piece in rest.chunks(9_999) {
        reader.push(piece, &mut content)?;
    }
    reader.finish(&mut content)?;
    Ok(content)
}

#[test]
fn streams() {
    let file = File::read("streams");
    let (keys, key) = (member(&file), file.text("object_key"));
    let cases = file.list("cases");
    for case in &cases {
        let length = case.number("length");
        let sealed = seal_stream(&keys, key, case);
        assert_eq!(hex::encode(sha256(&sealed)), case.text("sha256"), "{length}");
        assert_eq!(sealed[..STREAM_START_BYTES], case.bytes("start"));
        assert_eq!(StreamLength::of_plain(length).unwrap().sealed(), case.number("sealed_length"));
        assert_eq!(open_stream(&keys, key, &sealed).unwrap(), content(length as usize));
        let mut namer = keys.namer().unwrap();
        content(length as usize).chunks(777).for_each(|piece| namer.update(piece));
        assert_eq!(namer.finish().to_string(), case.text("name"));
    }
    let sealed = seal_stream(&keys, key, &cases[file.number("failing_of") as usize]);
    all_fail("failing", &file, |case| open_stream(&keys, case.object_key(key), &case.changed(&sealed)));
}

#[test]
fn identities() {
    let file = File::read("identities");
    let vault = vault(&file);
    let cases = file.list("cases");
    for case in &cases {
        let identity = vault.identity_of(case.number("generation") as u16).unwrap();
        assert_eq!(identity.public_key_blob().unwrap(), case.bytes("blob"));
        assert_eq!(identity.fingerprint().words().unwrap(), case.text("fingerprint"));
        let public = confirmed(&case.bytes("blob"), case.text("fingerprint"));
        assert_eq!((&public.user_id(), public.generation().into()), (vault.user_id(), case.number("generation")));
    }
    let blob = cases[file.number("failing_of") as usize].bytes("blob");
    all_fail("failing", &file, |case| UnconfirmedIdentity::parse(&case.changed(&blob)));
}

#[test]
fn grants() {
    let file = File::read("grants");
    let (key, blob) = (file.text("object_key"), file.bytes("blob"));
    let owner = confirmed(&file.bytes("owner"), file.text("owner_fingerprint"));
    let other = confirmed(&file.bytes("other"), file.text("other_fingerprint"));
    let terms = GrantTerms {
        rights: Rights::ReadWrite,
        ends: Some(file.number("ends") as i64),
        place: file.text("place").to_owned(),
    };
    let made = vault(&file).identity().unwrap().grant(&member(&file), &terms, &other, key, &mut file.random()).unwrap();
    assert_eq!(made, blob);
    let receiver = Vault::from_bytes(&file.bytes("other_vault")).unwrap().identity().unwrap();
    let grant = receiver.open_grant(&owner, key, &blob).unwrap();
    assert_eq!((grant.owner, grant.terms), (owner.user_id(), terms));
    assert_eq!(grant.keys.generations().collect::<Vec<_>>(), generations(&file));
    assert_eq!(grant.keys.member(), member(&file).member());
    all_fail("failing", &file, |case| receiver.open_grant(&owner, case.object_key(key), &case.changed(&blob)));
}

#[test]
fn devices() {
    let file = File::read("devices");
    let keys: Vec<_> = file.list("keys").iter().map(|one| DeviceKeys::from_bytes(&one.as_bytes()).unwrap()).collect();
    for (keys, public) in keys.iter().zip(file.list("public")) {
        assert_eq!(keys.public().to_bytes().to_vec(), public.as_bytes());
        assert_eq!(DevicePublic::from_bytes(&public.as_bytes()), Ok(keys.public()));
    }
    let (key, blob, vault) = (file.text("object_key"), file.bytes("blob"), vault(&file));
    let (from, to) = (&keys[0], &keys[1]);
    assert_eq!(from.hand_over(&vault, &to.public(), key, &mut file.random()).unwrap(), blob);
    let known = Vault::from_bytes(&file.bytes("known")).unwrap();
    let taken = to.take_over(&known, &from.public(), key, &blob).unwrap();
    assert_eq!(*taken.to_bytes(), file.bytes("vault"));
    let (head, signature) = (file.bytes("log_head"), file.bytes("log_head_signature"));
    assert_eq!(from.sign_log_head(&head).unwrap().to_vec(), signature);
    from.public().check_log_head(&head, &signature).unwrap();
    assert_eq!(vault.identity().unwrap().vouch_for(&from.public()).unwrap().to_vec(), file.bytes("vouched_by_owner"));
    all_fail("failing", &file, |case| to.take_over(&known, &from.public(), case.object_key(key), &case.changed(&blob)));
}

#[test]
fn recovery() {
    let file = File::read("recovery");
    let (code, blob) = (RecoveryCode::from_words(file.text("code")).unwrap(), file.bytes("blob"));
    let number = |field| file.number(field) as u32;
    let effort = Effort::new(number("memory_kib"), number("passes"), number("lanes")).unwrap();
    assert_eq!(code.seal(&vault(&file), effort, &mut file.random()).unwrap(), blob);
    assert_eq!(*code.open(&blob).unwrap().to_bytes(), file.bytes("vault"));
    all_fail("failing", &file, |case| code.open(&case.changed(&blob)));
}

#[test]
fn shares() {
    let file = File::read("shares");
    let parse = |one: &File| Share::from_words(one.as_text());
    let all = file.list("shares");
    for (number, words) in (1..).zip(&all) {
        let share = parse(words).unwrap();
        assert_eq!((share.number(), u64::from(share.needed())), (number, file.number("needed")));
        assert_eq!(*share.words(), words.as_text());
    }
    for chosen in file.list("combined") {
        let shares: Vec<Share> = chosen.as_numbers().into_iter().map(|index| parse(&all[index]).unwrap()).collect();
        assert_eq!(*RecoveryCode::combine(&shares).unwrap().words().unwrap(), file.text("code"));
    }
    all_fail("failing", &file, |case| {
        let shares = case.list("shares").iter().map(parse).collect::<Result<Vec<_>, _>>()?;
        RecoveryCode::combine(&shares)
    });
}
