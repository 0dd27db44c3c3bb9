/** The one door between the page and the shell: everything the page can ask for. It decides nothing and draws nothing. */
import type {
  ConnectionTest, ObjectPage, PlanView, ProgressEvent, ProviderPreset, RestoreOptions, RestoreResult, S3ConfigView,
  SuggestedFolder, SyncOptions, SyncResult, UnfinishedUpload, VerifyOptions, VerifyResult,
} from "../../bindings";
import type { Changed, Issue3Commands, OpenPage, RestoreMoment } from "../../contract";

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
};
export type ListInput = { prefix: string; max_keys: number; delimiter: string | null; continuation: string | null; profile?: string | null };
export type BackupInput = { local_folder: string; s3_prefix: string; options: SyncOptions; operation_id: string };
export type RestoreInput = { s3_prefix: string; local_folder: string; options: RestoreOptions & RestoreMoment; operation_id: string; profile?: string | null };
export type VerifyInput = { local_folder: string; s3_prefix: string; options: VerifyOptions; operation_id: string };
export type Unlisten = () => void;

type Camel<Name extends string> = Name extends `${infer Head}_${infer First}${infer Rest}` ? `${Head}${Uppercase<First>}${Camel<Rest>}` : Name;
/** The commands of the contract under the names that TypeScript gives them. */
export type EngineHost = { [Command in keyof Issue3Commands as Camel<Command>]: Issue3Commands[Command] };

export interface Host extends EngineHost {
  configureS3(input: PlaceInput): Promise<void>;
  useThisComputer(folder: string | null, profile?: string | null): Promise<S3ConfigView>;
  getS3Config(profile?: string | null): Promise<S3ConfigView>;
  testS3Connection(profile?: string | null): Promise<ConnectionTest>;
  tryS3Connection(input: PlaceInput): Promise<ConnectionTest>;
  listProviders(): Promise<ProviderPreset[]>;
  listObjects(input: ListInput): Promise<ObjectPage>;
  previewBackup(input: BackupInput): Promise<PlanView>;
  previewRestore(input: RestoreInput): Promise<PlanView>;
  syncFolder(input: BackupInput): Promise<SyncResult>;
  restoreFolder(input: RestoreInput): Promise<RestoreResult>;
  verifyFolder(input: VerifyInput): Promise<VerifyResult>;
  cancelOperation(operationId: string): Promise<void>;
  suggestedFolders(): Promise<SuggestedFolder[]>;
  /** The folder the app was started for; null when there is none. */
  folderToStartWith(): Promise<string | null>;
  homeFolder(): Promise<string | null>;
  listUnfinishedUploads(): Promise<UnfinishedUpload[]>;
  abortUnfinishedUploads(): Promise<number>;
  onUploadProgress(listener: (event: ProgressEvent) => void): Unlisten;
  onDownloadProgress(listener: (event: ProgressEvent) => void): Unlisten;
  /** The system's folder dialog; null when it was closed without a choice. */
  pickFolder(startAt: string | null): Promise<string | null>;
  pickFile(startAt: string | null): Promise<string | null>;
  /** Where to write a new file; null when it was closed without a choice. */
  pickNewFile(name: string): Promise<string | null>;
  revealPath(path: string): Promise<void>;
  onChanged(listener: (event: Changed) => void): Unlisten;
  /** What the window was made for, once; null when it was just opened. */
  pageToOpen(): Promise<OpenPage | null>;
  onOpenPage(listener: (event: OpenPage) => void): Unlisten;
}
