//! The computers of a vault: which there are, and shutting out one that is lost.

use holdfast_crypto::vault::RecoveryCode;
use holdfast_records::{Error, Founding, Uuid};
use rand::{SeedableRng, rngs::StdRng};

use super::{Unlocked, begin::EFFORT, code, look::moment, now, words::unknown};
use crate::{
    App, AppError, Result,
    dto::records_sharing::{RecordsDevice, RecordsDeviceRevoked},
};

impl Unlocked {
    /// The computers of the vault, this one first.
    pub fn devices(&self) -> Result<Vec<RecordsDevice>> {
        let status = self.vault.journal().status().map_err(Error::from)?;
        let mut all: Vec<RecordsDevice> = status
            .devices
            .into_iter()
            .map(|one| RecordsDevice {
                id: one.device.to_string(),
                name: one.name,
                is_this: one.is_this,
                last_seen: one.last_seen.map(moment),
                revoked: self.vault.is_revoked(one.device),
            })
            .collect();
        all.sort_by(|one, other| {
            (!one.is_this, one.revoked, &one.name).cmp(&(!other.is_this, other.revoked, &other.name))
        });
        Ok(all)
    }

    fn device(&self, text: &str) -> Result<RecordsDevice> {
        let text = text.trim().to_lowercase();
        let all: Vec<RecordsDevice> = self.devices()?.into_iter().filter(|one| !one.revoked).collect();
        let named = |one: &&RecordsDevice| one.name.as_ref().is_some_and(|name| name.to_lowercase() == text);
        let mut found: Vec<&RecordsDevice> = all.iter().filter(named).collect();
        if found.is_empty() {
            found = all.iter().filter(|one| text.len() >= 4 && one.id.starts_with(&text)).collect();
        }
        let hint = "`holdfast records devices` shows them; an id may be cut short";
        match found.as_slice() {
            [one] => Ok((*one).clone()),
            [] => Err(AppError { hint: hint.into(), ..unknown(&format!("there is no computer “{text}”")) }),
            _ => {
                Err(AppError { hint: hint.into(), ..unknown(&format!("there is more than one computer “{text}”")) })
            }
        }
    }

    fn devices_of(&self, ids: &[Uuid]) -> Result<Vec<RecordsDevice>> {
        let known = self.devices()?;
        Ok(known.into_iter().filter(|one| ids.iter().any(|id| id.to_string() == one.id)).collect())
    }

    /// Shuts a computer out: other keys begin, which the others are handed; it opens nothing that is written from then on,
    /// and nothing that it writes counts. The recovery code is typed for this: the new keys are sealed under it.
    ///
    /// # Errors
    /// `records_code`, `records_unknown`, `bad_parameter` for this computer itself.
    pub async fn revoke_device(&mut self, app: &App, device: &str, words: &str) -> Result<RecordsDeviceRevoked> {
        let code = code::read(words)?;
        self.device(device)?;
        let code = code::opens(app, code).await?;
        let _turn = self.turns.exchange().await?;
        // What it wrote until now counts as far as it is here.
        self.sync_in_turn(true).await?;
        let found = self.device(device)?;
        let id: Uuid = found.id.parse().map_err(|_| unknown("the computer is not there"))?;
        let plan = self.vault.plan_device_revocation(id)?;
        let (stay, left_out) = (self.devices_of(&plan.stay)?, self.devices_of(&plan.left_out)?);
        let sealing = tokio::task::spawn_blocking(move || sealed(plan, &code));
        let (plan, founding) = sealing.await.map_err(AppError::internal)??;
        self.vault.revoke_device(plan, &founding)?;
        self.sync_in_turn(true).await?;
        if !self.vault.is_revoked(id) {
            return Err(Error::KeysChangedMeanwhile.into());
        }
        let given = self.vault.given().into_iter().filter(|given| given.holds(now())).map(|given| given.terms.user);
        let accepted = self.vault.accepted().into_iter().map(|one| one.owner);
        let met: Vec<Uuid> = given.chain(accepted).collect();
        let people = self.vault.people().into_iter().filter(|person| met.contains(&person.user));
        Ok(RecordsDeviceRevoked {
            device: RecordsDevice { revoked: true, ..found },
            stay,
            left_out,
            compare_again: people.map(|person| person.name).collect(),
            words: self.vault.own_fingerprint()?,
        })
    }
}

fn sealed(
    plan: holdfast_records::DeviceRevocation,
    code: &RecoveryCode,
) -> Result<(holdfast_records::DeviceRevocation, Founding)> {
    let founding = Founding::seal(plan.keyring(), code, code, EFFORT, &mut StdRng::from_os_rng())?;
    Ok((plan, founding))
}
