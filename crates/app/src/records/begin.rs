//! A vault begins, a computer joins it with the recovery code, and a computer is locked.

use std::{path::PathBuf, sync::Arc};

use holdfast_backup::own::RECORDS;
use holdfast_crypto::vault::{DeviceKeys, Effort, RecoveryCode, Vault as Keyring};
use holdfast_journal::Reach;
use holdfast_records::{Error, Founding, Opening, Pulled, Uuid, Vault, layout::USERS, master_keys, open_master_keys};
use holdfast_storage::{ListRequest, prefix::PrefixStore};
use rand::{SeedableRng, rngs::StdRng};
use zeroize::Zeroizing;

use super::{
    RecordsSettings, VaultPlace, code,
    keys::{self, Kept},
    now,
    place::{Missing, Ready, keep_chosen, new_device_keys, open_chosen, open_place, opening, unlocked},
    turn::Turns,
};
use crate::{
    App, AppError, ErrorCode, Home, PlaceRef, Result,
    dto::records::{RecordsFounded, RecordsUnlocked},
    error::{Doing, shown},
    stores::OpenStore,
};

/// Where the keyring goes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum KeepKeyring {
    /// Into the keychain.
    #[default]
    InKeychain,
    /// Only into the answer, for a computer without a keychain.
    Shown,
}

/// What is asked of a computer that begins a vault or joins one.
#[derive(Debug, Default)]
pub struct Begin {
    /// Where the vault lies.
    pub place: VaultPlace,
    /// Who writes on this computer.
    pub author: Option<String>,
    /// Where the keyring goes.
    pub keyring: KeepKeyring,
}

impl Begin {
    /// Whether nothing was said but to begin as it was set.
    pub fn is_as_set(&self) -> bool {
        matches!(self, Self { place: VaultPlace::AsSet, author: None, keyring: KeepKeyring::InKeychain })
    }
}

/// What a computer forgets that is locked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Forget {
    /// Nothing: whoever uses this account opens the vault again without the code.
    #[default]
    Nothing,
    /// The keyring. Only the recovery code opens the vault here again.
    Keyring,
}

/// Begins a vault, and hands out its recovery code for this one time. Cut off anywhere it can be called again; the code of
/// the last call is the one that counts. The vault is not used before [`super::check_code`] has seen the code.
///
/// # Errors
/// `records_exist` when this computer has a vault, or others have theirs at the place and `another` is not wanted.
pub async fn init(app: &App, order: Begin, another: bool) -> Result<RecordsFounded> {
    let home = &app.home;
    let _turn = Turns::of(home).exchange().await?;
    let settings = home.records.load()?.settings;
    if settings.user_id.is_some() && settings.code_checked.is_some() {
        return Err(AppError::config(
            ErrorCode::RecordsExist,
            "this computer has family records already",
            "nothing was changed; `holdfast records status` says where they are",
        ));
    }
    if matches!(order.place, VaultPlace::AsSet) && settings.place().is_none() {
        return Err(no_place());
    }
    let begun = settings.user_id.clone();
    let keys = match kept(home, order.keyring).await? {
        // Keys that were changed since they were made have a vault somewhere, which is not this one.
        Some(kept) if kept.keyring.generation() > 1 && begun.as_ref() != Some(&kept.user()) => {
            return Err(keys::other_keyring());
        }
        Some(kept) => kept,
        None => {
            let keyring = Keyring::create(&mut StdRng::from_os_rng()).map_err(AppError::internal)?;
            Kept { keyring: Arc::new(keyring), device: None }
        }
    };
    let user = keys.user();
    let others = users(&open_chosen(home, &settings, &order.place, Missing::Made).await?).await?;
    if !another && others.iter().any(|other| *other != user) {
        return Err(AppError::config(
            ErrorCode::RecordsExist,
            "somebody keeps family records there already",
            "`holdfast records unlock` opens them with their recovery code; --another begins a second vault beside them",
        ));
    }
    let mut settings = keep_chosen(home, settings, order.place).await?;
    if order.keyring == KeepKeyring::InKeychain {
        keys::keep(home, &keys.keyring, keys.device.as_deref()).await?;
    }
    settings.user_id = Some(user.clone());
    settings.author = order.author.or(settings.author);
    settings.locked = false;
    save(home, &settings)?;
    let keyring = keys.keyring.clone();
    let (words, device) = found(app, &settings, keys, begun.as_deref() == Some(user.as_str())).await?;
    let shown = match order.keyring {
        KeepKeyring::Shown => Some(keys::digits(&keyring, Some(&device)).to_string()),
        KeepKeyring::InKeychain => {
            keys::keep(home, &keyring, Some(&device)).await?;
            None
        }
    };
    let location = open_place(home, &settings.expect_place()?).await?.location;
    Ok(RecordsFounded { location, user_id: user, code: words.to_string(), keyring: shown })
}

