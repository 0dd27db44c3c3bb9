//! Where a gateway is: `gateway://host[:port]/prefix?ca_file=…`, https unless the host is this computer.

use std::path::PathBuf;

use percent_encoding::percent_decode_str;

use crate::{
    Prefix, Secret, StoreUrlError,
    url::{IN_PATH, checked_endpoint, is_loopback, non_empty, parse_bool},
};

/// The parameters `gateway://` knows.
pub const GATEWAY_PARAMETERS: &[&str] = &["api_key", "ca_file", "allow_http"];

/// A gateway and a folder below what it gives us. Holds no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayLocation {
    /// Address with its scheme and without a path.
    pub url: String,
    /// Everything of ours is below this.
    pub prefix: Prefix,
    /// PEM file with certificates to trust in addition to the system's.
    pub ca_file: Option<PathBuf>,
}

impl GatewayLocation {
    /// Checks an address: without scheme it is http for loopback and https otherwise; plain http elsewhere only with
    /// `allow_http`.
    ///
    /// # Errors
    /// [`StoreUrlError::BadValue`] for what is no address, [`StoreUrlError::PlainHttp`].
    pub fn new(url: &str, allow_http: bool) -> Result<Self, StoreUrlError> {
        let url = checked_endpoint(url, allow_http)?;
        let parsed = ::url::Url::parse(&url).map_err(|_| StoreUrlError::Malformed)?;
        match parsed.path() {
            "/" => Ok(Self { url, prefix: Prefix::default(), ca_file: None }),
            _ => Err(StoreUrlError::BadValue { name: "url" }),
        }
    }

    /// What stands behind `gateway://`, and the key if one was written into it.
    pub(crate) fn parse(rest: &str) -> Result<(Self, Option<Secret>), StoreUrlError> {
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (host, prefix) = place.split_once('/').unwrap_or((place, ""));
        let (mut key, mut ca_file, mut allow_http) = (None, None, false);
        let mut seen = Vec::<String>::new();
        for (name, value) in ::url::form_urlencoded::parse(query.as_bytes()) {
            if seen.iter().any(|s| *s == name) {
                return Err(StoreUrlError::Repeated { name: name.into_owned() });
            }
            match &*name {
                "api_key" => key = Some(Secret::new(non_empty("api_key", &value)?)),
                "ca_file" => ca_file = Some(non_empty("ca_file", &value)?.into()),
                "allow_http" => allow_http = parse_bool("allow_http", &value)?,
                _ => return Err(StoreUrlError::UnknownParameter { name: name.into_owned() }),
            }
            seen.push(name.into_owned());
        }
        let scheme = if allow_http { "http://" } else { "" };
        let mut location = Self::new(&format!("{scheme}{host}"), allow_http)?;
        let prefix = percent_decode_str(prefix).decode_utf8().map_err(|_| StoreUrlError::Malformed)?;
        location.prefix = Prefix::parse(&prefix)?;
        location.ca_file = ca_file;
        Ok((location, key))
    }

    /// Whether plain http goes to another machine, which somebody asked for in so many words.
    pub fn is_plain(&self) -> bool {
        self.url.starts_with("http://") && !is_loopback(self.host())
    }

    /// The host's name.
    pub fn host(&self) -> &str {
        crate::url::host_of(&self.url)
    }

    /// As a store URL, without the key.
    pub fn redacted(&self) -> String {
        let mut query = ::url::form_urlencoded::Serializer::new(String::new());
        if let Some(file) = self.ca_file.as_ref().and_then(|path| path.to_str()) {
            query.append_pair("ca_file", file);
        }
        if self.is_plain() {
            query.append_pair("allow_http", "true");
        }
        let query = query.finish();
        let separator = if query.is_empty() { "" } else { "?" };
        let host = self.url.split_once("://").map_or(self.url.as_str(), |(_, host)| host);
        let prefix = percent_encoding::utf8_percent_encode(self.prefix.as_str(), IN_PATH);
        let prefix = if self.prefix.is_empty() { String::new() } else { format!("/{prefix}") };
        format!("gateway://{host}{prefix}{separator}{query}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::StoreUrl;

    fn parsed(text: &str) -> Result<(GatewayLocation, Option<Secret>), StoreUrlError> {
        match StoreUrl::parse(text)? {
            (StoreUrl::Gateway(location), keys) => Ok((location, keys.map(|keys| keys.secret))),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_address_is_understood_and_printed_without_its_key() {
        for (text, url, prefix, again) in [
            ("gateway://backup.example.com", "https://backup.example.com", "", "gateway://backup.example.com"),
            ("gateway://127.0.0.1:8443/a%20b/c", "http://127.0.0.1:8443", "a b/c", "gateway://127.0.0.1:8443/a%20b/c"),
            ("gateway://[::1]:80", "http://[::1]:80", "", "gateway://[::1]:80"),
            ("gateway://nas:1?allow_http=true", "http://nas:1", "", "gateway://nas:1?allow_http=true"),
            ("gateway://g:1?api_key=sk_live_x&ca_file=/ca.pem", "https://g:1", "", "gateway://g:1?ca_file=%2Fca.pem"),
        ] {
            let (location, _) = parsed(text).unwrap();
            assert_eq!((location.url.as_str(), location.prefix.as_str()), (url, prefix), "{text}");
            assert_eq!(location.redacted(), again);
            assert_eq!(parsed(again).unwrap().0, location, "{text}");
        }
        let (_, key) = parsed("gateway://g?api_key=sk_live_x").unwrap();
        assert_eq!(key.unwrap().expose(), "sk_live_x");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        assert!(matches!(parsed("gateway://"), Err(StoreUrlError::BadValue { .. })));
        assert!(matches!(parsed("gateway://u:p@host"), Err(StoreUrlError::BadValue { .. })));
        assert!(matches!(parsed("gateway://g?region=x"), Err(StoreUrlError::UnknownParameter { .. })));
        assert!(matches!(parsed("gateway://g?ca_file=a&ca_file=b"), Err(StoreUrlError::Repeated { .. })));
        assert!(matches!(parsed("gateway://g/a/../b"), Err(StoreUrlError::Prefix(_))));
        assert!(matches!(GatewayLocation::new("http://nas", false), Err(StoreUrlError::PlainHttp { .. })));
        assert!(matches!(GatewayLocation::new("https://nas/path", false), Err(StoreUrlError::BadValue { .. })));
    }
}
