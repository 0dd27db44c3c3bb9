#![no_main]

use holdfast_crypto::vault::any_bytes;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| any_bytes::words(text));
