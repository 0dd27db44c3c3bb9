//! Attachments: streams and names.

use holdfast_crypto::{
    Error,
    vault::{CHUNK_BYTES, MemberKeys, SEALED_CHUNK_BYTES, STREAM_START_BYTES, StreamLength},
};
use proptest::prelude::*;

use crate::{ANNA, BEN, generations, member, random, vault};

const KEY: &str = "family-members/a/attachments/b/data.blob";

fn keys() -> MemberKeys {
    member(&vault(1), ANNA, 2)
}

fn content(length: usize) -> Vec<u8> {
    (0..length).map(|at| ((at * 31) >> 3) as u8).collect()
}

fn seal(content: &[u8], piece: usize) -> Vec<u8> {
    let mut sealer = keys().seal_stream(KEY, &mut random(1)).unwrap();
    let mut sealed = Vec::new();
    for piece in content.chunks(piece) {
        sealer.push(piece, &mut sealed).unwrap();
    }
    sealer.finish(&mut sealed).unwrap();
    sealed
}

/// What was given out, and how it ended.
fn open(sealed: &[u8], piece: usize) -> (Vec<u8>, Result<(), Error>) {
    let (start, rest) = sealed.split_at(STREAM_START_BYTES);
    let mut reader = keys().open_stream(KEY, start).unwrap().whole();
    let mut content = Vec::new();
    let mut pushed = Ok(());
    for piece in rest.chunks(piece) {
        pushed = pushed.and(reader.push(piece, &mut content));
    }
    let ended = pushed.and(reader.finish(&mut content));
    (content, ended)
}

#[test]
fn content_of_any_length_comes_back_however_it_is_cut_into_pieces() {
    for length in [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES, 3 * CHUNK_BYTES + 7] {
        let whole = content(length);
        let sealed = seal(&whole, 1 << 20);
        assert_eq!(sealed.len() as u64, StreamLength::of_plain(length as u64).unwrap().sealed());
        for piece in [1_000, CHUNK_BYTES, SEALED_CHUNK_BYTES, 1 << 20] {
            assert_eq!(seal(&whole, piece), sealed, "{length} in pieces of {piece}");
            assert_eq!(open(&sealed, piece), (whole.clone(), Ok(())), "{length} in pieces of {piece}");
        }
    }
}

#[test]
fn any_chunk_opens_alone_and_in_its_own_place_only() {
    let whole = content(3 * CHUNK_BYTES + 100);
    let sealed = seal(&whole, 1 << 20);
    let length = StreamLength::of_sealed(sealed.len() as u64).unwrap();
    let opener = keys().open_stream(KEY, &sealed).unwrap();
    let chunk = |index| {
        let place = length.sealed_chunk(index).unwrap();
        &sealed[place.start as usize..place.end as usize]
    };
    for (index, plain) in whole.chunks(CHUNK_BYTES).enumerate().rev() {
        assert_eq!(opener.chunk(length, index as u64, chunk(index as u64)).unwrap().as_slice(), plain);
    }
    assert_eq!(opener.chunk(length, 1, chunk(0)).unwrap_err(), Error::Broken);
    assert_eq!(opener.chunk(length, 4, chunk(0)).unwrap_err(), Error::NoChunk { index: 4 });
    assert_eq!(opener.chunk(length, 0, &chunk(0)[1..]).unwrap_err(), Error::CutShort { bytes: 65_551 });
    let cut = StreamLength::of_plain(3 * CHUNK_BYTES as u64).unwrap();
    assert_eq!(opener.chunk(cut, 2, chunk(2)).unwrap_err(), Error::Broken, "it was not the last one");
}

#[test]
fn a_range_needs_no_more_than_its_chunks() {
    let whole = content(200_000);
    let sealed = seal(&whole, 1 << 20);
    let length = StreamLength::of_sealed(sealed.len() as u64).unwrap();
    let opener = keys().open_stream(KEY, &sealed[..STREAM_START_BYTES]).unwrap();
    for range in [0..1, 65_530..65_540, 131_071..131_073, 199_990..200_000, 0..200_000] {
        let span = length.span(range.clone()).unwrap();
        let fetched = &sealed[span.sealed.start as usize..span.sealed.end as usize];
        let mut plain = Vec::new();
        for (index, chunk) in span.chunks.zip(fetched.chunks(SEALED_CHUNK_BYTES)) {
            plain.extend_from_slice(&opener.chunk(length, index, chunk).unwrap());
        }
        let count = (range.end - range.start) as usize;
        assert_eq!(plain[span.skip..span.skip + count], whole[range.start as usize..range.end as usize]);
    }
}

