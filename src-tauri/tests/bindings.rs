//! The page's types are made from the commands. This test writes them and fails when they differ from what is committed.

use specta_typescript::Typescript;

#[test]
fn the_page_knows_the_commands_as_they_are() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../ui/src/bindings.ts");
    let before = std::fs::read_to_string(path).unwrap_or_default();
    let header = "// Made from the commands in src-tauri by `cargo test -p holdfast-desktop`. Do not edit.\n/* eslint-disable */";
    holdfast_desktop::bindings().export(Typescript::default().header(header), path).unwrap();
    let after = std::fs::read_to_string(path).unwrap();
    assert!(before == after, "ui/src/bindings.ts was out of date and has been written anew; commit it");
}
