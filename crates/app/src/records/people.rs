//! People one shares with: known once their words were compared, by whoever heard them.

use holdfast_crypto::vault::{Fingerprint, UnconfirmedIdentity};
use holdfast_records::{Uuid, read_public_key, sharing::Person};
use holdfast_storage::{Secret, StoreUrl};

use super::{
    Unlocked, VaultPlace,
    place::{Missing, open_chosen},
    settings::PersonPlace,
    shared::{Elsewhere, nobody},
    words,
};
use crate::{
    AppError, ErrorCode, PlaceRef, Result, connection,
    dto::records_sharing::{RecordsPeople, RecordsPerson, RecordsStranger},
    error::shown,
    profiles::{Place, ProfileName},
};

/// The longest name of somebody, characters.
const MAX_NAME: usize = 200;

/// Somebody to be known, and where their vault is.
#[derive(Debug)]
pub struct NewPerson {
    /// Their public id, as they read it out.
    pub user: String,
    /// What they are to be called here.
    pub name: String,
    /// Where their vault is; as it is set: where the own one is.
    pub place: VaultPlace,
    /// The twelve words that they read from their own screen.
    pub words: String,
}

impl Unlocked {
    /// The own words, and everybody who is known.
    pub fn people(&self) -> Result<RecordsPeople> {
        let mut people: Vec<RecordsPerson> = self.vault.people().iter().map(|one| self.person_view(one)).collect();
        people.sort_by(|one, other| (&one.name, &one.user_id).cmp(&(&other.name, &other.user_id)));
        Ok(RecordsPeople {
            user_id: self.vault.keyring().user_id().to_string(),
            words: self.vault.own_fingerprint()?,
            location: self.location.clone(),
            people,
        })
    }

    pub(super) fn person_view(&self, person: &Person) -> RecordsPerson {
        let user_id = person.user.as_simple().to_string();
        let own_way = self.settings.people.get(&user_id).and_then(PersonPlace::place);
        let place = match own_way {
            Some(PlaceRef::Profile(name)) => name.unwrap_or_default(),
            Some(PlaceRef::Url(url)) => url,
            None => person.place.clone(),
        };
        RecordsPerson { user_id, name: person.name.clone(), place, words: person.fingerprint.clone() }
    }

    /// Somebody by name, id or the beginning of one.
    ///
    /// # Errors
    /// `records_person`.
    pub fn person(&self, text: &str) -> Result<Person> {
        let (text, all) = (text.trim(), self.vault.people());
        let named = |person: &&Person| person.name.to_lowercase() == text.to_lowercase();
        let begins = |person: &&Person| {
            text.len() >= 4 && person.user.as_simple().to_string().starts_with(&text.to_ascii_lowercase())
        };
        let mut found: Vec<&Person> = all.iter().filter(named).collect();
        if found.is_empty() {
            found = all.iter().filter(begins).collect();
        }
        match found.as_slice() {
            [one] => Ok((*one).clone()),
            _ => Err(nobody(text)),
        }
    }

    /// Somebody's public key as their place has it, with the words that are to be compared. Nothing is kept.
    pub async fn stranger(&mut self, user: &str, place: &VaultPlace) -> Result<RecordsStranger> {
        let user = self.stranger_id(user)?;
        let place = self.chosen(place).await?;
        let found = public_key(user, &place).await?;
        let words = found.fingerprint().words().map_err(AppError::internal)?;
        Ok(RecordsStranger { user_id: user.as_simple().to_string(), words, location: place.location })
    }

    /// Gets to know somebody, by the words that they read out. Told to the own computers with the next exchange. Somebody
    /// who is known is compared again.
    ///
    /// # Errors
    /// `records_words` when the words belong to another key than the place has, `records_nobody` when it has none.
    pub async fn add_person(&mut self, new: NewPerson) -> Result<RecordsPerson> {
        let user = self.stranger_id(&new.user)?;
        let name: String = new.name.trim().chars().filter(|sign| !sign.is_control()).take(MAX_NAME).collect();
        if name.is_empty() {
            return Err(AppError::config(
                ErrorCode::BadParameter,
                "the name is missing",
                "say what this person is to be called here; nothing was kept",
            ));
        }
        let words = Fingerprint::from_words(&new.words).map_err(|error| words_wrong(&error.to_string()))?;
        let place = self.chosen(&new.place).await?;
        let key = read_public_key(&*place.store, user).await.map_err(|error| words::say(error, &place.context))?;
        UnconfirmedIdentity::parse(&key)
            .and_then(|found| found.confirm(&words))
            .map_err(|error| words_wrong(&error.to_string()))?;
        let (hint, own_way) = self.keep_place(user, new.place).await?;
        let _turn = self.begin_to_save()?;
        self.vault.add_person(&key, &words, &name, &hint, super::now())?;
        self.set_own_way(user, own_way)?;
        let known = self.vault.people().into_iter().find(|person| person.user == user);
        known.map(|known| self.person_view(&known)).ok_or_else(|| nobody(&name))
    }