#[test]
fn what_was_given_out_before_a_break_is_true_and_nothing_follows_it() {
    let whole = content(4 * CHUNK_BYTES);
    let chunk = |index: usize| STREAM_START_BYTES + index * SEALED_CHUNK_BYTES;
    let mut sealed = seal(&whole, 1 << 20);
    sealed[chunk(2) + 5] ^= 1;
    for piece in [1_000, 1 << 20] {
        assert_eq!(open(&sealed, piece), (whole[..2 * CHUNK_BYTES].to_vec(), Err(Error::Broken)));
    }
    let sealed = seal(&whole, 1 << 20);
    let reordered =
        [&sealed[..chunk(1)], &sealed[chunk(2)..chunk(3)], &sealed[chunk(1)..chunk(2)], &sealed[chunk(3)..]];
    for (name, stream, good) in [
        ("reordered", reordered.concat(), 1),
        ("cut after a chunk", sealed[..chunk(3)].to_vec(), 2),
        ("cut in a chunk", sealed[..chunk(3) + 9].to_vec(), 3),
        ("extended", [sealed.as_slice(), &[0]].concat(), 3),
        ("a chunk left out", [&sealed[..chunk(1)], &sealed[chunk(2)..]].concat(), 1),
        ("the last chunk twice", [sealed.as_slice(), &sealed[chunk(3)..]].concat(), 3),
        ("only the last chunk", [&sealed[..chunk(0)], &sealed[chunk(3)..]].concat(), 0),
        ("no chunk", sealed[..chunk(0)].to_vec(), 0),
    ] {
        assert_eq!(open(&stream, 10_000), (whole[..good * CHUNK_BYTES].to_vec(), Err(Error::Broken)), "{name}");
    }
}

#[test]
fn a_stream_opens_in_its_own_place_with_its_own_key() {
    let sealed = seal(b"photo", 10);
    assert_eq!(keys().open_stream("elsewhere", &sealed).unwrap_err(), Error::Broken);
    let other = member(&vault(1), BEN, 2).open_stream(KEY, &sealed).unwrap_err();
    assert!(matches!(other, Error::OtherKey { .. }));
    let former = member(&vault(1), ANNA, 1).open_stream(KEY, &sealed).unwrap_err();
    assert_eq!(former, Error::UnknownGeneration { found: generations(2)[1] });
    for bit in 0..STREAM_START_BYTES * 8 {
        let mut damaged = sealed.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        let opened = keys().open_stream(KEY, &damaged);
        let opened =
            opened.and_then(|opener| opener.chunk(StreamLength::of_plain(5)?, 0, &damaged[STREAM_START_BYTES..]));
        assert!(opened.is_err(), "bit {bit}");
    }
}

#[test]
fn a_file_has_one_name_for_each_member_and_generation() {
    let name = |keys: &MemberKeys, content: &[u8]| {
        let mut namer = keys.namer().unwrap();
        namer.update(content);
        namer.finish()
    };
    let anna = member(&vault(1), ANNA, 2);
    assert_eq!(name(&anna, b"photo"), name(&member(&vault(1), ANNA, 2), b"photo"));
    for (keys, content) in [
        (&anna, b"other".as_slice()),
        (&member(&vault(1), BEN, 2), b"photo"),
        (&member(&vault(2), ANNA, 2), b"photo"),
        (&member(&vault(1), ANNA, 1), b"photo"),
    ] {
        assert_ne!(name(keys, content), name(&anna, b"photo"));
    }
    let mut former = anna.namer_of(generations(1)[0]).unwrap();
    former.update(b"ph");
    former.update(b"oto");
    assert_eq!(former.finish(), name(&member(&vault(1), ANNA, 1), b"photo"), "how it was named before");
    let unknown = generations(3)[2];
    assert_eq!(anna.namer_of(unknown).unwrap_err(), Error::UnknownGeneration { found: unknown });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_change_of_a_stream_is_noticed(
        length in 0..3 * CHUNK_BYTES, piece in 1000usize..100_000, at: prop::sample::Index, change in 1u8..,
        cut: prop::sample::Index,
    ) {
        let sealed = seal(&content(length), piece);
        prop_assert_eq!(open(&sealed, piece), (content(length), Ok(())));
        let at = STREAM_START_BYTES + at.index(sealed.len() - STREAM_START_BYTES);
        let mut damaged = sealed.clone();
        damaged[at] ^= change;
        prop_assert_eq!(open(&damaged, piece).1, Err(Error::Broken));
        let cut = STREAM_START_BYTES + cut.index(sealed.len() - STREAM_START_BYTES);
        prop_assert_eq!(open(&sealed[..cut], piece).1, Err(Error::Broken));
    }
}
