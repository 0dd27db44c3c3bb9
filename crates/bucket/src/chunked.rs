//! The `aws-chunked` encoding, cut into pieces that fit into memory.
//!
//! Some clients send a whole object as one unsigned chunk; such a chunk may be split without harm. A signed chunk must
//! stay whole, because its signature covers all of it, so a large one is refused. The content is not decoded here.
//! The encoding: AWS S3 API reference, "Signature calculations for the Authorization header: transferring payload in
//! multiple chunks".

use std::collections::VecDeque;

use bytes::{Buf, Bytes};

use crate::refusal::Refusal;

/// The largest signed chunk. Common clients send 64 KiB to 1 MiB.
const MAX_SIGNED: u64 = 16 << 20;
/// Unsigned chunks up to this size are left alone.
const SPLIT_OVER: u64 = 64 << 10;
/// The longest line before a chunk.
const MAX_LINE: usize = 1024;

/// Takes the encoded body as it arrives and gives it out with large unsigned chunks split.
#[derive(Default)]
pub(crate) struct Rechunker {
    state: State,
    line: Vec<u8>,
    out: VecDeque<Bytes>,
}

#[derive(Default)]
enum State {
    /// Before or in the line that says a chunk's size.
    #[default]
    Line,
    /// So many bytes (with the line end behind the chunk) pass as they are.
    Pass(u64),
    /// So many bytes of a chunk that is being split.
    Split(u64),
    /// So many bytes of the line end behind a chunk that was split.
    SkipEnd(u8),
    /// Behind the last chunk.
    Trailers,
}

impl Rechunker {
    /// The next piece, if one is ready.
    pub(crate) fn pop(&mut self) -> Option<Bytes> {
        self.out.pop_front()
    }

    /// Takes bytes as they arrived.
    pub(crate) fn push(&mut self, mut bytes: Bytes) -> Result<(), Refusal> {
        while bytes.has_remaining() {
            self.state = match self.state {
                State::Line => self.line(&mut bytes)?,
                State::Pass(left) => self.pass(left, &mut bytes),
                State::Split(left) => self.split(left, &mut bytes),
                State::SkipEnd(left) => skip_end(left, &mut bytes)?,
                State::Trailers => {
                    self.out.push_back(std::mem::take(&mut bytes));
                    State::Trailers
                }
            };
        }
        Ok(())
    }

    fn line(&mut self, bytes: &mut Bytes) -> Result<State, Refusal> {
        let end = bytes.iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |at| at + 1);
        self.line.extend_from_slice(&bytes.split_to(end));
        if self.line.len() > MAX_LINE {
            return Err(Refusal::Framing);
        }
        if !self.line.ends_with(b"\n") {
            return Ok(State::Line);
        }
        let line = Bytes::from(std::mem::take(&mut self.line));
        let (size, signed) = parse_line(&line).ok_or(Refusal::Framing)?;
        if signed && size > MAX_SIGNED {
            return Err(Refusal::ChunkTooLarge);
        }
        if !signed && size > SPLIT_OVER {
            return Ok(State::Split(size));
        }
        self.out.push_back(line);
        Ok(if size == 0 { State::Trailers } else { State::Pass(size + 2) })
    }

    fn pass(&mut self, left: u64, bytes: &mut Bytes) -> State {
        let piece = take(left, bytes);
        let left = left - piece.len() as u64;
        self.out.push_back(piece);
        if left == 0 { State::Line } else { State::Pass(left) }
    }

    fn split(&mut self, left: u64, bytes: &mut Bytes) -> State {
        let piece = take(left, bytes);
        let left = left - piece.len() as u64;
        self.out.push_back(format!("{:x}\r\n", piece.len()).into());
        self.out.push_back(piece);
        self.out.push_back(Bytes::from_static(b"\r\n"));
        if left == 0 { State::SkipEnd(2) } else { State::Split(left) }
    }
}

fn take(left: u64, bytes: &mut Bytes) -> Bytes {
    bytes.split_to(usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len()))
}

fn skip_end(left: u8, bytes: &mut Bytes) -> Result<State, Refusal> {
    let wanted = if left == 2 { b'\r' } else { b'\n' };
    if bytes.get_u8() != wanted {
        return Err(Refusal::Framing);
    }
    Ok(if left == 2 { State::SkipEnd(1) } else { State::Line })
}

/// Size of the chunk, and whether it is signed.
fn parse_line(line: &[u8]) -> Option<(u64, bool)> {
    let text = std::str::from_utf8(line.strip_suffix(b"\r\n")?).ok()?;
    let (size, extension) = text.split_once(';').map_or((text, ""), |(size, rest)| (size, rest));
    let is_hex = !size.is_empty() && size.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hex.then(|| u64::from_str_radix(size, 16).ok())?.map(|size| (size, !extension.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(encoded: &[u8], step: usize) -> Result<Vec<u8>, Refusal> {
        let (mut rechunker, mut out) = (Rechunker::default(), Vec::new());
        for piece in encoded.chunks(step) {
            rechunker.push(Bytes::copy_from_slice(piece))?;
            while let Some(bytes) = rechunker.pop() {
                out.extend_from_slice(&bytes);
            }
        }
        Ok(out)
    }

    /// Decodes what came out, to compare content.
    fn decode(mut encoded: &[u8]) -> (Vec<u8>, usize, Vec<u8>) {
        let (mut content, mut largest) = (Vec::new(), 0);
        loop {
            let end = encoded.windows(2).position(|pair| pair == b"\r\n").unwrap();
            let (size, _) = parse_line(&encoded[..end + 2]).unwrap();
            encoded = &encoded[end + 2..];
            if size == 0 {
                return (content, largest, encoded.to_vec());
            }
            largest = largest.max(size as usize);
            content.extend_from_slice(&encoded[..size as usize]);
            encoded = &encoded[size as usize + 2..];
        }
    }

    #[test]
    fn a_large_unsigned_chunk_is_split_and_its_content_stays() {
        let content: Vec<u8> = (0..200_000_u32).map(|n| n as u8).collect();
        let trailer = b"x-amz-checksum-crc32:AAAAAA==\r\n\r\n";
        let mut encoded = format!("{:x}\r\n", content.len()).into_bytes();
        encoded.extend_from_slice(&content);
        encoded.extend_from_slice(b"\r\n0\r\n");
        encoded.extend_from_slice(trailer);
        for step in [1, 7, 1000, 65_536, encoded.len()] {
            let (decoded, largest, rest) = decode(&run(&encoded, step).unwrap());
            assert!(decoded == content && largest <= step);
            assert_eq!(rest, trailer);
        }
    }

    #[test]
    fn signed_and_small_chunks_pass_unchanged() {
        let signature = "a".repeat(64);
        let encoded = format!("5;chunk-signature={signature}\r\nhello\r\n0;chunk-signature={signature}\r\n\r\n");
        for step in [1, 3, 500] {
            assert_eq!(run(encoded.as_bytes(), step).unwrap(), encoded.as_bytes());
        }
    }

    #[test]
    fn broken_or_unbounded_framing_is_refused() {
        for bad in ["zz\r\n", "\r\n", "+5\r\nhello\r\n", "1ffffffffffffffff\r\n", "5\nhello", &"1".repeat(2000)] {
            assert_eq!(run(bad.as_bytes(), 10), Err(Refusal::Framing), "{bad}");
        }
        assert_eq!(run(b"2000000;chunk-signature=aa\r\n", 10), Err(Refusal::ChunkTooLarge));
    }
}
