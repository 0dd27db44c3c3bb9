//! All places with what is known about them, and taking one away.

use crate::{
    AppError, ErrorCode, Home, Result,
    connection::{self, place_view},
    dto::{config::ProbeReport, place::PlaceView},
    error::shown,
    prices::Prices,
    profiles::{Place, Profile, ProfileName},
    stores,
};

/// Something that is kept at a place. Handed in by whoever knows what is backed up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceUse {
    /// The profile it uses.
    pub profile: String,
    /// Its name.
    pub name: String,
    /// What it keeps there.
    pub stored_bytes: u64,
    /// In which storage class; `None` for the place's.
    pub storage_class: Option<String>,
}

/// Every profile, by name.
pub async fn list_places(home: &Home, uses: &[PlaceUse]) -> Result<Vec<PlaceView>> {
    let (profiles, prices) = (home.load_profiles().await?, home.load_prices().await?);
    profiles.iter().map(|(name, profile)| view(name, profile, &prices, uses)).collect()
}

fn view(name: &ProfileName, profile: &Profile, prices: &Prices, uses: &[PlaceUse]) -> Result<PlaceView> {
    let (provider, region, class) = match &profile.place {
        Place::S3(place) => (place.provider_id(), place.region.as_deref(), place.storage_class.as_deref()),
        Place::Local(_) => ("local", None, None),
        Place::Gateway(_) => (stores::GATEWAY_PROVIDER, None, None),
    };
    let (uses, list) = (of(uses, name), prices.of(provider, region));
    let stored_bytes = uses.iter().map(|used| used.stored_bytes).sum();
    let month = |used: &&PlaceUse| {
        list.clone().in_class(provider, used.storage_class.as_deref().or(class)).month(used.stored_bytes)
    };
    Ok(PlaceView {
        config: place_view(name, &profile.place),
        title: stores::title(&profile.place),
        used_by: uses.iter().map(|used| used.name.clone()).collect(),
        stored_bytes,
        monthly_usd: uses.iter().map(month).sum(),
        tested: profile.probe.as_ref().map(|probe| probe.tested_at.to_string()),
        report: profile.probe.as_ref().map(|probe| ProbeReport::of(probe, provider, &list)),
    })
}

fn of<'a>(uses: &'a [PlaceUse], name: &ProfileName) -> Vec<&'a PlaceUse> {
    uses.iter().filter(|used| used.profile == name.as_str()).collect()
}

/// Takes a profile and its secret away. What lies in its place is not touched.
///
/// # Errors
/// `place_in_use` while something is kept there; `no_profile`.
pub async fn remove_place(home: &Home, profile: &str, uses: &[PlaceUse]) -> Result<()> {
    let name = ProfileName::new(profile)?;
    let users = of(uses, &name);
    if !users.is_empty() {
        let names: Vec<_> = users.iter().map(|used| format!("“{}”", shown(&used.name))).collect();
        return Err(AppError::config(
            ErrorCode::PlaceInUse,
            format!("the place “{name}” is used by {}", names.join(", ")),
            "choose another place for it, or remove it first; copies stay where they are",
        ));
    }
    connection::remove_profile(home, &name).await
}
