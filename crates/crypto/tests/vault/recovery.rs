//! The recovery code and its shares.

use holdfast_crypto::{
    Error,
    vault::{Effort, MAX_SHARES, RECOVERY_WORDS, RecoveryCode, SHARE_WORDS, Share},
};
use proptest::prelude::*;

use crate::{random, vault};

fn code(seed: u64) -> RecoveryCode {
    RecoveryCode::generate(&mut random(seed))
}

fn words(code: &RecoveryCode) -> String {
    code.words().unwrap().to_string()
}

#[test]
fn a_code_opens_its_vault_and_no_other_code_does() {
    let vault = vault(1);
    let blob = code(1).seal(&vault, Effort::FLOOR, &mut random(2)).unwrap();
    let typed = RecoveryCode::from_words(&words(&code(1)).to_uppercase()).unwrap();
    assert!(typed.is(&code(1)) && !typed.is(&code(2)));
    assert_eq!(*typed.open(&blob).unwrap().to_bytes(), *vault.to_bytes());
    assert_eq!(code(2).open(&blob).unwrap_err(), Error::WrongCode);
}

#[test]
fn a_changed_code_leaves_the_former_one_useless() {
    let vault = vault(1).rotated(&mut random(5)).unwrap();
    let again = code(2).seal(&vault, Effort::FLOOR, &mut random(3)).unwrap();
    assert_eq!(*code(2).open(&again).unwrap().to_bytes(), *vault.to_bytes());
    assert_eq!(code(1).open(&again).unwrap_err(), Error::WrongCode);
}

#[test]
fn effort_has_a_floor_and_a_ceiling() {
    for (memory_kib, passes, lanes) in [(65_536, 3, 1), (1 << 20, 16, 4), (131_072, 3, 2)] {
        assert!(Effort::new(memory_kib, passes, lanes).is_ok());
    }
    for (memory_kib, passes, lanes) in [(65_535, 3, 1), (65_536, 2, 1), (65_536, 3, 0), (0, 0, 0)] {
        let error = Effort::new(memory_kib, passes, lanes).unwrap_err();
        assert_eq!(error, Error::WeakEffort { memory_kib, passes, lanes });
    }
    for (memory_kib, passes, lanes) in [((1 << 20) + 1, 3, 1), (65_536, 17, 1), (65_536, 3, 5), (u32::MAX, 3, 1)] {
        let error = Effort::new(memory_kib, passes, lanes).unwrap_err();
        assert_eq!(error, Error::ExcessiveEffort { memory_kib, passes, lanes });
    }
}

#[test]
fn any_three_of_five_shares_give_the_code_and_two_give_a_plain_error() {
    let shares = code(1).split(3, 5, &mut random(2)).unwrap();
    assert!(shares.iter().all(|share| share.words().split(' ').count() == SHARE_WORDS));
    for chosen in [[0, 1, 2], [4, 0, 2], [3, 1, 4]] {
        let typed = chosen.map(|index: usize| Share::from_words(&shares[index].words().to_uppercase()).unwrap());
        assert_eq!(words(&RecoveryCode::combine(&typed).unwrap()), words(&code(1)));
    }
    assert_eq!(RecoveryCode::combine(&shares[..2]).unwrap_err(), Error::TooFewShares { found: 2, needed: 3 });
    assert_eq!(RecoveryCode::combine(&[]).unwrap_err(), Error::TooFewShares { found: 0, needed: 2 });
}

#[test]
fn shares_of_two_sets_do_not_mix() {
    let (one, two) = (code(1).split(2, 3, &mut random(2)).unwrap(), code(1).split(2, 3, &mut random(3)).unwrap());
    let copy = |share: &Share| Share::from_words(&share.words()).unwrap();
    assert_ne!(one[0].set(), two[0].set());
    let mixed = [copy(&one[0]), copy(&two[1])];
    assert_eq!(RecoveryCode::combine(&mixed).unwrap_err(), Error::MixedShares { number: 2 });
    let same = [copy(&one[1]), copy(&one[1])];
    assert_eq!(RecoveryCode::combine(&same).unwrap_err(), Error::SameShare { number: 2 });
    let shown = format!("{:?}", one[0]);
    assert_eq!(shown, format!("Share {{ set: {:?}, number: 1, .. }}", one[0].set()));
}

#[test]
fn splits_that_protect_nothing_or_cannot_be_are_refused() {
    for (needed, count) in [(0, 0), (1, 3), (4, 3), (2, 1), (2, MAX_SHARES + 1), (255, 255)] {
        let error = code(1).split(needed, count, &mut random(1)).unwrap_err();
        assert_eq!(error, Error::ShareNumbers { needed, count });
    }
}

#[test]
fn wrong_words_are_told_and_not_repeated() {
    let share = code(1).split(2, 2, &mut random(1)).unwrap().remove(0).words().to_string();
    let unknown = format!("hunter2 {}", share.split_once(' ').unwrap().1);
    let first = share.split(' ').next().unwrap();
    let other = if first == "zoo" { "zone" } else { "zoo" };
    let wrong = format!("{other} {}", share.split_once(' ').unwrap().1);
    for (typed, error) in [
        (unknown.as_str(), Error::UnknownWord { place: 1 }),
        (wrong.as_str(), Error::WordChecksum),
        ("abandon", Error::WordCount { found: 1, expected: SHARE_WORDS }),
        (&words(&code(1)), Error::WordCount { found: RECOVERY_WORDS, expected: SHARE_WORDS }),
    ] {
        let found = Share::from_words(typed).unwrap_err();
        assert_eq!(found, error);
        assert!(!format!("{found} {found:?}").contains("hunter2"));
    }
    assert_eq!(
        RecoveryCode::from_words(&share).unwrap_err(),
        Error::WordCount { found: SHARE_WORDS, expected: RECOVERY_WORDS }
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_split_gives_the_code_back_from_any_of_its_shares(
        seed: u64, numbers in (2u8..=MAX_SHARES).prop_flat_map(|count| (2..=count, Just(count))), order: u64,
    ) {
        let (needed, count) = numbers;
        let shares = code(seed).split(needed, count, &mut random(seed ^ 1)).unwrap();
        let mut typed: Vec<Share> = shares.iter().map(|share| Share::from_words(&share.words()).unwrap()).collect();
        typed.sort_by_key(|share| u64::from(share.number()).wrapping_mul(order | 1));
        typed.truncate(needed.into());
        prop_assert_eq!(words(&RecoveryCode::combine(&typed).unwrap()), words(&code(seed)));
        typed.pop();
        let fewer = RecoveryCode::combine(&typed).unwrap_err();
        let found = typed.len();
        prop_assert_eq!(fewer, Error::TooFewShares { found, needed });
    }
}
