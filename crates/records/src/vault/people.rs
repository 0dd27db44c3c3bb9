//! People one shares with: known by their public key, whose fingerprint a person compared. All own devices know them.

use holdfast_crypto::vault::{Fingerprint, PUBLIC_KEY, UnconfirmedIdentity};
use holdfast_journal::Millis;
use holdfast_storage::{Key, ObjectStore};
use uuid::Uuid;

use super::Vault;
use crate::{
    Error, Result,
    change::{Action, PersonChange, Subject},
    layout::USERS,
    local::put_change,
    objects,
    sharing::{Person, user_of},
};

/// Reads a user's `public-key.blob` in a place. Nobody has vouched for it before the words were compared.
///
/// # Errors
/// [`Error::NoVault`] when there is none, and what the cryptography says of one that does not fit together.
pub async fn read_public_key(place: &dyn ObjectStore, user: Uuid) -> Result<Vec<u8>> {
    let key = Key::new(format!("{USERS}{}/{PUBLIC_KEY}", user.as_simple()))?;
    let blob = objects::read(place, &key).await?.ok_or(Error::NoVault)?;
    UnconfirmedIdentity::parse(&blob)?;
    Ok(blob.to_vec())
}

impl Vault {
    /// Gets to know somebody, on all own devices: the words are those that the other person read from the own screen.
    /// Somebody known is replaced, as after a new public key. `name` is what this user calls them.
    ///
    /// # Errors
    /// Those of the cryptography when the words belong to another key.
    pub fn add_person(
        &mut self,
        public_key: &[u8],
        words: &Fingerprint,
        name: &str,
        place: &str,
        now: Millis,
    ) -> Result<Uuid> {
        self.owners_work()?;
        let public = UnconfirmedIdentity::parse(public_key)?.confirm(words)?;
        let user = user_of(&public).ok_or(Error::NoVault)?;
        let person = PersonChange { public_key: public_key.to_vec(), name: name.to_owned(), place: place.to_owned() };
        let other_keys = self.sharing.person(user).is_some_and(|known| known.public != public);
        let change = self.change(Action::Update, Subject::Person(person), Uuid::nil(), now)?;
        self.local.transaction(|conn| put_change(conn, &change, now))?;
        self.take_sharing(&change);
        if other_keys {
            self.rekey_grants(user, now)?;
        }
        Ok(user)
    }

    /// Whoever has the former keys of somebody has all that those were given: what they are given is sealed with another key
    /// from now on, and handed to the new ones.
    fn rekey_grants(&mut self, user: Uuid, now: Millis) -> Result<()> {
        let given: Vec<_> = self.given().into_iter().filter(|one| one.terms.user == user && one.holds(now)).collect();
        for one in given {
            let step = self.sharing.rekeying(&one).ok_or(holdfast_crypto::Error::NoGeneration)?;
            self.take_step(step, now)?;
        }
        Ok(())
    }

    /// Everybody whose fingerprint was compared.
    pub fn people(&self) -> Vec<Person> {
        self.sharing.people().cloned().collect()
    }

    /// The words of this user's own public key, to read to somebody.
    pub fn own_fingerprint(&self) -> Result<String> {
        Ok(self.keyring.identity()?.fingerprint().words()?)
    }

    pub(super) fn known_person(&self, user: Uuid) -> Result<&Person> {
        self.sharing.person(user).ok_or(Error::UnknownPerson { user })
    }
}
