//! Secrets live in the system's keychain and nowhere else. This module never writes one to a file of ours.
//!
//! One entry per profile and access key id: service `holdfast`, user `<profile>/<access key id>`. Its value is a small
//! JSON object, `{"secret": "…", "token": "…"}` (token only for temporary keys), so that a secret and its token cannot
//! be torn apart. The key id is in the entry's name, and in the profile.

use std::{
    collections::BTreeMap,
    fmt::Debug,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use async_trait::async_trait;
use holdfast_storage::{Secret, s3::StaticKeys};
use keyring::v1::{Entry, Error as KeyringError};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

use crate::{
    AppError, ErrorCode as Code, ErrorKind as Kind, Result,
    error::{CREDENTIAL_CHOICES, shown},
    stores::KEY_VARIABLE,
};

/// The service all entries belong to.
pub const SERVICE: &str = "holdfast";

/// A person has so long to unlock the keychain when the system asks for it; then the run says that it is locked.
const ANSWER_WITHIN: Duration = Duration::from_secs(120);

/// One press opens a place several times over: whoever refused is not asked for each of them.
const NO_MEANS_NO: Duration = Duration::from_secs(5);

/// Which secret.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SecretId {
    /// Name of the profile.
    pub profile: String,
    /// Access key id.
    pub access_key_id: String,
}

impl SecretId {
    /// The secret of a profile's key.
    pub fn new(profile: &str, access_key_id: &str) -> Self {
        Self { profile: profile.to_owned(), access_key_id: access_key_id.to_owned() }
    }

    /// As the keychain names it.
    pub fn user(&self) -> String {
        format!("{}/{}", self.profile, self.access_key_id)
    }
}

/// A place for secrets.
#[async_trait]
pub trait SecretStore: Debug + Send + Sync + 'static {
    /// The keys, or `None` when there is no entry. A locked keychain may look like one without entries.
    async fn get(&self, id: &SecretId) -> Result<Option<StaticKeys>>;
    /// Keeps the keys, in place of what was there.
    async fn set(&self, id: &SecretId, keys: &StaticKeys) -> Result<()>;
    /// Removes the entry. No error when there is none.
    async fn delete(&self, id: &SecretId) -> Result<()>;
}

/// The value of an entry. Only ever between memory and the keychain.
#[derive(Serialize, Deserialize)]
struct Value {
    secret: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    token: Option<String>,
}

impl Drop for Value {
    fn drop(&mut self) {
        self.secret.zeroize();
        self.token.zeroize();
    }
}

fn to_bytes(keys: &StaticKeys) -> Result<Zeroizing<Vec<u8>>> {
    let token = keys.token.as_ref().map(|token| token.expose().to_owned());
    let value = Value { secret: keys.secret.expose().to_owned(), token };
    // The error would quote the value.
    serde_json::to_vec(&value).map(Zeroizing::new).map_err(|_| AppError::internal("keys could not be written as JSON"))
}

fn from_bytes(bytes: &[u8]) -> Result<StaticKeys> {
    let value: Value = serde_json::from_slice(bytes).map_err(|_| foreign_entry())?;
    Ok(StaticKeys { secret: Secret::new(value.secret.as_str()), token: value.token.as_deref().map(Secret::new) })
}

/// The system's: Secret Service on Linux, Keychain on macOS, Credential Manager on Windows.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemKeychain;

impl SystemKeychain {
    /// Whether there is a keychain at all. On Linux, one that was missing at the first call stays missing.
    pub async fn status(&self) -> Result<()> {
        blocking(|| Entry::store_status().as_ref().map(drop).map_err(|_| missing())).await
    }
}

#[async_trait]
impl SecretStore for SystemKeychain {
    async fn get(&self, id: &SecretId) -> Result<Option<StaticKeys>> {
        let user = id.user();
        let found = blocking(move || match Entry::new(SERVICE, &user).and_then(|entry| entry.get_secret()) {
            Ok(bytes) => Ok(Some(Zeroizing::new(bytes))),
            Err(KeyringError::NoEntry) => Ok(None),
            Err(error) => Err(said(&error)),
        });
        found.await?.map(|bytes| from_bytes(&bytes)).transpose()
    }

