//! What a file is besides its content, and how it is written into user metadata.
//!
//! Names and forms are rclone's: `mtime` as Unix seconds with nine decimals; with `--metadata` `mode` in octal, `uid` and
//! `gid` in decimal, `btime` as RFC 3339. Ours is `sha256` in hexadecimal, beside them.

use std::{fs::Metadata as FsMetadata, time::SystemTime};

use holdfast_storage::Metadata;

/// Nanoseconds since 1970, which may be negative.
pub type Nanos = i64;

/// Facts of a local file that decide whether it changed and that come back with a restore.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FileMeta {
    /// Size in bytes.
    pub size: u64,
    /// Last change of the content, ns.
    pub mtime: Nanos,
    /// Last change of the inode, ns; 0 where the system has none.
    pub ctime: Nanos,
    /// Inode number; 0 where the system has none.
    pub inode: u64,
    /// Unix mode with the file type; 0 where the system has none.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// When the file was made, ns; 0 where the system does not tell.
    pub btime: Nanos,
}

impl FileMeta {
    /// Takes the facts from the system's answer.
    pub fn of(meta: &FsMetadata) -> Self {
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            Self {
                size: meta.size(),
                mtime: join(meta.mtime(), meta.mtime_nsec()),
                ctime: join(meta.ctime(), meta.ctime_nsec()),
                inode: meta.ino(),
                mode: meta.mode(),
                uid: meta.uid(),
                gid: meta.gid(),
                btime: meta.created().map_or(0, nanos_of),
            }
        }
        #[cfg(not(unix))]
        {
            let mtime = meta.modified().map_or(0, nanos_of);
            let btime = meta.created().map_or(0, nanos_of);
            Self { size: meta.len(), mtime, btime, ..Self::default() }
        }
    }

    /// Whether nothing that can be seen without reading has changed since.
    pub fn same_as(&self, earlier: &Self) -> bool {
        let ctime = self.ctime == earlier.ctime || self.ctime == 0 || earlier.ctime == 0;
        let inode = self.inode == earlier.inode || self.inode == 0 || earlier.inode == 0;
        self.size == earlier.size && self.mtime == earlier.mtime && ctime && inode
    }
}

#[cfg(unix)]
fn join(seconds: i64, nanos: i64) -> Nanos {
    seconds.saturating_mul(1_000_000_000).saturating_add(nanos)
}

/// A system time as nanoseconds since 1970.
pub fn nanos_of(time: SystemTime) -> Nanos {
    match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(after) => after.as_nanos() as i64,
        Err(before) => -(before.duration().as_nanos() as i64),
    }
}

/// User metadata of an object that holds this file.
pub fn to_metadata(meta: &FileMeta, sha256: &[u8; 32]) -> Metadata {
    let mut out = Metadata::new();
    out.insert("mtime".into(), format_mtime(meta.mtime));
    out.insert("sha256".into(), hex::encode(sha256));
    if meta.mode != 0 {
        out.insert("mode".into(), format!("{:o}", meta.mode));
        out.insert("uid".into(), meta.uid.to_string());
        out.insert("gid".into(), meta.gid.to_string());
    }
    if let (true, Ok(born)) = (meta.btime != 0, jiff::Timestamp::from_nanosecond(meta.btime.into())) {
        out.insert("btime".into(), born.to_string());
    }
    out
}

/// What user metadata tells of the file; what is absent or unreadable stays `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StoredMeta {
    /// Last change of the content, ns.
    pub mtime: Option<Nanos>,
    /// Unix mode.
    pub mode: Option<u32>,
    /// SHA-256 of the content.
    pub sha256: Option<[u8; 32]>,
}

impl StoredMeta {
    /// Reads user metadata, rclone's or ours.
    pub fn read(metadata: &Metadata) -> Self {
        let mut sha256 = [0; 32];
        let digest = metadata.get("sha256").filter(|text| hex::decode_to_slice(text.as_str(), &mut sha256).is_ok());
        Self {
            mtime: metadata.get("mtime").and_then(|text| parse_mtime(text)),
            mode: metadata.get("mode").and_then(|text| u32::from_str_radix(text, 8).ok()),
            sha256: digest.map(|_| sha256),
        }
    }
}

fn format_mtime(nanos: Nanos) -> String {
    let sign = if nanos < 0 { "-" } else { "" };
    let nanos = nanos.unsigned_abs();
    format!("{sign}{}.{:09}", nanos / 1_000_000_000, nanos % 1_000_000_000)
}

/// Seconds with up to nine decimals, or RFC 3339 as rclone's own metadata has it.
fn parse_mtime(text: &str) -> Option<Nanos> {
    if let Ok(time) = text.parse::<jiff::Timestamp>() {
        return i64::try_from(time.as_nanosecond()).ok();
    }
    let (sign, text) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let (seconds, decimals) = text.split_once('.').unwrap_or((text, ""));
    let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
    if seconds.is_empty() || !digits(seconds) || !digits(decimals) {
        return None;
    }
    let decimals: i64 = format!("{:0<9.9}", decimals).parse().ok()?;
    Some(sign * (seconds.parse::<i64>().ok()?.checked_mul(1_000_000_000)?.checked_add(decimals)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_rclone_writes_them() {
        for (nanos, text) in [
            (0, "0.000000000"),
            (1_700_000_000_123_456_789, "1700000000.123456789"),
            (-1, "-0.000000001"),
            (-1_500_000_000, "-1.500000000"),
        ] {
            assert_eq!(format_mtime(nanos), text);
            assert_eq!(parse_mtime(text), Some(nanos));
        }
        assert_eq!(parse_mtime("1700000000.5"), Some(1_700_000_000_500_000_000));
        assert_eq!(parse_mtime("2023-11-14T22:13:20.5Z"), Some(1_700_000_000_500_000_000));
        for bad in ["", "x", "1.x", "1e9", "--1", ".5"] {
            assert_eq!(parse_mtime(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_time_of_birth_is_written_as_rclone_writes_it() {
        let meta = FileMeta { btime: 1_700_000_000_123_000_000, ..FileMeta::default() };
        assert_eq!(to_metadata(&meta, &[0; 32])["btime"], "2023-11-14T22:13:20.123Z");
        assert!(!to_metadata(&FileMeta::default(), &[0; 32]).contains_key("btime"));
    }

    #[test]
    fn metadata_comes_back() {
        let meta = FileMeta { size: 3, mtime: 1_234_567_890_000_000_001, mode: 0o100644, ..FileMeta::default() };
        let stored = StoredMeta::read(&to_metadata(&meta, &[7; 32]));
        assert_eq!(stored, StoredMeta { mtime: Some(meta.mtime), mode: Some(0o100644), sha256: Some([7; 32]) });
    }
}