    /// Says how this computer gets to somebody's vault.
    pub async fn set_person_place(&mut self, person: &str, place: VaultPlace) -> Result<RecordsPerson> {
        let known = self.person(person)?;
        let chosen = self.chosen(&place).await?;
        public_key(known.user, &chosen).await?;
        let (_, own_way) = self.keep_place(known.user, place).await?;
        self.set_own_way(known.user, own_way)?;
        Ok(self.person_view(&known))
    }

    fn stranger_id(&self, text: &str) -> Result<Uuid> {
        let wrong = |message: String| {
            AppError::config(
                ErrorCode::BadParameter,
                message,
                "it is the id that `holdfast records people` shows on the other person's computer; nothing was kept",
            )
        };
        let user = text.trim().parse::<Uuid>().map_err(|_| wrong(format!("{} is no id of a person", shown(text))))?;
        match user.as_simple().to_string() == self.vault.keyring().user_id().as_str() {
            true => Err(wrong("this is your own id".into())),
            false => Ok(user),
        }
    }

    async fn chosen(&mut self, place: &VaultPlace) -> Result<Elsewhere> {
        match place {
            VaultPlace::AsSet => Ok(self.here.clone()),
            VaultPlace::Profile(name) => self.elsewhere(&PlaceRef::Profile(Some(name.clone()))).await,
            VaultPlace::Url { url, secret: None } => self.elsewhere(&PlaceRef::Url(url.clone())).await,
            VaultPlace::Url { .. } => {
                Ok(Elsewhere::of(&open_chosen(&self.home, &self.settings, place, Missing::Refused).await?))
            }
            VaultPlace::ThisComputer => Err(AppError::config(
                ErrorCode::BadParameter,
                "somebody else's vault is named by a profile or a store URL",
                "`holdfast profile add` keeps a secret key",
            )),
        }
    }

    /// What the log says of somebody's place, and what this computer keeps. A secret in a URL goes to the keychain.
    async fn keep_place(&mut self, user: Uuid, place: VaultPlace) -> Result<(String, Option<PersonPlace>)> {
        let by_profile = |name: String| PersonPlace { profile: Some(name), ..PersonPlace::default() };
        match place {
            VaultPlace::Profile(name) => {
                let known = ProfileName::or_default(Some(&name))?;
                let profiles = self.home.load_profiles().await?;
                Ok((hint_of(&profiles.expect(&known)?.place), Some(by_profile(name))))
            }
            VaultPlace::Url { url, secret } => {
                let (parsed, inline) = StoreUrl::parse(&url)?;
                let hint = parsed.redacted();
                let secret: Option<Secret> = secret;
                if inline.is_none() && secret.is_none() {
                    return Ok((hint.clone(), Some(PersonPlace { store: Some(hint), ..PersonPlace::default() })));
                }
                let name = format!("records-{}", &user.as_simple().to_string()[..8]);
                connection::put_profile(&self.home, &ProfileName::or_default(Some(&name))?, &url, secret).await?;
                Ok((hint, Some(by_profile(name))))
            }
            VaultPlace::AsSet | VaultPlace::ThisComputer => Ok((String::new(), None)),
        }
    }

    fn set_own_way(&mut self, user: Uuid, own_way: Option<PersonPlace>) -> Result<()> {
        let user = user.as_simple().to_string();
        self.home.records.update(|kept| {
            match &own_way {
                Some(way) => kept.settings.people.insert(user.clone(), way.clone()),
                None => kept.settings.people.remove(&user),
            };
            Ok(())
        })?;
        self.settings.people = self.home.records.load()?.settings.people;
        Ok(())
    }
}

async fn public_key(user: Uuid, place: &Elsewhere) -> Result<UnconfirmedIdentity> {
    let key = read_public_key(&*place.store, user).await.map_err(|error| words::say(error, &place.context))?;
    UnconfirmedIdentity::parse(&key).map_err(|error| words_wrong(&error.to_string()))
}

/// A profile's place for other computers, without a secret. One that only this computer has says so.
fn hint_of(place: &Place) -> String {
    match place {
        Place::S3(place) => place.url(),
        Place::Gateway(place) => place
            .location()
            .map(|location| StoreUrl::Gateway(location).redacted())
            .unwrap_or_else(|_| HERE_ALONE.into()),
        Place::Local(_) => HERE_ALONE.into(),
    }
}

/// No store URL.
const HERE_ALONE: &str = "-";

fn words_wrong(why: &str) -> AppError {
    AppError::config(
        ErrorCode::RecordsWords,
        format!("the words do not belong to the key that is there: {why}"),
        "ask the other person to read the twelve words once more, as `holdfast records people` shows them on their own \
         computer; when they still differ, somebody else put a key there. Nothing was kept",
    )
}
