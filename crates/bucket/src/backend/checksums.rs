//! Digests that a client announces for content: read from the headers, computed while the content passes, compared
//! before the last byte is handed on. A digest of a kind that is not known here is refused, never ignored.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use futures::Stream;
use holdfast_storage as storage;
use http::HeaderMap;
use md5::{Digest, Md5};
use s3s::{
    S3Error, S3ErrorCode, S3Result, TrailingHeaders,
    checksum::ChecksumHasher,
    crypto::{Checksum as _, Crc32, Crc32c, Crc64Nvme, Sha1, Sha256},
    dto::{self, StreamingBlob},
};
use storage::{Key, LateChecksum};

use crate::refusal::{Refusal, Verdict};

/// A checksum that S3 knows by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Algorithm {
    Crc32,
    Crc32c,
    Crc64Nvme,
    Sha1,
    Sha256,
}

impl Algorithm {
    const ALL: [Self; 5] = [Self::Crc32, Self::Crc32c, Self::Crc64Nvme, Self::Sha1, Self::Sha256];

    /// S3's name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Crc32 => "CRC32",
            Self::Crc32c => "CRC32C",
            Self::Crc64Nvme => "CRC64NVME",
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
        }
    }

    fn header(self) -> &'static str {
        match self {
            Self::Crc32 => "x-amz-checksum-crc32",
            Self::Crc32c => "x-amz-checksum-crc32c",
            Self::Crc64Nvme => "x-amz-checksum-crc64nvme",
            Self::Sha1 => "x-amz-checksum-sha1",
            Self::Sha256 => "x-amz-checksum-sha256",
        }
    }

    fn len(self) -> usize {
        match self {
            Self::Crc32 | Self::Crc32c => 4,
            Self::Crc64Nvme => 8,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name().eq_ignore_ascii_case(name))
    }

    /// The checksum of a whole object that a completion announces in its headers; of a composite one with the number of
    /// parts.
    pub(crate) fn announced(headers: &HeaderMap) -> S3Result<Option<(Self, String)>> {
        let names: Vec<_> = headers.keys().filter_map(|name| announced_name(name.as_str())).collect();
        match names.as_slice() {
            [] => Ok(None),
            [name] => {
                let (algorithm, text) = named_sum(headers, name)?;
                is_sum(algorithm, text.split('-').next().unwrap_or_default())?;
                Ok(Some((algorithm, text.to_owned())))
            }
            _ => Err(invalid("Expecting a single x-amz-checksum- header.")),
        }
    }

    /// The checksum that a completion names for a part.
    pub(crate) fn of_part(part: &dto::CompletedPart) -> Option<(Self, String)> {
        let sums = [
            (Self::Crc32, &part.checksum_crc32),
            (Self::Crc32c, &part.checksum_crc32c),
            (Self::Crc64Nvme, &part.checksum_crc64nvme),
            (Self::Sha1, &part.checksum_sha1),
            (Self::Sha256, &part.checksum_sha256),
        ];
        sums.into_iter().find_map(|(algorithm, value)| Some((algorithm, value.clone()?)))
    }

    fn from_header(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.header() == name)
    }

    pub(crate) fn hasher(self) -> ChecksumHasher {
        let mut hasher = ChecksumHasher::default();
        match self {
            Self::Crc32 => hasher.crc32 = Some(Crc32::new()),
            Self::Crc32c => hasher.crc32c = Some(Crc32c::new()),
            Self::Crc64Nvme => hasher.crc64nvme = Some(Crc64Nvme::new()),
            Self::Sha1 => hasher.sha1 = Some(Sha1::new()),
            Self::Sha256 => hasher.sha256 = Some(Sha256::new()),
        }
        hasher
    }

    pub(crate) fn of(self, sums: dto::Checksum) -> Option<String> {
        match self {
            Self::Crc32 => sums.checksum_crc32,
            Self::Crc32c => sums.checksum_crc32c,
            Self::Crc64Nvme => sums.checksum_crc64nvme,
            Self::Sha1 => sums.checksum_sha1,
            Self::Sha256 => sums.checksum_sha256,
        }
    }
}

/// A stored checksum in the form that answers have.
pub(crate) fn as_dto(checksum: &storage::Checksum) -> dto::Checksum {
    let mut sums = dto::Checksum::default();
    let value = Some(checksum.value.clone());
    match Algorithm::from_name(&checksum.algorithm) {
        Some(Algorithm::Crc32) => sums.checksum_crc32 = value,
        Some(Algorithm::Crc32c) => sums.checksum_crc32c = value,
        Some(Algorithm::Crc64Nvme) => sums.checksum_crc64nvme = value,
        Some(Algorithm::Sha1) => sums.checksum_sha1 = value,
        Some(Algorithm::Sha256) => sums.checksum_sha256 = value,
        None => return sums,
    }
    let kind = if checksum.value.contains('-') { dto::ChecksumType::COMPOSITE } else { dto::ChecksumType::FULL_OBJECT };
    sums.checksum_type = Some(dto::ChecksumType::from_static(kind));
    sums
}

