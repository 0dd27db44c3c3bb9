//! The recovery code: sealing the keyring under it, typing it back, another one, and shares for relatives.

use std::sync::Arc;

use bytes::Bytes;
use holdfast_backup::own::RECORDS;
use holdfast_crypto::vault::{MASTER_KEY, RecoveryCode, SHARE_WORDS, Share, Vault as Keyring};
use holdfast_records::layout::USERS;
use holdfast_storage::{Body, Key, ObjectStore, ReadOptions, WriteOptions, body::collect, prefix::PrefixStore};
use rand::{SeedableRng, rngs::StdRng};
use zeroize::Zeroizing;

use super::{
    begin::{EFFORT, save},
    keys,
    place::open_place,
    settings::not_set_up,
};
use crate::{App, AppError, ErrorCode, Result, error::Context, error::Doing};

/// Longer than any `master-key.blob`.
const MAX_BLOB: u64 = 4 << 20;

/// The code, or enough shares of it with one on each line.
pub(super) fn read(words: &str) -> Result<RecoveryCode> {
    let lines: Vec<&str> = words.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let are_shares = lines.first().is_some_and(|line| line.split_whitespace().count() == SHARE_WORDS);
    if !are_shares {
        return RecoveryCode::from_words(words).map_err(|error| words_wrong(&error));
    }
    let shares: Result<Vec<Share>, _> = lines.iter().map(|line| Share::from_words(line)).collect();
    shares.and_then(|shares| RecoveryCode::combine(&shares)).map_err(|error| words_wrong(&error))
}

/// A new code, and the keyring sealed under it. Takes about a second.
pub(super) async fn sealed(keyring: Arc<Keyring>) -> Result<(RecoveryCode, Vec<u8>)> {
    let work = tokio::task::spawn_blocking(move || {
        let random = &mut StdRng::from_os_rng();
        let code = RecoveryCode::generate(random);
        let blob = code.seal(&keyring, EFFORT, random)?;
        Ok::<_, holdfast_crypto::Error>((code, blob))
    });
    work.await.map_err(AppError::internal)?.map_err(|error| words_wrong(&error))
}

/// Opens a master key blob. Takes about a second.
pub(super) async fn open(code: Arc<RecoveryCode>, blob: Bytes) -> Result<Keyring> {
    let work = tokio::task::spawn_blocking(move || code.open(&blob));
    work.await.map_err(AppError::internal)?.map_err(|error| words_wrong(&error))
}

fn key(user: &str) -> Result<Key> {
    Key::new(format!("{USERS}{user}/{MASTER_KEY}")).map_err(|_| not_set_up())
}

/// A user's master key blob, where there is one.
pub(super) async fn read_blob(store: &dyn ObjectStore, user: &str, context: &Context) -> Result<Option<Bytes>> {
    let say = |error: &holdfast_storage::Error| AppError::from_storage(error, context);
    let got = match store.get(&key(user)?, &ReadOptions::default()).await {
        Ok(got) => got,
        Err(error) if error.is_not_found() => return Ok(None),
        Err(error) => return Err(say(&error)),
    };
    if got.meta.size > MAX_BLOB {
        return Err(damaged());
    }
    collect(got.body).await.map(Some).map_err(|error| say(&error))
}

/// Puts another master key blob in the place of the one that is there.
pub(super) async fn replace(store: &dyn ObjectStore, keyring: &Keyring, blob: &[u8], context: &Context) -> Result<()> {
    let body = Body::bytes(Bytes::copy_from_slice(blob)).with_sha256(holdfast_crypto::sha256(blob));
    let options = WriteOptions { content_type: Some("application/octet-stream".into()), ..WriteOptions::default() };
    let put = store.put(&key(&keyring.user_id().to_string())?, body, &options).await;
    put.map(drop).map_err(|error| AppError::from_storage(&error, context))
}

