//! Requests by hand, over a bare socket, signed by a signer of our own where they are signed: what an SDK would never
//! send, and answers with every header.

use holdfast_bucket::Running;
use sha2::{Digest, Sha256};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// An answer as it came.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    head: String,
    pub body: Vec<u8>,
}

impl Answer {
    /// The value of a header, or an empty text.
    pub fn header(&self, name: &str) -> &str {
        let find = |line: &'_ str| line.split_once(':').is_some_and(|(have, _)| have.eq_ignore_ascii_case(name));
        let line = self.head.lines().find(|line| find(line));
        line.and_then(|line| line.split_once(':')).map_or("", |(_, value)| value.trim())
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// S3's error code.
    pub fn code(&self) -> String {
        let text = self.text();
        let inner = text.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>"));
        inner.map_or(String::new(), |(code, _)| code.to_owned())
    }
}

/// Sends a request and reads the answer to its end.
pub async fn send(running: &Running, method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(running.address()).await.unwrap();
    let mut head = format!("{method} {target} HTTP/1.1\r\n");
    if !headers.iter().any(|(name, _)| *name == "connection") {
        head += "connection: close\r\n";
    }
    if !headers.iter().any(|(name, _)| *name == "host") {
        head += &format!("host: {}\r\n", running.address());
    }
    if !body.is_empty() && !headers.iter().any(|(name, _)| *name == "content-length") {
        head += &format!("content-length: {}\r\n", body.len());
    }
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    head += "\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let _ = stream.write_all(body).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    parse(&answer)
}

fn parse(answer: &[u8]) -> Answer {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").expect("an answer has a head");
    let head = String::from_utf8(answer[..end].to_vec()).unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let mut answer = Answer { status, head, body: answer[end + 4..].to_vec() };
    if answer.header("transfer-encoding") == "chunked" {
        answer.body = unchunk(&answer.body);
    }
    answer
}

fn unchunk(mut body: &[u8]) -> Vec<u8> {
    let mut content = Vec::new();
    while let Some(end) = body.windows(2).position(|two| two == b"\r\n") {
        let size = usize::from_str_radix(std::str::from_utf8(&body[..end]).unwrap(), 16).unwrap();
        if size == 0 {
            break;
        }
        content.extend_from_slice(&body[end + 2..end + 2 + size]);
        body = &body[end + 4 + size..];
    }
    content
}

/// Signs with Signature Version 4 and sends. `headers` in lower case; `payload` is the value of x-amz-content-sha256.
pub async fn send_signed(
    running: &Running,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    payload: &str,
    body: &[u8],
) -> Answer {
    let seconds = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    send_signed_at(running, method, target, headers, payload, body, seconds as i64).await
}

/// The same at another time, in seconds of Unix time.
pub async fn send_signed_at(
    running: &Running,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    payload: &str,
    body: &[u8],
    seconds: i64,
) -> Answer {
    send_with(running, method, target, headers, payload, seconds, |_| body.to_vec()).await
}

/// Sends content in signed chunks. `damage` is added to the last byte of the content after it was signed.
pub async fn send_signed_chunks(running: &Running, target: &str, content: &[u8], chunk: usize, damage: u8) -> Answer {
    let seconds = jiff::Timestamp::now().as_second();
    let len = content.len().to_string();
    let headers = [("x-amz-decoded-content-length", len.as_str()), ("content-encoding", "aws-chunked")];
    let date = amz_date(seconds);
    let key = signing_key(running.secret_key().expose(), &date[..8]);
    let body = |seed: &str| {
        let (mut encoded, mut previous) = (Vec::new(), seed.to_owned());
        for piece in content.chunks(chunk).chain([&[][..]]) {
            let scope = format!("{}/us-east-1/s3/aws4_request", &date[..8]);
            let (empty, hash) = (sha256(b""), sha256(piece));
            let text = format!("AWS4-HMAC-SHA256-PAYLOAD\n{date}\n{scope}\n{previous}\n{empty}\n{hash}");
            previous = hex::encode(hmac(&key, text.as_bytes()));
            encoded.extend_from_slice(format!("{:x};chunk-signature={previous}\r\n", piece.len()).as_bytes());
            encoded.extend_from_slice(piece);
            if let Some(last) = encoded.last_mut().filter(|_| !piece.is_empty()) {
                *last = last.wrapping_add(damage);
            }
            encoded.extend_from_slice(b"\r\n");
        }
        encoded
    };
    send_with(running, "PUT", target, &headers, "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", seconds, body).await
}

/// Signs the head, then lets `body` make the body from the signature.
async fn send_with(
    running: &Running,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    payload: &str,
    seconds: i64,
    body: impl FnOnce(&str) -> Vec<u8>,
) -> Answer {
    let date = amz_date(seconds);
    let host = running.address().to_string();
    let mut all = vec![("x-amz-content-sha256", payload), ("x-amz-date", &date)];
    if !headers.iter().any(|(name, _)| *name == "host") {
        all.push(("host", host.as_str()));
    }
    all.extend_from_slice(headers);
    all.sort_unstable();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let names = all.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
    let lines: String = all.iter().map(|(name, value)| format!("{name}:{}\n", value.trim())).collect();
    let canonical = format!("{method}\n{path}\n{}\n{lines}\n{names}\n{payload}", canonical_query(query));
    let scope = format!("{}/us-east-1/s3/aws4_request", &date[..8]);
    let text = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{}", sha256(canonical.as_bytes()));
    let signature = hex::encode(hmac(&signing_key(running.secret_key().expose(), &date[..8]), text.as_bytes()));
    let access = running.access_key();
    let authorization =
        format!("AWS4-HMAC-SHA256 Credential={access}/{scope}, SignedHeaders={names}, Signature={signature}");
    all.push(("authorization", &authorization));
    send(running, method, target, &all, &body(&signature)).await
}

fn canonical_query(query: &str) -> String {
    let mut pairs: Vec<String> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| if pair.contains('=') { pair.to_owned() } else { format!("{pair}=") })
        .collect();
    pairs.sort();
    pairs.join("&")
}

fn amz_date(seconds: i64) -> String {
    let time = jiff::Timestamp::from_second(seconds).unwrap();
    time.strftime("%Y%m%dT%H%M%SZ").to_string()
}

pub fn sha256(content: &[u8]) -> String {
    hex::encode(Sha256::digest(content))
}

fn signing_key(secret: &str, day: &str) -> Vec<u8> {
    ["us-east-1", "s3", "aws4_request"]
        .iter()
        .fold(hmac(format!("AWS4{secret}").as_bytes(), day.as_bytes()), |key, part| hmac(&key, part.as_bytes()))
}

/// HMAC-SHA256 (RFC 2104) for keys up to a block.
fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    let pad = |byte: u8| -> Vec<u8> { (0..64).map(|at| key.get(at).copied().unwrap_or(0) ^ byte).collect() };
    let inner = Sha256::new().chain_update(pad(0x36)).chain_update(message).finalize();
    Sha256::new().chain_update(pad(0x5c)).chain_update(inner).finalize().to_vec()
}
