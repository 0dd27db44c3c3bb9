//! What a configuration must fulfil beyond its form. Pure: opens nothing.

use std::collections::HashSet;

use holdfast_storage::{Prefix, buckets::check_bucket_name};

use super::{ClientConfig, Config, ConfigError, SecretText, ServerConfig, TokensConfig};
use crate::{keys::KeyHash, paths::RemotePath, upload::part_size};

type Checked = Result<(), ConfigError>;

fn ensure(good: bool, field: &str, message: &str) -> Checked {
    good.then_some(()).ok_or_else(|| ConfigError::value(field, message))
}

pub(super) fn check(config: &Config) -> Checked {
    server(&config.server)?;
    s3(config)?;
    let mut names = HashSet::new();
    let mut hashes = Vec::new();
    for (at, one) in config.clients.iter().enumerate() {
        let field = format!("clients[{at}]");
        client(one, &field, config.s3_api)?;
        let fits = part_size(one.max_file_size_mb << 20) <= u64::from(config.server.upload_memory_mb) << 19;
        let message = "a part of so large a file does not fit into half of server.upload_memory_mb";
        ensure(fits, &format!("{field}.max_file_size_mb"), message)?;
        ensure(names.insert(&one.name), &format!("{field}.name"), "another client has this name")?;
        for hash in client_hashes(one, &field)? {
            ensure(!hash.is_among(&hashes), &field, "its key belongs to another client too")?;
            hashes.push(hash);
        }
    }
    for (at, text) in config.revoked.iter().enumerate() {
        KeyHash::parse(text).map_err(|fault| ConfigError::value(format!("revoked[{at}]"), fault.to_string()))?;
    }
    if let Some(hash) = admin_hash(config)? {
        ensure(!hash.is_among(&hashes), "admin", "its key belongs to a client too")?;
    }
    ensure(config.s3.max_concurrent_writes >= 1, "s3.max_concurrent_writes", "it must be at least 1")?;
    let expiry = config.presign.max_expiry;
    ensure((1..=3600).contains(&expiry), "presign.max_expiry", "it must be from 1 to 3600 seconds")?;
    ensure(config.reports.keep_days >= 2, "reports.keep_days", "it must be at least 2")?;
    ensure(config.reports.write_every_seconds >= 1, "reports.write_every_seconds", "it must be at least 1")?;
    tokens(&config.tokens)
}

fn server(server: &ServerConfig) -> Checked {
    let tls = &server.tls;
    if tls.enabled {
        ensure(tls.cert_file.is_some(), "server.tls.cert_file", "it is missing")?;
        ensure(tls.key_file.is_some(), "server.tls.key_file", "it is missing")?;
    } else {
        let safe = server.host.is_loopback() || server.allow_plain_http;
        let message = "other machines would speak plain HTTP to it, and their keys could be read on the way: \
                       enable TLS, or set server.allow_plain_http: true behind something that ends TLS";
        ensure(safe, "server.tls.enabled", message)?;
    }
    let name = server.name.as_deref().unwrap_or("gateway");
    ensure(is_name(name), "server.name", "it must be 1 to 63 of a-z, 0-9, - and _")?;
    ensure(server.upload_memory_mb >= 16, "server.upload_memory_mb", "it must be at least 16")?;
    ensure(server.max_connections >= 1, "server.max_connections", "it must be at least 1")?;
    ensure(server.head_timeout_seconds >= 1, "server.head_timeout_seconds", "it must be at least 1")?;
    ensure(server.body_timeout_seconds >= 1, "server.body_timeout_seconds", "it must be at least 1")
}

fn s3(config: &Config) -> Checked {
    let s3 = &config.s3;
    check_bucket_name(&s3.bucket).map_err(|error| ConfigError::value("s3.bucket", error.to_string()))?;
    Prefix::parse(&s3.path_prefix).map_err(|error| ConfigError::value("s3.path_prefix", error.to_string()))?;
    let both = s3.access_key_id.is_some() == s3.secret_access_key.is_some();
    ensure(both, "s3.access_key_id", "access_key_id and secret_access_key go together")
}

