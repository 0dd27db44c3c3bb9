//! The checksum of an object that is made from parts: what a client asks for when it begins and when it completes an
//! upload, computed over the very bytes that become the object, and compared before it is one.

use base64::{Engine, prelude::BASE64_STANDARD};
use holdfast_storage::{Checksum, NotAsAnnounced, PartsCheck, PartsChecksum, PartsDigest, WriteOptions};
use http::HeaderMap;
use s3s::{S3ErrorCode, S3Result, checksum::ChecksumHasher, dto};

use super::{checksums::Algorithm, errors::s3};
use crate::refusal::{Refusal, Verdict};

/// What a checksum is computed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// The checksums of the parts.
    Composite,
    /// The whole content.
    FullObject,
}

impl Kind {
    /// As AWS takes it where nobody says: "Checking object integrity in Amazon S3", table of algorithms and types.
    fn usual(algorithm: Algorithm) -> Self {
        if algorithm == Algorithm::Crc64Nvme { Self::FullObject } else { Self::Composite }
    }

    fn is_offered_for(self, algorithm: Algorithm) -> bool {
        match self {
            Self::Composite => algorithm != Algorithm::Crc64Nvme,
            Self::FullObject => !matches!(algorithm, Algorithm::Sha1 | Algorithm::Sha256),
        }
    }

    fn read(headers: &HeaderMap) -> S3Result<Option<Self>> {
        let words = "Value for x-amz-checksum-type header is invalid.";
        match headers.get("x-amz-checksum-type").map(|value| value.as_bytes()) {
            None => Ok(None),
            Some(b"COMPOSITE") => Ok(Some(Self::Composite)),
            Some(b"FULL_OBJECT") => Ok(Some(Self::FullObject)),
            Some(_) => Err(s3(S3ErrorCode::InvalidRequest, words)),
        }
    }
}

fn offered(algorithm: Algorithm, kind: Kind) -> S3Result<()> {
    let words = "The checksum type is not supported with this checksum algorithm.";
    kind.is_offered_for(algorithm).then_some(()).ok_or_else(|| s3(S3ErrorCode::InvalidRequest, words))
}

/// What the beginning of an upload says of its checksum.
pub(super) fn promised(headers: &HeaderMap) -> S3Result<Option<PartsChecksum>> {
    let kind = Kind::read(headers)?;
    let Some(name) = headers.get("x-amz-checksum-algorithm") else {
        let alone = "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.";
        return kind.map_or(Ok(None), |_| Err(s3(S3ErrorCode::InvalidRequest, alone)));
    };
    let unknown = || s3(S3ErrorCode::InvalidRequest, "Checksum algorithm provided is unsupported.");
    let algorithm = name.to_str().ok().and_then(Algorithm::from_name).ok_or_else(unknown)?;
    let kind = kind.unwrap_or_else(|| Kind::usual(algorithm));
    offered(algorithm, kind)?;
    Ok(Some(PartsChecksum { algorithm: algorithm.name().to_owned(), whole: kind == Kind::FullObject }))
}

/// What a completion announces.
#[derive(Debug)]
pub(super) struct Announced {
    value: Option<(Algorithm, String)>,
    kind: Option<Kind>,
    /// For each part, in order.
    parts: Vec<Option<(Algorithm, String)>>,
    verdict: Verdict,
}

impl Announced {
    pub(super) fn read(headers: &HeaderMap, parts: &[dto::CompletedPart]) -> S3Result<Self> {
        let mut kind = Kind::read(headers)?;
        let mut value = Algorithm::announced(headers)?;
        if let Some((algorithm, text)) = &mut value {
            let counted = without_count(*algorithm, text, parts.len())?;
            if counted.is_some() && kind.is_some_and(|kind| Some(kind) != counted) {
                return Err(Refusal::OtherChecksum.error());
            }
            kind = counted.or(kind);
            offered(*algorithm, kind.unwrap_or_else(|| Kind::usual(*algorithm)))?;
        }
        Ok(Self { value, kind, parts: parts.iter().map(Algorithm::of_part).collect(), verdict: Verdict::default() })
    }

