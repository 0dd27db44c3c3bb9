//! A sign-in with SSO (IAM Identity Center): `aws sso login` leaves a token in a file, the portal gives keys for it.

use std::{
    fs,
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering::SeqCst},
    },
};

use holdfast_tests::{http::Head, program::files_below};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::{World, contains, refused, says};

const START_URL: &str = "https://corp.example/start";
const TOKEN: &str = "the-access-token-of-mara";
const RENEWED: &str = "the-renewed-token-of-mara";
const REFRESH: &str = "the-refresh-token-of-mara";

/// Names of token files: SHA-1 of the session's name `corp`, and of the start URL where a profile names no session.
const OF_SESSION: &str = "ee0bfd2552fbd840c02cc48b6e823320543c450f.json";
const OF_START_URL: &str = "f7c9b39d0b4c7a7d82c79307585f77e1c5e74378.json";

/// The profile `work` as `aws configure sso` writes it.
const BY_SESSION: &str = "[profile work]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = Backup\n";
const SESSION: &str = "[sso-session corp]\nsso_region = nowhere-1\nsso_start_url = https://corp.example/start\n\
                       sso_registration_scopes = sso:account:access\n";

/// The same as earlier versions wrote it.
const BY_START_URL: &str = "[profile work]\nsso_start_url = https://corp.example/start\nsso_region = nowhere-1\n\
                            sso_account_id = 123456789012\nsso_role_name = Backup\n";

/// The portal and the service that renews tokens. It knows one token, and one that it was renewed to.
struct Portal {
    address: String,
    asked: Arc<Mutex<Vec<String>>>,
    /// So many of the next connections break before an answer.
    breaks: Arc<AtomicU32>,
}

impl Portal {
    async fn of(world: &World) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("its address"));
        let keys = json!({ "roleCredentials": {
            "accessKeyId": world.bucket.field("access_key"), "secretAccessKey": world.bucket.field("secret_key"),
            "sessionToken": "session", "expiration": 4_070_908_800_000_u64,
        } });
        let asked = Arc::<Mutex<Vec<String>>>::default();
        let breaks = Arc::<AtomicU32>::default();
        let (heard, broken) = (asked.clone(), breaks.clone());
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                match broken.fetch_update(SeqCst, SeqCst, |left| left.checked_sub(1)) {
                    Ok(_) => drop(connection),
                    Err(_) => drop(tokio::spawn(talk(connection, keys.clone(), heard.clone()))),
                }
            }
        });
        Self { address, asked, breaks }
    }

    /// First lines of all requests up to now.
    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().expect("the list"))
    }
}

async fn talk(mut connection: TcpStream, keys: Value, heard: Arc<Mutex<Vec<String>>>) {
    while let Ok(Some(head)) = Head::read(&mut connection).await {
        let mut body = vec![0; head.header("content-length").and_then(|text| text.parse().ok()).unwrap_or(0)];
        connection.read_exact(&mut body).await.expect("a request");
        let target = head.words()[..2].join(" ");
        let (status, kind, answer) = answer(&target, head.header("x-amz-sso_bearer_token"), &body, &keys);
        heard.lock().expect("the list").push(target);
        let answer = answer.to_string();
        let head =
            format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n", answer.len());
        let error = kind.map(|kind| format!("x-amzn-errortype: {kind}\r\n")).unwrap_or_default();
        let _ = connection.write_all(format!("{head}{error}\r\n{answer}").as_bytes()).await;
    }
}

fn answer(
    target: &str,
    token: Option<String>,
    body: &[u8],
    keys: &Value,
) -> (&'static str, Option<&'static str>, Value) {
    let wanted = ["GET /federation/credentials?", "account_id=123456789012", "role_name=Backup"];
    if target == "POST /token" {
        let asked: Value = serde_json::from_slice(body).unwrap_or_default();
        return match (asked["grantType"].as_str(), asked["refreshToken"].as_str()) {
            (Some("refresh_token"), Some(REFRESH)) => {
                ("200 OK", None, json!({ "accessToken": RENEWED, "expiresIn": 3600, "tokenType": "Bearer" }))
            }
            _ => ("400 Bad Request", Some("InvalidGrantException"), json!({ "error": "invalid_grant" })),
        };
    }
    match token.as_deref() {
        Some(TOKEN | RENEWED) if wanted.iter().all(|part| target.contains(part)) => ("200 OK", None, keys.clone()),
        Some(TOKEN | RENEWED) => ("403 Forbidden", Some("ForbiddenException"), json!({ "message": "No access" })),
        _ => {
            let words = json!({ "message": "Session token not found or invalid" });
            ("401 Unauthorized", Some("UnauthorizedException"), words)
        }
    }
}

