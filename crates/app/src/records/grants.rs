//! Giving somebody a member's records, taking what others gave, and ending both.

use holdfast_crypto::vault::Rights;
use holdfast_records::{
    Error, Revoked, Uuid,
    layout::{ObjectName, USERS},
    sharing::{Accepted, Given, Person},
};
use holdfast_storage::ListRequest;
use jiff::{civil::Date, tz::TimeZone};

use super::{
    Unlocked,
    look::moment,
    now,
    shared::{Elsewhere, Shared},
    words::{self, unknown},
};
use crate::{
    AppError, ErrorCode, Result,
    dto::records_sharing::{RecordsGrant, RecordsGrantState, RecordsGrants, RecordsResealed, RecordsRevoked},
    error::shown,
};

impl Unlocked {
    /// Gives a member's records to somebody, to read, or to write as well; to the end of a day, or for good. Takes effect
    /// with the next exchange.
    ///
    /// # Errors
    /// `records_person`, `records_owners` for what is somebody else's, `bad_parameter` for a day that is over.
    pub fn grant(&mut self, member: Uuid, person: &Person, write: bool, until: Option<&str>) -> Result<RecordsGrant> {
        let ends = until.map(end_of).transpose()?;
        let rights = if write { Rights::ReadWrite } else { Rights::Read };
        if self.grant_of(member).is_some() {
            return Err(Error::OwnersWork.into());
        }
        let _turn = self.begin_to_save()?;
        let grant = self.vault.grant(member, person.user, rights, ends, now())?;
        let given = self.vault.given().into_iter().find(|one| one.terms.grant == grant);
        given.map(|given| self.given_view(&given)).ok_or_else(|| unknown("the grant is not there"))
    }

    /// Everything that was given and accepted.
    pub fn grants(&self) -> RecordsGrants {
        let given = self.vault.given().iter().map(|given| self.given_view(given)).collect();
        let accepted = self.shared.iter().map(|shared| self.accepted_view(shared)).collect();
        RecordsGrants { given, accepted }
    }

    fn given_view(&self, given: &Given) -> RecordsGrant {
        let known = self.vault.people().into_iter().find(|person| person.user == given.terms.user);
        let user_id = given.terms.user.as_simple().to_string();
        RecordsGrant {
            id: given.terms.grant.to_string(),
            member: given.member.to_string(),
            member_name: self.name_of(given.member),
            person: known.map_or_else(|| user_id.clone(), |known| known.name),
            user_id,
            write: Some(given.terms.rights == Rights::ReadWrite),
            until: given.terms.ends.map(moment),
            state: match given.holds(now()) {
                true => RecordsGrantState::Holds,
                false if given.terms.ends.is_some_and(|ends| ends <= now()) => RecordsGrantState::Over,
                false => RecordsGrantState::Ended,
            },
            problem: None,
        }
    }

    fn accepted_view(&self, shared: &Shared) -> RecordsGrant {
        let terms = shared.vault().and_then(|vault| vault.terms()).cloned();
        let state = match &terms {
            _ if shared.has_ended() => RecordsGrantState::Ended,
            Some(terms) if terms.is_over(now()) => RecordsGrantState::Over,
            Some(_) => RecordsGrantState::Holds,
            None if shared.problem.as_ref().is_some_and(|problem| problem.code == ErrorCode::RecordsEnded) => {
                RecordsGrantState::Over
            }
            None => RecordsGrantState::Closed,
        };
        RecordsGrant {
            id: shared.accepted.grant.to_string(),
            member: shared.accepted.member.to_string(),
            member_name: self.name_of(shared.accepted.member),
            user_id: shared.accepted.owner.as_simple().to_string(),
            person: shared.person(),
            write: terms.as_ref().map(|terms| terms.rights == Rights::ReadWrite),
            until: terms.and_then(|terms| terms.ends).map(moment),
            state,
            problem: shared.problem.as_ref().map(|problem| problem.message.clone()),
        }
    }

    pub(super) fn name_of(&self, member: Uuid) -> Option<String> {
        self.of(member).shown(member, member).map(|shown| shown.content.fields.text("name").to_owned())
    }

    /// Accepts what somebody gave: the grant of this id, or all that are there for this user. They are fetched with the next
    /// exchange.
    ///
    /// # Errors
    /// `records_unknown` when there is none, `records_words` when the other has other keys than were compared.
    pub async fn accept(&mut self, owner: &Person, grant: Option<&str>) -> Result<Vec<RecordsGrant>> {
        let place = self.place_of(owner).await?;
        let wanted = match grant {
            Some(text) => vec![text.trim().parse::<Uuid>().map_err(|_| unknown(&format!("grant “{text}” is none")))?],
            None => grants_of(owner, &place).await?,
        };
        let accepted: Vec<Uuid> = self.vault.accepted().into_iter().map(|one| one.grant).collect();
        let mut taken = Vec::new();
        for wanted in wanted.into_iter().filter(|wanted| !accepted.contains(wanted)) {
            match self.look_at_grant(owner, wanted, &place).await {
                Ok(Some(member)) => taken.push((wanted, member)),
                Ok(None) => {}
                Err(Error::Crypto(holdfast_crypto::Error::NotForUs) | Error::AccessEnded) if grant.is_none() => {}
                Err(error) => return Err(words::say(error, &place.context)),
            }
        }
        if taken.is_empty() {
            return Err(AppError {
                hint: "they give it with `holdfast records grant` and send it with `holdfast records sync`; what was \
                       accepted already is in `holdfast records grants`"
                    .into(),
                ..unknown(&format!("nothing (new) for you is there from {}", owner.name))
            });
        }
        {
            let _turn = self.begin_to_save()?;
            for (grant, member) in &taken {
                let (grant, member) = (*grant, *member);
                let accepted = Accepted { grant, member, owner: owner.user, place: owner.place.clone() };
                self.vault.accept(accepted, now())?;
            }
        }
        self.open_accepted().await;
        let is_taken = |shared: &&Shared| taken.iter().any(|(grant, _)| *grant == shared.accepted.grant);
        Ok(self.shared.iter().filter(is_taken).map(|shared| self.accepted_view(shared)).collect())
    }