    /// Where the reason will be if the completion is refused.
    pub(super) fn verdict(&self) -> Verdict {
        self.verdict.clone()
    }

    /// Algorithm and kind that fit everything that was said, or `None` where nothing was.
    fn agreed(&self, begun: Option<&PartsChecksum>) -> Result<Option<(Algorithm, Kind)>, Refusal> {
        let begun = begun.and_then(|promised| {
            let kind = if promised.whole { Kind::FullObject } else { Kind::Composite };
            Some((Algorithm::from_name(&promised.algorithm)?, kind))
        });
        let named = self.value.iter().chain(self.parts.iter().flatten()).map(|(algorithm, _)| *algorithm);
        let mut algorithms = begun.iter().map(|(algorithm, _)| *algorithm).chain(named);
        let Some(algorithm) = algorithms.next() else { return Ok(None) };
        let kind = self.kind.or(begun.map(|(_, kind)| kind)).unwrap_or_else(|| Kind::usual(algorithm));
        let fits = algorithms.all(|other| other == algorithm)
            && begun.is_none_or(|(_, begun)| begun == kind)
            && kind.is_offered_for(algorithm);
        if fits { Ok(Some((algorithm, kind))) } else { Err(Refusal::OtherChecksum) }
    }
}

/// Takes the number of parts off a composite value, which says that it is one.
fn without_count(algorithm: Algorithm, value: &mut String, parts: usize) -> S3Result<Option<Kind>> {
    let Some((sum, count)) = value.split_once('-') else { return Ok(None) };
    if count.parse() != Ok(parts) {
        return Err(Refusal::Checksum(algorithm.name()).error());
    }
    *value = sum.to_owned();
    Ok(Some(Kind::Composite))
}

impl PartsCheck for Announced {
    fn is_required(&self) -> bool {
        self.value.is_some()
    }

    fn begin(&self, begun: &WriteOptions) -> Result<Option<Box<dyn PartsDigest>>, NotAsAnnounced> {
        let agreed = self.agreed(begun.parts_checksum.as_ref());
        let agreed = agreed.map_err(|refusal| {
            self.verdict.refuse(refusal);
            NotAsAnnounced
        })?;
        let Some((algorithm, kind)) = agreed else { return Ok(None) };
        Ok(Some(Box::new(Computing {
            algorithm,
            whole: (kind == Kind::FullObject).then(|| algorithm.hasher()),
            part: algorithm.hasher(),
            of_parts: algorithm.hasher(),
            done: 0,
            announced: self.parts.iter().map(|part| part.as_ref().map(|(_, value)| value.clone())).collect(),
            value: self.value.as_ref().map(|(_, value)| value.clone()),
            verdict: self.verdict.clone(),
        })))
    }
}

/// The checksums of an upload while its content passes.
struct Computing {
    algorithm: Algorithm,
    whole: Option<ChecksumHasher>,
    part: ChecksumHasher,
    of_parts: ChecksumHasher,
    /// Parts that have passed.
    done: usize,
    announced: Vec<Option<String>>,
    value: Option<String>,
    verdict: Verdict,
}

impl Computing {
    /// Whether anybody wants to know the checksum of the part that passes.
    fn needs_parts(&self) -> bool {
        self.whole.is_none() || self.announced.get(self.done).is_some_and(Option::is_some)
    }
}

impl PartsDigest for Computing {
    fn update(&mut self, content: &[u8]) {
        if self.needs_parts() {
            self.part.update(content);
        }
        if let Some(whole) = &mut self.whole {
            whole.update(content);
        }
    }

    fn end_part(&mut self) {
        let part = std::mem::replace(&mut self.part, self.algorithm.hasher());
        let value = self.algorithm.of(part.finalize()).unwrap_or_default();
        if self.announced.get(self.done).into_iter().flatten().any(|announced| *announced != value) {
            self.verdict.refuse(Refusal::PartChecksum);
        }
        self.of_parts.update(&BASE64_STANDARD.decode(&value).unwrap_or_default());
        self.done += 1;
    }

