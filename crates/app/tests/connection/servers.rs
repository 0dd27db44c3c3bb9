//! Small servers that answer every request in one way.

use std::{net::SocketAddr, sync::Arc};

use jiff::{SignedDuration, Timestamp, fmt::rfc2822};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpListener,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    },
};

/// The head and body that answer a request; a HEAD request gets the head alone.
#[derive(Clone)]
pub struct Answer {
    pub head: String,
    pub body: String,
}

impl Answer {
    pub fn html() -> Self {
        Self { head: "HTTP/1.1 200 OK\r\ncontent-type: text/html".into(), body: "<html>sign in</html>".into() }
    }

    /// S3's error document, with a Date so many seconds from now.
    pub fn error(status: u16, code: &str, message: &str, skew: i64) -> Self {
        let at = (Timestamp::now() + SignedDuration::from_secs(skew)).in_tz("UTC").unwrap();
        let date = rfc2822::to_string(&at).unwrap().replace("+0000", "GMT");
        let head =
            format!("HTTP/1.1 {status} No\r\ncontent-type: application/xml\r\nx-amz-request-id: 1\r\ndate: {date}");
        let body = format!(
            "<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>{message}</Message><RequestId>1</RequestId></Error>"
        );
        Self { head, body }
    }
}

/// Answers on a free port until the test ends.
pub async fn serve(answer: Answer) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(talk(stream, answer.clone()));
        }
    });
    address
}

/// The same behind TLS with a certificate nobody trusts; gives the certificate too, as PEM.
pub async fn serve_tls(answer: Answer) -> (SocketAddr, String) {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".into(), "127.0.0.1".into()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let config = ServerConfig::builder().with_no_client_auth().with_single_cert(vec![made.cert.der().clone()], key);
    let acceptor = TlsAcceptor::from(Arc::new(config.unwrap()));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, answer) = (acceptor.clone(), answer.clone());
            tokio::spawn(async move {
                if let Ok(stream) = acceptor.accept(stream).await {
                    talk(stream, answer).await;
                }
            });
        }
    });
    (address, made.cert.pem())
}

async fn talk(mut stream: impl AsyncRead + AsyncWrite + Unpin, answer: Answer) {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    // What is no HTTP (a TLS greeting, say) is answered at once, as web servers do.
    while !request.windows(4).any(|w| w == b"\r\n\r\n") && request.first().is_none_or(u8::is_ascii_alphabetic) {
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(n) => request.extend_from_slice(&buffer[..n]),
        }
    }
    let body = if request.starts_with(b"HEAD") { "" } else { &answer.body };
    let text = format!("{}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}", answer.head, answer.body.len());
    let _ = stream.write_all(text.as_bytes()).await;
    let _ = stream.shutdown().await;
}

/// A port where nothing listens.
pub async fn closed_port() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap()
}
