//! Just enough of HTTP/1.1 to stand in the middle of a connection: heads, lengths, and bodies that pass through.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// A head that never ends is a mistake of the test.
const MAX_HEAD: usize = 64 << 10;

/// The first line and the headers as they came, with their final empty line.
#[derive(Debug, Clone)]
pub struct Head {
    /// Everything.
    pub bytes: Vec<u8>,
}

/// How long a body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Length {
    /// So many bytes.
    Bytes(u64),
    /// Chunks until an empty one.
    Chunked,
    /// Until the connection is closed.
    ToTheEnd,
}

impl Head {
    /// Reads one. `None` when the connection ends between two requests.
    pub async fn read(from: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<Self>> {
        let mut bytes = Vec::new();
        while !bytes.ends_with(b"\r\n\r\n") {
            match from.read_u8().await {
                Ok(byte) => bytes.push(byte),
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof && bytes.is_empty() => return Ok(None),
                Err(error) => return Err(error),
            }
            if bytes.len() > MAX_HEAD || !bytes[0].is_ascii_uppercase() {
                return Err(io::ErrorKind::InvalidData.into());
            }
        }
        Ok(Some(Self { bytes }))
    }

    /// The words of the first line.
    pub fn words(&self) -> Vec<String> {
        let text = String::from_utf8_lossy(&self.bytes);
        text.lines().next().unwrap_or_default().split(' ').map(str::to_owned).collect()
    }

    /// A header's value.
    pub fn header(&self, name: &str) -> Option<String> {
        let text = String::from_utf8_lossy(&self.bytes);
        let mut rows = text.lines().skip(1).filter_map(|line| line.split_once(':'));
        rows.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim().to_owned())
    }

    fn declared(&self) -> Option<Length> {
        if self.header("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
            return Some(Length::Chunked);
        }
        self.header("content-length").and_then(|text| text.parse().ok()).map(Length::Bytes)
    }

    /// Of a request's body.
    pub fn request_length(&self) -> Length {
        self.declared().unwrap_or(Length::Bytes(0))
    }

    /// Of the body of the answer to a request of this method.
    pub fn answer_length(&self, method: &str) -> Length {
        match self.status() {
            100..=199 | 204 | 304 => Length::Bytes(0),
            _ if method == "HEAD" => Length::Bytes(0),
            _ => self.declared().unwrap_or(Length::ToTheEnd),
        }
    }

    /// Of an answer.
    pub fn status(&self) -> u16 {
        self.words().get(1).and_then(|word| word.parse().ok()).unwrap_or(0)
    }
}

/// Passes a body on; `each` sees (and may change) what passes and says how many bytes of it go on. Fewer than all ends
/// it with `false`.
pub async fn pass(
    from: &mut (impl AsyncRead + Unpin),
    to: &mut (impl AsyncWrite + Unpin),
    length: Length,
    mut each: impl FnMut(&mut [u8]) -> usize,
) -> io::Result<bool> {
    match length {
        Length::Bytes(count) => pass_bytes(from, to, count, &mut each).await,
        Length::ToTheEnd => pass_bytes(from, to, u64::MAX, &mut each).await,
        Length::Chunked => loop {
            let size = chunk_head(from, to).await?;
            if !pass_bytes(from, to, size, &mut each).await? {
                return Ok(false);
            }
            pass_bytes(from, to, 2, &mut |end: &mut [u8]| end.len()).await?;
            if size == 0 {
                return Ok(true);
            }
        },
    }
}

async fn chunk_head(from: &mut (impl AsyncRead + Unpin), to: &mut (impl AsyncWrite + Unpin)) -> io::Result<u64> {
    let mut line = Vec::new();
    while !line.ends_with(b"\r\n") {
        line.push(from.read_u8().await?);
    }
    to.write_all(&line).await?;
    let text = String::from_utf8_lossy(&line);
    let digits = text.trim().split(';').next().unwrap_or_default();
    u64::from_str_radix(digits, 16).map_err(|_| io::ErrorKind::InvalidData.into())
}

async fn pass_bytes(
    from: &mut (impl AsyncRead + Unpin),
    to: &mut (impl AsyncWrite + Unpin),
    mut left: u64,
    each: &mut impl FnMut(&mut [u8]) -> usize,
) -> io::Result<bool> {
    let mut buffer = vec![0; 64 << 10];
    while left > 0 {
        let want = left.min(buffer.len() as u64) as usize;
        let got = from.read(&mut buffer[..want]).await?;
        if got == 0 {
            return Ok(left > u64::MAX / 2);
        }
        let on = each(&mut buffer[..got]);
        to.write_all(&buffer[..on]).await?;
        to.flush().await?;
        if on < got {
            return Ok(false);
        }
        left -= got as u64;
    }
    Ok(true)
}
