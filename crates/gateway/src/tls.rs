//! The certificate: read, held against the clock, and replaced while connections go on.

use std::{
    path::Path,
    sync::{Arc, PoisonError, RwLock},
};

use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::aws_lc_rs,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    },
};
use x509_parser::{parse_x509_certificate, time::ASN1Time};

use crate::config::{ConfigError, TlsConfig};

/// The certificate that new connections get. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Certificate(Arc<RwLock<Arc<ServerConfig>>>);

impl Certificate {
    /// Reads the files, or nothing where TLS is off.
    pub(crate) fn load(tls: &TlsConfig) -> Result<Option<Self>, ConfigError> {
        Ok(load(tls)?.map(|config| Self(Arc::new(RwLock::new(config)))))
    }

    /// Reads the files again. Connections that are open keep what they have.
    pub(crate) fn reload(&self, tls: &TlsConfig) -> Result<(), ConfigError> {
        if let Some(config) = load(tls)? {
            *self.0.write().unwrap_or_else(PoisonError::into_inner) = config;
        }
        Ok(())
    }

    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(self.0.read().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

/// Checks the files without using them.
pub(crate) fn check(tls: &TlsConfig) -> Result<(), ConfigError> {
    load(tls).map(drop)
}

fn load(tls: &TlsConfig) -> Result<Option<Arc<ServerConfig>>, ConfigError> {
    let (true, Some(cert_file), Some(key_file)) = (tls.enabled, &tls.cert_file, &tls.key_file) else { return Ok(None) };
    let chain = chain(cert_file)?;
    in_time(cert_file, &chain[0])?;
    let in_key = |words: String| ConfigError::value("server.tls.key_file", format!("{} {words}", key_file.display()));
    let key = PrivateKeyDer::from_pem_file(key_file).map_err(|error| in_key(format!("holds no key: {error}")))?;
    let builder = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().map_err(|error| in_key(error.to_string()))?;
    let config = builder.with_no_client_auth().with_single_cert(chain, key);
    let mut config = config.map_err(|error| in_key(format!("does not fit the certificate: {error}")))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Some(Arc::new(config)))
}

fn in_cert(path: &Path, words: impl std::fmt::Display) -> ConfigError {
    ConfigError::value("server.tls.cert_file", format!("{} {words}", path.display()))
}

fn chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, ConfigError> {
    let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let chain = read.map_err(|error| in_cert(path, format_args!("cannot be read: {error}")))?;
    match chain.is_empty() {
        true => Err(in_cert(path, "holds no certificate")),
        false => Ok(chain),
    }
}

/// Refuses a certificate that nobody would accept today.
fn in_time(path: &Path, certificate: &CertificateDer<'_>) -> Result<(), ConfigError> {
    let parsed = parse_x509_certificate(certificate);
    let (_, parsed) = parsed.map_err(|_| in_cert(path, "holds a certificate that cannot be read"))?;
    let (validity, now) = (parsed.validity(), ASN1Time::now());
    if validity.not_after < now {
        return Err(in_cert(path, format_args!("expired on {}: put a new one in its place", validity.not_after)));
    }
    match validity.not_before > now {
        true => Err(in_cert(path, format_args!("is not valid before {}: check the clock", validity.not_before))),
        false => Ok(()),
    }
}
