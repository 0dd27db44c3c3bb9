//! Who asks: an API key, a token that was exchanged for one, or a token of an OpenID Connect issuer.

use std::sync::Arc;

use aws_lc_rs::hmac;
use http::{HeaderMap, header};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use rand::{TryRngCore, rngs::OsRng};
use serde::{Deserialize, Serialize};

use crate::{
    config::{ConfigError, SecretText},
    error::{Answer, ApiError},
    keys::KeyHash,
    live::{Client, Live},
    state::State,
};

/// The tokens' `iss`.
const ISSUER: &str = "holdfast-gateway";
/// What the bucket's secret is made into a signing key with.
const PURPOSE: &[u8] = b"holdfast gateway tokens 1";
/// Seconds that the clocks of two gateways, or of an issuer, may differ.
pub(crate) const LEEWAY: i64 = 60;
/// Longest token that is looked at.
const MAX_TOKEN: usize = 8 << 10;

/// Who asks.
#[derive(Debug, Clone)]
pub(crate) enum Principal {
    Client(Arc<Client>),
    Admin,
}

/// What is behind `Bearer`.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, text) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| text.trim())
}

/// Finds out who asks.
///
/// # Errors
/// 401, which does not tell what was wrong.
pub(crate) async fn principal(state: &State, headers: &HeaderMap) -> Answer<Principal> {
    let refused = || {
        state.metrics.refused_keys.inc();
        ApiError::bad_key()
    };
    let text = bearer(headers).ok_or_else(refused)?;
    let live = state.live();
    if let Ok(hash) = KeyHash::of(text) {
        return match (live.with_key(&hash), live.is_admin(&hash)) {
            (Some(client), _) => Ok(Principal::Client(client.clone())),
            (None, true) => Ok(Principal::Admin),
            (None, false) => Err(refused()),
        };
    }
    if text.len() > MAX_TOKEN {
        return Err(refused());
    }
    let header = jsonwebtoken::decode_header(text).map_err(|_| refused())?;
    let client = match header.alg {
        Algorithm::HS256 => state.signer.client(text, &live, state.clock.second()),
        _ => state.key_sets.client(state, &live, text, &header).await,
    };
    client.map(Principal::Client).ok_or_else(refused)
}

#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    /// Fingerprint of the key that the token was exchanged for.
    key: String,
    iat: i64,
    exp: i64,
}

/// Signs tokens and checks its own.
pub(crate) struct Signer {
    encoding: EncodingKey,
    decoding: DecodingKey,
}

impl Signer {
    /// With the configured secret, else with one made of the bucket's, so that all gateways of a bucket agree, else with
    /// one that lives as long as the process.
    pub(crate) fn new(
        secret: Option<&holdfast_storage::Secret>,
        bucket: Option<&SecretText>,
    ) -> Result<Self, ConfigError> {
        let key = match (secret, bucket) {
            (Some(secret), _) => derived(secret.expose().as_bytes()),
            (None, Some(bucket)) => derived(bucket.0.expose().as_bytes()),
            (None, None) => {
                let mut key = vec![0; 32];
                let random = OsRng.try_fill_bytes(&mut key);
                random.map_err(|error| ConfigError::value("tokens.secret", format!("none could be made: {error}")))?;
                key
            }
        };
        Ok(Self { encoding: EncodingKey::from_secret(&key), decoding: DecodingKey::from_secret(&key) })
    }

    /// A token for a client that showed this key: the token and when it ends. Times are in Unix seconds.
    pub(crate) fn token(&self, client: &Client, key: &KeyHash, lifetime: u64, now: i64) -> Answer<(String, i64)> {
        let exp = now + lifetime as i64;
        let claims = Claims { iss: ISSUER.into(), sub: client.name.clone(), key: key.fingerprint(), iat: now, exp };
        let token = jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.encoding);
        Ok((token.map_err(|_| ApiError::internal("signing a token"))?, exp))
    }

    /// The client of a token, as long as the key that it was exchanged for is good. A token that was made in the future
    /// is refused: it would outlive its time when a clock that was ahead is set back.
    fn client(&self, token: &str, live: &Live, now: i64) -> Option<Arc<Client>> {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_issuer(&[ISSUER]);
        validation.validate_exp = false;
        let claims = jsonwebtoken::decode::<Claims>(token, &self.decoding, &validation).ok()?.claims;
        if claims.exp <= now || claims.iat > now + LEEWAY {
            return None;
        }
        let client = live.named(&claims.sub)?;
        let good = |key: &&KeyHash| key.has_fingerprint(&claims.key) && !key.is_among(&live.revoked);
        client.keys.iter().any(|key| good(&key)).then(|| client.clone())
    }
}

fn derived(secret: &[u8]) -> Vec<u8> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    hmac::sign(&key, PURPOSE).as_ref().to_vec()
}
