//! Reading the files, changing bytes as a case says, and a generator that gives what was handed to it.

use std::{fmt::Debug, path::Path};

use rand_core::{CryptoRng, RngCore};
use serde_json::Value;

pub struct File(Value);

impl File {
    pub fn read(name: &str) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors").join(format!("{name}.json"));
        Self(serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap())
    }

    pub fn list(&self, field: &str) -> Vec<Self> {
        self.0[field].as_array().unwrap().iter().cloned().map(Self).collect()
    }

    pub fn text(&self, field: &str) -> &str {
        self.0[field].as_str().unwrap()
    }

    pub fn number(&self, field: &str) -> u64 {
        self.0[field].as_u64().unwrap()
    }

    pub fn numbers(&self, field: &str) -> Vec<usize> {
        numbers(&self.0[field])
    }

    pub fn bytes(&self, field: &str) -> Vec<u8> {
        hex::decode(self.text(field)).unwrap()
    }

    pub fn array<const N: usize>(&self, field: &str) -> [u8; N] {
        self.bytes(field).try_into().unwrap()
    }

    pub fn random(&self) -> Feed {
        Feed(self.bytes("random"))
    }

    pub fn as_text(&self) -> &str {
        self.0.as_str().unwrap()
    }

    pub fn as_bytes(&self) -> Vec<u8> {
        hex::decode(self.as_text()).unwrap()
    }

    pub fn as_numbers(&self) -> Vec<usize> {
        numbers(&self.0)
    }

    /// The case's object key, or the usual one.
    pub fn object_key<'a>(&'a self, usual: &'a str) -> &'a str {
        self.0["object_key"].as_str().unwrap_or(usual)
    }

    /// Makes the case's change.
    pub fn changed(&self, bytes: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        for (how, what) in self.0.as_object().unwrap() {
            match how.as_str() {
                "flip" => bytes[what.as_u64().unwrap() as usize] ^= 1,
                "cut" => bytes.truncate(what.as_u64().unwrap() as usize),
                "append" => bytes.extend(hex::decode(what.as_str().unwrap()).unwrap()),
                "zeros" => bytes.extend(vec![0; what.as_u64().unwrap() as usize]),
                "set" => {
                    let (at, new) =
                        (what[0].as_u64().unwrap() as usize, hex::decode(what[1].as_str().unwrap()).unwrap());
                    bytes[at..at + new.len()].copy_from_slice(&new);
                }
                "swap" => {
                    let places = numbers(what);
                    let (front, back) = bytes.split_at_mut(places[1]);
                    front[places[0]..places[0] + places[2]].swap_with_slice(&mut back[..places[2]]);
                }
                "repeat" => {
                    let places = numbers(what);
                    bytes.extend_from_within(places[0]..places[1]);
                }
                "name" | "error" | "object_key" | "shares" => {}
                other => panic!("no change is called {other}"),
            }
        }
        bytes
    }
}

fn numbers(value: &Value) -> Vec<usize> {
    value.as_array().unwrap().iter().map(|one| one.as_u64().unwrap() as usize).collect()
}

/// Each case of such a list of a file must fail with its own error, word for word.
pub fn all_fail<T: Debug, E: Debug>(list: &str, file: &File, open: impl Fn(&File) -> Result<T, E>) {
    let cases = file.list(list);
    assert!(!cases.is_empty());
    for case in cases {
        match open(&case) {
            Ok(_) => panic!("{} opened", case.text("name")),
            Err(error) => assert_eq!(format!("{error:?}"), case.text("error"), "{}", case.text("name")),
        }
    }
}

/// Gives the bytes it holds, once, and panics when asked for more.
pub struct Feed(Vec<u8>);

impl Feed {
    pub fn is_used_up(&self) -> bool {
        self.0.is_empty()
    }
}

impl RngCore for Feed {
    fn next_u32(&mut self) -> u32 {
        rand_core::impls::next_u32_via_fill(self)
    }

    fn next_u64(&mut self) -> u64 {
        rand_core::impls::next_u64_via_fill(self)
    }

    fn fill_bytes(&mut self, dst: &mut [u8]) {
        let rest = self.0.split_off(dst.len());
        dst.copy_from_slice(&self.0);
        self.0 = rest;
    }
}

impl CryptoRng for Feed {}