/// What a request announces about its body.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Expected {
    md5: Option<Vec<u8>>,
    sum: Option<(Algorithm, Announced)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Announced {
    /// In a header, base64.
    Value(String),
    /// In a trailer behind the content.
    Trailer,
    /// Nowhere; it is computed for the answer.
    Nowhere,
}

impl Expected {
    /// Reads the headers of a request with a body. Refuses digests that are malformed or unknown.
    pub(crate) fn from_headers(headers: &HeaderMap) -> S3Result<Self> {
        let sums = headers.keys().filter_map(|name| announced_name(name.as_str())).collect::<Vec<_>>();
        let trailer = trailer_name(headers)?;
        let sum = match (sums.as_slice(), trailer) {
            ([], None) => None,
            ([], Some(algorithm)) => Some((algorithm, Announced::Trailer)),
            ([name], None) => Some(read_sum(headers, name)?),
            _ => return Err(invalid("Expecting a single x-amz-checksum- header or trailer.")),
        };
        if sum.is_none() && headers.contains_key("x-amz-sdk-checksum-algorithm") {
            return Err(invalid(
                "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.",
            ));
        }
        Ok(Self { md5: read_md5(headers)?, sum })
    }

    /// Only the Content-MD5: for a document that speaks of an object's checksums in its headers.
    pub(crate) fn md5_only(headers: &HeaderMap) -> S3Result<Self> {
        Ok(Self { md5: read_md5(headers)?, sum: None })
    }

    /// Expects nothing and computes one checksum.
    pub(crate) fn compute(algorithm: Algorithm) -> Self {
        Self { md5: None, sum: Some((algorithm, Announced::Nowhere)) }
    }

    /// The checksum where its value is known before the content.
    pub(crate) fn known(&self) -> Option<storage::Checksum> {
        match &self.sum {
            Some((algorithm, Announced::Value(value))) => Some(checksum(*algorithm, value.clone())),
            _ => None,
        }
    }
}

fn checksum(algorithm: Algorithm, value: String) -> storage::Checksum {
    storage::Checksum { algorithm: algorithm.name().to_owned(), value }
}

fn invalid(text: &'static str) -> S3Error {
    S3Error::with_message(S3ErrorCode::InvalidRequest, text)
}

fn announced_name(header: &str) -> Option<&str> {
    let name = header.strip_prefix("x-amz-checksum-")?;
    (!matches!(name, "algorithm" | "type" | "mode")).then_some(header)
}

fn trailer_name(headers: &HeaderMap) -> S3Result<Option<Algorithm>> {
    let Some(value) = headers.get("x-amz-trailer") else { return Ok(None) };
    let name = value.to_str().unwrap_or_default().trim().to_ascii_lowercase();
    Algorithm::from_header(&name)
        .map(Some)
        .ok_or_else(|| invalid("The value specified in the x-amz-trailer header is not supported"))
}

fn read_sum(headers: &HeaderMap, name: &str) -> S3Result<(Algorithm, Announced)> {
    let (algorithm, value) = named_sum(headers, name)?;
    is_sum(algorithm, value)?;
    Ok((algorithm, Announced::Value(value.to_owned())))
}

fn named_sum<'a>(headers: &'a HeaderMap, name: &str) -> S3Result<(Algorithm, &'a str)> {
    let unknown = || S3Error::with_message(S3ErrorCode::NotImplemented, "This checksum algorithm is not offered.");
    let algorithm = Algorithm::from_header(name).ok_or_else(unknown)?;
    Ok((algorithm, headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().trim()))
}

fn is_sum(algorithm: Algorithm, value: &str) -> S3Result<()> {
    match BASE64_STANDARD.decode(value) {
        Ok(bytes) if bytes.len() == algorithm.len() => Ok(()),
        _ => Err(S3Error::with_message(
            S3ErrorCode::InvalidRequest,
            format!("Value for {} header is invalid.", algorithm.header()),
        )),
    }
}

fn read_md5(headers: &HeaderMap) -> S3Result<Option<Vec<u8>>> {
    let Some(value) = headers.get("content-md5") else { return Ok(None) };
    match BASE64_STANDARD.decode(value.as_bytes()) {
        Ok(bytes) if bytes.len() == 16 => Ok(Some(bytes)),
        _ => Err(S3Error::with_message(S3ErrorCode::InvalidDigest, "The Content-MD5 you specified was invalid.")),
    }
}

/// The SHA-256 that the request's signature covers, where the payload is signed as a whole.
pub(crate) fn payload_hash(headers: &HeaderMap) -> Option<[u8; 32]> {
    let text = headers.get("x-amz-content-sha256")?.to_str().ok()?;
    let mut digest = [0; 32];
    hex::decode_to_slice(text, &mut digest).ok()?;
    Some(digest)
}

/// Computes what is expected while content passes.
pub(crate) struct Digests {
    expected: Expected,
    md5: Option<Md5>,
    sums: Option<ChecksumHasher>,
    payload: Option<([u8; 32], Sha256)>,
}

