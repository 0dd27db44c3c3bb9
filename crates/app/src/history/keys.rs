//! The user's secret: in the keychain, or in the environment where there is none.

use holdfast_crypto::{HishtorySecret, UserSecret};
use holdfast_storage::{Secret, s3::StaticKeys};
use zeroize::Zeroizing;

use crate::{AppError, ErrorCode, Home, Result, keychain::SecretId};

/// Takes the place of the keychain.
pub(super) const VARIABLE: &str = "HOLDFAST_HISTORY_SECRET";

/// No profile can have this name, for its space.
fn id() -> SecretId {
    SecretId::new("shell history", "secret")
}

/// The secret, where there is one.
pub(super) async fn find(home: &Home) -> Result<Option<UserSecret>> {
    if let Some(words) = from_environment() {
        return UserSecret::from_words(&words).map(Some).map_err(|error| words_wrong(&error, VARIABLE));
    }
    let kept = home.secrets.get(&id()).await.map_err(no_keychain)?;
    let Some(kept) = kept else { return Ok(None) };
    UserSecret::from_words(kept.secret.expose()).map(Some).map_err(|error| words_wrong(&error, "the keychain"))
}

/// The secret of this computer's user.
pub(super) async fn expect(home: &Home) -> Result<UserSecret> {
    find(home).await?.ok_or_else(missing)
}

fn missing() -> AppError {
    AppError::config(
        ErrorCode::HistoryNotSetUp,
        "there is no history secret on this computer",
        "`holdfast sync init` makes one, or takes the one of another device with --secret-stdin",
    )
}

fn hishtory_id() -> SecretId {
    SecretId::new("shell history", "hishtory secret")
}

/// The secret for a hishtory server: any text. Where none was given, it is the words of this history.
pub(super) async fn find_hishtory(home: &Home) -> Result<Option<HishtorySecret>> {
    let text = match from_environment() {
        Some(text) => Some(text),
        None => match home.secrets.get(&hishtory_id()).await.map_err(no_keychain)? {
            Some(kept) => Some(Zeroizing::new(kept.secret.expose().to_owned())),
            None => find(home).await?.map(|secret| secret.words()).transpose().map_err(AppError::internal)?,
        },
    };
    text.map(HishtorySecret::new).transpose().map_err(AppError::internal)
}

/// The secret for a hishtory server.
pub(super) async fn expect_hishtory(home: &Home) -> Result<HishtorySecret> {
    find_hishtory(home).await?.ok_or_else(missing)
}

/// Keeps the secret of a hishtory server.
pub(super) async fn keep_hishtory(home: &Home, text: &str) -> Result<()> {
    if from_environment().is_some() {
        return Ok(());
    }
    let keys = StaticKeys { secret: Secret::new(text), token: None };
    home.secrets.set(&hishtory_id(), &keys).await.map_err(no_keychain)
}

/// Keeps the secret. In the environment it is kept already.
pub(super) async fn keep(home: &Home, secret: &UserSecret) -> Result<()> {
    if from_environment().is_some() {
        return Ok(());
    }
    let words = secret.words().map_err(AppError::internal)?;
    let keys = StaticKeys { secret: Secret::new(words.as_str()), token: None };
    home.secrets.set(&id(), &keys).await.map_err(no_keychain)
}

/// Takes the secret out of the keychain.
pub(super) async fn forget(home: &Home) -> Result<()> {
    home.secrets.delete(&hishtory_id()).await?;
    home.secrets.delete(&id()).await
}

pub(super) fn from_environment() -> Option<Zeroizing<String>> {
    std::env::var(VARIABLE).ok().filter(|value| !value.trim().is_empty()).map(Zeroizing::new)
}

/// What is wrong with the words, which are not repeated.
pub(super) fn words_wrong(error: &holdfast_crypto::Error, from: &str) -> AppError {
    AppError::config(
        ErrorCode::HistorySecretBad,
        format!("the history secret from {from} is not right: {error}"),
        "it is 24 words, in their order, as `holdfast history key show` prints them on a device that has it; nothing \
         was changed",
    )
}

fn no_keychain(error: AppError) -> AppError {
    match error.code {
        ErrorCode::KeychainMissing | ErrorCode::KeychainLocked | ErrorCode::KeychainFailed => AppError {
            hint: format!("unlock the keychain, or hand the 24 words in by the environment variable {VARIABLE}"),
            ..error
        },
        _ => error,
    }
}
