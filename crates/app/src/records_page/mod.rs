//! Family records behind the window's page. The vault is opened when the page is, stays in memory for as long, and is brought
//! up to date with what others of this computer wrote at each look. While the page is locked nothing is opened.

mod change;
mod curtain;
mod files;
mod forms;
mod here;
mod look;
mod sharing;
mod whole;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_sharing;

pub use change::{bring_back, bring_back_member, delete, former_members, remove_member, resolve, save};
pub use curtain::Curtain;
pub use files::{MOST_SHOWN, attach_bytes, attach_file, bytes, save_copy};
pub use forms::forms;
pub use here::{begin, check_code, here, lock, new_code, open, rest, set_lock_after, split_code, unlock, used};
pub use look::{emergency, member, record, search};
pub use sharing::{
    accept, add_person, find_person, give, let_go, place_person, reseal, revoke, revoke_device, sharing, would_keep,
};
pub use whole::{export, import, stop_sync, sync, verify};

use tokio::sync::MappedMutexGuard;

use crate::{App, Result, records::Unlocked};

/// The vault that the page looks at, for work that waits for nobody.
///
/// # Errors
/// `records_locked`, and those of opening it.
async fn vault(app: &App) -> Result<MappedMutexGuard<'_, Unlocked>> {
    app.records_page.vault(app).await
}

/// The vault, opened once more for work that takes its time: the page goes on meanwhile.
async fn apart(app: &App) -> Result<Unlocked> {
    app.records_page.pass(&app.home.records.load()?.settings)?;
    Box::pin(crate::records::unlocked(app)).await
}
