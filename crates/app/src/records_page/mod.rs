//! Family records behind the window's page. A vault is opened for one piece of work and closed after it; while the page is
//! locked nothing is opened at all. It keeps nothing of a record.

mod change;
mod curtain;
mod files;
mod forms;
mod here;
mod look;
mod whole;

#[cfg(test)]
mod tests;

pub use change::{bring_back, delete, resolve, save};
pub use curtain::Curtain;
pub use files::{MOST_SHOWN, attach_bytes, attach_file, bytes, save_copy};
pub use forms::forms;
pub use here::{begin, check_code, here, lock, new_code, open, rest, set_lock_after, split_code, unlock, used};
pub use look::{emergency, member, record, search};
pub use whole::{export, import, sync, verify};

use crate::{App, Result, records::Unlocked};

/// The vault, while the page is not locked.
///
/// # Errors
/// `records_locked`, and those of opening it.
async fn vault(app: &App) -> Result<Unlocked> {
    app.records_page.pass(&app.home.records.load()?.settings)?;
    crate::records::unlocked(app).await
}
