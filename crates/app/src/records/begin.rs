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
    RecordsSettings, VaultPlace, code, keys, now, place,
    place::{Ready, choose, open_place, opening},
    settings::not_set_up,
};
use crate::{
    App, AppError, ErrorCode, Home, Result,
    dto::records::{RecordsFounded, RecordsUnlocked},
    error::Doing,
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

/// Begins a vault, and hands out its recovery code for this one time. Cut off anywhere it can be called again; the code of
/// the last call is the one that counts. The vault is not used before [`super::check_code`] has seen the code.
///
/// # Errors
/// `records_exist` when this computer has a vault, or others have theirs at the place and `another` is not wanted.
pub async fn init(app: &App, order: Begin, another: bool) -> Result<RecordsFounded> {
    let home = &app.home;
    let settings = home.records.load()?.settings;
    if settings.user_id.is_some() && settings.code_checked.is_some() {
        return Err(AppError::config(
            ErrorCode::RecordsExist,
            "this computer has family records already",
            "nothing was changed; `holdfast records status` says where they are",
        ));
    }
    let begun = settings.user_id.clone();
    let mut settings = choose(home, settings, order.place).await?;
    let chosen = settings.expect_place().map_err(|_| no_place())?;
    let keyring = match kept(home, order.keyring).await? {
        Some(kept) => kept,
        None => Keyring::create(&mut StdRng::from_os_rng()).map_err(AppError::internal)?,
    };
    let user = keyring.user_id().to_string();
    let others = users(home, &chosen).await?;
    if !another && others.iter().any(|other| *other != user) {
        return Err(AppError::config(
            ErrorCode::RecordsExist,
            "somebody keeps family records there already",
            "`holdfast records unlock` opens them with their recovery code; --another begins a second vault beside them",
        ));
    }
    if order.keyring == KeepKeyring::InKeychain {
        keys::keep(home, &keyring).await?;
    }
    settings.user_id = Some(user.clone());
    settings.author = order.author.or(settings.author);
    save(home, &settings)?;
    let shown = (order.keyring == KeepKeyring::Shown).then(|| keys::digits(&keyring).to_string());
    let words = found(app, &settings, Arc::new(keyring), begun.as_deref() == Some(user.as_str())).await?;
    let location = open_place(home, &chosen).await?.location;
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
///
/// # Errors
/// `records_code` when the words are wrong, `records_nobody` when they open no vault there, `records_exist` when this
/// computer has another one.
pub async fn unlock(app: &App, order: Begin, words: &str, user: Option<&str>) -> Result<RecordsUnlocked> {
    let home = &app.home;
    let code = code::read(words)?;
    let settings = home.records.load()?.settings;
    let mut settings = choose(home, settings, order.place).await?;
    let chosen = settings.expect_place().map_err(|_| not_set_up())?;
    let keyring = by_code(home, &chosen, code, user).await?;
    let other = kept(home, order.keyring).await?.is_some_and(|kept| kept.user_id() != keyring.user_id());
    if other {
        return Err(keys::other_keyring());
    }
    let shown = (order.keyring == KeepKeyring::Shown).then(|| keys::digits(&keyring).to_string());
    settings.user_id = Some(keyring.user_id().to_string());
    settings.author = order.author.or(settings.author);
    settings.code_checked = Some(jiff::Timestamp::now().to_string());
    let keyring = Arc::new(keyring);
    let ready = opening(app, &settings, &chosen, keyring.clone()).await?;
    let context = ready.context();
    let Ready { opening, open, turn, .. } = ready;
    let say = |error| super::words::say(error, &context);
    let mut vault = Vault::join(opening, now()).await.map_err(say)?;
    if order.keyring == KeepKeyring::InKeychain {
        keys::keep(home, &keyring).await?;
    }
    save(home, &settings)?;
    let pulled = vault.pull(Reach::Everything, now()).await.map_err(say)?;
    let status = vault.status().map_err(say)?;
    drop((vault, turn));
    Ok(RecordsUnlocked {
        location: open.location,
        user_id: keyring.user_id().to_string(),
        members: status.members as u64,
        records: status.records as u64,
        failures: pulled.failures.iter().map(super::words::unfetched).chain(pulled.log_failures).collect(),
        keyring: shown,
    })
}

/// The keyring that is here. A computer without a keychain has none but in its environment.
async fn kept(home: &Home, keep: KeepKeyring) -> Result<Option<Keyring>> {
    match keys::find(home).await {
        Err(error) if keep == KeepKeyring::Shown && error.code == ErrorCode::KeychainMissing => Ok(None),
        found => found,
    }
}

/// Takes the keyring out of this computer's keychain. What is here stays sealed; the recovery code opens it again.
pub async fn lock(home: &Home) -> Result<()> {
    home.records.load()?.settings.expect_place()?;
    keys::forget(home).await
}

/// The vault that a code opens: every vault of the place is tried, or the one of this user.
async fn by_code(home: &Home, chosen: &crate::PlaceRef, code: RecoveryCode, user: Option<&str>) -> Result<Keyring> {
    let users = match user {
        Some(user) => vec![user.to_owned()],
        None => users(home, chosen).await?,
    };
    let open = open_place(home, chosen).await?;
    let context = open.context(Doing::Download);
    let store = PrefixStore::wrap(open.store, RECORDS);
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
pub(super) async fn users(home: &Home, chosen: &crate::PlaceRef) -> Result<Vec<String>> {
    let open = place::open_place(home, chosen).await?;
    let context = open.context(Doing::List);
    let store = PrefixStore::wrap(open.store, RECORDS);
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
