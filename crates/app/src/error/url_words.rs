//! Words for store URLs and prefixes that are not understood.

use holdfast_storage::{PrefixError, StoreUrlError, gateway::GATEWAY_PARAMETERS, url::S3_PARAMETERS};

use super::{AppError, ErrorCode as Code, shown};

const EXAMPLE: &str =
    "write it like s3://bucket/prefix?region=…&endpoint=…, gateway://host:port/prefix, file:///folder or memory:";

impl From<StoreUrlError> for AppError {
    fn from(error: StoreUrlError) -> Self {
        use StoreUrlError as E;
        let message = match &error {
            E::BadBucket { bucket } => format!("“{}” cannot be the name of a bucket", shown(bucket)),
            E::UnknownParameter { name } => format!("the parameter “{}” is not known", shown(name)),
            E::Repeated { name } => format!("the parameter “{}” is there twice", shown(name)),
            E::UnknownScheme { scheme } => format!("“{}:” is not a kind of place Holdfast knows", shown(scheme)),
            E::Prefix(prefix) => return prefix.clone().into(),
            other => other.to_string(),
        };
        let (code, hint) = match &error {
            E::Malformed => (Code::StoreUrlMalformed, EXAMPLE.to_owned()),
            E::UnknownScheme { .. } => (Code::StoreUrlScheme, EXAMPLE.to_owned()),
            E::MissingBucket => (Code::BucketNameMissing, EXAMPLE.to_owned()),
            E::BadBucket { .. } => (
                Code::BucketNameBad,
                "a bucket's name has 3 to 63 of a–z, 0–9, - and . and begins and ends with a letter or digit".into(),
            ),
            E::UnknownParameter { name } => (Code::UnknownParameter, nearest(name)),
            E::Repeated { name } => (Code::RepeatedParameter, format!("write “{}” once", shown(name))),
            E::BadValue { name } => (Code::BadParameter, value_hint(name)),
            E::HalfAKey { given, missing } => {
                (Code::HalfAKey, format!("give {missing} together with {given}, or neither"))
            }
            E::PlainHttp { .. } => (
                Code::PlainHttp,
                "use https; if you really mean http inside your own network, say so with allow_http=true".into(),
            ),
            E::RelativeFolder => {
                (Code::FolderNotAbsolute, "write the folder from the root, like file:///home/me/Holdfast".into())
            }
            E::Prefix(_) => (Code::PrefixBad, String::new()),
        };
        Self::config(code, message, hint)
    }
}

fn nearest(name: &str) -> String {
    let plain = name.to_lowercase().replace(['_', '-'], "");
    let mut all = S3_PARAMETERS.iter().chain(GATEWAY_PARAMETERS);
    match all.find(|known| known.replace('_', "") == plain) {
        Some(known) => format!("did you mean {known}?"),
        None => {
            format!("known for s3: are {}; for gateway: {}", S3_PARAMETERS.join(", "), GATEWAY_PARAMETERS.join(", "))
        }
    }
}

fn value_hint(name: &str) -> String {
    match name {
        "endpoint" => {
            "give host and port like minio.lan:9000 or https://s3.example.com, without user, path or query".into()
        }
        "url" => "give the gateway's host and port like backup.example.com:8443, without user, path or query".into(),
        "api_key" => "give the key that the gateway's keeper made for this computer (--secret-stdin reads it)".into(),
        "path_style" | "allow_http" => format!("{name} is true or false"),
        "sse" => "sse is AES256, kms, or kms: and a key id".into(),
        "profile" => "give either access_key or profile, not both".into(),
        other => format!("{other} must not be empty"),
    }
}

impl From<PrefixError> for AppError {
    fn from(error: PrefixError) -> Self {
        let (message, hint) = match &error {
            PrefixError::Dots { prefix, name } => (
                format!("the prefix “{}” holds the name “{name}”", shown(prefix)),
                "write the prefix as a plain path, like laptop/photos".to_owned(),
            ),
            PrefixError::EmptyName { prefix } => {
                (format!("the prefix “{}” holds an empty name", shown(prefix)), "write one / between names".into())
            }
            PrefixError::Character { prefix } => (
                format!("the prefix “{}” holds a backslash or a control character", shown(prefix)),
                "use / between names and no control characters".into(),
            ),
            PrefixError::TooLong => ("the prefix is too long".into(), "a prefix has at most 1,024 bytes".into()),
        };
        Self::config(Code::PrefixBad, message, hint)
    }
}
