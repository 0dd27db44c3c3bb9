//! Sessions of MinIO's security token service: keys for a while, with rights of their own, ended before their time.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{PayloadChecksumKind, SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{http::Head, servers::Server};

/// Keys of a session.
#[derive(Debug)]
pub struct Session {
    /// Access key id.
    pub access_key: String,
    /// Secret access key.
    pub secret_key: String,
    /// What goes with every request.
    pub token: String,
}

impl Session {
    /// A session that may do what both its owner and `policy` allow. It lasts fifteen minutes, the shortest there is.
    pub async fn begin(server: &Server, policy: &serde_json::Value) -> Self {
        let fields = [("Action", "AssumeRole"), ("Version", "2011-06-15"), ("DurationSeconds", "900")];
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        let body = body.extend_pairs(fields).append_pair("Policy", &policy.to_string()).finish();
        let answer = signed_post(server, "sts", "/", &body).await;
        let field = |name: &str| {
            let (_, rest) = answer.split_once(&format!("<{name}>")).unwrap_or_else(|| panic!("no {name}: {answer}"));
            rest.split('<').next().unwrap_or_default().to_owned()
        };
        Self { access_key: field("AccessKeyId"), secret_key: field("SecretAccessKey"), token: field("SessionToken") }
    }

    /// The environment of a program that works with these keys.
    pub fn environment(&self) -> [(&'static str, &str); 3] {
        [
            ("AWS_ACCESS_KEY_ID", &self.access_key),
            ("AWS_SECRET_ACCESS_KEY", &self.secret_key),
            ("AWS_SESSION_TOKEN", &self.token),
        ]
    }
}

/// Ends every session of the server's owner, as if their time were over: MinIO answers the same from then on.
pub async fn end_all(server: &Server) {
    let path = format!("/minio/admin/v3/revoke-tokens/builtin?fullRevoke=true&user={}", server.access_key);
    signed_post(server, "s3", &path, "").await;
}

/// The body of the answer, which must be a success.
async fn signed_post(server: &Server, service: &str, path: &str, body: &str) -> String {
    let host = server.endpoint.trim_start_matches("http://");
    let form = ("content-type", "application/x-www-form-urlencoded");
    let mut head = format!("POST {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n{}: {}\r\n", form.0, form.1);
    for (name, value) in signature(server, service, path, form, body) {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    let request = format!("{head}content-length: {}\r\n\r\n{body}", body.len());
    let mut stream = TcpStream::connect(host).await.expect("the server");
    stream.write_all(request.as_bytes()).await.expect("a request");
    let head = Head::read(&mut stream).await.expect("an answer").expect("its head");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("its body");
    assert!(matches!(head.status(), 200 | 204), "{path}: {} {answer}", head.status());
    answer
}

fn signature(server: &Server, service: &str, path: &str, header: (&str, &str), body: &str) -> Vec<(String, String)> {
    let identity = Credentials::new(&server.access_key, &server.secret_key, None, None, "test").into();
    let mut settings = SigningSettings::default();
    settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(&server.region)
        .name(service)
        .time(SystemTime::now())
        .settings(settings)
        .build()
        .expect("parameters")
        .into();
    let address = format!("{}{path}", server.endpoint);
    let body = SignableBody::Bytes(body.as_bytes());
    let request = SignableRequest::new("POST", address, [header].into_iter(), body).expect("a request");
    let (instructions, _) = sign(request, &params).expect("a signature").into_parts();
    instructions.headers().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}
