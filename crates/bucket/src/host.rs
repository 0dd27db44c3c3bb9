//! Buckets in the name of the host: `photos.localhost:9000/a.jpg` instead of `localhost:9000/photos/a.jpg`. Names below
//! `localhost` are this computer by definition (RFC 6761); every other host is taken as the whole bucket's server.

use s3s::{
    S3Result,
    host::{S3Host, VirtualHost},
};

const DOMAIN: &str = "localhost";

/// Finds the bucket in the name of the host.
pub(crate) struct LocalNames;

impl S3Host for LocalNames {
    fn parse_host_header<'a>(&'a self, host: &'a str) -> S3Result<VirtualHost<'a>> {
        Ok(match bucket_in(host) {
            Some(bucket) => VirtualHost::new(DOMAIN).with_bucket(bucket),
            None => VirtualHost::new(host),
        })
    }
}

/// The bucket that a `Host` header names.
pub(crate) fn bucket_in(host: &str) -> Option<&str> {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let end = name.len().checked_sub(DOMAIN.len())?;
    let (bucket, domain) = name.is_char_boundary(end).then(|| name.split_at(end))?;
    let bucket = bucket.strip_suffix('.')?;
    (domain.eq_ignore_ascii_case(DOMAIN) && !bucket.is_empty()).then_some(bucket)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_below_localhost_have_a_bucket() {
        let table = [
            ("photos.localhost:9000", Some("photos")),
            ("photos.localhost", Some("photos")),
            ("a.b.LOCALHOST:1", Some("a.b")),
            ("localhost:9000", None),
            ("localhost", None),
            (".localhost", None),
            ("photoslocalhost", None),
            ("photos.localhost.example", None),
            ("127.0.0.1:9000", None),
            ("[::1]:9000", None),
            ("é", None),
            ("", None),
        ];
        for (host, bucket) in table {
            assert_eq!(bucket_in(host), bucket, "{host}");
        }
    }
}
