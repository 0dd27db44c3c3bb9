//! Tokens of an OpenID Connect issuer. Its keys come from a file or an address and are kept for ten minutes.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation, jwk::JwkSet};
use serde::Deserialize;
use tokio::time::Instant;

use crate::{
    auth::LEEWAY,
    config::OidcConfig,
    live::{Client, Live},
    state::State,
};

/// How long an issuer's keys are believed.
const KEPT_FOR: Duration = Duration::from_secs(600);
/// How long it takes before a key that is not known has the issuer asked again.
const ASK_AGAIN: Duration = Duration::from_secs(60);
/// Largest set of keys.
const MAX_BYTES: usize = 1 << 20;
/// What an issuer may sign with: nothing that has a shared secret.
const ALGORITHMS: &[Algorithm] = &[
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];

/// The issuer's keys as they came last.
#[derive(Debug, Default)]
pub(crate) struct KeySets(Mutex<Option<(Instant, Arc<JwkSet>)>>);

#[derive(Deserialize)]
struct Claims {
    sub: String,
    exp: f64,
    nbf: Option<f64>,
}

impl Claims {
    /// The library would ask the computer's clock.
    fn is_valid_at(&self, now: f64) -> bool {
        let leeway = LEEWAY as f64;
        self.exp > now - leeway && self.nbf.is_none_or(|nbf| nbf <= now + leeway)
    }
}

impl KeySets {
    fn slot(&self) -> MutexGuard<'_, Option<(Instant, Arc<JwkSet>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn clear(&self) {
        *self.slot() = None;
    }

    /// The client that the token's subject is.
    pub(crate) async fn client(&self, state: &State, live: &Live, token: &str, header: &Header) -> Option<Arc<Client>> {
        let oidc = live.oidc.as_ref()?;
        let kid = header.kid.as_deref()?;
        if !ALGORITHMS.contains(&header.alg) {
            return None;
        }
        let key = self.key(state, oidc, kid).await?;
        let mut validation = Validation::new(header.alg);
        validation.set_issuer(&[&oidc.issuer]);
        validation.set_audience(&[&oidc.audience]);
        validation.validate_exp = false;
        let claims = jsonwebtoken::decode::<Claims>(token, &key, &validation).ok()?.claims;
        if !claims.is_valid_at(state.clock.seconds()) {
            return None;
        }
        let found = live.clients.iter().find(|client| client.oidc_subjects.contains(&claims.sub));
        found.cloned()
    }

    async fn key(&self, state: &State, oidc: &OidcConfig, kid: &str) -> Option<DecodingKey> {
        let kept = self.slot().clone();
        let (age, set) = kept.map_or((Duration::MAX, None), |(at, set)| (at.elapsed(), Some(set)));
        let find = |set: &JwkSet| set.find(kid).and_then(|key| DecodingKey::from_jwk(key).ok());
        let known = set.as_deref().and_then(find);
        if age < ASK_AGAIN || (known.is_some() && age < KEPT_FOR) {
            return known;
        }
        match load(state, oidc).await {
            Ok(set) => {
                let key = find(&set);
                *self.slot() = Some((Instant::now(), Arc::new(set)));
                key
            }
            Err(error) => {
                tracing::error!(error, "the OpenID Connect issuer's keys could not be loaded");
                known
            }
        }
    }
}

async fn load(state: &State, oidc: &OidcConfig) -> Result<JwkSet, String> {
    let bytes = match (&oidc.jwks_file, &oidc.jwks_url) {
        (Some(path), _) => tokio::fs::read(path).await.map_err(|error| error.to_string())?,
        (None, Some(url)) => {
            let answer = state.http.get(url.clone()).send().await.map_err(|error| error.to_string())?;
            let mut answer = answer.error_for_status().map_err(|error| error.to_string())?;
            let mut bytes = Vec::new();
            while let Some(chunk) = answer.chunk().await.map_err(|error| error.to_string())? {
                if bytes.len() + chunk.len() > MAX_BYTES {
                    return Err("they are larger than a set of keys can be".into());
                }
                bytes.extend_from_slice(&chunk);
            }
            bytes
        }
        (None, None) => return Err("there is neither a file nor an address".into()),
    };
    serde_json::from_slice(&bytes).map_err(|error| error.to_string())
}
