//! The page's types are made from the commands. This test writes them and fails when they differ from what is committed.

use std::path::Path;

use specta::{
    Type, Types,
    datatype::{DataType, Primitive},
};
use specta_typescript::{Number, Typescript};
use specta_util::Remapper;
use tauri_specta::{BuilderConfiguration, LanguageExt};

/// Every number that crosses is finite: amounts, shares, seconds. Without this the page would be told `number | null`.
struct Finite(Typescript);

impl LanguageExt for Finite {
    type Error = <Typescript as LanguageExt>::Error;

    fn export(self, configuration: &BuilderConfiguration, path: &Path) -> Result<(), Self::Error> {
        let mut configuration = configuration.clone();
        let number = Number::<()>::definition(&mut Types::default());
        let finite = Remapper::new().rule(DataType::Primitive(Primitive::f64), number);
        configuration.types = finite.remap_types(configuration.types);
        self.0.export(&configuration, path)
    }
}

#[test]
fn the_page_knows_the_commands_as_they_are() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../ui/src/bindings.ts");
    let before = std::fs::read_to_string(path).unwrap_or_default();
    let header = "// Made from the commands in src-tauri by `cargo test -p holdfast-desktop`. Do not edit.\n/* eslint-disable */";
    holdfast_desktop::bindings().export(Finite(Typescript::default().header(header)), path).unwrap();
    let after = std::fs::read_to_string(path).unwrap();
    assert!(before == after, "ui/src/bindings.ts was out of date and has been written anew; commit it");
}

/// The page's tests draw the forms that the core has, not a copy of them.
#[test]
fn the_pages_tests_know_the_forms_as_they_are() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../ui/src/lib/host/records-forms.json");
    let before = std::fs::read_to_string(path).unwrap_or_default();
    let after = serde_json::to_string_pretty(&holdfast_app::records_page::forms()).unwrap() + "\n";
    std::fs::write(path, &after).unwrap();
    assert!(before == after, "ui/src/lib/host/records-forms.json was out of date and has been written anew; commit it");
}
