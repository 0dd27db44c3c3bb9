use holdfast_crypto::HishtorySecret;
use proptest::prelude::*;
use rand::{SeedableRng, rngs::StdRng};

use super::*;

fn keys() -> HishtoryKeys {
    HishtoryKeys::derive(&HishtorySecret::new("my secret".to_owned().into()).unwrap()).unwrap()
}

fn random() -> StdRng {
    StdRng::seed_from_u64(1)
}

/// Written by hishtory's own `data.EncryptHistoryEntry` (version 335) with the secret "my secret".
const WHOLE: &str = include_str!("../../../../tests/data/hishtory-entry.json");
const IMPORTED: &str = include_str!("../../../../tests/data/hishtory-imported-entry.json");

fn opened(text: &str) -> Opened {
    open(&serde_json::from_str(text).unwrap(), &keys()).unwrap()
}

#[test]
fn what_hishtory_sealed_is_read_without_loss() {
    let Opened { entry, original } = opened(WHOLE);
    let start: Timestamp = "2024-05-06T07:08:09.123456Z".parse().unwrap();
    assert_eq!(
        entry,
        Entry {
            entry_id: "22222222-2222-4222-8222-222222222222".parse().unwrap(),
            device_id: "11111111-1111-4111-8111-111111111111".parse().unwrap(),
            local_username: "ann".into(),
            hostname: "laptop".into(),
            command: "make <all> & \"x\"\n\u{2028}end".into(),
            current_working_directory: "~/src".into(),
            home_directory: "/home/ann".into(),
            exit_code: Some(2),
            start_time: start.into(),
            end_time: Some(Time::from_micros(Time::from(start).as_micros() + 1_500_000)),
            custom_columns: vec![CustomColumn { name: "git".into(), value: "main".into() }],
            ..Entry::default()
        }
    );
    assert_eq!(original.end, "2024-05-06T07:08:10.623456789Z");
    let again = open(&seal(&entry, Some(&original), &keys(), &mut random()).unwrap(), &keys()).unwrap();
    assert_eq!((again.entry, again.original), (entry, original));
}

#[test]
fn ids_that_are_no_uuid_and_commands_that_run_come_back_as_they_were() {
    let Opened { entry, original } = opened(IMPORTED);
    assert_eq!((entry.end_time, entry.exit_code), (None, None));
    assert_eq!(original.entry_id, "33333333-3333-4333-8333-333333333333-7");
    assert_eq!(entry.entry_id, uuid_of(&original.entry_id));
    let sealed = seal(&entry, Some(&original), &keys(), &mut random()).unwrap();
    assert_eq!((sealed.encrypted_id.as_str(), sealed.time.as_str()), (original.entry_id.as_str(), RUNNING));
    assert_eq!(open(&sealed, &keys()).unwrap().original, original);
}

#[test]
fn what_does_not_open_or_is_not_what_it_says_is_no_entry() {
    let good: SealedEntry = serde_json::from_str(WHOLE).unwrap();
    for bad in [
        SealedEntry::default(),
        SealedEntry { user_id: "other".into(), ..good.clone() },
        SealedEntry { encrypted_id: "other".into(), ..good.clone() },
        SealedEntry { nonce: "AAAAAAAAAAAAAAAA".into(), ..good.clone() },
        SealedEntry { nonce: "AAAA".into(), ..good.clone() },
        SealedEntry { enc_data: "%".into(), ..good.clone() },
    ] {
        assert!(open(&bad, &keys()).is_none(), "{bad:?}");
    }
    assert!(open(&good, &keys()).is_some());
}

#[test]
fn one_bad_member_of_an_answer_hides_no_other() {
    let text =
        r#"{"dump_requests":[{"requesting_device_id":7},{"requesting_device_id":"a"}],"deletion_requests":null}"#;
    let answer: Submitted = serde_json::from_str(text).unwrap();
    let asked: Vec<_> = answer.dump_requests.into_iter().filter_map(|one| one.0).collect();
    assert_eq!(asked.len(), 1);
    assert!(answer.deletion_requests.is_empty());
}

#[test]
fn a_message_names_the_end_only_where_there_is_no_id() {
    let device = Uuid::from_u128(7);
    let named = message(Uuid::from_u128(1), None, device);
    assert_eq!((named.device_id, named.date.as_str()), (device.to_string(), NONE));
    let end = "2024-05-06T07:08:10.623456789Z";
    let original = Original { device: "d".into(), end: end.into(), ..Original::default() };
    let named = message(Uuid::from_u128(1), Some(&original), device);
    assert_eq!((named.date.as_str(), named.entry_id.as_str()), (end, ""));
    assert_eq!(end_named(&named).as_deref(), Some(end));
    let named = message(Uuid::from_u128(1), Some(&Original { entry_id: "x-1".into(), ..original }), device);
    assert_eq!((named.entry_id.as_str(), end_named(&named)), ("x-1", None));
    for date in [NONE, RUNNING, "", "yesterday"] {
        let message = Message { device_id: "d".into(), date: date.into(), entry_id: String::new() };
        assert_eq!(end_named(&message), None, "{date}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_entry_of_ours_comes_back_as_far_as_hishtory_carries_it(
        command: String, id: u128, device: u128, start in -62_135_596_800_000_000_i64..253_402_207_200_000_000,
        lasted in proptest::option::of(1_i64..10_000_000_000), exit: i32, name: String, value: String,
    ) {
        let start_time = Time::from_micros(start);
        let entry = Entry {
            entry_id: Uuid::from_u128(id), device_id: Uuid::from_u128(device), command, start_time,
            end_time: lasted.map(|lasted| Time::from_micros(start + lasted)).filter(|end| end.as_micros() != 0),
            exit_code: Some(exit), shell: "zsh".into(), session: "1".into(),
            custom_columns: vec![CustomColumn { name, value }], ..Entry::default()
        };
        let opened = open(&seal(&entry, None, &keys(), &mut random()).unwrap(), &keys()).unwrap();
        prop_assert!(opened.is_whole());
        prop_assert_eq!(opened.entry, carried(&entry));
    }
}
