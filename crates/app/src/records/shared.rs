//! What others gave: each accepted grant is a vault of its own over the owner's place. It is opened from what is kept here,
//! without a request; exchanging asks the owner's place. One that cannot be opened stops nothing else.

use std::sync::Arc;

use holdfast_backup::own::RECORDS;
use holdfast_crypto::vault::Rights;
use holdfast_journal::{Creates, Reach};
use holdfast_records::{
    Checked, Error, SharedOpening, Synced, Uuid, Vault, Wrong,
    sharing::{Accepted, Person},
};
use holdfast_storage::{
    ObjectStore, StoreUrl, memory::MemoryStore, meter::Meter, prefix::PrefixStore, price::PriceList,
};
use rand::{SeedableRng, rngs::StdRng};

use super::{
    Unlocked, now,
    place::{creates_of, how, stores_open},
    words::{self, unknown},
};
use crate::{
    AppError, ErrorCode, PlaceRef, Result,
    dto::records_sharing::RecordsOf,
    error::{Context, Doing, shown},
    stores::{OpenOptions, OpenStore},
};

/// A place in which vaults lie.
#[derive(Clone)]
pub(super) struct Elsewhere {
    pub(super) store: Arc<dyn ObjectStore>,
    pub(super) location: String,
    pub(super) context: Context,
    meter: Arc<Meter>,
    prices: PriceList,
    creates: Creates,
}

impl Elsewhere {
    pub(super) fn of(open: &OpenStore) -> Self {
        Self {
            store: PrefixStore::wrap(open.store.clone(), RECORDS),
            location: open.location.clone(),
            context: open.context(Doing::Connect),
            meter: open.meter.clone(),
            prices: open.prices.clone(),
            creates: creates_of(open),
        }
    }

    /// Requests so far and what they cost.
    pub(super) fn spent(&self) -> (u64, f64) {
        let tally = self.meter.tally();
        (tally.total(), self.prices.total(&tally))
    }
}

/// A grant of somebody else that was accepted.
pub(super) struct Shared {
    pub(super) accepted: Accepted,
    /// Who gave it, where their words were compared.
    pub(super) owner: Option<Person>,
    place: Option<Elsewhere>,
    vault: Option<Vault>,
    pub(super) problem: Option<AppError>,
}

impl Shared {
    /// The vault, where it could be opened.
    pub(super) fn vault(&self) -> Option<&Vault> {
        self.vault.as_ref()
    }

    pub(super) fn person(&self) -> String {
        self.owner.as_ref().map_or_else(|| self.accepted.owner.as_simple().to_string(), |owner| owner.name.clone())
    }

    pub(super) fn writes(&self) -> bool {
        self.vault().and_then(Vault::terms).is_some_and(|terms| terms.rights == Rights::ReadWrite)
    }

    pub(super) fn has_ended(&self) -> bool {
        self.vault().is_some_and(|vault| vault.access_ended().unwrap_or(false))
    }

    pub(super) fn view(&self) -> RecordsOf {
        RecordsOf {
            person: self.person(),
            user_id: self.accepted.owner.as_simple().to_string(),
            grant: self.accepted.grant.to_string(),
            write: self.writes(),
            ended: self.has_ended(),
        }
    }

    fn requests(&self) -> (u64, f64) {
        self.place.as_ref().map_or((0, 0.0), Elsewhere::spent)
    }
}

/// What exchanging with others did.
#[derive(Debug, Default)]
pub(super) struct SharedSync {
    pub(super) all: Vec<Synced>,
    pub(super) problems: Vec<String>,
    pub(super) requests: u64,
    pub(super) cost_usd: f64,
}

impl Unlocked {
    /// Opens all that was accepted, as it is kept here.
    pub(super) async fn open_accepted(&mut self) {
        // The same files are not opened twice.
        self.shared.clear();
        let mut all = Vec::new();
        for accepted in self.vault.accepted() {
            all.push(self.open_one(accepted).await);
        }
        self.shared = all;
        self.best_first();
    }

    fn best_first(&mut self) {
        self.shared.sort_by_key(|one| (one.vault.is_none(), one.has_ended(), !one.writes(), one.accepted.grant));
    }

    /// As [`Self::refresh`], with what was accepted, let go and fetched of others meanwhile.
    pub async fn refresh_all(&mut self) -> Result<()> {
        self.refresh()?;
        let accepted = self.vault.accepted();
        self.shared.retain(|shared| accepted.iter().any(|one| one.grant == shared.accepted.grant));
        for shared in &mut self.shared {
            if let Some(Err(error)) = shared.vault.as_mut().map(|vault| vault.refresh(now())) {
                shared.problem = Some(error.into());
            }
        }
        let is_open = |known: &Shared, grant| known.accepted.grant == grant && known.vault.is_some();
        for one in accepted {
            if !self.shared.iter().any(|known| is_open(known, one.grant)) {
                self.shared.retain(|known| known.accepted.grant != one.grant);
                let opened = self.open_one(one).await;
                self.shared.push(opened);
            }
        }
        self.best_first();
        Ok(())
    }