/// A person who has `aws` set up, at a portal.
struct Signed {
    world: World,
    portal: Portal,
    config: String,
    none: String,
}

impl Signed {
    async fn with(config: &str) -> Self {
        let world = World::new().await;
        let portal = Portal::of(&world).await;
        let config = world.file("config", &config.replace("PORTAL", &portal.address));
        let none = world.file("none", "");
        Self { world, portal, config, none }
    }

    fn token_file(&self, name: &str) -> PathBuf {
        self.world.home.folder.path().join("home/.aws/sso/cache").join(name)
    }

    /// What `aws sso login` leaves.
    fn leave_token(&self, name: &str, token: &str, expires: &str, more: &[(&str, &str)]) {
        let mut content =
            json!({ "startUrl": START_URL, "region": "nowhere-1", "accessToken": token, "expiresAt": expires });
        for (field, value) in more {
            content[*field] = json!(value);
        }
        let path = self.token_file(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, content.to_string()).expect("a file");
    }

    fn store(&self) -> String {
        self.world.store("&profile=work")
    }

    async fn run(&self, args: &[&str], more: &[(&str, &str)]) -> holdfast_tests::program::Ended {
        let files = [("AWS_CONFIG_FILE", &*self.config), ("AWS_SHARED_CREDENTIALS_FILE", &*self.none)];
        let variables: Vec<_> = files.into_iter().chain(more.iter().copied()).collect();
        let ended = self.world.home.run_with(args.iter().copied().chain(["--json"]), &variables).await;
        self.world.assert_secret_is_nowhere(&ended);
        for token in [TOKEN, RENEWED, REFRESH, "gone-token"] {
            assert!(!contains(format!("{ended:?}").as_bytes(), token.as_bytes()), "{ended:?}");
        }
        ended
    }

    fn is_stored(&self, name: &str) -> bool {
        files_below(self.world.bucket.folder.path()).iter().any(|file| file.ends_with(name))
    }
}

/// Where the portal is, in the environment and in a section of the configuration.
fn by_environment(signed: &Signed) -> Vec<(&'static str, &str)> {
    vec![("AWS_ENDPOINT_URL_SSO", &signed.portal.address), ("AWS_ENDPOINT_URL_SSO_OIDC", &signed.portal.address)]
}

const SERVICES: &str =
    "services = here\n[services here]\nsso =\n  endpoint_url = PORTAL\nsso_oidc =\n  endpoint_url = PORTAL\n";

const LATER: &str = "2099-01-01T00:00:00Z";
const EARLIER: &str = "2020-01-01T00:00:00Z";

/// Signed in, a person sets the place up, writes, lists and reads; however the profile names the sign-in and the portal.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_in_with_sso_opens_the_bucket() {
    for (config, file, in_environment) in [
        (format!("{BY_SESSION}{SESSION}"), OF_SESSION, true),
        (format!("{BY_SESSION}{SERVICES}{SESSION}"), OF_SESSION, false),
        (BY_START_URL.to_owned(), OF_START_URL, true),
    ] {
        let signed = Signed::with(&config).await;
        signed.leave_token(file, TOKEN, LATER, &[]);
        let variables = if in_environment { by_environment(&signed) } else { Vec::new() };
        let sent = signed.world.file("sent", "hold fast");
        let back = signed.world.aws.path().join("back");
        signed.run(&["profile", "add", "office", "--store", &signed.store()], &variables).await.done();
        let test = signed.run(&["profile", "test", "office"], &variables).await.done();
        assert_eq!((&test["connected"], &test["bucket_accessible"]), (&json!(true), &json!(true)), "{test}");
        signed.run(&["put", &sent, "sent", "--profile", "office"], &variables).await.done();
        let listed = signed.run(&["ls", "--profile", "office"], &variables).await;
        assert!(listed.done().to_string().contains("\"sent\""), "{listed:?}");
        let back = back.to_str().expect("UTF-8");
        signed.run(&["get", "sent", back, "--profile", "office"], &variables).await.done();
        assert_eq!(fs::read_to_string(back).expect("what was got"), "hold fast");
        let asked = signed.portal.asked();
        assert_eq!(asked.len(), 5, "once by each command: {asked:?}");
        assert!(asked.iter().all(|line| line.starts_with("GET /federation/credentials?")), "{asked:?}");
        signed.world.bucket.stop().await;
    }
}

