//! A server that gives one answer to everything: a web page, a portal, an error with a reason. Plain or with TLS.

use std::{net::SocketAddr, sync::Arc};

use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt, BufReader},
    net::TcpListener,
    task::JoinHandle,
};
use tokio_rustls::{TlsAcceptor, rustls};

use crate::http::{Head, Length, pass};

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP status and its words.
    pub status: &'static str,
    /// Headers besides the length.
    pub headers: Vec<(&'static str, String)>,
    /// Body; not sent to HEAD.
    pub body: String,
    /// A longer request gets no answer: the connection is reset before its body was read.
    pub reads_up_to: u64,
}

impl Default for Answer {
    fn default() -> Self {
        Self { status: "200 OK", headers: Vec::new(), body: String::new(), reads_up_to: u64::MAX }
    }
}

impl Answer {
    /// A web page.
    pub fn page(status: &'static str) -> Self {
        let body = "<!DOCTYPE html><html><body>Welcome to the hotel. Please sign in.</body></html>".into();
        Self { status, headers: vec![("content-type", "text/html; charset=utf-8".into())], body, ..Default::default() }
    }

    /// What S3 answers when it refuses.
    pub fn refusal(status: &'static str, code: &str, date: Option<String>) -> Self {
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>{code}</Code><Message>no</Message>\
             <RequestId>1</RequestId></Error>"
        );
        let mut headers = vec![("content-type", "application/xml".into()), ("x-amz-request-id", "1".into())];
        headers.extend(date.map(|date| ("date", date)));
        Self { status, headers, body, ..Default::default() }
    }

    fn bytes(&self, method: &str) -> Vec<u8> {
        let mut text = format!("HTTP/1.1 {}\r\ncontent-length: {}\r\n", self.status, self.body.len());
        for (name, value) in &self.headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        text.push_str("\r\n");
        if method != "HEAD" {
            text.push_str(&self.body);
        }
        text.into_bytes()
    }
}

/// A server that runs until it is dropped.
pub struct Scripted {
    address: SocketAddr,
    scheme: &'static str,
    task: JoinHandle<()>,
}

impl Scripted {
    /// Plain HTTP.
    pub async fn start(answer: Answer) -> Self {
        Self::over(answer, None).await
    }

    /// With a certificate for `localhost` that only its own PEM text trusts. Returns that text too.
    pub async fn start_tls(answer: Answer) -> (Self, String) {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
        let pem = made.cert.pem();
        let key = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).expect("a key");
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .expect("a certificate");
        (Self::over(answer, Some(TlsAcceptor::from(Arc::new(config)))).await, pem)
    }

    async fn over(answer: Answer, tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let scheme = if tls.is_some() { "https" } else { "http" };
        let task = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                let (answer, tls) = (answer.clone(), tls.clone());
                connections.spawn(async move {
                    match tls {
                        None => talk(client, &answer).await,
                        Some(tls) => match tls.accept(client).await {
                            Ok(client) => talk(client, &answer).await,
                            Err(error) => Err(error),
                        },
                    }
                });
            }
        });
        Self { address, scheme, task }
    }

    /// Its address, under the name its certificate has.
    pub fn endpoint(&self) -> String {
        format!("{}://localhost:{}", self.scheme, self.address.port())
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.address.port()
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn talk(stream: impl AsyncRead + AsyncWrite + Unpin, answer: &Answer) -> std::io::Result<()> {
    let (from, mut to) = tokio::io::split(stream);
    let mut from = BufReader::new(from);
    loop {
        let head = match Head::read(&mut from).await {
            Ok(Some(head)) => head,
            Ok(None) => return Ok(()),
            // What is no HTTP, TLS for instance, is answered as other servers do.
            Err(error) => {
                to.write_all(b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n").await?;
                return Err(error);
            }
        };
        if matches!(head.request_length(), Length::Bytes(length) if length > answer.reads_up_to) {
            return Ok(());
        }
        pass(&mut from, &mut tokio::io::sink(), head.request_length(), |bytes| bytes.len()).await?;
        to.write_all(&answer.bytes(&head.words()[0])).await?;
        to.flush().await?;
    }
}
