//! The keys of a vault: the keyring, and this computer's own. In the keychain, or in the environment where there is none.

use std::sync::Arc;

use holdfast_crypto::vault::{DeviceKeys, Vault as Keyring};
use holdfast_storage::{Secret, s3::StaticKeys};
use zeroize::Zeroizing;

use crate::{AppError, ErrorCode, Home, Result, keychain::SecretId};

/// Takes the place of the keychain: the keyring as hexadecimal digits, and behind a full stop this computer's own keys.
pub const VARIABLE: &str = "HOLDFAST_RECORDS_KEYRING";

/// What this computer has of a vault's keys.
pub(super) struct Kept {
    pub(super) keyring: Arc<Keyring>,
    /// By which the other computers know this one. Without them nothing is shared from here.
    pub(super) device: Option<Arc<DeviceKeys>>,
}

impl Kept {
    pub(super) fn user(&self) -> String {
        self.keyring.user_id().to_string()
    }
}

/// No profile can have this name, for its space.
fn id() -> SecretId {
    SecretId::new("family records", "keyring")
}

/// The keys, where there are some.
pub(super) async fn find(home: &Home) -> Result<Option<Kept>> {
    if let Some(text) = from_environment() {
        return read(&text, VARIABLE).map(Some);
    }
    let kept = home.secrets.get(&id()).await.map_err(no_keychain)?;
    kept.map(|kept| read(kept.secret.expose(), "the keychain")).transpose()
}

/// The keys of this computer's vault.
pub(super) async fn expect(home: &Home) -> Result<Kept> {
    find(home).await?.ok_or_else(locked)
}

pub(super) fn locked() -> AppError {
    AppError::config(
        ErrorCode::RecordsLocked,
        "the family records on this computer are locked",
        "`holdfast records unlock` opens them; it asks for the recovery code where the key is not here any more",
    )
}

/// Keeps the keys. In the environment they are kept already.
pub(super) async fn keep(home: &Home, keyring: &Keyring, device: Option<&DeviceKeys>) -> Result<()> {
    if let Some(text) = from_environment() {
        let same = read(&text, VARIABLE)?.keyring.to_bytes() == keyring.to_bytes();
        return if same { Ok(()) } else { Err(other_keyring()) };
    }
    let keys = StaticKeys { secret: Secret::new(digits(keyring, device).as_str()), token: None };
    home.secrets.set(&id(), &keys).await.map_err(no_keychain)
}

/// Keeps keys that follow those that are kept. A computer that has them in its environment finds the later ones in its
/// folder each time.
pub(super) async fn renew(home: &Home, keyring: &Keyring, device: Option<&DeviceKeys>) -> Result<()> {
    if from_environment().is_some() { Ok(()) } else { keep(home, keyring, device).await }
}

/// Takes the keys out of the keychain.
pub(super) async fn forget(home: &Home) -> Result<()> {
    if from_environment().is_some() {
        return Err(AppError::config(
            ErrorCode::BadParameter,
            format!("the keyring is in the environment ({VARIABLE}), not in the keychain"),
            "take the variable away; nothing was changed",
        ));
    }
    home.secrets.delete(&id()).await.map_err(no_keychain)
}

/// The keys for a computer without a keychain: the value of the variable.
pub(super) fn digits(keyring: &Keyring, device: Option<&DeviceKeys>) -> Zeroizing<String> {
    let mut text = Zeroizing::new(hex::encode(keyring.to_bytes().as_slice()));
    if let Some(device) = device {
        let own = Zeroizing::new(hex::encode(device.to_bytes().as_slice()));
        text = Zeroizing::new(format!("{}.{}", *text, *own));
    }
    text
}

pub(super) fn from_environment() -> Option<Zeroizing<String>> {
    std::env::var(VARIABLE).ok().filter(|value| !value.trim().is_empty()).map(Zeroizing::new)
}

fn read(text: &str, from: &str) -> Result<Kept> {
    let (keyring, device) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
    parse(keyring, device).ok_or_else(|| {
        AppError::config(
            ErrorCode::RecordsCode,
            format!("the keyring from {from} is not right"),
            "`holdfast records unlock` takes it anew from the recovery code; nothing was changed",
        )
    })
}

fn parse(keyring: &str, device: &str) -> Option<Kept> {
    let bytes = |text: &str| hex::decode(text).map(Zeroizing::new).ok();
    let keyring = Keyring::from_bytes(&bytes(keyring)?).ok()?;
    let device = match device {
        "" => None,
        text => Some(Arc::new(DeviceKeys::from_bytes(&bytes(text)?).ok()?)),
    };
    Some(Kept { keyring: Arc::new(keyring), device })
}

pub(super) fn other_keyring() -> AppError {
    AppError::config(
        ErrorCode::RecordsExist,
        "this computer has the keyring of another vault already",
        "nothing was changed; `holdfast records lock --forget` makes room for the other one (you need its recovery code to come back)",
    )
}

fn no_keychain(error: AppError) -> AppError {
    match error.code {
        ErrorCode::KeychainMissing | ErrorCode::KeychainLocked | ErrorCode::KeychainFailed => AppError {
            hint: format!("unlock the keychain, or hand the keyring in by the environment variable {VARIABLE}"),
            ..error
        },
        _ => error,
    }
}

#[cfg(test)]
mod tests {
    use rand::{SeedableRng, rngs::StdRng};

    use super::*;

    #[test]
    fn keys_are_read_as_they_were_written() {
        let random = &mut StdRng::seed_from_u64(1);
        let keyring = Keyring::create(random).unwrap();
        let device = DeviceKeys::generate([7; 16], random).unwrap();
        for own in [None, Some(&device)] {
            let read = read(&digits(&keyring, own), "here").unwrap();
            assert_eq!(read.keyring.to_bytes(), keyring.to_bytes());
            assert_eq!(read.device.map(|read| read.public()), own.map(|own| own.public()));
        }
        let whole = digits(&keyring, Some(&device));
        for wrong in ["", ".", &whole[1..], &whole[..whole.len() - 2], &format!("{}.00", &*whole)] {
            assert!(super::read(wrong, "here").is_err());
        }
    }
}
