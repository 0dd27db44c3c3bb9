#![no_main]

use holdfast_crypto::vault::any_bytes;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| any_bytes::keyring(bytes));
