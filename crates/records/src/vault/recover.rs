//! The recovery code: sealing the keyring under it, and opening a vault where nothing else is left.

use bytes::Bytes;
use holdfast_crypto::{
    Error as CryptoError,
    vault::{Effort, MASTER_KEY, RecoveryCode, Vault as Keyring},
};
use holdfast_storage::{Key, ListRequest, ObjectStore};
use rand_core::CryptoRng;
use uuid::Uuid;

use super::{Founding, Vault};
use crate::{
    Error, Result,
    layout::{ObjectName, USERS},
    objects,
};

/// A keyring under somebody's recovery code, as it stands in a place.
#[derive(Debug, Clone)]
pub struct SealedMasterKey {
    /// In whose folder it stands, the bytes of the user id.
    pub user: Uuid,
    blob: Bytes,
}

impl Founding {
    /// Seals a new keyring under the recovery code that was shown and typed back. Costly (Argon2id): not for an async task.
    ///
    /// # Errors
    /// [`Error::WrongRecoveryCode`] when what was typed is not the code.
    pub fn seal(
        keyring: &Keyring,
        code: &RecoveryCode,
        typed: &RecoveryCode,
        effort: Effort,
        random: &mut dyn CryptoRng,
    ) -> Result<Self> {
        if !code.is(typed) {
            return Err(Error::WrongRecoveryCode);
        }
        let public_key = keyring.identity()?.public_key_blob()?;
        Ok(Self { master_key: code.seal(keyring, effort, random)?, public_key })
    }
}

/// The sealed keyrings of a place: of one user, or of everybody who has a folder there (one LIST per thousand users).
///
/// # Errors
/// [`Error::NoVault`] when there is none.
pub async fn master_keys(place: &dyn ObjectStore, user: Option<Uuid>) -> Result<Vec<SealedMasterKey>> {
    let users = match user {
        Some(user) => vec![user],
        None => all_users(place).await?,
    };
    let mut found = Vec::new();
    for user in users {
        let key = Key::new(format!("{USERS}{}/{MASTER_KEY}", user.as_simple()))?;
        found.extend(objects::read(place, &key).await?.map(|blob| SealedMasterKey { user, blob }));
    }
    if found.is_empty() { Err(Error::NoVault) } else { Ok(found) }
}

async fn all_users(place: &dyn ObjectStore) -> Result<Vec<Uuid>> {
    let mut request = ListRequest { prefix: USERS.into(), delimiter: Some("/".into()), ..ListRequest::default() };
    let mut users = Vec::new();
    loop {
        let page = place.list(&request).await?;
        let name = |prefix: &String| Uuid::try_parse(prefix.strip_prefix(USERS)?.strip_suffix('/')?).ok();
        users.extend(page.prefixes.iter().filter_map(name));
        request.continuation = page.continuation;
        if request.continuation.is_none() {
            return Ok(users);
        }
    }
}

/// The keyring that the code opens. One that does not open, or stands in another user's folder, stops no other. Costly
/// (Argon2id, for each): not for an async task.
///
/// # Errors
/// When the code opens none of them: what keeps this computer from trying; [`Error::DamagedMasterKey`] where one of them
/// cannot be what was written, as far as its header and its length tell; else [`Error::WrongRecoveryCode`].
pub fn open_master_keys(code: &RecoveryCode, sealed: &[SealedMasterKey]) -> Result<Keyring> {
    let (mut damaged, mut untried) = (None, None);
    for SealedMasterKey { user, blob } in sealed {
        if let Err(why) = RecoveryCode::look_at(blob) {
            damaged = damaged.or(Some(Error::DamagedMasterKey { user: *user, why }));
            continue;
        }
        match code.open(blob) {
            Ok(keyring) if Uuid::try_parse(keyring.user_id().as_str()) == Ok(*user) => return Ok(keyring),
            Err(why @ CryptoError::NoMemory { .. }) => untried = untried.or(Some(why.into())),
            Ok(_) | Err(_) => {}
        }
    }
    Err(untried.or(damaged).unwrap_or(Error::WrongRecoveryCode))
}

impl Vault {
    /// Puts another recovery code in the place of the former, which opens nothing any more from then on; whoever has kept
    /// the former blob and its code still opens that. `founding` is sealed anew by [`Founding::seal`].
    pub async fn change_recovery_code(&mut self, founding: &Founding) -> Result<()> {
        self.owners_work()?;
        let store = self.store.clone();
        objects::replace(&*store, &ObjectName::MasterKey.key()?, &founding.master_key).await
    }
}