/// Sees whether the words open the vault of this computer, and remembers when.
///
/// # Errors
/// `records_code`.
pub async fn check_code(app: &App, words: &str) -> Result<()> {
    let code = read(words)?;
    opens(app, code).await.map(drop)
}

/// Makes another code. The former one opens nothing any more; the new one is to be typed back before the vault is used.
pub async fn change_code(app: &App) -> Result<Zeroizing<String>> {
    let mut settings = app.home.records.load()?.settings;
    let place = settings.expect_place()?;
    if settings.locked {
        return Err(keys::locked());
    }
    let keyring = Arc::new(keys::expect(&app.home).await?);
    if settings.user_id.as_deref() != Some(keyring.user_id().to_string().as_str()) {
        return Err(keys::other_keyring());
    }
    let (code, blob) = sealed(keyring.clone()).await?;
    let open = open_place(&app.home, &place).await?;
    let context = open.context(Doing::Upload);
    let store = PrefixStore::wrap(open.store, RECORDS);
    settings.code_checked = None;
    save(&app.home, &settings)?;
    replace(&*store, &keyring, &blob, &context).await?;
    code.words().map_err(AppError::internal)
}

/// Splits the code, which is typed for this, into shares of which `needed` give it back.
///
/// # Errors
/// `records_code`, `bad_parameter` for numbers that cannot be.
pub async fn split_code(app: &App, words: &str, needed: u8, count: u8) -> Result<Vec<Zeroizing<String>>> {
    let code = opens(app, read(words)?).await?;
    let shares = code.split(needed, count, &mut StdRng::from_os_rng());
    let shares = shares.map_err(|error| {
        AppError::config(ErrorCode::BadParameter, error.to_string(), "choose for example 2 of 3 or 3 of 5")
    })?;
    Ok(shares.iter().map(Share::words).collect())
}

async fn opens(app: &App, code: RecoveryCode) -> Result<Arc<RecoveryCode>> {
    let mut settings = app.home.records.load()?.settings;
    let (place, user) = (settings.expect_place()?, settings.user_id.clone().ok_or_else(not_set_up)?);
    let open_store = open_place(&app.home, &place).await?;
    let context = open_store.context(Doing::Download);
    let store = PrefixStore::wrap(open_store.store, RECORDS);
    let blob = read_blob(&*store, &user, &context).await?.ok_or_else(no_blob)?;
    let code = Arc::new(code);
    let keyring = open(code.clone(), blob).await?;
    if keyring.user_id().to_string() != user {
        return Err(damaged());
    }
    settings.code_checked = Some(jiff::Timestamp::now().to_string());
    save(&app.home, &settings)?;
    Ok(code)
}

fn no_blob() -> AppError {
    AppError::config(
        ErrorCode::RecordsDamaged,
        "the place does not have what the recovery code opens (master-key.blob)",
        "`holdfast records recovery-code change` writes it anew, under another code",
    )
}

pub(super) fn damaged() -> AppError {
    AppError::config(
        ErrorCode::RecordsDamaged,
        "what the recovery code opens (master-key.blob) is damaged or of another vault",
        "`holdfast records recovery-code change` on a computer that is unlocked writes it anew, under another code",
    )
}

/// What is wrong with the words, which are not repeated.
fn words_wrong(error: &holdfast_crypto::Error) -> AppError {
    use holdfast_crypto::Error as E;
    match error {
        E::WeakEffort { .. } | E::ExcessiveEffort { .. } | E::UnknownFormat | E::CutShort { .. } => damaged(),
        E::NoMemory { .. } => {
            AppError::config(ErrorCode::RecordsCode, error.to_string(), "close other programs and try again")
        }
        _ => AppError::config(
            ErrorCode::RecordsCode,
            format!("the recovery code is not right: {error}"),
            "it is 24 words, in their order, as they were shown when it was made (a share of it is 33 words, each on a \
             line of its own); nothing was changed",
        ),
    }
}