    async fn open_one(&mut self, accepted: Accepted) -> Shared {
        let owner = self.vault.people().into_iter().find(|person| person.user == accepted.owner);
        let mut shared = Shared { accepted, owner, place: None, vault: None, problem: None };
        if let Err(error) = self.open_from_here(&mut shared).await {
            shared.problem = Some(error);
        }
        shared
    }

    async fn open_from_here(&mut self, shared: &mut Shared) -> Result<()> {
        let owner = shared.owner.clone().ok_or(Error::UnknownPerson { user: shared.accepted.owner })?;
        let found = self.place_of(&owner).await;
        // What is here can be read without the place.
        let opening = self.opening_of(&owner, shared.accepted.grant, found.as_ref().ok())?;
        shared.vault = Vault::open_kept(opening, now())?;
        shared.place = Some(found?);
        Ok(())
    }

    /// Where somebody's vault is.
    ///
    /// # Errors
    /// `records_person` when this computer does not know how to get there.
    pub(super) async fn place_of(&mut self, person: &Person) -> Result<Elsewhere> {
        let own_way = self.settings.people.get(&person.user.as_simple().to_string()).and_then(|one| one.place());
        let place = match (own_way, person.place.as_str()) {
            (Some(place), _) => place,
            (None, "") => return Ok(self.here.clone()),
            (None, url) if StoreUrl::parse(url).is_ok() => PlaceRef::Url(url.to_owned()),
            (None, _) => return Err(no_way(&person.name)),
        };
        self.elsewhere(&place).await
    }

    pub(super) async fn elsewhere(&mut self, place: &PlaceRef) -> Result<Elsewhere> {
        if self.settings.place().as_ref() == Some(place) {
            return Ok(self.here.clone());
        }
        Ok(Elsewhere::of(&stores_open(&self.home, place, &OpenOptions::default()).await?))
    }

    fn opening_of(&self, owner: &Person, grant: Uuid, place: Option<&Elsewhere>) -> Result<SharedOpening> {
        let nowhere = || -> Arc<dyn ObjectStore> { Arc::new(MemoryStore::new()) };
        Ok(SharedOpening {
            place: place.map_or_else(nowhere, |place| place.store.clone()),
            owner: owner.clone(),
            grant,
            keyring: self.vault.keyring().clone(),
            device_keys: self.device_keys.clone().ok_or(Error::NoDeviceKeys)?,
            folder: self.home.paths.records().join(format!("{}-{grant}", owner.user.as_simple())),
            settings: how(&self.home, &self.settings, place.map_or(Creates::NotHonoured, |place| place.creates)),
            random: [Box::new(StdRng::from_os_rng()), Box::new(StdRng::from_os_rng())],
        })
    }

    /// Opens a grant that was not accepted yet, by asking the owner's place.
    pub(super) async fn look_at_grant(
        &mut self,
        owner: &Person,
        grant: Uuid,
        place: &Elsewhere,
    ) -> holdfast_records::Result<Option<Uuid>> {
        let opening = self.opening_of(owner, grant, Some(place)).map_err(|_| Error::NoDeviceKeys)?;
        Ok(Vault::open_shared(opening, now()).await?.granted_member())
    }

    /// Exchanges with the places of others. The own exchange comes before: it tells what was accepted.
    pub(super) async fn sync_shared(&mut self, reach: Reach) -> SharedSync {
        self.open_accepted().await;
        let mut done = SharedSync::default();
        let mut all = std::mem::take(&mut self.shared);
        let mut met: Vec<Arc<Meter>> = vec![self.meter.clone()];
        for shared in &mut all {
            if shared.vault.is_none() && shared.problem.is_none() {
                shared.problem = self.open_first(shared).await.err();
            }
            if let (Some(vault), Some(place)) = (shared.vault.as_mut(), &shared.place) {
                match vault.sync(reach, now()).await {
                    Ok(synced) => done.all.push(synced),
                    Err(error) => shared.problem = Some(words::say(error, &place.context)),
                }
            }
            if let Some(place) =
                shared.place.as_ref().filter(|place| !met.iter().any(|one| Arc::ptr_eq(one, &place.meter)))
            {
                met.push(place.meter.clone());
                let (requests, cost) = shared.requests();
                done.requests += requests;
                done.cost_usd += cost;
            }
            done.problems.extend(shared.problem.iter().map(|problem| told(shared, problem)));
        }
        all.sort_by_key(|one| (one.vault.is_none(), one.has_ended(), !one.writes(), one.accepted.grant));
        self.shared = all;
        done
    }

