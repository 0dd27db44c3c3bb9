/** The one door between the page and the shell: everything the page can ask for. It decides nothing and draws nothing. */
import type {
  ChangedEvent, commands, ConnectionTest, ObjectPage, OpenEvent, PlanView, ProgressEvent, RecordsAttachment, RecordsProgress, Remembered, RestoreOptions,
  RestoreResult,
  S3ConfigView, SyncOptions, SyncResult, VerifyOptions, VerifyResult,
} from "../../bindings";

export type PlaceInput = {
  endpoint: string;
  region: string;
  bucket_name: string;
  access_key_id: string;
  secret_access_key: string;
  path_prefix: string | null;
  profile: string | null;
  provider: string | null;
  ca_file: string | null;
  allow_http: boolean;
  /** A profile of the AWS configuration files that signs in; then there are no keys. */
  aws_profile: string | null;
  /** Encryption at the place: `AES256`, `kms` or `kms:KEY`, empty for none of ours. */
  sse: string;
};
export type ListInput = { prefix: string; max_keys: number; delimiter: string | null; continuation: string | null; profile?: string | null };
export type BackupInput = { local_folder: string; s3_prefix: string; options: SyncOptions; operation_id: string };
export type RestoreInput = { s3_prefix: string; local_folder: string; options: RestoreOptions; operation_id: string; profile?: string | null };
export type VerifyInput = { local_folder: string; s3_prefix: string; options: VerifyOptions; operation_id: string; profile?: string | null };
export type Unlisten = () => void;

/** Commands that the page calls as they are. */
type AsTheyAre =
  | "listBackupSets" | "saveBackupSet" | "removeBackupSet" | "previewBackupSet" | "runBackupSet" | "runDrill" | "pauseSets" | "resumeSets"
  | "excludeFromSet" | "setRetry" | "scheduleWords" | "getOverview" | "costsBySet" | "listRuns" | "getRun" | "listOperations" | "pauseOperation"
  | "resumeOperation" | "listPlaces" | "removePlace" | "getSettings" | "saveSettings" | "exportSettings" | "importSettings" | "listPrices"
  | "savePrice" | "resetPrice" | "storageClasses" | "getVersioning" | "setVersioning" | "getLifecycle" | "previewLifecycle"
  | "setLifecycle" | "getObjectLock" | "setObjectLock" | "listVersions" | "thawOffer" | "thaw" | "leastPrivilegePolicy" | "searchObjects"
  | "compareHere" | "configureGateway" | "tryGateway" | "listProviders" | "listAwsProfiles" | "suggestedFolders" | "folderToStartWith" | "homeFolder" | "listUnfinishedUploads" | "abortUnfinishedUploads"
  | "pageToOpen" | "cancelOperation" | "historyWatch" | "historyHere" | "historyStatus" | "historySearch" | "historyCharts" | "historyEntry"
  | "historyDelete" | "historyDeleteLine" | "historyPreviewRedaction" | "historyRedact" | "historySync" | "historyPause" | "historyResume"
  | "historySources" | "historyImport" | "historyJoin" | "historyRename" | "historyRevoke" | "historyShowWords"
  | "recordsHere" | "recordsForms" | "recordsBegin" | "recordsUnlock" | "recordsCheckCode" | "recordsNewCode" | "recordsSplitCode" | "recordsOpen" | "recordsLock"
  | "recordsUsed" | "recordsRest" | "recordsSetLockAfter" | "recordsMember" | "recordsRecord" | "recordsSearch" | "recordsEmergency" | "recordsSave" | "recordsDelete" | "recordsRemoveMember" | "recordsFormerMembers" | "recordsBringBackMember" | "recordsBringBack" | "recordsResolve"
  | "recordsAttachFile" | "recordsSaveCopy" | "recordsSync" | "recordsStopSync" | "recordsVerify" | "recordsExport" | "recordsImport"
  | "recordsSharing" | "recordsFindPerson" | "recordsAddPerson" | "recordsPlacePerson" | "recordsGive" | "recordsAccept" | "recordsWouldKeep" | "recordsRevoke" | "recordsReseal" | "recordsLetGo" | "recordsRevokeDevice";

/** What the page remembers from one opening to the next. It was read before the page began. */
export interface PageMemory {
  remembered(what: Remembered): string | null;
  remember(what: Remembered, value: string): Promise<null>;
}

export interface Host extends PageMemory, Pick<typeof commands, AsTheyAre> {
  configureS3(input: PlaceInput): Promise<void>;
  useThisComputer(folder: string | null, profile?: string | null): Promise<S3ConfigView>;
  getS3Config(profile?: string | null): Promise<S3ConfigView>;
  testS3Connection(profile?: string | null): Promise<ConnectionTest>;
  tryS3Connection(input: PlaceInput): Promise<ConnectionTest>;
  listObjects(input: ListInput): Promise<ObjectPage>;
  previewBackup(input: BackupInput): Promise<PlanView>;
  previewRestore(input: RestoreInput): Promise<PlanView>;
  syncFolder(input: BackupInput): Promise<SyncResult>;
  restoreFolder(input: RestoreInput): Promise<RestoreResult>;
  verifyFolder(input: VerifyInput): Promise<VerifyResult>;
  /** What is in a file of a record. It is never on a disk in plain form. */
  recordsBytes(record: string, file: string): Promise<ArrayBuffer>;
  recordsAttachBytes(member: string, title: string, content: Uint8Array<ArrayBuffer>): Promise<RecordsAttachment>;
  onUploadProgress(listener: (event: ProgressEvent) => void): Unlisten;
  onDownloadProgress(listener: (event: ProgressEvent) => void): Unlisten;
  /** The system's folder dialog; null when it was closed without a choice. */
  pickFolder(startAt: string | null): Promise<string | null>;
  pickFile(startAt: string | null): Promise<string | null>;
  /** Where to write a new file; null when it was closed without a choice. */
  pickNewFile(name: string): Promise<string | null>;
  revealPath(path: string): Promise<void>;
  onRecordsProgress(listener: (event: RecordsProgress) => void): Unlisten;
  onChanged(listener: (event: ChangedEvent) => void): Unlisten;
  onOpenPage(listener: (event: OpenEvent) => void): Unlisten;
}