    async fn set(&self, id: &SecretId, keys: &StaticKeys) -> Result<()> {
        let (user, bytes) = (id.user(), to_bytes(keys)?);
        let call = move || Entry::new(SERVICE, &user).and_then(|entry| entry.set_secret(&bytes));
        blocking(move || call().map_err(|error| said(&error))).await
    }

    async fn delete(&self, id: &SecretId) -> Result<()> {
        let user = id.user();
        blocking(move || match Entry::new(SERVICE, &user).and_then(|entry| entry.delete_credential()) {
            Ok(()) | Err(KeyringError::NoEntry) => Ok(()),
            Err(error) => Err(said(&error)),
        })
        .await
    }
}

/// The keychain may ask a person to unlock it: never on a thread that others wait for, and not without end.
async fn blocking<T: Send + 'static>(call: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    static ASKING: Asking = Asking::new();
    patient(ANSWER_WITHIN, &ASKING, is_locked, call).await
}

/// What is known of the questions on the screen.
struct Asking {
    /// Questions that nobody answered in time. They are still there.
    unanswered: AtomicUsize,
    /// When a person last said no.
    refused: Mutex<Option<Instant>>,
}

impl Asking {
    const fn new() -> Self {
        Self { unanswered: AtomicUsize::new(0), refused: Mutex::new(None) }
    }

    /// Whether one more question would only repeat one.
    fn is_repeated(&self) -> bool {
        let refused = *self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        self.unanswered.load(Ordering::SeqCst) > 0 || refused.is_some_and(|at| at.elapsed() < NO_MEANS_NO)
    }

    fn refuse(&self) {
        *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }
}

/// Waits so long for a call. While the question of an earlier one is on the screen or was just refused, a keychain that is
/// still locked is not asked a second time.
async fn patient<T: Send + 'static>(
    limit: Duration,
    asking: &'static Asking,
    is_locked: impl FnOnce() -> bool + Send + 'static,
    call: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let mut work = tokio::task::spawn_blocking(move || {
        if asking.is_repeated() && is_locked() {
            return Err(locked());
        }
        call().inspect_err(|error| {
            if error.code == Code::KeychainLocked {
                asking.refuse()
            }
        })
    });
    match tokio::time::timeout(limit, &mut work).await {
        Ok(done) => done.map_err(|_| AppError::internal("the keychain's thread ended"))?,
        Err(_) => {
            asking.unanswered.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(async move {
                let _answered_too_late = work.await;
                asking.unanswered.fetch_sub(1, Ordering::SeqCst);
            });
            Err(locked())
        }
    }
}

/// Whether the keychain is locked, without asking anybody to unlock it.
#[cfg(target_os = "linux")]
fn is_locked() -> bool {
    const DEFAULT: &str = "/org/freedesktop/secrets/aliases/default";
    let ask = || -> zbus::Result<bool> {
        let bus = zbus::blocking::Connection::session()?;
        let collection = "org.freedesktop.Secret.Collection";
        zbus::blocking::Proxy::new(&bus, "org.freedesktop.secrets", DEFAULT, collection)?.get_property("Locked")
    };
    ask().unwrap_or(true)
}

/// Elsewhere the system itself puts an end to its question.
#[cfg(not(target_os = "linux"))]
fn is_locked() -> bool {
    false
}

/// Only the platform's own words go into a message, never an error's content: some variants carry the value.
fn said(error: &KeyringError) -> AppError {
    match error {
        KeyringError::NoDefaultStore | KeyringError::NotSupportedByStore(_) => missing(),
        KeyringError::NoStorageAccess(_) => locked(),
        KeyringError::TooLong(_, limit) => failed(format!("the keys are longer than its limit of {limit}")),
        KeyringError::BadEncoding(_) | KeyringError::BadDataFormat(..) => foreign_entry(),
        KeyringError::PlatformFailure(why) => failed(shown(&why.to_string())),
        KeyringError::Ambiguous(_) => failed("there is more than one entry for this key".into()),
        _ => failed("it refused the entry".into()),
    }
}

