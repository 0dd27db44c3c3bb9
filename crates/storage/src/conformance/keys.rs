//! Which keys there can be.

use super::{Outcome, Place, ensure, promises, same};
use crate::{DeleteOptions, ReadOptions};

promises! {
    Shared names_of_files_come_back_as_they_were [];
    Shared a_key_beside_keys_below_it_is_a_key_of_its_own [NestedKeys];
    Shared odd_keys_come_back_as_they_were [OddKeys];
    Shared keys_with_control_characters_come_back [ControlKeys];
    Shared twins_are_different_keys [ExactKeys];
}

/// Writes every name with itself as content, then reads, lists and removes all.
async fn round_trip(place: &Place, names: &[String]) -> Outcome {
    for name in names {
        place.put(name, name.clone()).await?;
    }
    let mut wanted: Vec<String> = names.to_vec();
    wanted.sort_by(|a, b| a.as_bytes().cmp(b.as_bytes()));
    same!(place.names(&place.request()).await?, wanted, "the listing");
    for name in names {
        same!(place.read(name).await?, name.as_bytes(), format!("the content of {name:?}"));
        let meta = place.store.head(&place.key(name)?, &ReadOptions::default()).await?;
        same!(meta.size, name.len() as u64, format!("the size of {name:?}"));
    }
    for (at, name) in names.iter().enumerate() {
        place.store.delete(&place.key(name)?, &DeleteOptions::default()).await?;
        let left = place.names(&place.request()).await?.len();
        same!(left, names.len() - at - 1, format!("what is left after {name:?} was removed"));
    }
    Ok(())
}

async fn names_of_files_come_back_as_they_were(place: Place) -> Outcome {
    let long = format!("{}/{}", "é".repeat(100), "x".repeat(200));
    let names = [
        "a",
        "b/c/d",
        "b/c.d",
        "b.c",
        "space in it",
        "two  spaces",
        " lead",
        "trail ",
        "a+b",
        "a%20b",
        "100%",
        "%2F",
        "%_",
        "%25",
        "a&b=c;d#e,f@g!h$i",
        "it's (a) [b] {c} ~",
        "CON",
        "nul.txt",
        "ümläut/日本語/🎉",
        "index.db",
        "a%=/b",
        "a%~",
        "<tag>&amp;\"",
        &long,
    ];
    round_trip(&place, &names.map(str::to_owned)).await
}

async fn a_key_beside_keys_below_it_is_a_key_of_its_own(place: Place) -> Outcome {
    let names = ["a", "a/b", "a/b/c", "d/e", "d"];
    round_trip(&place, &names.map(str::to_owned)).await
}

async fn odd_keys_come_back_as_they_were(place: Place) -> Outcome {
    let longest = "k".repeat(1024 - place.prefix.len());
    let long_segment = format!("{}/{}", "é".repeat(140), "x".repeat(290));
    let names = [
        "a/",
        "a//b",
        "//",
        "/lead",
        "..",
        "../x",
        "./x",
        "a/../b",
        ".",
        "back\\slash",
        "colon:*<>|",
        "dot.",
        ".holdfast/index.db",
        ".holdfast",
        &longest,
        &long_segment,
    ];
    round_trip(&place, &names.map(str::to_owned)).await
}

async fn keys_with_control_characters_come_back(place: Place) -> Outcome {
    let names = ["line\nbreak", "tab\there", "bell\u{7}", "return\r", "delete\u{7f}", "\u{1}", "next\u{85}line"];
    round_trip(&place, &names.map(str::to_owned)).await
}

async fn twins_are_different_keys(place: Place) -> Outcome {
    let names = ["A", "a", "Photo.JPG", "photo.jpg", "\u{e9}", "e\u{301}", "Dir/x", "dir/x", "ß", "ss", "SS"];
    round_trip(&place, &names.map(str::to_owned)).await?;
    place.put("A", "upper").await?;
    ensure!(place.read("a").await.is_err(), "a is found where only A is");
    Ok(())
}