    /// What the other could read until now, and may keep when this grant is ended. Changes nothing.
    ///
    /// # Errors
    /// `records_unknown` when there is no such grant (any more).
    pub fn would_keep(&self, grant: &str) -> Result<RecordsRevoked> {
        let all = self.not_ended();
        let given = one_of(all.iter(), grant, |given| given.terms.grant)?;
        Ok(revoked_view(self.given_view(given), &self.vault.could_be_kept(given.member)))
    }

    fn not_ended(&self) -> Vec<Given> {
        self.vault.given().into_iter().filter(|given| given.ended.is_none()).collect()
    }

    /// Ends a grant that was given, and says what the other may have kept. What the other wrote counts as far as it was
    /// fetched: exchange before. Takes effect with the next exchange.
    ///
    /// # Errors
    /// `records_unknown` when there is no such grant (any more).
    pub fn revoke(&mut self, grant: &str) -> Result<RecordsRevoked> {
        let _turn = self.begin_to_save()?;
        let all = self.not_ended();
        let given = one_of(all.iter(), grant, |given| given.terms.grant)?;
        let view = self.given_view(given);
        Ok(revoked_view(view, &self.vault.revoke(given.terms.grant, now())?))
    }

    /// Seals again what a member had before somebody lost access: nothing in the place opens with their keys then. Cut off
    /// anywhere it can be called again.
    pub async fn reseal(&mut self, member: Uuid) -> Result<RecordsResealed> {
        if self.grant_of(member).is_some() {
            return Err(Error::OwnersWork.into());
        }
        let _turn = self.turns.exchange().await?;
        self.sync_in_turn(true).await?;
        let plan = self.vault.plan_reseal(member)?;
        let done = self.vault.reseal(&plan, &|| true).await;
        let done = done.map_err(|error| self.say(error))?;
        let failure = |(object, why): &(String, Error)| format!("{object}: {}", shown(&why.to_string()));
        Ok(RecordsResealed {
            versions: done.versions,
            attachments: done.attachments,
            failures: done.failures.iter().map(failure).collect(),
        })
    }

    /// Lets go of what somebody gave, on all own computers. What is here of it goes.
    ///
    /// # Errors
    /// `records_unknown`.
    pub async fn let_go(&mut self, grant: &str) -> Result<RecordsGrant> {
        let shared = one_of(self.shared.iter(), grant, |shared| shared.accepted.grant)?;
        let (view, grant) = (self.accepted_view(shared), shared.accepted.grant);
        {
            let _turn = self.begin_to_save()?;
            self.vault.let_go(grant, now())?;
        }
        self.open_accepted().await;
        self.forget_granted(grant);
        Ok(view)
    }
}

fn revoked_view(grant: RecordsGrant, kept: &Revoked) -> RecordsRevoked {
    RecordsRevoked {
        grant: grant.id,
        person: grant.person,
        member: grant.member,
        member_name: grant.member_name.unwrap_or_default(),
        records: kept.records,
        versions: kept.versions,
        attachments: kept.attachments,
        unsent: None,
    }
}

/// The one whose id begins so.
fn one_of<'a, T>(all: impl Iterator<Item = &'a T>, text: &str, id: impl Fn(&T) -> Uuid) -> Result<&'a T> {
    let text = text.trim().to_ascii_lowercase();
    let mut found = all.filter(|one| text.len() >= 4 && id(one).to_string().starts_with(&text));
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one),
        (None, _) => Err(AppError { hint: GRANTS.into(), ..unknown(&format!("there is no grant “{text}”")) }),
        _ => Err(AppError { hint: GRANTS.into(), ..unknown(&format!("there is more than one grant “{text}”")) }),
    }
}

const GRANTS: &str = "`holdfast records grants` shows them; an id may be cut short";

/// Ids of all grants in somebody's folder. For whom each is, only its reader knows.
async fn grants_of(owner: &Person, place: &Elsewhere) -> Result<Vec<Uuid>> {
    let folder = format!("{USERS}{}/", owner.user.as_simple());
    let mut request = ListRequest { prefix: format!("{folder}access-grants/"), ..ListRequest::default() };
    let mut found = Vec::new();
    loop {
        let page = place.store.list(&request).await;
        let page = page.map_err(|error| AppError::from_storage(&error, &place.context))?;
        found.extend(page.objects.iter().filter_map(|object| {
            match ObjectName::parse(object.key.as_str().strip_prefix(&folder)?) {
                Some(ObjectName::Grant { grant }) => Some(grant),
                _ => None,
            }
        }));
        request.continuation = page.continuation;
        if request.continuation.is_none() {
            return Ok(found);
        }
    }
}

/// The end of a day, by this computer's time zone.
fn end_of(day: &str) -> Result<holdfast_journal::Millis> {
    let wrong = |message: String| {
        AppError::config(ErrorCode::BadParameter, message, "write a day to come as 2027-12-31; nothing was given")
    };
    let date: Date = day.trim().parse().map_err(|_| wrong(format!("{} is no day", shown(day))))?;
    let next = date.tomorrow().and_then(|next| next.to_zoned(TimeZone::system()));
    let ends = next.map_err(|_| wrong(format!("{} is no day", shown(day))))?.timestamp().as_millisecond();
    if ends > now() { Ok(ends) } else { Err(wrong(format!("{} is over", shown(day)))) }
}