fn missing() -> AppError {
    AppError::new(
        Kind::ConfigError,
        Code::KeychainMissing,
        "this system has no keychain that Holdfast can reach",
        format!(
            "{CREDENTIAL_CHOICES}; or start a keychain (on Linux: GNOME Keyring, KWallet or KeePassXC) and Holdfast anew"
        ),
    )
}

fn locked() -> AppError {
    AppError::new(
        Kind::ConfigError,
        Code::KeychainLocked,
        "the keychain is locked",
        format!("unlock it and try again; or {CREDENTIAL_CHOICES}"),
    )
    .retryable(true)
}

fn failed(why: String) -> AppError {
    AppError::new(
        Kind::ConfigError,
        Code::KeychainFailed,
        format!("the keychain failed: {why}"),
        format!("open your keychain's own program and look; or {CREDENTIAL_CHOICES}"),
    )
}

fn foreign_entry() -> AppError {
    let hint = format!("enter the key anew, or remove the entry of {SERVICE} in your keychain's own program");
    AppError::new(Kind::ConfigError, Code::KeychainFailed, "the keychain's entry is not one of Holdfast", hint)
}

/// There is no entry for a key that a profile needs.
pub fn no_secret(id: &SecretId) -> AppError {
    AppError::new(
        Kind::InvalidCredentials,
        Code::NoSecret,
        format!(
            "the keychain holds no secret for the key “{}” of the profile “{}”",
            shown(&id.access_key_id),
            id.profile
        ),
        format!("unlock the keychain if it is locked, or enter the key anew; or {CREDENTIAL_CHOICES}"),
    )
}

/// The keychain has no key for a gateway.
pub fn no_gateway_key(profile: &str) -> AppError {
    AppError::new(
        Kind::InvalidCredentials,
        Code::NoSecret,
        format!("the keychain holds no key for the gateway of the profile “{profile}”"),
        format!(
            "unlock the keychain if it is locked, or enter the key anew; or give it in the environment ({KEY_VARIABLE})"
        ),
    )
}

/// In memory, for tests. Can be told to fail.
#[derive(Debug, Default)]
pub struct MemoryKeychain {
    entries: Mutex<BTreeMap<SecretId, StaticKeys>>,
    failing: Mutex<Option<AppError>>,
}

impl MemoryKeychain {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// From now on every call fails with this, until `None`.
    pub fn fail_with(&self, error: Option<AppError>) {
        *self.failing.lock().unwrap_or_else(PoisonError::into_inner) = error;
    }

    /// Which entries there are.
    pub fn ids(&self) -> Vec<SecretId> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect()
    }

    fn check(&self) -> Result<()> {
        self.failing.lock().unwrap_or_else(PoisonError::into_inner).clone().map_or(Ok(()), Err)
    }
}

#[async_trait]
impl SecretStore for MemoryKeychain {
    async fn get(&self, id: &SecretId) -> Result<Option<StaticKeys>> {
        self.check()?;
        Ok(self.entries.lock().unwrap_or_else(PoisonError::into_inner).get(id).cloned())
    }