/// A token that has run out, one that the portal takes no more, and none at all: every command says once that the sign-in
/// is over, for which profile and what to run, and changes nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_in_that_is_over_is_told_with_what_to_run() {
    let (session, start_url) = (format!("{BY_SESSION}{SESSION}"), BY_START_URL.to_owned());
    for (config, file, token, expires, is_asked) in [
        (&session, OF_SESSION, TOKEN, EARLIER, false),
        (&session, OF_SESSION, "gone-token", LATER, true),
        (&session, "another.json", TOKEN, LATER, false),
        (&start_url, OF_START_URL, "gone-token", LATER, true),
        (&start_url, "another.json", TOKEN, LATER, false),
    ] {
        let signed = Signed::with(config).await;
        signed.leave_token(file, token, expires, &[]);
        let (sent, store) = (signed.world.file("sent", "hold fast"), signed.store());
        let folder = signed.world.aws.path().to_str().expect("UTF-8").to_owned();
        let variables = by_environment(&signed);
        for args in [
            &["profile", "add", "office", "--store", &store][..],
            &["put", &sent, "sent", "--store", &store],
            &["backup", &folder, "p", "--store", &store],
            &["ls", "--store", &store],
        ] {
            let error = refused(&signed.run(args, &variables).await);
            assert_eq!(
                (&error["kind"], &error["code"]),
                (&json!("InvalidCredentials"), &json!("expired_token")),
                "{error}"
            );
            assert!(says(&error, "message", "the sign-in of the AWS profile “work” has expired"), "{error}");
            assert!(says(&error, "hint", "run aws sso login --profile work"), "{error}");
            assert_eq!(!signed.portal.asked().is_empty(), is_asked, "{token} {expires}");
        }
        let default = [&variables[..], &[("AWS_PROFILE", "work")]].concat();
        let error = refused(&signed.run(&["put", &sent, "sent", "--store", &signed.world.store("")], &default).await);
        assert!(says(&error, "message", "the sign-in at AWS has expired"), "{error}");
        assert!(says(&error, "hint", "run aws sso login, then"), "{error}");
        assert!(!signed.is_stored("sent"));
        let profiles = signed.run(&["profile", "list"], &[]).await.done();
        assert_eq!(profiles, json!([]), "nothing is saved");
        signed.world.bucket.stop().await;
    }
}

/// A token that has run out and came with one to renew it is renewed, and left for the next program.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_can_be_renewed_is_renewed() {
    let signed = Signed::with(&format!("{BY_SESSION}{SESSION}")).await;
    let client = [("clientId", "aws"), ("clientSecret", "registered"), ("registrationExpiresAt", LATER)];
    let renewable = |token| [&client[..], &[("refreshToken", token)]].concat();
    let (sent, store, variables) = (signed.world.file("sent", "hold fast"), signed.store(), by_environment(&signed));
    let put = ["put", &sent, "sent", "--store", &store];
    signed.leave_token(OF_SESSION, "gone-token", EARLIER, &renewable(REFRESH));
    signed.run(&put, &variables).await.done();
    assert_eq!(signed.portal.asked()[0], "POST /token");
    let left = fs::read_to_string(signed.token_file(OF_SESSION)).expect("the file");
    assert!(left.contains(RENEWED) && left.contains(REFRESH), "{left}");
    signed.run(&put, &variables).await.done();
    assert_eq!(signed.portal.asked().len(), 1, "the renewed token is taken");
    signed.leave_token(OF_SESSION, "gone-token", EARLIER, &renewable("a-token-that-is-over"));
    let error = refused(&signed.run(&put, &variables).await);
    assert!(says(&error, "hint", "run aws sso login --profile work"), "{error}");
    signed.world.bucket.stop().await;
}

/// A portal whose line breaks is asked again. One that stays away is told as that, not as a sign-in that is over, and
/// trying again is said to help.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_portal_that_does_not_answer_is_asked_again() {
    let signed = Signed::with(&format!("{BY_SESSION}{SESSION}")).await;
    signed.leave_token(OF_SESSION, TOKEN, LATER, &[]);
    let (sent, store, variables) = (signed.world.file("sent", "hold fast"), signed.store(), by_environment(&signed));
    let put = ["put", &sent, "sent", "--store", &store];
    signed.portal.breaks.store(u32::MAX, SeqCst);
    let error = refused(&signed.run(&put, &variables).await);
    assert_eq!((&error["code"], &error["retryable"]), (&json!("offline_broken"), &json!(true)), "{error}");
    assert!(says(&error, "message", "the service that gives the keys"), "{error}");
    assert!(!signed.is_stored("sent"));
    signed.portal.breaks.store(2, SeqCst);
    signed.run(&put, &variables).await.done();
    assert!(signed.is_stored("sent"));
    signed.world.bucket.stop().await;
}