/// Writes what a vault begins with. One that an earlier call of this computer began gets a new code. Hands out the code and
/// this computer's own keys.
async fn found(
    app: &App,
    settings: &RecordsSettings,
    keys: Kept,
    was_begun: bool,
) -> Result<(Zeroizing<String>, Arc<DeviceKeys>)> {
    let (chosen, keyring, device) = (settings.expect_place()?, keys.keyring.clone(), keys.device.clone());
    let identity = keyring.identity().map_err(AppError::internal)?;
    let public_key = identity.public_key_blob().map_err(AppError::internal)?;
    let (code, master_key) = code::sealed(keyring.clone()).await?;
    let ready = opening(app, settings, &chosen, keys).await?;
    let (context, store, opening) = (ready.context(), ready.store.clone(), ready.opening);
    let founded = Vault::found(opening, &Founding { master_key: master_key.clone(), public_key }, now()).await;
    let id = match founded {
        Ok(vault) => vault.device(),
        Err(Error::VaultExists) if was_begun => {
            code::replace(&*store, &keyring, &master_key, &context).await?;
            let again = opening_of(app, settings, &chosen, keyring, device.clone()).await?;
            Vault::open(again, now()).map_err(|error| super::words::say(error, &context))?.device()
        }
        Err(error) => return Err(super::words::say(error, &context)),
    };
    let device = device.map_or_else(|| new_device_keys(id), Ok)?;
    Ok((code.words().map_err(AppError::internal)?, device))
}

async fn opening_of(
    app: &App,
    settings: &RecordsSettings,
    place: &PlaceRef,
    keyring: Arc<Keyring>,
    device: Option<Arc<DeviceKeys>>,
) -> Result<Opening> {
    Ok(opening(app, settings, place, Kept { keyring, device }).await?.opening)
}

/// Opens a vault on this computer from its recovery code (or enough shares of it, a line for each), and fetches everything.
/// Nothing on this computer is another before the code has opened the vault.
///
/// # Errors
/// `records_code` when the words are wrong, `records_nobody` when they open no vault there, `records_exist` when this
/// computer has another one.
pub async fn unlock(app: &App, order: Begin, words: &str, user: Option<&str>) -> Result<RecordsUnlocked> {
    let home = &app.home;
    let code = code::read(words)?;
    let _turn = Turns::of(home).exchange().await?;
    let settings = home.records.load()?.settings;
    let open = open_chosen(home, &settings, &order.place, Missing::Refused).await?;
    let keyring = Arc::new(by_code(&open, code, user).await?);
    let before = kept(home, order.keyring).await?;
    if before.as_ref().is_some_and(|kept| kept.keyring.user_id() != keyring.user_id()) {
        return Err(keys::other_keyring());
    }
    let in_keychain = order.keyring == KeepKeyring::InKeychain;
    let device = before.as_ref().and_then(|kept| kept.device.clone());
    if in_keychain {
        keys::keep(home, &keyring, device.as_deref()).await?;
    }
    let joined = join(app, settings, order, Kept { keyring, device }).await;
    if joined.is_err() && in_keychain {
        // What went wrong first is what is told.
        let _ = match before {
            None => keys::forget(home).await,
            Some(before) => keys::renew(home, &before.keyring, before.device.as_deref()).await,
        };
    }
    joined
}