    async fn set(&self, id: &SecretId, keys: &StaticKeys) -> Result<()> {
        self.check()?;
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone(), keys.clone());
        Ok(())
    }

    async fn delete(&self, id: &SecretId) -> Result<()> {
        self.check()?;
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "wJalr-VERYSECRET";

    fn keys(token: Option<&str>) -> StaticKeys {
        StaticKeys { secret: Secret::new(SECRET), token: token.map(Secret::new) }
    }

    #[test]
    fn a_secret_and_its_token_stay_together() {
        for token in [None, Some("T0KEN")] {
            let back = from_bytes(&to_bytes(&keys(token)).unwrap()).unwrap();
            assert_eq!(back.secret.expose(), SECRET);
            assert_eq!(back.token.as_ref().map(Secret::expose), token);
        }
    }

    #[test]
    fn each_keychain_fault_has_its_code_and_names_the_choices_and_no_content() {
        let boxed = || std::io::Error::other("the daemon is gone").into();
        for (error, code) in [
            (KeyringError::NoDefaultStore, Code::KeychainMissing),
            (KeyringError::NoStorageAccess(boxed()), Code::KeychainLocked),
            (KeyringError::PlatformFailure(boxed()), Code::KeychainFailed),
            (KeyringError::BadEncoding(SECRET.as_bytes().to_vec()), Code::KeychainFailed),
            (KeyringError::BadDataFormat(SECRET.as_bytes().to_vec(), boxed()), Code::KeychainFailed),
            (KeyringError::TooLong("secret".into(), 2560), Code::KeychainFailed),
        ] {
            let said = said(&error);
            assert_eq!(said.code, code, "{error:?}");
            assert!(!format!("{said:?}").contains(SECRET), "{said:?}");
        }
        for error in [missing(), locked(), no_secret(&SecretId::new("p", "AK"))] {
            assert!(error.hint.contains("AWS_ACCESS_KEY_ID") && error.hint.contains("profile="), "{error:?}");
        }
        assert!(!format!("{:?}", from_bytes(SECRET.as_bytes()).unwrap_err()).contains(SECRET));
    }

    #[tokio::test]
    async fn a_keychain_that_nobody_unlocks_is_told_locked_and_asked_once() {
        static ASKING: Asking = Asking::new();
        let (answer, question) = std::sync::mpsc::channel::<()>();
        let waits = move || question.recv().map_err(AppError::internal);
        let soon = Duration::from_millis(20);
        let told = patient(soon, &ASKING, || true, waits).await.unwrap_err();
        assert_eq!(told.code, Code::KeychainLocked);

        let never = || -> Result<()> { panic!("it was asked a second time") };
        let again = patient(ANSWER_WITHIN, &ASKING, || true, never).await.unwrap_err();
        assert_eq!(again.code, Code::KeychainLocked);
        assert_eq!(patient(ANSWER_WITHIN, &ASKING, || false, || Ok(7)).await.unwrap(), 7, "unlocked elsewhere");

        answer.send(()).unwrap();
        while ASKING.unanswered.load(Ordering::SeqCst) > 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(patient(ANSWER_WITHIN, &ASKING, || true, || Ok(8)).await.unwrap(), 8);
    }

    #[tokio::test]
    async fn who_refused_is_not_asked_again_at_once() {
        static ASKING: Asking = Asking::new();
        let told = patient(ANSWER_WITHIN, &ASKING, || true, || Err::<(), _>(locked())).await.unwrap_err();
        assert_eq!(told.code, Code::KeychainLocked);
        let never = || -> Result<()> { panic!("it was asked a second time") };
        let again = patient(ANSWER_WITHIN, &ASKING, || true, never).await.unwrap_err();
        assert_eq!(again.code, Code::KeychainLocked);
        assert_eq!(patient(ANSWER_WITHIN, &ASKING, || false, || Ok(7)).await.unwrap(), 7, "unlocked elsewhere");
    }

    /// Needs a session bus with an unlocked keychain: run with `HOLDFAST_TEST_KEYCHAIN=1`.
    #[tokio::test]
    async fn the_systems_keychain_keeps_gives_back_and_forgets_a_secret() {
        if std::env::var_os("HOLDFAST_TEST_KEYCHAIN").is_none_or(|v| v != "1") {
            return;
        }
        let id = SecretId::new("keychain-test", &format!("AK{}", uuid::Uuid::new_v4().simple()));
        SystemKeychain.status().await.unwrap();
        assert!(SystemKeychain.get(&id).await.unwrap().is_none());
        SystemKeychain.set(&id, &keys(Some("T0KEN"))).await.unwrap();
        let back = SystemKeychain.get(&id).await.unwrap().unwrap();
        assert_eq!((back.secret.expose(), back.token.unwrap().expose()), (SECRET, "T0KEN"));
        SystemKeychain.delete(&id).await.unwrap();
        SystemKeychain.delete(&id).await.unwrap();
        assert!(SystemKeychain.get(&id).await.unwrap().is_none());
    }
}
