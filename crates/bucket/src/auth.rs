//! Who may speak to the bucket: one pair of keys, made from the system's randomness unless it is handed in.
//!
//! A secret is never cloned, printed or serialised by accident: [`Secret::expose`] is the only way to its text.

use std::fmt;

use rand::{TryRngCore, rngs::OsRng};
use s3s::{
    S3Error, S3ErrorCode, S3Result,
    auth::{S3Auth, SecretKey},
};

/// Letters of an access key, as AWS makes them.
const ACCESS_LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// Letters of a secret. No `/` and `+`, which break when a user pastes a secret into a URL.
const SECRET_LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// A secret access key. Its `Debug` shows nothing and its memory is wiped when it is dropped.
pub struct Secret(SecretKey);

impl Secret {
    /// Takes a secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(SecretKey::from(text.into()))
    }

    /// The text itself, for the one who must hand it to a client.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// The pair of keys that a client signs with.
#[derive(Debug)]
pub struct Credentials {
    /// Access key id; not secret.
    pub access_key: String,
    /// Secret access key.
    pub secret_key: Secret,
}

impl Credentials {
    /// A new random pair: an access key of 20 and a secret of 40 letters (240 bits).
    ///
    /// # Errors
    /// When the operating system gives no randomness.
    pub fn generate() -> Result<Self, rand::rand_core::OsError> {
        Ok(Self {
            access_key: random_text(ACCESS_LETTERS, 20)?,
            secret_key: Secret::new(random_text(SECRET_LETTERS, 40)?),
        })
    }

    pub(crate) fn duplicate(&self) -> Self {
        Self { access_key: self.access_key.clone(), secret_key: Secret(self.secret_key.0.clone()) }
    }
}

/// Both alphabets have a length that divides 256, so the remainder favours no letter.
fn random_text(letters: &[u8], count: usize) -> Result<String, rand::rand_core::OsError> {
    let mut bytes = vec![0; count];
    OsRng.try_fill_bytes(&mut bytes)?;
    Ok(bytes.iter().map(|byte| char::from(letters[usize::from(*byte) % letters.len()])).collect())
}

/// Knows exactly one pair of keys.
pub(crate) struct OnePair(pub(crate) Credentials);

#[async_trait::async_trait]
impl S3Auth for OnePair {
    async fn get_secret_key(&self, access_key: &str) -> S3Result<SecretKey> {
        match access_key == self.0.access_key {
            true => Ok(self.0.secret_key.0.clone()),
            false => Err(S3Error::with_message(
                S3ErrorCode::InvalidAccessKeyId,
                "The access key Id you provided does not exist in our records.",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generated_keys_have_their_length_and_differ() {
        let (one, two) = (Credentials::generate().unwrap(), Credentials::generate().unwrap());
        assert_eq!((one.access_key.len(), one.secret_key.expose().len()), (20, 40));
        assert_ne!(one.access_key, two.access_key);
        assert_ne!(one.secret_key.expose(), two.secret_key.expose());
    }

    #[test]
    fn a_secret_is_not_printed() {
        let pair = Credentials { access_key: "ID".into(), secret_key: Secret::new("hush") };
        assert!(!format!("{pair:?}").contains("hush"));
    }
}
