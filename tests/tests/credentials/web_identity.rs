//! As in a cluster: a token in a file is exchanged for keys of a role (AWS STS, AssumeRoleWithWebIdentity).

use holdfast_tests::{http::Head, program::files_below};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    sync::mpsc,
};

use crate::{World, contains, refused, says};

const TOKEN: &str = "the-token-of-this-machine";

/// A token service that gives every exchange one answer, and tells what it was asked.
struct TokenService {
    address: String,
    asked: mpsc::UnboundedReceiver<String>,
}

impl TokenService {
    async fn start(status: &'static str, body: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("its address"));
        let (tell, asked) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((mut connection, _)) = listener.accept().await {
                let Ok(Some(head)) = Head::read(&mut connection).await else { continue };
                let length = head.header("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
                let mut asked = vec![0; length];
                connection.read_exact(&mut asked).await.expect("a request");
                let _ = tell.send(String::from_utf8_lossy(&asked).into_owned());
                let length = body.len();
                let head = format!("HTTP/1.1 {status}\r\ncontent-type: text/xml\r\ncontent-length: {length}\r\n");
                let answer = format!("{head}connection: close\r\n\r\n{body}");
                connection.write_all(answer.as_bytes()).await.expect("it is told");
            }
        });
        Self { address, asked }
    }

    async fn of_keys(key: &str, secret: &str) -> Self {
        let body = format!(
            "<AssumeRoleWithWebIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleWithWebIdentityResult>\
             <AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/holdfast/s</Arn><AssumedRoleId>A:s</AssumedRoleId></AssumedRoleUser>\
             <Credentials><AccessKeyId>{key}</AccessKeyId><SecretAccessKey>{secret}</SecretAccessKey>\
             <SessionToken>session</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>\
             </AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>"
        );
        Self::start("200 OK", body).await
    }

    async fn of_refusal(code: &str) -> Self {
        let body = format!(
            "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type><Code>{code}</Code>\
             <Message>no</Message></Error><RequestId>1</RequestId></ErrorResponse>"
        );
        Self::start("400 Bad Request", body).await
    }
}

fn variables<'a>(tokens: &'a TokenService, token: &'a str, none: &'a str) -> [(&'static str, &'a str); 6] {
    [
        ("AWS_WEB_IDENTITY_TOKEN_FILE", token),
        ("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/holdfast"),
        ("AWS_ENDPOINT_URL_STS", &tokens.address),
        ("AWS_REGION", "us-east-1"),
        ("AWS_SHARED_CREDENTIALS_FILE", none),
        ("AWS_CONFIG_FILE", none),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_web_identity_becomes_the_keys_of_its_role() {
    let world = World::new().await;
    let mut tokens = TokenService::of_keys(world.bucket.field("access_key"), world.bucket.field("secret_key")).await;
    let (token, none) = (world.file("token", TOKEN), world.file("none", ""));
    let ended = world.put(&world.store(""), &variables(&tokens, &token, &none)).await;
    assert_eq!(ended.done()["success"], true);
    let asked = tokens.asked.recv().await.expect("it was asked");
    assert!(asked.contains("AssumeRoleWithWebIdentity") && asked.contains(TOKEN), "{asked}");
    world.assert_secret_is_nowhere(&ended);
    world.bucket.stop().await;
}

/// A token that the service takes no more, and one that is not there: said once, with what to do, and nothing is stored.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_web_identity_that_gives_no_keys_is_told() {
    let world = World::new().await;
    let (token, none) = (world.file("token", TOKEN), world.file("none", ""));
    let missing = world.aws.path().join("missing").to_str().expect("UTF-8").to_owned();
    for (refusal, token, code, words) in [
        ("ExpiredTokenException", &token, "expired_token", "has expired"),
        ("InvalidIdentityToken", &token, "credentials_source", "web identity"),
        ("AccessDenied", &token, "credentials_source", "web identity"),
        ("AccessDenied", &missing, "credentials_source", "web identity"),
    ] {
        let tokens = TokenService::of_refusal(refusal).await;
        let ended = world.put(&world.store(""), &variables(&tokens, token, &none)).await;
        let error = refused(&ended);
        assert_eq!(
            (error["kind"].as_str(), error["code"].as_str()),
            (Some("InvalidCredentials"), Some(code)),
            "{error}"
        );
        assert!(says(&error, "message", words) || says(&error, "hint", words), "{error}");
        assert!(!contains(format!("{ended:?}").as_bytes(), TOKEN.as_bytes()), "{ended:?}");
    }
    assert!(!files_below(world.bucket.folder.path()).iter().any(|file| file.ends_with("sent")));
    world.bucket.stop().await;
}