impl Digests {
    pub(crate) fn new(expected: Expected, payload: Option<[u8; 32]>) -> Self {
        let md5 = expected.md5.is_some().then(Md5::new);
        let sums = expected.sum.as_ref().map(|(algorithm, _)| algorithm.hasher());
        Self { expected, md5, sums, payload: payload.map(|digest| (digest, Sha256::new())) }
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        if let Some(md5) = &mut self.md5 {
            md5.update(bytes);
        }
        if let Some(sums) = &mut self.sums {
            sums.update(bytes);
        }
        if let Some((_, sha256)) = &mut self.payload {
            sha256.update(bytes);
        }
    }

    /// Compares everything. Gives the checksum to keep.
    pub(crate) fn finish(self, trailers: Option<&TrailingHeaders>) -> Result<Option<storage::Checksum>, Refusal> {
        if let Some((announced, sha256)) = self.payload
            && sha256.finalize() != announced
        {
            return Err(Refusal::PayloadHash);
        }
        if let (Some(announced), Some(md5)) = (self.expected.md5, self.md5)
            && md5.finalize().as_slice() != announced
        {
            return Err(Refusal::ContentMd5);
        }
        let (Some((algorithm, announced)), Some(sums)) = (self.expected.sum, self.sums) else { return Ok(None) };
        let computed = algorithm.of(sums.finalize()).unwrap_or_default();
        let announced = match announced {
            Announced::Nowhere => return Ok(Some(checksum(algorithm, computed))),
            Announced::Value(value) => value,
            Announced::Trailer => trailer_value(trailers, algorithm).ok_or(Refusal::NoTrailer)?,
        };
        match announced == computed {
            true => Ok(Some(checksum(algorithm, computed))),
            false => Err(Refusal::Checksum(algorithm.name())),
        }
    }
}

fn trailer_value(trailers: Option<&TrailingHeaders>, algorithm: Algorithm) -> Option<String> {
    let value = |headers: &HeaderMap| Some(headers.get(algorithm.header())?.to_str().ok()?.trim().to_owned());
    trailers?.read(value).flatten()
}

/// Content of a known length that ends with an error unless it is exactly what was announced. The last bytes are held
/// back until everything has been compared, so that nobody sees the whole of content that is wrong.
pub(crate) struct Verified {
    inner: StreamingBlob,
    digests: Option<Digests>,
    trailers: Option<TrailingHeaders>,
    left: u64,
    expected_len: u64,
    held: Option<Bytes>,
    late: LateChecksum,
    verdict: Verdict,
    key: Key,
}

impl Verified {
    pub(crate) fn new(
        key: Key,
        inner: StreamingBlob,
        len: u64,
        expected: Expected,
        trailers: Option<TrailingHeaders>,
    ) -> Self {
        let digests = Some(Digests::new(expected, None));
        let (late, verdict) = Default::default();
        Self { inner, digests, trailers, left: len, expected_len: len, held: None, late, verdict, key }
    }

    /// Where the checksum will be when the content has passed.
    pub(crate) fn late(&self) -> LateChecksum {
        self.late.clone()
    }

    /// Where the reason will be if the content is refused.
    pub(crate) fn verdict(&self) -> Verdict {
        self.verdict.clone()
    }

    fn refuse(&mut self, refusal: Refusal) -> storage::Error {
        self.digests = None;
        self.held = None;
        match self.verdict.refuse(refusal) {
            Refusal::Length => storage::Error::Truncated {
                key: self.key.clone(),
                expected: self.expected_len,
                got: self.expected_len - self.left,
            },
            _ => storage::Error::BadDigest { key: self.key.clone() },
        }
    }

    fn take(&mut self, bytes: Bytes) -> Result<Option<Bytes>, Refusal> {
        let len = bytes.len() as u64;
        if len > self.left {
            return Err(Refusal::Length);
        }
        self.left -= len;
        if let Some(digests) = &mut self.digests {
            digests.update(&bytes);
        }
        if self.left == 0 && len > 0 {
            self.held = Some(bytes);
            return Ok(None);
        }
        Ok(Some(bytes).filter(|bytes| !bytes.is_empty()))
    }

    fn end(&mut self) -> Result<Option<Bytes>, Refusal> {
        if self.left > 0 {
            return Err(Refusal::Length);
        }
        if let Some(digests) = self.digests.take()
            && let Some(checksum) = digests.finish(self.trailers.as_ref())?
        {
            self.late.set(checksum);
        }
        Ok(self.held.take())
    }
}

impl Stream for Verified {
    type Item = storage::Result<Bytes>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        while this.digests.is_some() {
            let step = match ready!(Pin::new(&mut this.inner).poll_next(cx)) {
                Some(Ok(bytes)) => this.take(bytes),
                Some(Err(error)) => Err(Refusal::from_protocol(&error.to_string())),
                None => this.end(),
            };
            match step {
                Ok(None) => {}
                Ok(Some(bytes)) => return Poll::Ready(Some(Ok(bytes))),
                Err(refusal) => return Poll::Ready(Some(Err(this.refuse(refusal)))),
            }
        }
        Poll::Ready(None)
    }
}
