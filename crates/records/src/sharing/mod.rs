//! Who has what: from what the log tells to people, grants, generations of keys, and what is to be done next. Pure.
//!
//! Two devices that end two grants at once name the same next key, and each hands it to the one whom the other cut off.
//! [`Sharing::next_step`] sees two endings at one generation and begins another key, which neither gets.

pub(crate) mod devices;
pub(crate) mod entry;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use holdfast_crypto::vault::{Generation, PublicIdentity, Rights, UnconfirmedIdentity};
use holdfast_journal::Millis;
use uuid::Uuid;

use crate::change::{Action, Change, GrantChange, PersonChange, Subject};
use devices::Devices;

/// Somebody whose fingerprint was compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The bytes of the user id.
    pub user: Uuid,
    /// What this user calls them.
    pub name: String,
    /// Where their folder is, as a hint.
    pub place: String,
    /// The words that were compared.
    pub fingerprint: String,
    pub(crate) public: PublicIdentity,
    clock: u64,
}

impl Person {
    /// Somebody as the log names them; what is there was compared before it was written.
    pub(crate) fn of(change: &PersonChange, clock: u64) -> Option<Self> {
        let unconfirmed = UnconfirmedIdentity::parse(&change.public_key).ok()?;
        let fingerprint = unconfirmed.fingerprint().clone();
        let public = unconfirmed.confirm(&fingerprint).ok()?;
        let user = user_of(&public)?;
        let (name, place) = (change.name.clone(), change.place.clone());
        Some(Self { user, name, place, fingerprint: fingerprint.words().ok()?, public, clock })
    }
}

/// The bytes of a user's id.
pub(crate) fn user_of(public: &PublicIdentity) -> Option<Uuid> {
    Uuid::try_parse(public.user_id().as_str()).ok()
}

/// Something given to another user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Given {
    /// Whose records.
    pub member: Uuid,
    /// What was given; the generation is the latest that was handed over.
    pub terms: GrantChange,
    /// The key that began when it ended.
    pub ended: Option<Generation>,
}

impl Given {
    /// Whether it holds at this time.
    pub fn holds(&self, now: Millis) -> bool {
        self.ended.is_none() && self.terms.ends.is_none_or(|ends| now < ends)
    }
}

/// A grant of another user that was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The grant.
    pub grant: Uuid,
    /// Whose records.
    pub member: Uuid,
    /// Who gave it, the bytes of the user id.
    pub owner: Uuid,
    /// Where the owner's folder is, as a hint.
    pub place: String,
}

/// What sharing needs next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) member: Uuid,
    pub(crate) action: Action,
    pub(crate) terms: GrantChange,
}

/// All that the log tells of sharing.
#[derive(Debug, Default)]
pub(crate) struct Sharing {
    people: BTreeMap<Uuid, Person>,
    given: BTreeMap<Uuid, Given>,
    accepted: BTreeMap<Uuid, Accepted>,
    released: BTreeSet<Uuid>,
    generations: BTreeMap<Uuid, BTreeSet<Generation>>,
    /// Which grants ended where a key begins.
    endings: BTreeMap<(Uuid, Generation), BTreeSet<Uuid>>,
    pub(crate) devices: Devices,
    /// The number of the vault's master secret; 0 stands for the first one.
    master: u16,
}

impl Sharing {
    /// Takes in a change. The same again changes nothing, and order does not matter.
    pub(crate) fn take(&mut self, change: &Change) {
        match &change.subject {
            Subject::Grant(terms) => self.take_grant(change, *terms),
            Subject::Device(device) => self.devices.take(change, device.public),
            Subject::Person(person) => {
                let Some(person) = Person::of(person, change.clock) else { return };
                let known = self.people.get(&person.user);
                let rank = |one: &Person| (one.clock, one.fingerprint.clone(), one.place.clone(), one.name.clone());
                if known.is_none_or(|known| rank(known) < rank(&person)) {
                    self.people.insert(person.user, person);
                }
            }
            Subject::Accepted(accepted) if change.action == Action::Delete => {
                self.released.insert(accepted.grant);
                self.accepted.remove(&accepted.grant);
            }
            Subject::Accepted(one) if !self.released.contains(&one.grant) => {
                let (grant, owner, place) = (one.grant, one.owner, one.place.clone());
                self.accepted.insert(grant, Accepted { grant, member: change.member, owner, place });
            }
            _ => {}
        }
    }