fn client(client: &ClientConfig, field: &str, s3_api: bool) -> Checked {
    let name = format!("{field}.name");
    ensure(is_name(&client.name), &name, "it must be 1 to 63 of a-z, 0-9, - and _, and begin with a letter or digit")?;
    if s3_api {
        let message = "with s3_api it is the name of a bucket too: 3 to 63 of a-z, 0-9 and -";
        ensure(check_bucket_name(&client.name).is_ok(), &name, message)?;
    }
    let known = !client_hashes(client, field)?.is_empty() || !client.oidc_subjects.is_empty();
    ensure(known, field, "it has no api_key_hash, so nobody could use it: holdfast gateway key new makes one")?;
    let size = (1..=5 << 20).contains(&client.max_file_size_mb);
    ensure(size, &format!("{field}.max_file_size_mb"), "it must be from 1 to 5242880, as S3 takes 5 TiB in an object")?;
    ensure(client.quota_gb.is_none_or(|gb| gb < 1 << 30), &format!("{field}.quota_gb"), "it is too large")?;
    ensure(client.max_concurrent_requests >= 1, &format!("{field}.max_concurrent_requests"), "it must be at least 1")?;
    ensure(client.requests_per_minute != Some(0), &format!("{field}.requests_per_minute"), "it must be at least 1")?;
    for (at, path) in client.allowed_paths.iter().enumerate() {
        let checked = RemotePath::parse(path.strip_suffix('/').unwrap_or(path));
        checked.map_err(|fault| ConfigError::value(format!("{field}.allowed_paths[{at}]"), fault.to_string()))?;
    }
    Ok(())
}

fn is_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    (1..=63).contains(&name.len())
        && name.starts_with(plain)
        && name.chars().all(|c| plain(c) || matches!(c, '-' | '_'))
}

fn hash(key: Option<&SecretText>, hash: Option<&String>, field: &str) -> Result<Vec<KeyHash>, ConfigError> {
    let at = |name: &str| format!("{field}.{name}");
    let one = key.map(|key| KeyHash::of(key.0.expose()).map_err(|f| ConfigError::value(at("api_key"), f.to_string())));
    let two = hash.map(|text| KeyHash::parse(text).map_err(|f| ConfigError::value(at("api_key_hash"), f.to_string())));
    one.into_iter().chain(two).collect()
}

/// Hashes of a client's keys.
pub(crate) fn client_hashes(client: &ClientConfig, field: &str) -> Result<Vec<KeyHash>, ConfigError> {
    let mut hashes = hash(client.api_key.as_ref(), client.api_key_hash.as_ref(), field)?;
    if let Some(next) = &client.next_api_key_hash {
        let at = format!("{field}.next_api_key_hash");
        hashes.push(KeyHash::parse(next).map_err(|fault| ConfigError::value(at, fault.to_string()))?);
    }
    ensure(hashes.len() <= 2, field, "it has more than two keys")?;
    hashes.dedup();
    Ok(hashes)
}

/// Hash of the administrator's key.
pub(crate) fn admin_hash(config: &Config) -> Result<Option<KeyHash>, ConfigError> {
    let Some(admin) = &config.admin else { return Ok(None) };
    let hashes = hash(admin.api_key.as_ref(), admin.api_key_hash.as_ref(), "admin")?;
    ensure(hashes.len() == 1, "admin", "it needs either api_key or api_key_hash")?;
    Ok(hashes.first().copied())
}

