//! Sharing: people one knows, what was given and what others gave, and the computers of the vault. Exchanging is a large
//! future; it is boxed, so that the small stack of a worker carries it.

use super::{apart, vault};
use crate::{
    App, Result, Secret,
    dto::records_sharing::{
        RecordsDeviceRevoked, RecordsNewPerson, RecordsPerson, RecordsResealed, RecordsRevoked, RecordsShared,
        RecordsSharing, RecordsTheirPlace,
    },
    records::{NewPerson, Unlocked, VaultPlace},
};

/// How sharing stands. Makes no request.
pub async fn sharing(app: &App) -> Result<RecordsSharing> {
    let open = vault(app).await?;
    Ok(RecordsSharing { people: open.people()?, grants: open.grants(), devices: open.devices()? })
}

/// Where somebody's public key was found. Their words are not told: they are to be heard.
///
/// # Errors
/// `records_nobody` when the place has none.
pub async fn find_person(app: &App, user: &str, place: RecordsTheirPlace) -> Result<String> {
    let mut open = apart(app).await?;
    Ok(Box::pin(open.stranger(user, &place_of(place))).await?.location)
}

/// Gets to know somebody by the words that they read out.
///
/// # Errors
/// `records_words` when they belong to another key.
pub async fn add_person(app: &App, new: RecordsNewPerson) -> Result<RecordsPerson> {
    let RecordsNewPerson { user_id, name, place, words } = new;
    let new = NewPerson { user: user_id, name, place: place_of(place), words };
    let mut open = apart(app).await?;
    Box::pin(open.add_person(new)).await
}

/// Says how this computer gets to somebody's vault.
pub async fn place_person(app: &App, person: &str, place: RecordsTheirPlace) -> Result<RecordsPerson> {
    let mut open = apart(app).await?;
    Box::pin(open.set_person_place(person, place_of(place))).await
}

/// Gives a member's records to somebody: to read, or to write as well; to the end of a day, or for good.
pub async fn give(app: &App, member: &str, person: &str, write: bool, until: Option<&str>) -> Result<RecordsShared> {
    let mut open = apart(app).await?;
    let (member, person) = (open.member(member)?, open.person(person)?);
    let given = open.grant(member, &person, write, until)?;
    let unsent = send(&mut open).await;
    Ok(RecordsShared { grants: vec![given], unsent })
}

/// Takes all that somebody gave, and fetches it.
///
/// # Errors
/// `records_unknown` when nothing new is there.
pub async fn accept(app: &App, person: &str) -> Result<RecordsShared> {
    let mut open = apart(app).await?;
    let person = open.person(person)?;
    let taken: Vec<String> = Box::pin(open.accept(&person, None)).await?.into_iter().map(|one| one.id).collect();
    let unsent = send(&mut open).await;
    let grants = open.grants().accepted.into_iter().filter(|one| taken.contains(&one.id)).collect();
    Ok(RecordsShared { grants, unsent })
}

/// What the other may keep when a grant is ended. Changes nothing.
pub async fn would_keep(app: &App, grant: &str) -> Result<RecordsRevoked> {
    vault(app).await?.would_keep(grant)
}

/// Ends a grant. What the other wrote until now is fetched first.
pub async fn revoke(app: &App, grant: &str) -> Result<RecordsRevoked> {
    let mut open = apart(app).await?;
    let before = send(&mut open).await;
    let revoked = open.revoke(grant)?;
    let unsent = send(&mut open).await.or(before);
    Ok(RecordsRevoked { unsent, ..revoked })
}

/// Seals again what a member had before somebody lost access.
pub async fn reseal(app: &App, member: &str) -> Result<RecordsResealed> {
    let mut open = apart(app).await?;
    let member = open.member(member)?;
    Box::pin(open.reseal(member)).await
}

/// Lets go of what somebody gave. What is here of it goes. The page's vault is opened anew, since its files are gone.
pub async fn let_go(app: &App, grant: &str) -> Result<RecordsShared> {
    app.records_page.put_away().await;
    let mut open = apart(app).await?;
    let gone = Box::pin(open.let_go(grant)).await?;
    let unsent = send(&mut open).await;
    Ok(RecordsShared { grants: vec![gone], unsent })
}

/// Shuts a computer out. The recovery code is typed for it: the new keys are sealed under it.
pub async fn revoke_device(app: &App, device: &str, words: &str) -> Result<RecordsDeviceRevoked> {
    let mut open = apart(app).await?;
    let revoked = Box::pin(open.revoke_device(app, device, words)).await;
    app.records_page.put_away().await;
    revoked
}

/// Exchanges, so that what was decided takes effect; why it does not yet.
async fn send(open: &mut Unlocked) -> Option<String> {
    match Box::pin(open.sync(true)).await {
        Err(error) => Some(error.message),
        Ok(synced) => synced.failures.into_iter().chain(synced.shared).next(),
    }
}

fn place_of(place: RecordsTheirPlace) -> VaultPlace {
    match (place.profile, place.url) {
        (Some(profile), _) => VaultPlace::Profile(profile),
        (None, Some(url)) => VaultPlace::Url { url, secret: place.secret.map(|text| Secret::new(text.as_str())) },
        (None, None) => VaultPlace::AsSet,
    }
}
