//! The keyring of a vault: in the keychain, or in the environment where there is none.

use holdfast_crypto::vault::Vault as Keyring;
use holdfast_storage::{Secret, s3::StaticKeys};
use zeroize::Zeroizing;

use crate::{AppError, ErrorCode, Home, Result, keychain::SecretId};

/// Takes the place of the keychain: the keyring as hexadecimal digits.
pub const VARIABLE: &str = "HOLDFAST_RECORDS_KEYRING";

/// No profile can have this name, for its space.
fn id() -> SecretId {
    SecretId::new("family records", "keyring")
}

/// The keyring, where there is one.
pub(super) async fn find(home: &Home) -> Result<Option<Keyring>> {
    if let Some(text) = from_environment() {
        return read(&text, VARIABLE).map(Some);
    }
    let kept = home.secrets.get(&id()).await.map_err(no_keychain)?;
    kept.map(|kept| read(kept.secret.expose(), "the keychain")).transpose()
}

/// The keyring of this computer's vault.
pub(super) async fn expect(home: &Home) -> Result<Keyring> {
    find(home).await?.ok_or_else(locked)
}

pub(super) fn locked() -> AppError {
    AppError::config(
        ErrorCode::RecordsLocked,
        "the family records on this computer are locked",
        "`holdfast records unlock` opens them; it asks for the recovery code where the key is not here any more",
    )
}

/// Keeps the keyring. In the environment it is kept already.
pub(super) async fn keep(home: &Home, keyring: &Keyring) -> Result<()> {
    if let Some(text) = from_environment() {
        let same = read(&text, VARIABLE)?.to_bytes() == keyring.to_bytes();
        return if same { Ok(()) } else { Err(other_keyring()) };
    }
    let keys = StaticKeys { secret: Secret::new(digits(keyring).as_str()), token: None };
    home.secrets.set(&id(), &keys).await.map_err(no_keychain)
}

/// Takes the keyring out of the keychain.
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

/// The keyring for a computer without a keychain: the value of the variable.
pub(super) fn digits(keyring: &Keyring) -> Zeroizing<String> {
    Zeroizing::new(hex::encode(keyring.to_bytes().as_slice()))
}

pub(super) fn from_environment() -> Option<Zeroizing<String>> {
    std::env::var(VARIABLE).ok().filter(|value| !value.trim().is_empty()).map(Zeroizing::new)
}

fn read(text: &str, from: &str) -> Result<Keyring> {
    let bytes = hex::decode(text.trim()).map(Zeroizing::new).ok();
    bytes.and_then(|bytes| Keyring::from_bytes(&bytes).ok()).ok_or_else(|| {
        AppError::config(
            ErrorCode::RecordsCode,
            format!("the keyring from {from} is not right"),
            "`holdfast records unlock` takes it anew from the recovery code; nothing was changed",
        )
    })
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
