//! A server that answers every PUT with an ETag and keeps nothing: what is left to measure is the client. It knows PUT,
//! HEAD and an empty listing, and checks nothing.

use std::{
    error::Error,
    io::{self, Read},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

const EMPTY_LISTING: &str = r#"<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><IsTruncated>false</IsTruncated><KeyCount>0</KeyCount><MaxKeys>1000</MaxKeys></ListBucketResult>"#;
const STORED: &[u8] = b"HTTP/1.1 200 OK\r\nx-amz-request-id: 1\r\netag: \"0123456789abcdef0123456789abcdef\"\r\ncontent-length: 0\r\n\r\n";
const UNKNOWN: &[u8] = b"HTTP/1.1 501 Not Implemented\r\nx-amz-request-id: 1\r\ncontent-length: 0\r\n\r\n";

pub fn run(port: u16) -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_io().build()?;
    let listener = runtime.block_on(TcpListener::bind(("127.0.0.1", port)))?;
    println!("listening");
    runtime.spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            tokio::spawn(serve(connection));
        }
    });
    io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

async fn serve(mut connection: TcpStream) -> io::Result<()> {
    connection.set_nodelay(true)?;
    let mut buffer = Vec::with_capacity(64 << 10);
    loop {
        let end = loop {
            if let Some(at) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
            if connection.read_buf(&mut buffer).await? == 0 {
                return Ok(());
            }
        };
        let head = String::from_utf8_lossy(&buffer[..end]).to_ascii_lowercase();
        let header = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
        let length: usize = header("content-length:").and_then(|text| text.parse().ok()).unwrap_or(0);
        if header("expect:").is_some() {
            connection.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
        }
        skip(&mut connection, &mut buffer, end + length).await?;
        connection.write_all(&answer(&head)).await?;
    }
}

/// Throws away the first `count` bytes of what comes.
async fn skip(connection: &mut TcpStream, buffer: &mut Vec<u8>, count: usize) -> io::Result<()> {
    let mut left = count;
    while left > buffer.len() {
        left -= buffer.len();
        buffer.clear();
        if connection.read_buf(buffer).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    buffer.drain(..left);
    Ok(())
}

fn answer(head: &str) -> Vec<u8> {
    let mut words = head.split(' ');
    match (words.next(), words.next()) {
        (Some("put" | "head"), _) => STORED.to_vec(),
        (Some("get"), Some(path)) if path.contains("list-type=2") => {
            let length = EMPTY_LISTING.len();
            format!("HTTP/1.1 200 OK\r\nx-amz-request-id: 1\r\ncontent-type: application/xml\r\ncontent-length: {length}\r\n\r\n{EMPTY_LISTING}").into_bytes()
        }
        _ => UNKNOWN.to_vec(),
    }
}