    fn finish(self: Box<Self>) -> Result<Checksum, NotAsAnnounced> {
        let Self { algorithm, whole, of_parts, done, value: announced, verdict, .. } = *self;
        let composite = whole.is_none();
        let computed = algorithm.of(whole.unwrap_or(of_parts).finalize()).unwrap_or_default();
        if announced.is_some_and(|announced| announced != computed) {
            verdict.refuse(Refusal::Checksum(algorithm.name()));
        }
        let value = if composite { format!("{computed}-{done}") } else { computed };
        match verdict.get() {
            Some(_) => Err(NotAsAnnounced),
            None => Ok(Checksum { algorithm: algorithm.name().to_owned(), value }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn a_beginning_promises_only_what_s3_knows() {
        let (algorithm, kind) = ("x-amz-checksum-algorithm", "x-amz-checksum-type");
        /// Refused, nothing said, or an algorithm and whether its checksum is of the whole object.
        type Promised = Option<Option<(&'static str, bool)>>;
        let table: [(&[(&str, &str)], Promised); 9] = [
            (&[], Some(None)),
            (&[(algorithm, "CRC32")], Some(Some(("CRC32", false)))),
            (&[(algorithm, "crc64nvme")], Some(Some(("CRC64NVME", true)))),
            (&[(algorithm, "CRC32C"), (kind, "FULL_OBJECT")], Some(Some(("CRC32C", true)))),
            (&[(algorithm, "SHA256"), (kind, "FULL_OBJECT")], None),
            (&[(algorithm, "CRC64NVME"), (kind, "COMPOSITE")], None),
            (&[(algorithm, "MD5")], None),
            (&[(algorithm, "CRC32"), (kind, "HALF")], None),
            (&[(kind, "COMPOSITE")], None),
        ];
        for (pairs, want) in table {
            let pairs: Vec<_> = pairs.iter().map(|(n, v)| (n.parse().unwrap(), v.parse().unwrap())).collect();
            let got = promised(&pairs.into_iter().collect()).ok();
            let got = got.map(|promise| promise.map(|promise| (promise.algorithm, promise.whole)));
            assert_eq!(got, want.map(|want| want.map(|(name, whole)| (name.to_owned(), whole))));
        }
    }

    #[test]
    fn what_beginning_and_completion_say_must_agree() {
        let crc32 = ("x-amz-checksum-crc32", "AAAAAA==");
        let whole = ("x-amz-checksum-type", "FULL_OBJECT");
        let begun = |name: &str, whole| Some(PartsChecksum { algorithm: name.into(), whole });
        let table = [
            (headers(&[]), None, Ok(None)),
            (headers(&[crc32]), None, Ok(Some((Algorithm::Crc32, Kind::Composite)))),
            (headers(&[crc32, whole]), None, Ok(Some((Algorithm::Crc32, Kind::FullObject)))),
            (headers(&[crc32]), begun("CRC32", true), Ok(Some((Algorithm::Crc32, Kind::FullObject)))),
            (headers(&[]), begun("SHA256", false), Ok(Some((Algorithm::Sha256, Kind::Composite)))),
            (headers(&[crc32, whole]), begun("CRC32", false), Err(Refusal::OtherChecksum)),
            (headers(&[crc32]), begun("CRC32C", false), Err(Refusal::OtherChecksum)),
        ];
        for (headers, begun, want) in table {
            let announced = Announced::read(&headers, &[dto::CompletedPart::default()]).unwrap();
            assert_eq!(announced.agreed(begun.as_ref()), want, "{headers:?} {begun:?}");
        }
    }

    #[test]
    fn a_composite_value_names_the_number_of_parts() {
        let two = [dto::CompletedPart::default(), dto::CompletedPart::default()];
        for (value, good) in [("AAAAAA==", true), ("AAAAAA==-2", true), ("AAAAAA==-3", false), ("AAAA", false)] {
            let headers = headers(&[("x-amz-checksum-crc32", value)]);
            assert_eq!(Announced::read(&headers, &two).is_ok(), good, "{value}");
        }
        let both = headers(&[("x-amz-checksum-crc32", "AAAAAA==-2"), ("x-amz-checksum-type", "FULL_OBJECT")]);
        assert!(Announced::read(&both, &two).is_err());
    }
}
