//! A vault begins, a computer joins it with the recovery code, and a computer is locked.

use std::sync::Arc;

use holdfast_backup::own::RECORDS;
use holdfast_crypto::vault::{Effort, RecoveryCode, Vault as Keyring};
use holdfast_journal::Reach;
use holdfast_records::{Error, Founding, Vault, layout::USERS};
use holdfast_storage::{ListRequest, prefix::PrefixStore};
use rand::{SeedableRng, rngs::StdRng};
use zeroize::Zeroizing;

use super::{
    RecordsSettings, VaultPlace, code, keys, now,
    place::{Missing, Ready, keep_chosen, open_chosen, open_place, opening, unlocked},
    turn::Turns,
};
use crate::{
    App, AppError, ErrorCode, Home, Result,
    dto::records::{RecordsFounded, RecordsUnlocked},
    error::Doing,
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
    let keyring = match kept(home, order.keyring).await? {
        Some(kept) => kept,
        None => Keyring::create(&mut StdRng::from_os_rng()).map_err(AppError::internal)?,
    };
    let user = keyring.user_id().to_string();
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
        keys::keep(home, &keyring).await?;
    }
    settings.user_id = Some(user.clone());
    settings.author = order.author.or(settings.author);
    settings.locked = false;
    save(home, &settings)?;
    let shown = (order.keyring == KeepKeyring::Shown).then(|| keys::digits(&keyring).to_string());
    let words = found(app, &settings, Arc::new(keyring), begun.as_deref() == Some(user.as_str())).await?;
    let location = open_place(home, &settings.expect_place()?).await?.location;
    Ok(RecordsFounded { location, user_id: user, code: words.to_string(), keyring: shown })
}

/// Writes what a vault begins with. One that an earlier call of this computer began gets a new code.
async fn found(
    app: &App,
    settings: &RecordsSettings,
    keyring: Arc<Keyring>,
    was_begun: bool,
) -> Result<Zeroizing<String>> {
    let chosen = settings.expect_place()?;
    let identity = keyring.identity().map_err(AppError::internal)?;
    let public_key = identity.public_key_blob().map_err(AppError::internal)?;
    let (code, master_key) = code::sealed(keyring.clone()).await?;
    let ready = opening(app, settings, &chosen, keyring.clone()).await?;
    let (context, store, opening) = (ready.context(), ready.store.clone(), ready.opening);
    match Vault::found(opening, &Founding { master_key: master_key.clone(), public_key }, now()).await {
        Ok(_) => {}
        Err(Error::VaultExists) if was_begun => code::replace(&*store, &keyring, &master_key, &context).await?,
        Err(error) => return Err(super::words::say(error, &context)),
    }
    code.words().map_err(AppError::internal)
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
    if before.as_ref().is_some_and(|kept| kept.user_id() != keyring.user_id()) {
        return Err(keys::other_keyring());
    }
    let in_keychain = order.keyring == KeepKeyring::InKeychain;
    if in_keychain {
        keys::keep(home, &keyring).await?;
    }
    let joined = join(app, settings, order, keyring).await;
    if joined.is_err() && in_keychain && before.is_none() {
        // What went wrong first is what is told.
        let _ = keys::forget(home).await;
    }
    joined
}

async fn join(app: &App, settings: RecordsSettings, order: Begin, keyring: Arc<Keyring>) -> Result<RecordsUnlocked> {
    let mut settings = keep_chosen(&app.home, settings, order.place).await?;
    settings.user_id = Some(keyring.user_id().to_string());
    settings.author = order.author.or(settings.author);
    settings.code_checked = Some(jiff::Timestamp::now().to_string());
    settings.locked = false;
    let ready = opening(app, &settings, &settings.expect_place()?, keyring.clone()).await?;
    let context = ready.context();
    let Ready { opening, open, .. } = ready;
    let say = |error| super::words::say(error, &context);
    let mut vault = Vault::join(opening, now()).await.map_err(say)?;
    save(&app.home, &settings)?;
    let pulled = vault.pull(Reach::Everything, now()).await.map_err(say)?;
    let status = vault.status().map_err(say)?;
    Ok(RecordsUnlocked {
        location: open.location,
        user_id: keyring.user_id().to_string(),
        members: status.members as u64,
        records: status.records as u64,
        failures: pulled.failures.iter().map(super::words::unfetched).chain(pulled.log_failures).collect(),
        keyring: (order.keyring == KeepKeyring::Shown).then(|| keys::digits(&keyring).to_string()),
    })
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
    if kept(home, KeepKeyring::Shown).await?.is_none_or(|keyring| keyring.user_id().to_string() != user_id) {
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
async fn kept(home: &Home, keep: KeepKeyring) -> Result<Option<Keyring>> {
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
    home.records.load()?.settings.expect_place()?;
    if forget == Forget::Keyring {
        keys::forget(home).await?;
    }
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
    let users = match user {
        Some(user) => vec![user.to_owned()],
        None => users(open).await?,
    };
    let context = open.context(Doing::Download);
    let store = PrefixStore::wrap(open.store.clone(), RECORDS);
    let code = Arc::new(code);
    let mut refused = None;
    for user in users {
        let Some(blob) = code::read_blob(&*store, &user, &context).await? else { continue };
        match code::open(code.clone(), blob).await {
            Ok(keyring) if keyring.user_id().to_string() == user => return Ok(keyring),
            Ok(_) => refused = Some(code::damaged()),
            Err(error) => refused = Some(error),
        }
    }
    Err(refused.unwrap_or_else(|| {
        AppError::config(
            ErrorCode::RecordsNobody,
            "nobody keeps family records there",
            "the place may be another one; `holdfast records init` begins a vault",
        )
    }))
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
