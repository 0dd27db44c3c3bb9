//! The closed lists of kinds and codes. The page's table of words must cover every code, and the exporter tells it which.

use serde::{Deserialize, Serialize};

/// The coarse kind of an error, as the commands promise it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, specta::Type)]
pub enum ErrorKind {
    /// No place was set up.
    NotConfigured,
    /// The keys are wrong, missing or expired.
    InvalidCredentials,
    /// The bucket does not exist.
    BucketNotFound,
    /// Sending failed.
    UploadFailed,
    /// Fetching failed.
    DownloadFailed,
    /// Listing failed.
    ListFailed,
    /// Settings or arguments are wrong.
    ConfigError,
    /// Anything else on the way to the place.
    SdkError,
}

/// The exact situation. One per thing a person would do differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum ErrorCode {
    // What was typed.
    StoreUrlMalformed,
    StoreUrlScheme,
    UnknownParameter,
    RepeatedParameter,
    BadParameter,
    HalfAKey,
    BucketNameMissing,
    BucketNameBad,
    PlainHttp,
    FolderNotAbsolute,
    PrefixBad,
    KeyBad,
    BadPattern,
    ProfileNameBad,
    // Reaching the place.
    Dns,
    Refused,
    Timeout,
    OfflineBroken,
    TlsUntrusted,
    TlsFailed,
    NotS3,
    CaFile,
    // Being let in.
    NoCredentials,
    CredentialsSource,
    UnknownKey,
    WrongSecret,
    ExpiredToken,
    ClockSkew,
    WrongRegion,
    BucketMissing,
    Denied,
    // Working with objects.
    ObjectMissing,
    UploadGone,
    ConditionFailed,
    WriteConflict,
    DamagedOnTheWay,
    CutShort,
    TooLarge,
    QuotaExceeded,
    Archived,
    SlowDown,
    NotSupported,
    EncryptionKey,
    BucketExists,
    BucketNotEmpty,
    ServerError,
    // Settings of a bucket.
    NoVersions,
    UnknownRule,
    SettingIgnored,
    SettingRefused,
    LockNotOffered,
    BadSetting,
    // Folders here.
    FolderMissing,
    FolderUnreadable,
    FolderIsAFile,
    FolderNotAPlace,
    FileMissing,
    FileUnreadable,
    DiskFull,
    NoSpace,
    HostileKey,
    LocalIo,
    // Runs.
    BrakeEmpty,
    BrakeVolume,
    BrakeShare,
    Busy,
    IndexDamaged,
    NothingThere,
    TooManyFiles,
    NoRecord,
    Cancelled,
    // Settings and the keychain.
    NotConfigured,
    NoProfile,
    ProfileExists,
    PlaceInUse,
    ConfigCorrupt,
    ConfigNewer,
    PricesBad,
    KeychainMissing,
    KeychainLocked,
    KeychainFailed,
    NoSecret,
    LocalBucketFailed,
    // Backup sets and their runs.
    BadSchedule,
    SetBad,
    NoSet,
    NoRun,
    NoOperation,
    AgentRunning,
    AgentConfig,
    // Shell history.
    HistoryNotSetUp,
    HistorySecretBad,
    HistoryNobody,
    HistoryOthers,
    HistoryNoDevice,
    HistoryDamaged,
    HistoryTooLong,
    HistoryImport,
    HistoryServer,
    // Family records.
    RecordsNotSetUp,
    RecordsLocked,
    RecordsCode,
    RecordsUnconfirmed,
    RecordsExist,
    RecordsNobody,
    RecordsUnknown,
    RecordsInvalid,
    RecordsUndecided,
    RecordsDamaged,
    RecordsFolder,
    RecordsPerson,
    RecordsWords,
    RecordsReadOnly,
    RecordsEnded,
    RecordsOwners,
    RecordsRevoked,
    RecordsNoDeviceKeys,
    Internal,
}