async fn join(app: &App, settings: RecordsSettings, order: Begin, keys: Kept) -> Result<RecordsUnlocked> {
    let home = &app.home;
    let mut settings = keep_chosen(home, settings, order.place).await?;
    settings.user_id = Some(keys.user());
    settings.author = order.author.or(settings.author);
    settings.code_checked = Some(jiff::Timestamp::now().to_string());
    (settings.locked, settings.revoked) = (false, false);
    let keyring = keys.keyring.clone();
    let mut joined = Joined::to(app, &settings, keys).await?;
    let mut failures = joined.failures();
    if joined.vault.is_revoked(joined.vault.device()) {
        // Whoever has the code is let in again, as another computer: the one that was revoked stays so.
        let aside = joined.set_aside()?;
        joined = Joined::to(app, &settings, Kept { keyring: keyring.clone(), device: None }).await?;
        failures = joined.failures();
        failures.push(format!(
            "this computer had been revoked and goes on as another one; what it had not sent before stays, encrypted, in {}",
            shown(&aside.display().to_string())
        ));
    }
    if order.keyring == KeepKeyring::InKeychain {
        keys::keep(home, &keyring, Some(&joined.device)).await?;
    }
    save(home, &settings)?;
    let status = joined.vault.status()?;
    Ok(RecordsUnlocked {
        location: joined.location,
        user_id: keyring.user_id().to_string(),
        members: status.members as u64,
        records: status.records as u64,
        failures,
        keyring: (order.keyring == KeepKeyring::Shown)
            .then(|| keys::digits(joined.vault.keyring(), Some(&joined.device)).to_string()),
    })
}

/// A vault on a computer that joined it, and what came.
struct Joined {
    vault: Vault,
    device: Arc<DeviceKeys>,
    folder: PathBuf,
    location: String,
    pulled: Pulled,
}

impl Joined {
    async fn to(app: &App, settings: &RecordsSettings, keys: Kept) -> Result<Self> {
        let device = keys.device.clone();
        let ready = opening(app, settings, &settings.expect_place()?, keys).await?;
        let context = ready.context();
        let Ready { opening, open, .. } = ready;
        let folder = opening.folder.clone();
        let say = |error| super::words::say(error, &context);
        let mut vault = Vault::join(opening, now()).await.map_err(say)?;
        let device = device.map_or_else(|| new_device_keys(vault.device()), Ok)?;
        vault.use_device_keys(device.clone());
        let pulled = vault.pull(Reach::Everything, now()).await.map_err(say)?;
        Ok(Self { vault, device, folder, location: open.location, pulled })
    }

    fn failures(&self) -> Vec<String> {
        let unfetched = self.pulled.failures.iter().map(super::words::unfetched);
        unfetched.chain(self.pulled.log_failures.iter().cloned()).collect()
    }

    /// Moves what a revoked computer has out of the way.
    fn set_aside(self) -> Result<PathBuf> {
        let Self { vault, folder, .. } = self;
        drop(vault);
        let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let free = |number: &u32| !folder.with_file_name(format!("{name}-revoked-{number}")).exists();
        let number = (1..).find(free).unwrap_or(1);
        let aside = folder.with_file_name(format!("{name}-revoked-{number}"));
        std::fs::rename(&folder, &aside)
            .map_err(|error| AppError::io("moving what the revoked computer had", &folder, &error))?;
        Ok(aside)
    }
}

/// Opens the vault of this computer again where its keyring is still here. `None` where the recovery code is needed.
///
/// # Errors
/// `records_not_set_up`.
pub async fn reopen(app: &App) -> Result<Option<RecordsUnlocked>> {
    let home = &app.home;
    let settings = home.records.load()?.settings;
    settings.expect_place()?;
    let Some(user_id) = settings.user_id.filter(|_| settings.code_checked.is_some()) else { return Ok(None) };
    if kept(home, KeepKeyring::Shown).await?.is_none_or(|kept| kept.user() != user_id) {
        return Ok(None);
    }
    home.records.update(|kept| {
        kept.settings.locked = false;
        Ok(())
    })?;
    let open = unlocked(app).await?;
    let status = open.vault.status()?;
    Ok(Some(RecordsUnlocked {
        location: open.location,
        user_id,
        members: status.members as u64,
        records: status.records as u64,
        failures: Vec::new(),
        keyring: None,
    }))
}

/// The keyring that is here. A computer without a keychain has none but in its environment.
async fn kept(home: &Home, keep: KeepKeyring) -> Result<Option<Kept>> {
    match keys::find(home).await {
        Err(error) if keep == KeepKeyring::Shown && error.code == ErrorCode::KeychainMissing => Ok(None),
        found => found,
    }
}