    async fn open_first(&mut self, shared: &mut Shared) -> Result<()> {
        let (Some(owner), Some(place)) = (&shared.owner, &shared.place) else { return Ok(()) };
        let opening = self.opening_of(owner, shared.accepted.grant, Some(place))?;
        let opened = Vault::open_shared(opening, now()).await;
        shared.vault = Some(opened.map_err(|error| words::say(error, &place.context))?);
        Ok(())
    }

    /// Checks what others gave, as long as it holds.
    pub(super) async fn check_shared(&mut self) -> Vec<Checked> {
        let mut all = Vec::new();
        for shared in self.shared.iter_mut().filter(|shared| !shared.has_ended()) {
            let person = shared.person();
            let Some(vault) = shared.vault.as_mut() else { continue };
            all.push(vault.check().await.unwrap_or_else(|error| {
                let why = error.to_string();
                Checked {
                    wrong: vec![Wrong { object: format!("of {person}"), record: None, why }],
                    ..Checked::default()
                }
            }));
        }
        all
    }

    /// Takes away what is kept here of a grant that was let go. What cannot go now is sealed.
    pub(super) fn forget_granted(&self, grant: Uuid) {
        let ending = format!("-{grant}");
        let folders = std::fs::read_dir(self.home.paths.records()).into_iter().flatten().flatten();
        for folder in folders.filter(|folder| folder.file_name().to_string_lossy().ends_with(&ending)) {
            let _ = std::fs::remove_dir_all(folder.path());
        }
    }

    /// What could not be opened or kept in step, in words.
    pub(super) fn shared_problems(&self) -> Vec<String> {
        let said = |shared: &Shared| shared.problem.as_ref().map(|problem| told(shared, problem));
        self.shared.iter().filter_map(said).collect()
    }

    fn position(&self, member: Uuid) -> Option<usize> {
        if self.vault.open_record(member, member).is_some() {
            return None;
        }
        let holds = |shared: &Shared| shared.vault().is_some_and(|vault| vault.open_record(member, member).is_some());
        self.shared.iter().position(holds)
    }

    /// The grant by which a member is here; none for an own one.
    pub(super) fn grant_of(&self, member: Uuid) -> Option<&Shared> {
        self.position(member).and_then(|at| self.shared.get(at))
    }

    /// The vault that has a member.
    pub fn of(&self, member: Uuid) -> &Vault {
        self.grant_of(member).and_then(Shared::vault).unwrap_or(&self.vault)
    }

    /// As [`Self::of`], to work with.
    pub fn of_mut(&mut self, member: Uuid) -> &mut Vault {
        let at = self.position(member);
        match at.and_then(|at| self.shared.get_mut(at)).and_then(|shared| shared.vault.as_mut()) {
            Some(vault) => vault,
            None => &mut self.vault,
        }
    }

    /// As [`Self::vaults`].
    pub(super) fn vaults_mut(&mut self) -> impl Iterator<Item = &mut Vault> {
        let given = self.shared.iter_mut().filter_map(|shared| shared.vault.as_mut());
        std::iter::once(&mut self.vault).chain(given)
    }

    /// All vaults that are open: the own one, then those of others.
    pub(super) fn vaults(&self) -> impl Iterator<Item = &Vault> {
        std::iter::once(&self.vault).chain(self.shared.iter().filter_map(Shared::vault))
    }

    /// Grants by which a member is shown that is not one's own: the best one of each.
    pub(super) fn shown_grants(&self) -> Vec<(Uuid, &Shared)> {
        let member = |shared: &Shared| shared.vault().and_then(Vault::granted_member);
        let all = self.shared.iter().enumerate();
        let all = all.filter_map(|(at, shared)| Some((at, member(shared)?, shared)));
        all.filter(|(at, member, _)| self.position(*member) == Some(*at))
            .map(|(_, member, shared)| (member, shared))
            .collect()
    }

    /// Whether a member may be changed here.
    ///
    /// # Errors
    /// `records_ended`, `records_read_only`.
    pub(super) fn expect_writable(&self, member: Uuid) -> Result<()> {
        match self.grant_of(member) {
            Some(shared) if shared.has_ended() => Err(Error::AccessEnded.into()),
            Some(shared) if !shared.writes() => Err(Error::ReadOnly.into()),
            _ => Ok(()),
        }
    }
}

fn told(shared: &Shared, problem: &AppError) -> String {
    format!("what {} gave: {}", shown(&shared.person()), problem.message)
}

fn no_way(name: &str) -> AppError {
    AppError::config(
        ErrorCode::RecordsPerson,
        format!("this computer does not know where the records of {} are", shown(name)),
        "`holdfast records people place PERSON --store URL` says it",
    )
}

/// Somebody who was named and is not known.
pub(super) fn nobody(text: &str) -> AppError {
    AppError { code: ErrorCode::RecordsPerson, ..unknown(&format!("nobody is known as “{text}”")) }
}
