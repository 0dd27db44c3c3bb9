//! Setting up and testing places against real sockets: each trouble has its own code, and nothing is saved in trouble.

mod saving;
mod servers;
mod this_computer;

use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use holdfast_app::{
    AppError, ErrorCode as Code, Home,
    connection::{Candidate, configure, try_connection},
    keychain::MemoryKeychain,
    paths::Paths,
    profiles::ProfileName,
};
use holdfast_storage::Secret;
use servers::{Answer, closed_port, serve, serve_tls};

pub const SECRET: &str = "S3CR3T-wJalrXUtnFEMI-K7MDENG";

pub struct World {
    pub folder: tempfile::TempDir,
    pub keychain: Arc<MemoryKeychain>,
    pub home: Home,
}

pub fn world() -> World {
    let folder = tempfile::tempdir().unwrap();
    let keychain = Arc::new(MemoryKeychain::new());
    let paths = Paths::below(folder.path().join("config"), folder.path().join("data"));
    std::fs::create_dir(folder.path().join("data")).unwrap();
    World { home: Home::new(paths, keychain.clone()), folder, keychain }
}

pub fn name(text: &str) -> ProfileName {
    ProfileName::new(text).unwrap()
}

pub fn candidate(endpoint: &str) -> Candidate {
    Candidate {
        profile: name("default"),
        endpoint: endpoint.into(),
        region: "eu-west-1".into(),
        bucket: "family-photos".into(),
        aws_profile: None,
        access_key_id: "AKFAMILY".into(),
        secret: Secret::new(SECRET),
        prefix: Some("laptop".into()),
        provider: None,
        ca_file: None,
        allow_http: false,
        sse: None,
    }
}

async fn trouble(candidate: &Candidate) -> AppError {
    let world = world();
    let test = try_connection(&world.home, candidate).await;
    let error = test.error.expect("a place in trouble");
    assert!(!test.bucket_accessible && test.report.is_none());
    let configured = configure(&world.home, candidate).await.unwrap_err();
    assert_eq!(configured.code, error.code);
    assert!(!world.home.profiles.path().exists(), "settings were saved");
    assert!(world.keychain.ids().is_empty(), "a secret was saved");
    assert!(!format!("{error:?}").contains(SECRET));
    error
}

#[tokio::test]
async fn each_answer_of_a_server_has_its_own_code_and_words() {
    let cases = [
        (Answer::html(), Code::NotS3, "web page"),
        (
            Answer::error(403, "SignatureDoesNotMatch", "no", 0),
            Code::WrongSecret,
            "secret does not fit the key “AKFAMILY”",
        ),
        (Answer::error(403, "InvalidAccessKeyId", "no", 0), Code::UnknownKey, "does not know the key “AKFAMILY”"),
        (Answer::error(403, "AccessDenied", "no", 0), Code::Denied, "“AKFAMILY” is not allowed"),
        (Answer::error(400, "ExpiredToken", "no", 0), Code::ExpiredToken, "expired"),
        (Answer::error(404, "NoSuchBucket", "no", 0), Code::BucketMissing, "“family-photos” does not exist"),
        (
            Answer::error(
                400,
                "AuthorizationHeaderMalformed",
                "region 'eu-west-1' is wrong; expecting 'eu-north-1'",
                0,
            ),
            Code::WrongRegion,
            "is in the region eu-north-1, not in eu-west-1",
        ),
        (Answer::error(403, "RequestTimeTooSkewed", "no", 1200), Code::ClockSkew, "20 minutes behind"),
        (Answer::error(403, "AccessDenied", "no", -1200), Code::ClockSkew, "20 minutes ahead"),
        (Answer::error(503, "SlowDown", "no", 0), Code::SlowDown, "slow down"),
    ];
    for (answer, code, words) in cases {
        let at = serve(answer).await;
        let error = trouble(&candidate(&at.to_string())).await;
        assert_eq!(error.code, code, "{error:?}");
        assert!(error.message.contains(words), "{error:?}");
        assert!(!error.hint.is_empty() && !error.message.starts_with(char::is_uppercase), "{error:?}");
    }
}

#[tokio::test]
async fn what_cannot_be_reached_says_why() {
    let refused = closed_port().await;
    let (plain, (tls, _)) = (serve(Answer::html()).await, serve_tls(Answer::html()).await);
    let https = |at: SocketAddr| format!("https://{at}");
    for (endpoint, code) in [
        (refused.to_string(), Code::Refused),
        (https(tls), Code::TlsUntrusted),
        (https(plain), Code::TlsFailed),
        ("https://no-such-host.invalid".into(), Code::Dns),
    ] {
        let error = trouble(&candidate(&endpoint)).await;
        assert_eq!(error.code, code, "{endpoint}: {error:?}");
    }
}

#[tokio::test]
async fn a_certificate_named_by_the_profile_is_trusted() {
    let (at, pem) = serve_tls(Answer::error(404, "NoSuchBucket", "no", 0)).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, pem).unwrap();
    let with = |ca_file: PathBuf| Candidate {
        ca_file: Some(ca_file),
        ..candidate(&format!("https://localhost:{}", at.port()))
    };
    assert_eq!(trouble(&with(file.clone())).await.code, Code::BucketMissing);
    std::fs::write(&file, "not a certificate").unwrap();
    assert_eq!(trouble(&with(file)).await.code, Code::CaFile);
    assert_eq!(trouble(&with(folder.path().join("missing.pem"))).await.code, Code::CaFile);
}

#[tokio::test]
async fn what_was_typed_wrong_is_said_before_anything_is_sent() {
    type Change = fn(&mut Candidate);
    let cases: [(Change, Code); 9] = [
        (|c| c.bucket = String::new(), Code::BucketNameMissing),
        (|c| c.bucket = "My Bucket".into(), Code::BucketNameBad),
        (|c| c.endpoint = "http://example.com".into(), Code::PlainHttp),
        (|c| c.endpoint = "ftp://example.com".into(), Code::BadParameter),
        (|c| c.prefix = Some("a/../b".into()), Code::PrefixBad),
        (|c| c.access_key_id = String::new(), Code::HalfAKey),
        (|c| c.secret = Secret::new(" "), Code::HalfAKey),
        (|c| (c.endpoint, c.provider) = (String::new(), Some("minio".into())), Code::BadParameter),
        (
            |c| (c.endpoint, c.region, c.provider) = (String::new(), String::new(), Some("b2".into())),
            Code::BadParameter,
        ),
    ];
    for (at, (change, code)) in cases.into_iter().enumerate() {
        let mut typed = candidate("127.0.0.1:1");
        change(&mut typed);
        assert_eq!(trouble(&typed).await.code, code, "case {at}");
    }
}

#[test]
fn a_provider_fills_in_its_own_address() {
    let typed = |provider: &str, region: &str| Candidate {
        provider: Some(provider.into()),
        region: region.into(),
        ..candidate("")
    };
    let b2 = typed("b2", "eu-central-003").location().unwrap();
    assert_eq!(b2.endpoint.as_deref(), Some("https://s3.eu-central-003.backblazeb2.com"));
    assert_eq!(typed("aws", "eu-west-1").location().unwrap().endpoint, None);
    let minio = Candidate { provider: Some("minio".into()), ..candidate("https://minio.lan:9000") };
    assert!(minio.location().unwrap().path_style);
}