/// Locks the vault on this computer for every window and command. What is here stays sealed.
///
/// # Errors
/// `records_not_set_up`; `bad_parameter` when the keyring is to be forgotten and is in the environment.
pub async fn lock(app: &App, forget: Forget) -> Result<()> {
    let home = &app.home;
    let place = home.records.load()?.settings.expect_place();
    if forget == Forget::Keyring {
        keys::forget(home).await?;
        if place.is_err() {
            return Ok(()); // there was nothing here but the keys of a vault elsewhere
        }
    }
    place?;
    home.records.update(|kept| {
        kept.settings.locked = true;
        Ok(())
    })
}

/// Sets after how many minutes without use a window locks; 0 for never.
///
/// # Errors
/// `records_not_set_up`.
pub fn set_lock_after(app: &App, minutes: u32) -> Result<()> {
    app.home.records.load()?.settings.expect_place()?;
    app.home.records.update(|kept| {
        kept.settings.lock_after_minutes = Some(minutes);
        Ok(())
    })
}

/// The vault that a code opens: every vault of the place is tried, or the one of this user.
async fn by_code(open: &OpenStore, code: RecoveryCode, user: Option<&str>) -> Result<Keyring> {
    let context = open.context(Doing::Download);
    let store = PrefixStore::wrap(open.store.clone(), RECORDS);
    let user = user.map(|text| text.trim().parse::<Uuid>().map_err(|_| nobody())).transpose()?;
    let say = |error| match error {
        Error::NoVault => nobody(),
        error => super::words::say(error, &context),
    };
    let sealed = master_keys(&*store, user).await.map_err(say)?;
    let work = tokio::task::spawn_blocking(move || open_master_keys(&code, &sealed));
    work.await.map_err(AppError::internal)?.map_err(|error| super::words::say(error, &context))
}

fn nobody() -> AppError {
    AppError::config(
        ErrorCode::RecordsNobody,
        "nobody keeps family records there",
        "the place may be another one; `holdfast records init` begins a vault",
    )
}

/// Public ids of everybody who has a vault at a place.
async fn users(open: &OpenStore) -> Result<Vec<String>> {
    let context = open.context(Doing::List);
    let store = PrefixStore::wrap(open.store.clone(), RECORDS);
    let mut request = ListRequest { prefix: USERS.into(), delimiter: Some("/".into()), ..ListRequest::default() };
    let mut found = Vec::new();
    loop {
        let page = store.list(&request).await.map_err(|error| AppError::from_storage(&error, &context))?;
        let name = |prefix: &String| Some(prefix.strip_prefix(USERS)?.trim_end_matches('/').to_owned());
        found.extend(page.prefixes.iter().filter_map(name));
        match page.continuation {
            None => return Ok(found),
            next => request.continuation = next,
        }
    }
}

pub(super) fn save(home: &Home, settings: &RecordsSettings) -> Result<()> {
    home.records.update(|kept| {
        kept.settings = settings.clone();
        Ok(())
    })
}

/// How much memory and time a guess costs whoever has the sealed master key.
pub(super) const EFFORT: Effort = Effort::FLOOR;

fn no_place() -> AppError {
    AppError::config(
        ErrorCode::RecordsNotSetUp,
        "the family records have no place yet",
        "name one: --this-computer, --profile NAME or --store URL",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{keychain::MemoryKeychain, paths::Paths};

    #[tokio::test]
    async fn changed_keys_of_another_vault_begin_none_and_can_be_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let paths = Paths::below(folder.path().join("config"), folder.path().join("data"));
        let app = App::new(Home::new(paths, Arc::new(MemoryKeychain::default())));
        let random = &mut StdRng::from_os_rng();
        let changed = Keyring::create(random).unwrap().rotated(random).unwrap();
        keys::keep(&app.home, &changed, None).await.unwrap();
        let order = || Begin {
            place: VaultPlace::Url { url: format!("file://{}/place", folder.path().display()), secret: None },
            ..Begin::default()
        };
        let refused = init(&app, order(), false).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::RecordsExist, "{refused}");
        let kept = keys::expect(&app.home).await.unwrap();
        assert_eq!(kept.keyring.to_bytes(), changed.to_bytes());
        lock(&app, Forget::Keyring).await.unwrap();
        assert!(keys::find(&app.home).await.unwrap().is_none());
        let founded = init(&app, order(), false).await.unwrap();
        assert_ne!(founded.user_id, changed.user_id().to_string());
    }
}