fn tokens(tokens: &TokensConfig) -> Checked {
    let lifetime = tokens.lifetime_seconds;
    ensure((1..=900).contains(&lifetime), "tokens.lifetime_seconds", "it must be from 1 to 900 seconds")?;
    let long = tokens.secret.as_ref().is_none_or(|secret| secret.0.expose().len() >= 32);
    ensure(long, "tokens.secret", "it must have at least 32 characters")?;
    let Some(oidc) = &tokens.oidc else { return Ok(()) };
    let one = oidc.jwks_file.is_some() != oidc.jwks_url.is_some();
    ensure(one, "tokens.oidc", "it needs either jwks_file or jwks_url")?;
    let Some(url) = &oidc.jwks_url else { return Ok(()) };
    let local = matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
    let message = "keys that come by plain HTTP could be anybody's: use https";
    ensure(url.scheme() == "https" || local, "tokens.oidc.jwks_url", message)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    const KEY: &str = "sk_test_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

    fn parse(text: &str) -> Result<Config, ConfigError> {
        Config::parse(text, HashMap::from([("KEY".to_owned(), KEY.to_owned()), ("PORT".to_owned(), "8080".to_owned())]))
    }

    const GOOD: &str = "
server: {port: 8443}
s3: {bucket: backups, access_key_id: id, secret_access_key: secret}
clients:
  - name: web-1
    api_key: ${KEY}
";

    #[test]
    fn a_small_file_is_enough() {
        let config = parse(GOOD).unwrap();
        assert_eq!(config.clients[0].api_key.as_ref().unwrap().0.expose(), KEY);
        assert!(!format!("{config:?}").contains(KEY));
        assert_eq!(parse(&GOOD.replace("{port: 8443}", "\n  port: ${PORT}")).unwrap().server.port, 8080);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_field_and_no_secret_is_shown() {
        let hash = KeyHash::of(KEY).unwrap().to_string();
        for (from, to, field) in [
            ("port: 8443", "port: none", "server.port"),
            ("port: 8443", "port: 1, hots: x", "server.hots"),
            ("port: 8443", "port: 1, host: 0.0.0.0", "server.tls.enabled"),
            ("port: 8443", "port: 1, tls: {enabled: true}", "server.tls.cert_file"),
            ("bucket: backups", "bucket: B", "s3.bucket"),
            ("bucket: backups", "bucket: backups, path_prefix: ../x", "s3.path_prefix"),
            ("access_key_id: id, ", "", "s3.access_key_id"),
            ("name: web-1", "name: ../x", "clients[0].name"),
            ("name: web-1", "name: .holdfast", "clients[0].name"),
            ("${KEY}", "sk_test_short", "clients[0].api_key"),
            ("${KEY}", "${NOT_SET}", "clients[0]"),
            ("    api_key: ${KEY}\n", "", "clients[0]"),
            ("clients:", "presign: {max_expiry: 3601}\nclients:", "presign.max_expiry"),
            ("clients:", "tokens: {lifetime_seconds: 901}\nclients:", "tokens.lifetime_seconds"),
            ("clients:", "admin: {api_key: '${KEY}'}\nclients:", "admin.api_key"),
            ("clients:", "admin:\n  api_key: ${KEY}\nclients:", "admin"),
            ("name: web-1", "name: web-1\n    allowed_paths: [a/../b]", "clients[0].allowed_paths[0]"),
            ("name: web-1", "name: web-1\n    permissions: [fly]", "clients[0].permissions[0]"),
            ("s3:", "revoked: [x]\ns3:", "revoked[0]"),
        ] {
            let text = GOOD.replace(from, to);
            assert_ne!(text, GOOD, "{from}");
            let error = parse(&text).unwrap_err();
            let shown = error.to_string();
            assert!(shown.contains(&format!("at {field}:")), "{to}: {shown}");
            assert!(!shown.contains(KEY) && !shown.contains(&hash), "{shown}");
        }
        let two = GOOD.to_owned() + "  - name: web-2\n    api_key: ${KEY}\n";
        assert!(parse(&two).unwrap_err().to_string().contains("another client"));
    }
}
