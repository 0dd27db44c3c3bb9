//! How the vault stands, and beginning, opening and locking it.

use super::Curtain;
use crate::{
    App, ErrorCode, Result, Secret,
    dto::{
        records::{RecordsFounded, RecordsUnlocked},
        records_page::{RecordsHere, RecordsOrder, RecordsState},
    },
    records::{self, Begin, Forget, KeepKeyring, LOCK_AFTER_MINUTES, VaultPlace},
};

/// How the vault stands. Makes no request.
pub async fn here(app: &App) -> Result<RecordsHere> {
    let status = match records::standing(app).await {
        Err(error) if error.code == ErrorCode::RecordsNotSetUp => return Ok(nothing(&app.records_page)),
        standing => standing?,
    };
    let open = status.unlocked && app.records_page.is_open(&app.home.records.load()?.settings);
    let state = match (status.user_id.is_some(), status.has_keyring, status.confirmed) {
        (false, ..) => RecordsState::None,
        (_, false, _) => RecordsState::NoKey,
        (.., false) => RecordsState::Unconfirmed,
        _ if open => RecordsState::Open,
        _ => RecordsState::Shut,
    };
    let known = RecordsHere {
        state,
        location: status.location.clone(),
        user_id: status.user_id.clone(),
        code_checked: status.code_checked.clone(),
        code_due: status.code_due,
        lock_after_minutes: status.lock_after_minutes,
        ..nothing(&app.records_page)
    };
    if state != RecordsState::Open {
        return Ok(known);
    }
    let vault = app.records_page.vault(app).await?;
    let status = vault.stands(status)?;
    Ok(RecordsHere {
        device: status.device,
        members: vault.members(),
        records: status.records,
        conflicts: status.conflicts,
        waiting: status.waiting.len() as u64,
        missing: status.missing,
        unread: status.unread,
        ..known
    })
}

fn nothing(curtain: &Curtain) -> RecordsHere {
    let (synced, problem) = curtain.last_sync();
    RecordsHere {
        state: RecordsState::None,
        location: String::new(),
        user_id: None,
        device: None,
        code_checked: None,
        code_due: false,
        members: Vec::new(),
        records: 0,
        conflicts: Vec::new(),
        waiting: 0,
        missing: 0,
        unread: Vec::new(),
        synced,
        problem,
        lock_after_minutes: LOCK_AFTER_MINUTES,
    }
}

/// Begins a vault, and hands out its recovery code for this one time.
pub async fn begin(app: &App, order: RecordsOrder) -> Result<RecordsFounded> {
    let another = order.another;
    records::init(app, begin_of(order), another).await
}

/// Opens a vault of another computer with its recovery code, or shares of it with one on each line.
pub async fn unlock(app: &App, order: RecordsOrder, words: &str) -> Result<RecordsUnlocked> {
    let unlocked = records::unlock(app, begin_of(order), words, None).await?;
    app.records_page.open();
    Ok(unlocked)
}

/// Sees whether the words open the vault. After a beginning this is what lets it be used.
pub async fn check_code(app: &App, words: &str) -> Result<()> {
    let begun = app.home.records.load()?.settings.code_checked.is_none();
    records::check_code(app, words).await?;
    if begun {
        app.records_page.open();
    }
    Ok(())
}

/// Makes another recovery code. It is to be typed back before the vault is used again.
pub async fn new_code(app: &App) -> Result<String> {
    let words = records::change_code(app).await?;
    app.records_page.shut().await;
    Ok(words.to_string())
}

/// Splits the code, which is typed for this, into shares of which `needed` give it back.
pub async fn split_code(app: &App, words: &str, needed: u8, count: u8) -> Result<Vec<String>> {
    let shares = records::split_code(app, words, needed, count).await?;
    Ok(shares.iter().map(|share| share.to_string()).collect())
}

/// Opens the page with the key that this computer has.
///
/// # Errors
/// `records_locked` when it has none, `records_unconfirmed`.
pub async fn open(app: &App) -> Result<()> {
    if app.home.records.load()?.settings.locked {
        records::reopen(app).await?;
    }
    app.records_page.open();
    let opened = app.records_page.vault(app).await.map(drop);
    if opened.is_err() {
        app.records_page.shut().await;
    }
    opened
}

/// Locks the vault for this window and every command. With `forget` the key leaves this computer too, and only the recovery
/// code opens it again.
pub async fn lock(app: &App, forget: bool) -> Result<()> {
    app.records_page.shut().await;
    records::lock(app, if forget { Forget::Keyring } else { Forget::Nothing }).await
}

/// Nobody was there for so long that the page shows nothing any more. Commands of this computer still may.
pub async fn rest(app: &App) {
    app.records_page.shut().await;
}

/// Somebody is there.
pub fn used(app: &App) -> Result<()> {
    app.records_page.touch(&app.home.records.load()?.settings);
    Ok(())
}

/// Sets after how many minutes without use the page locks itself; 0 for never.
pub fn set_lock_after(app: &App, minutes: u32) -> Result<()> {
    records::set_lock_after(app, minutes)
}

fn begin_of(order: RecordsOrder) -> Begin {
    let place = match (order.profile, order.url) {
        (Some(profile), _) => VaultPlace::Profile(profile),
        (None, Some(url)) => VaultPlace::Url { url, secret: order.secret.map(|text| Secret::new(text.as_str())) },
        (None, None) => VaultPlace::AsSet,
    };
    let author = order.author.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
    Begin { place, author, keyring: KeepKeyring::InKeychain }
}