    fn take_grant(&mut self, change: &Change, terms: GrantChange) {
        self.generations.entry(change.member).or_default().insert(terms.generation);
        let given = Given { member: change.member, terms, ended: None };
        let known = self.given.entry(terms.grant).or_insert(given);
        if change.action == Action::Delete {
            known.ended = known.ended.max(Some(terms.generation));
            self.endings.entry((change.member, terms.generation)).or_default().insert(terms.grant);
        } else {
            known.terms.generation = known.terms.generation.max(terms.generation);
        }
    }

    /// Another master secret begins, and with it another key of every member.
    pub(crate) fn begin(&mut self, master: u16) {
        self.master = master;
    }

    /// All keys that a member has had, ascending: the first one below each master secret, and those that grants began.
    /// What a master secret that is not here (yet) began is left out.
    pub(crate) fn generations(&self, member: Uuid) -> Vec<Generation> {
        let mut all = self.generations.get(&member).cloned().unwrap_or_default();
        all.insert(Generation::FIRST);
        all.extend((1..=self.master).filter_map(|master| Generation::new(master, 1).ok()));
        all.retain(|one| one.master() <= self.master.max(1));
        all.into_iter().collect()
    }

    pub(crate) fn current(&self, member: Uuid) -> Generation {
        self.generations(member).last().copied().unwrap_or(Generation::FIRST)
    }

    pub(crate) fn people(&self) -> impl Iterator<Item = &Person> {
        self.people.values()
    }

    pub(crate) fn person(&self, user: Uuid) -> Option<&Person> {
        self.people.get(&user)
    }

    pub(crate) fn given(&self) -> impl Iterator<Item = &Given> {
        self.given.values()
    }

    pub(crate) fn grant(&self, grant: Uuid) -> Option<&Given> {
        self.given.get(&grant)
    }

    pub(crate) fn accepted(&self) -> impl Iterator<Item = &Accepted> {
        self.accepted.values()
    }

    /// Members whose log somebody reads now.
    pub(crate) fn shared_members(&self, now: Millis) -> BTreeSet<Uuid> {
        self.given.values().filter(|given| given.holds(now)).map(|given| given.member).collect()
    }

    /// Whether somebody else ever held a member's keys.
    pub(crate) fn was_shared(&self, member: Uuid) -> bool {
        self.given.values().any(|given| given.member == member)
    }

    /// People who may write a member's records now.
    pub(crate) fn writers(&self, member: Uuid, now: Millis) -> impl Iterator<Item = &Person> {
        let may =
            move |given: &&Given| given.member == member && given.terms.rights == Rights::ReadWrite && given.holds(now);
        self.given.values().filter(may).filter_map(|given| self.people.get(&given.terms.user))
    }

    /// What is to be told next, if anything. First what is over ends, then keys that went to somebody who was cut off are
    /// left, then those who stay are handed the current one.
    pub(crate) fn next_step(&self, now: Millis) -> Option<Step> {
        let over = self.given.values().find(|given| given.ended.is_none() && !given.holds(now));
        if let Some(given) = over {
            return self.ending(given);
        }
        let twice = self
            .endings
            .iter()
            .find(|((member, generation), grants)| grants.len() > 1 && *generation == self.current(*member));
        if let Some(given) = twice.and_then(|(_, grants)| self.given.get(grants.first()?)) {
            return self.ending(given);
        }
        let behind = |given: &&Given| given.holds(now) && given.terms.generation < self.current(given.member);
        let given = self.given.values().find(behind)?;
        let terms = GrantChange { generation: self.current(given.member), ..given.terms };
        Some(Step { member: given.member, action: Action::Update, terms })
    }

    /// Ends a grant, also one that has ended: another key begins. `None` when all numbers are used up.
    pub(crate) fn ending(&self, given: &Given) -> Option<Step> {
        self.with_another_key(given, Action::Delete)
    }

    /// Hands a grant another key, after somebody who had the former one's lost a device.
    pub(crate) fn rekeying(&self, given: &Given) -> Option<Step> {
        self.with_another_key(given, Action::Update)
    }

    fn with_another_key(&self, given: &Given, action: Action) -> Option<Step> {
        let generation = self.current(given.member).next(self.master.max(1)).ok()?;
        let terms = GrantChange { generation, ..given.terms };
        Some(Step { member: given.member, action, terms })
    }
}
